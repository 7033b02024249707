#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metaspatial/base/json.hpp"
#include "metaspatial/eval/rollout.hpp"
#include "metaspatial/eval/rooms.hpp"

namespace metaspatial::eval {

/// What one answer in one room measures. Shares are of the room's objects (relations), in [0, 1]; an
/// unreadable answer counts as 1 in every one of them.
struct RoomMetrics {
  bool readable = false;
  double reward = 0;
  double faulty_objects = 1;
  double colliding_objects = 1;
  double out_of_room = 1;
  double broken_relations = 1;
  double unsupported = 1;
  double blocking = 1;             ///< share of objects that block a door or a window
  double opening_blocked = 1;      ///< 1 if any object blocks a door or a window, else 0
  double unusable_objects = 1;     ///< turned away, too far from their table, or without access
  double misaligned_objects = 1;   ///< askew, not flush, out of their row
  double not_walkable = 1;         ///< share of the free floor that cannot be reached
  double collision_reference = 1;  ///< the public reference's collision and constraint ratios
  double constraint_reference = 1;
};
[[nodiscard]] RoomMetrics measure(const scene::SceneGraph& graph, const std::optional<scene::Layout>& layout,
                                  const reward::Reward& reward);
[[nodiscard]] RoomMetrics measure_layout(const scene::SceneGraph& graph, const scene::Layout& layout,
                                         const env::EnvConfig& env);

/// Means over rooms: "reward", "format", "faulty_objects", ... and the same over readable answers only as
/// "*_readable"; "reward_stderr", "rooms".
[[nodiscard]] Json metrics_json(std::span<const RoomMetrics> rooms);

/// The rooms of an evaluation, as solved and as episodes use them.
struct EvalRooms {
  std::vector<SolvedRoom> solved;
  std::vector<std::shared_ptr<const env::Room>> rooms;
};
[[nodiscard]] EvalRooms make_eval_rooms(std::vector<SolvedRoom> solved,
                                        const std::shared_ptr<render::Device>& device,
                                        const env::EnvConfig& env);

/// metrics[t][i]: room i after turn t; a room that stopped early keeps its last turn, and
/// one whose answer never came is not there.
[[nodiscard]] std::vector<std::vector<RoomMetrics>> metrics_by_turn(std::span<const RolloutGroup> groups,
                                                                    int turns);

/// The bounds that stand beside every trained number: uniform random places, and the solver, its places
/// rounded to 1 / steps_per_m: 100 is what prompts ask for, 20 the grid of the nano's number tokens.
[[nodiscard]] std::vector<RoomMetrics> random_bound(const EvalRooms& rooms, const env::EnvConfig& env,
                                                    std::uint64_t seed);
[[nodiscard]] std::vector<RoomMetrics> solver_bound(const EvalRooms& rooms, const env::EnvConfig& env,
                                                    double steps_per_m = 100);

/// How far several layouts of one room differ from each other.
struct Diversity {
  double position_spread_m = 0;  ///< distance between an object's places in two layouts, mean over objects
                                 ///< and pairs of layouts
  double distinct = 0;           ///< different layouts, of all; the same is every place within 1e-6 m
};
/// Nothing for fewer than two layouts or a room without objects.
///
/// REQUIRES layouts of the same room: as many poses in each.
[[nodiscard]] std::optional<Diversity> layout_diversity(std::span<const scene::Layout> layouts);
/// Means over rooms: "rooms" (those with two layouts or more), "layouts" of one of them, "position_spread_m"
/// and "distinct" with "_stderr"; null where there is no room.
[[nodiscard]] Json diversity_json(std::span<const std::vector<scene::Layout>> of_rooms);
/// The readable first answers of every group, for diversity_json().
[[nodiscard]] std::vector<std::vector<scene::Layout>> answered_layouts(std::span<const RolloutGroup> groups);
/// `count` random layouts, and as many solutions, of every room: the diversity that answers may be compared
/// with.
[[nodiscard]] Json random_diversity(const EvalRooms& rooms, int count, std::uint64_t seed);
[[nodiscard]] Json solver_diversity(const EvalRooms& rooms, int count, std::uint64_t seed);

/// How a second turn changes the first, paired on rooms where both answers parse: rewards and faulty objects
/// before and after, share of faultless objects copied, faulty ones fixed, good ones broken.
[[nodiscard]] Json turn_comparison(std::span<const RolloutGroup> groups, int first_turn, int later_turn);

/// What pictures do, in rooms whose openings are only in the picture: share of rooms with a blocked opening,
/// and how well the thought before the answer names the openings, with the true picture, another room's, and
/// a grey one; "door_blocked_rate" is of doors alone, "blocked_more" and "door_blocked_more" are how much
/// more often than with the true picture, paired by room.
[[nodiscard]] Result<Json> picture_ablation(Policy& policy, const EvalRooms& rooms, const env::EnvConfig& env,
                                            const vlm::SamplingParams& greedy = greedy_sampling());
/// What feedback does: turn_comparison with words and picture, words only, picture only, and neither.
[[nodiscard]] Result<Json> turn_ablation(Policy& policy, const EvalRooms& rooms, const env::EnvConfig& env,
                                         int turns, const vlm::SamplingParams& greedy = greedy_sampling());

}  // namespace metaspatial::eval
