#include "metaspatial/app/judge_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metaspatial/app/arguments.hpp"
#include "metaspatial/app/exit_code.hpp"
#include "metaspatial/app/scoring_config.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/env/episode.hpp"
#include "metaspatial/judge/judge.hpp"
#include "metaspatial/judge/vlm_judge.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::app {
namespace {

struct JudgeOptions {
  std::vector<std::string> files;
  std::string layout;
  std::string size;
  std::string config;
  std::string judge;
  std::optional<std::string> model;
  std::optional<std::string> api_key_env;
  std::optional<int> samples;
  std::optional<std::string> views;
  std::optional<std::string> cache;
  bool json = false;
};

/// The config's judge with the command line's words over it.
Result<judge::JudgeConfig> judge_config(const JudgeOptions& options, judge::JudgeConfig config) {
  if (!options.judge.empty()) {
    config.vlm = options.judge != "measured";
    if (config.vlm) config.model.client.base_url = options.judge;
  }
  if (options.model) config.model.client.model = *options.model;
  if (options.api_key_env) config.model.client.api_key_env = *options.api_key_env;
  if (options.samples) config.model.samples = *options.samples;
  if (options.cache) config.model.client.cache = *options.cache;
  if (options.views) {
    auto views = judge::parse_views(*options.views);
    if (!views) return fail(ErrorCode::Usage, views.error().message, "--views");
    config.model.views = *std::move(views);
  }
  if (!config.vlm &&
      (options.model || options.samples || options.views || options.cache || options.api_key_env))
    return fail(
        ErrorCode::Usage,
        "the measured judge has no model, key, samples, views and cache; expected --judge URL with them",
        "judge");
  return config;
}

/// A file's room, or why it cannot be graded.
struct Room {
  std::optional<Error> error;
  scene::Scene scene;
};

Room read_room(const std::string& file, const std::optional<scene::RoomSize>& size,
               const std::string& layout) {
  const auto scene = [&]() -> Result<scene::Scene> {
    METASPATIAL_TRY(scene::Scene read, scene::read_scene_file(file, size));
    if (!layout.empty()) {
      METASPATIAL_TRY(const std::string text, read_input(layout));
      METASPATIAL_TRY(const Json json, parse_json(text, layout));
      METASPATIAL_TRY(read.layout, scene::read_layout(json, read.graph, layout));
    }
    if (!read.layout)
      return invalid(
          "some objects have no position, so there is no furnished room to grade; --layout gives one", file);
    return read;
  }();
  if (!scene) return {scene.error(), {}};
  return {{}, *scene};
}

Json verdict_json(const judge::Verdict& verdict) {
  Json json;
  Json grades = Json::object();
  for (std::size_t c = 0; c < verdict.categories.size(); ++c) {
    const judge::CategoryGrade& category = verdict.categories[c];
    Json grade{{"mean", category.mean}, {"std", category.spread}};
    if (!category.comment.empty()) grade["comment"] = category.comment;
    grades[std::string(judge::kGradeNames[c])] = std::move(grade);
  }
  json["grades"] = std::move(grades);
  json["mean01"] = verdict.grades().mean01();
  json["samples"] = verdict.samples;
  json["failed"] = verdict.failed;
  json["cached"] = verdict.cached;
  return json;
}

std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  return text;
}

std::string verdict_text(const judge::Verdict& verdict, const std::string& judge) {
  double mean = 0;
  for (const judge::CategoryGrade& category : verdict.categories) mean += category.mean / 5;
  std::string text = fmt::format("{:.2f} of 10, {}", mean, judge);
  if (verdict.samples > 1) text += fmt::format(", {} samples", verdict.samples);
  if (verdict.failed > 0) text += fmt::format(", {} of them without grades", verdict.failed);
  text += '\n';
  for (std::size_t c = 0; c < verdict.categories.size(); ++c) {
    const judge::CategoryGrade& category = verdict.categories[c];
    text += fmt::format("  {:<42} {:5.2f}", judge::kGradeNames[c], category.mean);
    if (verdict.samples - verdict.failed > 1) text += fmt::format(" +- {:.2f}", category.spread);
    if (!category.comment.empty()) text += "  " + one_line(category.comment);
    text += '\n';
  }
  return text;
}

Json usage_json(const judge::JudgeUsage& usage) {
  return Json{{"requests", usage.requests},
              {"cache_hits", usage.cache_hits},
              {"prompt_tokens", usage.prompt_tokens},
              {"completion_tokens", usage.completion_tokens},
              {"estimated_requests", usage.estimated},
              {"cost", usage.cost}};
}

