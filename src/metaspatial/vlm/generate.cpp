#include "metaspatial/vlm/generate.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/parallel.hpp"
#include "metaspatial/vlm/decode_engine.hpp"
#include "metaspatial/vlm/model.hpp"
#include "metaspatial/vlm/vision_tower.hpp"

namespace metaspatial::vlm {

namespace {

// Rows that a thread keeps in flight: enough for the matrix kernels, few enough for their keys and values to
// stay in the shared cache.
constexpr int kRowsPerThread = 48;
constexpr int kRowsOnDevice = 256;
// Tokens that rows draw between two looks at who may join.
constexpr int kStepsPerRound = 16;

std::int64_t blocks_for(std::int64_t tokens) {
  return (tokens + kBlockTokens - 1) / kBlockTokens;
}

}  // namespace

std::int32_t CallPictures::add(const std::shared_ptr<const ImagePatches>& picture) {
  const auto [entry, is_new] =
      numbers_.try_emplace(picture.get(), static_cast<std::int32_t>(entries_.size()));
  if (is_new) entries_.push_back({picture, picture_hash(*picture), {}});
  return entry->second;
}

void CallPictures::read(std::span<GenerationRow* const> rows) {
  std::vector<std::int32_t> missing;
  for (const GenerationRow* row : rows)
    for (std::size_t t = static_cast<std::size_t>(row->cached); t < row->pictures.size(); ++t) {
      const std::int32_t picture = row->pictures[t].picture;
      if (picture >= 0 && !this->rows(picture).defined() && (missing.empty() || missing.back() != picture))
        missing.push_back(picture);
    }
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  const auto read_one = [&](std::size_t i) {
    // Both are per thread in ATen.
    at::set_num_threads(1);
    const c10::AutoGradMode no_gradient(false);
    Entry& entry = entries_[static_cast<std::size_t>(missing[i])];
    entry.rows = vision_tower(*model_, {entry.picture});
    if (entry.rows.device().is_cpu()) entry.rows = entry.rows.to(at::kFloat).contiguous();
  };
  if (threads_ > 1 && missing.size() > 1) return parallel_for(missing.size(), read_one);
  for (std::size_t i = 0; i < missing.size(); ++i) read_one(i);
}

Continuation::Continuation(const SamplingParams& params, const VlmConfig& config,
                           std::optional<Tokenizer> tokenizer)
    : params_(params), stop_(params.stop, std::move(tokenizer)) {
  params_.end_tokens.push_back(config.eos_token_id);
  params_.end_tokens.insert(params_.end_tokens.end(), config.other_eos_token_ids.begin(),
                            config.other_eos_token_ids.end());
}

void Continuation::append(GenerationRow& row, Drawn drawn) const {
  Generation& out = *row.out;
  const PositionId position = row.cursor.next(drawn.token);
  out.ids.push_back(drawn.token);
  out.log_probs.push_back(drawn.log_prob);
  out.positions.push_back(position);
  row.tokens.push_back({drawn.token, position, {}});
  const auto& ends = params_.end_tokens;
  out.finished = std::find(ends.begin(), ends.end(), drawn.token) != ends.end() ||
                 stop_.completes(row.tail, drawn.token);
  row.ended = out.finished || out.ids.size() >= static_cast<std::size_t>(params_.max_new_tokens);
}

namespace {

/// What a Generator lends to its calls.
struct Lent {
  const Model::Impl& model;
  DecodeEngine& engine;
  BlockPool& pool;
  PrefixTree& tree;
  GeneratorUsage& usage;
  int threads;
  std::size_t rows;  // in flight at most
};

/// One call: which rows wait, which are continued, and who gets the blocks.
class Schedule {
 public:
  Schedule(const Lent& lent, std::span<const GenerationGroup> groups, const Continuation& continuation,
           std::vector<std::vector<Generation>>& out)
      : config_(lent.model.config),
        engine_(lent.engine),
        pool_(lent.pool),
        tree_(lent.tree),
        usage_(lent.usage),
        groups_(groups),
        continuation_(continuation),
        pictures_(lent.model, lent.threads),
        row_limit_(lent.rows) {
    for (std::size_t b = 0; b < groups.size(); ++b) {
      for (std::size_t g = 0; g < groups[b].suffixes.size(); ++g) {
        auto row = std::make_unique<GenerationRow>(GenerationRow{.cursor = groups[b].cursors[g]});
        row->group = static_cast<std::int64_t>(b);
        row->index = static_cast<std::int64_t>(g);
        row->out = &out[b][g];
        row->seed = groups[b].seeds[g];
        waiting_.push_back(std::move(row));
      }
    }
  }

