#include "metaspatial/eval/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/curate/flawed.hpp"
#include "metaspatial/curate/solver.hpp"
#include "metaspatial/physics/navigability.hpp"
#include "metaspatial/physics/py_value.hpp"
#include "metaspatial/physics/reference_rules.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::eval {

namespace {

namespace reference = physics::reference;
using scene::Layout;
using scene::SceneGraph;

/// The reference's two ratios of one layout; 1 where the reference itself raises an error. The reference
/// knows rectangles only: a polygonal floor counts as the one around it.
void reference_ratios(const SceneGraph& graph, const Layout& layout, RoomMetrics& out) {
  const auto value = reference::parse_py_json(dump_json(scene::scene_graph_json(graph, &layout)));
  METASPATIAL_CHECK(value.has_value(), "our own scene graph is valid JSON");
  const reference::PyValue room(reference::PyValue::List{reference::PyValue(graph.size.length_m),
                                                         reference::PyValue(graph.size.width_m),
                                                         reference::PyValue(graph.size.height_m)});
  const auto collisions = reference::check_collisions(*value);
  const auto constraints = reference::check_constraints(*value, room);
  out.collision_reference = collisions.error ? 1.0 : collisions.ratio;
  out.constraint_reference = constraints.error ? 1.0 : constraints.ratio;
}

struct Field {
  const char* name;
  double RoomMetrics::*value;
};
constexpr Field kFields[] = {
    {"reward", &RoomMetrics::reward},
    {"faulty_objects", &RoomMetrics::faulty_objects},
    {"colliding_objects", &RoomMetrics::colliding_objects},
    {"out_of_room", &RoomMetrics::out_of_room},
    {"broken_relations", &RoomMetrics::broken_relations},
    {"unsupported", &RoomMetrics::unsupported},
    {"blocking", &RoomMetrics::blocking},
    {"opening_blocked", &RoomMetrics::opening_blocked},
    {"unusable_objects", &RoomMetrics::unusable_objects},
    {"misaligned_objects", &RoomMetrics::misaligned_objects},
    {"not_walkable", &RoomMetrics::not_walkable},
    {"collision_reference", &RoomMetrics::collision_reference},
    {"constraint_reference", &RoomMetrics::constraint_reference},
};

struct MeanError {
  double mean = 0;
  double stderr_ = 0;
};
MeanError mean_error(std::span<const double> values) {
  MeanError out;
  if (values.empty()) return out;
  const auto n = static_cast<double>(values.size());
  for (const double v : values) out.mean += v / n;
  double squares = 0;
  for (const double v : values) squares += (v - out.mean) * (v - out.mean);
  if (values.size() > 1) out.stderr_ = std::sqrt(squares / (n - 1) / n);
  return out;
}

const env::Turn* turn_of(const Rollout& rollout, int turn) {
  const auto& played = rollout.episode.turns();
  const auto at = static_cast<std::size_t>(turn);
  if (at < played.size()) return &played[at];
  // An answer that never came is not a room that was kept.
  return played.empty() || rollout.failure ? nullptr : &played.back();
}

bool same_place(const scene::Pose& a, const scene::Pose& b) {
  return (a.position_m - b.position_m).cwiseAbs().maxCoeff() < 1e-6 && std::abs(a.yaw_rad - b.yaw_rad) < 1e-6;
}

}  // namespace

RoomMetrics measure(const SceneGraph& graph, const std::optional<Layout>& layout,
                    const reward::Reward& reward) {
  RoomMetrics out;
  out.reward = reward.total;
  if (!layout || !reward.readable()) return out;
  const physics::Report& report = reward.report;
  out.readable = true;
  out.faulty_objects = report.faulty_share();
  out.colliding_objects = report.colliding_share();
  out.out_of_room = report.out_share();
  out.broken_relations = report.broken_relation_share();
  out.unsupported = report.unsupported_share();
  out.blocking = report.blocking_share();
  out.opening_blocked = out.blocking > 0 ? 1.0 : 0.0;
  // A reward's report holds what the reward counts; use and alignment are measured whether it does or not.
  const physics::Report whole = physics::check(graph, *layout);
  out.unusable_objects = whole.unusable_share();
  out.misaligned_objects = whole.misaligned_share();
  out.not_walkable = 1 - physics::navigability(graph, *layout, {}, graph.floor_m).share;
  reference_ratios(graph, *layout, out);
  return out;
}

