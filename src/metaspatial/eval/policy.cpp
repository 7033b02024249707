#include "metaspatial/eval/policy.hpp"

#include <mutex>
#include <optional>
#include <utility>

#include "metaspatial/base/parallel.hpp"

namespace metaspatial::eval {

std::string response_text(const vlm::Processor& processor, const vlm::Generation& generation) {
  std::span<const vlm::TokenId> ids = generation.ids;
  if (!ids.empty() && processor.config().ends_answer(ids.back())) ids = ids.first(ids.size() - 1);
  return processor.tokenizer().decode(ids);
}

Result<std::shared_ptr<const Question>> LocalPolicy::read(const Conversation& question) const {
  METASPATIAL_TRY(Question tokens, encode_question(*processor_, question));
  return std::make_shared<const Question>(std::move(tokens));
}

LocalPolicy::LocalPolicy(const vlm::Model& model, const vlm::Processor& processor, int threads,
                         std::int64_t cache_bytes)
    : processor_(&processor),
      generator_(model,
                 {.threads = threads, .cache_bytes = cache_bytes, .tokenizer = processor.tokenizer()}) {}

Result<std::vector<std::vector<PolicyOutcome>>> LocalPolicy::answer(std::span<const DialogueGroup> groups,
                                                                    const vlm::SamplingParams& sampling) {
  std::vector<vlm::GenerationGroup> requests(groups.size());
  std::vector<std::pair<std::size_t, std::size_t>> work;
  for (std::size_t r = 0; r < groups.size(); ++r) {
    METASPATIAL_CHECK(groups[r].tokens != nullptr, "the question was read");
    requests[r].prefix = groups[r].tokens->tokens;
    requests[r].suffixes.resize(groups[r].continuations.size());
    requests[r].cursors.assign(groups[r].continuations.size(), groups[r].tokens->cursor);
    requests[r].seeds = groups[r].seeds;
    for (std::size_t k = 0; k < groups[r].continuations.size(); ++k) work.emplace_back(r, k);
  }
  std::mutex mutex;
  std::optional<Error> error;
  parallel_for(work.size(), [&](std::size_t w) {
    const auto [r, k] = work[w];
    auto tokens = encode_continuation(*processor_, groups[r].continuations[k], requests[r].cursors[k]);
    if (tokens) {
      requests[r].suffixes[k] = std::move(*tokens);
      return;
    }
    const std::scoped_lock lock(mutex);
    if (!error) error = tokens.error();
  });
  if (error) return tl::unexpected<Error>(*error);
  METASPATIAL_TRY(auto generations, generator_.generate(requests, sampling));
  std::vector<std::vector<PolicyOutcome>> out(groups.size());
  for (std::size_t r = 0; r < groups.size(); ++r) out[r].resize(groups[r].continuations.size());
  parallel_for(work.size(), [&](std::size_t w) {
    const auto [r, k] = work[w];
    PolicyAnswer answer;
    answer.text = response_text(*processor_, generations[r][k]);
    answer.tokens = {std::move(requests[r].suffixes[k]), std::move(generations[r][k])};
    out[r][k] = std::move(answer);
  });
  usage_.asked += static_cast<std::int64_t>(work.size());
  return out;
}

}  // namespace metaspatial::eval
