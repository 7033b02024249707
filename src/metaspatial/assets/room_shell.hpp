#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

#include "metaspatial/assets/builder.hpp"
#include "metaspatial/assets/room_finish.hpp"
#include "metaspatial/scene/graph.hpp"

/// The parts of the room itself, for pictures and for files.
namespace metaspatial::assets {

/// Thickness of the walls; they stand outside the room.
inline constexpr double kWallThickness_m = 0.12;

/// An opening as a hole in its wall: finite, and within the wall.
///
/// Units    metres, in the wall's own coordinates.
struct Hole {
  std::size_t opening = 0;  ///< index in the graph
  scene::OpeningKind kind = scene::OpeningKind::Door;
  float s0 = 0, s1 = 0, z0 = 0, z1 = 0;
  bool hinge_low = true;  ///< a door's leaf hangs on the side of s0
};

/// A straight piece of wall and its own coordinates: s along it, d outwards from the room, z up. A
/// rectangle's four begin at their west or south end, those of a polygonal floor where the outline reaches
/// them.
struct WallPiece {
  scene::Wall wall = scene::Wall::South;
  Eigen::Vector2f origin_m{0, 0};
  Eigen::Vector2f along{1, 0};
  Eigen::Vector2f outward{0, -1};
  float length_m = 0;
  float start_m = 0, end_m = 0;            ///< its body's: walls reach around the room's corners
  float foot_start_m = 0, foot_end_m = 0;  ///< its skirting's: around edges that stand out into the room
  std::vector<Hole> holes;

  /// A point of these coordinates in the room's frame.
  [[nodiscard]] Vec3f at(float s, float d, float z) const {
    const Eigen::Vector2f p = origin_m + s * along + d * outward;
    return {p.x(), p.y(), z};
  }
};

/// A room ready to be built, part by part.
///
/// Frame    room frame. Nothing of a hostile graph survives: sides are clamped to [0.1, 1000] m, openings to
///          their walls, and of those only the first 64 count; a floor that is no simple polygon of at most
///          64 corners within the room is taken for the rectangle.
struct RoomShell {
  explicit RoomShell(const scene::SceneGraph& graph);

  Vec3f size_m = Vec3f::Ones();
  std::vector<scene::Vec2> floor_m;  ///< the polygon without corners that are none; empty for the rectangle
  std::vector<WallPiece> walls;      ///< south, north, east, west; or the polygon's sides, in its order
  ShellMaterials materials;
  ShellMaterials plan_materials;  ///< of a picture from above
};

/// The polygon that RoomShell::floor_m is.
[[nodiscard]] std::vector<scene::Vec2> drawable_floor_m(const scene::SceneGraph& graph);

/// The floor, and under it and the walls a slab of 0.1 m.
void add_floor(Builder& builder, const RoomShell& shell, const Material& slab);
/// A block in a wall's coordinates; nothing if it is thinner than 0.1 mm.
void add_wall_box(Builder& builder, const WallPiece& wall, float s0, float s1, float d0, float d1, float z0,
                  float z1, int material);
/// The wall up to `top_m` with its holes left open, and, if wanted, a skirting along its foot.
void add_wall(Builder& builder, const RoomShell& shell, const WallPiece& wall, float top_m,
              const Material& material, bool skirting);
/// A closed door or a window with its frame.
void add_door(Builder& builder, const RoomShell& shell, const WallPiece& wall, const Hole& hole);
void add_window(Builder& builder, const RoomShell& shell, const WallPiece& wall, const Hole& hole);

}  // namespace metaspatial::assets