RoomMetrics measure_layout(const SceneGraph& graph, const Layout& layout, const env::EnvConfig& env) {
  return measure(graph, layout, env::score_in_env(graph, layout, env));
}

Json metrics_json(std::span<const RoomMetrics> rooms) {
  Json json;
  double readable = 0;
  for (const auto& room : rooms) readable += room.readable ? 1.0 : 0.0;
  const auto n = static_cast<double>(std::max<std::size_t>(1, rooms.size()));
  json["rooms"] = rooms.size();
  json["format"] = readable / n;
  for (const Field& field : kFields) {
    std::vector<double> all;
    std::vector<double> good;
    for (const auto& room : rooms) {
      const double value = room.*field.value;
      if (std::isnan(value)) continue;  // a reward whose judge failed
      all.push_back(value);
      if (room.readable) good.push_back(value);
    }
    const MeanError of_all = mean_error(all);
    // Where the judge failed for every room there is no mean, and 0 would be one.
    const bool none = all.empty() && !rooms.empty();
    json[field.name] = none ? Json() : Json(of_all.mean);
    json[std::string(field.name) + "_stderr"] = none ? Json() : Json(of_all.stderr_);
    // No readable answer: there is nothing to average over.
    json[std::string(field.name) + "_readable"] = good.empty() ? Json() : Json(mean_error(good).mean);
  }
  json["format_readable"] = readable > 0 ? Json(1.0) : Json();
  return json;
}

EvalRooms make_eval_rooms(std::vector<SolvedRoom> solved, const std::shared_ptr<render::Device>& device,
                          const env::EnvConfig& env) {
  EvalRooms out;
  out.rooms.resize(solved.size());
  parallel_for(solved.size(),
               [&](std::size_t i) { out.rooms[i] = env::make_room(device, solved[i].graph, env); });
  out.solved = std::move(solved);
  return out;
}

std::vector<std::vector<RoomMetrics>> metrics_by_turn(std::span<const RolloutGroup> groups, int turns) {
  std::vector<std::vector<RoomMetrics>> out(static_cast<std::size_t>(turns));
  for (int t = 0; t < turns; ++t) {
    for (const auto& group : groups) {
      for (const auto& rollout : group.rollouts) {
        if (const env::Turn* turn = turn_of(rollout, t))
          out[static_cast<std::size_t>(t)].push_back(measure(*group.room->graph, turn->layout, turn->reward));
      }
    }
  }
  return out;
}

namespace {

/// Layouts of the rooms as episodes would score them, graded in one batch.
std::vector<RoomMetrics> measure_all(const EvalRooms& rooms, std::span<const Layout> layouts,
                                     const env::EnvConfig& env) {
  std::vector<judge::Question> questions;
  for (std::size_t i = 0; i < layouts.size(); ++i)
    questions.push_back(
        {&rooms.solved[i].graph, &layouts[i], i < rooms.rooms.size() ? &rooms.rooms[i]->scene : nullptr});
  const std::vector<reward::Reward> rewards = env::score_in_env(questions, env);
  std::vector<RoomMetrics> out;
  for (std::size_t i = 0; i < layouts.size(); ++i)
    out.push_back(measure(rooms.solved[i].graph, layouts[i], rewards[i]));
  return out;
}

}  // namespace

std::vector<RoomMetrics> random_bound(const EvalRooms& rooms, const env::EnvConfig& env, std::uint64_t seed) {
  std::vector<Layout> layouts;
  for (std::size_t i = 0; i < rooms.solved.size(); ++i) {
    Rng rng{seed, i, 0x72616e64};
    layouts.push_back(curate::random_layout(rooms.solved[i].graph, rng));
  }
  return measure_all(rooms, layouts, env);
}

