// GLB and glTF files: any bytes are a sound mesh or an error in one line; what was read can be written and
// read again.
//
// Input    the file.

#include <cmath>
#include <string>

#include "bytes.hpp"
#include "metaspatial/assets/gltf_reader.hpp"
#include "metaspatial/base/error.hpp"

namespace metaspatial::fuzz {
namespace {

void check_sound(const assets::GltfModel& read) {
  const assets::Mesh& mesh = read.model.mesh;
  const std::size_t n = mesh.positions_m.size();
  METASPATIAL_CHECK(!mesh.triangles.empty() && mesh.material_of.size() == mesh.triangles.size(), "triangles");
  METASPATIAL_CHECK(mesh.normals.size() == n, "a normal per vertex");
  for (const std::size_t size : {mesh.uvs.size(), mesh.colors.size(), mesh.tangents.size()})
    METASPATIAL_CHECK(size == 0 || size == n, "one per vertex or none");
  for (const auto& t : mesh.triangles)
    for (const std::uint32_t corner : t) METASPATIAL_CHECK(corner < n, "an index in range");
  for (const std::uint16_t m : mesh.material_of)
    METASPATIAL_CHECK(m < read.model.materials.size(), "a material in range");
  for (const auto& p : mesh.positions_m) METASPATIAL_CHECK(p.allFinite(), "finite positions");
  for (const auto& normal : mesh.normals)
    METASPATIAL_CHECK(std::abs(normal.norm() - 1) < 0.02F, "normals of unit length");
  for (const auto& uv : mesh.uvs) METASPATIAL_CHECK(uv.allFinite(), "finite texture coordinates");
  for (const auto& tangent : mesh.tangents) METASPATIAL_CHECK(tangent.allFinite(), "finite tangents");
  METASPATIAL_CHECK(read.model.size_m.allFinite() && read.model.size_m.maxCoeff() > 0, "an extent");
}

}  // namespace
}  // namespace metaspatial::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace metaspatial;
  assets::GltfLimits limits;
  limits.max_vertices = 20'000;
  limits.max_triangles = 20'000;
  limits.max_texture_pixels = 1U << 16;
  const Result<assets::GltfModel> model = assets::read_glb(fuzz::text_of(data, size), "file", limits);
  if (!model) {
    METASPATIAL_CHECK(!model.error().message.empty() && model.error().message.find('\n') == std::string::npos,
                      "an error is one line");
    return 0;
  }
  fuzz::check_sound(*model);
  return 0;
}
