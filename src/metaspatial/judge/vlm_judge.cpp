#include "metaspatial/judge/vlm_judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/chat/client.hpp"
#include "metaspatial/judge/grade_reply.hpp"
#include "metaspatial/judge/judge_prompt.hpp"
#include "metaspatial/render/overlay.hpp"
#include "metaspatial/render/png.hpp"

namespace metaspatial::judge {

namespace {

struct NamedView {
  render::View view;
  std::string_view name;
  std::string_view label;
};
constexpr std::array kViews{
    NamedView{render::View::Corner, "corner",
              "The room from above one corner; the two walls in front are cut away:"},
    NamedView{render::View::Top, "top",
              "The same room as a plan, seen from straight above, with a ruler in metres:"},
    NamedView{render::View::Eye, "eye", "The same room as a person standing in it sees it:"}};

const NamedView& entry(render::View view) {
  const auto found = std::ranges::find(kViews, view, &NamedView::view);
  METASPATIAL_CHECK(found != kViews.end(), "every view has a name");
  return *found;
}

/// The grades of the samples that have some, or why there are too few.
JudgeOutcome verdict_of(std::span<const tl::expected<ReadGrades, std::string>> samples, int required,
                        int cached) {
  Verdict verdict;
  verdict.samples = static_cast<int>(samples.size());
  verdict.cached = cached;
  std::string reason;
  std::vector<const ReadGrades*> good;
  for (const auto& sample : samples) {
    if (sample) {
      good.push_back(&*sample);
    } else if (reason.empty()) {
      reason = sample.error();
    }
  }
  verdict.failed = verdict.samples - static_cast<int>(good.size());
  if (static_cast<int>(good.size()) < required) {
    if (verdict.samples > 1)
      reason = fmt::format("{} of {} samples have no grades, {} are needed; the first: {}", verdict.failed,
                           verdict.samples, required, reason);
    return tl::unexpected(JudgeFailure{std::move(reason), verdict.samples, verdict.failed});
  }
  const auto n = static_cast<double>(good.size());
  for (std::size_t c = 0; c < verdict.categories.size(); ++c) {
    CategoryGrade& category = verdict.categories[c];
    double sum = 0;
    for (const ReadGrades* grades : good) sum += grades->grades.values[c];
    category.mean = std::clamp(sum / n, 1.0, 10.0);  // against rounding
    double squares = 0;
    for (const ReadGrades* grades : good) squares += std::pow(grades->grades.values[c] - sum / n, 2);
    category.spread = good.size() > 1 ? std::sqrt(squares / (n - 1)) : 0.0;
    for (const ReadGrades* grades : good)
      if (category.comment.empty()) category.comment = grades->comments[c];
  }
  return verdict;
}

class VlmJudge final : public Judge {
 public:
  VlmJudge(VlmJudgeConfig config, std::unique_ptr<chat::Client> client)
      : config_(std::move(config)), client_(std::move(client)) {}

  [[nodiscard]] std::vector<JudgeOutcome> grade(std::span<const Question> questions,
                                                const std::stop_token& stop) const override {
    std::vector<std::optional<chat::ChatRequest>> drawn(questions.size());
    parallel_for(questions.size(), [&](std::size_t i) { drawn[i] = request(questions[i]); });

    // A layout that was kept is the same question again; another answer would be noise.
    std::vector<chat::ChatRequest> requests;
    std::vector<std::size_t> request_of(questions.size());
    std::map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < questions.size(); ++i) {
      const auto [at, is_new] = known.try_emplace(fingerprint(*drawn[i]), requests.size());
      request_of[i] = at->second;
      if (is_new) requests.push_back(*std::move(drawn[i]));
    }
    const auto n = static_cast<std::size_t>(config_.samples);
    std::vector<chat::ChatSample> samples;
    for (const chat::ChatRequest& asked : requests)
      for (int s = 0; s < config_.samples; ++s) samples.push_back({&asked, s});
    const std::vector<chat::ChatOutcome> replies = client_->complete_all(samples, stop);

    const int required = config_.required_samples > 0 ? std::min(config_.required_samples, config_.samples)
                                                      : config_.samples / 2 + 1;
    std::vector<JudgeOutcome> of_request;
    for (std::size_t r = 0; r < requests.size(); ++r) {
      std::vector<tl::expected<ReadGrades, std::string>> read;
      int cached = 0;
      for (std::size_t k = r * n; k < (r + 1) * n; ++k) {
        read.push_back(read_reply(replies[k]));
        cached += replies[k] && replies[k]->cached ? 1 : 0;
        // It would be as unreadable the next time.
        if (replies[k] && !read.back()) client_->forget(*samples[k].request, samples[k].sample);
      }
      of_request.push_back(verdict_of(read, required, cached));
    }
    std::vector<JudgeOutcome> outcomes;
    outcomes.reserve(questions.size());
    for (const std::size_t r : request_of) outcomes.push_back(of_request[r]);
    return outcomes;
  }

  [[nodiscard]] std::string name() const override { return config_.client.model; }

