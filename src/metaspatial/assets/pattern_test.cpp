#include "metaspatial/assets/pattern.hpp"

#include <gtest/gtest.h>
#include <tiny_gltf.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "metaspatial/assets/image_codec.hpp"

namespace metaspatial::assets {
namespace {

constexpr Pattern kPatterns[] = {Pattern::Wood,  Pattern::Planks, Pattern::Tiles,
                                 Pattern::Weave, Pattern::Marble, Pattern::Brick};

Material patterned(Pattern pattern, const Vec3f& color) {
  Material material;
  material.pattern = pattern;
  material.base_color = color;
  return material;
}

/// A decoded picture, through tinygltf's reader.
tinygltf::Image decoded(const std::string& bytes) {
  tinygltf::Image image;
  std::string error;
  std::string warning;
  EXPECT_TRUE(tinygltf::LoadImageData(&image, 0, &error, &warning, 0, 0,
                                      reinterpret_cast<const unsigned char*>(bytes.data()),
                                      static_cast<int>(bytes.size()), nullptr))
      << error;
  return image;
}

float linear(unsigned byte) {
  const float s = static_cast<float>(byte) / 255;
  return s <= 0.04045F ? s / 12.92F : std::pow((s + 0.055F) / 1.055F, 2.4F);
}

TEST(Pattern, RepeatsAfterItsTile) {
  for (const Pattern pattern : kPatterns) {
    const Material material = patterned(pattern, Vec3f(0.6F, 0.4F, 0.3F));
    const PatternTile tile = tile_of(pattern);
    for (int i = 0; i < 200; ++i) {
      // Off the joints' edges, where a rounding error would show.
      const Vec3f p(0.0137F * static_cast<float>(i) + 0.003F, 0.0091F * static_cast<float>(i * 7 % 97), 0);
      const Vec3f here = patterned_color(material, p, Vec3f::UnitZ(), 0.02F, tile);
      const Vec3f right = patterned_color(material, p + Vec3f(tile.u_m, 0, 0), Vec3f::UnitZ(), 0.02F, tile);
      const Vec3f above = patterned_color(material, p - Vec3f(0, tile.v_m, 0), Vec3f::UnitZ(), 0.02F, tile);
      EXPECT_LT((here - right).cwiseAbs().maxCoeff(), 2e-3F) << static_cast<int>(pattern) << ' ' << i;
      EXPECT_LT((here - above).cwiseAbs().maxCoeff(), 2e-3F) << static_cast<int>(pattern) << ' ' << i;
    }
  }
}

TEST(Pattern, TheTextureTimesItsFactorIsThePattern) {
  for (const Pattern pattern : kPatterns) {
    const Material material = patterned(pattern, Vec3f(0.6F, 0.4F, 0.3F));
    const PatternTexture texture = pattern_texture(material);
    const tinygltf::Image image = decoded(texture.color_png);
    ASSERT_GT(image.width, 0);
    ASSERT_EQ(image.width & (image.width - 1), 0) << "a power of two";
    const float footprint_m = std::min(texture.tile.u_m, texture.tile.v_m) / static_cast<float>(image.width);
    for (int i = 0; i < 50; ++i) {
      const int column = i * 37 % image.width;
      const int row = i * 61 % image.height;
      const Vec3f p((static_cast<float>(column) + 0.5F) * texture.tile.u_m / static_cast<float>(image.width),
                    (static_cast<float>(image.height - 1 - row) + 0.5F) * texture.tile.v_m /
                        static_cast<float>(image.height),
                    0);
      const Vec3f wanted = patterned_color(material, p, Vec3f::UnitZ(), footprint_m, texture.tile);
      const auto at =
          static_cast<std::size_t>(row * image.width + column) * static_cast<std::size_t>(image.component);
      for (int channel = 0; channel < 3; ++channel) {
        // tinygltf gives grey pictures four components, each the grey.
        const float value = linear(image.image[at + static_cast<std::size_t>(channel)]);
        EXPECT_NEAR(value * texture.color_factor[channel], wanted[channel], 0.008F)
            << static_cast<int>(pattern) << ' ' << i;
      }
    }
  }
}

TEST(Pattern, NormalsOfJointsHaveUnitLengthAndLookUp) {
  for (const Pattern pattern : {Pattern::Planks, Pattern::Tiles, Pattern::Brick}) {
    const tinygltf::Image image = decoded(pattern_texture(patterned(pattern, Vec3f::Ones())).normal_png);
    int tilted = 0;
    for (std::size_t i = 0; i + 2 < image.image.size(); i += static_cast<std::size_t>(image.component)) {
      Vec3f n;
      for (int axis = 0; axis < 3; ++axis)
        n[axis] = static_cast<float>(image.image[i + static_cast<std::size_t>(axis)]) / 127.5F - 1;
      ASSERT_NEAR(n.norm(), 1, 0.02F);
      ASSERT_GT(n.z(), 0.5F);
      tilted += n.head<2>().norm() > 0.03F;
    }
    EXPECT_GT(tilted, 100);
  }
  EXPECT_TRUE(pattern_texture(patterned(Pattern::Weave, Vec3f::Ones())).normal_png.empty());
}

TEST(Pattern, CoordinatesFollowTheAxesOfTheirDirection) {
  const Vec3f p(1, 2, 3);
  for (const Pattern pattern : kPatterns) {
    for (const Vec3f& n : {Vec3f(1, 0, 0), Vec3f(0, -1, 0), Vec3f(0, 0, 1), Vec3f(-0.9F, 0.3F, 0.2F)}) {
      const Eigen::Vector2f uv = pattern_uv_m(pattern, p, n);
      EXPECT_EQ(uv, (pattern_axes(pattern, n).transpose() * p).eval());
    }
  }
  // Grain runs along x, and upwards where it would end; floors are seen from above whatever their normal.
  EXPECT_EQ(pattern_uv_m(Pattern::Wood, p, Vec3f::UnitZ()), Eigen::Vector2f(1, 2));
  EXPECT_EQ(pattern_uv_m(Pattern::Wood, p, Vec3f::UnitY()), Eigen::Vector2f(1, 3));
  EXPECT_EQ(pattern_uv_m(Pattern::Wood, p, Vec3f::UnitX()), Eigen::Vector2f(3, 2));
  EXPECT_EQ(pattern_uv_m(Pattern::Planks, p, Vec3f::UnitX()), Eigen::Vector2f(1, 2));
}

TEST(ImageCodec, GivesTheVectorsOfTheirStandards) {
  // RFC 4648, section 10; the check value of CRC-32 ("123456789").
  EXPECT_EQ(base64_of(""), "");
  EXPECT_EQ(base64_of("f"), "Zg==");
  EXPECT_EQ(base64_of("fo"), "Zm8=");
  EXPECT_EQ(base64_of("foobar"), "Zm9vYmFy");
  EXPECT_EQ(crc32_of("123456789"), 0xcbf43926U);
}

}  // namespace
}  // namespace metaspatial::assets
