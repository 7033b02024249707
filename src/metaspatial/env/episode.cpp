#include "metaspatial/env/episode.hpp"

#include <algorithm>
#include <cstdint>

#include "metaspatial/judge/measured.hpp"
#include "metaspatial/render/overlay.hpp"

namespace metaspatial::env {

namespace {

// Enough of a pretrained model's previous answer to go on from; longer ones are cut, never the whole
// dialogue.
constexpr std::size_t kLongestQuotedResponse = 16000;

std::optional<double> grade_looks(const SceneGraph& graph, const Layout& layout, const EnvConfig& config) {
  if (!config.looks) return std::nullopt;
  physics::Rules rules = config.reward.rules;  // the judge looks at use and order in its own way
  rules.use = rules.alignment = false;
  const physics::Report report = physics::check(graph, layout, rules);
  return judge::measured_grades(graph, layout, report, nullptr).mean01();
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

reward::Reward score_in_env(const SceneGraph& graph, const Layout& layout, const EnvConfig& config) {
  return reward::score_layout(graph, layout, config.reward, grade_looks(graph, layout, config));
}

Episode::Episode(std::shared_ptr<const Room> room, const EnvConfig& config)
    : room_(std::move(room)), config_(&config) {}

Conversation Episode::question() const {
  return {Message{Role::User, {room_->picture, question_text(*room_->graph, config_->style)}}};
}

Conversation Episode::continuation() const {
  if (turns_.empty()) return {};
  const Turn& last = turns_.back();
  return continuation_messages(*room_, *config_, last.response, last.layout, last.reward.total,
                               last.reward.report, last.parsed.reason);
}

const Turn& Episode::step(std::string response) {
  METASPATIAL_CHECK(!done_, "a finished episode takes no answer");
  const SceneGraph& graph = *room_->graph;
  const bool can_keep = config_->allow_keep && !turns_.empty() && turns_.back().layout.has_value();
  reward::ParseOptions options = config_->reward.parse;
  options.allow_keep = can_keep;
  Turn turn;
  turn.parsed = reward::parse_response(graph, response, options);
  turn.response = std::move(response);
  if (turn.parsed.status == reward::ResponseStatus::Keep) {
    turn.layout = turns_.back().layout;
    done_ = true;
  } else if (turn.parsed.status == reward::ResponseStatus::Ok) {
    turn.layout = turn.parsed.layout;
  }
  const std::optional<double> looks = turn.layout ? grade_looks(graph, *turn.layout, *config_) : std::nullopt;
  turn.reward = reward::score_parsed(graph, turn.parsed, config_->reward, looks,
                                     can_keep ? &*turns_.back().layout : nullptr);
  turns_.push_back(std::move(turn));
  if (static_cast<int>(turns_.size()) >= config_->max_turns) done_ = true;
  return turns_.back();
}

}  // namespace metaspatial::env
