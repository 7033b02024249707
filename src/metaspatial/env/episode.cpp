#include "metaspatial/env/episode.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/render/overlay.hpp"

namespace metaspatial::env {

namespace {

// Enough of a pretrained model's previous answer to go on from; longer ones are cut, never the whole
// dialogue.
constexpr std::size_t kLongestQuotedResponse = 16000;

constexpr std::string_view kSystemMessage = "You are a helpful assistant.";

/// Whether a layout is to be graded. A model is not paid for a grade that counts nothing.
bool wants_looks(const EnvConfig& config) {
  return config.looks && (!config.judge_config.vlm || config.reward.looks_weight > 0);
}

/// One state or grade per question.
std::vector<reward::Looks> grade_looks(std::span<const judge::Question> questions, const EnvConfig& config) {
  METASPATIAL_CHECK(config.judge != nullptr || !config.judge_config.vlm, "open_judge() was called");
  const auto judge = config.judge != nullptr ? config.judge : judge::make_measured_judge(config.reward.rules);
  std::vector<reward::Looks> looks;
  std::string reason;
  std::size_t failed = 0;
  for (const judge::JudgeOutcome& outcome : judge->grade(questions)) {
    looks.push_back(outcome ? reward::Looks(outcome->grades().mean01()) : reward::Looks::failed());
    if (outcome) continue;
    if (failed++ == 0) reason = outcome.error().reason;
  }
  if (failed > 0)
    spdlog::warn("the judge has no grade for {} of {} rooms; the first: {}", failed, questions.size(),
                 reason);
  return looks;
}

}  // namespace

Image room_picture(const render::RoomScene& scene, const EnvConfig& config) {
  render::RenderOptions options;
  options.view = config.view;
  options.width_px = options.height_px = config.picture_px;
  options.samples_per_pixel = config.samples_per_pixel;
  if (config.view == render::View::Top) options.overlays = render::plan_ruler_overlays(scene.graph().size);
  return render::render_preview(scene, options);
}

std::shared_ptr<const Room> make_room(std::shared_ptr<render::Device> device, SceneGraph graph,
                                      const EnvConfig& config) {
  render::RoomScene scene(std::move(device), graph);
  auto picture = std::make_shared<const Image>(room_picture(scene, config));
  return std::make_shared<const Room>(
      Room{std::make_shared<const SceneGraph>(std::move(graph)), std::move(picture), std::move(scene)});
}

std::shared_ptr<const Room> without_picture(const Room& room) {
  auto grey = std::make_shared<Image>(room.picture->width_px, room.picture->height_px);
  std::fill(grey->pixels.begin(), grey->pixels.end(), std::uint8_t{128});
  auto blank = std::make_shared<Room>(room);
  blank->picture = std::move(grey);
  return blank;
}

Conversation continuation_messages(const Room& room, const EnvConfig& config,
                                   std::string_view previous_response, const std::optional<Layout>& previous,
                                   double reward, const physics::Report& report, std::string_view reason) {
  const SceneGraph& graph = *room.graph;
  std::string quoted;
  if (config.style == PromptStyle::Full) {
    quoted = previous_response.substr(0, kLongestQuotedResponse);
  } else {
    quoted = previous ? answer_text(graph, *previous, {}) : unreadable_text(reason, config.style);
  }
  std::shared_ptr<const Image> picture = room.picture;
  if (previous && config.feedback_picture) {
    render::RoomScene furnished = room.scene;
    furnished.set_layout(*previous);
    picture = std::make_shared<const Image>(room_picture(furnished, config));
  }
  std::string words = blank_feedback_text(config.style);
  if (config.feedback_words) {
    words =
        previous ? feedback_text(graph, report, reward, config.style) : unreadable_text(reason, config.style);
  }
  return {Message{Role::Assistant, {std::move(quoted)}},
          Message{Role::User, {std::move(picture), std::move(words)}}};
}

Result<void> open_judge(EnvConfig& config) {
  config.judge = nullptr;
  if (!config.looks || !config.judge_config.vlm) return {};
  METASPATIAL_TRY(config.judge, judge::make_judge(config.judge_config, config.reward.rules));
  return {};
}

std::string judge_name(const EnvConfig& config) {
  if (!config.looks) return "none";
  return config.judge_config.vlm ? config.judge_config.model.client.model : "measured";
}

reward::Reward score_in_env(const SceneGraph& graph, const Layout& layout, const EnvConfig& config) {
  const judge::Question question{&graph, &layout, nullptr};
  return score_in_env({&question, 1}, config).front();
}

std::vector<reward::Reward> score_in_env(std::span<const judge::Question> questions,
                                         const EnvConfig& config) {
  std::vector<reward::Looks> looks(questions.size());
  if (wants_looks(config)) looks = grade_looks(questions, config);
  std::vector<reward::Reward> rewards(questions.size());
  parallel_for(questions.size(), [&](std::size_t i) {
    rewards[i] = reward::score_layout(*questions[i].graph, *questions[i].layout, config.reward, looks[i]);
  });
  return rewards;
}

Episode::Episode(std::shared_ptr<const Room> room, const EnvConfig& config)
    : room_(std::move(room)), config_(&config) {}

Conversation Episode::question() const {
  const std::string system = config_->system_message.value_or(
      config_->style == PromptStyle::Full ? std::string(kSystemMessage) : std::string());
  Conversation messages;
  if (!system.empty()) messages.push_back(Message{Role::System, {system}});
  messages.push_back(Message{Role::User, {room_->picture, question_text(*room_->graph, config_->style)}});
  return messages;
}

Conversation Episode::continuation() const {
  if (turns_.empty()) return {};
  const Turn& last = turns_.back();
  return continuation_messages(*room_, *config_, last.response, last.layout, last.reward.total,
                               last.reward.report, last.parsed.reason);
}

const Turn& Episode::step(std::string response) {
  take_answer(std::move(response));
  const auto question = to_grade();
  return finish_turn(question ? grade_looks({&*question, 1}, *config_).front() : reward::Looks());
}

void Episode::take_answer(std::string response) {
  METASPATIAL_CHECK(!done_ && !taken_, "a finished episode takes no answer, and an open turn no second one");
  reward::ParseOptions options = config_->reward.parse;
  options.allow_keep = can_keep();
  Turn& turn = taken_.emplace();
  turn.parsed = reward::parse_response(*room_->graph, response, options);
  turn.response = std::move(response);
  if (turn.parsed.status == reward::ResponseStatus::Keep) {
    turn.layout = turns_.back().layout;
  } else if (turn.parsed.status == reward::ResponseStatus::Ok) {
    turn.layout = turn.parsed.layout;
  }
}

bool Episode::can_keep() const {
  return config_->allow_keep && !turns_.empty() && turns_.back().layout.has_value();
}

std::optional<judge::Question> Episode::to_grade() const {
  if (!taken_ || !taken_->layout || !wants_looks(*config_)) return std::nullopt;
  return judge::Question{room_->graph.get(), &*taken_->layout, &room_->scene};
}

const Turn& Episode::finish_turn(const reward::Looks& looks) {
  METASPATIAL_CHECK(taken_.has_value(), "there is an answer to finish");
  Turn turn = *std::move(taken_);
  taken_.reset();
  if (turn.parsed.status == reward::ResponseStatus::Keep) done_ = true;
  turn.reward = reward::score_parsed(*room_->graph, turn.parsed, config_->reward, looks,
                                     can_keep() ? &*turns_.back().layout : nullptr);
  turns_.push_back(std::move(turn));
  if (static_cast<int>(turns_.size()) >= config_->max_turns) done_ = true;
  return turns_.back();
}

void finish_turns(std::span<Episode* const> episodes, const EnvConfig& config) {
  std::vector<judge::Question> questions;
  std::vector<std::size_t> question_of(episodes.size());
  for (std::size_t i = 0; i < episodes.size(); ++i) {
    const auto question = episodes[i]->to_grade();
    question_of[i] = question ? questions.size() : episodes.size();
    if (question) questions.push_back(*question);
  }
  const std::vector<reward::Looks> looks =
      questions.empty() ? std::vector<reward::Looks>() : grade_looks(questions, config);
  parallel_for(episodes.size(), [&](std::size_t i) {
    episodes[i]->finish_turn(question_of[i] < looks.size() ? looks[question_of[i]] : reward::Looks());
  });
}

}  // namespace metaspatial::env
