#include "metaspatial/app/check_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "metaspatial/app/arguments.hpp"
#include "metaspatial/app/assets_option.hpp"
#include "metaspatial/app/exit_code.hpp"
#include "metaspatial/app/reference_commands.hpp"
#include "metaspatial/app/scoring_config.hpp"
#include "metaspatial/assets/library.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/physics/mesh_contact.hpp"
#include "metaspatial/physics/navigability.hpp"
#include "metaspatial/physics/relations.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/physics/settling.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::app {
namespace {

using physics::Fault;
using physics::FaultGroup;
using physics::FaultKind;

struct CheckOptions {
  std::vector<std::string> files;
  std::string rules = "ours";
  std::string size;
  std::string dir;
  std::string list;
  std::string color = "auto";
  std::string config;
  AssetsOption assets;
  bool meshes = false;
  bool settle = false;
  bool json = false;
  bool fail_on_faults = false;
};

/// Everything that is measured of one scene.
struct Checked {
  physics::Report report;
  std::vector<physics::RoomFault> room_faults;
  physics::Navigability walk;
  std::optional<std::vector<physics::MeshContact>> contacts;  ///< with --meshes
  std::optional<physics::Settlement> settlement;              ///< with --settle
};

/// What scenes are checked with; keeps the meshes of models that it has met.
class SceneChecker {
 public:
  SceneChecker(const CheckOptions& options, const physics::Rules& rules,
               const std::shared_ptr<const assets::AssetLibrary>& library)
      : options_(options), rules_(rules), models_(2048, library) {}

  Checked check(const scene::SceneGraph& graph, const scene::Layout& layout) {
    Checked checked{physics::check(graph, layout, rules_),
                    physics::room_faults(graph, rules_),
                    physics::navigability(graph, layout, {}, graph.floor_m),
                    {},
                    {}};
    if (options_.meshes) checked.contacts = physics::mesh_contacts(graph, layout, meshes_of(graph));
    if (options_.settle) {
      physics::SettleOptions settling;
      settling.rules = rules_;
      checked.settlement = physics::settle(graph, layout, settling);
    }
    return checked;
  }

 private:
  std::vector<const physics::CollisionMesh*> meshes_of(const scene::SceneGraph& graph) {
    std::vector<const physics::CollisionMesh*> result;
    for (const scene::SceneObject& object : graph.objects) {
      const auto [at, is_new] = meshes_.try_emplace(assets::model_key(object));
      if (is_new) {
        const auto model = models_.get(object);
        at->second = physics::CollisionMesh::from({model->mesh.positions_m, model->mesh.triangles});
      }
      result.push_back(&at->second);
    }
    return result;
  }

