#include "metaspatial/rl/results.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

#include "metaspatial/base/files.hpp"
#include "metaspatial/curate/designer.hpp"
#include "metaspatial/eval/evaluate.hpp"
#include "metaspatial/eval/policy_config.hpp"
#include "metaspatial/eval/remote_policy.hpp"
#include "metaspatial/eval/report.hpp"
#include "metaspatial/rl/checkpoint.hpp"
#include "metaspatial/rl/run_log.hpp"
#include "metaspatial/rl/samples.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::rl {

namespace {

constexpr std::uint64_t kHeldoutSeed = 7;
constexpr int kTurns = 3;
constexpr std::size_t kPicturedRooms = 12;
constexpr int kChoice = 16;  // answers of which the best is taken, as `metaspatial generate` does
constexpr double kChoiceTemperature = 0.7;
constexpr double kGridStepsPerM = 20;  // of the nano's number tokens

Result<std::vector<eval::RolloutGroup>> play(eval::Policy& policy, const eval::EvalRooms& rooms,
                                             const env::EnvConfig& env, int turns,
                                             const vlm::SamplingParams& sampling, int group_size = 1) {
  env::EnvConfig shown = env;
  shown.max_turns = turns;
  eval::PlayOptions options;
  options.group_size = group_size;
  options.sampling = sampling;
  options.seed = kHeldoutSeed;
  return eval::play(policy, rooms.rooms, shown, options);
}

Json single_turn_json(std::span<const eval::RolloutGroup> groups) {
  return eval::metrics_json(eval::metrics_by_turn(groups, 1).front());
}

/// What a user gets who lets the checker choose: per room the first answer with the highest reward.
Json best_of_group_json(std::span<const eval::RolloutGroup> groups) {
  std::vector<eval::RoomMetrics> best;
  for (const auto& group : groups) {
    const auto of_group = eval::metrics_by_turn({&group, 1}, 1).front();
    if (of_group.empty()) continue;  // no answer came
    // An answer that the judge has no grade for is the best of none.
    best.push_back(*std::ranges::max_element(of_group, {}, [](const eval::RoomMetrics& metrics) {
      return std::isnan(metrics.reward) ? -1.0 : metrics.reward;
    }));
  }
  return eval::metrics_json(best);
}

/// The trajectory that shows most: a greedy one whose later turns remove the most faults.
const eval::Rollout* telling_rollout(std::span<const eval::RolloutGroup> groups) {
  const eval::Rollout* best = nullptr;
  double most = -1e9;
  for (const auto& group : groups) {
    for (const auto& rollout : group.rollouts) {
      const auto& turns = rollout.episode.turns();
      if (turns.empty()) continue;
      const double gain = turns.back().reward.total - turns.front().reward.total;
      if (gain > most) {
        most = gain;
        best = &rollout;
      }
    }
  }
  return best;
}

std::string answer_lines(std::span<const eval::RolloutGroup> groups, env::PromptStyle style) {
  std::string lines;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const scene::SceneGraph& graph = *groups[i].room->graph;
    const env::Episode& episode = groups[i].rollouts.front().episode;
    for (std::size_t t = 0; t < episode.turns().size(); ++t) {
      const env::Turn& turn = episode.turns()[t];
      lines += dump_json(Json{{"id", fmt::format("room_{}_turn_{}", i, t + 1)},
                              {"question", env::question_text(graph, style)},
                              {"response", turn.response},
                              {"total", turn.reward.total},
                              {"faults", faults_in_words(turn, graph)},
                              {"room", scene::room_row_json(graph)}}) +
               "\n";
    }
  }
  return lines;
}

}  // namespace

