#include "metaspatial/scene/io.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "metaspatial/base/files.hpp"
#include "metaspatial/scene/floor_plan.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::scene {
namespace {

constexpr std::size_t kMaxObjects = 2000;
constexpr std::size_t kMaxRelations = 200;  // of one object
constexpr std::size_t kMaxOpenings = 200;
constexpr std::size_t kMaxFloorCorners = 64;
constexpr std::size_t kMaxIdBytes = 200;
constexpr std::size_t kMaxTextBytes = 20000;
constexpr double kMaxCoordinate = 1e6;  // metres or degrees: squares and sums of these stay far from overflow
constexpr double kMaxRoom_m = 1000;
constexpr double kFit_m = 1e-6;       // what writing six decimals may cost
constexpr double kSmallest_m = 1e-6;  // of what must not be 0: less may be written as 0

/// As numbers are written.
double six_decimals(double value) {
  return std::round(value * 1e6) / 1e6;
}
RoomSize written_size(const RoomSize& size) {
  return {six_decimals(size.length_m), six_decimals(size.width_m), six_decimals(size.height_m)};
}

/// A value as an error message shows it: short, on one line, whatever bytes it holds.
std::string show(const Json& value) {
  if (value.is_array()) return fmt::format("an array of {}", value.size());
  if (value.is_object()) return "an object";
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.size() > 60) return dump_json(Json(text.substr(0, 60))) + "...";
  }
  return dump_json(value);
}

std::string show_id(std::string_view text) {
  return show(Json(std::string(text)));
}

/// Where in a file we are: "rooms.json" and `entry 3, object "bed_1"`.
struct Place {
  std::string_view file;
  std::string entry;

  [[nodiscard]] tl::unexpected<Error> error(std::string_view message) const {
    return invalid(entry.empty() ? std::string(message) : fmt::format("{}: {}", entry, message),
                   std::string(file));
  }
  [[nodiscard]] tl::unexpected<Error> bad(std::string_view field, const Json* value,
                                          std::string_view expected) const {
    if (!value) return error(fmt::format("field '{}' is missing; expected {}", field, expected));
    return error(fmt::format("field '{}' is {}; expected {}", field, show(*value), expected));
  }
};

