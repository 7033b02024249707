#include <algorithm>
#include <functional>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/vlm/cached_decoder.hpp"
#include "metaspatial/vlm/decode_engine.hpp"

namespace metaspatial::vlm {

namespace {

// Tokens read at a time: enough for the matrix kernels, few enough to stay in the second-level cache.
constexpr std::size_t kReadTokens = 256;
// A matrix of a large model costs more to fetch than to multiply by this many rows.
constexpr std::size_t kLargeReadTokens = 512;

/// Own loops on the CPU. A small model's rows are divided among the threads, each of which steps its share
/// alone; a large model's matrices are.
class KernelEngine : public DecodeEngine {
 public:
  KernelEngine(const Model::Impl& model, int threads)
      : config_(model.config),
        store_(model.config),
        decoder_(model, store_),
        threads_(std::max(1, threads)) {}

  std::int64_t bytes_per_block() const override { return store_.bytes_per_block(); }
  void reserve(BlockId block) override { store_.reserve(block); }
  void copy(BlockId from, BlockId to) override { store_.copy(from, to); }

  void read(std::span<GenerationRow* const> rows, const CallPictures& pictures,
            const Continuation& continuation) override {
    // Fewer rows than threads: the threads share each product.
    const bool shared =
        threads_ > 1 && (decoder_.large() || rows.size() < static_cast<std::size_t>(threads_));
    for_parts(rows, shared, [&](Part& part, std::span<GenerationRow* const> mine) {
      read_part(part, mine, pictures, continuation, shared);
    });
  }

  void decode(std::span<GenerationRow* const> rows, int steps, const Continuation& continuation) override {
    const bool shared = threads_ > 1 && decoder_.large();
    for_parts(rows, shared, [&](Part& part, std::span<GenerationRow* const> mine) {
      std::vector<GenerationRow*> going(mine.begin(), mine.end());
      for (int s = 0; s < steps && !going.empty(); ++s) {
        part.runs.clear();
        for (const GenerationRow* row : going)
          part.runs.push_back(
              {std::span(row->tokens).last(1), {}, row->cached, row->blocks, row->group, true});
        decoder_.read(part.runs, part.work, part.logits, shared);
        for (GenerationRow* row : going) ++row->cached;
        draw(part, going, continuation, shared);
        std::erase_if(going, [](const GenerationRow* row) { return row->ended; });
      }
    });
  }

 private:
  struct Part {
    CachedDecoder::Workspace work;
    std::vector<TokenRun> runs;
    std::vector<float> logits;
  };

  // Calls f(part, its rows): all rows at once if the threads share products, else a share per thread.
  template <typename F>
  void for_parts(std::span<GenerationRow* const> rows, bool shared, const F& f) {
    const std::size_t count = shared ? 1 : std::min(static_cast<std::size_t>(threads_), rows.size());
    parts_.resize(std::max(parts_.size(), count));
    const auto run = [&](std::size_t i) {
      const std::size_t begin = rows.size() * i / count;
      f(parts_[i], rows.subspan(begin, rows.size() * (i + 1) / count - begin));
    };
    if (count == 1) return run(0);
    parallel_for(count, run);
  }

  void read_part(Part& part, std::span<GenerationRow* const> rows, const CallPictures& pictures,
                 const Continuation& continuation, bool shared) {
    const std::size_t limit = decoder_.large() ? kLargeReadTokens : kReadTokens;
    std::vector<std::vector<const float*>> picture_rows(rows.size());  // the runs borrow them
    std::vector<GenerationRow*> drawing;
    std::size_t tokens = 0;
    part.runs.clear();
    const auto flush = [&] {
      if (part.runs.empty()) return;
      decoder_.read(part.runs, part.work, part.logits, shared);
      draw(part, drawing, continuation, shared);
      part.runs.clear();
      drawing.clear();
      tokens = 0;
    };
    for (std::size_t r = 0; r < rows.size(); ++r) {
      GenerationRow& row = *rows[r];
      std::vector<const float*>& of_pictures = picture_rows[r];
      const std::span<const CachedToken> all = row.tokens;
      if (!row.pictures.empty()) {
        of_pictures.assign(all.size(), nullptr);
        for (std::size_t t = static_cast<std::size_t>(row.cached); t < row.pictures.size(); ++t) {
          const PictureRow from = row.pictures[t];
          if (from.picture < 0) continue;
          of_pictures[t] = pictures.rows(from.picture).data_ptr<float>() +
                           static_cast<std::int64_t>(from.row) * config_.hidden_size;
        }
      }
      auto begin = static_cast<std::size_t>(row.cached);
      row.cached = row.size();  // before a token may be drawn
      while (begin < all.size()) {
        const std::size_t count = std::min(limit - tokens, all.size() - begin);
        const bool last = begin + count == all.size();
        TokenRun run{all.subspan(begin, count), {}, static_cast<std::int64_t>(begin), row.blocks, row.group,
                     last && row.out != nullptr};
        if (!of_pictures.empty()) run.picture_rows = std::span(of_pictures).subspan(begin, count);
        part.runs.push_back(run);
        if (run.wants_logits) drawing.push_back(&row);
        begin += count;
        tokens += count;
        if (tokens == limit) flush();
      }
    }
    flush();
  }

  // A token for each row, from the part's logits in order.
  void draw(Part& part, std::span<GenerationRow* const> rows, const Continuation& continuation, bool shared) {
    const auto some = [&](std::size_t begin, std::size_t end) {
      Sampler sampler(continuation.params(), config_);
      for (std::size_t r = begin; r < end; ++r)
        continuation.append(*rows[r], sampler.draw(part.logits.data() +
                                                       static_cast<std::int64_t>(r) * decoder_.logit_stride(),
                                                   continuation.uniform(*rows[r])));
    };
    if (!shared) return some(0, rows.size());
    const std::size_t count = std::min(static_cast<std::size_t>(threads_), rows.size());
    parallel_for(count, [&](std::size_t i) { some(rows.size() * i / count, rows.size() * (i + 1) / count); });
  }

  const VlmConfig& config_;
  BlockStore store_;
  CachedDecoder decoder_;
  int threads_;
  std::vector<Part> parts_;
};

}  // namespace

std::unique_ptr<DecodeEngine> make_kernel_engine(const Model::Impl& model, int threads) {
  return std::make_unique<KernelEngine>(model, threads);
}

}  // namespace metaspatial::vlm
