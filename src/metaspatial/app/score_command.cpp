#include "metaspatial/app/score_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metaspatial/app/exit_code.hpp"
#include "metaspatial/app/output_stream.hpp"
#include "metaspatial/app/reference_commands.hpp"
#include "metaspatial/app/scene_files.hpp"
#include "metaspatial/app/scoring_config.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/base/line_reader.hpp"
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
  std::string config;
  bool json = false;
  bool no_looks = false;
};

constexpr std::size_t kBatch = 256;
constexpr LineLimits kLimits{.max_line_bytes = std::size_t{16} << 20,
                             .max_batch_bytes = std::size_t{4} << 20};

/// One line of the output, and what the closing sentence counts.
struct Scored {
  std::string text;
  bool bad_row = false;
  bool readable = false;
  double total = 0;
};

/// A row as read: which room, which answer.
struct Question {
  Json id;
  Json room;                                ///< a scene graph, or null
  std::optional<SceneFiles::Wanted> scene;  ///< else the file that has it
  std::optional<scene::RoomSize> size;
  std::string response;
  Json layout;  ///< an answer that is read already, or null
};

Result<Question> read_question(const StreamLine& line, const std::string& where) {
  if (line.too_long)
    return invalid(fmt::format("is longer than {} MiB", kLimits.max_line_bytes >> 20), where);
  METASPATIAL_TRY(Json json, parse_json(line.text, where));
  if (!json.is_object())
    return invalid("expected an object with \"id\", \"room\" or \"scene\", and \"response\"", where);
  Question question;
  question.id = json.contains("id") && !json["id"].is_structured() ? json["id"] : Json(line.number);
  if (json.contains("response") && json["response"].is_string()) {
    question.response = json["response"].get<std::string>();
  } else if (!json.contains("response") && json.contains("layout") && !json["layout"].is_null()) {
    question.layout = std::move(json["layout"]);
  } else {
    return invalid("\"response\" is missing; expected the model's text as a string", where);
  }
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
    question.scene = SceneFiles::Wanted{json["scene"].get<std::string>(), question.size};
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

/// A row's answer as read, before its room is graded. Borrows nothing.
struct Answer {
  std::optional<Error> error;
  SceneFiles::Entry file;                           ///< the room, if the question names a file
  std::optional<Result<scene::Scene>> inline_room;  ///< else
  std::optional<scene::Layout> layout;              ///< nothing: it could not be read
  reward::Reward reward;  ///< of an answer that could not be read; others get theirs
  [[nodiscard]] const scene::SceneGraph& graph() const {
    return file ? (*file)->graph : (*inline_room)->graph;
  }
};

Answer read_answer(const Question& question, SceneFiles::Entry file, const env::EnvConfig& config,
                   const std::string& where) {
  Answer answer;
  answer.file = std::move(file);
  if (!answer.file) answer.inline_room = scene::read_scene(question.room, where + ", room", question.size);
  const Result<scene::Scene>& room = answer.file ? *answer.file : *answer.inline_room;
  if (!room) {
    answer.error = room.error();
  } else if (!question.layout.is_null()) {
    Result<scene::Layout> layout = scene::read_layout(question.layout, room->graph, where + ", layout");
    if (layout) {
      answer.layout = *std::move(layout);
    } else {
      answer.error = layout.error();
    }
  } else {
    reward::ParsedResponse parsed = reward::parse_response(room->graph, question.response);
    if (parsed.readable()) {
      answer.layout = std::move(parsed.layout);
    } else {
      answer.reward = reward::score_parsed(room->graph, parsed, config.reward);
    }
  }
  return answer;
}

Scored scored_row(const Json& id, const Answer& answer) {
  Json json;
  json["id"] = id;
  json.update(reward::reward_json(answer.graph(), answer.reward));
  return Scored{dump_json(json), false, answer.reward.readable(), answer.reward.total};
}

/// Scores lines side by side, in order: the same reward as the environment gives, and with it the trainer.
std::vector<Scored> score_batch(const std::vector<StreamLine>& lines, const std::string& source,
                                SceneFiles& files, const env::EnvConfig& config) {
  std::vector<std::string> places(lines.size());
  std::vector<std::optional<Result<Question>>> questions(lines.size());
  parallel_for(lines.size(), [&](std::size_t i) {
    places[i] = fmt::format("{}, line {}", source, lines[i].number);
    questions[i] = read_question(lines[i], places[i]);
  });
  std::vector<SceneFiles::Wanted> wanted;
  for (const auto& question : questions)
    if (*question && (*question)->scene) wanted.push_back(*(*question)->scene);
  const std::vector<SceneFiles::Entry> entries = files.get(wanted);
  std::vector<SceneFiles::Entry> scenes(lines.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (*questions[i] && (*questions[i])->scene) scenes[i] = entries[next++];
  std::vector<Answer> answers(lines.size());
  parallel_for(lines.size(), [&](std::size_t i) {
    const Result<Question>& question = *questions[i];
    if (question) answers[i] = read_answer(*question, scenes[i], config, places[i]);
  });
  // All rooms of the batch are graded at once: a model as judge answers many in the time of one.
  std::vector<judge::Question> to_grade;
  std::vector<std::size_t> row_of;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i].layout) continue;
    to_grade.push_back({&answers[i].graph(), &*answers[i].layout, nullptr});
    row_of.push_back(i);
  }
  std::vector<reward::Reward> rewards = env::score_in_env(to_grade, config);
  for (std::size_t k = 0; k < rewards.size(); ++k) answers[row_of[k]].reward = std::move(rewards[k]);
  std::vector<Scored> scored(lines.size());
  parallel_for(lines.size(), [&](std::size_t i) {
    const Result<Question>& question = *questions[i];
    if (!question) {
      scored[i] = bad_row(Json(lines[i].number), question.error());
    } else if (answers[i].error) {
      scored[i] = bad_row(question->id, *answers[i].error);
    } else {
      scored[i] = scored_row(question->id, answers[i]);
    }
  });
  return scored;
}

