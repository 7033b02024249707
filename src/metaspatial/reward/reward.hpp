#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/base/json.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/reward/response.hpp"
#include "metaspatial/scene/graph.hpp"

/// One number for an answer, and its parts per object and per axis.
namespace metaspatial::reward {

using scene::Vec3;

/// How fast the grade of a fault falls beyond its tolerance: half of it with `near_m` (a steep end that
/// rewards the last centimetres), half with `far_m` (a long tail that still tells a miss of one metre from
/// one of three).
///
/// Units    metres; both > 0.
struct Falloff {
  double near_m = 0.05;
  double far_m = 0.5;
  /// 1 up to the tolerance (`excess_m` <= 0), then 0.5 exp(-excess/near) + 0.5 exp(-excess/far).
  [[nodiscard]] double grade(double excess_m) const;
};

/// What a reward is made of.
struct RewardConfig {
  double format_weight = 0.3;  ///< weights are divided by their sum; REQUIRES format_weight > 0, others >= 0
  double physics_weight = 0.5;
  double looks_weight = 0.2;  ///< added to physics where there is no grade of looks

  double overlap_weight = 0.3;  ///< parts of an object's physics; divided by their sum
  double relation_weight = 0.4;
  double support_weight = 0.15;
  double blocked_weight = 0.15;
  double use_weight = 0.15;     ///< facing, function, access; 0: not checked, not told between turns
  double alignment_weight = 0;  ///< angle, flushness, rows; 0: not checked, not told between turns

  Falloff overlap{.near_m = 0.05, .far_m = 0.3};
  Falloff bounds{.near_m = 0.05, .far_m = 0.3};
  Falloff relation{.near_m = 0.1, .far_m = 1.0};
  Falloff support{.near_m = 0.05, .far_m = 0.2};
  Falloff blocked{.near_m = 0.05, .far_m = 0.3};
  Falloff use{.near_m = 0.1, .far_m = 1.0};        ///< one radian counts as one metre
  Falloff alignment{.near_m = 0.1, .far_m = 0.5};  ///< the same

  physics::Rules rules;
  ParseOptions parse;  ///< allow_keep is set by whether a layout of the turn before is given
};

/// The grades of one object, each in [0, 1]; 1 is faultless.
struct ObjectScore {
  /// bounds * overlap * support * the weighted mean of: 1 for overlap and for support, relation, blocked,
  /// use, alignment
  double total = 0;
  double overlap = 0;  ///< product over its Report::graded_overlaps of grade(depth) * (1 - Contact::share)
  double bounds = 0;
  double relation = 0;  ///< mean over its satisfiable relations; 1 if it has none
  double support = 0;
  double blocked = 0;    ///< product over the openings it blocks
  double use = 0;        ///< grade(UseReport::excess_m)
  double alignment = 0;  ///< grade(AlignmentReport::excess_m)
  /// The same for one coordinate: x and y from the bounds and relations on that axis and from overlap,
  /// blocked, use and alignment, which belong to both; z from its bounds, relations and support.
  Vec3 axis = Vec3::Zero();
};

/// What a judge made of a picture: a failure is a state, never a number.
enum class LooksState {
  NotWanted,  ///< no grade is part of this reward; its weight goes to physics
  Graded,
  Failed,  ///< a grade was wanted and the judge gave none: the reward has no total
};

/// A grade of looks, none, or the judge's failure.
struct Looks {
  LooksState state = LooksState::NotWanted;
  double grade = 0;  ///< in [0, 1] (clamped to it), if Graded

  Looks() = default;
  /// REQUIRES a finite grade.
  Looks(double grade_of_looks);                             // NOLINT(google-explicit-constructor)
  Looks(const std::optional<double>& grade_or_not_wanted);  // NOLINT(google-explicit-constructor)
  [[nodiscard]] static Looks failed();
};

/// What an answer is worth, and why.
struct Reward {
  ResponseStatus status = ResponseStatus::Ok;
  double format = 0;            ///< ParsedResponse::format
  double physics = 0;           ///< mean of the objects' totals; 0 if unreadable
  std::optional<double> looks;  ///< the grade; nothing if unreadable, not wanted or failed
  LooksState looks_state = LooksState::NotWanted;
  double total = 0;  ///< in [0, 1]; unreadable answers are below every readable one; NaN if the judge failed
  std::vector<ObjectScore> objects;  ///< one per object of the graph; zeros if unreadable
  physics::Report report;            ///< empty if unreadable
  std::string reason;                ///< why it is unreadable; else empty

  [[nodiscard]] bool readable() const {
    return status == ResponseStatus::Ok || status == ResponseStatus::Keep;
  }
  /// Whether it has a total: else the sample is to be left out of its group.
  [[nodiscard]] bool complete() const { return looks_state != LooksState::Failed; }
};

/// Scores a layout: format 1, physics graded, looks as given.
///
/// Shape    one finite pose per object. The grade of a room without objects is 1.
/// Threads  const on its arguments.
[[nodiscard]] Reward score_layout(const SceneGraph& graph, const Layout& layout,
                                  const RewardConfig& config = {}, const Looks& looks = {});

/// Scores many layouts of one room: the same numbers, and once it is warm nothing is allocated.
///
/// Threads  one scorer per thread.
class LayoutScorer {
 public:
  /// REQUIRES `graph` to outlive the scorer, unchanged.
  explicit LayoutScorer(const SceneGraph& graph, const RewardConfig& config = {});
  LayoutScorer(const LayoutScorer&) = delete;
  LayoutScorer& operator=(const LayoutScorer&) = delete;
  /// The reward stands until the next call.
  const Reward& score(const Layout& layout, const Looks& looks = {});

 private:
  RewardConfig config_;
  physics::PreparedRoom room_;
  physics::Checker checker_;
  std::vector<Vec3> bounds_axis_;
  Reward reward_;
};

/// Scores what was read. `previous` is the layout that `keep` keeps; REQUIRED if the status is Keep.
[[nodiscard]] Reward score_parsed(const SceneGraph& graph, const ParsedResponse& response,
                                  const RewardConfig& config = {}, const Looks& looks = {},
                                  const Layout* previous = nullptr);

/// Reads and scores a response; `keep` is allowed if there is a layout of the turn before.
[[nodiscard]] Reward score(const SceneGraph& graph, std::string_view response,
                           const RewardConfig& config = {}, const Looks& looks = {},
                           const Layout* previous = nullptr);

/// {"format", "physics", "looks", "total", "status", "reason", "objects": {id: {"total", "overlap", ...,
/// "axis"}}, "faults": ["nightstand_1 overlaps bed_1 by 0.21 m", ...]}; "looks" is null where there is no
/// grade; if the judge failed, "looks_state" is "failed" and "total" null. "reason" is there only for
/// unreadable answers.
[[nodiscard]] Json reward_json(const SceneGraph& graph, const Reward& reward);

}  // namespace metaspatial::reward
