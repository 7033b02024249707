#include "metaspatial/assets/simplify.hpp"

#include <meshoptimizer.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "metaspatial/assets/mesh_repair.hpp"

namespace metaspatial::assets {
namespace {

enum class Care { Borders, Topology, None };

std::vector<std::uint32_t> simplify_part(const Mesh& mesh, const std::vector<std::uint32_t>& indices,
                                         std::size_t target, float max_error, Care care) {
  std::vector<std::uint32_t> result(indices.size());
  const float* positions = mesh.positions_m.front().data();
  constexpr std::size_t kStride = sizeof(Vec3f);
  const std::size_t count =
      care == Care::None ? meshopt_simplifySloppy(result.data(), indices.data(), indices.size(), positions,
                                                  mesh.positions_m.size(), kStride, 3 * target, 1.0F, nullptr)
                         : meshopt_simplify(result.data(), indices.data(), indices.size(), positions,
                                            mesh.positions_m.size(), kStride, 3 * target, max_error,
                                            care == Care::Borders ? meshopt_SimplifyLockBorder : 0, nullptr);
  result.resize(count);
  return result;
}

}  // namespace

Model simplified(const Model& model, std::size_t target_triangles, float max_error) {
  const std::size_t all = model.mesh.triangles.size();
  if (all <= target_triangles || all == 0) return model;
  std::vector<std::vector<std::uint32_t>> parts(model.materials.size());
  for (std::size_t t = 0; t < all; ++t) {
    auto& part = parts[model.mesh.material_of[t]];
    part.insert(part.end(), model.mesh.triangles[t].begin(), model.mesh.triangles[t].end());
  }
  // Where two materials meet is a border of both: locked, no gap opens between them. If that leaves too many
  // triangles, gaps are the lesser evil.
  std::vector<std::vector<std::uint32_t>> best;
  for (const Care care : {Care::Borders, Care::Topology, Care::None}) {
    std::size_t left = 0;
    std::vector<std::vector<std::uint32_t>> result(parts.size());
    for (std::size_t m = 0; m < parts.size(); ++m) {
      const std::size_t own = parts[m].size() / 3;
      const std::size_t target = std::max<std::size_t>(8, own * target_triangles / all);
      result[m] = own <= target ? parts[m] : simplify_part(model.mesh, parts[m], target, max_error, care);
      if (result[m].empty())
        result[m] = parts[m].size() <= 3 * target ? parts[m] : std::vector<std::uint32_t>{};
      left += result[m].size() / 3;
    }
    if (left == 0) continue;  // sloppiness may leave nothing of thin parts
    best = std::move(result);
    if (left <= target_triangles + target_triangles / 2) break;
  }
  Model smaller = model;
  smaller.mesh.triangles.clear();
  smaller.mesh.material_of.clear();
  for (std::size_t m = 0; m < best.size(); ++m)
    for (std::size_t i = 0; i + 2 < best[m].size(); i += 3) {
      smaller.mesh.triangles.push_back({best[m][i], best[m][i + 1], best[m][i + 2]});
      smaller.mesh.material_of.push_back(static_cast<std::uint16_t>(m));
    }
  drop_unused_vertices(smaller.mesh);
  return smaller;
}

}  // namespace metaspatial::assets
