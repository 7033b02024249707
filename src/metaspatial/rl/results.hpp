#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/eval/policy_config.hpp"
#include "metaspatial/rl/trainer.hpp"

namespace metaspatial::rl {

/// Compares a starting model with a trained one on held-out rooms, both greedy and in a single turn, and
/// writes summary.json and report.html to config.output. Beside them: the starting model at other
/// temperatures, random and solver layouts, what later turns and their feedback do, what the picture does.
///
/// The rooms come from config.val_descriptions; a room whose signature is that of a training room is left
/// out.
///
/// Errors   of files; none of the model's answers is an error.
/// Returns  the summary.
[[nodiscard]] Result<Json> write_results(const TrainConfig& config, double train_seconds);

/// Evaluates one model, of this process or behind an endpoint, on rooms of a description file: single turn
/// greedy and sampled, several turns, ablations.
struct EvaluateConfig {
  std::string model_path = "models/nano";
  std::string descriptions = "data/descriptions/heldout.json";
  int rooms = 160;
  int turns = 3;
  int samples = 4;  ///< answers per room whose diversity is measured
  std::uint64_t seed = 7;
  int threads = 2;
  /// Beside the greedy one: "sampled" (one turn), "sampled_turns" (all), "diversity", "choice" (the best of
  /// 16), "turns" and "pictures" (ablations); empty: all.
  std::set<std::string, std::less<>> tables;
  eval::PolicyConfig policy;  ///< an endpoint, or how the local model is asked
  std::filesystem::path
      answers;  ///< every greedy answer as JSON lines that `metaspatial score` reads; empty: none
  reward::RewardConfig reward;
  judge::JudgeConfig judge;  ///< a model as judge is asked about every answer of every table
};
/// In the environment that suits the model (eval::suited_env). Says how many answers were readable, and of an
/// endpoint how many never came, and what it cost; what never came is in no mean.
///
/// Errors   of files; those of env::open_judge; of an endpoint those of eval::RemotePolicy::open, and its
/// first
///          failure if it answers nothing. One that fails later leaves {"error"} in place of a table.
[[nodiscard]] Result<Json> evaluate_model(const EvaluateConfig& config);

}  // namespace metaspatial::rl