  [[nodiscard]] JudgeUsage usage() const override {
    const chat::ClientUsage used = client_->usage();
    return {used.spent.requests,          used.cache_hits,      used.spent.prompt_tokens,
            used.spent.completion_tokens, used.spent.estimated, used.spent.cost};
  }

 private:
  [[nodiscard]] chat::ChatRequest request(const Question& question) const {
    render::RoomScene room =
        question.room != nullptr ? *question.room : render::RoomScene(device_, *question.graph);
    room.set_layout(*question.layout);
    std::vector<LabelledPicture> pictures;
    for (const render::View view : config_.views) {
      render::RenderOptions options;
      options.view = view;
      options.width_px = options.height_px = config_.picture_px;
      options.samples_per_pixel = config_.samples_per_pixel;
      if (view == render::View::Top) options.overlays = render::plan_ruler_overlays(question.graph->size);
      pictures.push_back(
          {std::string(entry(view).label),
           std::make_shared<const std::string>(render::png_bytes(render::render_preview(room, options)))});
    }
    chat::ChatRequest made = judge_request(question.graph->user_preference, pictures);
    made.temperature = config_.temperature;
    made.max_tokens = config_.max_tokens;
    made.seed = config_.seed;
    return made;
  }

  /// The words and the pictures, which is all in which two requests of this judge can differ.
  static std::string fingerprint(const chat::ChatRequest& request) {
    std::string bytes;
    for (const chat::ChatMessage& message : request.messages)
      for (const chat::ChatPart& part : message.parts) {
        const auto* text = std::get_if<std::string>(&part);
        const std::string& piece = text != nullptr ? *text : *std::get<chat::Picture>(part).png;
        bytes += fmt::format("{} ", piece.size());
        bytes += piece;
      }
    return bytes;
  }

  static tl::expected<ReadGrades, std::string> read_reply(const chat::ChatOutcome& outcome) {
    if (!outcome) return tl::unexpected(chat::to_string(outcome.error()));
    if (!outcome->refusal.empty()) {
      std::string words = outcome->refusal.substr(0, 200);
      std::ranges::replace_if(
          words, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
      return tl::unexpected("the model declines: " + words);
    }
    auto read = read_grade_reply(outcome->text);
    if (!read && outcome->finish_reason == "length")
      return tl::unexpected("the reply was cut off at max_tokens; " + read.error());
    return read;
  }

  const VlmJudgeConfig config_;
  const std::shared_ptr<render::Device> device_ = std::make_shared<render::Device>();
  const std::unique_ptr<chat::Client> client_;
};

}  // namespace

std::string_view name(render::View view) {
  return entry(view).name;
}

Result<std::vector<render::View>> parse_views(std::string_view text) {
  std::vector<render::View> views;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view word = text.substr(0, comma);
    const auto found = std::ranges::find(kViews, word, &NamedView::name);
    if (found == kViews.end())
      return invalid(
          fmt::format("\"{}\" is no view; expected some of corner, top, eye, with commas between", word));
    if (std::ranges::find(views, found->view) != views.end())
      return invalid(fmt::format("the view \"{}\" stands there twice", word));
    views.push_back(found->view);
    if (comma == std::string_view::npos) return views;
    text.remove_prefix(comma + 1);
  }
}

void read_judge_config(ConfigReader& reader, JudgeConfig& config) {
  static constexpr std::array<std::string_view, 2> kKinds{"measured", "vlm"};
  static constexpr std::array<std::string_view, 6> kViewLists{"corner",     "top",        "eye",
                                                              "corner,top", "corner,eye", "corner,top,eye"};
  VlmJudgeConfig& model = config.model;
  std::string kind = config.vlm ? "vlm" : "measured";
  std::string views;
  for (const render::View view : model.views) views += (views.empty() ? "" : ",") + std::string(name(view));
  reader.read("judge.kind", kind, kKinds);
  reader.read("judge.samples", model.samples, 1, 100);
  reader.read("judge.required_samples", model.required_samples, 0, 100);
  reader.read("judge.temperature", model.temperature, 0, 2);
  reader.read("judge.max_tokens", model.max_tokens, 16, 65536);
  reader.read("judge.seed", model.seed);
  reader.read("judge.views", views, kViewLists);
  reader.read("judge.picture_px", model.picture_px, 28, 2048);
  reader.read("judge.samples_per_pixel", model.samples_per_pixel, 1, 256);
  chat::read_client_config(reader, "judge.", model.client);
  model.client.seed = model.seed;
  config.vlm = kind == "vlm";
  if (auto parsed = parse_views(views)) model.views = *std::move(parsed);
}

Result<std::shared_ptr<const Judge>> make_vlm_judge(const VlmJudgeConfig& config) {
  METASPATIAL_TRY(auto client, chat::Client::create(config.client, "judge."));
  return std::make_shared<const VlmJudge>(config, std::move(client));
}

Result<std::shared_ptr<const Judge>> make_judge(const JudgeConfig& config, const physics::Rules& rules) {
  if (!config.vlm) return make_measured_judge(rules);
  return make_vlm_judge(config.model);
}

}  // namespace metaspatial::judge
