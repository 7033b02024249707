#pragma once

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The question (SceneGraph) and the answer (Layout) of the whole project.
///
/// Frame    metres, right-handed, Z up; origin at the room's south-west floor corner, x east along the room's
///          length, y north along its width. Yaw is clockwise seen from above: 0 faces north (+y), pi/2 east.
namespace metaspatial::scene {

using Vec2 = Eigen::Vector2d;
using Vec3 = Eigen::Vector3d;

inline constexpr double kPi = std::numbers::pi;
[[nodiscard]] constexpr double rad_from_deg(double deg) {
  return deg * (kPi / 180.0);
}
[[nodiscard]] constexpr double deg_from_rad(double rad) {
  return rad * (180.0 / kPi);
}

enum class Wall { South, North, East, West };  // the reference's order
/// The six layout elements of a room, in the reference's order.
enum class Element { SouthWall, NorthWall, EastWall, WestWall, Middle, Ceiling };
enum class Preposition { On, Under, Above, LeftOf, RightOf, InFront, Behind, InCorner, InMiddle };

/// The names that files use: "south_wall", "middle of the room", "left of", ...
[[nodiscard]] std::string_view name(Wall wall);
[[nodiscard]] std::string_view name(Element element);
[[nodiscard]] std::string_view name(Preposition preposition);
[[nodiscard]] std::optional<Wall> wall_from_name(std::string_view text);
[[nodiscard]] std::optional<Element> element_from_name(std::string_view text);
[[nodiscard]] std::optional<Preposition> preposition_from_name(std::string_view text);
/// The wall of a wall element; nothing for the middle and the ceiling.
[[nodiscard]] std::optional<Wall> wall_of(Element element);
[[nodiscard]] Element element_of(Wall wall);
/// The yaw of something on this wall that looks into the room: south 0, north pi, east 3pi/2, west pi/2.
[[nodiscard]] double inward_yaw_rad(Wall wall);
/// The yaw of something that looks at this wall: south pi, north 0, east pi/2, west 3pi/2.
[[nodiscard]] double facing_yaw_rad(Wall wall);

/// What a relation or a `facing` refers to: a layout element or the index of another object of the graph.
struct ObjectRef {
  int index = -1;
  friend bool operator==(const ObjectRef&, const ObjectRef&) = default;
};
using Target = std::variant<Element, ObjectRef>;

/// "<object> is <preposition> <target>".
struct Relation {
  Preposition preposition = Preposition::On;
  Target target = Element::Middle;
  bool adjacent = true;  ///< `is_adjacent`; only meaningful towards another object
  friend bool operator==(const Relation&, const Relation&) = default;
};

/// One object of the question. Its box is size_m, centred on the pose's position and turned by its yaw.
struct SceneObject {
  std::string id;    ///< "coffee_table_1", unique in the graph
  std::string kind;  ///< the id without its trailing number: "coffee_table"
  std::string style;
  std::string material;
  std::string asset;           ///< the model of an asset library that stands for it; empty: what fits best
  Vec3 size_m = Vec3::Zero();  ///< length (own x, side to side), width (own y, back to front), height
  bool on_floor = true;        ///< `is_on_the_floor`
  std::optional<Target> facing;
  std::vector<Relation> relations;     ///< room_layout_elements first, then objects_in_room, as in the file
  std::optional<double> file_yaw_rad;  ///< the file's `rotation`, if it has one
};

enum class OpeningKind { Door, Window };

/// A door or a window in a wall: our extension of the file format, version 1.
struct Opening {
  std::string id;
  OpeningKind kind = OpeningKind::Door;
  Wall wall = Wall::South;
  double centre_m =
      0;  ///< along the wall, from its west (south, north walls) or south (east, west walls) end
  double width_m = 0.9;
  double bottom_m = 0;  ///< height of its lower edge above the floor
  double height_m = 2;
};

/// Length along x, width along y, height along z.
struct RoomSize {
  double length_m = 0;
  double width_m = 0;
  double height_m = 0;
  /// Extent along the given wall.
  [[nodiscard]] double wall_length_m(Wall wall) const {
    return wall == Wall::South || wall == Wall::North ? length_m : width_m;
  }
};

/// The question: a room, a wish, and objects with sizes and relations. Has no positions.
struct SceneGraph {
  std::string room_name;
  std::string user_preference;  ///< the wish, in the user's words
  RoomSize size;
  std::vector<SceneObject> objects;
  std::vector<Opening> openings;
  /// A floor that is not the whole rectangle: its corners, counterclockwise, a simple polygon whose bounding
  /// box is [0, length] x [0, width]. Empty: the rectangle. See floor_plan.hpp.
  std::vector<Vec2> floor_m;
  bool openings_in_text = true;  ///< false: prompts do not mention the openings, only the picture shows them

  /// Index of the object with this id, or -1. O(n).
  [[nodiscard]] int find(std::string_view id) const;
};

/// Where one object stands.
struct Pose {
  Vec3 position_m = Vec3::Zero();  ///< centre of the box
  double yaw_rad = 0;
};

/// An answer: one pose per object, in the graph's order.
struct Layout {
  std::vector<Pose> poses;
};

/// "coffee_table_12" -> "coffee_table"; an id without a trailing number is its own kind.
[[nodiscard]] std::string kind_from_id(std::string_view id);

/// The yaw of object `i`: the answered one if there is one, else the file's `rotation`, else from `facing` a
/// wall, else the bearing from `positions_m[i]` to the object it faces, else 0 (design: frame, units, names).
///
/// Shape    positions_m has one entry per object, or is empty (then a faced object gives 0).
[[nodiscard]] double resolve_yaw_rad(const SceneGraph& graph, std::span<const Vec3> positions_m, int i,
                                     std::optional<double> answered_rad = {});

/// Half extents of an object's box on the room's axes when it is turned by `yaw_rad`.
[[nodiscard]] inline Vec2 half_extent_m(const Vec3& size_m, double yaw_rad) {
  const double c = std::abs(std::cos(yaw_rad));
  const double s = std::abs(std::sin(yaw_rad));
  return {0.5 * (c * size_m.x() + s * size_m.y()), 0.5 * (s * size_m.x() + c * size_m.y())};
}
/// Unit vectors of an object's own axes in the room frame: right (+x at yaw 0) and front (+y at yaw 0).
[[nodiscard]] inline Vec2 right_axis(double yaw_rad) {
  return {std::cos(yaw_rad), -std::sin(yaw_rad)};
}
[[nodiscard]] inline Vec2 front_axis(double yaw_rad) {
  return {std::sin(yaw_rad), std::cos(yaw_rad)};
}

}  // namespace metaspatial::scene
