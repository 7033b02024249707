#pragma once

#include <cstdint>
#include <string_view>

#include "metaspatial/assets/mesh.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::assets {

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
};

/// Shape    same words, same palette. Words that are not known give the kind's default material.
[[nodiscard]] Palette palette_of(const scene::SceneObject& object, std::string_view default_material);

[[nodiscard]] Material colored(std::string_view name, std::uint32_t srgb, float roughness = 0.8F,
                               float metallic = 0);
[[nodiscard]] Material glowing(std::string_view name, std::uint32_t srgb, float strength);

}  // namespace metaspatial::assets
