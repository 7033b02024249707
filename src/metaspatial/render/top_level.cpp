#include "metaspatial/render/top_level.hpp"

#include <embree3/rtcore.h>
#include <Eigen/Geometry>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::render {

TopLevel::TopLevel(const RoomScene& room, View view, const Camera& camera)
    : shell_(build_shell(room.graph(), view, camera.corner, camera.origin)) {
  furnish(room, view);
  commit(room.device());
}

TopLevel::TopLevel(const RoomScene& room, Shell shell) : shell_(std::move(shell)) {
  furnish(room, View::Eye);
  commit(room.device());
}

TopLevel::TopLevel(const Device& device, Shell shell) : shell_(std::move(shell)) {
  instances_.push_back({&prepared_shell_, kRoom});
  commit(device);
}

void TopLevel::furnish(const RoomScene& room, View view) {
  instances_.push_back({&prepared_shell_, kRoom});
  if (room.layout()) {
    const auto& poses = room.layout()->poses;
    const auto& objects = room.graph().objects;
    for (std::size_t i = 0; i < std::min(poses.size(), objects.size()); ++i) {
      const scene::Pose& pose = poses[i];
      // Far away is as good as absent, and keeps float arithmetic sound.
      if (!pose.position_m.allFinite() || !std::isfinite(pose.yaw_rad) ||
          pose.position_m.cwiseAbs().maxCoeff() > 1e4)
        continue;
      Instance instance{&room.model(i), static_cast<int>(i)};
      const auto c = static_cast<float>(std::cos(pose.yaw_rad));
      const auto s = static_cast<float>(std::sin(pose.yaw_rad));
      instance.rotation << c, s, 0, -s, c, 0, 0, 0, 1;  // clockwise seen from above
      instance.position = pose.position_m.cast<float>();
      // In a plan, what hangs from the ceiling must not hide what stands below it.
      const bool hangs = scene::kind_or_default(objects[i].kind).support == scene::SupportKind::Ceiling;
      if (view == View::Top && hangs) {
        instance.opacity = 0.45F;
        instance.half_height_m = 0.5F * room.model(i).model->size_m.z();
      }
      instances_.push_back(instance);
    }
  }
}

void TopLevel::commit(const Device& renderer) {
  RTCDevice device = renderer.state().device;
  // The shell's model is owned here; the shared pointer only borrows it.
  prepared_shell_ =
      prepare_model(device, std::shared_ptr<const assets::Model>(std::shared_ptr<void>(), &shell_.model));
  scene_.reset(rtcNewScene(device));
  for (const Instance& instance : instances_) {
    RTCGeometry geometry = rtcNewGeometry(device, RTC_GEOMETRY_TYPE_INSTANCE);
    rtcSetGeometryInstancedScene(geometry, instance.prepared->scene.get());
    const Eigen::Matrix3f& r = instance.rotation;
    const Vec3f& p = instance.position;
    const float columns[12] = {r(0, 0), r(1, 0), r(2, 0), r(0, 1), r(1, 1), r(2, 1),
                               r(0, 2), r(1, 2), r(2, 2), p.x(),   p.y(),   p.z()};
    rtcSetGeometryTransform(geometry, 0, RTC_FORMAT_FLOAT3X4_COLUMN_MAJOR, columns);
    rtcSetGeometryMask(geometry, instance.opacity < 1 ? kGlassMask : kOpaqueMask | kGlassMask);
    rtcCommitGeometry(geometry);
    rtcAttachGeometry(scene_.get(), geometry);
    rtcReleaseGeometry(geometry);
  }
  isolated([&] { rtcCommitScene(scene_.get()); });
}

namespace {

constexpr std::size_t kPacket = 8;

template <typename Packet>
void fill(Packet& packet, const QueryRay& ray, std::size_t lane, unsigned mask) {
  packet.org_x[lane] = ray.origin.x();
  packet.org_y[lane] = ray.origin.y();
  packet.org_z[lane] = ray.origin.z();
  packet.tnear[lane] = ray.near_m;
  packet.dir_x[lane] = ray.direction.x();
  packet.dir_y[lane] = ray.direction.y();
  packet.dir_z[lane] = ray.direction.z();
  packet.tfar[lane] = ray.far_m;
  packet.time[lane] = 0;
  packet.mask[lane] = mask;
  packet.id[lane] = 0;
  packet.flags[lane] = 0;
}

/// Calls body(first, count) for parts of whole packets: at once, on several threads, if there are many. The
/// caller's buffers are its thread's own, so this thread takes on nothing else meanwhile.
template <typename Body>
void in_parts(std::size_t count, const Body& body) {
  constexpr std::size_t kPart = 512 * kPacket;
  if (count <= kPart) {
    body(0, count);
    return;
  }
  isolated([&] {
    parallel_for((count + kPart - 1) / kPart,
                 [&](std::size_t i) { body(i * kPart, std::min(kPart, count - i * kPart)); });
  });
}

bool finite(const QueryRay& ray) {
  return 0 * (ray.origin.sum() + ray.direction.sum()) == 0;
}

}  // namespace