std::vector<RoomMetrics> solver_bound(const EvalRooms& rooms, const env::EnvConfig& env, double steps_per_m) {
  std::vector<Layout> layouts;
  for (const auto& room : rooms.solved) {
    // As a model would have to write it.
    layouts.push_back(room.solution);
    for (auto& pose : layouts.back().poses)
      pose.position_m = (pose.position_m * steps_per_m).array().round() / steps_per_m;
  }
  return measure_all(rooms, layouts, env);
}

std::optional<Diversity> layout_diversity(std::span<const Layout> layouts) {
  if (layouts.size() < 2 || layouts.front().poses.empty()) return {};
  Diversity out;
  double pairs = 0;
  double distinct = 0;
  for (std::size_t b = 0; b < layouts.size(); ++b) {
    bool seen = false;
    for (std::size_t a = 0; a < b; ++a) {
      const auto& first = layouts[a].poses;
      const auto& second = layouts[b].poses;
      METASPATIAL_CHECK(first.size() == second.size(), "layouts of different rooms");
      double sum_m = 0;
      bool same = true;
      for (std::size_t o = 0; o < first.size(); ++o) {
        sum_m += (first[o].position_m - second[o].position_m).norm();
        same = same && same_place(first[o], second[o]);
      }
      out.position_spread_m += sum_m / static_cast<double>(first.size());
      seen = seen || same;
      ++pairs;
    }
    distinct += seen ? 0 : 1;
  }
  out.position_spread_m /= pairs;
  out.distinct = distinct / static_cast<double>(layouts.size());
  return out;
}

Json diversity_json(std::span<const std::vector<Layout>> of_rooms) {
  std::vector<double> spread_m, distinct, counts;
  for (const auto& layouts : of_rooms) {
    const auto diversity = layout_diversity(layouts);
    if (!diversity) continue;
    spread_m.push_back(diversity->position_spread_m);
    distinct.push_back(diversity->distinct);
    counts.push_back(static_cast<double>(layouts.size()));
  }
  const auto told = [&](double value) { return counts.empty() ? Json() : Json(value); };
  const MeanError spread = mean_error(spread_m);
  const MeanError different = mean_error(distinct);
  return Json{{"rooms", counts.size()},
              {"layouts", told(mean_error(counts).mean)},
              {"position_spread_m", told(spread.mean)},
              {"position_spread_m_stderr", told(spread.stderr_)},
              {"distinct", told(different.mean)},
              {"distinct_stderr", told(different.stderr_)}};
}

std::vector<std::vector<Layout>> answered_layouts(std::span<const RolloutGroup> groups) {
  std::vector<std::vector<Layout>> out;
  for (const auto& group : groups) {
    out.emplace_back();
    for (const auto& rollout : group.rollouts) {
      const auto& turns = rollout.episode.turns();
      if (!turns.empty() && turns.front().layout) out.back().push_back(*turns.front().layout);
    }
  }
  return out;
}

Json random_diversity(const EvalRooms& rooms, int count, std::uint64_t seed) {
  std::vector<std::vector<Layout>> of_rooms;
  for (std::size_t i = 0; i < rooms.solved.size(); ++i) {
    Rng rng{seed, i, 0x72616e64};
    of_rooms.emplace_back();
    for (int n = 0; n < count; ++n)
      of_rooms.back().push_back(curate::random_layout(rooms.solved[i].graph, rng));
  }
  return diversity_json(of_rooms);
}

Json solver_diversity(const EvalRooms& rooms, int count, std::uint64_t seed) {
  std::vector<std::vector<Layout>> of_rooms(rooms.solved.size());
  parallel_for(rooms.solved.size(), [&](std::size_t i) {
    Rng rng{seed, i, 0x736f6c76};
    for (int n = 0; n < count; ++n)
      if (auto layout = curate::solve(rooms.solved[i].graph, rng)) of_rooms[i].push_back(std::move(*layout));
  });
  return diversity_json(of_rooms);
}

