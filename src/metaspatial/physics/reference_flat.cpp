#include "metaspatial/physics/reference_flat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <unordered_map>

namespace metaspatial::physics::reference {
namespace {

using scene::Element;
using scene::Preposition;

constexpr std::size_t kLayoutElements = 6;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kTouch_m = 1e-3;

// Collisions turn a box by numpy.isclose, constraints only by the exact angle.
bool is_close_to_quarter(double angle_deg) {
  return std::abs(angle_deg - 90.0) <= 1e-8 + 1e-5 * 90.0 ||
         std::abs(angle_deg - 270.0) <= 1e-8 + 1e-5 * 270.0;
}
bool is_quarter(double angle_deg) {
  return angle_deg == 90.0 || angle_deg == 270.0;
}

std::array<double, 3> halves(const std::array<double, 3>& size_m, bool turned) {
  return {size_m[turned ? 1 : 0] / 2, size_m[turned ? 0 : 1] / 2, size_m[2] / 2};
}

// high - low > touch says in one comparison what the reference says in two, low < high and |low - high| >
// touch: for finite numbers the difference rounds the same in both directions.
bool overlap(const std::array<double, 3>& low_a, const std::array<double, 3>& high_a,
             const std::array<double, 3>& low_b, const std::array<double, 3>& high_b) {
  bool all = true;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    all = all & (high_b[axis] - low_a[axis] > kTouch_m) & (high_a[axis] - low_b[axis] > kTouch_m);
  }
  return all;
}

// Far from where a sum could overflow; NaN is not sound.
bool sound(double value) {
  return std::abs(value) <= 1e100;
}
bool sound(const std::array<double, 3>& values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return sound(value); });
}

}  // namespace

bool is_thin(const std::array<double, 3>& size_m) {
  const double smallest = std::min({size_m[0], size_m[1], size_m[2]});
  const double largest = std::max({size_m[0], size_m[1], size_m[2]});
  return smallest > 0 && largest / smallest >= 40.0;
}

