#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "metaspatial/assets/builder.hpp"
#include "metaspatial/scene/graph.hpp"

/// The parts of the room itself, for pictures and for files.
namespace metaspatial::assets {

/// Thickness of the walls; they stand outside the room.
inline constexpr double kWallThickness_m = 0.12;

/// A wall's own coordinates: s along it (from its west or south end), d outwards from the room, z up.
struct WallFrame {
  scene::Wall wall = scene::Wall::South;
  Vec3f room_m = Vec3f::Ones();

  [[nodiscard]] bool along_x() const { return wall == scene::Wall::South || wall == scene::Wall::North; }
  [[nodiscard]] float length_m() const { return along_x() ? room_m.x() : room_m.y(); }
  /// A point of these coordinates in the room's frame.
  [[nodiscard]] Vec3f at(float s, float d, float z) const;
};

/// An opening as a hole in its wall: finite, and within the wall.
///
/// Units    metres, in the wall's own coordinates.
struct Hole {
  std::size_t opening = 0;  ///< index in the graph
  scene::OpeningKind kind = scene::OpeningKind::Door;
  float s0 = 0, s1 = 0, z0 = 0, z1 = 0;
  bool hinge_low = true;  ///< a door's leaf hangs on the side of s0
};

/// What the parts are made of; the floor depends on what the room is for.
struct ShellMaterials {
  Material floor, wall, ceiling, skirting, frame, door, door_panel, handle, pane;
};

/// A room ready to be built, part by part.
///
/// Frame    room frame. Nothing of a hostile graph survives: sides are clamped to [0.1, 1000] m, openings to
///          their walls, and of those only the first 64 count.
struct RoomShell {
  explicit RoomShell(const scene::SceneGraph& graph);

  Vec3f size_m = Vec3f::Ones();
  std::array<std::vector<Hole>, 4> holes;  ///< per wall
  ShellMaterials materials;

  [[nodiscard]] WallFrame frame(scene::Wall wall) const { return {wall, size_m}; }
  [[nodiscard]] const std::vector<Hole>& holes_of(scene::Wall wall) const {
    return holes[static_cast<std::size_t>(wall)];
  }
};

/// Where a wall begins and ends along itself: north and south walls reach around the corners.
[[nodiscard]] float wall_start_m(const WallFrame& frame);
[[nodiscard]] float wall_end_m(const WallFrame& frame);

/// A block in a wall's coordinates; nothing if it is thinner than 0.1 mm.
void add_wall_box(Builder& builder, const WallFrame& frame, float s0, float s1, float d0, float d1, float z0,
                  float z1, int material);
/// The wall up to `top_m` with its holes left open, and, if wanted, a skirting along its foot.
void add_wall(Builder& builder, const RoomShell& shell, scene::Wall wall, float top_m,
              const Material& material, bool skirting);
/// A closed door or a window with its frame.
void add_door(Builder& builder, const RoomShell& shell, scene::Wall wall, const Hole& hole);
void add_window(Builder& builder, const RoomShell& shell, scene::Wall wall, const Hole& hole);

}  // namespace metaspatial::assets
