#include "metaspatial/render/bsdf.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>

#include "metaspatial/render/tone.hpp"

namespace metaspatial::render {
namespace {

constexpr float kPi = 3.14159265F;
constexpr float kLeastCosine = 1e-4F;

/// Smith's Lambda of the GGX distribution; 1 / (1 + Lambda) is the share of micro surface that is seen.
float lambda(float alpha2, float cosine) {
  const float c2 = cosine * cosine;
  return 0.5F * (std::sqrt(1 + alpha2 * (1 - c2) / c2) - 1);
}

float distribution(float alpha2, float cosine) {
  const float d = cosine * cosine * (alpha2 - 1) + 1;
  return alpha2 / (kPi * d * d);
}

/// A normal of the micro surface as wo sees them.
Vec3f visible_normal(const Vec3f& wo, float alpha, float u, float v) {
  const Vec3f stretched = Vec3f(alpha * wo.x(), alpha * wo.y(), wo.z()).normalized();
  const float length2 = stretched.x() * stretched.x() + stretched.y() * stretched.y();
  const Vec3f t1 = length2 > 1e-12F ? Vec3f(Vec3f(-stretched.y(), stretched.x(), 0) / std::sqrt(length2))
                                    : Vec3f(Vec3f::UnitX());
  const Vec3f t2 = stretched.cross(t1);
  const float r = std::sqrt(u);
  const float phi = 2 * kPi * v;
  const float p1 = r * std::cos(phi);
  const float s = 0.5F * (1 + stretched.z());
  const float p2 = (1 - s) * std::sqrt(std::max(0.0F, 1 - p1 * p1)) + s * r * std::sin(phi);
  const Vec3f n = p1 * t1 + p2 * t2 + std::sqrt(std::max(0.0F, 1 - p1 * p1 - p2 * p2)) * stretched;
  return Vec3f(alpha * n.x(), alpha * n.y(), std::max(1e-6F, n.z())).normalized();
}

/// Share of light that a GGX layer reflects once: F0 * scale + offset (Karis 2013, the split sum).
struct LayerAlbedo {
  float scale = 1, offset = 0;
};

class LayerTable {
 public:
  LayerTable() {
    for (int r = 0; r < kRoughness; ++r)
      for (int c = 0; c < kCosine; ++c) entries_[static_cast<std::size_t>(r * kCosine + c)] = integrate(r, c);
  }
  [[nodiscard]] LayerAlbedo at(float roughness, float cosine) const {
    const float r = std::clamp(roughness, 0.0F, 1.0F) * (kRoughness - 1);
    const float c = std::sqrt(std::clamp(cosine, 0.0F, 1.0F)) * (kCosine - 1);
    const int r0 = std::min(static_cast<int>(r), kRoughness - 2);
    const int c0 = std::min(static_cast<int>(c), kCosine - 2);
    const float a = r - static_cast<float>(r0);
    const float b = c - static_cast<float>(c0);
    const auto entry = [&](int i, int j) { return entries_[static_cast<std::size_t>(i * kCosine + j)]; };
    const auto mix = [&](auto member) {
      const float low = (1 - b) * entry(r0, c0).*member + b * entry(r0, c0 + 1).*member;
      const float high = (1 - b) * entry(r0 + 1, c0).*member + b * entry(r0 + 1, c0 + 1).*member;
      return (1 - a) * low + a * high;
    };
    return {mix(&LayerAlbedo::scale), mix(&LayerAlbedo::offset)};
  }

 private:
  static constexpr int kRoughness = 24;
  static constexpr int kCosine = 24;

  static LayerAlbedo integrate(int r, int c) {
    constexpr int kSteps = 16;
    const float share = static_cast<float>(c) / (kCosine - 1);
    const float cosine = std::max(0.02F, share * share);
    const float roughness = std::max(0.03F, static_cast<float>(r) / (kRoughness - 1));
    const float alpha = roughness * roughness;
    const Vec3f wo(std::sqrt(1 - cosine * cosine), 0, cosine);
    const float lambda_o = lambda(alpha * alpha, cosine);
    LayerAlbedo sum{0, 0};
    for (int i = 0; i < kSteps; ++i) {
      for (int j = 0; j < kSteps; ++j) {
        const Vec3f h = visible_normal(wo, alpha, (static_cast<float>(i) + 0.5F) / kSteps,
                                       (static_cast<float>(j) + 0.5F) / kSteps);
        const float oh = wo.dot(h);
        const float wi_z = 2 * oh * h.z() - wo.z();
        if (wi_z <= kLeastCosine) continue;
        const float weight = (1 + lambda_o) / (1 + lambda_o + lambda(alpha * alpha, wi_z));
        const float f = std::pow(1 - std::clamp(oh, 0.0F, 1.0F), 5.0F);
        sum.scale += weight * (1 - f);
        sum.offset += weight * f;
      }
    }
    constexpr float kCount = kSteps * kSteps;
    return {sum.scale / kCount, sum.offset / kCount};
  }