std::optional<FlatScene::Rule> FlatScene::make_rule(const FlatConstraint& constraint, const FlatEntry& object,
                                                    const FlatEntry& target,
                                                    const std::array<double, 3>& room_m) {
  Rule rule;
  rule.entry = constraint.entry;
  rule.target = constraint.target;
  const std::array<double, 3> own = halves(object.size_m, is_quarter(object.angle_deg));
  auto& [x, y, z] = rule.axes;
  // Four ways to place an interval.
  const auto within = [&](AxisRule& axis, double half_target, double half_own) {
    axis.low_1 = -half_target, axis.low_2 = half_own;
    axis.high_1 = half_target, axis.high_2 = -half_own;
  };
  const auto around = [&](AxisRule& axis, double half_target, double half_own) {
    axis.low_1 = -half_target, axis.low_2 = -half_own;
    axis.high_1 = half_target, axis.high_2 = half_own;
  };
  const auto touch = [&](AxisRule& axis, double sign, double half_target, double half_own) {
    axis.low_1 = axis.high_1 = sign * half_target;
    axis.low_2 = axis.high_2 = sign * half_own;
  };
  const auto at = [&](AxisRule& axis, double low, double high) {
    axis.low_from_target = axis.high_from_target = false;
    axis.low_1 = low, axis.high_1 = high;
    axis.low_2 = axis.high_2 = 0;
  };
  for (AxisRule& axis : rule.axes) {
    axis.low_least = axis.high_least = -kInfinity;
    axis.low_most = axis.high_most = kInfinity;
  }
  const auto clamp_and_order = [&](std::size_t i) {
    AxisRule& axis = rule.axes[i];
    axis.ordered = true;
    axis.low_least = axis.high_least = own[i];
    axis.high_most = room_m[i] - own[i];
  };
  clamp_and_order(0);
  clamp_and_order(1);
  if (object.on_floor) at(z, own[2], own[2]);

  const Preposition word = constraint.preposition;
  if (word == Preposition::On || word == Preposition::InMiddle || word == Preposition::Under) {
    const std::array<double, 3> other = halves(target.size_m, is_quarter(target.angle_deg));
    clamp_and_order(2);
    if (word == Preposition::Under) {
      around(x, other[0], own[0]);
      around(y, other[1], own[1]);
      if (!object.on_floor) {
        touch(z, -1, other[2], own[2]);
        z.low_from_target = false;
        z.low_1 = own[2], z.low_2 = 0;
      }
      return rule;
    }
    within(x, other[0], own[0]);
    within(y, other[1], own[1]);
    const auto element = target.element;
    const bool wall = element && *element != Element::Middle && *element != Element::Ceiling;
    if (element == Element::Ceiling) {
      z.low_from_target = z.high_from_target = true;
      touch(z, -1, other[2], own[2]);
    } else if (!object.on_floor) {
      if (wall) {
        within(z, other[2], own[2]);
      } else {
        touch(z, 1, other[2], own[2]);
      }
    }
    if (element == Element::WestWall) touch(x, 1, other[0], own[0]);
    if (element == Element::EastWall) touch(x, -1, other[0], own[0]);
    if (element == Element::SouthWall) touch(y, 1, other[1], own[1]);
    if (element == Element::NorthWall) touch(y, -1, other[1], own[1]);
    return rule;
  }

  // The others are meant in the target's frame and know only four angles.
  int quarter = 0;
  while (quarter < 4 && target.angle_deg != 90.0 * quarter) ++quarter;
  if (quarter == 4) return std::nullopt;
  const std::array<double, 3> other = halves(target.size_m, quarter % 2 == 1);
  if (word == Preposition::Above) {
    around(x, other[0], own[0]);
    around(y, other[1], own[1]);
    if (!object.on_floor) {
      touch(z, 1, other[2], own[2]);
      z.high_from_target = false;
      z.high_1 = room_m[2], z.high_2 = 0;
    }
    z.low_least = own[2];
    z.low_most = room_m[2] - own[2];
    return rule;
  }

  // Quarter turns from "in front" to the direction that is meant; the room direction follows by adding the
  // target's.
  const int offset = word == Preposition::RightOf  ? 1
                     : word == Preposition::Behind ? 2
                     : word == Preposition::LeftOf ? 3
                                                   : 0;
  const int heading = (quarter + offset) % 4;  // 0 north, 1 east, 2 south, 3 west
  const std::size_t main = heading % 2 == 0 ? 1 : 0;
  const std::size_t across = 1 - main;
  const double sign = heading < 2 ? 1 : -1;
  if (word == Preposition::InCorner) {
    touch(rule.axes[main], sign, other[main], own[main]);
    within(rule.axes[across], other[across], own[across]);
    for (AxisRule* axis : {&x, &y}) {
      axis->ordered = false;
      axis->low_least = axis->high_least = -kInfinity;
      axis->high_most = kInfinity;
    }
    if (!object.on_floor) {
      z.low_1 = z.high_1 = -other[2];
      z.low_2 = z.high_2 = own[2];
    }
    return rule;
  }
  touch(rule.axes[main], sign, other[main], own[main]);
  if (!constraint.adjacent) {
    AxisRule& axis = rule.axes[main];
    if (sign > 0) {
      axis.high_from_target = false;
      axis.high_1 = room_m[main] - own[main], axis.high_2 = 0;
    } else {
      axis.low_from_target = false;
      axis.low_1 = own[main], axis.low_2 = 0;
    }
  }
  const bool sized = constraint.adjacent && own[across] != 0.0;
  within(rule.axes[across], other[across], sized ? own[across] : -0.5);
  if (!object.on_floor) {
    z.low_1 = -other[2], z.low_2 = own[2];
    z.high_from_target = false;
    z.high_1 = room_m[2] - own[2], z.high_2 = 0;
  }
  return rule;
}