Result<int> score_ours(const ScoreOptions& options) {
  if (options.responses.empty())
    return fail(ErrorCode::Usage, "no file of responses given; '-' is standard input", "score");
  METASPATIAL_TRY(env::EnvConfig config, read_scoring_config(options.config));
  config.looks = config.looks && !options.no_looks;
  METASPATIAL_TRY_VOID(env::open_judge(config));
  METASPATIAL_TRY(LineReader lines, LineReader::open(options.responses, kLimits));
  METASPATIAL_TRY(OutputStream output, OutputStream::open(options.out));
  SceneFiles files(!options.dir.empty() ? std::filesystem::path(options.dir)
                                        : std::filesystem::path(options.responses).parent_path());
  // On the same terminal the line would get between the rewards.
  std::optional<Progress> progress;
  if (output.is_file() || ::isatty(STDOUT_FILENO) == 0) progress.emplace("scoring", 0);
  std::size_t rows = 0;
  std::size_t bad = 0;
  std::size_t readable = 0;
  std::size_t graded = 0;
  double sum = 0;
  std::string text;
  while (true) {
    METASPATIAL_TRY(const std::vector<StreamLine> batch, lines.next(kBatch));
    if (batch.empty()) break;
    text.clear();
    for (const Scored& row : score_batch(batch, lines.name(), files, config)) {
      text += row.text;
      text += '\n';
      bad += row.bad_row ? 1U : 0U;
      readable += row.readable ? 1U : 0U;
      if (row.bad_row || !std::isfinite(row.total)) continue;  // where the judge failed there is no total
      ++graded;
      sum += row.total;
    }
    rows += batch.size();
    METASPATIAL_TRY(const bool wanted, output.write(text));
    if (!wanted) return kExitSystem;  // who reads the rewards has left, and knows it
    if (progress) progress->update(rows);
  }
  METASPATIAL_TRY_VOID(output.finish());
  progress.reset();
  if (output.is_file()) {
    const std::size_t answers = rows - bad;
    fmt::print("{} answers, {} readable, mean reward {:.3f}", answers, readable,
               graded > 0 ? sum / static_cast<double>(graded) : 0.0);
    if (graded < answers) fmt::print("; {} without a grade of the judge", answers - graded);
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
      "lines of {\"id\", \"room\": scene graph | \"scene\": file, \"response\" | \"layout\"}; '-' reads "
      "standard input; every line is answered as it comes");
  command->add_option("-o,--out", options->out,
                      "where the rewards go, a JSON line per response; default: standard output");
  command->add_option("--dir", options->dir,
                      "the folder that \"scene\" is in; default: that of the responses");
  command->add_option("--config", options->config,
                      "YAML file whose sections `env`, `reward` and `judge` say what counts and who grades; "
                      "that of a training run scores as it does");
  command->add_option("--rules", options->rules, "ours, or the Python reference's, bit for bit")
      ->check(CLI::IsMember({"ours", "reference"}));
  command->add_flag("--no-looks", options->no_looks, "leave the grades for looks out of the reward");
  command->add_option("--list", options->list,
                      "with --rules reference: lines of responses with recorded grades");
  command->add_flag("--json", options->json,
                    "with --rules reference: a JSON line per response (ours always are)");
}

}  // namespace metaspatial::app
