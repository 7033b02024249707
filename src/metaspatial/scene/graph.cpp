#include "metaspatial/scene/graph.hpp"

#include <cstddef>

#include "metaspatial/base/error.hpp"

namespace metaspatial::scene {
namespace {

// Indexed by the enumerators; the order is the declaration's.
constexpr std::array<std::string_view, 6> kElementNames = {"south_wall", "north_wall",         "east_wall",
                                                           "west_wall",  "middle of the room", "ceiling"};
constexpr std::array<std::string_view, 9> kPrepositionNames = {
    "on", "under", "above", "left of", "right of", "in front", "behind", "in the corner", "in the middle of"};

template <typename Enum, std::size_t N>
std::optional<Enum> from_name(const std::array<std::string_view, N>& names, std::size_t count,
                              std::string_view text) {
  for (std::size_t i = 0; i < count; ++i)
    if (names[i] == text) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view name(Wall wall) {
  return kElementNames[static_cast<std::size_t>(wall)];
}
std::string_view name(Element element) {
  return kElementNames[static_cast<std::size_t>(element)];
}
std::string_view name(Preposition preposition) {
  return kPrepositionNames[static_cast<std::size_t>(preposition)];
}

std::optional<Wall> wall_from_name(std::string_view text) {
  return from_name<Wall>(kElementNames, 4, text);
}
std::optional<Element> element_from_name(std::string_view text) {
  return from_name<Element>(kElementNames, kElementNames.size(), text);
}
std::optional<Preposition> preposition_from_name(std::string_view text) {
  return from_name<Preposition>(kPrepositionNames, kPrepositionNames.size(), text);
}

std::optional<Wall> wall_of(Element element) {
  if (element == Element::Middle || element == Element::Ceiling) return std::nullopt;
  return static_cast<Wall>(element);
}

Element element_of(Wall wall) {
  return static_cast<Element>(wall);
}

double inward_yaw_rad(Wall wall) {
  switch (wall) {
    case Wall::South:
      return 0.0;
    case Wall::North:
      return kPi;
    case Wall::East:
      return 1.5 * kPi;
    case Wall::West:
      return 0.5 * kPi;
  }
  return 0.0;
}

double facing_yaw_rad(Wall wall) {
  switch (wall) {
    case Wall::South:
      return kPi;
    case Wall::North:
      return 0.0;
    case Wall::East:
      return 0.5 * kPi;
    case Wall::West:
      return 1.5 * kPi;
  }
  return 0.0;
}

int SceneGraph::find(std::string_view id) const {
  for (std::size_t i = 0; i < objects.size(); ++i)
    if (objects[i].id == id) return static_cast<int>(i);
  return -1;
}

std::string kind_from_id(std::string_view id) {
  std::size_t end = id.size();
  while (end > 0 && id[end - 1] >= '0' && id[end - 1] <= '9') --end;
  const bool has_number =
      end < id.size() && end > 1 && (id[end - 1] == '_' || id[end - 1] == '-' || id[end - 1] == ' ');
  return std::string(has_number ? id.substr(0, end - 1) : id);
}

double resolve_yaw_rad(const SceneGraph& graph, std::span<const Vec3> positions_m, int i,
                       std::optional<double> answered_rad) {
  METASPATIAL_CHECK(i >= 0 && static_cast<std::size_t>(i) < graph.objects.size(),
                    "object index out of range");
  METASPATIAL_CHECK(positions_m.empty() || positions_m.size() == graph.objects.size(),
                    "one position per object, or none");
  const SceneObject& object = graph.objects[static_cast<std::size_t>(i)];
  if (answered_rad) return *answered_rad;
  if (object.file_yaw_rad) return *object.file_yaw_rad;
  if (!object.facing) return 0.0;
  if (const auto* element = std::get_if<Element>(&*object.facing)) {
    const auto wall = wall_of(*element);
    return wall ? facing_yaw_rad(*wall) : 0.0;  // the middle and the ceiling name no direction
  }
  const int target = std::get<ObjectRef>(*object.facing).index;
  METASPATIAL_CHECK(target >= 0 && static_cast<std::size_t>(target) < graph.objects.size(),
                    "faced object out of range");
  if (positions_m.empty()) return 0.0;
  const Vec3 offset =
      positions_m[static_cast<std::size_t>(target)] - positions_m[static_cast<std::size_t>(i)];
  if (offset.x() == 0.0 && offset.y() == 0.0) return 0.0;
  // Clockwise from north: the bearing's east part is its sine.
  const double bearing = std::atan2(offset.x(), offset.y());
  return bearing < 0 ? bearing + 2 * kPi : bearing;
}

}  // namespace metaspatial::scene
