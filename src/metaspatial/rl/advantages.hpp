#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// From rewards to advantages. Plain numbers in, plain numbers out; nothing here knows tensors or tokens.
namespace metaspatial::rl {

/// The discounted return of a trajectory: sum over turns of gamma^t R_t, t from 0.
[[nodiscard]] double trajectory_return(std::span<const double> turn_rewards, double gamma);

/// Group-relative advantages: A_g = (R_g - mean) / (std + epsilon), or R_g - mean without the division.
///
/// Shape    one entry per trajectory of a group; a group of one gives 0. std is the sample one (n - 1).
/// Source   GRPO, Shao et al. 2024, section 4.1; without the division: Dr. GRPO, Liu et al. 2025.
[[nodiscard]] std::vector<double> grpo_advantages(std::span<const double> returns,
                                                  bool normalise_by_std = true, double epsilon = 1e-6);

/// RLOO: A_g = R_g - mean of the others' R.
///
/// Shape    one entry per trajectory of a group; a group of one gives 0, NaN entries are left out.
/// Source   Ahmadian et al. 2024, eq. 5.
[[nodiscard]] std::vector<double> rloo_advantages(std::span<const double> returns);

/// GRPO for pass@k: the best of a group carries what it is ahead of the second best, all others 0.
///
/// Shape    one entry per trajectory of a group; a group of one gives 0, NaN entries are left out; of equal
///          best ones the first has A = 0 like all others.
/// Source   arXiv 2503.19595; verl's grpo_passk.
[[nodiscard]] std::vector<double> grpo_passk_advantages(std::span<const double> returns,
                                                        bool normalise_by_std = true, double epsilon = 1e-6);

/// R_g - mean R, where a lone trajectory is compared with 0: what REINFORCE++-baseline whitens over the
/// batch.
///
/// Shape    one entry per trajectory of a group, NaN entries are left out.
/// Source   REINFORCE++, Hu 2025, section 3 (the variant for several answers per prompt); verl's
///          reinforce_plus_plus_baseline.
[[nodiscard]] std::vector<double> centred_advantages(std::span<const double> returns);

/// ReMax: A_g = R_g - R of the greedy answer to the same question.
///
/// Source   Li et al. 2023, algorithm 1.
[[nodiscard]] std::vector<double> remax_advantages(std::span<const double> returns, double greedy_return);

/// Whether a group tells apart its trajectories: DAPO's dynamic sampling leaves out and samples again the
/// ones that do not. NaN entries are left out.
///
/// Source   DAPO, Yu et al. 2025, section 3.2 (there for rewards of 0 and 1: not all right, not all wrong).
[[nodiscard]] bool is_informative(std::span<const double> returns, double least_spread = 1e-6);

/// DAPO's soft overlong punishment, to be added to a reward: 0 up to max_tokens - buffer_tokens, then falling
/// in a straight line to -factor at max_tokens, and -factor beyond.
///
/// Source   DAPO, Yu et al. 2025, eq. 13; factor: verl's overlong_buffer.penalty_factor.
[[nodiscard]] double overlong_penalty(std::int64_t tokens, std::int64_t max_tokens,
                                      std::int64_t buffer_tokens, double factor = 1.0);

/// G_k = r_k + gamma G_(k+1) over the tokens of one response.
[[nodiscard]] std::vector<double> discounted_returns(std::span<const double> rewards, double gamma);

/// (x - mean) / sqrt(var + epsilon) over all tokens of all responses of a step; var with n - 1. What
/// REINFORCE++ and GAE do last.
///
/// Shape    as given. Source  REINFORCE++, Hu 2025, eq. 8; verl's masked_whiten.
void whiten(std::span<std::vector<double>> of_responses, double epsilon = 1e-8);

/// Generalised advantage estimation over the tokens of one response, whose end has value 0:
/// delta_k = r_k + gamma V_(k+1) - V_k,  A_k = delta_k + gamma lambda A_(k+1).
///
/// Shape    rewards, values (T) -> (T) each; returns[k] = A_k + V_k is what the critic learns.
/// Source   Schulman et al. 2016, eq. 16.
struct Gae {
  std::vector<double> advantages;
  std::vector<double> returns;
};
[[nodiscard]] Gae gae(std::span<const double> rewards, std::span<const double> values, double gamma,
                      double lambda);

/// Bi-level GAE over the tokens of all turns of one trajectory. First over turns, each with its value at its
/// last token: delta_t = R_t + turn_gamma V_(t+1) - V_t,  A_t = delta_t + turn_gamma lambda A_(t+1). Then
/// over the tokens of each turn on its own, whose last token has advantage A_t. R_t is the sum of the turn's
/// token rewards.
///
/// Shape    rewards[t], values[t]: one entry per token of turn t -> the same shape.
/// Source   VAGEN, Wang et al. 2025, section 4.2, in the form of the released code (the turn's advantage
/// takes the place
///          of the last token's own).
[[nodiscard]] std::vector<Gae> bi_level_gae(std::span<const std::vector<double>> rewards,
                                            std::span<const std::vector<double>> values, double gamma,
                                            double lambda, double turn_gamma);

/// 3D-SPO as reconstructed: an object's coordinate tokens carry (R_g P_go - mean R) / (std R + epsilon), all
/// other tokens GRPO's (R_g - mean R) / (std R + epsilon). Not bounded: kept to be compared with, see
/// part_credit().
///
/// Shape    returns[g], factors[g]: the object's physics factor P in [0, 1], NaN where it has none (1 is
/// taken). Source   3D-SPO, ICLR 2026; how P follows from the faults is not published.
[[nodiscard]] std::vector<double> spo_advantages(std::span<const double> returns,
                                                 std::span<const double> factors, double epsilon = 1e-6);

/// Credit for one part (an object, or one axis of it) of every trajectory of a group: the part's own score,
/// normalised over the group and clipped. Zero-mean over the group before clipping; 0 for absent parts.
///
/// Shape    scores[g]: the part's score in trajectory g, or NaN where it has none (an unreadable answer).
/// Source   our well-behaved form of 3D-SPO's object modulation (docs/ALGORITHMS.md): A + lambda * this.
[[nodiscard]] std::vector<double> part_credit(std::span<const double> scores, double clip = 3.0,
                                              double epsilon = 0.05);

/// Advantages of gains over doing nothing, which is worth 0: gain / (rms + epsilon), clipped. Not centred:
/// where all of a group made things worse, none of them is praised for having done less harm than the others.
///
/// Shape    gains[g]: what trajectory g gained, or NaN where there is nothing to compare (0 is returned).
[[nodiscard]] std::vector<double> gain_advantages(std::span<const double> gains, double clip = 3.0,
                                                  double epsilon = 0.02);

}  // namespace metaspatial::rl
