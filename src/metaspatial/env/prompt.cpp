#include "metaspatial/env/prompt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "metaspatial/scene/io.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::env {

namespace {

using scene::format_number;

constexpr double kGrid_m = 0.05;
constexpr double kLargestNumber_m = 12.0;

std::string target_name(const SceneGraph& graph, const scene::Target& target) {
  if (const auto* element = std::get_if<scene::Element>(&target)) return std::string(scene::name(*element));
  return graph.objects[static_cast<std::size_t>(std::get<scene::ObjectRef>(target).index)].id;
}

int yaw_deg(double yaw_rad) {
  const int deg = static_cast<int>(std::lround(scene::deg_from_rad(yaw_rad))) % 360;
  return deg < 0 ? deg + 360 : deg;
}

double on_grid(double value_m) {
  return std::round(value_m / kGrid_m) * kGrid_m;
}

/// The corners of a polygonal floor as numbers: "0 0 6 0 6 2 3 2 3 4 0 4".
std::string compact_floor(const SceneGraph& graph) {
  std::string text;
  for (const scene::Vec2& corner : graph.floor_m)
    text += fmt::format(" {} {}", format_number(corner.x()), format_number(corner.y()));
  return text;
}

/// "[0, 0], [6, 0], ...".
std::string full_floor(const SceneGraph& graph) {
  std::string text;
  for (const scene::Vec2& corner : graph.floor_m)
    text += fmt::format("{}[{}, {}]", text.empty() ? "" : ", ", format_number(corner.x()),
                        format_number(corner.y()));
  return text;
}

std::string compact_question(const SceneGraph& graph) {
  std::string text = fmt::format("room {} {} {}", format_number(graph.size.length_m),
                                 format_number(graph.size.width_m), format_number(graph.size.height_m));
  if (!graph.floor_m.empty()) text += fmt::format("\n* floor{}", compact_floor(graph));
  if (graph.openings_in_text) text += openings_text(graph);
  for (const auto& object : graph.objects) {
    text += fmt::format("{}{} {} {} {}", kLinePiece, object.id, format_number(object.size_m.x()),
                        format_number(object.size_m.y()), format_number(object.size_m.z()));
    if (object.file_yaw_rad) {
      text += fmt::format(" yaw {}", yaw_deg(*object.file_yaw_rad));
    } else if (object.facing) {
      text += fmt::format("; faces {}", target_name(graph, *object.facing));
    }
    if (!object.on_floor) text += "; off floor";
    for (const auto& relation : object.relations) {
      text += fmt::format("; {} {}", scene::name(relation.preposition), target_name(graph, relation.target));
      if (std::holds_alternative<scene::ObjectRef>(relation.target) && !relation.adjacent)
        text += " not adjacent";
    }
  }
  return text;
}

std::string full_question(const SceneGraph& graph) {
  // A number of the user's wish may contain anything: it is quoted as JSON, so that it cannot end its own
  // line.
  Json objects = Json::array();
  Json rows = scene::scene_graph_json(graph);
  for (std::size_t i = 0; i < graph.objects.size(); ++i) {
    rows[i].erase("position");
    objects.push_back(rows[i]);
  }
  const std::string floor = graph.floor_m.empty() ? std::string()
                                                  : fmt::format(
                                                        "The floor is a polygon with corners [x, y]: {}. The "
                                                        "room's sizes and the origin are those of the "
                                                        "rectangle around it. Each side of the polygon is a "
                                                        "part of the wall whose direction into the "
                                                        "room is nearest to its own.\n",
                                                        full_floor(graph));
  std::string text = fmt::format(
      "The picture shows an empty room. Furnish it: give the centre of every object listed below, in "
      "metres.\n"
      "Room: {} m long (x, west to east), {} m wide (y, south to north), {} m high (z). The origin is the "
      "south-west corner of the floor.\n"
      "{}"
      "Layout elements: south_wall (y = 0), north_wall (y = {}), east_wall (x = {}), west_wall (x = 0), "
      "middle of "
      "the room (the floor), ceiling (z = {}).\n"
      "Wish: {}\n",
      format_number(graph.size.length_m), format_number(graph.size.width_m),
      format_number(graph.size.height_m), floor, format_number(graph.size.width_m),
      format_number(graph.size.length_m), format_number(graph.size.height_m),
      dump_json(Json(graph.user_preference)));
  if (graph.openings_in_text && !graph.openings.empty())
    text += "Doors and windows: " + dump_json(scene::openings_json(graph)) + "\n";
  text +=
      "Rules: objects must not collide, must stay inside the room, must rest on something, must keep doors "
      "and "
      "windows clear, and must satisfy every relation of their placement. Sizes are length (side to side), "
      "width "
      "(back to front) and height. Angles are clockwise from north. Left, right, in front and behind are "
      "meant "
      "as the other object sees them.\n"
      "First think inside <think> </think>. Then answer with exactly one list, each object once:\n"
      "<answer>[{\"new_object_id\": \"...\", \"x\": 0.0, \"y\": 0.0, \"z\": 0.0}]</answer>\n"
      "You may add \"z_angle\" (degrees) to turn an object and \"why\" (text) to explain it.\n"
      "Objects:\n" +
      dump_json(objects, 1);
  return text;
}

std::string compact_fault(const SceneGraph& graph, const physics::Fault& fault, int object) {
  const std::string metres = format_number(std::max(kGrid_m, on_grid(fault.magnitude)));
  switch (fault.kind) {
    case physics::FaultKind::Overlap: {
      const int other = fault.object == object ? fault.other : fault.object;
      return fmt::format("; overlaps {} {}", graph.objects[static_cast<std::size_t>(other)].id, metres);
    }
    case physics::FaultKind::OutOfRoom:
      return fmt::format("; out of room {}", metres);
    case physics::FaultKind::Relation: {
      const auto& relation =
          graph.objects[static_cast<std::size_t>(object)].relations[static_cast<std::size_t>(fault.other)];
      return fmt::format("; not {} {} {}", scene::name(relation.preposition),
                         target_name(graph, relation.target), metres);
    }
    case physics::FaultKind::Support:
      return fmt::format("; unsupported {}", metres);
    case physics::FaultKind::DoorBlocked:
    case physics::FaultKind::WindowBlocked:
      return fmt::format("; blocks {} {}", graph.openings[static_cast<std::size_t>(fault.other)].id, metres);
    case physics::FaultKind::Facing:
    case physics::FaultKind::TooFar:
    case physics::FaultKind::Access:
    case physics::FaultKind::Turned:
    case physics::FaultKind::NotFlush:
    case physics::FaultKind::OutOfRow:
      break;  // the compact form, version 1, speaks of physical faults only
  }
  return {};
}

}  // namespace

