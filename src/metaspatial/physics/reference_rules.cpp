#include "metaspatial/physics/reference_rules.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>

namespace metaspatial::physics::reference {
namespace {

// Parents that are followed for a missing rotation; beyond it (or in a cycle) Python's stack is full.
constexpr int kMaxParents = 985;

// --- Collisions ------------------------------------------------------------------------------------------

// The value of a z_angle that is a list: numpy makes an array of it, and an array of one number behaves as
// the number.
struct NestedNumbers {
  std::vector<std::size_t> shape;
  std::optional<double> only;  // the element, if there is exactly one
};

// What numpy reads from one scalar, or TypeError: 64-bit integers, floats and bools; nothing else can be
// tested.
double array_element(const PyValue& value) {
  const auto* whole = value.as<Integer>();
  const bool too_large = whole != nullptr && (*whole < Integer(std::numeric_limits<std::int64_t>::min()) ||
                                              whole->compare(0x1p64) >= 0);
  if (!value.is_number() || too_large) {
    throw PyError{PyErrorKind::TypeError, "ufunc 'isfinite' not supported for the input types"};
  }
  return to_float(value);
}

NestedNumbers read_array(const PyValue& value, int depth) {
  constexpr int kMaxDimensions = 32;
  const auto* list = value.as<PyValue::List>();
  if (list == nullptr) return {{}, array_element(value)};
  if (depth == kMaxDimensions) {
    throw PyError{PyErrorKind::ValueError,
                  "the requested array would exceed the maximum number of dimensions"};
  }
  NestedNumbers result;
  result.shape.push_back(list->size());
  for (std::size_t i = 0; i < list->size(); ++i) {
    NestedNumbers part = read_array((*list)[i], depth + 1);
    if (i == 0) {
      result.shape.insert(result.shape.end(), part.shape.begin(), part.shape.end());
      result.only = list->size() == 1 ? part.only : std::nullopt;
    } else if (!std::equal(part.shape.begin(), part.shape.end(), result.shape.begin() + 1,
                           result.shape.end())) {
      throw PyError{PyErrorKind::ValueError, "the requested array has an inhomogeneous shape"};
    }
  }
  return result;
}

// numpy.isclose(angle, 90) or numpy.isclose(angle, 270).
bool is_quarter_turn(const PyValue& angle) {
  const NestedNumbers numbers = read_array(angle, 0);
  std::size_t count = 1;
  for (const std::size_t extent : numbers.shape) count *= extent;
  if (count == 0) return false;
  if (!numbers.only) {
    throw PyError{PyErrorKind::ValueError,
                  "the truth value of an array with more than one element is ambiguous"};
  }
  const auto is_close = [&](double wanted) {
    return std::isfinite(*numbers.only) && std::abs(*numbers.only - wanted) <= 1e-8 + 1e-5 * wanted;
  };
  return is_close(90.0) || is_close(270.0);
}

// Every number in the size takes part, whatever its key.
bool is_thin(const PyValue& entry) {
  const Dict& size = as_dict(item(entry, "size_in_meters"), "values");
  if (size.size() == 0) throw PyError{PyErrorKind::ValueError, "min() arg is an empty sequence"};
  PyValue smallest = size.values().front();
  for (std::size_t i = 1; i < size.size(); ++i) smallest = min(smallest, size.values()[i]);
  if (!less(PyValue(0.0), smallest)) return false;
  PyValue largest = size.values().front();
  for (std::size_t i = 1; i < size.size(); ++i) largest = max(largest, size.values()[i]);
  return less_equal(PyValue(40.0), largest / smallest);
}

// What the reference finds out about one entry each time it meets it in a pair. It depends on the entry
// alone, so it is found out once; each step keeps its own error, because a pair meets them in the order
// fields of a, thin a, fields of b, thin b, turn a, turn b, bounds of a, bounds of b.
struct EntryBox {
  std::optional<PyError> membership_error;
  bool has_position = false;
  std::optional<PyError> field_error;
  std::optional<PyError> thin_error;
  bool thin = false;
  std::optional<PyError> turn_error;
  std::optional<PyError> bounds_error;
  std::optional<PyError> id_error;  // of a colliding pair the ids are asked for
  std::array<double, 3> low = {0, 0, 0};
  std::array<double, 3> high = {0, 0, 0};
};

template <typename Step>
bool run(std::optional<PyError>& error, Step step) {
  try {
    step();
    return true;
  } catch (PyError& raised) {
    error = std::move(raised);
    return false;
  }
}

EntryBox entry_box(const PyValue& entry) {
  EntryBox box;
  if (!run(box.membership_error, [&] { box.has_position = contains(entry, "position"); })) return box;
  if (!box.has_position) return box;
  (void)run(box.id_error, [&] { (void)item(entry, "new_object_id"); });
  if (!run(box.field_error, [&] {
        (void)item(entry, "position");
        (void)item(item(entry, "rotation"), "z_angle");
        (void)item(entry, "size_in_meters");
      })) {
    return box;
  }
  if (!run(box.thin_error, [&] { box.thin = is_thin(entry); })) return box;
  if (box.thin) return box;
  const PyValue& size = item(entry, "size_in_meters");
  bool turned = false;
  if (!run(box.turn_error, [&] {
        turned = is_quarter_turn(item(item(entry, "rotation"), "z_angle"));
        if (!turned) return;
        (void)item(size, "width");
        (void)item(size, "length");
      })) {
    return box;
  }
  (void)run(box.bounds_error, [&] {
    const PyValue& position = item(entry, "position");
    constexpr std::string_view kAxes[] = {"x", "y", "z"};
    const std::string_view sizes[] = {turned ? "width" : "length", turned ? "length" : "width", "height"};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const PyValue& centre = item(position, kAxes[axis]);
      const PyValue half = item(size, sizes[axis]) / PyValue(2);
      box.high[axis] = to_float(centre + half);
      box.low[axis] = to_float(centre - half);
    }
  });
  return box;
}

bool overlaps(const EntryBox& a, const EntryBox& b) {
  constexpr double kTouch = 1e-3;
  bool all = true;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    all = all && a.low[axis] < b.high[axis] && a.high[axis] > b.low[axis] &&
          std::abs(a.low[axis] - b.high[axis]) > kTouch && std::abs(a.high[axis] - b.low[axis]) > kTouch;
  }
  return all;
}

