#include "metaspatial/physics/reference_boxes.hpp"

#include <fmt/format.h>

#include <optional>

namespace metaspatial::physics::reference {
namespace {

enum Axis : std::size_t { kX = 0, kY = 1, kZ = 2 };
constexpr std::string_view kAxisNames[] = {"x", "y", "z"};
constexpr std::string_view kSizeNames[] = {"length", "width", "height"};

PyValue half(const PyValue& value) {
  return value / PyValue(2);
}

// The sizes of an object on the room's axes: length and width change places if it is turned by a quarter.
class Size {
 public:
  explicit Size(const PyValue& object) : size_(item(object, "size_in_meters")) {}
  void turn_with(const PyValue& object) {
    const PyValue& angle = item(item(object, "rotation"), "z_angle");
    if (!equals_number(angle, 90.0) && !equals_number(angle, 270.0)) return;
    (void)item(size_, kSizeNames[kY]);
    (void)item(size_, kSizeNames[kX]);
    turned_ = true;
  }
  [[nodiscard]] const PyValue& on(Axis axis) const {
    const Axis own = !turned_ || axis == kZ ? axis : axis == kX ? kY : kX;
    return item(size_, kSizeNames[own]);
  }
  [[nodiscard]] PyValue half_on(Axis axis) const { return half(on(axis)); }