Result<Json> write_results(const TrainConfig& config, double train_seconds) {
  const std::filesystem::path output = config.output;
  METASPATIAL_TRY(const vlm::Processor processor, vlm::Processor::load(config.model_path));
  METASPATIAL_TRY(const vlm::Model before_model,
                  vlm::Model::load(config.model_path, load_options(config.trainable)));
  METASPATIAL_TRY(const vlm::Model after_model,
                  vlm::Model::load(output / "model", load_options(config.trainable)));
  METASPATIAL_TRY(const eval::RoomSource train_source,
                  eval::RoomSource::open(config.train_descriptions, config.seed));
  METASPATIAL_TRY(const eval::RoomSource val_source,
                  eval::RoomSource::open(config.val_descriptions, kHeldoutSeed));

  std::set<std::uint64_t> trained_on;
  // A budget of seconds may have ended the run before its steps were done.
  METASPATIAL_TRY(const auto newest, find_checkpoint(output));
  const std::int64_t steps = newest ? newest->step : config.total_steps;
  const auto used = static_cast<std::uint64_t>(steps) * static_cast<std::uint64_t>(config.rooms_per_step);
  for (std::uint64_t i = 0; i < used; ++i) trained_on.insert(curate::signature(train_source.room(i).graph));
  std::vector<eval::SolvedRoom> heldout =
      eval::distinct_rooms(val_source, static_cast<std::size_t>(config.final_rooms));
  std::erase_if(heldout,
                [&](const auto& room) { return trained_on.contains(curate::signature(room.graph)); });

  const auto device = std::make_shared<render::Device>();
  const eval::EvalRooms rooms = eval::make_eval_rooms(std::move(heldout), device, config.env);
  spdlog::info("evaluating on {} held-out rooms", rooms.rooms.size());
  eval::LocalPolicy before(before_model, processor, config.threads);
  eval::LocalPolicy after(after_model, processor, config.threads);
  const auto run = [&](eval::Policy& policy, int turns, double temperature) {
    vlm::SamplingParams sampling;
    sampling.temperature = temperature;
    sampling.max_new_tokens = config.max_response_tokens;
    return play(policy, rooms, config.env, turns, sampling);
  };

  METASPATIAL_TRY(const auto before_groups, run(before, 1, 0.0));
  METASPATIAL_TRY(const auto after_groups, run(after, kTurns, 0.0));
  Json summary;
  summary["before"] = single_turn_json(before_groups);
  summary["after"] = single_turn_json(after_groups);
  // The untrained model gets its best chance: the temperature at which it does best.
  Json by_temperature = Json::array();
  Json best = summary["before"];
  best["temperature"] = 0.0;
  by_temperature.push_back(best);
  for (const double temperature : {0.5, 1.0}) {
    METASPATIAL_TRY(const auto groups, run(before, 1, temperature));
    Json row = single_turn_json(groups);
    row["temperature"] = temperature;
    if (row["faulty_objects"].get<double>() < best["faulty_objects"].get<double>()) best = row;
    by_temperature.push_back(std::move(row));
  }
  summary["before_best_temperature"] = best;
  summary["before_by_temperature"] = by_temperature;
  summary["bounds"]["random"] = eval::metrics_json(eval::random_bound(rooms, config.env, kHeldoutSeed));
  summary["bounds"]["solver"] = eval::metrics_json(eval::solver_bound(rooms, config.env));
  METASPATIAL_TRY(summary["turn_ablation"], eval::turn_ablation(after, rooms, config.env, kTurns));
  METASPATIAL_TRY(summary["picture_ablation"], eval::picture_ablation(after, rooms, config.env));
  summary["train_seconds"] = train_seconds;
  summary["heldout_rooms"] = rooms.rooms.size();
  summary["rules_version"] = physics::kRulesVersion;
  summary["judge"] = env::judge_name(config.env);
  summary["seed"] = config.seed;
  METASPATIAL_TRY_VOID(write_file_atomic(output / "summary.json", dump_json(summary, 1) + "\n"));

  eval::ReportData report;
  report.title = "MetaSpatial: a model that learned to furnish rooms";
  report.subtitle = fmt::format(
      "{} trained for {:.0f} s by multi-turn reinforcement learning on rooms from {}; judged on {} rooms "
      "from {} that "
      "it has never seen. Single turn, greedy, unless said otherwise; an unreadable answer counts as 100 %.",
      config.model_path, train_seconds, config.train_descriptions, rooms.rooms.size(),
      config.val_descriptions);
  METASPATIAL_TRY(const RunLog log, RunLog::open(output, steps));
  report.metrics = log.metrics();
  METASPATIAL_TRY(report.samples, report_samples(log.samples(), device));
  report.summary = summary;
  for (std::size_t i = 0; i < std::min(kPicturedRooms, rooms.rooms.size()); ++i) {
    const env::Room& room = *rooms.rooms[i];
    const env::Turn& a = before_groups[i].rollouts.front().episode.turns().front();
    const env::Turn& b = after_groups[i].rollouts.front().episode.turns().front();
    report.rooms.push_back({room.graph->room_name, room.graph->user_preference,
                            fmt::format("{} x {} m, {} objects; reward {:.2f} before, {:.2f} after",
                                        scene::format_number(room.graph->size.length_m),
                                        scene::format_number(room.graph->size.width_m),
                                        room.graph->objects.size(), a.reward.total, b.reward.total),
                            portrait(room.scene, a.layout), portrait(room.scene, b.layout),
                            faults_in_words(a, *room.graph), faults_in_words(b, *room.graph)});
  }
  if (const eval::Rollout* rollout = telling_rollout(after_groups)) {
    const env::Room& room = rollout->episode.room();
    report.trajectory_title = fmt::format("The turns of one trajectory: {}", room.graph->room_name);
    report.trajectory_wish = room.graph->user_preference;
    for (const env::Turn& turn : rollout->episode.turns()) {
      report.trajectory.push_back({turn.layout ? portrait(room.scene, turn.layout) : Image(), turn.response,
                                   faults_in_words(turn, *room.graph), turn.reward.total});
    }
  }
  METASPATIAL_TRY_VOID(write_file_atomic(output / "report.html", eval::report_html(report)));
  return summary;
}