void TopLevel::intersect(std::span<const QueryRay> rays, std::span<Hit> hits) const {
  in_parts(rays.size(), [&](std::size_t first, std::size_t n) {
    intersect_part(rays.subspan(first, n), hits.subspan(first, n));
  });
}

void TopLevel::visible(std::span<const QueryRay> rays, std::span<std::uint8_t> free) const {
  in_parts(rays.size(), [&](std::size_t first, std::size_t n) {
    visible_part(rays.subspan(first, n), free.subspan(first, n));
  });
}

void TopLevel::intersect_part(std::span<const QueryRay> rays, std::span<Hit> hits) const {
  for (std::size_t first = 0; first < rays.size(); first += kPacket) {
    const std::size_t n = std::min(kPacket, rays.size() - first);
    RTCIntersectContext context;
    rtcInitIntersectContext(&context);
    context.flags = RTC_INTERSECT_CONTEXT_FLAG_COHERENT;
    alignas(32) RTCRayHit8 packet;
    alignas(32) int valid[kPacket];
    for (std::size_t lane = 0; lane < kPacket; ++lane) {
      valid[lane] = lane < n && finite(rays[first + lane]) ? -1 : 0;
      fill(packet.ray, rays[first + std::min(lane, n - 1)], lane, kOpaqueMask | kGlassMask);
      packet.hit.geomID[lane] = RTC_INVALID_GEOMETRY_ID;
      packet.hit.instID[0][lane] = RTC_INVALID_GEOMETRY_ID;
    }
    rtcIntersect8(valid, scene_.get(), &context, &packet);
    for (std::size_t lane = 0; lane < n; ++lane) {
      Hit& hit = hits[first + lane];
      if (packet.hit.geomID[lane] == RTC_INVALID_GEOMETRY_ID) {
        hit.owner = kNothing;
        continue;
      }
      hit.instance = packet.hit.instID[0][lane];
      const Instance& instance = instances_[hit.instance];
      hit.owner = instance.owner;
      hit.distance_m = packet.ray.tfar[lane];
      hit.triangle = instance.prepared->triangle_of[packet.hit.geomID[lane]][packet.hit.primID[lane]];
      hit.u = packet.hit.u[lane];
      hit.v = packet.hit.v[lane];
    }
  }
}

Hit TopLevel::intersect(const QueryRay& query) const {
  Hit hit;
  if (!finite(query)) {
    hit.owner = kNothing;
    return hit;
  }
  RTCIntersectContext context;
  rtcInitIntersectContext(&context);
  RTCRayHit ray;
  ray.ray = {query.origin.x(),
             query.origin.y(),
             query.origin.z(),
             query.near_m,
             query.direction.x(),
             query.direction.y(),
             query.direction.z(),
             0,
             query.far_m,
             kOpaqueMask | kGlassMask,
             0,
             0};
  ray.hit.geomID = RTC_INVALID_GEOMETRY_ID;
  ray.hit.instID[0] = RTC_INVALID_GEOMETRY_ID;
  rtcIntersect1(scene_.get(), &context, &ray);
  if (ray.hit.geomID == RTC_INVALID_GEOMETRY_ID) return hit;
  hit.instance = ray.hit.instID[0];
  const Instance& instance = instances_[hit.instance];
  hit.owner = instance.owner;
  hit.distance_m = ray.ray.tfar;
  hit.triangle = instance.prepared->triangle_of[ray.hit.geomID][ray.hit.primID];
  hit.u = ray.hit.u;
  hit.v = ray.hit.v;
  return hit;
}

bool TopLevel::visible(const QueryRay& query) const {
  if (!finite(query)) return true;
  RTCIntersectContext context;
  rtcInitIntersectContext(&context);
  RTCRay ray{query.origin.x(),
             query.origin.y(),
             query.origin.z(),
             query.near_m,
             query.direction.x(),
             query.direction.y(),
             query.direction.z(),
             0,
             query.far_m,
             kOpaqueMask,
             0,
             0};
  rtcOccluded1(scene_.get(), &context, &ray);
  return ray.tfar >= 0;
}