/// The member `key`, or null if it is absent or JSON's null. REQUIRES an object.
const Json* member(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

struct Range {
  double low;
  double high;
  std::string_view expected;
};
constexpr Range kCoordinate{-kMaxCoordinate, kMaxCoordinate, "a number of metres within +-1e6"};
constexpr Range kAngle{-kMaxCoordinate, kMaxCoordinate, "a number of degrees within +-1e6"};
constexpr Range kSize{0, kMaxCoordinate, "a number of metres from 0 to 1e6"};

Result<double> number(const Place& place, std::string_view field, const Json* value, const Range& range) {
  if (!value || !value->is_number()) return place.bad(field, value, range.expected);
  const double result = value->get<double>();
  if (!std::isfinite(result) || result < range.low || result > range.high)
    return place.bad(field, value, range.expected);
  return result;
}

Result<Vec3> triple(const Place& place, std::string_view field, const Json* value,
                    const std::array<const char*, 3>& keys, const Range& range) {
  if (!value || !value->is_object())
    return place.bad(field, value,
                     fmt::format(R"({{"{}", "{}", "{}"}} in metres)", keys[0], keys[1], keys[2]));
  Vec3 result;
  for (int axis = 0; axis < 3; ++axis) {
    const char* key = keys[static_cast<std::size_t>(axis)];
    METASPATIAL_TRY(result[axis],
                    number(place, fmt::format("{}.{}", field, key), member(*value, key), range));
  }
  return result;
}

constexpr std::array<const char*, 3> kXyz = {"x", "y", "z"};
constexpr std::array<const char*, 3> kLengthWidthHeight = {"length", "width", "height"};

/// A room has a positive size; the message says which of its three numbers does not.
Result<RoomSize> room_size(const Place& place, std::string_view field, const Json* value) {
  METASPATIAL_TRY(const Vec3 size, triple(place, field, value, kXyz, kCoordinate));
  constexpr std::array<std::string_view, 3> meanings = {"length", "width", "height"};
  for (int axis = 0; axis < 3; ++axis)
    if (size[axis] < kSmallest_m || size[axis] > kMaxRoom_m) {
      const auto i = static_cast<std::size_t>(axis);
      return place.bad(fmt::format("{}.{}", field, kXyz[i]), member(*value, kXyz[i]),
                       fmt::format("the room's {}, above 0 and at most {} metres", meanings[i], kMaxRoom_m));
    }
  return RoomSize{size.x(), size.y(), size.z()};
}

Result<std::string> optional_text(const Place& place, std::string_view field, const Json* value) {
  if (!value) return std::string();
  if (!value->is_string() || value->get_ref<const std::string&>().size() > kMaxTextBytes)
    return place.bad(field, value, fmt::format("a string of at most {} bytes", kMaxTextBytes));
  return value->get<std::string>();
}

Result<std::string> identifier(const Place& place, std::string_view field, const Json* value) {
  if (!value || !value->is_string() || value->get_ref<const std::string&>().empty() ||
      value->get_ref<const std::string&>().size() > kMaxIdBytes)
    return place.bad(field, value, fmt::format("an id of 1 to {} bytes", kMaxIdBytes));
  return value->get<std::string>();
}

using IdIndex = std::unordered_map<std::string_view, int>;

Result<Target> target(const Place& place, std::string_view field, const Json* value, const IdIndex& index) {
  if (!value || !value->is_string())
    return place.bad(field, value, "the id of a layout element or of another object");
  const auto& text = value->get_ref<const std::string&>();
  if (const auto element = element_from_name(text)) return Target(*element);
  const auto found = index.find(text);
  if (found == index.end())
    return place.bad(field, value, "the id of a layout element or of another object of this scene");
  return Target(ObjectRef{found->second});
}

Result<void> read_relations(const Place& place, const char* list_name, const Json* list, const IdIndex& index,
                            int self, std::vector<Relation>& out) {
  const std::string list_field = fmt::format("placement.{}", list_name);
  if (!list) return {};
  if (!list->is_array()) return place.bad(list_field, list, "an array of relations");
  if (list->size() + out.size() > kMaxRelations)
    return place.bad(list_field, list, fmt::format("at most {} relations of one object", kMaxRelations));
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Json& entry = (*list)[i];
    const std::string field = fmt::format("{}[{}]", list_field, i);
    if (!entry.is_object()) return place.bad(field, &entry, "an object with a target and a preposition");
    // Either list may name walls or objects; `layout_element_id` wins, as in the reference.
    const char* key = member(entry, "layout_element_id")                 ? "layout_element_id"
                      : member(entry, "object_id")                       ? "object_id"
                      : list_name == std::string_view("objects_in_room") ? "object_id"
                                                                         : "layout_element_id";
    Relation relation;
    METASPATIAL_TRY(relation.target,
                    target(place, fmt::format("{}.{}", field, key), member(entry, key), index));
    const auto* object = std::get_if<ObjectRef>(&relation.target);
    if (object && object->index == self)
      return place.bad(fmt::format("{}.{}", field, key), member(entry, key), "another object, not this one");
    const Json* preposition = member(entry, "preposition");
    const auto parsed = preposition && preposition->is_string()
                            ? preposition_from_name(preposition->get_ref<const std::string&>())
                            : std::nullopt;
    if (!parsed)
      return place.bad(field + ".preposition", preposition,
                       "one of: on, under, above, left of, right of, in front, behind, in the corner, "
                       "in the middle of");
    relation.preposition = *parsed;
    if (const Json* adjacent = member(entry, "is_adjacent")) {
      if (!adjacent->is_boolean()) return place.bad(field + ".is_adjacent", adjacent, "true or false");
      if (object) relation.adjacent = adjacent->get<bool>();
    }
    out.push_back(relation);
  }
  return {};
}

/// Whether an object stands on the floor, from what is said about it, where the file does not say.
bool stands_on_floor(const SceneObject& object) {
  const Kind* kind = find_kind(object.kind);
  for (const Relation& relation : object.relations) {
    const auto* element = std::get_if<Element>(&relation.target);
    if (relation.preposition == Preposition::Above) return false;
    // A vase in the middle of a table is on it.
    if (!element && kind && kind->support == SupportKind::OnTop &&
        (relation.preposition == Preposition::InMiddle || relation.preposition == Preposition::InCorner))
      return false;
    if (relation.preposition != Preposition::On) continue;
    if (!element || *element == Element::Ceiling) return false;
    if (wall_of(*element) && kind && kind->support == SupportKind::Wall) return false;
  }
  return true;
}

