#include "metaspatial/app/check_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "metaspatial/app/arguments.hpp"
#include "metaspatial/app/exit_code.hpp"
#include "metaspatial/app/reference_commands.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::app {
namespace {

struct CheckOptions {
  std::vector<std::string> files;
  std::string rules = "ours";
  std::string size;
  std::string dir;
  std::string list;
  bool json = false;
  bool fail_on_faults = false;
};

Json fault_json(const scene::SceneGraph& graph, const physics::Fault& fault) {
  Json json;
  json["kind"] = std::string(physics::name(fault.kind));
  const auto& object = graph.objects[static_cast<std::size_t>(fault.object)];
  json["object"] = object.id;
  if (fault.other >= 0) {
    const auto other = static_cast<std::size_t>(fault.other);
    switch (fault.kind) {
      case physics::FaultKind::Overlap:
        json["other"] = graph.objects[other].id;
        break;
      case physics::FaultKind::Relation: {
        const scene::Relation& relation = object.relations[other];
        json["preposition"] = std::string(scene::name(relation.preposition));
        const auto* target = std::get_if<scene::ObjectRef>(&relation.target);
        json["other"] = target != nullptr
                            ? graph.objects[static_cast<std::size_t>(target->index)].id
                            : std::string(scene::name(std::get<scene::Element>(relation.target)));
        break;
      }
      case physics::FaultKind::DoorBlocked:
      case physics::FaultKind::WindowBlocked:
        json["other"] = graph.openings[other].id;
        break;
      case physics::FaultKind::OutOfRoom:
      case physics::FaultKind::Support:
        break;
    }
  }
  json["magnitude_m"] = fault.magnitude_m;
  json["push_m"] = {fault.push_m.x(), fault.push_m.y(), fault.push_m.z()};
  json["text"] = physics::describe(graph, fault);
  json["remedy"] = physics::remedy(graph, fault);
  return json;
}

Json report_json(const std::string& file, const scene::SceneGraph& graph, const physics::Report& report) {
  Json json;
  json["file"] = file;
  json["rules_version"] = physics::kRulesVersion;
  json["objects"] = graph.objects.size();
  json["faulty_objects"] = report.faulty_share();
  json["colliding_objects"] = report.colliding_share();
  json["out_of_room"] = report.out_share();
  json["broken_relations"] = report.broken_relation_share();
  json["blocking_objects"] = report.blocking_share();
  json["unsupported_objects"] = report.unsupported_share();
  json["colliding_pairs"] = report.colliding_pairs;
  json["relations"] = report.relations;
  json["unsatisfiable_relations"] = report.unsatisfiable_relations;
  json["faults"] = Json::array();
  for (const physics::Fault& fault : report.faults) json["faults"].push_back(fault_json(graph, fault));
  return json;
}

std::string report_text(const std::string& file, const scene::SceneGraph& graph,
                        const physics::Report& report) {
  const std::size_t faulty = static_cast<std::size_t>(std::count_if(
      report.objects.begin(), report.objects.end(), [](const auto& object) { return object.faulty(); }));
  std::string text = fmt::format("{}: {} objects, ", file, graph.objects.size());
  text += report.faults.empty() ? "no faults\n" : fmt::format("{} with faults\n", faulty);
  for (const physics::Fault& fault : report.faults)
    text += fmt::format("  {}; {}\n", physics::describe(graph, fault), physics::remedy(graph, fault));
  if (report.unsatisfiable_relations > 0)
    text += fmt::format("  ({} of {} relations cannot be met in this room by any layout; not counted)\n",
                        report.unsatisfiable_relations, report.relations);
  return text;
}

Result<int> check_ours(const CheckOptions& options) {
  if (options.files.empty()) return fail(ErrorCode::Usage, "no scene file given", "check");
  std::optional<scene::RoomSize> size;
  if (!options.size.empty()) {
    METASPATIAL_TRY(size, parse_size(options.size));
  }
  bool faulty = false;
  int code = kExitDone;
  for (const std::string& file : options.files) {
    const auto checked = [&]() -> Result<std::string> {
      METASPATIAL_TRY(const scene::Scene scene, scene::read_scene_file(file, size));
      if (!scene.layout)
        return invalid(
            "some objects have no position; expected \"position\": {\"x\", \"y\", \"z\"} in every object",
            file);
      const physics::Report report = physics::check(scene.graph, *scene.layout);
      faulty = faulty || !report.faults.empty();
      return options.json ? dump_json(report_json(file, scene.graph, report)) + "\n"
                          : report_text(file, scene.graph, report);
    }();
    if (!checked) {
      // One file is an answer by itself; among several, the others still get theirs.
      if (options.files.size() == 1) return tl::unexpected(checked.error());
      code = std::max(code, report_error(checked.error()));
      if (options.json) {
        METASPATIAL_TRY_VOID(
            write_output("", dump_json(Json{{"file", file}, {"error", to_string(checked.error())}}) + "\n"));
      }
      continue;
    }
    METASPATIAL_TRY_VOID(write_output("", *checked));
  }
  return code == kExitDone && faulty && options.fail_on_faults ? kExitInput : code;
}

Result<int> run(const CheckOptions& options) {
  if (options.rules == "ours") return check_ours(options);
  if (options.list.empty() || options.dir.empty())
    return fail(ErrorCode::Usage, "--rules reference needs --dir (scene files) and --list (rows)", "check");
  METASPATIAL_TRY_VOID(check_reference({options.dir, options.list, options.json}, std::cout));
  return kExitDone;
}

}  // namespace

void add_check_command(Program& program) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command =
      program.add("check", "Say what is wrong with furnished rooms, per object, in metres and in words",
                  "metaspatial check room.json --json", [options] { return run(*options); });
  command->add_option("scenes", options->files, "scene files with a position for every object");
  command->add_option("--size", options->size,
                      "the room's size, if the files do not say it, like 6x4x3 (metres)");
  command->add_flag("--json", options->json, "one JSON line per scene");
  command->add_option("--rules", options->rules, "ours, or the Python reference's, bit for bit")
      ->check(CLI::IsMember({"ours", "reference"}));
  command->add_option("--dir", options->dir, "with --rules reference: the folder of the scene files");
  command->add_option("--list", options->list,
                      "with --rules reference: lines of {\"file\", \"room_dimensions\": [x, y, z]}");
  command->add_flag("--fail-on-faults", options->fail_on_faults, "exit with 1 if any room has a fault");
}

}  // namespace metaspatial::app
