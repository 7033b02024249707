#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "metaspatial/render/camera.hpp"
#include "metaspatial/render/device.hpp"
#include "metaspatial/render/shell.hpp"
#include "metaspatial/render/texture.hpp"

namespace metaspatial::render {

inline constexpr int kNothing = -1;  ///< owner of a ray that left the picture's world
inline constexpr int kRoom = -2;     ///< owner of the shell

/// Where a ray met something.
struct Hit {
  float distance_m = 0;
  int owner = kNothing;  ///< object index, kRoom or kNothing
  std::uint32_t instance = 0;
  std::uint32_t triangle = 0;
  float u = 0, v = 0;
};

/// What is there.
struct Surface {
  Vec3f position_m;        ///< room frame
  Vec3f normal;            ///< smooth, unit, turned towards the viewer
  Vec3f flat_normal;       ///< of the triangle, turned towards the viewer
  Vec3f local_position_m;  ///< the object's own frame, for patterns
  Vec3f local_normal;
  const assets::Material* material = nullptr;
  const MaterialTextures* textures = nullptr;  ///< null if the material has none
  Vec3f vertex_color = Vec3f::Ones();
  Eigen::Vector2f uv = Eigen::Vector2f::Zero();
  float uv_per_m = 0;  ///< how fast texture coordinates change
  bool has_tangents = false;
  std::array<Vec3f, 3> tangent_frame;  ///< of the normal map, room frame; if `has_tangents`
  float opacity = 1;                   ///< of the material and of its picture, and of a veil
  bool flat = false;                   ///< the triangle's normals are all the same
  float next_m = 0;                    ///< distance from which a ray goes on if it is let through
};

struct QueryRay {
  Vec3f origin;
  float near_m;
  Vec3f direction;
  float far_m;
};

/// One picture's world: the shell of a view and the furniture where the layout puts it. Internal to `render`.
///
/// Cost     built per picture in a fraction of a millisecond: only the top level is new.
class TopLevel {
 public:
  TopLevel(const RoomScene& room, View view, const Camera& camera);
  /// The furniture in another shell, or a shell alone.
  TopLevel(const RoomScene& room, Shell shell);
  TopLevel(const Device& device, Shell shell);

  /// Nearest hits, sight masks; a ray that is not finite meets nothing. Rays should be neighbours: they are
  /// traced in packets.
  void intersect(std::span<const QueryRay> rays, std::span<Hit> hits) const;
  /// 1 where the light gets through, 0 where something opaque is in the way. Rays with far_m < 0 count as
  /// free.
  void visible(std::span<const QueryRay> rays, std::span<std::uint8_t> free) const;
  [[nodiscard]] Surface surface(const Hit& hit, const Vec3f& direction) const;
  [[nodiscard]] const Shell& shell() const { return shell_; }

  /// One ray, for paths that go their own ways.
  [[nodiscard]] Hit intersect(const QueryRay& ray) const;
  [[nodiscard]] bool visible(const QueryRay& ray) const;

  /// Something that stands in the room, or (first) the room itself.
  struct Instance {
    const PreparedModel* prepared = nullptr;
    int owner = kRoom;
    Eigen::Matrix3f rotation = Eigen::Matrix3f::Identity();
    Vec3f position = Vec3f::Zero();
    float opacity = 1;
    float half_height_m = 0;
  };
  [[nodiscard]] std::span<const Instance> instances() const { return instances_; }

 private:
  void furnish(const RoomScene& room, View view);
  void intersect_part(std::span<const QueryRay> rays, std::span<Hit> hits) const;
  void visible_part(std::span<const QueryRay> rays, std::span<std::uint8_t> free) const;
  void commit(const Device& device);

  Shell shell_;
  PreparedModel prepared_shell_;
  std::vector<Instance> instances_;
  SceneHandle scene_;
};

}  // namespace metaspatial::render