Result<SceneObject> read_object(const Place& place, const Json& json, const IdIndex& index, int self,
                                std::string id) {
  SceneObject object;
  object.kind = kind_from_id(id);
  object.id = std::move(id);
  METASPATIAL_TRY(object.style, optional_text(place, "style", member(json, "style")));
  METASPATIAL_TRY(object.material, optional_text(place, "material", member(json, "material")));
  METASPATIAL_TRY(object.asset, optional_text(place, "asset", member(json, "asset")));
  METASPATIAL_TRY(object.size_m,
                  triple(place, "size_in_meters", member(json, "size_in_meters"), kLengthWidthHeight, kSize));
  if (const Json* placement = member(json, "placement")) {
    if (!placement->is_object())
      return place.bad("placement", placement,
                       R"({"room_layout_elements": [...], "objects_in_room": [...]})");
    for (const char* list : {"room_layout_elements", "objects_in_room"})
      METASPATIAL_TRY_VOID(
          read_relations(place, list, member(*placement, list), index, self, object.relations));
  }
  if (const Json* facing = member(json, "facing"); facing && *facing != "") {
    METASPATIAL_TRY(object.facing, target(place, "facing", facing, index));
  }
  if (const Json* on_floor = member(json, "is_on_the_floor")) {
    if (!on_floor->is_boolean()) return place.bad("is_on_the_floor", on_floor, "true or false");
    object.on_floor = on_floor->get<bool>();
  } else {
    object.on_floor = stands_on_floor(object);
  }
  if (const Json* rotation = member(json, "rotation")) {
    if (!rotation->is_object()) return place.bad("rotation", rotation, R"({"z_angle": degrees})");
    METASPATIAL_TRY(const double deg,
                    number(place, "rotation.z_angle", member(*rotation, "z_angle"), kAngle));
    object.file_yaw_rad = rad_from_deg(deg);
  }
  return object;
}

/// The room's size from the layout elements; the first of each pair of names that is there decides.
Result<RoomSize> size_from_elements(std::string_view file, const std::array<const Json*, 6>& elements) {
  const Place place{file, ""};
  struct Source {
    Element element;
    const char* key;
  };
  const auto read = [&](std::initializer_list<Source> sources, std::string_view what) -> Result<double> {
    for (const Source& source : sources) {
      const Json* json = elements[static_cast<std::size_t>(source.element)];
      if (!json) continue;
      const Place at{file, fmt::format("layout element {}", show_id(name(source.element)))};
      const Json* size = member(*json, "size_in_meters");
      if (!size || !size->is_object())
        return at.bad("size_in_meters", size, R"({"length", "width", "height"} in metres)");
      const Range range{0, kMaxRoom_m, "a number of metres above 0, at most 1000"};
      const std::string field = fmt::format("size_in_meters.{}", source.key);
      METASPATIAL_TRY(const double value, number(at, field, member(*size, source.key), range));
      if (value < kSmallest_m) return at.bad(field, member(*size, source.key), range.expected);
      return value;
    }
    return place.error(fmt::format(
        "the room's {} is unknown: expected the layout elements south_wall and west_wall, or a room size",
        what));
  };
  RoomSize size;
  METASPATIAL_TRY(
      size.length_m,
      read({{Element::SouthWall, "length"}, {Element::NorthWall, "length"}, {Element::Middle, "length"}},
           "length"));
  METASPATIAL_TRY(
      size.width_m,
      read({{Element::WestWall, "length"}, {Element::EastWall, "length"}, {Element::Middle, "width"}},
           "width"));
  METASPATIAL_TRY(size.height_m, read({{Element::SouthWall, "height"},
                                       {Element::NorthWall, "height"},
                                       {Element::WestWall, "height"},
                                       {Element::EastWall, "height"}},
                                      "height"));
  return size;
}

