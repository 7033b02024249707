#include "metaspatial/rl/results.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "metaspatial/base/files.hpp"
#include "metaspatial/curate/designer.hpp"
#include "metaspatial/eval/evaluate.hpp"
#include "metaspatial/eval/report.hpp"
#include "metaspatial/rl/run_log.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::rl {

namespace {

constexpr std::uint64_t kHeldoutSeed = 7;
constexpr int kTurns = 3;
constexpr std::size_t kPicturedRooms = 12;
constexpr int kChoice = 16;  // answers of which the best is taken, as `metaspatial generate` does
constexpr double kChoiceTemperature = 0.7;

struct Subject {
  const vlm::Model* model;
  const vlm::Processor* processor;
};

Result<std::vector<eval::RolloutGroup>> play(const Subject& subject, const eval::EvalRooms& rooms,
                                             const env::EnvConfig& env, int turns, double temperature,
                                             int max_tokens, int threads, int group_size = 1) {
  env::EnvConfig shown = env;
  shown.max_turns = turns;
  eval::PlayOptions options;
  options.group_size = group_size;
  options.sampling.temperature = temperature;
  options.sampling.max_new_tokens = max_tokens;
  options.seed = kHeldoutSeed;
  options.threads = threads;
  return eval::play(*subject.model, *subject.processor, rooms.rooms, shown, options);
}

Json single_turn_json(std::span<const eval::RolloutGroup> groups) {
  return eval::metrics_json(eval::metrics_by_turn(groups, 1).front());
}

/// What a user gets who lets the checker choose: per room the first answer with the highest reward.
Json best_of_group_json(std::span<const eval::RolloutGroup> groups) {
  std::vector<eval::RoomMetrics> best;
  for (const auto& group : groups) {
    const auto of_group = eval::metrics_by_turn({&group, 1}, 1).front();
    // An answer that the judge has no grade for is the best of none.
    best.push_back(*std::ranges::max_element(of_group, {}, [](const eval::RoomMetrics& metrics) {
      return std::isnan(metrics.reward) ? -1.0 : metrics.reward;
    }));
  }
  return eval::metrics_json(best);
}

Image portrait(const env::Room& room, const std::optional<scene::Layout>& layout) {
  render::RoomScene furnished = room.scene;
  if (layout) furnished.set_layout(*layout);
  render::RenderOptions options;
  options.view = render::View::Corner;
  options.width_px = 420;
  options.height_px = 340;
  return render::render_preview(furnished, options);
}

std::vector<std::string> faults_in_words(const env::Turn& turn, const scene::SceneGraph& graph) {
  std::vector<std::string> words;
  if (!turn.reward.readable()) words.push_back("unreadable: " + turn.reward.reason);
  for (const auto& fault : turn.reward.report.faults) words.push_back(physics::describe(graph, fault));
  return words;
}

/// The trajectory that shows most: a greedy one whose later turns remove the most faults.
const eval::Rollout* telling_rollout(std::span<const eval::RolloutGroup> groups) {
  const eval::Rollout* best = nullptr;
  double most = -1e9;
  for (const auto& group : groups) {
    for (const auto& rollout : group.rollouts) {
      const auto& turns = rollout.episode.turns();
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
  METASPATIAL_TRY(const vlm::Model before_model, vlm::Model::load(config.model_path));
  METASPATIAL_TRY(const vlm::Model after_model, vlm::Model::load(output / "model"));
  METASPATIAL_TRY(const eval::RoomSource train_source,
                  eval::RoomSource::open(config.train_descriptions, config.seed));
  METASPATIAL_TRY(const eval::RoomSource val_source,
                  eval::RoomSource::open(config.val_descriptions, kHeldoutSeed));

  std::set<std::uint64_t> trained_on;
  const auto used =
      static_cast<std::uint64_t>(config.total_steps) * static_cast<std::uint64_t>(config.rooms_per_step);
  for (std::uint64_t i = 0; i < used; ++i) trained_on.insert(curate::signature(train_source.room(i).graph));
  std::vector<eval::SolvedRoom> heldout =
      eval::distinct_rooms(val_source, static_cast<std::size_t>(config.final_rooms));
  std::erase_if(heldout,
                [&](const auto& room) { return trained_on.contains(curate::signature(room.graph)); });

  const auto device = std::make_shared<render::Device>();
  const eval::EvalRooms rooms = eval::make_eval_rooms(std::move(heldout), device, config.env);
  spdlog::info("evaluating on {} held-out rooms", rooms.rooms.size());
  const Subject before{&before_model, &processor};
  const Subject after{&after_model, &processor};
  const auto run = [&](const Subject& subject, int turns, double temperature) {
    return play(subject, rooms, config.env, turns, temperature, config.max_response_tokens, config.threads);
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
  METASPATIAL_TRY(summary["turn_ablation"],
                  eval::turn_ablation(after_model, processor, rooms, config.env, kTurns, config.threads));
  METASPATIAL_TRY(summary["picture_ablation"],
                  eval::picture_ablation(after_model, processor, rooms, config.env, config.threads));
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
  METASPATIAL_TRY(const RunLog log, RunLog::open(output, config.total_steps));
  report.metrics = log.metrics();
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
                            portrait(room, a.layout), portrait(room, b.layout),
                            faults_in_words(a, *room.graph), faults_in_words(b, *room.graph)});
  }
  if (const eval::Rollout* rollout = telling_rollout(after_groups)) {
    const env::Room& room = rollout->episode.room();
    report.trajectory_title = fmt::format("The turns of one trajectory: {}", room.graph->room_name);
    report.trajectory_wish = room.graph->user_preference;
    for (const env::Turn& turn : rollout->episode.turns()) {
      report.trajectory.push_back({turn.layout ? portrait(room, turn.layout) : Image(), turn.response,
                                   faults_in_words(turn, *room.graph), turn.reward.total});
    }
  }
  METASPATIAL_TRY_VOID(write_file_atomic(output / "report.html", eval::report_html(report)));
  return summary;
}

Result<Json> evaluate_model(const EvaluateConfig& config) {
  METASPATIAL_TRY(const vlm::Processor processor, vlm::Processor::load(config.model_path));
  METASPATIAL_TRY(const vlm::Model model, vlm::Model::load(config.model_path));
  METASPATIAL_TRY(const eval::RoomSource source, eval::RoomSource::open(config.descriptions, config.seed));
  env::EnvConfig env = eval::suited_env(processor);
  env.reward = config.reward;
  env.judge_config = config.judge;
  METASPATIAL_TRY_VOID(env::open_judge(env));
  const auto device = std::make_shared<render::Device>();
  const eval::EvalRooms rooms = eval::make_eval_rooms(
      eval::distinct_rooms(source, static_cast<std::size_t>(config.rooms)), device, env);
  const Subject subject{&model, &processor};
  Json out;
  out["model"] = config.model_path;
  out["descriptions"] = config.descriptions;
  METASPATIAL_TRY(const auto greedy,
                  play(subject, rooms, env, config.turns, 0.0, config.max_response_tokens, config.threads));
  if (!config.answers.empty())
    METASPATIAL_TRY_VOID(write_file_atomic(config.answers, answer_lines(greedy, env.style)));
  const auto by_turn = eval::metrics_by_turn(greedy, config.turns);
  out["greedy"] = eval::metrics_json(by_turn.front());
  for (int t = 1; t < config.turns; ++t)
    out[fmt::format("greedy_turn_{}", t + 1)] = eval::metrics_json(by_turn[static_cast<std::size_t>(t)]);
  METASPATIAL_TRY(const auto sampled,
                  play(subject, rooms, env, 1, 1.0, config.max_response_tokens, config.threads));
  out["sampled"] = single_turn_json(sampled);
  METASPATIAL_TRY(const auto choice, play(subject, rooms, env, 1, kChoiceTemperature,
                                          config.max_response_tokens, config.threads, kChoice));
  out[fmt::format("best_of_{}", kChoice)] = best_of_group_json(choice);
  out["bounds"]["random"] = eval::metrics_json(eval::random_bound(rooms, env, config.seed));
  out["bounds"]["solver"] = eval::metrics_json(eval::solver_bound(rooms, env));
  METASPATIAL_TRY(out["turn_ablation"],
                  eval::turn_ablation(model, processor, rooms, env, config.turns, config.threads));
  METASPATIAL_TRY(out["picture_ablation"],
                  eval::picture_ablation(model, processor, rooms, env, config.threads));
  out["heldout_rooms"] = rooms.rooms.size();
  out["rules_version"] = physics::kRulesVersion;
  out["judge"] = env::judge_name(env);
  return out;
}

}  // namespace metaspatial::rl
