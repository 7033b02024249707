#pragma once

#include "metaspatial/app/command.hpp"

namespace metaspatial::app {

/// `metaspatial generate`, `pretrain`, `train`, `eval`: the commands that carry a model.
void add_model_generate_command(Program& program);
void add_pretrain_command(Program& program);
void add_train_command(Program& program);
void add_eval_command(Program& program);

}  // namespace metaspatial::app
