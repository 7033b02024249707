#include "metaspatial/render/guides.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "metaspatial/render/camera.hpp"
#include "metaspatial/render/top_level.hpp"

namespace metaspatial::render {
namespace {

/// The first surface behind every pixel's centre.
class FirstHits {
 public:
  FirstHits(const RoomScene& room, const RenderOptions& options)
      : FirstHits(room, options, make_camera(room, options)) {}
  FirstHits(const RoomScene& room, const RenderOptions& options, const Camera& camera)
      : camera_(camera), world_(room, options.view, camera_) {
    const int width = clamped_side_px(options.width_px);
    const int height = clamped_side_px(options.height_px);
    rays_.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const auto ray = camera_.ray(static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F);
        rays_.push_back({ray.origin, 1e-3F, ray.direction, 1e9F});
      }
    hits_.resize(rays_.size());
    world_.intersect(rays_, hits_);
  }
  /// Calls visit(pixel, hit, direction) for every pixel that shows something.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < hits_.size(); ++i)
      if (hits_[i].owner != kNothing) visit(i, hits_[i], rays_[i].direction);
  }
  [[nodiscard]] const Camera& camera() const { return camera_; }
  [[nodiscard]] const TopLevel& world() const { return world_; }
  [[nodiscard]] std::size_t pixels() const { return hits_.size(); }

 private:
  Camera camera_;
  TopLevel world_;
  std::vector<QueryRay> rays_;
  std::vector<Hit> hits_;
};

}  // namespace

std::vector<float> render_depth(const RoomScene& room, const RenderOptions& options) {
  const FirstHits hits(room, options);
  std::vector<float> depth_m(hits.pixels(), std::numeric_limits<float>::infinity());
  hits.for_each([&](std::size_t i, const Hit& hit, const Vec3f& direction) {
    depth_m[i] = hit.distance_m * direction.dot(hits.camera().forward);
  });
  return depth_m;
}

std::vector<Eigen::Vector3f> render_normals(const RoomScene& room, const RenderOptions& options) {
  const FirstHits hits(room, options);
  std::vector<Vec3f> normals(hits.pixels(), Vec3f::Zero());
  hits.for_each([&](std::size_t i, const Hit& hit, const Vec3f& direction) {
    normals[i] = hits.world().surface(hit, direction).normal.normalized();
  });
  return normals;
}

std::vector<int> render_object_ids(const RoomScene& room, const RenderOptions& options) {
  const FirstHits hits(room, options);
  std::vector<int> ids(hits.pixels(), kNothing);
  hits.for_each([&](std::size_t i, const Hit& hit, const Vec3f&) { ids[i] = hit.owner; });
  return ids;
}

std::vector<std::size_t> unhidden_pixels(const RoomScene& room, const RenderOptions& options) {
  const std::size_t n = room.graph().objects.size();
  std::vector<std::size_t> pixels(n, 0);
  if (!room.layout()) return pixels;
  // The camera of the whole room: the eye's place depends on what stands in it.
  const Camera camera = make_camera(room, options);
  const scene::Layout& layout = *room.layout();
  constexpr double kNowhere = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 0; i < std::min(n, layout.poses.size()); ++i) {
    scene::Layout alone;
    alone.poses.assign(n, scene::Pose{scene::Vec3::Constant(kNowhere), 0});
    alone.poses[i] = layout.poses[i];
    RoomScene only = room;
    only.set_layout(std::move(alone));
    const FirstHits hits(only, options, camera);
    hits.for_each([&](std::size_t, const Hit& hit, const Vec3f&) {
      if (hit.owner == static_cast<int>(i)) ++pixels[i];
    });
  }
  return pixels;
}

CameraModel camera_model(const RoomScene& room, const RenderOptions& options) {
  const Camera camera = make_camera(room, options);
  CameraModel model;
  model.parallel = camera.parallel;
  model.origin_m = camera.origin.cast<double>();
  model.right = camera.right.cast<double>();
  model.up = camera.up.cast<double>();
  model.forward = camera.forward.cast<double>();
  // Pixels are square: the height alone tells their size.
  const double half_height = static_cast<double>(camera.half_height);
  const double height_px = static_cast<double>(camera.height_px);
  (camera.parallel ? model.m_per_px : model.focal_px) =
      camera.parallel ? 2 * half_height / height_px : height_px / (2 * half_height);
  model.cx_px = 0.5 * static_cast<double>(camera.width_px);
  model.cy_px = 0.5 * height_px;
  return model;
}

}  // namespace metaspatial::render
