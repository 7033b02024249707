#include "metaspatial/render/texture.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace metaspatial::render {
namespace {

using Wrap = assets::Texture::Wrap;

const std::array<float, 256>& decoding(bool srgb) {
  static const auto tables = [] {
    std::array<std::array<float, 256>, 2> result;
    for (std::size_t i = 0; i < 256; ++i) {
      const float s = static_cast<float>(i) / 255;
      result[0][i] = s;
      result[1][i] = s <= 0.04045F ? s / 12.92F : std::pow((s + 0.055F) / 1.055F, 2.4F);
    }
    return result;
  }();
  return tables[srgb ? 1 : 0];
}

std::uint8_t srgb_of(float linear) {
  const float s = linear <= 0.0031308F ? 12.92F * linear : 1.055F * std::pow(linear, 1 / 2.4F) - 0.055F;
  return static_cast<std::uint8_t>(std::clamp(s * 255 + 0.5F, 0.0F, 255.0F));
}

int wrapped(int i, int n, Wrap wrap) {
  switch (wrap) {
    case Wrap::Clamp:
      return std::clamp(i, 0, n - 1);
    case Wrap::Mirror: {
      const int m = ((i % (2 * n)) + 2 * n) % (2 * n);
      return m < n ? m : 2 * n - 1 - m;
    }
    case Wrap::Repeat:
      break;
  }
  return ((i % n) + n) % n;
}

}  // namespace

MipTexture::MipTexture(const assets::Texture& texture, bool srgb)
    : wrap_u_(texture.wrap_u), wrap_v_(texture.wrap_v), decode_(&decoding(srgb)) {
  Level base{std::max(1, texture.width_px), std::max(1, texture.height_px), {}};
  const std::size_t count =
      static_cast<std::size_t>(base.width_px) * static_cast<std::size_t>(base.height_px);
  base.texels.resize(count, {255, 255, 255, 255});
  if (texture.rgba.size() >= 4 * count)
    for (std::size_t i = 0; i < count; ++i)
      std::copy_n(texture.rgba.begin() + static_cast<std::ptrdiff_t>(4 * i), 4, base.texels[i].begin());
  levels_.push_back(std::move(base));
  const auto& decode = *decode_;
  while (levels_.back().width_px > 1 || levels_.back().height_px > 1) {
    const Level& from = levels_.back();
    Level to{std::max(1, from.width_px / 2), std::max(1, from.height_px / 2), {}};
    to.texels.reserve(static_cast<std::size_t>(to.width_px) * static_cast<std::size_t>(to.height_px));
    for (int y = 0; y < to.height_px; ++y) {
      for (int x = 0; x < to.width_px; ++x) {
        std::array<float, 4> sum{};
        for (int k = 0; k < 4; ++k) {
          const int u = std::min(2 * x + (k & 1), from.width_px - 1);
          const int v = std::min(2 * y + (k >> 1), from.height_px - 1);
          const auto& t = from.texels[static_cast<std::size_t>(v) * static_cast<std::size_t>(from.width_px) +
                                      static_cast<std::size_t>(u)];
          for (std::size_t c = 0; c < 3; ++c) sum[c] += 0.25F * decode[t[c]];
          sum[3] += 0.25F * static_cast<float>(t[3]);
        }
        std::array<std::uint8_t, 4> mean{};
        for (std::size_t c = 0; c < 3; ++c)
          mean[c] = srgb ? srgb_of(sum[c]) : static_cast<std::uint8_t>(sum[c] * 255 + 0.5F);
        mean[3] = static_cast<std::uint8_t>(sum[3] + 0.5F);
        to.texels.push_back(mean);
      }
    }
    levels_.push_back(std::move(to));
  }
}

Eigen::Vector4f MipTexture::texel(const Level& level, int x, int y) const {
  const int u = wrapped(x, level.width_px, wrap_u_);
  const int v = wrapped(y, level.height_px, wrap_v_);
  const auto& t = level.texels[static_cast<std::size_t>(v) * static_cast<std::size_t>(level.width_px) +
                               static_cast<std::size_t>(u)];
  const auto& decode = *decode_;
  return {decode[t[0]], decode[t[1]], decode[t[2]], static_cast<float>(t[3]) / 255};
}

Eigen::Vector4f MipTexture::bilinear(const Level& level, const Eigen::Vector2f& uv) const {
  const float x = uv.x() * static_cast<float>(level.width_px) - 0.5F;
  const float y = uv.y() * static_cast<float>(level.height_px) - 0.5F;
  const float x0 = std::floor(x);
  const float y0 = std::floor(y);
  const float a = x - x0;
  const float b = y - y0;
  const int i = static_cast<int>(x0);
  const int j = static_cast<int>(y0);
  const Eigen::Vector4f low = (1 - a) * texel(level, i, j) + a * texel(level, i + 1, j);
  const Eigen::Vector4f high = (1 - a) * texel(level, i, j + 1) + a * texel(level, i + 1, j + 1);
  return (1 - b) * low + b * high;
}

Eigen::Vector4f MipTexture::at(const Eigen::Vector2f& uv, float width_uv) const {
  const Level& base = levels_.front();
  constexpr float kFar = 1e4F;  // further out, float has no places left for texels
  if (!(uv.cwiseAbs().maxCoeff() < kFar)) return texel(base, 0, 0);
  const float width_px = width_uv * static_cast<float>(std::max(base.width_px, base.height_px));
  const float level = width_px > 1 ? std::log2(width_px) : 0.0F;
  const auto last = static_cast<float>(levels_.size() - 1);
  if (!(level > 0)) return bilinear(base, uv);
  if (level >= last) return bilinear(levels_.back(), uv);
  const float floor = std::floor(level);
  const auto i = static_cast<std::size_t>(floor);
  const float share = level - floor;
  return (1 - share) * bilinear(levels_[i], uv) + share * bilinear(levels_[i + 1], uv);
}

std::vector<MaterialTextures> textures_of(const assets::Model& model) {
  std::vector<MaterialTextures> result;
  if (model.mesh.uvs.empty()) return result;
  std::map<std::pair<const assets::Texture*, bool>, std::shared_ptr<const MipTexture>> made;
  bool any = false;
  const auto make = [&](const std::shared_ptr<const assets::Texture>& texture, bool srgb) {
    if (!texture || texture->width_px < 1 || texture->height_px < 1)
      return std::shared_ptr<const MipTexture>();
    any = true;
    auto& entry = made[{texture.get(), srgb}];
    if (!entry) entry = std::make_shared<const MipTexture>(*texture, srgb);
    return entry;
  };
  for (const assets::Material& material : model.materials)
    result.push_back({make(material.base_color_texture, true),
                      make(material.metallic_roughness_texture, false), make(material.normal_texture, false),
                      make(material.emission_texture, true)});
  if (!any) result.clear();
  return result;
}

}  // namespace metaspatial::render
