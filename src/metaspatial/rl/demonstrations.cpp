#include "metaspatial/rl/demonstrations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "metaspatial/curate/flawed.hpp"
#include "metaspatial/curate/solver.hpp"
#include "metaspatial/eval/dialogue.hpp"
#include "metaspatial/physics/openings.hpp"
#include "metaspatial/scene/io.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::rl {

namespace {

using scene::Layout;
using scene::SceneGraph;

/// What "why" says of object `i`.
std::string reasoning(const SceneGraph& graph, const Layout& layout, std::size_t i,
                      const DemonstrationConfig& config) {
  std::string text;
  if (config.reasoning) text = env::reasoning_text(graph, layout, static_cast<int>(i));
  if (config.clearance)
    text += (text.empty() ? "" : "; ") + clearance_text(graph, layout, static_cast<int>(i));
  return text;
}

std::string first_answer(const SceneGraph& graph, const Layout& layout, const std::string& openings,
                         const DemonstrationConfig& config) {
  env::AnswerText text;
  text.think = openings;
  for (std::size_t i = 0; i < graph.objects.size(); ++i)
    text.why.push_back(reasoning(graph, layout, i, config));
  return env::answer_text(graph, layout, text);
}

/// Explains only what moves, where it stands in the answer.
std::string correction_answer(const SceneGraph& graph, const curate::Correction& correction,
                              const std::string& openings, const DemonstrationConfig& config) {
  env::AnswerText text;
  text.think = openings;
  text.why.resize(graph.objects.size());
  for (std::size_t i = 0; i < graph.objects.size(); ++i) {
    if (correction.moved[i]) text.why[i] = reasoning(graph, correction.layout, i, config);
  }
  return env::answer_text(graph, correction.layout, text);
}

/// The graph with its first objects only; what they relate to comes before them.
SceneGraph first_objects(SceneGraph graph, std::size_t count) {
  if (graph.objects.size() > count) graph.objects.resize(count);
  for (scene::SceneObject& object : graph.objects) {
    const auto beyond = [&](const scene::Target& target) {
      const auto* ref = std::get_if<scene::ObjectRef>(&target);
      return ref != nullptr && static_cast<std::size_t>(ref->index) >= graph.objects.size();
    };
    std::erase_if(object.relations, [&](const scene::Relation& relation) { return beyond(relation.target); });
    if (object.facing && beyond(*object.facing)) object.facing.reset();
  }
  return graph;
}

}  // namespace

SceneGraph with_other_kinds(SceneGraph graph, double share, Rng& rng) {
  const auto alike = [](const scene::Kind& a, const scene::Kind& b) {
    return a.support == b.support && a.flat == b.flat && a.holds_things == b.holds_things &&
           (a.shape == scene::Shape::Curtain) == (b.shape == scene::Shape::Curtain);
  };
  for (scene::SceneObject& object : graph.objects) {
    if (!rng.chance(share)) continue;
    const scene::Kind& kind = rng.pick(scene::all_kinds());
    if (!alike(kind, scene::kind_or_default(object.kind))) continue;
    std::string id;
    for (int number = 1; id.empty() || graph.find(id) >= 0; ++number)
      id = fmt::format("{}_{}", kind.name, number);
    object.id = id;
    object.kind = kind.name;
  }
  return graph;
}

std::string clearance_text(const SceneGraph& graph, const Layout& layout, int i) {
  constexpr double kTouch_m = 1e-6;
  struct Slab {
    double low[3];
    double high[3];
  };
  const auto slab_of = [&](std::size_t k) {
    const auto& pose = layout.poses[k];
    const auto& size_m = graph.objects[k].size_m;
    const scene::Vec2 half_m = scene::half_extent_m(size_m, pose.yaw_rad);
    const double reach_m[3] = {half_m.x(), half_m.y(), 0.5 * size_m.z()};
    Slab slab{};
    for (int a = 0; a < 3; ++a) {
      slab.low[a] = pose.position_m[a] - reach_m[a];
      slab.high[a] = pose.position_m[a] + reach_m[a];
    }
    return slab;
  };
  const Slab own = slab_of(static_cast<std::size_t>(i));
  std::vector<Slab> others;
  for (std::size_t k = 0; k < static_cast<std::size_t>(i); ++k) others.push_back(slab_of(k));
  const bool curtain =
      scene::kind_or_default(graph.objects[static_cast<std::size_t>(i)].kind).shape == scene::Shape::Curtain;
  for (const scene::Opening& opening : graph.openings) {
    if (opening.kind == scene::OpeningKind::Window && curtain) continue;
    const auto zone_m = physics::clear_zone_m(graph, opening);
    const bool door = opening.kind == scene::OpeningKind::Door;
    others.push_back({{zone_m[0], zone_m[2], door ? 0.05 : opening.bottom_m},
                      {zone_m[1], zone_m[3], door ? 2.0 : opening.bottom_m + opening.height_m}});
  }
  const double room_m[2] = {graph.size.length_m, graph.size.width_m};
  std::string text = "room";
  for (int axis = 0; axis < 2; ++axis) {
    double low = 0;
    double high = room_m[axis];
    for (const Slab& other : others) {
      const auto meets = [&](int a) {
        return other.low[a] < own.high[a] - kTouch_m && own.low[a] < other.high[a] - kTouch_m;
      };
      if (!meets(1 - axis) || !meets(2)) continue;
      if (other.high[axis] <= own.low[axis] + kTouch_m) low = std::max(low, other.high[axis]);
      if (other.low[axis] >= own.high[axis] - kTouch_m) high = std::min(high, other.low[axis]);
    }
    constexpr double kGrid_m = 0.05;
    text += fmt::format(" {} {} {}", axis == 0 ? "x" : "y",
                        scene::format_number(std::ceil(low / kGrid_m - kTouch_m) * kGrid_m),
                        scene::format_number(std::floor(high / kGrid_m + kTouch_m) * kGrid_m));
  }
  return text;
}