Result<FlatScene> FlatScene::make(std::span<const FlatEntry> entries,
                                  std::span<const FlatConstraint> constraints,
                                  const std::array<double, 3>& room_m) {
  FlatScene scene;
  scene.entries_ = entries.size();
  scene.objects_ = entries.size() > kLayoutElements ? entries.size() - kLayoutElements : 0;
  if (!sound(room_m)) return invalid("the room's size is not finite or beyond 1e100 m");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const FlatEntry& entry = entries[i];
    if (!sound(entry.position_m) || !sound(entry.size_m) || !sound(entry.angle_deg)) {
      return invalid(fmt::format("entry {} has a number that is not finite or beyond 1e100", i));
    }
    const std::array<double, 3> half = halves(entry.size_m, is_close_to_quarter(entry.angle_deg));
    if (i < scene.objects_) {
      scene.own_positions_m_.push_back(entry.position_m);
      if (entry.thin) continue;
      scene.solid_.push_back(static_cast<std::uint32_t>(i));
      scene.solid_half_m_.push_back(half);
      continue;
    }
    scene.layout_positions_m_.push_back(entry.position_m);
    if (entry.thin) continue;
    std::array<double, 3> low;
    std::array<double, 3> high;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      low[axis] = entry.position_m[axis] - half[axis];
      high[axis] = entry.position_m[axis] + half[axis];
    }
    for (std::size_t k = 0; k < scene.fixed_low_m_.size(); ++k) {
      if (overlap(scene.fixed_low_m_[k], scene.fixed_high_m_[k], low, high)) ++scene.fixed_pairs_;
    }
    scene.fixed_low_m_.push_back(low);
    scene.fixed_high_m_.push_back(high);
  }
  scene.rules_begin_.assign(scene.objects_ + 1, 0);
  std::uint32_t last = 0;
  for (const FlatConstraint& constraint : constraints) {
    if (constraint.entry < last || constraint.entry >= scene.objects_ ||
        constraint.target >= entries.size()) {
      return invalid(
          fmt::format("a constraint of entry {} is out of order or out of range", constraint.entry));
    }
    last = constraint.entry;
    const auto rule = make_rule(constraint, entries[constraint.entry], entries[constraint.target], room_m);
    if (!rule) {
      return invalid(fmt::format("entry {} is turned by {} degrees; a target \"{}\" needs 0, 90, 180 or 270",
                                 constraint.target, entries[constraint.target].angle_deg,
                                 scene::name(constraint.preposition)));
    }
    scene.rules_.push_back(*rule);
    ++scene.rules_begin_[constraint.entry + 1];
  }
  for (std::size_t i = 0; i < scene.objects_; ++i) scene.rules_begin_[i + 1] += scene.rules_begin_[i];
  return scene;
}

std::uint32_t FlatScene::count_colliding(std::span<const std::array<double, 3>> positions_m) const {
  const std::size_t moving = solid_.size();
  const std::size_t all = moving + fixed_low_m_.size();
  // Six rows of bounds, so that the inner loop runs over plain arrays.
  std::vector<double> bounds(6 * all);
  std::array<double*, 3> low;
  std::array<double*, 3> high;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    low[axis] = bounds.data() + 2 * axis * all;
    high[axis] = low[axis] + all;
    for (std::size_t k = 0; k < moving; ++k) {
      const double centre = positions_m[solid_[k]][axis];
      low[axis][k] = centre - solid_half_m_[k][axis];
      high[axis][k] = centre + solid_half_m_[k][axis];
    }
    for (std::size_t k = moving; k < all; ++k) {
      low[axis][k] = fixed_low_m_[k - moving][axis];
      high[axis][k] = fixed_high_m_[k - moving][axis];
    }
  }
  std::uint64_t pairs = fixed_pairs_;
  const double* const low_x = low[0];
  const double* const high_x = high[0];
  const double* const low_y = low[1];
  const double* const high_y = high[1];
  const double* const low_z = low[2];
  const double* const high_z = high[2];
  for (std::size_t i = 0; i < moving; ++i) {
    const double lx = low_x[i], hx = high_x[i], ly = low_y[i], hy = high_y[i], lz = low_z[i], hz = high_z[i];
    std::uint64_t hits = 0;
    for (std::size_t j = i + 1; j < all; ++j) {
      // The smallest of the six penetrations decides; no branch, so the loop runs in vector registers.
      const double in_x = std::min(high_x[j] - lx, hx - low_x[j]);
      const double in_y = std::min(high_y[j] - ly, hy - low_y[j]);
      const double in_z = std::min(high_z[j] - lz, hz - low_z[j]);
      hits += std::min(std::min(in_x, in_y), in_z) > kTouch_m ? 1U : 0U;
    }
    pairs += hits;
  }
  return static_cast<std::uint32_t>(pairs);
}