Json turn_comparison(std::span<const RolloutGroup> groups, int first_turn, int later_turn) {
  std::vector<double> reward_1, reward_2, gain, faulty_1, faulty_2, fewer;
  double good = 0, good_copied = 0, good_broken = 0, bad = 0, bad_fixed = 0, kept = 0;
  for (const auto& group : groups) {
    for (const auto& rollout : group.rollouts) {
      const env::Turn* a = turn_of(rollout, first_turn);
      const env::Turn* b = turn_of(rollout, later_turn);
      if (a == nullptr || b == nullptr || !a->layout || !b->layout) continue;
      if (!a->reward.complete() || !b->reward.complete()) continue;
      reward_1.push_back(a->reward.total);
      reward_2.push_back(b->reward.total);
      gain.push_back(b->reward.total - a->reward.total);
      faulty_1.push_back(a->reward.report.faulty_share());
      faulty_2.push_back(b->reward.report.faulty_share());
      fewer.push_back(faulty_1.back() - faulty_2.back());
      if (b->parsed.status == reward::ResponseStatus::Keep || a == b) ++kept;
      for (std::size_t o = 0; o < a->layout->poses.size(); ++o) {
        const bool was_faulty = a->reward.report.objects[o].faulty();
        const bool is_faulty = b->reward.report.objects[o].faulty();
        if (was_faulty) {
          ++bad;
          bad_fixed += is_faulty ? 0 : 1;
        } else {
          ++good;
          good_copied += same_place(a->layout->poses[o], b->layout->poses[o]) ? 1 : 0;
          good_broken += is_faulty ? 1 : 0;
        }
      }
    }
  }
  const auto share = [](double part, double whole) { return whole > 0 ? Json(part / whole) : Json(); };
  const MeanError gained = mean_error(gain);
  const MeanError fewer_faults = mean_error(fewer);
  return Json{{"rooms", gain.size()},
              {"reward_1", mean_error(reward_1).mean},
              {"reward_2", mean_error(reward_2).mean},
              {"reward_gain", gained.mean},
              {"reward_gain_stderr", gained.stderr_},
              {"faulty_1", mean_error(faulty_1).mean},
              {"faulty_2", mean_error(faulty_2).mean},
              {"faulty_fewer", fewer_faults.mean},
              {"faulty_fewer_stderr", fewer_faults.stderr_},
              {"copy_rate", share(good_copied, good)},
              {"fix_rate", share(bad_fixed, bad)},
              {"break_rate", share(good_broken, good)},
              {"keep_rate", share(kept, static_cast<double>(gain.size()))}};
}

