#pragma once

#include <filesystem>

#include "metaspatial/rl/pretrain.hpp"
#include "metaspatial/rl/trainer.hpp"

/// Runs of a tiny model that take a second, for tests.
namespace metaspatial::rl {

/// Four steps from fresh weights, to `output`.
inline PretrainConfig tiny_pretraining(const std::filesystem::path& output) {
  PretrainConfig config;
  config.descriptions = METASPATIAL_SOURCE_DIR "/data/descriptions/train.json";
  config.nano.hidden_size = 32;
  config.nano.num_hidden_layers = 2;
  config.nano.num_attention_heads = 2;
  config.nano.num_key_value_heads = 1;
  config.nano.head_dim = 16;
  config.nano.intermediate_size = 64;
  config.nano.vision_hidden_size = 16;
  config.nano.vision_depth = 2;
  config.nano.vision_num_heads = 2;
  config.nano.vision_intermediate_size = 32;
  config.env.picture_px = 112;
  config.steps = 4;
  config.rooms_per_step = 4;
  config.save_every = 2;
  config.output = output.string();
  return config;
}

/// Three steps of reinforcement learning from the model in `model`, to `output`.
inline TrainConfig tiny_training(const std::filesystem::path& model, const std::filesystem::path& output) {
  TrainConfig config;
  config.train_descriptions = METASPATIAL_SOURCE_DIR "/data/descriptions/train.json";
  config.val_descriptions = METASPATIAL_SOURCE_DIR "/data/descriptions/heldout.json";
  config.model_path = model.string();
  config.env.picture_px = 112;
  config.rooms_per_step = 3;
  config.rooms_per_update = 2;
  config.rollouts_per_room = 2;
  config.max_response_tokens = 24;
  config.total_steps = 3;
  config.save_every = 1;
  config.val_every = 2;
  config.val_rooms = 4;
  config.final_rooms = 6;
  config.output = output.string();
  return config;
}

}  // namespace metaspatial::rl
