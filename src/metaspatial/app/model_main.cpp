#include "metaspatial/app/command.hpp"
#include "metaspatial/app/merge_command.hpp"
#include "metaspatial/app/model_commands.hpp"

/// The program that carries the model; `metaspatial` becomes it for these commands.
int main(int argc, char** argv) {
  metaspatial::app::Program program("Commands of metaspatial that carry a model.");
  metaspatial::app::add_model_generate_command(program);
  metaspatial::app::add_pretrain_command(program);
  metaspatial::app::add_train_command(program);
  metaspatial::app::add_eval_command(program);
  metaspatial::app::add_merge_command(program);
  return metaspatial::app::run_program(program, argc, argv);
}