 private:
  const PyValue& size_;
  bool turned_ = false;
};

PyValue position_of(const PyValue& target, Axis axis) {
  return item(item(target, "position"), kAxisNames[axis]);
}

// Bounds on one axis while a box is being made.
struct Interval {
  PyValue low;
  PyValue high;
  void order() {
    if (less(high, low)) std::swap(low, high);
  }
};

// The upper bound is cut to the room and then lifted to half of the object; the lower one is only lifted.
void clamp_high(PyValue& high, const Size& size, Axis axis, const PyValue& room) {
  high = max(size.half_on(axis), min(high, item(room, axis) - size.half_on(axis)));
}
void clamp_low(PyValue& low, const Size& size, Axis axis) {
  low = max(low, PyValue(0.0) + size.half_on(axis));
}
void clamp(Interval& interval, const Size& size, Axis axis, const PyValue& room) {
  clamp_high(interval.high, size, axis, room);
  clamp_low(interval.low, size, axis);
}

Box box_of(Interval x, Interval y, Interval z) {
  return {std::move(x.low),  std::move(x.high), std::move(y.low),
          std::move(y.high), std::move(z.low),  std::move(z.high)};
}

// Quarter turns of the target, or UnboundLocalError: the reference has no branch for other angles.
int quarters_of(const PyValue& target, std::string_view unbound) {
  const PyValue& angle = item(item(target, "rotation"), "z_angle");
  for (int quarters = 0; quarters < 4; ++quarters) {
    if (equals_number(angle, 90.0 * quarters)) return quarters;
  }
  throw PyError{
      PyErrorKind::UnboundLocalError,
      fmt::format("cannot access local variable '{}' where it is not associated with a value", unbound)};
}

// From the far faces inwards: the object stays within the target's extent.
Interval within(const PyValue& target, Axis axis, const PyValue& half_target, const PyValue& half_object) {
  const PyValue centre = position_of(target, axis);
  return {centre - half_target + half_object, centre + half_target - half_object};
}
// Half of the object may stick out on either side.
Interval around(const PyValue& target, Axis axis, const PyValue& half_target, const PyValue& half_object) {
  const PyValue centre = position_of(target, axis);
  return {centre - half_target - half_object, centre + half_target + half_object};
}
// In contact with the target's face towards +axis or -axis.
PyValue beside(const PyValue& target, Axis axis, bool positive, const PyValue& half_target,
               const PyValue& half_object) {
  const PyValue centre = position_of(target, axis);
  return positive ? centre + half_target + half_object : centre - half_target - half_object;
}

// A direction in the room: where "left of" or "in front" of a turned target points.
struct Direction {
  Axis axis;
  bool positive;
};
enum class Side { Left, Right, Front, Behind };
Direction direction_of(Side side, int quarters) {
  // Front of a target at 0 is +y, then +x, -y, -x as it turns clockwise; left at 0 is -x, then +y, +x, -y.
  constexpr Direction kFront[] = {{kY, true}, {kX, true}, {kY, false}, {kX, false}};
  constexpr Direction kLeft[] = {{kX, false}, {kY, true}, {kX, true}, {kY, false}};
  const bool forward = side == Side::Front || side == Side::Behind;
  Direction direction = forward ? kFront[quarters] : kLeft[quarters];
  if (side == Side::Right || side == Side::Behind) direction.positive = !direction.positive;
  return direction;
}

Box sideways_box(Side side, const PyValue& object, const PyValue& target, const PyValue& is_adjacent,
                 bool on_floor, const PyValue& room) {
  Size size(object);
  const Size target_size(target);
  size.turn_with(object);

  Interval z;
  z.low = on_floor ? size.half_on(kZ) : position_of(target, kZ) - target_size.half_on(kZ) + size.half_on(kZ);
  z.high = on_floor ? size.half_on(kZ) : item(room, kZ) - size.half_on(kZ);

  const int quarters = quarters_of(target, "x_min");
  const Direction direction = direction_of(side, quarters);
  const bool forward = side == Side::Front || side == Side::Behind;
  // The target's size is not turned: its width lies along its own front, whatever the room axis.
  const Axis target_main = forward ? kY : kX;
  const Axis target_side = forward ? kX : kY;

  // Along the direction: contact, or anything from contact to the wall.
  const Axis main = direction.axis;
  Interval along;
  along.low = along.high =
      beside(target, main, direction.positive, target_size.half_on(target_main), size.half_on(main));
  if (!truthy(is_adjacent)) {
    if (direction.positive) {
      along.high = item(room, main) - size.half_on(main);
    } else {
      along.low = size.half_on(main);
    }
  }

  // Across it. `not` binds looser than `*` in the reference, so its second term is a truth value, not a size:
  // a non-adjacent object may stick out half a metre, whatever its size.
  const Axis across_axis = main == kX ? kY : kX;
  const PyValue product = is_adjacent * size.on(across_axis);
  const PyValue band = half(product - PyValue(!truthy(product)));
  const PyValue centre = position_of(target, across_axis);
  const PyValue half_target = target_size.half_on(target_side);
  Interval across{centre - half_target + band, centre + half_target - band};
  // Three branches of the reference write the two ends the other way round; with NaN that is visible.
  const bool reversed = (side == Side::Right && quarters >= 2) || (side == Side::Behind && quarters == 3);
  if (reversed) std::swap(across.low, across.high);

  along.order();
  across.order();
  Interval& x = main == kX ? along : across;
  Interval& y = main == kX ? across : along;
  clamp(x, size, kX, room);
  clamp(y, size, kY, room);
  return box_of(x, y, z);
}

Box above_box(const PyValue& object, const PyValue& target, bool on_floor, const PyValue& room) {
  Size size(object);
  const Size target_size(target);
  size.turn_with(object);
  Interval z;
  z.low = on_floor ? size.half_on(kZ) : beside(target, kZ, true, target_size.half_on(kZ), size.half_on(kZ));
  z.high = on_floor ? size.half_on(kZ) : item(room, kZ);
  const bool turned = quarters_of(target, "x_min") % 2 == 1;
  Interval x = around(target, kX, target_size.half_on(turned ? kY : kX), size.half_on(kX));
  Interval y = around(target, kY, target_size.half_on(turned ? kX : kY), size.half_on(kY));
  x.order();
  y.order();
  clamp(x, size, kX, room);
  clamp(y, size, kY, room);
  clamp_high(z.low, size, kZ,
             room);  // the lower bound twice, the upper one never: the centre may be at the ceiling
  clamp_low(z.low, size, kZ);
  return box_of(x, y, z);
}

// The line along the front face of the target, from end to end; never ordered, never clamped.
Box corner_box(const PyValue& object, const PyValue& target, bool on_floor) {
  Size size(object);
  const Size target_size(target);
  size.turn_with(object);
  const PyValue z =
      on_floor ? size.half_on(kZ) : position_of(target, kZ) - target_size.half_on(kZ) + size.half_on(kZ);
  const Direction front = direction_of(Side::Front, quarters_of(target, "x_1"));
  const Axis across = front.axis == kX ? kY : kX;
  const PyValue contact =
      beside(target, front.axis, front.positive, target_size.half_on(kY), size.half_on(front.axis));
  const Interval line = within(target, across, target_size.half_on(kX), size.half_on(across));
  const Interval point{contact, contact};
  return front.axis == kX ? box_of(point, line, {z, z}) : box_of(line, point, {z, z});
}

Box on_box(const PyValue& object, const PyValue& target, bool on_floor, const PyValue& room) {
  Size size(object);
  Size target_size(target);
  size.turn_with(object);
  target_size.turn_with(target);

  const auto* id = item(target, "new_object_id").as<std::string>();
  const auto is = [&](std::string_view wanted) { return id != nullptr && *id == wanted; };
  const bool south = is("south_wall");
  const bool north = is("north_wall");
  const bool east = is("east_wall");
  const bool west = is("west_wall");
  const auto contact = [&](Axis axis, bool positive) {
    const PyValue at = beside(target, axis, positive, target_size.half_on(axis), size.half_on(axis));
    return Interval{at, at};
  };
  const auto inside = [&](Axis axis) {
    return within(target, axis, target_size.half_on(axis), size.half_on(axis));
  };

  Interval x;
  Interval y;
  Interval z;
  if (south || north || east || west) {
    // A line along the inner face of the wall.
    z = on_floor ? Interval{size.half_on(kZ), size.half_on(kZ)} : inside(kZ);
    x = west ? contact(kX, true) : east ? contact(kX, false) : inside(kX);
    y = south ? contact(kY, true) : north ? contact(kY, false) : inside(kY);
  } else {
    // On top, or inside it where the object stands on the floor; below the ceiling, whatever the floor flag
    // says.
    z = is("ceiling") ? contact(kZ, false)
        : on_floor    ? Interval{size.half_on(kZ), size.half_on(kZ)}
                      : contact(kZ, true);
    x = inside(kX);
    y = inside(kY);
  }
  x.order();
  y.order();
  z.order();
  clamp(x, size, kX, room);
  clamp(y, size, kY, room);
  clamp(z, size, kZ, room);
  return box_of(x, y, z);
}

Box under_box(const PyValue& object, const PyValue& target, bool on_floor, const PyValue& room) {
  Size size(object);
  Size target_size(target);
  size.turn_with(object);
  target_size.turn_with(target);
  Interval z;
  z.low = size.half_on(kZ);
  z.high = on_floor ? size.half_on(kZ) : beside(target, kZ, false, target_size.half_on(kZ), size.half_on(kZ));
  Interval x = around(target, kX, target_size.half_on(kX), size.half_on(kX));
  Interval y = around(target, kY, target_size.half_on(kY), size.half_on(kY));
  x.order();
  y.order();
  z.order();
  clamp(x, size, kX, room);
  clamp(y, size, kY, room);
  clamp(z, size, kZ, room);
  return box_of(x, y, z);
}

}  // namespace

Box constraint_box(const PyValue& preposition, const PyValue& object, const PyValue& target,
                   const PyValue& is_adjacent, const PyValue& is_on_the_floor, const PyValue& room) {
  require_hashable(preposition);
  const bool on_floor = truthy(is_on_the_floor);
  if (const auto* word = preposition.as<std::string>()) {
    if (*word == "on" || *word == "in the middle of") return on_box(object, target, on_floor, room);
    if (*word == "under") return under_box(object, target, on_floor, room);
    if (*word == "above") return above_box(object, target, on_floor, room);
    if (*word == "in the corner") return corner_box(object, target, on_floor);
    const auto sideways = [&](Side side) {
      return sideways_box(side, object, target, is_adjacent, on_floor, room);
    };
    if (*word == "left of") return sideways(Side::Left);
    if (*word == "right of") return sideways(Side::Right);
    if (*word == "in front") return sideways(Side::Front);
    if (*word == "behind") return sideways(Side::Behind);
  }
  throw PyError{PyErrorKind::KeyError, preposition.as<std::string>() != nullptr
                                           ? fmt::format("'{}'", *preposition.as<std::string>())
                                           : dump_py_json(preposition)};
}

}  // namespace metaspatial::physics::reference