std::string usage_text(const judge::JudgeUsage& usage) {
  std::string text =
      fmt::format("{} requests, {} replies from the cache; {} tokens read, {} written", usage.requests,
                  usage.cache_hits, usage.prompt_tokens, usage.completion_tokens);
  if (usage.estimated > 0) text += fmt::format(" ({} requests estimated)", usage.estimated);
  if (usage.cost > 0) text += fmt::format("; cost {:.4f}", usage.cost);
  return text + "\n";
}

Result<int> run(const JudgeOptions& options) {
  if (!options.layout.empty() && options.files.size() != 1)
    return fail(ErrorCode::Usage, "a layout belongs to one scene; expected one scene file", "--layout");
  std::optional<scene::RoomSize> size;
  if (!options.size.empty()) {
    METASPATIAL_TRY(size, parse_size(options.size));
  }
  METASPATIAL_TRY(const env::EnvConfig scoring, read_scoring_config(options.config));
  METASPATIAL_TRY(const judge::JudgeConfig config, judge_config(options, scoring.judge_config));
  METASPATIAL_TRY(const auto judge, judge::make_judge(config, scoring.reward.rules));

  std::vector<Room> rooms;
  std::vector<judge::Question> questions;
  std::vector<std::size_t> question_of;
  for (const std::string& file : options.files) rooms.push_back(read_room(file, size, options.layout));
  for (const Room& room : rooms) {
    question_of.push_back(questions.size());
    if (!room.error) questions.push_back({&room.scene.graph, &*room.scene.layout, nullptr});
  }
  // One file is an answer by itself; among several, the others still get theirs.
  if (rooms.size() == 1 && rooms.front().error) return tl::unexpected(*rooms.front().error);
  const std::vector<judge::JudgeOutcome> outcomes = judge->grade(questions);

  int code = kExitDone;
  std::string text;
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    const std::string& file = options.files[i];
    std::optional<Error> error = rooms[i].error;
    if (!error && !outcomes[question_of[i]])
      error = Error{ErrorCode::Network, "no grades: " + outcomes[question_of[i]].error().reason, file};
    if (error) {
      code = std::max(code, report_error(*error));
      if (options.json)
        text +=
            dump_json(Json{{"file", file}, {"judge", judge->name()}, {"error", to_string(*error)}}) + "\n";
      continue;
    }
    const judge::Verdict& verdict = *outcomes[question_of[i]];
    if (options.json) {
      Json json{{"file", file}, {"judge", judge->name()}};
      json.update(verdict_json(verdict));
      text += dump_json(json) + "\n";
    } else {
      text += file + ": " + verdict_text(verdict, judge->name());
    }
  }
  if (config.vlm)
    text += options.json
                ? dump_json(Json{{"judge", judge->name()}, {"usage", usage_json(judge->usage())}}) + "\n"
                : usage_text(judge->usage());
  METASPATIAL_TRY_VOID(write_output("", text));
  return code;
}

}  // namespace

void add_judge_command(Program& program) {
  auto options = std::make_shared<JudgeOptions>();
  CLI::App* command =
      program.add("judge", "Grade how furnished rooms work and look: measured, or by a vision-language model",
                  "metaspatial judge room.json\n"
                  "  metaspatial judge room.json --judge http://127.0.0.1:8000/v1 --model "
                  "Qwen/Qwen2.5-VL-7B-Instruct --samples 3",
                  [options] { return run(*options); });
  command->add_option("scenes", options->files, "scene files with a position for every object")->required();
  command->add_option("--layout", options->layout, "a layout in place of the positions in the scene file");
  command->add_option("--size", options->size,
                      "the room's size, if the files do not say it, like 6x4x3 (metres)");
  command
      ->add_option("--judge", options->judge,
                   "measured (no model looks at anything), or the address of an OpenAI-compatible server")
      ->option_text("measured | URL [measured]");
  command->add_option("--model", options->model, "the model's name as the server calls it");
  command->add_option("--api-key-env", options->api_key_env,
                      "the environment variable that holds the server's API key, if it wants one");
  command->add_option("--samples", options->samples, "replies per room: their mean and spread are told [1]")
      ->check(CLI::Range(1, 100));
  command->add_option("--views", options->views, "pictures the model gets, of corner, top, eye [corner,top]");
  command->add_option("--cache", options->cache, "SQLite file of replies; what is in it is not asked again");
  command->add_option("--config", options->config, "a YAML file; its section `judge` has more settings");
  command->add_flag("--json", options->json, "one JSON line per scene, and one of what was used");
}

}  // namespace metaspatial::app