// is_collision_3d of the reference, on what is known of the two entries.
bool collide(const EntryBox& a, const EntryBox& b) {
  if (a.field_error) throw *a.field_error;
  if (a.thin_error) throw *a.thin_error;
  if (a.thin) return false;
  if (b.field_error) throw *b.field_error;
  if (b.thin_error) throw PyError{PyErrorKind::Exception, ""};
  if (b.thin) return false;
  if (a.turn_error) throw *a.turn_error;
  if (b.turn_error) throw *b.turn_error;
  if (a.bounds_error) throw *a.bounds_error;
  if (b.bounds_error) throw *b.bounds_error;
  return overlaps(a, b);
}

void require_size(std::size_t entries) {
  if (entries > kMaxEntries) {
    throw PyError{PyErrorKind::MemoryError,
                  fmt::format("the scene has {} entries; at most {} are checked", entries, kMaxEntries)};
  }
}

// --- Constraints -----------------------------------------------------------------------------------------

// The angle of something that faces the element. As their own rotation the walls carry the opposite.
std::optional<double> layout_angle(const PyValue& id) {
  require_hashable(id);
  const auto* text = id.as<std::string>();
  if (text == nullptr) return std::nullopt;
  if (*text == "west_wall") return 270.0;
  if (*text == "east_wall") return 90.0;
  if (*text == "south_wall") return 180.0;
  if (*text == "north_wall" || *text == "middle of the room" || *text == "ceiling") return 0.0;
  return std::nullopt;
}