Result<Scene> read_array(const Json& json, std::string_view file, std::optional<RoomSize> size) {
  const Place whole{file, ""};
  if (!json.is_array())
    return whole.error(
        fmt::format("the scene graph is {}; expected an array of objects and layout elements", show(json)));
  if (json.size() > kMaxObjects + 6)
    return whole.error(
        fmt::format("the scene graph has {} entries; expected at most {} objects", json.size(), kMaxObjects));
  // First the ids, so that relations may name objects further down.
  std::array<const Json*, 6> elements{};
  std::vector<std::size_t> object_entries;
  std::vector<std::string> ids;
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < json.size(); ++i) {
    Place place{file, fmt::format("entry {}", i)};
    if (!json[i].is_object()) return place.error(fmt::format("is {}; expected a JSON object", show(json[i])));
    METASPATIAL_TRY(std::string id, identifier(place, "new_object_id", member(json[i], "new_object_id")));
    if (!seen.insert(id).second)
      return place.error(fmt::format(
          "field 'new_object_id' is {}; expected an id that no entry before it has", show_id(id)));
    if (const auto element = element_from_name(id)) {
      elements[static_cast<std::size_t>(*element)] = &json[i];
    } else {
      object_entries.push_back(i);
      ids.push_back(std::move(id));
    }
  }
  if (ids.size() > kMaxObjects)
    return whole.error(fmt::format("the scene has {} objects; expected at most {}", ids.size(), kMaxObjects));
  IdIndex index;
  for (std::size_t i = 0; i < ids.size(); ++i) index.emplace(ids[i], static_cast<int>(i));

  Scene scene;
  if (size) {
    scene.graph.size = *size;
  } else {
    METASPATIAL_TRY(scene.graph.size, size_from_elements(file, elements));
  }
  std::vector<Vec3> positions;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Json& entry = json[object_entries[i]];
    const Place place{file, fmt::format("entry {}, object {}", object_entries[i], show_id(ids[i]))};
    METASPATIAL_TRY(SceneObject object, read_object(place, entry, index, static_cast<int>(i), ids[i]));
    scene.graph.objects.push_back(std::move(object));
    if (const Json* position = member(entry, "position")) {
      METASPATIAL_TRY(const Vec3 centre, triple(place, "position", position, kXyz, kCoordinate));
      positions.push_back(centre);
    }
  }
  if (!positions.empty() && positions.size() == scene.graph.objects.size()) {
    scene.layout.emplace();
    for (std::size_t i = 0; i < positions.size(); ++i)
      scene.layout->poses.push_back(
          {positions[i], resolve_yaw_rad(scene.graph, positions, static_cast<int>(i))});
  }
  return scene;
}

/// The corners of a polygonal floor, made counterclockwise.
Result<std::vector<Vec2>> read_floor(const Json* json, std::string_view file, const RoomSize& room) {
  std::vector<Vec2> floor;
  if (!json) return floor;
  const Place place{file, ""};
  if (!json->is_array() || json->size() < 3 || json->size() > kMaxFloorCorners)
    return place.bad("floor", json,
                     fmt::format("an array of 3 to {} corners [x, y] in metres", kMaxFloorCorners));
  for (std::size_t i = 0; i < json->size(); ++i) {
    const Json& corner = (*json)[i];
    const std::string field = fmt::format("floor[{}]", i);
    if (!corner.is_array() || corner.size() != 2) return place.bad(field, &corner, "[x, y] in metres");
    Vec2 p;
    METASPATIAL_TRY(p.x(), number(place, field, &corner[0], kCoordinate));
    METASPATIAL_TRY(p.y(), number(place, field, &corner[1], kCoordinate));
    p = Vec2(six_decimals(p.x()), six_decimals(p.y()));
    if (p.x() < -kFit_m || p.y() < -kFit_m || p.x() > room.length_m + kFit_m || p.y() > room.width_m + kFit_m)
      return place.bad(field, &corner,
                       fmt::format("a corner within the room's size, 0 to {} and 0 to {} metres",
                                   format_number(room.length_m, 3), format_number(room.width_m, 3)));
    // What the size's rounding left over or lacks is taken to be the wall.
    if (std::abs(p.x()) <= kFit_m) p.x() = 0;
    if (std::abs(p.y()) <= kFit_m) p.y() = 0;
    if (std::abs(p.x() - room.length_m) <= kFit_m) p.x() = room.length_m;
    if (std::abs(p.y() - room.width_m) <= kFit_m) p.y() = room.width_m;
    floor.push_back(p);
  }
  if (crosses_itself(floor))
    return place.error("field 'floor' touches or crosses itself; expected a simple polygon");
  const double twice = twice_area_m2(floor);
  if (std::abs(twice) < kFit_m) return place.error("field 'floor' has no area; expected a polygon");
  if (twice < 0) std::ranges::reverse(floor);
  Vec2 lo = floor.front();
  Vec2 hi = floor.front();
  for (const Vec2& p : floor) {
    lo = lo.cwiseMin(p);
    hi = hi.cwiseMax(p);
  }
  if (lo != Vec2(0, 0) || hi != Vec2(room.length_m, room.width_m))
    return place.error(fmt::format(
        "field 'floor' reaches from {} {} to {} {}; expected the room's size, from 0 0 to {} {}",
        format_number(lo.x(), 3), format_number(lo.y(), 3), format_number(hi.x(), 3),
        format_number(hi.y(), 3), format_number(room.length_m, 3), format_number(room.width_m, 3)));
  return floor;
}

