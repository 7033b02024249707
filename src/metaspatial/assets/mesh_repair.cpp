#include "metaspatial/assets/mesh_repair.hpp"

#include <Eigen/Geometry>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace metaspatial::assets {
namespace {

constexpr float kSmooth = 0.766F;  // cos 40 degrees
constexpr std::size_t kMostNeighbours = 64;

bool is_unit(const Vec3f& v) {
  return v.allFinite() && std::abs(v.squaredNorm() - 1) < 0.02F;
}

/// Twice the area of a triangle along its normal; in double: single precision loses thin ones.
Eigen::Vector3d area_vector(const Mesh& mesh, const std::array<std::uint32_t, 3>& t) {
  const Eigen::Vector3d a = mesh.positions_m[t[0]].cast<double>();
  return (mesh.positions_m[t[1]].cast<double>() - a).cross(mesh.positions_m[t[2]].cast<double>() - a);
}

struct PositionHash {
  std::size_t operator()(const std::array<std::uint32_t, 3>& p) const {
    std::uint64_t hash = p[0] * 0x9e3779b97f4a7c15ULL;
    hash = (hash ^ (hash >> 29U) ^ p[1]) * 0xbf58476d1ce4e5b9ULL;
    hash = (hash ^ (hash >> 32U) ^ p[2]) * 0x94d049bb133111ebULL;
    return static_cast<std::size_t>(hash ^ (hash >> 31U));
  }
};

/// For each vertex the number of its place: vertices at one place have one number.
std::vector<std::uint32_t> places(const Mesh& mesh) {
  std::unordered_map<std::array<std::uint32_t, 3>, std::uint32_t, PositionHash> known;
  known.reserve(mesh.positions_m.size());
  std::vector<std::uint32_t> result;
  result.reserve(mesh.positions_m.size());
  for (const Vec3f& p : mesh.positions_m) {
    // + 0 makes a negative zero a positive one.
    const std::array<std::uint32_t, 3> key{std::bit_cast<std::uint32_t>(p.x() + 0.0F),
                                           std::bit_cast<std::uint32_t>(p.y() + 0.0F),
                                           std::bit_cast<std::uint32_t>(p.z() + 0.0F)};
    result.push_back(known.try_emplace(key, static_cast<std::uint32_t>(known.size())).first->second);
  }
  return result;
}

/// The normal of every corner of every triangle.
std::vector<Vec3f> corner_normals(const Mesh& mesh) {
  const std::vector<std::uint32_t> place = places(mesh);
  std::vector<Eigen::Vector3d> area(mesh.triangles.size());
  std::vector<Vec3f> face(mesh.triangles.size());
  std::vector<std::uint32_t> first(place.size() + 1);
  for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
    area[t] = area_vector(mesh, mesh.triangles[t]);
    const double length = area[t].norm();
    face[t] = length > 0 ? Vec3f((area[t] / length).cast<float>()) : Vec3f(Vec3f::Zero());
    for (const std::uint32_t corner : mesh.triangles[t]) ++first[place[corner] + 1];
  }
  for (std::size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
  std::vector<std::uint32_t> around(3 * mesh.triangles.size());
  std::vector<std::uint32_t> next(first.begin(), first.end() - 1);
  for (std::size_t t = 0; t < mesh.triangles.size(); ++t)
    for (const std::uint32_t corner : mesh.triangles[t])
      around[next[place[corner]]++] = static_cast<std::uint32_t>(t);
  std::vector<Vec3f> result(3 * mesh.triangles.size());
  for (std::size_t t = 0; t < mesh.triangles.size(); ++t)
    for (std::size_t k = 0; k < 3; ++k) {
      const std::uint32_t at = place[mesh.triangles[t][k]];
      Eigen::Vector3d sum = area[t];
      if (first[at + 1] - first[at] <= kMostNeighbours)
        for (std::uint32_t i = first[at]; i < first[at + 1]; ++i)
          if (around[i] != t && face[around[i]].dot(face[t]) > kSmooth) sum += area[around[i]];
      const double length = sum.norm();
      result[3 * t + k] = length > 0 ? Vec3f((sum / length).cast<float>()) : Vec3f(Vec3f::UnitZ());
    }
  return result;
}

void split_at_edges(Mesh& mesh, const std::vector<Vec3f>& corners) {
  using Key = std::tuple<std::uint32_t, std::int32_t, std::int32_t, std::int32_t>;
  std::map<Key, std::uint32_t> known;
  Mesh result;
  result.material_of = std::move(mesh.material_of);
  result.triangles.reserve(mesh.triangles.size());
  for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
    std::array<std::uint32_t, 3> triangle{};
    for (std::size_t k = 0; k < 3; ++k) {
      const std::uint32_t from = mesh.triangles[t][k];
      const Vec3f& n = corners[3 * t + k];
      const auto step = [](float value) { return static_cast<std::int32_t>(std::lround(value * 1000)); };
      const auto [entry, is_new] = known.try_emplace({from, step(n.x()), step(n.y()), step(n.z())},
                                                     static_cast<std::uint32_t>(result.positions_m.size()));
      if (is_new) {
        result.positions_m.push_back(mesh.positions_m[from]);
        result.normals.push_back(n);
        if (!mesh.uvs.empty()) result.uvs.push_back(mesh.uvs[from]);
        if (!mesh.colors.empty()) result.colors.push_back(mesh.colors[from]);
        if (!mesh.tangents.empty()) result.tangents.push_back(mesh.tangents[from]);
      }
      triangle[k] = entry->second;
    }
    result.triangles.push_back(triangle);
  }
  mesh = std::move(result);
}

}  // namespace

