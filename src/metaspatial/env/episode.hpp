#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/message.hpp"
#include "metaspatial/env/prompt.hpp"
#include "metaspatial/judge/judge.hpp"
#include "metaspatial/judge/vlm_judge.hpp"
#include "metaspatial/render/render.hpp"
#include "metaspatial/render/room_scene.hpp"
#include "metaspatial/reward/response.hpp"
#include "metaspatial/reward/reward.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::env {

/// What the episodes of a run have in common.
struct EnvConfig {
  int max_turns = 2;
  PromptStyle style = PromptStyle::Compact;
  /// The dialogue's first message; empty: none. Not set: none for Compact, and for Full the words that
  /// Qwen2.5-VL's chat template puts there itself where a dialogue has none.
  std::optional<std::string> system_message;
  render::View view = render::View::Top;
  int picture_px = 224;  ///< square pictures
  int samples_per_pixel = 4;
  bool feedback_words = true;    ///< later turns: the faults in words
  bool feedback_picture = true;  ///< later turns: the picture of the model's own layout (else the empty room)
  bool allow_keep = true;        ///< later turns: the model may answer `keep`
  bool looks = true;             ///< grade every layout
  reward::RewardConfig reward;
  judge::JudgeConfig judge_config;            ///< who grades
  std::shared_ptr<const judge::Judge> judge;  ///< made of judge_config by open_judge(); shared by copies
};

/// Makes the judge that judge_config names, if that is a model; the measured one needs no opening. What is
/// graded by a model without it is a bug.
///
/// Errors   those of judge::make_judge.
[[nodiscard]] Result<void> open_judge(EnvConfig& config);

/// "measured", the model's name, or "none": tables must say which.
[[nodiscard]] std::string judge_name(const EnvConfig& config);

/// A room as episodes use it: the question and its picture. Immutable, shared by every rollout of the room.
struct Room {
  std::shared_ptr<const SceneGraph> graph;
  std::shared_ptr<const Image> picture;  ///< of the empty room
  render::RoomScene scene;               ///< without a layout
};
[[nodiscard]] std::shared_ptr<const Room> make_room(std::shared_ptr<render::Device> device, SceneGraph graph,
                                                    const EnvConfig& config);

/// The room with a grey picture of the same size instead of its own: a control of experiments.
[[nodiscard]] std::shared_ptr<const Room> without_picture(const Room& room);

/// The picture that a model sees of a room: the view of the config, in a plan with ruler.
[[nodiscard]] Image room_picture(const render::RoomScene& scene, const EnvConfig& config);

/// The reward of a layout as episodes give it, looks included if the config says so.
[[nodiscard]] reward::Reward score_in_env(const SceneGraph& graph, const Layout& layout,
                                          const EnvConfig& config);
/// The same for many, whose calls of a model as judge run at once.
///
/// Shape    one reward per question, in order.
[[nodiscard]] std::vector<reward::Reward> score_in_env(std::span<const judge::Question> questions,
                                                       const EnvConfig& config);

/// One turn that was played.
struct Turn {
  std::string response;
  reward::ParsedResponse parsed;
  reward::Reward reward;
  std::optional<Layout> layout;  ///< what stands in the room after it; nothing if the answer was unreadable
};

/// One multi-turn episode in one room. A value that owns everything it changes: thousands run side by side.
///
/// Threads  different episodes are independent, also when they share a Room.
class Episode {
 public:
  /// REQUIRES `config` to outlive the episode.
  Episode(std::shared_ptr<const Room> room, const EnvConfig& config);

  /// What the first turn shows: picture of the empty room, wish, objects. The same in every turn.
  [[nodiscard]] Conversation question() const;
  /// What follows it in later turns: the previous answer, then its picture, faults and reward. Empty in
  /// turn 1.
  ///
  /// Cost     renders the picture of the previous layout.
  [[nodiscard]] Conversation continuation() const;

  /// Takes the model's answer: reads it, judges it, and goes to the next turn.
  ///
  /// Errors   none: any bytes are an answer, a bad one is a low reward. REQUIRES !done().
  const Turn& step(std::string response);

  /// step() in its three parts, for whoever plays many episodes and has their rooms graded at once: reads the
  /// answer; asks for a grade; takes it and goes to the next turn.
  ///
  /// REQUIRES of take_answer() !done(), of finish_turn() an answer that was taken.
  void take_answer(std::string response);
  /// What the judge is to grade; nothing if the answer could not be read, or no grade is wanted. Valid until
  /// finish_turn().
  [[nodiscard]] std::optional<judge::Question> to_grade() const;
  const Turn& finish_turn(const reward::Looks& looks);

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] const std::vector<Turn>& turns() const { return turns_; }
  [[nodiscard]] const Room& room() const { return *room_; }

 private:
  [[nodiscard]] bool can_keep() const;
  std::shared_ptr<const Room> room_;
  const EnvConfig* config_;
  std::vector<Turn> turns_;
  std::optional<Turn> taken_;  ///< an answer that was read and has no reward yet
  bool done_ = false;
};

/// Grades what is taken in all of these episodes with one call of the judge, and finishes their turns.
///
/// Errors   none: where the judge failed, the turn's reward has no total (reward::LooksState::Failed).
/// Threads  uses the thread budget; the episodes must be different ones.
void finish_turns(std::span<Episode* const> episodes, const EnvConfig& config);

/// The later half of a dialogue, for a given earlier layout: what Episode::continuation() shows and what warm
/// starts are taught on. Without a layout, the answer was unreadable and `reason` says why.
[[nodiscard]] Conversation continuation_messages(const Room& room, const EnvConfig& config,
                                                 std::string_view previous_response,
                                                 const std::optional<Layout>& previous, double reward,
                                                 const physics::Report& report, std::string_view reason);

}  // namespace metaspatial::env