  std::array<LayerAlbedo, kRoughness * kCosine> entries_;
};

const LayerTable& layer_table() {
  static const LayerTable table;
  return table;
}

}  // namespace

NormalFrame::NormalFrame(const Vec3f& normal) : n(normal) {
  const float sign = std::copysign(1.0F, n.z());
  const float a = -1 / (sign + n.z());
  const float b = n.x() * n.y() * a;
  u = Vec3f(1 + sign * n.x() * n.x() * a, sign * b, -sign * n.x());
  v = Vec3f(b, sign + n.y() * n.y() * a, -n.y());
}

Bsdf::Bsdf(const Vec3f& base_color, float roughness, float metallic, const Vec3f& wo) : wo_(wo) {
  const float bounded = std::clamp(roughness, 0.03F, 1.0F);
  wo_.z() = std::max(kLeastCosine, wo_.z());
  alpha_ = bounded * bounded;
  alpha2_ = alpha_ * alpha_;
  lambda_wo_ = lambda(alpha2_, wo_.z());
  f0_ = (1 - metallic) * Vec3f::Constant(0.04F) + metallic * base_color;
  const LayerAlbedo layer = layer_table().at(bounded, wo_.z());
  const float once = layer.scale + layer.offset;
  gain_ = Vec3f::Ones() + (1 / std::max(0.05F, once) - 1) * f0_;
  const Vec3f reflected = (layer.scale * f0_ + Vec3f::Constant(layer.offset)).cwiseProduct(gain_);
  diffuse_ = (1 - metallic) * base_color.cwiseProduct((Vec3f::Ones() - reflected).cwiseMax(0.0F));
  albedo_ = diffuse_ + reflected;
  const float a = luminance(reflected);
  const float b = luminance(diffuse_);
  layer_ = a + b > 0 ? std::clamp(a / (a + b), 0.05F, 1.0F) : 1.0F;
  if (b <= 0) layer_ = 1;
}

Vec3f Bsdf::fresnel(float cosine) const {
  const float away = 1 - std::clamp(cosine, 0.0F, 1.0F);
  const float a2 = away * away;
  return f0_ + a2 * a2 * away * (Vec3f::Ones() - f0_);
}

Bsdf::Value Bsdf::at(const Vec3f& wi) const {
  Value result;
  if (wi.z() <= kLeastCosine) return result;
  const Vec3f h = (wo_ + wi).normalized();
  const float density = distribution(alpha2_, h.z()) / (4 * wo_.z());
  const float specular = density / (1 + lambda_wo_ + lambda(alpha2_, wi.z()));
  result.value = wi.z() / kPi * diffuse_ + specular * gain_.cwiseProduct(fresnel(wo_.dot(h)));
  result.pdf = layer_ * density / (1 + lambda_wo_) + (1 - layer_) * wi.z() / kPi;
  return result;
}

Bsdf::Sample Bsdf::sample(float lobe, float u, float v) const {
  Sample sample;
  if (lobe < layer_) {
    const Vec3f h = visible_normal(wo_, alpha_, u, v);
    sample.wi = 2 * wo_.dot(h) * h - wo_;
  } else {
    const float r = std::sqrt(u);
    const float phi = 2 * kPi * v;
    sample.wi = Vec3f(r * std::cos(phi), r * std::sin(phi), std::sqrt(std::max(0.0F, 1 - u)));
  }
  const Value there = at(sample.wi);
  sample.pdf = there.pdf;
  if (there.pdf > 1e-8F) sample.weight = there.value / there.pdf;
  return sample;
}

}  // namespace metaspatial::render