std::uint32_t FlatScene::count_violating(std::span<const std::array<double, 3>> positions_m) const {
  std::uint32_t violating = 0;
  for (std::size_t i = 0; i < objects_; ++i) {
    const std::array<double, 3>& point = positions_m[i];
    bool satisfied = false;
    for (std::uint32_t r = rules_begin_[i]; r < rules_begin_[i + 1] && !satisfied; ++r) {
      const Rule& rule = rules_[r];
      const std::array<double, 3>& target =
          rule.target < objects_ ? positions_m[rule.target] : layout_positions_m_[rule.target - objects_];
      satisfied = true;
      for (std::size_t k = 0; k < 3 && satisfied; ++k) {
        const AxisRule& axis = rule.axes[k];
        double low = (axis.low_from_target ? target[k] : 0.0) + axis.low_1 + axis.low_2;
        double high = (axis.high_from_target ? target[k] : 0.0) + axis.high_1 + axis.high_2;
        if (axis.ordered && low > high) std::swap(low, high);
        low = std::max(axis.low_least, std::min(low, axis.low_most));
        high = std::max(axis.high_least, std::min(high, axis.high_most));
        satisfied = low <= point[k] && point[k] <= high;
      }
    }
    if (!satisfied) ++violating;
  }
  return violating;
}

FlatVerdict FlatScene::check(std::span<const std::array<double, 3>> positions_m) const {
  METASPATIAL_CHECK(positions_m.size() == objects_, "one position per object");
  FlatVerdict verdict;
  verdict.colliding_pairs = count_colliding(positions_m);
  verdict.violating = count_violating(positions_m);
  const auto n = static_cast<double>(entries_);
  if (entries_ > 1) verdict.collision_ratio = verdict.colliding_pairs / (n * (n - 1) / 2);
  if (objects_ > 0) verdict.constraint_ratio = verdict.violating / static_cast<double>(objects_);
  return verdict;
}

// --- From a JSON value -----------------------------------------------------------------------------------
namespace {

// A number that a double holds exactly, so that the arithmetic is Python's.
std::optional<double> exact_number(const PyValue* value) {
  if (value == nullptr) return std::nullopt;
  if (const auto* number = value->as<double>()) {
    return std::isfinite(*number) ? std::optional(*number) : std::nullopt;
  }
  const auto* number = value->as<Integer>();
  return number != nullptr && number->bit_length() <= 53 ? number->to_double() : std::nullopt;
}

std::optional<std::array<double, 3>> exact_numbers(const PyValue* value,
                                                   const std::array<std::string_view, 3>& keys) {
  const auto* dict = value != nullptr ? value->as<Dict>() : nullptr;
  if (dict == nullptr) return std::nullopt;
  std::array<double, 3> numbers;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto number = exact_number(dict->find(keys[i]));
    if (!number) return std::nullopt;
    numbers[i] = *number;
  }
  return numbers;
}