  void run() {
    while (!waiting_.empty() || !active_.empty()) {
      if (may_admit_ || active_.empty()) admit();
      retire();
      if (active_.empty()) continue;
      secure_blocks();
      std::vector<GenerationRow*> rows;
      for (const auto& row : active_) rows.push_back(row.get());
      // Neighbours share what they attend to.
      std::stable_sort(rows.begin(), rows.end(),
                       [](const GenerationRow* a, const GenerationRow* b) { return a->group < b->group; });
      engine_.decode(rows, kStepsPerRound, continuation_);
      retire();
    }
  }

 private:
  using RowPtr = std::unique_ptr<GenerationRow>;

  // Lets waiting rows in, as many as there is room for, and reads their prompts. What a group shares is read
  // once, first.
  void admit() {
    std::vector<RowPtr> prefixes;
    std::vector<GenerationRow*> reading;
    const std::size_t candidates =
        std::min(waiting_.size(), row_limit_ - std::min(row_limit_, active_.size()));
    std::int64_t previous = -1;
    for (std::size_t i = 0; i < candidates; ++i) {
      const std::int64_t group = waiting_[i]->group;
      if (group == previous) continue;
      previous = group;
      const GenerationGroup& of = groups_[static_cast<std::size_t>(group)];
      if (of.suffixes.size() < 2 || of.prefix.ids.empty()) continue;
      auto prefix = std::make_unique<GenerationRow>(GenerationRow{.cursor = PositionCursor(config_)});
      prefix->group = group;
      add_tokens(*prefix, of.prefix);
      if (!begin(*prefix, prefix->size())) break;
      if (prefix->cached < prefix->size()) reading.push_back(prefix.get());
      prefixes.push_back(std::move(prefix));
    }
    read(reading);
    for (const GenerationRow* prefix : reading) tree_.insert(prefix->tokens, prefix->blocks);

    reading.clear();
    for (std::size_t i = 0; i < candidates; ++i) {
      GenerationRow& row = *waiting_.front();
      row.tokens.clear();
      row.pictures.clear();
      const GenerationGroup& of = groups_[static_cast<std::size_t>(row.group)];
      add_tokens(row, of.prefix);
      add_tokens(row, of.suffixes[static_cast<std::size_t>(row.index)]);
      if (row.out->ids.empty()) usage_.prompt_tokens += row.size();
      for (std::size_t t = 0; t < row.out->ids.size(); ++t)
        row.tokens.push_back({row.out->ids[t], row.out->positions[t], {}});
      // The last token is always read: its logits are wanted.
      bool begun = begin(row, row.size() - 1);
      if (!begun && active_.empty()) {  // nobody else is in the way but what has just been read
        for (const RowPtr& prefix : prefixes) release(*prefix);
        prefixes.clear();
        begun = begin(row, row.size() - 1);
        METASPATIAL_CHECK(begun, "generate: one row fits the cache");
      }
      if (!begun) {
        if (row.out->ids.empty()) usage_.prompt_tokens -= row.size();
        break;
      }
      reading.push_back(&row);
      active_.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    for (const RowPtr& prefix : prefixes) release(*prefix);
    read(reading);
    note_peak();
  }

  void read(std::span<GenerationRow* const> rows) {
    if (rows.empty()) return;
    for (const GenerationRow* row : rows) usage_.prompt_tokens_read += row->size() - row->cached;
    pictures_.read(rows);
    engine_.read(rows, pictures_, continuation_);
  }

  void add_tokens(GenerationRow& row, const Sequence& sequence) {
    METASPATIAL_CHECK(sequence.ids.size() == sequence.positions.size(), "sequence: a position per token");
    const int merge = config_.vision.spatial_merge_size;
    std::size_t next_picture = 0;
    std::int32_t picture = -1, next = 0, count = 0;
    row.tokens.reserve(row.tokens.size() + sequence.ids.size());
    if (!sequence.images.empty()) row.pictures.resize(row.tokens.size() + sequence.ids.size());
    for (std::size_t t = 0; t < sequence.ids.size(); ++t) {
      const TokenId id = sequence.ids[t];
      METASPATIAL_CHECK(id >= 0 && id < config_.vocab_size, "sequence: token id outside the vocabulary");
      CachedToken token{id, sequence.positions[t], {}};
      if (id == config_.image_token_id) {
        if (next == count) {
          METASPATIAL_CHECK(next_picture < sequence.images.size(),
                            "sequence: more picture tokens than pictures");
          const auto& image = sequence.images[next_picture++];
          picture = pictures_.add(image);
          next = 0;
          count = (image->grid_h / merge) * (image->grid_w / merge);
          METASPATIAL_CHECK(count > 0, "sequence: an empty picture");
        }
        token.picture = pictures_.hash(picture);
        token.picture[0] += static_cast<std::uint64_t>(next) * 0x9e3779b97f4a7c15ULL;
        token.picture[1] ^= static_cast<std::uint64_t>(next) << 1 | 1;
        row.pictures[row.tokens.size()] = {picture, next++};
      }
      row.tokens.push_back(token);
    }
    METASPATIAL_CHECK(next == count && next_picture == sequence.images.size(),
                      "sequence: more pictures than picture tokens");
  }

  // Gives the row what is kept of its first `limit` tokens and blocks for all of its tokens; false if there
  // are not enough.
  bool begin(GenerationRow& row, std::int64_t limit) {
    const PrefixTree::Match kept =
        tree_.match(std::span<const CachedToken>(row.tokens).first(static_cast<std::size_t>(limit)));
    for (const BlockId block : kept.blocks) pool_.share(block);
    row.blocks = kept.blocks;
    row.cached = static_cast<std::int64_t>(kept.blocks.size()) * kBlockTokens;
    if (kept.tail) pool_.share(*kept.tail);  // until it is copied
    bool enough = extend(row, row.size());
    if (enough && kept.tail) {
      engine_.copy(*kept.tail, row.blocks[kept.blocks.size()]);
      row.cached += kept.tail_tokens;
    }
    if (kept.tail) pool_.release(*kept.tail);
    if (!enough) release(row);
    return enough;
  }

  // Blocks for `tokens` tokens; what nobody uses makes room.
  bool extend(GenerationRow& row, std::int64_t tokens) {
    const std::int64_t wanted = blocks_for(tokens) - static_cast<std::int64_t>(row.blocks.size());
    const std::int64_t room = pool_.limit() - pool_.in_use();
    if (wanted > room) tree_.evict(std::max(wanted - room, pool_.limit() / 32));
    for (std::int64_t i = 0; i < wanted; ++i) {
      const auto block = pool_.take();
      if (!block) return false;
      engine_.reserve(*block);
      row.blocks.push_back(*block);
    }
    return true;
  }

  // Room for the next round of every row; where there is not enough, the last to come wait again.
  void secure_blocks() {
    for (std::size_t i = 0; i < active_.size(); ++i) {
      GenerationRow& row = *active_[i];
      const std::int64_t steps = std::min<std::int64_t>(kStepsPerRound, continuation_.left(row));
      while (!extend(row, row.cached + steps)) {
        RowPtr last = std::move(active_.back());
        active_.pop_back();
        tree_.insert(std::span<const CachedToken>(last->tokens).first(static_cast<std::size_t>(last->cached)),
                     last->blocks);
        release(*last);
        const bool itself = last.get() == &row;
        waiting_.push_front(std::move(last));
        ++usage_.preemptions;
        may_admit_ = false;
        if (itself) break;
      }
    }
    METASPATIAL_CHECK(!active_.empty(), "generate: one row fits the cache");
    note_peak();
  }

  void release(GenerationRow& row) {
    for (const BlockId block : row.blocks) pool_.release(block);
    row.blocks.clear();
    row.cached = 0;
  }

  // Rows that have ended leave; what they read and wrote is kept.
  void retire() {
    std::erase_if(active_, [&](const RowPtr& row) {
      if (!row->ended) return false;
      usage_.made_tokens += static_cast<std::int64_t>(row->out->ids.size());
      tree_.insert(std::span<const CachedToken>(row->tokens).first(static_cast<std::size_t>(row->cached)),
                   row->blocks);
      release(*row);
      may_admit_ = true;
      return true;
    });
  }

  void note_peak() {
    usage_.cache_bytes = pool_.in_use() * engine_.bytes_per_block();
    usage_.peak_cache_bytes = std::max(usage_.peak_cache_bytes, pool_.peak() * engine_.bytes_per_block());
  }

  const VlmConfig& config_;
  DecodeEngine& engine_;
  BlockPool& pool_;
  PrefixTree& tree_;
  GeneratorUsage& usage_;
  std::span<const GenerationGroup> groups_;
  const Continuation& continuation_;
  CallPictures pictures_;
  std::size_t row_limit_;
  std::deque<RowPtr> waiting_;
  std::vector<RowPtr> active_;  // in the order of their admission
  bool may_admit_ = true;       // not after a row was put off, until one has ended
};

}  // namespace

class Generator::Impl {
 public:
  Impl(const Model& model, GeneratorOptions options) : model_(model), options_(std::move(options)) {}