std::string openings_text(const SceneGraph& graph) {
  std::string text;
  for (const auto& opening : graph.openings) {
    text += fmt::format("\n* {} at {} {} {}", opening.id, scene::name(scene::element_of(opening.wall)),
                        format_number(opening.centre_m), format_number(opening.width_m));
  }
  return text;
}

std::string question_text(const SceneGraph& graph, PromptStyle style) {
  return style == PromptStyle::Compact ? compact_question(graph) : full_question(graph);
}

std::string feedback_text(const SceneGraph& graph, const physics::Report& report, double reward,
                          PromptStyle style) {
  if (style == PromptStyle::Full) {
    std::string text =
        fmt::format("The picture shows the room as you furnished it. Your reward was {}. Faults:\n",
                    std::isfinite(reward) ? format_number(reward) : std::string("not graded"));
    for (std::size_t i = 0; i < graph.objects.size(); ++i) {
      std::string faults;
      for (const auto& fault : report.faults) {
        if (fault.object == static_cast<int>(i))
          faults += fmt::format("- {}\n", physics::describe(graph, fault));
      }
      text += faults.empty() ? fmt::format("- {}: no fault\n", graph.objects[i].id) : faults;
    }
    return text +
           "Answer again in the same form, with every object, or with <answer>keep</answer> to leave it so.";
  }
  // A judge that failed leaves no number to tell.
  std::string text = std::isfinite(reward) ? fmt::format("reward {}", format_number(on_grid(reward)))
                                           : std::string("no reward");
  for (std::size_t i = 0; i < graph.objects.size(); ++i) {
    const int index = static_cast<int>(i);
    std::string faults;
    for (const auto& fault : report.faults) {
      const bool mine =
          fault.object == index || (fault.kind == physics::FaultKind::Overlap && fault.other == index);
      if (mine) faults += compact_fault(graph, fault, index);
    }
    text += fmt::format("{}{}{}", kLinePiece, graph.objects[i].id, faults.empty() ? " ok" : faults);
  }
  return text;
}

std::string unreadable_text(std::string_view reason, PromptStyle style) {
  if (style == PromptStyle::Compact) return "unreadable";
  return fmt::format("Your answer could not be read: {}. Answer again in the form that was asked for.",
                     reason);
}

std::string blank_feedback_text(PromptStyle style) {
  return style == PromptStyle::Compact ? "again" : "Answer again in the same form, with every object.";
}

std::string answer_text(const SceneGraph& graph, const Layout& layout, const AnswerText& text) {
  std::string out = fmt::format("<think>{}</think><answer>[", text.think);
  for (std::size_t i = 0; i < graph.objects.size(); ++i) {
    const auto& position = layout.poses[i].position_m;
    const std::string id = dump_json(Json(graph.objects[i].id));
    out += fmt::format("{}{{\"new_object_id\":{}", i == 0 ? "" : ",", id);
    if (i < text.why.size() && !text.why[i].empty()) out += ",\"why\":" + dump_json(Json(text.why[i]));
    out += fmt::format(",\"x\": {},\"y\": {},\"z\": {}}}", format_number(position.x()),
                       format_number(position.y()), format_number(position.z()));
  }
  return out + "]</answer>";
}

