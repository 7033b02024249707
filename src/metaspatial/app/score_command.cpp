#include "metaspatial/app/score_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/app/arguments.hpp"
#include "metaspatial/app/exit_code.hpp"
#include "metaspatial/app/reference_commands.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/base/parallel.hpp"
#include "metaspatial/base/progress.hpp"
#include "metaspatial/env/episode.hpp"
#include "metaspatial/reward/reward.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::app {
namespace {

struct ScoreOptions {
  std::string responses;
  std::string out;
  std::string rules = "ours";
  std::string dir;
  std::string list;
  bool json = false;
  bool no_looks = false;
};

/// One line of the input.
struct Row {
  std::string_view text;
  std::size_t line = 0;
};

/// One line of the output, and what the closing sentence counts.
struct Scored {
  std::string text;
  bool bad_row = false;
  bool readable = false;
  double total = 0;
};

std::vector<Row> split_lines(std::string_view text) {
  std::vector<Row> rows;
  std::size_t line = 0;
  while (!text.empty()) {
    ++line;
    const std::size_t end = text.find('\n');
    const std::string_view row = text.substr(0, end);
    if (row.find_first_not_of(" \t\r") != std::string_view::npos) rows.push_back({row, line});
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return rows;
}

/// Scene files by name, each read once; several rows usually answer the same room.
///
/// Threads  filled before the rows are scored, only read while they are.
class SceneFiles {
 public:
  explicit SceneFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
  const Result<scene::Scene>& get(const std::string& file, std::optional<scene::RoomSize> size) {
    const std::string key = fmt::format("{}\n{}", file, size_text(size));
    const auto at = scenes_.find(key);
    if (at != scenes_.end()) return at->second;
    return scenes_.emplace(key, scene::read_scene_file(folder_ / file, size)).first->second;
  }
  [[nodiscard]] const Result<scene::Scene>& find(const std::string& file,
                                                 std::optional<scene::RoomSize> size) const {
    return scenes_.at(fmt::format("{}\n{}", file, size_text(size)));
  }

 private:
  static std::string size_text(std::optional<scene::RoomSize> size) {
    return size ? fmt::format("{} {} {}", size->length_m, size->width_m, size->height_m) : std::string();
  }
  std::filesystem::path folder_;
  std::map<std::string, Result<scene::Scene>> scenes_;
};

/// A row as read: which room, which answer.
struct Question {
  Json id;
  Json room;               ///< a scene graph, or null
  std::string scene_file;  ///< else the file that has it
  std::optional<scene::RoomSize> size;
  std::string response;
};

Result<Question> read_question(const Row& row, const std::string& where) {
  METASPATIAL_TRY(Json json, parse_json(row.text, where));
  if (!json.is_object())
    return invalid("expected an object with \"id\", \"room\" or \"scene\", and \"response\"", where);
  Question question;
  question.id = json.contains("id") && !json["id"].is_structured() ? json["id"] : Json(row.line);
  if (!json.contains("response") || !json["response"].is_string())
    return invalid("\"response\" is missing; expected the model's text as a string", where);
  question.response = json["response"].get<std::string>();
  if (json.contains("size_of_room")) {
    const Json& size = json["size_of_room"];
    const auto side = [&](const char* key) {
      return size.is_object() && size.contains(key) && size[key].is_number() ? size[key].get<double>() : 0.0;
    };
    question.size = scene::RoomSize{side("x"), side("y"), side("z")};
    if (!(question.size->length_m > 0 && question.size->width_m > 0 && question.size->height_m > 0))
      return invalid("\"size_of_room\" is not {\"x\", \"y\", \"z\"} in metres", where);
  }
  if (json.contains("room")) {
    question.room = std::move(json["room"]);
  } else if (json.contains("scene") && json["scene"].is_string()) {
    question.scene_file = json["scene"].get<std::string>();
  } else {
    return invalid("neither \"room\" (a scene graph) nor \"scene\" (a file) is there", where);
  }
  return question;
}

Scored bad_row(const Json& id, const Error& error) {
  Scored scored;
  scored.bad_row = true;
  scored.text = dump_json(Json{{"id", id}, {"error", to_string(error)}});
  return scored;
}

Scored score_row(const Question& question, const SceneFiles& files, const env::EnvConfig& config,
                 const std::string& where) {
  const Result<scene::Scene> inline_room =
      question.scene_file.empty() ? scene::read_scene(question.room, where + ", room", question.size)
                                  : Result<scene::Scene>(scene::Scene{});
  const Result<scene::Scene>& room =
      question.scene_file.empty() ? inline_room : files.find(question.scene_file, question.size);
  if (!room) return bad_row(question.id, room.error());
  const scene::SceneGraph& graph = room->graph;
  const reward::ParsedResponse parsed = reward::parse_response(graph, question.response);
  // The same reward as the environment gives, and with it the trainer.
  const reward::Reward reward = parsed.readable() ? env::score_in_env(graph, parsed.layout, config)
                                                  : reward::score_parsed(graph, parsed, config.reward);
  Json json;
  json["id"] = question.id;
  json.update(reward::reward_json(graph, reward));
  return Scored{dump_json(json), false, reward.readable(), reward.total};
}

Result<int> score_ours(const ScoreOptions& options) {
  if (options.responses.empty())
    return fail(ErrorCode::Usage, "no file of responses given; '-' is standard input", "score");
  METASPATIAL_TRY(const std::string text, read_input(options.responses));
  const std::vector<Row> rows = split_lines(text);
  const std::string source = options.responses == "-" ? "standard input" : options.responses;
  const std::filesystem::path folder = !options.dir.empty()
                                           ? std::filesystem::path(options.dir)
                                           : std::filesystem::path(options.responses).parent_path();

  SceneFiles files(folder);
  env::EnvConfig config;
  config.looks = !options.no_looks;
  Progress progress("scoring", rows.size());
  std::string output;
  std::size_t bad = 0;
  std::size_t readable = 0;
  double sum = 0;
  constexpr std::size_t chunk = 256;
  for (std::size_t begin = 0; begin < rows.size(); begin += chunk) {
    const std::size_t n = std::min(chunk, rows.size() - begin);
    std::vector<std::string> places(n);
    std::vector<std::optional<Result<Question>>> questions(n);
    for (std::size_t i = 0; i < n; ++i) {
      places[i] = fmt::format("{}, line {}", source, rows[begin + i].line);
      questions[i] = read_question(rows[begin + i], places[i]);
      const Result<Question>& question = *questions[i];
      if (question && !question->scene_file.empty()) (void)files.get(question->scene_file, question->size);
    }
    std::vector<Scored> scored(n);
    parallel_for(n, [&](std::size_t i) {
      const Result<Question>& question = *questions[i];
      scored[i] = question ? score_row(*question, files, config, places[i])
                           : bad_row(Json(rows[begin + i].line), question.error());
    });
    for (const Scored& row : scored) {
      output += row.text;
      output += '\n';
      bad += row.bad_row ? 1U : 0U;
      readable += row.readable ? 1U : 0U;
      sum += row.total;
    }
    progress.update(begin + n);
  }
  METASPATIAL_TRY_VOID(write_output(options.out, output));
  if (!options.out.empty() && options.out != "-") {
    const std::size_t answers = rows.size() - bad;
    fmt::print("{} answers, {} readable, mean reward {:.3f}", answers, readable,
               answers > 0 ? sum / static_cast<double>(answers) : 0.0);
    if (bad > 0) fmt::print("; {} rows could not be read (field \"error\")", bad);
    fmt::print("\n");
  }
  return kExitDone;
}

Result<int> run(const ScoreOptions& options) {
  if (options.rules == "ours") return score_ours(options);
  if (options.list.empty() || options.dir.empty())
    return fail(ErrorCode::Usage, "--rules reference needs --dir (scene files) and --list (rows)", "score");
  METASPATIAL_TRY_VOID(score_reference({options.dir, options.list, options.json}, std::cout));
  return kExitDone;
}

}  // namespace

void add_score_command(Program& program) {
  auto options = std::make_shared<ScoreOptions>();
  CLI::App* command = program.add(
      "score", "Say what responses of a model are worth: one number, its parts, per object",
      "metaspatial score responses.jsonl -o rewards.jsonl\n"
      "  echo '{\"id\": 1, \"scene\": \"room.json\", \"response\": \"...\"}' | metaspatial score -",
      [options] { return run(*options); });
  command->add_option(
      "responses", options->responses,
      "lines of {\"id\", \"room\": scene graph | \"scene\": file, \"response\"}; '-' reads standard input");
  command->add_option("-o,--out", options->out,
                      "where the rewards go, a JSON line per response; default: standard output");
  command->add_option("--dir", options->dir,
                      "the folder that \"scene\" is in; default: that of the responses");
  command->add_option("--rules", options->rules, "ours, or the Python reference's, bit for bit")
      ->check(CLI::IsMember({"ours", "reference"}));
  command->add_flag("--no-looks", options->no_looks, "leave the grades for looks out of the reward");
  command->add_option("--list", options->list,
                      "with --rules reference: lines of responses with recorded grades");
  command->add_flag("--json", options->json,
                    "with --rules reference: a JSON line per response (ours always are)");
}

}  // namespace metaspatial::app