void mend_normals(Mesh& mesh, bool may_split) {
  if (mesh.normals.empty() && may_split) {
    const std::vector<Vec3f> corners = corner_normals(mesh);
    split_at_edges(mesh, corners);
    return;
  }
  bool all_fine = !mesh.normals.empty();
  for (Vec3f& n : mesh.normals) {
    if (is_unit(n)) continue;
    n.normalize();
    all_fine = all_fine && is_unit(n);
  }
  if (all_fine) return;
  const bool had = !mesh.normals.empty();
  std::vector<Eigen::Vector3d> sum(mesh.positions_m.size(), Eigen::Vector3d::Zero());
  for (const auto& t : mesh.triangles)
    for (const std::uint32_t corner : t) sum[corner] += area_vector(mesh, t);
  mesh.normals.resize(mesh.positions_m.size(), Vec3f::Zero());
  for (std::size_t v = 0; v < sum.size(); ++v) {
    if (had && is_unit(mesh.normals[v])) continue;
    const double length = sum[v].norm();
    mesh.normals[v] = length > 0 ? Vec3f((sum[v] / length).cast<float>()) : Vec3f(Vec3f::UnitZ());
  }
}

void mend_tangents(Mesh& mesh) {
  const auto usable = [&](std::size_t v) {
    const Eigen::Vector4f& t = mesh.tangents[v];
    return t.allFinite() && is_unit(t.head<3>()) && std::abs(t.head<3>().dot(mesh.normals[v])) < 0.9F;
  };
  const bool had = !mesh.tangents.empty();
  std::vector<Eigen::Vector3d> along_u(mesh.positions_m.size(), Eigen::Vector3d::Zero());
  std::vector<Eigen::Vector3d> along_v(mesh.positions_m.size(), Eigen::Vector3d::Zero());
  for (const auto& t : mesh.triangles) {
    const Eigen::Vector3d e1 = (mesh.positions_m[t[1]] - mesh.positions_m[t[0]]).cast<double>();
    const Eigen::Vector3d e2 = (mesh.positions_m[t[2]] - mesh.positions_m[t[0]]).cast<double>();
    const Eigen::Vector2d d1 = (mesh.uvs[t[1]] - mesh.uvs[t[0]]).cast<double>();
    const Eigen::Vector2d d2 = (mesh.uvs[t[2]] - mesh.uvs[t[0]]).cast<double>();
    // Divided by the determinant these are the derivatives; times the area only its sign is left to matter.
    const double sign = d1.x() * d2.y() - d2.x() * d1.y() < 0 ? -1 : 1;
    const Eigen::Vector3d u = sign * (d2.y() * e1 - d1.y() * e2);
    const Eigen::Vector3d v = sign * (d1.x() * e2 - d2.x() * e1);
    for (const std::uint32_t corner : t) {
      along_u[corner] += u;
      along_v[corner] += v;
    }
  }
  mesh.tangents.resize(mesh.positions_m.size(), Eigen::Vector4f::Zero());
  for (std::size_t v = 0; v < mesh.positions_m.size(); ++v) {
    if (had && usable(v)) continue;
    const Eigen::Vector3d n = mesh.normals[v].cast<double>();
    Eigen::Vector3d t = along_u[v] - n * n.dot(along_u[v]);
    const double length = t.norm();
    t = length > 1e-12 && std::isfinite(length) ? Eigen::Vector3d(t / length) : n.unitOrthogonal();
    const double side = n.cross(t).dot(along_v[v]);
    // glTF's bitangent points up in the picture, where v becomes smaller.
    mesh.tangents[v] << t.cast<float>(), side > 0 ? -1.0F : 1.0F;
  }
}

void drop_unused_vertices(Mesh& mesh) {
  constexpr std::uint32_t kUnused = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> index(mesh.positions_m.size(), kUnused);
  for (const auto& t : mesh.triangles)
    for (const std::uint32_t corner : t) index[corner] = 0;
  std::uint32_t kept = 0;
  for (std::size_t v = 0; v < index.size(); ++v) {
    if (index[v] == kUnused) continue;
    index[v] = kept;
    const auto move = [&](auto& values) {
      if (!values.empty()) values[kept] = values[v];
    };
    move(mesh.positions_m);
    move(mesh.normals);
    move(mesh.uvs);
    move(mesh.colors);
    move(mesh.tangents);
    ++kept;
  }
  const auto cut = [&](auto& values) {
    if (!values.empty()) values.resize(kept);
  };
  cut(mesh.positions_m);
  cut(mesh.normals);
  cut(mesh.uvs);
  cut(mesh.colors);
  cut(mesh.tangents);
  for (auto& t : mesh.triangles)
    for (std::uint32_t& corner : t) corner = index[corner];
}

}  // namespace metaspatial::assets
