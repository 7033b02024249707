#pragma once

#include <Eigen/Core>
#include <array>

#include "metaspatial/render/camera.hpp"

namespace metaspatial::render {

/// Two directions at right angles to a unit normal and to each other.
///
/// Source   Duff et al. 2017, Building an Orthonormal Basis, Revisited.
struct NormalFrame {
  Vec3f u, v, n;
  explicit NormalFrame(const Vec3f& normal);
  [[nodiscard]] Vec3f to_local(const Vec3f& d) const { return {u.dot(d), v.dot(d), n.dot(d)}; }
  [[nodiscard]] Vec3f from_local(const Vec3f& d) const { return d.x() * u + d.y() * v + d.z() * n; }
};

/// Whether a surface reflects like a mirror, in one direction alone.
[[nodiscard]] inline bool is_mirror(float metallic, float roughness) {
  return metallic > 0.5F && roughness < 0.04F;
}

/// How a surface scatters light: glTF's metallic-roughness model. A diffuse base under a GGX specular layer
/// that takes its share of the light, so that nothing is lost and nothing is made: a white surface under a
/// white sky is as white as the sky at any roughness. Internal to `render`.
///
/// Frame    local: the shading normal is z; directions are unit and point away from the surface.
/// Source   Walter et al. 2007 (GGX), Heitz 2014 (Smith's height-correlated masking), Heitz 2018 (visible
///          normals), Turquin 2019 (energy of multiple scattering). The specular layer's albedo is a table
///          made once by quadrature; docs/RENDERING.md.
class Bsdf {
 public:
  Bsdf(const Vec3f& base_color, float roughness, float metallic, const Vec3f& wo);

  struct Value {
    Vec3f value = Vec3f::Zero();  ///< f(wo, wi) * cos(wi)
    float pdf = 0;                ///< density per solid angle with which sample() picks wi
  };
  [[nodiscard]] Value at(const Vec3f& wi) const;
  struct Sample {
    Vec3f wi = Vec3f::UnitZ();
    Vec3f weight = Vec3f::Zero();  ///< value / pdf; zero if the direction is of no use
    float pdf = 0;
  };
  [[nodiscard]] Sample sample(float lobe, float u, float v) const;
  /// Share of light reflected in all, for Russian roulette and light selection.
  [[nodiscard]] const Vec3f& albedo() const { return albedo_; }

 private:
  [[nodiscard]] Vec3f fresnel(float cosine) const;

  Vec3f wo_;
  Vec3f f0_;
  Vec3f diffuse_;  ///< albedo of the base, the layer's share taken off
  Vec3f gain_;     ///< of the layer, for light that bounces in it more than once
  Vec3f albedo_;
  float alpha2_ = 1;
  float alpha_ = 1;
  float layer_ = 0.5F;   ///< probability of sampling the layer
  float lambda_wo_ = 0;  ///< Smith's, of wo
};

}  // namespace metaspatial::render
