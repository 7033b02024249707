#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

/// What an object looks like: triangles and materials in the object's own frame.
namespace metaspatial::assets {

using Vec3f = Eigen::Vector3f;

/// A procedural grain that the renderer draws on a material, in the object's own frame.
enum class Pattern : std::uint8_t { None, Wood, Planks, Tiles, Weave, Marble, Brick };

/// How a surface answers light.
///
/// Units    colours are linear, in [0, 1]; `emission` is linear radiance relative to a white wall.
struct Material {
  std::string name;
  Vec3f base_color = Vec3f::Constant(0.7F);
  float roughness = 0.8F;  ///< 0 mirror, 1 chalk
  float metallic = 0;      ///< 0 or 1
  Vec3f emission = Vec3f::Zero();
  float opacity = 1;  ///< below 1: glass; lets light and sight through
  Pattern pattern = Pattern::None;
};

/// Triangles with smooth or flat normals.
///
/// Units    metres.
/// Frame    the object's own: x right (seen from behind it), y front, z up, origin at the centre of its box.
/// Shape    positions and normals have one entry per vertex; triangles and material_of one per triangle.
struct Mesh {
  std::vector<Vec3f> positions_m;
  std::vector<Vec3f> normals;
  std::vector<std::array<std::uint32_t, 3>> triangles;
  std::vector<std::uint16_t> material_of;  ///< index into the model's materials
};

/// A mesh with its materials; immutable once made, shared by everything that shows the object.
struct Model {
  Mesh mesh;
  std::vector<Material> materials;
  Vec3f size_m = Vec3f::Zero();  ///< the box the mesh fills exactly

  /// Whether any material lets light through.
  [[nodiscard]] bool transparent() const {
    for (const Material& material : materials)
      if (material.opacity < 1) return true;
    return false;
  }
};

/// Linear colour of a 0xRRGGBB sRGB value.
[[nodiscard]] Vec3f linear_from_srgb(std::uint32_t rgb);

}  // namespace metaspatial::assets