// A scene with an index over the ids, for the reference's many searches from the front.
class Scene {
 public:
  explicit Scene(PyValue::List& entries) : entries_(entries), parents_(entries.size()) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto* dict = entries[i].as<Dict>();
      if (dict == nullptr) {
        not_a_dict_ = i;
        return;
      }
      static const PyValue kNone;
      const PyValue* id = dict->find("new_object_id");
      first_.try_emplace(equality_key(id != nullptr ? *id : kNone), i);
    }
  }

  // The first entry with this id. Every entry is asked for its id, so one that is no dict spoils each search.
  [[nodiscard]] std::size_t find(const PyValue& id) const {
    if (not_a_dict_) (void)as_dict(entries_[*not_a_dict_], "get");
    const auto found = is_nan(id) ? first_.end() : first_.find(equality_key(id));
    if (found == first_.end()) throw PyError{PyErrorKind::IndexError, "list index out of range"};
    return found->second;
  }

  [[nodiscard]] PyValue& entry(std::size_t i) { return entries_[i]; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  // get_rotation of the reference.
  [[nodiscard]] PyValue rotation_of(std::size_t i) {
    for (int followed = 0; followed < kMaxParents; ++followed) {
      const PyValue& entry = entries_[i];
      const Dict& fields = as_dict(entry, "keys");
      if (fields.find("rotation") != nullptr) return item(item(entry, "rotation"), "z_angle");
      if (const PyValue* facing = fields.find("facing")) {
        if (const auto angle = layout_angle(*facing)) return PyValue(*angle);
      }
      if (const auto angle = layout_angle(item(entry, "new_object_id"))) return PyValue(*angle);
      const std::optional<std::size_t> parent = parent_of(i);
      if (!parent) return PyValue(0.0);
      i = *parent;
    }
    throw PyError{PyErrorKind::RecursionError, "maximum recursion depth exceeded"};
  }

  // get_possible_positions of the reference: it writes the rotation into the object that it finds by id.
  [[nodiscard]] std::vector<Box> possible_positions(const PyValue& id, const PyValue& room) {
    const std::size_t at = find(id);
    (void)item(entries_[at], "placement");
    PyValue rotation = rotation_of(at);
    entries_[at].as<Dict>()->set("rotation", make_dict({{"z_angle", std::move(rotation)}}));

    const PyValue& object = entries_[at];
    const PyValue& placement = item(object, "placement");
    PyValue::List constraints =
        joined(item(placement, "room_layout_elements"), item(placement, "objects_in_room"));
    std::vector<Box> boxes;
    const PyValue adjacent_by_default(true);
    for (const PyValue& constraint : constraints) {
      const PyValue& preposition = item(constraint, "preposition");
      const Dict& fields = as_dict(constraint, "keys");
      const PyValue* adjacent = fields.find("is_adjacent");
      const PyValue& on_floor = item(object, "is_on_the_floor");
      const bool to_layout = fields.find("layout_element_id") != nullptr;
      const PyValue& target = entries_[find(item(constraint, to_layout ? "layout_element_id" : "object_id"))];
      if (as_dict(target, "keys").find("position") == nullptr) continue;
      boxes.push_back(constraint_box(preposition, object, target,
                                     adjacent != nullptr ? *adjacent : adjacent_by_default, on_floor, room));
    }
    return boxes;
  }

 private:
  // The first of the listed objects, if any; all of them must exist. Ids never change, so it is looked up
  // once.
  std::optional<std::size_t> parent_of(std::size_t i) {
    if (!parents_[i]) {
      Parent parent;
      (void)run(parent.error, [&] {
        for (const PyValue& related : iterate(item(item(entries_[i], "placement"), "objects_in_room"))) {
          std::size_t found = 0;
          try {
            found = find(item(related, "object_id"));
          } catch (const PyError&) {
            (void)item(related, "object_id");  // the message of the reference asks for the id once more
            throw PyError{PyErrorKind::ValueError, "Object not found in scene graph!"};
          }
          if (!parent.first) parent.first = found;
        }
      });
      parents_[i] = std::move(parent);
    }
    if (parents_[i]->error) throw *parents_[i]->error;
    return parents_[i]->first;
  }

  // a + b, then visited: two lists; two texts give characters, which fail at the first look unless both are
  // empty.
  static PyValue::List joined(const PyValue& a, const PyValue& b) {
    PyValue::List all;
    const bool lists = a.as<PyValue::List>() != nullptr && b.as<PyValue::List>() != nullptr;
    const bool texts = a.as<std::string>() != nullptr && b.as<std::string>() != nullptr;
    if (!lists && !texts) return iterate(a + b);
    all = iterate(a);
    for (PyValue& part : iterate(b)) all.push_back(std::move(part));
    return all;
  }

  struct Parent {
    std::optional<PyError> error;
    std::optional<std::size_t> first;
  };
  PyValue::List& entries_;
  std::optional<std::size_t> not_a_dict_;
  std::unordered_map<std::string, std::size_t> first_;
  std::vector<std::optional<Parent>> parents_;
};

bool inside_any(const std::vector<Box>& boxes, const std::array<PyValue, 3>& point) {
  for (const Box& box : boxes) {
    bool inside = true;
    for (std::size_t axis = 0; axis < 3 && inside; ++axis) {
      inside = less_equal(box[2 * axis], point[axis]) && less_equal(point[axis], box[2 * axis + 1]);
    }
    if (inside) return true;
  }
  return false;
}

