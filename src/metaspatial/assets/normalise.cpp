#include "metaspatial/assets/normalise.hpp"

#include <fmt/format.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "metaspatial/scene/graph.hpp"

namespace metaspatial::assets {
namespace {

using scene::Vec3;

Vec3 direction(const std::string& axis) {
  Vec3 result = Vec3::Zero();
  result[axis[1] - 'X'] = axis[0] == '-' ? -1 : 1;
  return result;
}

void transform(Model& model, const Eigen::Matrix3d& turn, double scale) {
  Mesh& mesh = model.mesh;
  Vec3f low = Vec3f::Constant(std::numeric_limits<float>::max());
  Vec3f high = -low;
  for (Vec3f& p : mesh.positions_m) {
    p = (scale * (turn * p.cast<double>())).cast<float>();
    low = low.cwiseMin(p);
    high = high.cwiseMax(p);
  }
  const Vec3f centre = 0.5F * (low + high);
  for (Vec3f& p : mesh.positions_m) p -= centre;
  for (Vec3f& n : mesh.normals) n = (turn * n.cast<double>()).cast<float>();
  for (Eigen::Vector4f& t : mesh.tangents) t.head<3>() = (turn * t.head<3>().cast<double>()).cast<float>();
  model.size_m = high - low;
}

/// The mean factor from one size to another, thin sides left out.
double mean_factor(const Vec3& from, const Vec3& to) {
  const double thin = 0.02 * from.maxCoeff();
  double sum = 0;
  int count = 0;
  for (int axis = 0; axis < 3; ++axis)
    if (from[axis] > thin && to[axis] > 0) {
      sum += std::log(to[axis] / from[axis]);
      ++count;
    }
  return count > 0 ? std::exp(sum / count) : 1;
}

/// Whether a thing of this kind may have this size, whichever of its sides is the front.
bool plausible(const Vec3& size_m, const scene::Kind* kind) {
  if (kind == nullptr) return size_m.maxCoeff() >= 0.02 && size_m.maxCoeff() <= 6;
  constexpr double kSlack = 1.25;
  const auto within = [&](double side_m, int axis) {
    return side_m >= kind->min_size_m[axis] / kSlack - 0.02 &&
           side_m <= kind->max_size_m[axis] * kSlack + 0.02;
  };
  if (!within(size_m.z(), 2)) return false;
  return (within(size_m.x(), 0) && within(size_m.y(), 1)) || (within(size_m.y(), 0) && within(size_m.x(), 1));
}

std::string size_text(const Vec3& size_m) {
  return fmt::format("{:.3g} x {:.3g} x {:.3g} m", size_m.x(), size_m.y(), size_m.z());
}

}  // namespace

Result<NormalisedAsset> normalised(GltfModel gltf, const AssetMetadata& metadata, const scene::Kind* kind) {
  NormalisedAsset result;
  result.model = std::move(gltf.model);
  result.notes = std::move(gltf.notes);
  const std::string up_name = metadata.up.empty() ? "+Y" : metadata.up;
  const Vec3 up = direction(up_name);
  const Vec3 front = direction(!metadata.front.empty() ? metadata.front
                               : up_name[1] == 'Y'     ? "+Z"
                               : up_name == "+Z"       ? "-Y"
                               : up_name == "-Z"       ? "+Y"
                                                       : "+Z");
  if (std::abs(front.dot(up)) > 0.5)
    return invalid("its metadata say that up is " + up_name + " and front " + metadata.front +
                   "; expected two different axes");
  Eigen::Matrix3d turn;  // rows: right, front, up
  turn.row(0) = front.cross(up);
  turn.row(1) = front;
  turn.row(2) = up;
  if (metadata.turn_rad)
    turn = Eigen::AngleAxisd(*metadata.turn_rad, Vec3::UnitZ()).toRotationMatrix() * turn;
  result.front_known = !metadata.front.empty() || metadata.turn_rad.has_value();
  if (!result.front_known) result.notes.emplace_back("its front is not known; +Z is taken for it");
  transform(result.model, turn, metadata.unit_m.value_or(1));

  const Vec3 file_size_m = result.model.size_m.cast<double>();
  double scale = 1;
  bool said = metadata.unit_m.has_value();
  if (metadata.size_m) {
    scale = mean_factor(file_size_m, *metadata.size_m);
    said = true;
  } else if (metadata.height_m && file_size_m.z() > 0) {
    scale = *metadata.height_m / file_size_m.z();
    said = true;
  } else if (metadata.longest_m) {
    scale = *metadata.longest_m / file_size_m.maxCoeff();
    said = true;
  }
  Vec3 size_m = scale * file_size_m;
  if (!plausible(size_m, kind)) {
    double better = 0;
    if (!said)
      for (const double unit_m : {0.01, 0.001, 0.0254, 100.0, 1000.0})
        if (better == 0 && plausible(unit_m * size_m, kind)) better = unit_m;
    const std::string before = size_text(size_m);
    if (better > 0) {
      scale *= better;
    } else if (kind != nullptr) {
      Vec3 usual_m = kind->size_m;
      if ((size_m.x() > size_m.y()) != (usual_m.x() > usual_m.y()) && !result.front_known)
        std::swap(usual_m.x(), usual_m.y());
      scale *= mean_factor(size_m, usual_m);
    } else {
      scale *= scene::kind_or_default("").size_m.maxCoeff() / size_m.maxCoeff();
    }
    size_m = scale * file_size_m;
    result.notes.push_back(fmt::format(
        "{} is no size for {}; scaled to {}", before,
        kind ? fmt::format("the kind {}", kind->name) : std::string("furniture"), size_text(size_m)));
  }
  if (scale != 1) transform(result.model, Eigen::Matrix3d::Identity(), scale);
  return result;
}

void turn_from_gltf(Model& model) {
  const auto object_from_gltf = [](const Vec3f& p) { return Vec3f(-p.x(), p.z(), p.y()); };
  for (Vec3f& p : model.mesh.positions_m) p = object_from_gltf(p);
  for (Vec3f& n : model.mesh.normals) n = object_from_gltf(n);
  for (Eigen::Vector4f& t : model.mesh.tangents) t.head<3>() = object_from_gltf(Vec3f(t.head<3>()));
  model.size_m = Vec3f(model.size_m.x(), model.size_m.z(), model.size_m.y());
}

}  // namespace metaspatial::assets
