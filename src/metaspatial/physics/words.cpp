#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <variant>

#include "metaspatial/base/error.hpp"
#include "metaspatial/physics/box.hpp"
#include "metaspatial/physics/fault.hpp"
#include "metaspatial/physics/relations.hpp"
#include "metaspatial/physics/support.hpp"

namespace metaspatial::physics {
namespace {

using scene::Opening;
using scene::Relation;
using scene::SceneObject;

const SceneObject& object_of(const SceneGraph& graph, int i) {
  METASPATIAL_CHECK(i >= 0 && i < static_cast<int>(graph.objects.size()),
                    "a fault of an object of this graph");
  return graph.objects[static_cast<std::size_t>(i)];
}

const Opening& opening_of(const SceneGraph& graph, int i) {
  METASPATIAL_CHECK(i >= 0 && i < static_cast<int>(graph.openings.size()),
                    "a fault at an opening of this graph");
  return graph.openings[static_cast<std::size_t>(i)];
}

const Relation& relation_of(const SceneGraph& graph, int i, int r) {
  const SceneObject& object = object_of(graph, i);
  METASPATIAL_CHECK(r >= 0 && r < static_cast<int>(object.relations.size()), "a relation of this object");
  return object.relations[static_cast<std::size_t>(r)];
}

/// The border that the largest part of a move back into the room leads away from.
std::string_view crossed_border(const Vec3& move_m) {
  int axis = 0;
  move_m.cwiseAbs().maxCoeff(&axis);
  const bool up = move_m[axis] > 0;
  if (axis == 0) return up ? "west_wall" : "east_wall";
  if (axis == 1) return up ? "south_wall" : "north_wall";
  return up ? "floor" : "ceiling";
}

/// What the object of a facing fault should face.
std::string faced_name(const SceneGraph& graph, const Fault& fault) {
  if (fault.other >= 0) return object_of(graph, fault.other).id;
  const auto& facing = object_of(graph, fault.object).facing;
  const auto* element = facing ? std::get_if<scene::Element>(&*facing) : nullptr;
  return element != nullptr ? fmt::format("the {}", scene::name(*element))
                            : std::string("what it should face");
}

}  // namespace

std::string_view name(FaultKind kind) {
  switch (kind) {
    case FaultKind::Overlap:
      return "overlap";
    case FaultKind::OutOfRoom:
      return "out_of_room";
    case FaultKind::Relation:
      return "relation";
    case FaultKind::Support:
      return "support";
    case FaultKind::DoorBlocked:
      return "door_blocked";
    case FaultKind::WindowBlocked:
      return "window_blocked";
    case FaultKind::Facing:
      return "facing";
    case FaultKind::TooFar:
      return "too_far";
    case FaultKind::Access:
      return "access";
    case FaultKind::Turned:
      return "turned";
    case FaultKind::NotFlush:
      return "not_flush";
    case FaultKind::OutOfRow:
      return "out_of_row";
  }
  return "unknown";
}

FaultGroup group_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::Overlap:
    case FaultKind::OutOfRoom:
    case FaultKind::Relation:
    case FaultKind::Support:
    case FaultKind::DoorBlocked:
    case FaultKind::WindowBlocked:
      return FaultGroup::Physical;
    case FaultKind::Facing:
    case FaultKind::TooFar:
    case FaultKind::Access:
      return FaultGroup::Use;
    case FaultKind::Turned:
    case FaultKind::NotFlush:
    case FaultKind::OutOfRow:
      return FaultGroup::Alignment;
  }
  return FaultGroup::Physical;
}

std::string_view name(FaultGroup group) {
  switch (group) {
    case FaultGroup::Physical:
      return "physical";
    case FaultGroup::Use:
      return "use";
    case FaultGroup::Alignment:
      return "alignment";
  }
  return "unknown";
}

std::string_view name(Side side) {
  switch (side) {
    case Side::Front:
      return "front";
    case Side::Back:
      return "back";
    case Side::Left:
      return "left side";
    case Side::Right:
      return "right side";
  }
  return "side";
}