bool violates(Scene& scene, std::size_t i, const PyValue& room) {
  const PyValue id = item(scene.entry(i), "new_object_id");
  const std::vector<Box> boxes = scene.possible_positions(id, room);
  if (boxes.empty()) return true;
  const PyValue& entry = scene.entry(i);
  std::array<PyValue, 3> point;
  constexpr std::string_view kAxes[] = {"x", "y", "z"};
  for (std::size_t axis = 0; axis < 3; ++axis) point[axis] = item(item(entry, "position"), kAxes[axis]);
  return !inside_any(boxes, point);
}

}  // namespace

Collisions check_collisions(const PyValue& scene) {
  Collisions result;
  (void)run(result.error, [&] {
    const PyValue::List* entries = scene.as<PyValue::List>();
    PyValue::List visited;
    if (entries == nullptr) {
      if (scene.as<std::string>() != nullptr) return;  // no character holds the word "position"
      visited = iterate(scene);
      entries = &visited;
    }
    require_size(entries->size());
    std::vector<EntryBox> boxes;
    boxes.reserve(entries->size());
    for (const PyValue& entry : *entries) boxes.push_back(entry_box(entry));
    const std::size_t n = boxes.size();
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = i + 1; j < n; ++j) {
        result.error_at = {i, j};
        if (boxes[i].membership_error) throw *boxes[i].membership_error;
        if (!boxes[i].has_position) break;
        if (boxes[j].membership_error) throw *boxes[j].membership_error;
        if (!boxes[j].has_position || !collide(boxes[i], boxes[j])) continue;
        if (boxes[i].id_error) throw *boxes[i].id_error;
        if (boxes[j].id_error) throw *boxes[j].id_error;
        if (result.count++ < kMaxListedPairs) result.pairs.push_back({i, j});
      }
    }
    result.error_at = {0, 0};
    const auto count = static_cast<double>(n);
    if (n > 1) result.ratio = static_cast<double>(result.count) / (count * (count - 1) / 2);
  });
  return result;
}

Constraints check_constraints(PyValue scene, const PyValue& room) {
  Constraints result;
  std::optional<std::size_t> at;
  const bool done = run(result.error, [&] {
    constexpr std::size_t kLayoutElements = 6;
    auto* entries = scene.as<PyValue::List>();
    if (entries == nullptr) {
      (void)without_last_six(scene);  // raises, except for text: its characters have no position
      return;
    }
    if (entries->size() <= kLayoutElements) return;
    require_size(entries->size());
    Scene index(*entries);
    const std::size_t objects = entries->size() - kLayoutElements;
    for (std::size_t i = 0; i < objects; ++i) {
      at = i;
      if (contains(index.entry(i), "position") && violates(index, i, room)) result.violating.push_back(i);
    }
    result.ratio = static_cast<double>(result.violating.size()) / static_cast<double>(objects);
  });
  if (!done) result.error_at = at;
  return result;
}

std::vector<PossiblePositions> possible_positions(PyValue scene, const PyValue& room) {
  std::vector<PossiblePositions> results;
  auto* entries = scene.as<PyValue::List>();
  constexpr std::size_t kLayoutElements = 6;
  if (entries == nullptr || entries->size() <= kLayoutElements || entries->size() > kMaxEntries)
    return results;
  Scene index(*entries);
  results.resize(entries->size() - kLayoutElements);
  for (std::size_t i = 0; i < results.size(); ++i) {
    PossiblePositions& result = results[i];
    (void)run(result.error, [&] {
      const auto* dict = (*entries)[i].as<Dict>();
      const PyValue* own_id = dict != nullptr ? dict->find("new_object_id") : nullptr;
      const PyValue id = own_id != nullptr ? *own_id : PyValue();
      const std::size_t found = index.find(id);
      // Each object is asked on the file as given, so the rotation that is written goes again.
      const PyValue* rotation = (*entries)[found].as<Dict>()->find("rotation");
      const std::optional<PyValue> before = rotation != nullptr ? std::optional(*rotation) : std::nullopt;
      const bool good = run(result.error, [&] { result.boxes = index.possible_positions(id, room); });
      Dict& object = *(*entries)[found].as<Dict>();
      if (good) result.rotation = item(item((*entries)[found], "rotation"), "z_angle");
      if (before) {
        object.set("rotation", *before);
      } else {
        object.erase("rotation");
      }
    });
  }
  return results;
}

}  // namespace metaspatial::physics::reference
