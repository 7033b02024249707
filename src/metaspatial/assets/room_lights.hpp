#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "metaspatial/assets/mesh.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::assets {

/// Something that lights a room: a glowing rectangle (the ceiling light, the daylight in a window) or a lamp.
///
/// Units    metres; radiance is linear and relative: a white wall under 1 sends 1. A lamp's intensity is
/// radiance
///          times the area that shows it, in m2.
/// Frame    room frame.
struct RoomLight {
  std::string name;
  bool area = true;                  ///< false: a lamp, from `position_m` to all sides
  Vec3f position_m = Vec3f::Zero();  ///< the rectangle's centre, or the middle of what glows
  Vec3f half_u_m = Vec3f::Zero();    ///< from the centre to the middle of a side
  Vec3f half_v_m = Vec3f::Zero();
  Vec3f normal = -Vec3f::UnitZ();     ///< the side that shines: half_u x half_v points along it
  Vec3f radiance = Vec3f::Ones();     ///< of a rectangle; of a lamp its intensity
  std::optional<std::size_t> object;  ///< the lamp's index in the graph
};

/// The lights of a room: one rectangle under the ceiling, one just inside each window, and every lamp that
/// has a finite pose. The same for pictures and for files.
[[nodiscard]] std::vector<RoomLight> room_lights(const scene::SceneGraph& graph, const scene::Layout* layout);

}  // namespace metaspatial::assets