std::optional<FlatEntry> flat_entry(const Dict& fields) {
  FlatEntry entry;
  const PyValue* size = fields.find("size_in_meters");
  const auto size_m = exact_numbers(size, {"length", "width", "height"});
  const auto position_m = exact_numbers(fields.find("position"), {"x", "y", "z"});
  const PyValue* rotation = fields.find("rotation");
  const auto* angles = rotation != nullptr ? rotation->as<Dict>() : nullptr;
  const auto angle = angles != nullptr ? exact_number(angles->find("z_angle")) : std::nullopt;
  if (!size_m || !position_m || !angle || size->as<Dict>()->size() != 3) return std::nullopt;
  entry.size_m = *size_m;
  entry.position_m = *position_m;
  entry.angle_deg = *angle;
  entry.thin = is_thin(*size_m);
  return entry;
}

}  // namespace

std::optional<FlatScene> FlatScene::from(const PyValue& scene, const PyValue& room) {
  const auto* list = scene.as<PyValue::List>();
  const auto* extent = room.as<PyValue::List>();
  if (list == nullptr || extent == nullptr || extent->size() != 3 || list->size() <= kLayoutElements) {
    return std::nullopt;
  }
  std::array<double, 3> room_m;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto number = exact_number(&(*extent)[i]);
    if (!number) return std::nullopt;
    room_m[i] = *number;
  }
  std::vector<FlatEntry> entries;
  std::unordered_map<std::string, std::uint32_t> index;
  for (const PyValue& value : *list) {
    const auto* fields = value.as<Dict>();
    if (fields == nullptr) return std::nullopt;
    auto entry = flat_entry(*fields);
    const PyValue* id = fields->find("new_object_id");
    const auto* text = id != nullptr ? id->as<std::string>() : nullptr;
    if (!entry || text == nullptr) return std::nullopt;
    if (!index.emplace(*text, static_cast<std::uint32_t>(entries.size())).second) return std::nullopt;
    entry->element = scene::element_from_name(*text);
    if (const PyValue* on_floor = fields->find("is_on_the_floor")) {
      if (on_floor->as<bool>() == nullptr) return std::nullopt;
      entry->on_floor = *on_floor->as<bool>();
    } else if (entries.size() + kLayoutElements < list->size()) {
      return std::nullopt;
    }
    entries.push_back(*entry);
  }
  std::vector<FlatConstraint> constraints;
  for (std::size_t i = 0; i + kLayoutElements < list->size(); ++i) {
    const PyValue* placement = (*list)[i].as<Dict>()->find("placement");
    const auto* groups = placement != nullptr ? placement->as<Dict>() : nullptr;
    if (groups == nullptr) return std::nullopt;
    for (const std::string_view group : {"room_layout_elements", "objects_in_room"}) {
      const PyValue* value = groups->find(group);
      const auto* related = value != nullptr ? value->as<PyValue::List>() : nullptr;
      if (related == nullptr) return std::nullopt;
      for (const PyValue& relation : *related) {
        const auto* fields = relation.as<Dict>();
        if (fields == nullptr) return std::nullopt;
        const auto text_of = [&](std::string_view key) -> const std::string* {
          const PyValue* found = fields->find(key);
          return found != nullptr ? found->as<std::string>() : nullptr;
        };
        const std::string* word = text_of("preposition");
        const std::string* target =
            text_of(fields->find("layout_element_id") != nullptr ? "layout_element_id" : "object_id");
        if (word == nullptr || target == nullptr) return std::nullopt;
        const auto preposition = scene::preposition_from_name(*word);
        const auto found = index.find(*target);
        const PyValue* adjacent = fields->find("is_adjacent");
        if (!preposition || found == index.end() ||
            (adjacent != nullptr && adjacent->as<bool>() == nullptr)) {
          return std::nullopt;
        }
        constraints.push_back({static_cast<std::uint32_t>(i), found->second, *preposition,
                               adjacent == nullptr || *adjacent->as<bool>()});
      }
    }
  }
  auto flat = make(entries, constraints, room_m);
  if (!flat) return std::nullopt;
  return *std::move(flat);
}