  const CheckOptions& options_;
  physics::Rules rules_;
  assets::ModelCache models_;
  std::map<std::string, physics::CollisionMesh> meshes_;
};

std::string contact_text(const scene::SceneGraph& graph, const physics::MeshContact& contact) {
  return fmt::format("{} touches {} deeper than resting: {:.3f} m",
                     graph.objects[static_cast<std::size_t>(contact.a)].id,
                     graph.objects[static_cast<std::size_t>(contact.b)].id, contact.depth_m);
}

// ------------------------------------------------------------------------------------------- for machines

/// What the fault's object is at odds with, in the file's words; empty if it is with nothing in particular.
std::string counterpart(const scene::SceneGraph& graph, const Fault& fault) {
  const auto& object = graph.objects[static_cast<std::size_t>(fault.object)];
  const auto other = static_cast<std::size_t>(fault.other);
  switch (fault.kind) {
    case FaultKind::Overlap:
    case FaultKind::TooFar:
      return graph.objects[other].id;
    case FaultKind::Relation: {
      const auto* target = std::get_if<scene::ObjectRef>(&object.relations[other].target);
      return target != nullptr
                 ? graph.objects[static_cast<std::size_t>(target->index)].id
                 : std::string(scene::name(std::get<scene::Element>(object.relations[other].target)));
    }
    case FaultKind::DoorBlocked:
    case FaultKind::WindowBlocked:
      return graph.openings[other].id;
    case FaultKind::Facing:
      if (fault.other < 0) return std::string(scene::name(std::get<scene::Element>(*object.facing)));
      return graph.objects[other].id;
    case FaultKind::Access:
      return fault.other >= 0 ? graph.objects[other].id : std::string();
    case FaultKind::OutOfRoom:
    case FaultKind::Support:
    case FaultKind::Turned:
    case FaultKind::NotFlush:
    case FaultKind::OutOfRow:
      return {};
  }
  return {};
}

Json fault_json(const scene::SceneGraph& graph, const Fault& fault) {
  Json json;
  json["kind"] = std::string(physics::name(fault.kind));
  json["group"] = std::string(physics::name(physics::group_of(fault.kind)));
  const auto& object = graph.objects[static_cast<std::size_t>(fault.object)];
  json["object"] = object.id;
  if (fault.kind == FaultKind::Relation)
    json["preposition"] =
        std::string(scene::name(object.relations[static_cast<std::size_t>(fault.other)].preposition));
  if (const std::string other = counterpart(graph, fault); !other.empty()) json["other"] = other;
  json[physics::is_angle(fault.kind) ? "magnitude_rad" : "magnitude_m"] = fault.magnitude;
  if (fault.kind == FaultKind::OutOfRoom) json["share_outside"] = fault.share;
  if (fault.kind == FaultKind::Access) {
    json["side"] = std::string(physics::name(fault.side));
    json["share_free"] = fault.share;
  }
  json["push_m"] = {fault.push_m.x(), fault.push_m.y(), fault.push_m.z()};
  if (physics::is_angle(fault.kind)) json["turn_rad"] = fault.turn_rad;
  json["text"] = physics::describe(graph, fault);
  json["remedy"] = physics::remedy(graph, fault);
  return json;
}

Json walk_json(const scene::SceneGraph& graph, const physics::Navigability& walk) {
  Json json;
  json["floor_m2"] = walk.floor_m2;
  json["free_m2"] = walk.free_m2;
  json["reachable_m2"] = walk.reachable_m2;
  json["navigability"] = walk.share;
  json["regions"] = walk.regions;
  json["from_door"] = walk.from_door;
  json["unreachable"] = Json::array();
  for (std::size_t i = 0; i < walk.reachable.size(); ++i)
    if (walk.reachable[i] == 0) json["unreachable"].push_back(graph.objects[i].id);
  return json;
}

Json report_json(const std::string& file, const scene::SceneGraph& graph, const Checked& checked) {
  const physics::Report& report = checked.report;
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
  json["unusable_objects"] = report.unusable_share();
  json["misaligned_objects"] = report.misaligned_share();
  json["colliding_pairs"] = report.colliding_pairs;
  json["relations"] = report.relations;
  json["unsatisfiable_relations"] = report.unsatisfiable_relations;
  json["faults"] = Json::array();
  for (const Fault& fault : report.faults) json["faults"].push_back(fault_json(graph, fault));
  json["room_faults"] = Json::array();
  for (const physics::RoomFault& fault : checked.room_faults)
    json["room_faults"].push_back(physics::describe(graph, fault));
  json["walk"] = walk_json(graph, checked.walk);
  if (checked.contacts) {
    json["mesh_contacts"] = Json::array();
    for (const physics::MeshContact& contact : *checked.contacts)
      json["mesh_contacts"].push_back(
          Json{{"object", graph.objects[static_cast<std::size_t>(contact.a)].id},
               {"other", graph.objects[static_cast<std::size_t>(contact.b)].id},
               {"depth_m", contact.depth_m},
               {"push_m", {contact.push_m.x(), contact.push_m.y(), contact.push_m.z()}},
               {"at_m", {contact.at_m.x(), contact.at_m.y(), contact.at_m.z()}}});
  }
  if (checked.settlement) {
    Json objects = Json::object();
    for (std::size_t i = 0; i < graph.objects.size(); ++i) {
      const physics::SettledObject& settled = checked.settlement->objects[i];
      objects[graph.objects[i].id] =
          Json{{"moved_m", settled.moved_m}, {"tipped_rad", settled.tipped_rad}, {"stable", settled.stable}};
    }
    json["settling"] = Json{{"unstable_objects", checked.settlement->unstable_share()}, {"objects", objects}};
  }
  return json;
}

// --------------------------------------------------------------------------------------------- for people

/// Terminal colours, or nothing.
struct Paint {
  bool on = false;
  [[nodiscard]] std::string operator()(const char* code, std::string_view text) const {
    return on ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
};

const char* color_of(FaultGroup group) {
  switch (group) {
    case FaultGroup::Physical:
      return "31";
    case FaultGroup::Use:
      return "33";
    case FaultGroup::Alignment:
      return "36";
  }
  return "0";
}

bool wants_color(const std::string& choice) {
  if (choice != "auto") return choice == "always";
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

/// Physical faults before those of use before those of alignment; among them the larger excess first, one
/// radian as one metre.
bool worse(const Fault& a, const Fault& b) {
  const auto group_a = physics::group_of(a.kind);
  const auto group_b = physics::group_of(b.kind);
  if (group_a != group_b) return group_a < group_b;
  return a.magnitude - a.slop > b.magnitude - b.slop;
}

std::string walk_text(const scene::SceneGraph& graph, const physics::Navigability& walk, const Paint& paint) {
  std::string text;
  for (const std::string& line : physics::describe_navigability(graph, walk))
    text += fmt::format("  {}\n", paint("33", line));
  return text;
}

std::string report_text(const std::string& file, const scene::SceneGraph& graph, const Checked& checked,
                        const Paint& paint) {
  const physics::Report& report = checked.report;
  const auto count = [&report](auto predicate) {
    return std::count_if(report.objects.begin(), report.objects.end(), predicate);
  };
  std::string text = fmt::format("{}: {} object{}", paint("1", file), graph.objects.size(),
                                 graph.objects.size() == 1 ? "" : "s");
  const auto say = [&](std::ptrdiff_t n, std::string_view what, const char* color) {
    if (n > 0) text += ", " + paint(color, fmt::format("{} {}", n, what));
  };
  say(count([](const auto& object) { return object.faulty(); }), "faulty", "31");
  say(count([](const auto& object) { return object.unusable; }), "hard to use", "33");
  say(count([](const auto& object) { return object.misaligned; }), "out of line", "36");
  if (report.faults.empty()) text += ", " + paint("32", "no faults");
  text += '\n';

  std::map<int, std::vector<Fault>> by_object;
  for (Fault fault : report.faults) {
    by_object[fault.object].push_back(fault);
    if (fault.kind != FaultKind::Overlap) continue;
    // An overlap is both objects' matter: the other one may as well make way.
    std::swap(fault.object, fault.other);
    fault.push_m = -fault.push_m;
    by_object[fault.object].push_back(fault);
  }
  std::vector<std::vector<Fault>> groups;
  for (auto& [object, faults] : by_object) {
    std::stable_sort(faults.begin(), faults.end(), worse);
    groups.push_back(std::move(faults));
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return worse(a.front(), b.front()); });
  for (const auto& faults : groups) {
    text +=
        fmt::format("  {}\n", paint("1", graph.objects[static_cast<std::size_t>(faults.front().object)].id));
    for (const Fault& fault : faults) {
      std::string words = physics::describe(graph, fault);
      if (fault.kind == FaultKind::OutOfRoom) words += fmt::format(" ({:.0f} % of it)", 100 * fault.share);
      text += fmt::format("    {}; {}\n", paint(color_of(physics::group_of(fault.kind)), words),
                          paint("2", physics::remedy(graph, fault)));
    }
  }
  if (checked.contacts)
    for (const physics::MeshContact& contact : *checked.contacts)
      text += fmt::format("  {}\n", paint("31", "meshes: " + contact_text(graph, contact)));
  if (checked.settlement)
    for (std::size_t i = 0; i < graph.objects.size(); ++i)
      if (const physics::SettledObject& settled = checked.settlement->objects[i]; !settled.stable)
        text += fmt::format(
            "  {}\n", paint("31", "gravity: " + physics::describe(graph, settled, static_cast<int>(i))));
  text += walk_text(graph, checked.walk, paint);
  for (const physics::RoomFault& fault : checked.room_faults)
    text += fmt::format("  {}\n",
                        paint("35", "asked for in vain, not counted: " + physics::describe(graph, fault)));
  return text;
}

Result<int> check_ours(const CheckOptions& options) {
  if (options.files.empty()) return fail(ErrorCode::Usage, "no scene file given", "check");
  std::optional<scene::RoomSize> size;
  if (!options.size.empty()) {
    METASPATIAL_TRY(size, parse_size(options.size));
  }
  physics::Rules rules;
  if (!options.config.empty()) {
    METASPATIAL_TRY(const env::EnvConfig config, read_scoring_config(options.config));
    rules = config.reward.rules;
  }
  METASPATIAL_TRY(const auto library, options.assets.open());
  SceneChecker checker(options, rules, library);
  const Paint paint{wants_color(options.color)};
  bool faulty = false;
  int code = kExitDone;
  for (const std::string& file : options.files) {
    const auto checked = [&]() -> Result<std::string> {
      METASPATIAL_TRY(const scene::Scene scene, scene::read_scene_file(file, size));
      if (!scene.layout)
        return invalid(
            "some objects have no position; expected \"position\": {\"x\", \"y\", \"z\"} in every object",
            file);
      if (options.meshes) {
        METASPATIAL_TRY_VOID(find_assets(library.get(), scene.graph, assets::Detail::Full));
      }
      const Checked all = checker.check(scene.graph, *scene.layout);
      faulty = faulty || all.report.faulty_share() > 0;
      return options.json ? dump_json(report_json(file, scene.graph, all)) + "\n"
                          : report_text(file, scene.graph, all, paint);
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
  command->add_flag("--meshes", options->meshes,
                    "also test what is drawn, not only boxes: contacts deeper than 5 mm");
  options->assets.add_to(command);
  command->add_flag("--settle", options->settle,
                    "also switch gravity on for two seconds and say what falls, slides or tips");
  command->add_option("--config", options->config, "a YAML file with other tolerances, reward.rules.*");
  command->add_flag("--json", options->json, "one JSON line per scene");
  command
      ->add_option("--color", options->color,
                   "colours: auto (on a terminal, unless NO_COLOR is set), always, never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  command->add_option("--rules", options->rules, "ours, or the Python reference's, bit for bit")
      ->check(CLI::IsMember({"ours", "reference"}));
  command->add_option("--dir", options->dir, "with --rules reference: the folder of the scene files");
  command->add_option("--list", options->list,
                      "with --rules reference: lines of {\"file\", \"room_dimensions\": [x, y, z]}");
  command->add_flag("--fail-on-faults", options->fail_on_faults,
                    "exit with 1 if any object has a physical fault");
}

}  // namespace metaspatial::app
