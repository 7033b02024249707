#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// What an object looks like: triangles and materials in the object's own frame.
namespace metaspatial::assets {

using Vec3f = Eigen::Vector3f;

/// A procedural grain that the renderer draws on a material, in the object's own frame.
enum class Pattern : std::uint8_t { None, Wood, Planks, Tiles, Weave, Marble, Brick };

/// A picture that is laid on a surface.
///
/// Frame    texture coordinate (0, 0) is the top left corner of the first row, (1, 1) the bottom right of the
///          last: glTF's.
/// Shape    rgba.size() == width_px * height_px * 4. Whether its bytes are sRGB or numbers depends on its
/// use.
struct Texture {
  enum class Wrap : std::uint8_t { Repeat, Clamp, Mirror };

  int width_px = 0;
  int height_px = 0;
  std::vector<std::uint8_t> rgba;
  Wrap wrap_u = Wrap::Repeat;
  Wrap wrap_v = Wrap::Repeat;
  std::string encoded;  ///< the PNG or JPEG file it was read from; empty if there was none
};

/// How a surface answers light: glTF's metallic-roughness model.
///
/// Units    colours are linear, in [0, 1]; `emission` is linear radiance relative to a white wall.
/// Shape    textures multiply their factors and may be null; they need texture coordinates in the mesh.
struct Material {
  std::string name;
  Vec3f base_color = Vec3f::Constant(0.7F);
  float roughness = 0.8F;  ///< 0 mirror, 1 chalk
  float metallic = 0;      ///< 0 or 1
  Vec3f emission = Vec3f::Zero();
  float opacity = 1;  ///< below 1: glass; lets light and sight through
  Pattern pattern = Pattern::None;
  std::shared_ptr<const Texture> base_color_texture = nullptr;  ///< sRGB; alpha multiplies `opacity`
  std::shared_ptr<const Texture> metallic_roughness_texture =
      nullptr;                                                ///< numbers: green roughness, blue metallic
  std::shared_ptr<const Texture> normal_texture = nullptr;    ///< numbers: tangent space, glTF's
  std::shared_ptr<const Texture> emission_texture = nullptr;  ///< sRGB
  float normal_scale = 1;
  float alpha_cutoff = 0;  ///< above 0: where alpha is below it there is a hole, elsewhere no glass
};

/// Triangles with smooth or flat normals.
///
/// Units    metres.
/// Frame    the object's own: x right (seen from behind it), y front, z up, origin at the centre of its box.
/// Shape    positions and normals have one entry per vertex, uvs, colours and tangents one per vertex or none
///          at all; triangles and material_of have one per triangle.
struct Mesh {
  std::vector<Vec3f> positions_m;
  std::vector<Vec3f> normals;
  std::vector<Eigen::Vector2f> uvs;
  std::vector<Vec3f> colors;              ///< linear; multiply the base colour
  std::vector<Eigen::Vector4f> tangents;  ///< along u; w is 1 or -1: bitangent = w * normal x tangent
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
      if (material.opacity < 1 || material.alpha_cutoff > 0) return true;
    return false;
  }
};

/// Linear colour of a 0xRRGGBB sRGB value.
[[nodiscard]] Vec3f linear_from_srgb(std::uint32_t rgb);

}  // namespace metaspatial::assets