  Result<std::vector<std::vector<Generation>>> generate(std::span<const GenerationGroup> groups,
                                                        const SamplingParams& sampling);
  void forget() {
    if (tree_) tree_->clear();
    usage.cache_bytes = 0;
  }
  void drop() {
    forget();
    tree_.reset();
    pool_.reset();
    engine_.reset();
  }
  GeneratorUsage usage;

 private:
  void prepare() {
    if (engine_) return;
    const at::Tensor& like = model_.impl().embedding;
    const bool kernels =
        like.device().is_cpu() && (like.scalar_type() == at::kFloat || like.scalar_type() == at::kBFloat16);
    METASPATIAL_CHECK(options_.path != DecodePath::Kernels || kernels,
                      "generate: the kernels' path is for float32 and bfloat16 on a CPU");
    on_device_ = options_.path == DecodePath::Tensors || !kernels;
    engine_ =
        on_device_ ? make_tensor_engine(model_.impl()) : make_kernel_engine(model_.impl(), options_.threads);
    pool_ = std::make_unique<BlockPool>(options_.cache_bytes / engine_->bytes_per_block());
    tree_ = std::make_unique<PrefixTree>(*pool_);
  }

  const Model& model_;
  GeneratorOptions options_;
  bool on_device_ = false;
  std::unique_ptr<DecodeEngine> engine_;
  std::unique_ptr<BlockPool> pool_;
  std::unique_ptr<PrefixTree> tree_;
};

Result<std::vector<std::vector<Generation>>> Generator::Impl::generate(
    std::span<const GenerationGroup> groups, const SamplingParams& sampling) {
  std::vector<std::vector<Generation>> out(groups.size());
  if (!sampling.stop.empty() && !options_.tokenizer)
    return invalid("generate: stop texts need the tokenizer (GeneratorOptions::tokenizer)");
  const std::int64_t new_tokens = std::max(0, sampling.max_new_tokens);
  std::int64_t longest = 0;
  for (std::size_t b = 0; b < groups.size(); ++b) {
    const GenerationGroup& group = groups[b];
    METASPATIAL_CHECK(group.cursors.size() == group.suffixes.size(), "generate: a cursor per suffix");
    METASPATIAL_CHECK(group.seeds.size() == group.suffixes.size(), "generate: a seed per suffix");
    out[b].resize(group.suffixes.size());
    for (const Sequence& suffix : group.suffixes) {
      const std::size_t prompt = group.prefix.ids.size() + suffix.ids.size();
      if (prompt == 0) return invalid("generate: an empty prompt");
      longest = std::max(longest, static_cast<std::int64_t>(prompt) + new_tokens);
    }
  }
  if (longest == 0 || new_tokens == 0) return out;
  prepare();
  // One block more: a partly filled one is copied.
  if (blocks_for(longest) + 1 > pool_->limit())
    return invalid(fmt::format(
        "generate: a sequence of {} tokens needs {:.1f} MiB of keys and values, and the "
        "cache's limit is {:.1f} MiB",
        longest, static_cast<double>((blocks_for(longest) + 1) * engine_->bytes_per_block()) / (1 << 20),
        static_cast<double>(options_.cache_bytes) / (1 << 20)));
  const c10::AutoGradMode no_gradient(false);
  const Continuation continuation(sampling, model_.config(), options_.tokenizer);
  const int rows = options_.rows_in_flight > 0 ? options_.rows_in_flight
                   : on_device_                ? kRowsOnDevice
                                               : kRowsPerThread * std::max(1, options_.threads);
  const Lent lent{
      model_.impl(), *engine_, *pool_, *tree_, usage, options_.threads, static_cast<std::size_t>(rows)};
  Schedule(lent, groups, continuation, out).run();
  usage.cache_bytes = pool_->in_use() * engine_->bytes_per_block();
  return out;
}

Generator::Generator(const Model& model, GeneratorOptions options)
    : impl_(std::make_unique<Impl>(model, std::move(options))) {}
Generator::Generator(Generator&&) noexcept = default;
Generator& Generator::operator=(Generator&&) noexcept = default;
Generator::~Generator() = default;

Result<std::vector<std::vector<Generation>>> Generator::generate(std::span<const GenerationGroup> groups,
                                                                 const SamplingParams& sampling) {
  return impl_->generate(groups, sampling);
}

void Generator::weights_changed() {
  impl_->drop();
}

void Generator::forget() {
  impl_->forget();
}

const GeneratorUsage& Generator::usage() const {
  return impl_->usage;
}

std::vector<std::vector<Generation>> generate(const Model& model, std::span<const GenerationGroup> groups,
                                              const SamplingParams& sampling, int threads) {
  std::int64_t longest = 0;
  for (const GenerationGroup& group : groups)
    for (const Sequence& suffix : group.suffixes)
      longest = std::max(longest, static_cast<std::int64_t>(group.prefix.ids.size() + suffix.ids.size()));
  const VlmConfig& config = model.config();
  const std::int64_t token_bytes = std::int64_t{2} * config.num_hidden_layers * config.num_key_value_heads *
                                   config.head_size() * std::int64_t{sizeof(float)};
  GeneratorOptions options;
  options.threads = threads;
  options.cache_bytes = std::max(
      options.cache_bytes, (longest + std::max(0, sampling.max_new_tokens) + 2 * kBlockTokens) * token_bytes);
  auto out = Generator(model, std::move(options)).generate(groups, sampling);
  METASPATIAL_CHECK(out.has_value(), "generate: " + (out ? std::string() : to_string(out.error())));
  return std::move(*out);
}

}  // namespace metaspatial::vlm