/// Whether the floor's outline runs along the outer wall from `lo_m` to `hi_m`.
bool reaches_wall(std::span<const Vec2> floor_m, const RoomSize& room, Wall wall, double lo_m, double hi_m) {
  if (floor_m.empty()) return true;
  const int along = wall == Wall::South || wall == Wall::North ? 0 : 1;
  const double at = wall == Wall::North ? room.width_m : wall == Wall::East ? room.length_m : 0.0;
  double covered = 0;  // the outline is simple: its pieces on one wall do not overlap
  for (std::size_t i = 0; i < floor_m.size(); ++i) {
    const Vec2& a = floor_m[i];
    const Vec2& b = floor_m[(i + 1) % floor_m.size()];
    if (a[1 - along] != at || b[1 - along] != at) continue;
    covered += std::max(
        0.0, std::min(hi_m, std::max(a[along], b[along])) - std::max(lo_m, std::min(a[along], b[along])));
  }
  return covered >= hi_m - lo_m - kFit_m;
}

Result<std::vector<Opening>> read_openings(const Json* json, std::string_view file, const RoomSize& room,
                                           std::span<const Vec2> floor_m) {
  std::vector<Opening> openings;
  if (!json) return openings;
  const Place whole{file, ""};
  if (!json->is_array() || json->size() > kMaxOpenings)
    return whole.bad("openings", json, fmt::format("an array of at most {} doors and windows", kMaxOpenings));
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < json->size(); ++i) {
    const Json& entry = (*json)[i];
    Place place{file, fmt::format("openings[{}]", i)};
    if (!entry.is_object()) return place.error(fmt::format("is {}; expected a JSON object", show(entry)));
    Opening opening;
    METASPATIAL_TRY(opening.id, identifier(place, "id", member(entry, "id")));
    if (!seen.insert(opening.id).second)
      return place.bad("id", member(entry, "id"), "an id that no opening before it has");
    place.entry += fmt::format(" {}", show_id(opening.id));
    const Json* kind = member(entry, "kind");
    if (kind && *kind == "door")
      opening.kind = OpeningKind::Door;
    else if (kind && *kind == "window")
      opening.kind = OpeningKind::Window;
    else
      return place.bad("kind", kind, R"("door" or "window")");
    const Json* wall_json = member(entry, "wall");
    const auto wall = wall_json && wall_json->is_string()
                          ? wall_from_name(wall_json->get_ref<const std::string&>())
                          : std::nullopt;
    if (!wall) return place.bad("wall", wall_json, "one of: south_wall, north_wall, east_wall, west_wall");
    opening.wall = *wall;
    METASPATIAL_TRY(opening.centre_m, number(place, "centre", member(entry, "centre"), kSize));
    METASPATIAL_TRY(opening.width_m, number(place, "width", member(entry, "width"), kSize));
    METASPATIAL_TRY(opening.bottom_m, number(place, "bottom", member(entry, "bottom"), kSize));
    METASPATIAL_TRY(opening.height_m, number(place, "height", member(entry, "height"), kSize));
    if (opening.width_m < kSmallest_m)
      return place.bad("width", member(entry, "width"), "a width above 0 metres");
    if (opening.height_m < kSmallest_m)
      return place.bad("height", member(entry, "height"), "a height above 0 metres");
    const double length_m = room.wall_length_m(*wall);
    const double centre_m = six_decimals(opening.centre_m);
    const double half_m = six_decimals(opening.width_m) / 2;
    if (centre_m - half_m < -kFit_m || centre_m + half_m > length_m + kFit_m)
      return place.error(
          fmt::format("fields 'centre' and 'width' span {} to {}; expected a span within the wall, 0 to {} m",
                      format_number(opening.centre_m - opening.width_m / 2, 3),
                      format_number(opening.centre_m + opening.width_m / 2, 3), format_number(length_m, 3)));
    if (!reaches_wall(floor_m, room, *wall, std::max(0.0, centre_m - half_m),
                      std::min(length_m, centre_m + half_m)))
      return place.error(fmt::format("is where the floor does not reach the {}", name(*wall)));
    if (six_decimals(opening.bottom_m) + six_decimals(opening.height_m) > room.height_m + kFit_m)
      return place.error(fmt::format(
          "fields 'bottom' and 'height' reach {} m; expected at most the room's height, {} m",
          format_number(opening.bottom_m + opening.height_m, 3), format_number(room.height_m, 3)));
    openings.push_back(std::move(opening));
  }
  return openings;
}