std::string describe(const SceneGraph& graph, const Fault& fault) {
  const SceneObject& object = object_of(graph, fault.object);
  const double m = fault.magnitude;
  switch (fault.kind) {
    case FaultKind::Overlap:
      return fmt::format("{} overlaps {} by {:.2f} m", object.id, object_of(graph, fault.other).id, m);
    case FaultKind::OutOfRoom: {
      const std::string_view border = crossed_border(fault.push_m);
      // The share tells a corner that pokes out from a thing that stands outside.
      return fmt::format("{} is {:.2f} m out of the room, {} the {}", object.id, m,
                         border == "floor"     ? "below"
                         : border == "ceiling" ? "above"
                                               : "beyond",
                         border);
    }
    case FaultKind::Relation:
      return fmt::format("{} is not {}: {:.2f} m off", object.id,
                         place_phrase(graph, relation_of(graph, fault.object, fault.other)), m);
    case FaultKind::Support: {
      const SupportModes modes = support_modes(graph, fault.object);
      const bool plain_drop = std::hypot(fault.push_m.x(), fault.push_m.y()) < kRounding_m;
      if (modes.floor && plain_drop)
        return fault.push_m.z() < 0 ? fmt::format("{} floats {:.2f} m above the floor", object.id, m)
                                    : fmt::format("{} is sunk {:.2f} m into the floor", object.id, m);
      if (modes.ceiling && !modes.on_top && !modes.wall)
        return fmt::format("{} is {:.2f} m {} the ceiling", object.id, m,
                           fault.push_m.z() > 0 ? "below" : "above");
      if (modes.wall && !modes.on_top && !modes.ceiling)
        return fmt::format("{} hangs {:.2f} m away from any wall", object.id, m);
      return fmt::format("{} rests on nothing: {:.2f} m from the nearest support", object.id, m);
    }
    case FaultKind::DoorBlocked:
      return fmt::format("{} is {:.2f} m inside the swing of {}", object.id, m,
                         opening_of(graph, fault.other).id);
    case FaultKind::WindowBlocked:
      return fmt::format("{} covers {} by {:.2f} m", object.id, opening_of(graph, fault.other).id, m);
    case FaultKind::Facing:
      return fmt::format("{} is turned {:.0f} degrees away from {}", object.id, scene::deg_from_rad(m),
                         faced_name(graph, fault));
    case FaultKind::TooFar:
      return fmt::format("{} is {:.2f} m away from {}", object.id, m, object_of(graph, fault.other).id);
    case FaultKind::Access:
      return fmt::format("the {} of {} is {:.0f} % free: {} is in the way", name(fault.side), object.id,
                         100 * fault.share,
                         fault.other >= 0 ? object_of(graph, fault.other).id : std::string("a wall"));
    case FaultKind::Turned:
      return fmt::format("{} stands {:.0f} degrees askew", object.id, scene::deg_from_rad(m));
    case FaultKind::NotFlush:
      return fmt::format("{} stands {:.2f} m off the wall behind it", object.id, m);
    case FaultKind::OutOfRow:
      return fmt::format("{} is {:.2f} m out of its row", object.id, m);
  }
  return {};
}

