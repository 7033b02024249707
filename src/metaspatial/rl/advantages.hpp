#pragma once

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
