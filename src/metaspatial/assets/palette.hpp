#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "metaspatial/assets/mesh.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::assets {

/// What people make rooms of, by how it looks.
enum class MaterialClass { Wood, Textile, Metal, Glass, Stone, Leather, Woven, Plain };

/// The materials of one object by their role, from its material and style words. Internal to `assets`.
struct Palette {
  Material main;       ///< what the object is made of
  Material wood;       ///< its wooden parts: the object's own wood, else the style's
  Material dark_wood;  ///< a darker tone of it, for gaps, plinths, legs
  Material textile;    ///< upholstery
  Material accent;     ///< the style's accent textile: throws, cushions
  Material linen;      ///< bed linen, paper, lamp shades
  Material metal;      ///< handles, legs, frames
  Material black;      ///< screens, rubber
  Material white;      ///< enamel, ceramic
  Material glass;
  bool main_is_wood = false;
  bool main_is_textile = false;
  bool main_is_metal = false;
  bool main_is_glass = false;
  bool main_is_named = false;   ///< walnut or white wood, not just wood
  bool metal_is_named = false;  ///< its metal parts were asked for
};

/// Shape    same words, same palette. Words that are not known give the kind's default material.
[[nodiscard]] Palette palette_of(const scene::SceneObject& object, std::string_view default_material);

/// A material that a text names.
struct NamedMaterial {
  Material material;
  MaterialClass kind = MaterialClass::Plain;
  std::string_view word;   ///< of the table, not of the text
  bool has_color = false;  ///< its colour was said, too
};

/// The first colour or material of a text: "walls of deep navy", "wide oak boards".
///
/// Shape    same text, same answer; nothing if no word is known. Only the first 400 bytes are read.
[[nodiscard]] std::optional<Vec3f> color_in(std::string_view text);
[[nodiscard]] std::optional<NamedMaterial> material_in(std::string_view text);

/// The nearest colour that a surface can have: no channel above 0.85 or below 0.012.
[[nodiscard]] Vec3f plausible(const Vec3f& color);
[[nodiscard]] inline float luminance(const Vec3f& color) {
  return 0.2126F * color.x() + 0.7152F * color.y() + 0.0722F * color.z();
}

[[nodiscard]] Material colored(std::string_view name, std::uint32_t srgb, float roughness = 0.8F,
                               float metallic = 0);
[[nodiscard]] Material glowing(std::string_view name, std::uint32_t srgb, float strength);

}  // namespace metaspatial::assets