std::string reasoning_text(const SceneGraph& graph, const Layout& layout, int i) {
  const auto& object = graph.objects[static_cast<std::size_t>(i)];
  const auto& position = layout.poses[static_cast<std::size_t>(i)].position_m;
  std::string text;
  for (const auto& relation : object.relations) {
    const auto* target = std::get_if<scene::ObjectRef>(&relation.target);
    if (target == nullptr) continue;
    const auto& other = layout.poses[static_cast<std::size_t>(target->index)];
    const std::string& other_id = graph.objects[static_cast<std::size_t>(target->index)].id;
    const bool sideways = relation.preposition == scene::Preposition::LeftOf ||
                          relation.preposition == scene::Preposition::RightOf;
    const bool lengthways = relation.preposition == scene::Preposition::InFront ||
                            relation.preposition == scene::Preposition::Behind;
    text += text.empty() ? other_id : "; " + other_id;
    if (!sideways && !lengthways) {
      // On, under, above: the other's place in plan.
      text +=
          fmt::format(" x {} y {}", format_number(other.position_m.x()), format_number(other.position_m.y()));
      continue;
    }
    const scene::Vec2 own_axis =
        sideways ? scene::right_axis(other.yaw_rad) : scene::front_axis(other.yaw_rad);
    const int axis = std::abs(own_axis.x()) > 0.5 ? 0 : 1;
    // The direction is the one that the layout took, right or wrong: the words always agree with the numbers.
    const bool positive = position[axis] >= other.position_m[axis];
    const double other_half_m = scene::half_extent_m(
        graph.objects[static_cast<std::size_t>(target->index)].size_m, other.yaw_rad)[axis];
    const double own_half_m =
        scene::half_extent_m(object.size_m, layout.poses[static_cast<std::size_t>(i)].yaw_rad)[axis];
    text += fmt::format(" yaw {} {}{} {} {} {} {} {} {}", yaw_deg(other.yaw_rad), axis == 0 ? "x" : "y",
                        positive ? "+" : "-", format_number(other.position_m[axis]),
                        format_number(other_half_m), format_number(own_half_m), format_number(position[axis]),
                        axis == 0 ? "y" : "x", format_number(other.position_m[1 - axis]));
  }
  return text;
}

std::vector<std::string> compact_vocabulary() {
  std::vector<std::string> pieces;
  for (int step = 0; step <= static_cast<int>(std::lround(kLargestNumber_m / kGrid_m)); ++step)
    pieces.push_back(" " + format_number(step * kGrid_m));
  pieces.push_back(" 0.01");
  for (const auto& kind : scene::all_kinds()) pieces.emplace_back(kind.name);
  for (const char* opening : {"door", "window"}) pieces.emplace_back(opening);
  for (int number = 1; number <= 24; ++number) pieces.push_back(fmt::format("_{}", number));
  for (int element = 0; element < 6; ++element)
    pieces.emplace_back(scene::name(static_cast<scene::Element>(element)));
  for (int preposition = 0; preposition <= static_cast<int>(scene::Preposition::InMiddle); ++preposition) {
    const auto word = scene::name(static_cast<scene::Preposition>(preposition));
    pieces.push_back(fmt::format("; {} ", word));
    pieces.push_back(fmt::format("; not {} ", word));
  }
  for (const char* piece : {"room",
                            "\n* ",
                            " at ",
                            " yaw 0",
                            " yaw 90",
                            " yaw 180",
                            " yaw 270",
                            "; faces ",
                            "; off floor",
                            " not adjacent",
                            "; overlaps ",
                            "; out of room",
                            "; unsupported",
                            "; blocks ",
                            " ok",
                            "reward",
                            "unreadable",
                            "again",
                            "move",
                            " x+",
                            " x-",
                            " y+",
                            " y-",
                            " x",
                            " y",
                            "; ",
                            " ",
                            "<think>",
                            "</think><answer>[",
                            "</think><answer>keep</answer>",
                            "\",\"why\":\"",
                            "\",\"x\":",
                            ",\"y\":",
                            ",\"z\":",
                            "},",
                            "}]</answer>",
                            "user\n",
                            "assistant\n"})
    pieces.emplace_back(piece);
  pieces.emplace_back(kLinePiece);
  pieces.emplace_back(kEntryPiece);
  // A kind may share its name with another piece ("door"); a tokenizer holds each text once.
  std::vector<std::string> unique;
  for (auto& piece : pieces) {
    if (std::find(unique.begin(), unique.end(), piece) == unique.end()) unique.push_back(std::move(piece));
  }
  return unique;
}

double compact_number(std::string_view piece) {
  if (piece.size() < 2 || piece.front() != ' ' || piece[1] < '0' || piece[1] > '9')
    return std::numeric_limits<double>::quiet_NaN();
  const std::string text(piece.substr(1));
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return *end == '\0' ? value : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace metaspatial::env