Result<Scene> read_row(const Json& json, std::string_view file, std::optional<RoomSize> size) {
  const Place whole{file, ""};
  const Json* array = member(json, "scene_graph");
  if (!array || !array->is_array())
    return whole.bad("scene_graph", array, "an array of objects and layout elements");
  const bool given = size.has_value();
  const Json* row_size = member(json, "size_of_room");
  if (!given && row_size) {
    METASPATIAL_TRY(size, room_size(whole, "size_of_room", row_size));
  }
  METASPATIAL_TRY(Scene scene, read_array(*array, file, size));
  METASPATIAL_TRY(scene.graph.room_name, optional_text(whole, "room_name", member(json, "room_name")));
  METASPATIAL_TRY(scene.graph.user_preference,
                  optional_text(whole, "user_preference", member(json, "user_preference")));
  // Held against the numbers as they are written, so that what is read once is read again.
  const RoomSize& exact = scene.graph.size;
  const RoomSize room = written_size(exact);
  METASPATIAL_TRY(scene.graph.floor_m, read_floor(member(json, "floor"), file, room));
  METASPATIAL_TRY(scene.graph.openings,
                  read_openings(member(json, "openings"), file, room, scene.graph.floor_m));
  for (Vec2& corner : scene.graph.floor_m) {
    if (corner.x() == room.length_m) corner.x() = exact.length_m;
    if (corner.y() == room.width_m) corner.y() = exact.width_m;
  }
  if (const Json* in_text = member(json, "openings_in_text")) {
    if (!in_text->is_boolean()) return whole.bad("openings_in_text", in_text, "true or false");
    scene.graph.openings_in_text = in_text->get<bool>();
  }
  return scene;
}

// Writing.

/// A number without float noise: six decimals, and an integer where it is one.
Json json_number(double value) {
  if (!std::isfinite(value) || std::abs(value) >= 1e9) return value;
  const double scaled = std::round(value * 1e6);
  if (std::fmod(scaled, 1e6) == 0.0) return static_cast<std::int64_t>(scaled / 1e6);
  return scaled / 1e6;
}

Json json_triple(const std::array<const char*, 3>& keys, double a, double b, double c) {
  Json result = Json::object();
  result[keys[0]] = json_number(a);
  result[keys[1]] = json_number(b);
  result[keys[2]] = json_number(c);
  return result;
}
Json json_triple(const std::array<const char*, 3>& keys, const Vec3& v) {
  return json_triple(keys, v.x(), v.y(), v.z());
}

std::string target_name(const Target& what, const SceneGraph& graph) {
  if (const auto* element = std::get_if<Element>(&what)) return std::string(name(*element));
  return graph.objects.at(static_cast<std::size_t>(std::get<ObjectRef>(what).index)).id;
}

Json rotation_json(double yaw_rad) {
  Json rotation = Json::object();
  rotation["z_angle"] = json_number(deg_from_rad(yaw_rad));
  return rotation;
}

Json object_json(const SceneGraph& graph, std::size_t i, const Layout* layout) {
  const SceneObject& object = graph.objects[i];
  Json json = Json::object();
  json["new_object_id"] = object.id;
  json["style"] = object.style;
  json["material"] = object.material;
  if (!object.asset.empty()) json["asset"] = object.asset;
  json["size_in_meters"] = json_triple(kLengthWidthHeight, object.size_m);
  json["is_on_the_floor"] = object.on_floor;
  json["facing"] = object.facing ? target_name(*object.facing, graph) : std::string();
  Json elements = Json::array();
  Json objects = Json::array();
  for (const Relation& relation : object.relations) {
    const bool is_element = std::holds_alternative<Element>(relation.target);
    Json entry = Json::object();
    entry[is_element ? "layout_element_id" : "object_id"] = target_name(relation.target, graph);
    entry["preposition"] = std::string(name(relation.preposition));
    if (!is_element) entry["is_adjacent"] = relation.adjacent;
    (is_element ? elements : objects).push_back(std::move(entry));
  }
  json["placement"] = Json::object();
  json["placement"]["room_layout_elements"] = std::move(elements);
  json["placement"]["objects_in_room"] = std::move(objects);
  if (layout) {
    json["rotation"] = rotation_json(layout->poses[i].yaw_rad);
    json["position"] = json_triple(kXyz, layout->poses[i].position_m);
  } else if (object.file_yaw_rad) {
    json["rotation"] = rotation_json(*object.file_yaw_rad);
  }
  return json;
}

