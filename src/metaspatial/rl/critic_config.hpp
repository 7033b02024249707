#pragma once

#include <string>

#include "metaspatial/base/config.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/rl/adamw.hpp"
#include "metaspatial/rl/losses.hpp"
#include "metaspatial/rl/trainable.hpp"

namespace metaspatial::rl {

/// The critic of estimators that ask for values.
struct CriticConfig {
  std::string model_path;                    ///< [critic.model.path] empty: the policy's start
  TrainableConfig trainable;                 ///< [critic.model.*] which of its weights learn
  double learning_rate = 1e-5;               ///< [critic.optim.lr]
  int lr_warmup_steps = 0;                   ///< [critic.optim.lr_warmup_steps]; constant from there on
  AdamWConfig optimizer;                     ///< [critic.optim.weight_decay], [critic.max_grad_norm]
  double cliprange_value = 0.5;              ///< [critic.cliprange_value]
  LossMean loss_avg_mode = LossMean::Token;  ///< [critic.loss_avg_mode]
  int warmup_steps = 0;  ///< [trainer.critic_warmup] steps at a run's start in which it learns alone
};

/// Errors   those of the reader, later; of read_trainable_config().
[[nodiscard]] Result<void> read_critic_config(ConfigReader& reader, std::string_view where,
                                              CriticConfig& config);

}  // namespace metaspatial::rl