Result<Demonstration> demonstrate(const eval::SolvedRoom& solved, std::shared_ptr<render::Device> device,
                                  const env::EnvConfig& env, const vlm::Processor& processor,
                                  const DemonstrationConfig& config, Rng& rng,
                                  const std::optional<Layout>& own) {
  SceneGraph graph = config.renamed > 0 ? with_other_kinds(solved.graph, config.renamed, rng) : solved.graph;
  const bool looking = rng.chance(config.looking);
  if (looking || rng.chance(config.hidden_openings)) graph.openings_in_text = false;
  if (looking) graph = first_objects(std::move(graph), rng.below(4));
  auto room = env::make_room(std::move(device), graph, env);
  const bool blank = rng.chance(config.blank);
  if (blank) room = env::without_picture(*room);
  const std::string openings = blank && !graph.openings_in_text ? "" : env::openings_text(graph);
  METASPATIAL_TRY(const eval::Question question,
                  eval::encode_question(processor, env::Episode(room, env).question()));
  Demonstration out;
  out.group.prefix = question.tokens;

  const auto teach = [&](const Conversation& continuation, const std::string& answer, double weight,
                         std::string_view end = "<|im_end|>") -> Result<void> {
    vlm::PositionCursor cursor = question.cursor;
    METASPATIAL_TRY(vlm::Sequence suffix, eval::encode_continuation(processor, continuation, cursor));
    std::vector<float> weights(suffix.ids.size(), 0.0F);
    eval::append(suffix, processor.encode_text(answer + std::string(end), cursor));
    weights.resize(suffix.ids.size(), static_cast<float>(weight));
    out.group.suffixes.push_back(std::move(suffix));
    out.weights.push_back(std::move(weights));
    return {};
  };
  if (looking) {
    METASPATIAL_TRY_VOID(
        teach({}, fmt::format("<think>{}</think><answer>[", openings), config.first_weight, ""));
    return out;
  }
  const auto clumsy = [&](const Layout& layout, double share) {
    curate::Imperfection imperfection;
    imperfection.mistaken = share;
    imperfection.coarse = 0.25 * share;
    imperfection.noise = 0.5 * share;
    return curate::imperfect_layout(graph, layout, rng, imperfection);
  };
  const auto fresh_solution = [&]() {
    return curate::solve_roomy(graph, rng, config.candidates).value_or(solved.solution);
  };

  for (int k = 0; k < config.answers; ++k) {
    Layout layout = fresh_solution();
    if (config.clumsy > 0) layout = clumsy(layout, config.clumsy);
    METASPATIAL_TRY_VOID(teach({}, first_answer(graph, layout, openings, config), config.first_weight));
  }
  const double whole = std::floor(config.corrections);
  const int corrections = static_cast<int>(whole) + (rng.chance(config.corrections - whole) ? 1 : 0);
  for (int k = 0; k < corrections; ++k) {
    env::EnvConfig shown = env;
    shown.feedback_words = rng.chance(config.words);
    shown.feedback_picture = rng.chance(config.picture);
    const Layout solution = fresh_solution();
    if (rng.chance(config.unreadable)) {
      const auto messages = env::continuation_messages(*room, shown, "", std::nullopt, 0, {}, "not a list");
      METASPATIAL_TRY_VOID(
          teach(messages, first_answer(graph, solution, openings, config), config.later_weight));
      continue;
    }
    const bool clean = rng.chance(config.clean_feedback);
    const bool use_own = own && rng.chance(config.own);
    const Layout previous = use_own ? *own : clean ? solution : clumsy(solution, config.flawed);
    const physics::Report report = physics::check(graph, previous, physics::physical_rules());
    const double reward = env::score_in_env(graph, previous, env).total;
    const auto messages = env::continuation_messages(*room, shown, "", previous, reward, report, "");
    if (report.faults.empty()) {
      METASPATIAL_TRY_VOID(teach(messages, std::string(env::kKeepAnswer), config.later_weight));
      continue;
    }
    const curate::Correction correction = curate::correct(graph, previous, rng);
    METASPATIAL_TRY_VOID(
        teach(messages, correction_answer(graph, correction, openings, config), config.later_weight));
  }
  return out;
}

}  // namespace metaspatial::rl