/// A layout element as the reference's files have it: no thickness, centred in its plane, looking inwards.
Json element_json(Element element, const RoomSize& exact) {
  // Of the size as it is written: who reads it writes the same centres.
  const RoomSize room = written_size(exact);
  const double x = room.length_m / 2;
  const double y = room.width_m / 2;
  const double z = room.height_m / 2;
  Vec3 position(x, y, 0);
  Vec3 size(room.length_m, room.width_m, 0);
  const char* type = "wall";
  switch (element) {
    case Element::SouthWall:
      position = Vec3(x, 0, z);
      break;
    case Element::NorthWall:
      position = Vec3(x, room.width_m, z);
      break;
    case Element::EastWall:
      position = Vec3(room.length_m, y, z);
      break;
    case Element::WestWall:
      position = Vec3(0, y, z);
      break;
    case Element::Middle:
      type = "floor";
      break;
    case Element::Ceiling:
      type = "ceiling";
      position.z() = room.height_m;
      break;
  }
  const auto wall = wall_of(element);
  if (wall) size = Vec3(room.wall_length_m(*wall), 0, room.height_m);
  Json json = Json::object();
  json["new_object_id"] = std::string(name(element));
  json["itemType"] = type;
  json["position"] = json_triple(kXyz, position);
  json["size_in_meters"] = json_triple(kLengthWidthHeight, size);
  json["rotation"] = rotation_json(wall ? inward_yaw_rad(*wall) : 0.0);
  return json;
}

}  // namespace

Result<DescriptionFile> read_descriptions(std::string_view json, std::string_view where) {
  METASPATIAL_TRY(const Json array, parse_json(json, where));
  if (!array.is_array())
    return invalid(fmt::format("is {}; expected an array of {{\"description\", \"size\"}}", show(array)),
                   std::string(where));
  DescriptionFile file;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const std::string at = fmt::format("{}, entry {}", where, i);
    const Place place{at, ""};
    file.entries.push_back([&]() -> Result<RoomDescription> {
      if (!array[i].is_object())
        return place.error(fmt::format("is {}; expected a JSON object", show(array[i])));
      RoomDescription room;
      METASPATIAL_TRY(room.size, room_size(place, "size", member(array[i], "size")));
      const Json* description = member(array[i], "description");
      METASPATIAL_TRY(room.description, optional_text(place, "description", description));
      if (room.description.find_first_not_of(" \t\r\n") == std::string::npos)
        return place.bad("description", description, "a sentence");
      return room;
    }());
  }
  return file;
}

Result<Scene> read_scene(const Json& json, std::string_view where, std::optional<RoomSize> size) {
  const Place whole{where, ""};
  if (size)
    for (const double metres : {size->length_m, size->width_m, size->height_m})
      if (!std::isfinite(metres) || metres < kSmallest_m || metres > kMaxRoom_m)
        return whole.error(
            fmt::format("the given room size is {} x {} x {}; expected three lengths above 0 and at "
                        "most {} metres",
                        size->length_m, size->width_m, size->height_m, kMaxRoom_m));
  if (json.is_array()) return read_array(json, where, size);
  if (json.is_object()) return read_row(json, where, size);
  return whole.error(
      fmt::format("is {}; expected a scene graph (an array) or a room row (an object)", show(json)));
}

Result<Scene> read_scene_file(const std::filesystem::path& path, std::optional<RoomSize> size) {
  METASPATIAL_TRY(const std::string text, read_file(path, JsonLimits{}.max_bytes));
  const std::string where = path.string();
  METASPATIAL_TRY(const Json json, parse_json(text, where));
  return read_scene(json, where, size);
}

Json scene_graph_json(const SceneGraph& graph, const Layout* layout) {
  METASPATIAL_CHECK(!layout || layout->poses.size() == graph.objects.size(), "one pose per object");
  Json array = Json::array();
  for (std::size_t i = 0; i < graph.objects.size(); ++i) array.push_back(object_json(graph, i, layout));
  for (const Element element : {Element::SouthWall, Element::NorthWall, Element::EastWall, Element::WestWall,
                                Element::Middle, Element::Ceiling})
    array.push_back(element_json(element, graph.size));
  return array;
}

