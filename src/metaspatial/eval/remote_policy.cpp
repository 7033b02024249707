#include "metaspatial/eval/remote_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/render/png.hpp"

namespace metaspatial::eval {

namespace {

// What every server takes for a seed: llama-server's are 32 bits, some read them as signed.
constexpr std::uint64_t kSeedMask = 0x7fffffff;

chat::ChatMessage chat_message(const Message& message) {
  chat::ChatMessage out{message.role, {}};
  for (const MessagePart& part : message.parts) {
    if (const auto* words = std::get_if<std::string>(&part)) {
      out.parts.emplace_back(*words);
      continue;
    }
    const auto& picture = std::get<std::shared_ptr<const Image>>(part);
    METASPATIAL_CHECK(picture != nullptr, "a picture is there");
    out.parts.emplace_back(chat::Picture{std::make_shared<const std::string>(render::png_bytes(*picture))});
  }
  return out;
}

/// The server's log-probs for these tokens, or nothing if its tokens are others.
std::vector<float> told_log_probs(const vlm::Processor& processor, std::span<const vlm::TokenId> ids,
                                  bool finished, std::span<const chat::TokenLogProb> told) {
  const std::size_t written = ids.size() - (finished ? 1 : 0);
  if (told.size() != written && told.size() != ids.size()) return {};
  std::vector<float> out(ids.size(), std::numeric_limits<float>::quiet_NaN());
  for (std::size_t k = 0; k < told.size(); ++k) {
    const bool end_of_turn = k >= written && told[k].bytes.empty();  // some tell no text for it
    if (!end_of_turn && told[k].bytes != processor.tokenizer().token_bytes(ids[k])) return {};
    out[k] = static_cast<float>(told[k].log_prob);
  }
  return out;
}

}  // namespace

std::vector<chat::ChatMessage> chat_messages(const Conversation& dialogue) {
  std::vector<chat::ChatMessage> messages;
  for (const Message& message : dialogue) messages.push_back(chat_message(message));
  return messages;
}

tl::expected<vlm::Generation, std::string> reencode(const vlm::Processor& processor, std::string_view text,
                                                    bool finished, int max_new_tokens,
                                                    std::span<const chat::TokenLogProb> told,
                                                    vlm::PositionCursor cursor) {
  vlm::Sequence tokens = processor.encode_text(text, cursor);
  if (processor.tokenizer().decode(tokens.ids) != text)
    return tl::unexpected(std::string("the local tokenizer does not give the same text back"));
  if (processor.tokenizer().decode(tokens.ids, true) != text)
    return tl::unexpected(std::string("the text spells special tokens of the local tokenizer"));
  vlm::Generation out;
  out.ids = std::move(tokens.ids);
  out.positions = std::move(tokens.positions);
  out.finished = finished;
  if (finished) {
    out.ids.push_back(processor.config().eos_token_id);
    out.positions.push_back(cursor.next(out.ids.back()));
  }
  if (out.ids.empty()) return tl::unexpected(std::string("the text is empty and not finished"));
  if (out.ids.size() > static_cast<std::size_t>(std::max(0, max_new_tokens)))
    return tl::unexpected(
        fmt::format("the text has {} tokens of the local tokenizer; at most {} were asked for",
                    out.ids.size(), max_new_tokens));
  out.log_probs = told_log_probs(processor, out.ids, finished, told);
  return out;
}

Result<std::unique_ptr<RemotePolicy>> RemotePolicy::open(const RemoteConfig& config,
                                                         const std::string& section,
                                                         const vlm::Processor* processor) {
  METASPATIAL_TRY(auto client, chat::Client::create(config.client, section));
  return std::unique_ptr<RemotePolicy>(new RemotePolicy(config, std::move(client), processor));
}

Result<std::shared_ptr<const Question>> RemotePolicy::read(const Conversation& question) const {
  if (processor_ == nullptr) return std::shared_ptr<const Question>();
  METASPATIAL_TRY(Question tokens, encode_question(*processor_, question));
  return std::make_shared<const Question>(std::move(tokens));
}

Result<std::vector<std::vector<PolicyOutcome>>> RemotePolicy::answer(std::span<const DialogueGroup> groups,
                                                                     const vlm::SamplingParams& sampling) {
  std::vector<std::vector<chat::ChatMessage>> questions(groups.size());
  std::vector<std::pair<std::size_t, std::size_t>> work;
  for (std::size_t r = 0; r < groups.size(); ++r) {
    for (std::size_t k = 0; k < groups[r].continuations.size(); ++k) work.emplace_back(r, k);
  }
  parallel_for(groups.size(), [&](std::size_t r) { questions[r] = chat_messages(groups[r].question); });
  std::vector<chat::ChatRequest> requests(work.size());
  parallel_for(work.size(), [&](std::size_t w) {
    const auto [r, k] = work[w];
    chat::ChatRequest& request = requests[w];
    request.messages = questions[r];
    for (chat::ChatMessage& message : chat_messages(groups[r].continuations[k]))
      request.messages.push_back(std::move(message));
    request.temperature = sampling.temperature;
    request.top_p = sampling.top_p;
    request.top_k = sampling.top_k;
    request.max_tokens = sampling.max_new_tokens;
    if (!config_.stop.empty()) request.stop = {config_.stop};
    request.log_probs = config_.log_probs;
    // Greedy answers need none, and are then the same request whenever they are asked for.
    if (sampling.temperature > 0) request.seed = groups[r].seeds[k] & kSeedMask;
  });
  std::vector<chat::ChatSample> samples;
  for (const chat::ChatRequest& request : requests) samples.push_back({&request, 0});
  std::vector<chat::ChatOutcome> replies = client_->complete_all(samples);

  std::vector<std::vector<PolicyOutcome>> out(groups.size());
  for (std::size_t r = 0; r < groups.size(); ++r) out[r].resize(groups[r].continuations.size());
  std::mutex mutex;
  std::optional<Error> error;
  parallel_for(work.size(), [&](std::size_t w) {
    const auto [r, k] = work[w];
    PolicyOutcome& outcome = out[r][k];
    if (!replies[w]) {
      outcome = tl::unexpected(PolicyFailure{chat::to_error(replies[w].error())});
      return;
    }
    chat::ChatReply& reply = *replies[w];
    if (reply.finish_reason == "content_filter") {
      outcome = tl::unexpected(
          PolicyFailure{Error{ErrorCode::Network, "a filter of the server cut the answer off", {}}});
      return;
    }
    PolicyAnswer answer;
    // A model that declines has answered, if not with a layout.
    answer.text = reply.text.empty() ? std::move(reply.refusal) : std::move(reply.text);
    answer.tokens.generation.finished = reply.finish_reason != "length";
    if (processor_ != nullptr) {
      vlm::PositionCursor cursor = groups[r].tokens->cursor;
      auto prompt = encode_continuation(*processor_, groups[r].continuations[k], cursor);
      if (!prompt) {
        const std::scoped_lock lock(mutex);
        if (!error) error = prompt.error();
        return;
      }
      auto generation = reencode(*processor_, answer.text, answer.tokens.generation.finished,
                                 sampling.max_new_tokens, reply.log_probs, cursor);
      if (!generation) {
        outcome = tl::unexpected(PolicyFailure{Error{ErrorCode::InvalidInput, generation.error(), {}}, true});
        return;
      }
      answer.tokens = {*std::move(prompt), *std::move(generation)};
    }
    answer.told = std::move(reply.log_probs);
    outcome = std::move(answer);
  });
  if (error) return tl::unexpected<Error>(*error);
  for (const auto& group : out) {
    for (const PolicyOutcome& outcome : group) {
      ++usage_.asked;
      usage_.failed += outcome ? 0 : 1;
      usage_.rejected += !outcome && outcome.error().rejected ? 1 : 0;
    }
  }
  return out;
}

PolicyUsage RemotePolicy::usage() const {
  PolicyUsage usage = usage_;
  const chat::ClientUsage used = client_->usage();
  usage.requests = used.spent.requests;
  usage.cached = used.cache_hits;
  usage.prompt_tokens = used.spent.prompt_tokens;
  usage.completion_tokens = used.spent.completion_tokens;
  usage.estimated = used.spent.estimated;
  usage.cost = used.spent.cost;
  return usage;
}

}  // namespace metaspatial::eval