namespace {

/// Who is evaluated, with what it borrows.
struct Evaluated {
  std::optional<vlm::Processor> processor;
  std::optional<vlm::Model> model;
  std::unique_ptr<eval::Policy> policy;
};

Result<Evaluated> open_policy(const EvaluateConfig& config) {
  Evaluated out;
  if (config.policy.endpoint) {
    METASPATIAL_TRY(out.policy, eval::RemotePolicy::open(config.policy.remote, "policy."));
    return out;
  }
  METASPATIAL_TRY(out.processor, vlm::Processor::load(config.model_path));
  METASPATIAL_TRY(out.model, vlm::Model::load(config.model_path, vlm::kForAnswering));
  return out;
}

/// How answers came out, for a person.
void tell(std::string_view table, std::span<const eval::RolloutGroup> groups) {
  const eval::AnswerCounts counts = eval::count_answers(groups);
  std::string text =
      fmt::format("{}: {} of {} answers were readable", table, counts.readable, counts.answers);
  if (counts.unfinished > 0)
    text += fmt::format(", {} were cut off at the limit of tokens", counts.unfinished);
  if (counts.missing > 0)
    text += fmt::format(
        "; {} never came and are left out ({:.1f} %)", counts.missing,
        100.0 * static_cast<double>(counts.missing) / static_cast<double>(counts.missing + counts.answers));
  spdlog::info("{}", text);
}

}  // namespace