Result<Json> picture_ablation(Policy& policy, const EvalRooms& rooms, const env::EnvConfig& env,
                              const vlm::SamplingParams& greedy) {
  env::EnvConfig single = env;
  single.max_turns = 1;
  single.looks = false;  // nothing in the table depends on a grade
  std::vector<std::size_t> hidden;
  for (std::size_t i = 0; i < rooms.solved.size(); ++i) {
    const auto& graph = rooms.solved[i].graph;
    if (!graph.openings_in_text && !graph.openings.empty()) hidden.push_back(i);
  }
  Json table = Json::array();
  struct Blocked {
    double opening = 0, door = 0;
  };
  std::map<std::size_t, Blocked> with_true;  // by room, as far as answers came
  for (const std::string picture : {"true", "swapped", "blank"}) {
    std::vector<std::shared_ptr<const env::Room>> shown;
    for (std::size_t k = 0; k < hidden.size(); ++k) {
      const env::Room& room = *rooms.rooms[hidden[k]];
      if (picture == "blank") {
        shown.push_back(env::without_picture(room));
        continue;
      }
      auto seen = std::make_shared<env::Room>(room);
      // The next room's picture: as good a picture as the true one, of other doors and windows.
      if (picture == "swapped") seen->picture = rooms.rooms[hidden[(k + 1) % hidden.size()]]->picture;
      shown.push_back(std::move(seen));
    }
    PlayOptions options;
    options.sampling = greedy;
    METASPATIAL_TRY(const auto groups, play(policy, shown, single, options));
    std::vector<double> blocked, door, blocking, named, more, door_more;
    for (std::size_t k = 0; k < groups.size(); ++k) {
      const RolloutGroup& group = groups[k];
      if (group.rollouts.front().episode.turns().empty()) continue;
      const env::Turn& turn = group.rollouts.front().episode.turns().front();
      const RoomMetrics metrics = measure(*group.room->graph, turn.layout, turn.reward);
      blocked.push_back(metrics.opening_blocked);
      // An unreadable answer counts as one that blocks everything.
      const bool any_door = std::ranges::any_of(group.room->graph->openings, [](const scene::Opening& o) {
        return o.kind == scene::OpeningKind::Door;
      });
      const bool door_blocked =
          any_door &&
          (!metrics.readable || std::ranges::any_of(turn.reward.report.faults, [](const physics::Fault& f) {
            return f.kind == physics::FaultKind::DoorBlocked;
          }));
      door.push_back(door_blocked ? 1 : 0);
      if (picture == "true") with_true[k] = {metrics.opening_blocked, door.back()};
      if (const auto found = with_true.find(k); found != with_true.end()) {
        more.push_back(metrics.opening_blocked - found->second.opening);
        door_more.push_back(door.back() - found->second.door);
      }
      blocking.push_back(metrics.blocking);
      // An opening is named if the thought has its wall and a centre within 0.3 m.
      for (const auto& opening : group.room->graph->openings) {
        const std::string wall(scene::name(scene::element_of(opening.wall)));
        bool found = false;
        for (std::size_t at = turn.parsed.think.find(" at " + wall + " "); at != std::string::npos && !found;
             at = turn.parsed.think.find(" at " + wall + " ", at + 1)) {
          const double centre_m = std::strtod(turn.parsed.think.c_str() + at + 4 + wall.size(), nullptr);
          found = std::abs(centre_m - opening.centre_m) <= 0.3;
        }
        named.push_back(found ? 1 : 0);
      }
    }
    const MeanError rate = mean_error(blocked);
    const MeanError objects = mean_error(blocking);
    const MeanError seen = mean_error(named);
    const MeanError apart = mean_error(more);
    const MeanError doors = mean_error(door);
    const MeanError doors_apart = mean_error(door_more);
    table.push_back(Json{{"picture", picture},
                         {"rooms", blocked.size()},
                         {"blocked_rate", rate.mean},
                         {"blocked_rate_stderr", rate.stderr_},
                         {"blocked_more", apart.mean},
                         {"blocked_more_stderr", apart.stderr_},
                         {"door_blocked_rate", doors.mean},
                         {"door_blocked_rate_stderr", doors.stderr_},
                         {"door_blocked_more", doors_apart.mean},
                         {"door_blocked_more_stderr", doors_apart.stderr_},
                         {"blocking_objects", objects.mean},
                         {"blocking_objects_stderr", objects.stderr_},
                         {"openings_named", seen.mean},
                         {"openings_named_stderr", seen.stderr_}});
  }
  return table;
}

Result<Json> turn_ablation(Policy& policy, const EvalRooms& rooms, const env::EnvConfig& env, int turns,
                           const vlm::SamplingParams& greedy) {
  Json table = Json::array();
  for (const std::string feedback : {"both", "words", "picture", "blank"}) {
    env::EnvConfig shown = env;
    shown.max_turns = turns;
    shown.feedback_words = feedback == "both" || feedback == "words";
    shown.feedback_picture = feedback == "both" || feedback == "picture";
    PlayOptions options;
    options.sampling = greedy;
    METASPATIAL_TRY(const auto groups, play(policy, rooms.rooms, shown, options));
    for (int later = 1; later < turns; ++later) {
      Json row{{"feedback", feedback}, {"turn", later + 1}};
      row.update(turn_comparison(groups, 0, later));
      table.push_back(std::move(row));
    }
  }
  return table;
}

}  // namespace metaspatial::eval
