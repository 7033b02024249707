#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "metaspatial/assets/mesh.hpp"

namespace metaspatial::render {

/// A texture with its halved copies, so that what is far away is a mean and no speckle. Internal to `render`.
///
/// Threads  const; safe to share.
class MipTexture {
 public:
  /// `srgb`: bytes of the first three channels are decoded to linear light.
  MipTexture(const assets::Texture& texture, bool srgb);

  /// Bilinear within a level, linear between two.
  ///
  /// Units    `width_uv` is how much of the texture a pixel covers, in texture coordinates.
  /// Shape    red, green, blue, alpha in [0, 1]; linear. Coordinates that are not finite give the first
  /// texel.
  [[nodiscard]] Eigen::Vector4f at(const Eigen::Vector2f& uv, float width_uv) const;

 private:
  struct Level {
    int width_px = 0, height_px = 0;
    std::vector<std::array<std::uint8_t, 4>> texels;
  };
  [[nodiscard]] Eigen::Vector4f bilinear(const Level& level, const Eigen::Vector2f& uv) const;
  [[nodiscard]] Eigen::Vector4f texel(const Level& level, int x, int y) const;

  std::vector<Level> levels_;
  assets::Texture::Wrap wrap_u_, wrap_v_;
  const std::array<float, 256>* decode_;
};

/// The textures of one material; null where there is none.
struct MaterialTextures {
  std::shared_ptr<const MipTexture> base_color, metallic_roughness, normal, emission;
};

/// Of every material of a model; empty if the model has no texture coordinates or no texture.
[[nodiscard]] std::vector<MaterialTextures> textures_of(const assets::Model& model);

}  // namespace metaspatial::render