Result<Json> evaluate_model(const EvaluateConfig& config) {
  METASPATIAL_TRY(Evaluated evaluated, open_policy(config));
  if (evaluated.model)
    evaluated.policy =
        std::make_unique<eval::LocalPolicy>(*evaluated.model, *evaluated.processor, config.threads);
  eval::Policy& policy = *evaluated.policy;
  METASPATIAL_TRY(const eval::RoomSource source, eval::RoomSource::open(config.descriptions, config.seed));
  env::EnvConfig env = eval::suited_env(config.policy, evaluated.processor ? &*evaluated.processor : nullptr);
  env.reward = config.reward;
  env.judge_config = config.judge;
  METASPATIAL_TRY_VOID(env::open_judge(env));
  const auto device = std::make_shared<render::Device>();
  const eval::EvalRooms rooms = eval::make_eval_rooms(
      eval::distinct_rooms(source, static_cast<std::size_t>(config.rooms)), device, env);
  vlm::SamplingParams greedy;
  greedy.temperature = 0;
  greedy.max_new_tokens = eval::suited_max_tokens(config.policy, env);
  vlm::SamplingParams drawn = greedy;
  drawn.temperature = config.policy.temperature;
  drawn.top_p = config.policy.top_p;
  drawn.top_k = config.policy.top_k;
  vlm::SamplingParams chosen = drawn;
  chosen.temperature = kChoiceTemperature;
  const auto wants = [&config](std::string_view table) {
    return config.tables.empty() || config.tables.contains(table);
  };
  Json out;
  out["model"] = config.policy.endpoint ? config.policy.remote.client.model : config.model_path;
  out["descriptions"] = config.descriptions;
  METASPATIAL_TRY(const auto answered, play(policy, rooms, env, config.turns, greedy));
  tell("greedy", answered);
  if (!config.answers.empty())
    METASPATIAL_TRY_VOID(write_file_atomic(config.answers, answer_lines(answered, env.style)));
  const auto by_turn = eval::metrics_by_turn(answered, config.turns);
  out["greedy"] = eval::metrics_json(by_turn.front());
  for (int t = 1; t < config.turns; ++t)
    out[fmt::format("greedy_turn_{}", t + 1)] = eval::metrics_json(by_turn[static_cast<std::size_t>(t)]);
  // What was answered so far has been paid for: an endpoint that is gone, or a budget that is used up, ends a
  // table and not the evaluation.
  const auto add = [&](const std::string& name, Result<Json> table) -> Result<void> {
    if (table) {
      out[name] = *std::move(table);
      return {};
    }
    if (!config.policy.endpoint) return tl::unexpected(table.error());
    spdlog::warn("{}: {}", name, to_string(table.error()));
    out[name] = Json{{"error", to_string(table.error())}};
    return {};
  };
  if (wants("sampled") || wants("sampled_turns")) {
    const auto table = [&]() -> Result<Json> {
      const int turns = wants("sampled_turns") ? config.turns : 1;  // the first is the same in both
      METASPATIAL_TRY(const auto groups, play(policy, rooms, env, turns, drawn));
      tell("sampled", groups);
      const auto sampled_by_turn = eval::metrics_by_turn(groups, turns);
      for (int t = 1; t < turns; ++t)
        out[fmt::format("sampled_turn_{}", t + 1)] =
            eval::metrics_json(sampled_by_turn[static_cast<std::size_t>(t)]);
      return eval::metrics_json(sampled_by_turn.front());
    };
    METASPATIAL_TRY_VOID(add("sampled", table()));
  }
  if (wants("diversity")) {
    const auto table = [&]() -> Result<Json> {
      METASPATIAL_TRY(const auto groups, play(policy, rooms, env, 1, drawn, config.samples));
      tell("diversity", groups);
      return eval::diversity_json(eval::answered_layouts(groups));
    };
    METASPATIAL_TRY_VOID(add("diversity", table()));
    out["bounds"]["random_diversity"] = eval::random_diversity(rooms, config.samples, config.seed);
    out["bounds"]["solver_diversity"] = eval::solver_diversity(rooms, config.samples, config.seed);
  }
  if (wants("choice")) {
    const std::string name = fmt::format("best_of_{}", kChoice);
    const auto table = [&]() -> Result<Json> {
      METASPATIAL_TRY(const auto groups, play(policy, rooms, env, 1, chosen, kChoice));
      tell(name, groups);
      return best_of_group_json(groups);
    };
    METASPATIAL_TRY_VOID(add(name, table()));
  }
  out["bounds"]["random"] = eval::metrics_json(eval::random_bound(rooms, env, config.seed));
  out["bounds"]["solver"] = eval::metrics_json(eval::solver_bound(rooms, env));
  out["bounds"]["solver_grid"] = eval::metrics_json(eval::solver_bound(rooms, env, kGridStepsPerM));
  if (wants("turns"))
    METASPATIAL_TRY_VOID(add("turn_ablation", eval::turn_ablation(policy, rooms, env, config.turns, greedy)));
  if (wants("pictures"))
    METASPATIAL_TRY_VOID(add("picture_ablation", eval::picture_ablation(policy, rooms, env, greedy)));
  out["heldout_rooms"] = rooms.rooms.size();
  out["rules_version"] = physics::kRulesVersion;
  out["judge"] = env::judge_name(env);
  if (!config.policy.endpoint) return out;
  const eval::PolicyUsage usage = policy.usage();
  out["policy"] = eval::usage_json(config.policy, usage);
  spdlog::info(
      "endpoint: {} answers asked for, {} never came ({:.1f} %); {} requests, {} cached, {} + {} tokens{}, "
      "cost {:.4f}",
      usage.asked, usage.failed,
      usage.asked > 0 ? 100.0 * static_cast<double>(usage.failed) / static_cast<double>(usage.asked) : 0.0,
      usage.requests, usage.cached, usage.prompt_tokens, usage.completion_tokens,
      usage.estimated > 0 ? " (in part estimated)" : "", usage.cost);
  return out;
}

}  // namespace metaspatial::rl
