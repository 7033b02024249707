#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "metaspatial/base/error.hpp"
#include "metaspatial/chat/client.hpp"

namespace metaspatial::rl {

/// How a server that writes rollouts comes by the learner's weights: one of the two.
struct WeightSync {
  /// A shell command that makes the server serve the weights in folder $1, those before step $2. It must
  /// return when they are served.
  std::string command;
  /// What vLLM calls the adapter: the folder is loaded by POST <base_url>/load_lora_adapter, in place.
  std::string lora_name;
};

/// Keeps the weights of a rollout server those of the learner: has them written to <run>/rollout_weights, and
/// the server load them.
///
/// Ownership  borrows the client, which only an adapter needs.
class RolloutServer {
 public:
  RolloutServer(WeightSync sync, std::filesystem::path run, chat::Client* client)
      : sync_(std::move(sync)), run_(std::move(run)), client_(client) {}

  /// Has the server load the weights of before `step`, unless it has them already. `save` writes them to the
  /// folder it is given: a model in the Hugging Face form, or an adapter in PEFT's. The folder that the
  /// server is told is always a whole one: it is written under another name and renamed.
  ///
  /// Errors   those of `save`; Io; InvalidInput if the command did not exit with 0, and those of
  /// chat::Client::post:
  ///          answers of other weights must not be learned from.
  [[nodiscard]] Result<void> load(const std::function<Result<void>(const std::filesystem::path&)>& save,
                                  std::int64_t step);

 private:
  WeightSync sync_;
  std::filesystem::path run_;
  chat::Client* client_;
  std::int64_t loaded_ = -1;
};

/// Runs `/bin/sh -c command` with $1 and $2, its output on ours.
///
/// Errors   InvalidInput with the exit status if it is not 0; Io if no shell could be started.
[[nodiscard]] Result<void> run_hook(const std::string& command, const std::string& first,
                                    const std::string& second);

}  // namespace metaspatial::rl
