#include "metaspatial/reward/reward.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "metaspatial/base/error.hpp"

namespace metaspatial::reward {
namespace {

using physics::Fault;
using physics::FaultKind;

/// Weights of the whole, summing to 1, physics having taken over looks where there is no grade of them.
struct Weights {
  double format;
  double physics;
  double looks;
};

Weights weights_of(const RewardConfig& config, bool has_looks) {
  METASPATIAL_CHECK(config.format_weight > 0 && config.physics_weight >= 0 && config.looks_weight >= 0,
                    "weights of a reward, validated where the config is read");
  const double sum = config.format_weight + config.physics_weight + config.looks_weight;
  const double looks = has_looks ? config.looks_weight / sum : 0.0;
  const double format = config.format_weight / sum;
  return {format, 1.0 - format - looks, looks};
}

/// What is worth nothing is not checked: the report of a reward holds what the reward counts.
physics::Rules rules_of(const RewardConfig& config) {
  physics::Rules rules = config.rules;
  rules.use = rules.use && config.use_weight > 0;
  rules.alignment = rules.alignment && config.alignment_weight > 0;
  return rules;
}

/// Grades every object of the report. `bounds_axis` is room for one value per object.
void grade_objects(const physics::Report& report, const RewardConfig& config, std::vector<Vec3>& bounds_axis,
                   std::vector<ObjectScore>& scores) {
  const std::size_t n = report.objects.size();
  ObjectScore perfect;
  perfect.overlap = perfect.bounds = perfect.support = perfect.blocked = 1;
  scores.assign(n, perfect);  // relation and axis: sums of what is lost, until the end
  bounds_axis.assign(n, Vec3::Ones());

  for (const Fault& overlap : report.graded_overlaps) {
    // Depth alone would let thin things share a place for a few centimetres' worth: their share tells.
    // Scaled by the excess, so that the grade has no step at the tolerance.
    const double excess_m = overlap.magnitude - overlap.slop;
    const double share = overlap.magnitude > 0 ? overlap.share * excess_m / overlap.magnitude : 0.0;
    const double grade = config.overlap.grade(excess_m) * (1 - std::clamp(share, 0.0, 1.0));
    scores[static_cast<std::size_t>(overlap.object)].overlap *= grade;
    scores[static_cast<std::size_t>(overlap.other)].overlap *= grade;
  }
  // Start from full marks and take off what every fault costs; a fault's cost is 0 where it begins.
  for (const Fault& fault : report.faults) {
    const auto i = static_cast<std::size_t>(fault.object);
    const double excess_m = fault.magnitude - fault.slop;
    switch (fault.kind) {
      case FaultKind::Overlap:
        break;  // graded below, things in mid-air as if they were put down
      case FaultKind::OutOfRoom: {
        scores[i].bounds = config.bounds.grade(excess_m);
        const Vec3 move = fault.push_m.cwiseAbs();
        for (int k = 0; k < 3; ++k) bounds_axis[i][k] = config.bounds.grade(move[k] - fault.slop);
        break;
      }
      case FaultKind::Relation: {
        const double grade = config.relation.grade(excess_m);
        scores[i].relation += 1 - grade;
        // The excess is shared out among the axes as the distance is; what no move mends (an object turned so
        // that it does not fit) is every axis' fault.
        const double lack_m =
            std::max(0.0, fault.magnitude - std::hypot(fault.push_m.x(), fault.push_m.y(), fault.push_m.z()));
        for (int k = 0; k < 3; ++k) {
          const double part = (std::abs(fault.push_m[k]) + lack_m) / fault.magnitude;
          scores[i].axis[k] += 1 - config.relation.grade(excess_m * std::min(1.0, part));
        }
        break;
      }
      case FaultKind::Support:
        scores[i].support = config.support.grade(excess_m);
        break;
      case FaultKind::DoorBlocked:
      case FaultKind::WindowBlocked:
        scores[i].blocked *= config.blocked.grade(excess_m);
        break;
      case FaultKind::Facing:
      case FaultKind::TooFar:
      case FaultKind::Access:
      case FaultKind::Turned:
      case FaultKind::NotFlush:
      case FaultKind::OutOfRow:
        break;  // graded as a whole below: with several tables, the best one counts
    }
  }

  const double overlap = config.overlap_weight;
  const double relation = config.relation_weight;
  const double support = config.support_weight;
  const double blocked = config.blocked_weight;
  const double use = config.use_weight;
  const double alignment = config.alignment_weight;
  METASPATIAL_CHECK(
      overlap >= 0 && relation > 0 && support >= 0 && blocked >= 0 && use >= 0 && alignment >= 0,
      "weights of an object's physics, validated where the config is read");
  for (std::size_t i = 0; i < n; ++i) {
    ObjectScore& score = scores[i];
    const int judged = report.objects[i].relations - report.objects[i].unsatisfiable_relations;
    const double share = judged > 0 ? 1.0 / judged : 0.0;
    score.relation = 1 - share * score.relation;
    const Vec3 relation_axis = Vec3::Ones() - share * score.axis;
    score.use = config.use.grade(report.objects[i].use_m);
    score.alignment = config.alignment.grade(report.objects[i].alignment_m);
    // A thing must be in the room, in nothing else, and held up; then it is asked whether it is in its place,
    // out of the way and of use. So piles, throw-outs and what floats are worth little, however well they are
    // arranged.
    const double quality = (overlap + support + relation * score.relation + blocked * score.blocked +
                            use * score.use + alignment * score.alignment) /
                           (overlap + relation + support + blocked + use + alignment);
    score.total = score.bounds * score.overlap * score.support * quality;
    for (int k = 0; k < 2; ++k)
      score.axis[k] = bounds_axis[i][k] *
                      (overlap * score.overlap + relation * relation_axis[k] * score.overlap +
                       blocked * score.blocked + use * score.use + alignment * score.alignment) /
                      (overlap + relation + blocked + use + alignment);
    score.axis[2] =
        bounds_axis[i][2] * (relation * relation_axis[2] + support * score.support) / (relation + support);
  }
}

Reward unreadable_reward(const SceneGraph& graph, const ParsedResponse& response,
                         const RewardConfig& config) {
  Reward reward;
  reward.status = response.status;
  reward.format = response.format;
  reward.reason = response.reason;
  reward.objects.resize(graph.objects.size());
  reward.total = weights_of(config, true).format * response.format;
  return reward;
}

}  // namespace

double Falloff::grade(double excess_m) const {
  if (!(excess_m > 0)) return 1;
  return 0.5 * std::exp(-excess_m / near_m) + 0.5 * std::exp(-excess_m / far_m);
}

Looks::Looks(double grade_of_looks) : state(LooksState::Graded), grade(std::clamp(grade_of_looks, 0.0, 1.0)) {
  METASPATIAL_CHECK(std::isfinite(grade_of_looks), "a failed judge gives no grade");
}

Looks::Looks(const std::optional<double>& grade_or_not_wanted) {
  if (grade_or_not_wanted) *this = Looks(*grade_or_not_wanted);
}

Looks Looks::failed() {
  Looks looks;
  looks.state = LooksState::Failed;
  return looks;
}

LayoutScorer::LayoutScorer(const SceneGraph& graph, const RewardConfig& config)
    : config_(config), room_(graph, rules_of(config)), checker_(room_) {}

const Reward& LayoutScorer::score(const Layout& layout, const Looks& looks) {
  Reward& reward = reward_;
  reward.status = ResponseStatus::Ok;
  reward.format = 1;
  checker_.check(layout, reward.report);
  grade_objects(reward.report, config_, bounds_axis_, reward.objects);
  double sum = 0;
  double inside = 0;
  for (const ObjectScore& object : reward.objects) {
    sum += object.total;
    inside += object.bounds;
  }
  const double n = std::max<double>(1, static_cast<double>(reward.objects.size()));
  // What is thrown out makes room for the others: it takes from all of them.
  reward.physics = reward.objects.empty() ? 1 : sum / n * std::pow(inside / n, 3);
  reward.looks.reset();
  reward.looks_state = looks.state;
  if (looks.state == LooksState::Graded) reward.looks = looks.grade;
  const Weights weights = weights_of(config_, reward.looks.has_value());
  reward.total = weights.format + weights.physics * reward.physics + weights.looks * reward.looks.value_or(0);
  reward.total = std::clamp(reward.total, 0.0, 1.0);
  if (!reward.complete()) reward.total = std::numeric_limits<double>::quiet_NaN();
  return reward;
}

Reward score_layout(const SceneGraph& graph, const Layout& layout, const RewardConfig& config,
                    const Looks& looks) {
  return LayoutScorer(graph, config).score(layout, looks);
}

Reward score_parsed(const SceneGraph& graph, const ParsedResponse& response, const RewardConfig& config,
                    const Looks& looks, const Layout* previous) {
  if (!response.readable()) return unreadable_reward(graph, response, config);
  const bool keep = response.status == ResponseStatus::Keep;
  METASPATIAL_CHECK(!keep || previous != nullptr, "keep is only allowed with a layout of the turn before");
  Reward reward = score_layout(graph, keep ? *previous : response.layout, config, looks);
  reward.status = response.status;
  return reward;
}

Reward score(const SceneGraph& graph, std::string_view response, const RewardConfig& config,
             const Looks& looks, const Layout* previous) {
  ParseOptions options = config.parse;
  options.allow_keep = previous != nullptr;
  return score_parsed(graph, parse_response(graph, response, options), config, looks, previous);
}

Json reward_json(const SceneGraph& graph, const Reward& reward) {
  Json json = Json::object();
  json["format"] = reward.format;
  json["physics"] = reward.physics;
  json["looks"] = reward.looks ? Json(*reward.looks) : Json(nullptr);
  json["total"] = reward.complete() ? Json(reward.total) : Json(nullptr);
  if (!reward.complete()) json["looks_state"] = "failed";
  json["status"] = std::string(name(reward.status));
  if (!reward.reason.empty()) json["reason"] = reward.reason;
  Json objects = Json::object();
  for (std::size_t i = 0; i < reward.objects.size() && i < graph.objects.size(); ++i) {
    const ObjectScore& score = reward.objects[i];
    Json object = Json::object();
    object["total"] = score.total;
    object["overlap"] = score.overlap;
    object["bounds"] = score.bounds;
    object["relation"] = score.relation;
    object["support"] = score.support;
    object["blocked"] = score.blocked;
    object["use"] = score.use;
    object["alignment"] = score.alignment;
    object["axis"] = Json::array({score.axis.x(), score.axis.y(), score.axis.z()});
    objects[graph.objects[i].id] = std::move(object);
  }
  json["objects"] = std::move(objects);
  Json faults = Json::array();
  for (const Fault& fault : reward.report.faults) faults.push_back(physics::describe(graph, fault));
  json["faults"] = std::move(faults);
  return json;
}

}  // namespace metaspatial::reward
