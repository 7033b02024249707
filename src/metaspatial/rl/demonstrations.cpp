#include "metaspatial/rl/demonstrations.hpp"

#include <fmt/format.h>

#include "metaspatial/curate/flawed.hpp"
#include "metaspatial/curate/solver.hpp"
#include "metaspatial/eval/dialogue.hpp"

namespace metaspatial::rl {

namespace {

using scene::Layout;
using scene::SceneGraph;

std::string first_answer(const SceneGraph& graph, const Layout& layout) {
  env::AnswerText text;
  text.think = env::openings_text(graph);
  for (std::size_t i = 0; i < graph.objects.size(); ++i)
    text.why.push_back(env::reasoning_text(graph, layout, static_cast<int>(i)));
  return env::answer_text(graph, layout, text);
}

/// Names what moves, then explains only that.
std::string correction_answer(const SceneGraph& graph, const curate::Correction& correction) {
  env::AnswerText text;
  text.think = "move";
  text.why.resize(graph.objects.size());
  for (std::size_t i = 0; i < graph.objects.size(); ++i) {
    if (!correction.moved[i]) continue;
    text.think += " " + graph.objects[i].id;
    text.why[i] = env::reasoning_text(graph, correction.layout, static_cast<int>(i));
  }
  return env::answer_text(graph, correction.layout, text);
}

}  // namespace

Result<Demonstration> demonstrate(const eval::SolvedRoom& solved, std::shared_ptr<render::Device> device,
                                  const env::EnvConfig& env, const vlm::Processor& processor,
                                  const DemonstrationConfig& config, Rng& rng) {
  SceneGraph graph = solved.graph;
  if (rng.chance(config.hidden_openings)) graph.openings_in_text = false;
  const auto room = env::make_room(std::move(device), graph, env);
  METASPATIAL_TRY(const eval::Question question,
                  eval::encode_question(processor, env::Episode(room, env).question()));
  Demonstration out;
  out.group.prefix = question.tokens;

  const auto teach = [&](const Conversation& continuation, const std::string& answer,
                         double weight) -> Result<void> {
    vlm::PositionCursor cursor = question.cursor;
    METASPATIAL_TRY(vlm::Sequence suffix, eval::encode_continuation(processor, continuation, cursor));
    std::vector<float> weights(suffix.ids.size(), 0.0F);
    eval::append(suffix, processor.encode_text(answer + "<|im_end|>", cursor));
    weights.resize(suffix.ids.size(), static_cast<float>(weight));
    out.group.suffixes.push_back(std::move(suffix));
    out.weights.push_back(std::move(weights));
    return {};
  };
  const auto clumsy = [&](const Layout& layout, double share) {
    curate::Imperfection imperfection;
    imperfection.mistaken = share;
    imperfection.coarse = 0.25 * share;
    imperfection.noise = 0.5 * share;
    return curate::imperfect_layout(graph, layout, rng, imperfection);
  };
  const auto fresh_solution = [&]() { return curate::solve(graph, rng).value_or(solved.solution); };

  for (int k = 0; k < config.answers; ++k) {
    Layout layout = k == 0 ? solved.solution : fresh_solution();
    if (config.clumsy > 0) layout = clumsy(layout, config.clumsy);
    METASPATIAL_TRY_VOID(teach({}, first_answer(graph, layout), config.first_weight));
  }
  for (int k = 0; k < config.corrections; ++k) {
    env::EnvConfig shown = env;
    shown.feedback_words = rng.chance(config.words);
    shown.feedback_picture = rng.chance(config.picture);
    const Layout solution = fresh_solution();
    if (rng.chance(config.unreadable)) {
      const auto messages = env::continuation_messages(*room, shown, "", std::nullopt, 0, {}, "not a list");
      METASPATIAL_TRY_VOID(teach(messages, first_answer(graph, solution), config.later_weight));
      continue;
    }
    const bool clean = rng.chance(config.clean_feedback);
    const Layout previous = clean ? solution : clumsy(solution, config.flawed);
    const physics::Report report = physics::check(graph, previous);
    const double reward = env::score_in_env(graph, previous, env).total;
    const auto messages = env::continuation_messages(*room, shown, "", previous, reward, report, "");
    if (report.faults.empty()) {
      METASPATIAL_TRY_VOID(teach(messages, std::string(env::kKeepAnswer), config.later_weight));
      continue;
    }
    const curate::Correction correction = curate::correct(graph, previous, rng);
    METASPATIAL_TRY_VOID(teach(messages, correction_answer(graph, correction), config.later_weight));
  }
  return out;
}

}  // namespace metaspatial::rl