// --- From a graph of ours --------------------------------------------------------------------------------
namespace {

double angle_deg_of(double yaw_rad) {
  double angle = std::fmod(scene::deg_from_rad(yaw_rad), 360.0);
  if (angle < 0) angle += 360.0;
  const double nearest = 90.0 * std::round(angle / 90.0);
  if (std::abs(angle - nearest) < 1e-6) angle = nearest == 360.0 ? 0.0 : nearest;
  return angle;
}

FlatEntry layout_entry(Element element, const scene::RoomSize& room) {
  const double length = room.length_m, width = room.width_m, height = room.height_m;
  FlatEntry entry;
  entry.element = element;
  switch (element) {
    case Element::SouthWall:
    case Element::NorthWall: {
      const bool south = element == Element::SouthWall;
      entry.position_m = {length / 2, south ? 0.0 : width, height / 2};
      entry.size_m = {length, 0, height};
      entry.angle_deg = south ? 0 : 180;
      break;
    }
    case Element::EastWall:
    case Element::WestWall: {
      const bool east = element == Element::EastWall;
      entry.position_m = {east ? length : 0.0, width / 2, height / 2};
      entry.size_m = {width, 0, height};
      entry.angle_deg = east ? 270 : 90;
      break;
    }
    case Element::Middle:
    case Element::Ceiling:
      entry.position_m = {length / 2, width / 2, element == Element::Middle ? 0.0 : height};
      entry.size_m = {length, width, 0};
      break;
  }
  return entry;
}

}  // namespace

Result<FlatScene> FlatScene::from(const scene::SceneGraph& graph, std::span<const double> yaws_rad) {
  METASPATIAL_CHECK(yaws_rad.size() == graph.objects.size(), "one yaw per object");
  constexpr Element kElements[] = {Element::SouthWall, Element::NorthWall, Element::EastWall,
                                   Element::WestWall,  Element::Middle,    Element::Ceiling};
  std::vector<FlatEntry> entries;
  std::vector<FlatConstraint> constraints;
  for (std::size_t i = 0; i < graph.objects.size(); ++i) {
    const scene::SceneObject& object = graph.objects[i];
    FlatEntry entry;
    entry.size_m = {object.size_m.x(), object.size_m.y(), object.size_m.z()};
    entry.angle_deg = angle_deg_of(yaws_rad[i]);
    entry.on_floor = object.on_floor;
    entry.thin = is_thin(entry.size_m);
    entries.push_back(entry);
    for (const scene::Relation& relation : object.relations) {
      const auto* other = std::get_if<scene::ObjectRef>(&relation.target);
      std::size_t target = graph.objects.size();
      if (other != nullptr) {
        target = static_cast<std::size_t>(other->index);
      } else {
        target += static_cast<std::size_t>(std::get<Element>(relation.target));
      }
      constraints.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(target),
                             relation.preposition, relation.adjacent});
    }
  }
  for (const Element element : kElements) entries.push_back(layout_entry(element, graph.size));
  return make(entries, constraints, {graph.size.length_m, graph.size.width_m, graph.size.height_m});
}

Result<FlatVerdict> reference_verdict(const scene::SceneGraph& graph, const scene::Layout& layout) {
  if (layout.poses.size() != graph.objects.size()) {
    return invalid(fmt::format("{} poses for {} objects", layout.poses.size(), graph.objects.size()));
  }
  std::vector<double> yaws_rad;
  std::vector<std::array<double, 3>> positions_m;
  for (const scene::Pose& pose : layout.poses) {
    if (!pose.position_m.allFinite() || pose.position_m.cwiseAbs().maxCoeff() > 1e100 ||
        !sound(pose.yaw_rad)) {
      return invalid("a pose is not finite or beyond 1e100 m");
    }
    yaws_rad.push_back(pose.yaw_rad);
    positions_m.push_back({pose.position_m.x(), pose.position_m.y(), pose.position_m.z()});
  }
  METASPATIAL_TRY(const FlatScene scene, FlatScene::from(graph, yaws_rad));
  return scene.check(positions_m);
}

}  // namespace metaspatial::physics::reference