Json openings_json(const SceneGraph& graph) {
  Json array = Json::array();
  for (const Opening& opening : graph.openings) {
    Json json = Json::object();
    json["id"] = opening.id;
    json["kind"] = opening.kind == OpeningKind::Door ? "door" : "window";
    json["wall"] = std::string(name(opening.wall));
    json["centre"] = json_number(opening.centre_m);
    json["width"] = json_number(opening.width_m);
    json["bottom"] = json_number(opening.bottom_m);
    json["height"] = json_number(opening.height_m);
    array.push_back(std::move(json));
  }
  return array;
}

Json room_row_json(const SceneGraph& graph, const Layout* layout) {
  Json json = Json::object();
  json["room_name"] = graph.room_name;
  json["user_preference"] = graph.user_preference;
  json["size_of_room"] = json_triple(kXyz, graph.size.length_m, graph.size.width_m, graph.size.height_m);
  if (!graph.floor_m.empty()) {
    json["floor"] = Json::array();
    for (const Vec2& corner : graph.floor_m)
      json["floor"].push_back(Json::array({json_number(corner.x()), json_number(corner.y())}));
  }
  json["scene_graph"] = scene_graph_json(graph, layout);
  json["openings"] = openings_json(graph);
  json["openings_in_text"] = graph.openings_in_text;
  return json;
}

Json layout_json(const SceneGraph& graph, const Layout& layout) {
  METASPATIAL_CHECK(layout.poses.size() == graph.objects.size(), "one pose per object");
  Json array = Json::array();
  for (std::size_t i = 0; i < graph.objects.size(); ++i) {
    const Pose& pose = layout.poses[i];
    Json json = Json::object();
    json["new_object_id"] = graph.objects[i].id;
    json["x"] = json_number(pose.position_m.x());
    json["y"] = json_number(pose.position_m.y());
    json["z"] = json_number(pose.position_m.z());
    json["z_angle"] = json_number(deg_from_rad(pose.yaw_rad));
    array.push_back(std::move(json));
  }
  return array;
}

Result<Layout> read_layout(const Json& json, const SceneGraph& graph, std::string_view where) {
  const Place whole{where, ""};
  if (!json.is_array())
    return whole.error(fmt::format(
        R"(the layout is {}; expected an array of {{"new_object_id", "x", "y", "z"}})", show(json)));
  if (json.size() > kMaxObjects)
    return whole.error(
        fmt::format("the layout has {} entries; expected at most {}", json.size(), kMaxObjects));
  IdIndex index;
  for (std::size_t i = 0; i < graph.objects.size(); ++i)
    index.emplace(graph.objects[i].id, static_cast<int>(i));
  std::vector<std::optional<double>> answered(graph.objects.size());
  std::vector<Vec3> positions(graph.objects.size());
  std::vector<bool> placed(graph.objects.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    Place place{where, fmt::format("entry {}", i)};
    if (!json[i].is_object()) return place.error(fmt::format("is {}; expected a JSON object", show(json[i])));
    const Json* id_json = member(json[i], "new_object_id");
    METASPATIAL_TRY(const std::string id, identifier(place, "new_object_id", id_json));
    const auto found = index.find(id);
    if (found == index.end()) return place.bad("new_object_id", id_json, "the id of an object of the scene");
    const auto object = static_cast<std::size_t>(found->second);
    if (placed[object]) return place.bad("new_object_id", id_json, "every object once");
    placed[object] = true;
    place.entry += fmt::format(", object {}", show_id(id));
    METASPATIAL_TRY(positions[object], triple(place, "position", &json[i], kXyz, kCoordinate));
    if (const Json* angle = member(json[i], "z_angle")) {
      METASPATIAL_TRY(const double deg, number(place, "z_angle", angle, kAngle));
      answered[object] = rad_from_deg(deg);
    }
  }
  for (std::size_t i = 0; i < placed.size(); ++i)
    if (!placed[i])
      return whole.error(fmt::format("the layout has no entry for object {}; expected every object once",
                                     show_id(graph.objects[i].id)));
  Layout layout;
  for (std::size_t i = 0; i < positions.size(); ++i)
    layout.poses.push_back(
        {positions[i], resolve_yaw_rad(graph, positions, static_cast<int>(i), answered[i])});
  return layout;
}

std::string format_number(double value, int decimals) {
  if (!std::isfinite(value)) return fmt::format("{}", value);
  std::string text = fmt::format("{:.{}f}", value, std::clamp(decimals, 0, 17));
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

}  // namespace metaspatial::scene