std::string brief(const SceneGraph& graph, const Fault& fault) {
  const double m = fault.magnitude;
  switch (fault.kind) {
    case FaultKind::Overlap:
      return fmt::format("overlap {:.2f} m", m);
    case FaultKind::OutOfRoom:
      return fmt::format("{:.2f} m out of the room", m);
    case FaultKind::Relation: {
      // What an arrow leads to need not be named, but for "on": a wall says more than the word.
      const Relation& relation = relation_of(graph, fault.object, fault.other);
      const bool on_element = relation.preposition == scene::Preposition::On &&
                              std::holds_alternative<scene::Element>(relation.target);
      return fmt::format(
          "not {}: {:.2f} m off",
          on_element ? place_phrase(graph, relation) : std::string(scene::name(relation.preposition)), m);
    }
    case FaultKind::Support: {
      const SupportModes modes = support_modes(graph, fault.object);
      const bool plain_drop = std::hypot(fault.push_m.x(), fault.push_m.y()) < kRounding_m;
      if (modes.floor && plain_drop)
        return fmt::format("{} {:.2f} m", fault.push_m.z() < 0 ? "floats" : "sunk", m);
      if (modes.ceiling && !modes.on_top && !modes.wall)
        return fmt::format("{:.2f} m {} the ceiling", m, fault.push_m.z() > 0 ? "below" : "above");
      if (modes.wall && !modes.on_top && !modes.ceiling) return fmt::format("{:.2f} m from any wall", m);
      return fmt::format("rests on nothing: {:.2f} m", m);
    }
    case FaultKind::DoorBlocked:
      return fmt::format("{:.2f} m in the swing of {}", m, opening_of(graph, fault.other).id);
    case FaultKind::WindowBlocked:
      return fmt::format("covers {} by {:.2f} m", opening_of(graph, fault.other).id, m);
    case FaultKind::Facing:
      return fmt::format("turned {:.0f} degrees away", scene::deg_from_rad(m));
    case FaultKind::TooFar:
      return fmt::format("{:.2f} m away", m);
    case FaultKind::Access:
      return fmt::format("{} {:.0f} % free", name(fault.side), 100 * fault.share);
    case FaultKind::Turned:
      return fmt::format("{:.0f} degrees askew", scene::deg_from_rad(m));
    case FaultKind::NotFlush:
      return fmt::format("{:.2f} m off the wall", m);
    case FaultKind::OutOfRow:
      return fmt::format("{:.2f} m out of its row", m);
  }
  return {};
}

std::string remedy(const SceneGraph& graph, const Fault& fault) {
  static constexpr std::array<std::array<std::string_view, 2>, 3> kDirections = {
      {{"west", "east"}, {"south", "north"}, {"down", "up"}}};
  std::string moves;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double step = fault.push_m[static_cast<int>(axis)];
    if (std::abs(step) < 0.005) continue;  // prints as 0.00
    if (!moves.empty()) moves += " and ";
    moves += fmt::format("{:.2f} m {}", std::abs(step), kDirections[axis][step > 0 ? 1 : 0]);
  }
  const SceneObject& object = object_of(graph, fault.object);
  if (is_angle(fault.kind))
    return fmt::format("a turn of {:.0f} degrees {} would {}", std::abs(scene::deg_from_rad(fault.turn_rad)),
                       fault.turn_rad > 0 ? "clockwise" : "counterclockwise",
                       fault.kind == FaultKind::Facing ? "point it there" : "straighten it");
  if (fault.kind == FaultKind::Access)
    return fmt::format("a free strip of {:.2f} m there would do", Rules{}.access_depth_m);
  if (moves.empty()) return fmt::format("no move helps {}; another orientation may", object.id);
  switch (fault.kind) {
    case FaultKind::Overlap:
      return fmt::format("{} would free it", moves);
    case FaultKind::OutOfRoom:
      return fmt::format("{} would bring it inside", moves);
    case FaultKind::Relation:
      return fmt::format("{} would put it in its place", moves);
    case FaultKind::Support:
      return fmt::format("{} would hold it up", moves);
    case FaultKind::DoorBlocked:
    case FaultKind::WindowBlocked:
      return fmt::format("{} would clear {}", moves, opening_of(graph, fault.other).id);
    case FaultKind::TooFar:
      return fmt::format("{} would bring it near", moves);
    case FaultKind::NotFlush:
      return fault.magnitude < 0.5 * Rules{}.free_standing_m
                 ? fmt::format("{} would put it at the wall", moves)
                 : fmt::format("{} would set it free", moves);
    case FaultKind::OutOfRow:
      return fmt::format("{} would put it in line", moves);
    case FaultKind::Facing:
    case FaultKind::Access:
    case FaultKind::Turned:
      break;
  }
  return {};
}

}  // namespace metaspatial::physics