void TopLevel::visible_part(std::span<const QueryRay> rays, std::span<std::uint8_t> free) const {
  for (std::size_t first = 0; first < rays.size(); first += kPacket) {
    const std::size_t n = std::min(kPacket, rays.size() - first);
    RTCIntersectContext context;
    rtcInitIntersectContext(&context);
    alignas(32) RTCRay8 packet;
    alignas(32) int valid[kPacket];
    for (std::size_t lane = 0; lane < kPacket; ++lane) {
      const QueryRay& ray = rays[first + std::min(lane, n - 1)];
      valid[lane] = lane < n && ray.far_m > 0 && finite(ray) ? -1 : 0;
      fill(packet, ray, lane, kOpaqueMask);
    }
    rtcOccluded8(valid, scene_.get(), &context, &packet);
    for (std::size_t lane = 0; lane < n; ++lane)
      free[first + lane] =
          valid[lane] == 0 || packet.tfar[lane] >= 0 ? 1 : 0;  // Embree sets tfar to -inf on a hit
  }
}

Surface TopLevel::surface(const Hit& hit, const Vec3f& direction) const {
  const Instance& instance = instances_[hit.instance];
  const assets::Model& model = *instance.prepared->model;
  const assets::Mesh& mesh = model.mesh;
  const auto [a, b, c] = mesh.triangles[hit.triangle];
  const float w = 1 - hit.u - hit.v;
  Surface surface;
  const Vec3f pa = mesh.positions_m[a];
  const Vec3f pb = mesh.positions_m[b];
  const Vec3f pc = mesh.positions_m[c];
  surface.local_position_m = w * pa + hit.u * pb + hit.v * pc;
  surface.local_normal =
      (w * mesh.normals[a] + hit.u * mesh.normals[b] + hit.v * mesh.normals[c]).normalized();
  surface.position_m = instance.rotation * surface.local_position_m + instance.position;
  surface.normal = instance.rotation * surface.local_normal;
  Vec3f flat = (pb - pa).cross(pc - pa);
  const float length = flat.norm();
  flat = length > 1e-20F ? Vec3f(flat / length) : surface.local_normal;
  surface.flat_normal = instance.rotation * flat;
  if (surface.flat_normal.dot(direction) > 0) surface.flat_normal = -surface.flat_normal;
  if (surface.normal.dot(surface.flat_normal) < 0) surface.normal = -surface.normal;
  surface.material = &model.materials[mesh.material_of[hit.triangle]];
  surface.opacity = instance.opacity * surface.material->opacity;
  if (!mesh.colors.empty())
    surface.vertex_color = w * mesh.colors[a] + hit.u * mesh.colors[b] + hit.v * mesh.colors[c];
  if (!instance.prepared->textures.empty()) {
    surface.textures = &instance.prepared->textures[mesh.material_of[hit.triangle]];
    const Eigen::Vector2f ab = mesh.uvs[b] - mesh.uvs[a];
    const Eigen::Vector2f ac = mesh.uvs[c] - mesh.uvs[a];
    surface.uv = w * mesh.uvs[a] + hit.u * mesh.uvs[b] + hit.v * mesh.uvs[c];
    const float twice_area_uv = std::abs(ab.x() * ac.y() - ab.y() * ac.x());
    surface.uv_per_m = length > 1e-20F ? std::sqrt(twice_area_uv / length) : 0.0F;
    if (surface.textures->base_color) {
      const float alpha = surface.textures->base_color->at(surface.uv, 0)[3];
      const float cutoff = surface.material->alpha_cutoff;
      surface.opacity *= cutoff > 0 ? (alpha < cutoff ? 0.0F : 1.0F) : alpha;
    }
    if (surface.textures->normal && !mesh.tangents.empty()) {
      const Eigen::Vector4f t = w * mesh.tangents[a] + hit.u * mesh.tangents[b] + hit.v * mesh.tangents[c];
      const Vec3f along = instance.rotation * t.head<3>();
      surface.has_tangents = true;
      surface.tangent_frame = {
          along, (t.w() < 0 ? -1.0F : 1.0F) * (instance.rotation * surface.local_normal).cross(along),
          instance.rotation * surface.local_normal};
    }
  }
  surface.flat = mesh.normals[a] == mesh.normals[b] && mesh.normals[a] == mesh.normals[c];
  surface.next_m = hit.distance_m;
  // What is drawn as a veil is one, however many parts it has: the ray goes on from below all of it.
  if (instance.opacity < 1 && direction.z() < -0.5F)
    surface.next_m += std::max(
        0.0F, (surface.position_m.z() - instance.position.z() + instance.half_height_m) / -direction.z());
  return surface;
}

}  // namespace metaspatial::render
