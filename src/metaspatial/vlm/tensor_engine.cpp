#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <torch/version.h>

#include "metaspatial/base/error.hpp"
#include "metaspatial/vlm/decode_engine.hpp"
#include "metaspatial/vlm/decoder.hpp"
#include "metaspatial/vlm/ops.hpp"

namespace metaspatial::vlm {

namespace {

// FlashAttention that takes each sequence's own number of keys.
#define METASPATIAL_FLASH_DECODE \
  (TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 6))

// Prompt tokens that are read in one pass.
constexpr std::int64_t kReadTokens = 8192;

template <typename T>
at::Tensor tensor_of(const std::vector<T>& values, at::ScalarType type, at::Device device) {
  at::Tensor out = at::empty({static_cast<std::int64_t>(values.size())}, type);
  if (!values.empty()) std::memcpy(out.data_ptr(), values.data(), values.size() * sizeof(T));
  return out.to(device);
}

/// What a query found among some of its keys: their mix, and the log of the sum of their weights.
///
/// Shape    mixed (R, H, E) float32, log_sum (R, H) float32.
struct PartialAttention {
  at::Tensor mixed, log_sum;
};

// The mix over both sets of keys (Dao et al. 2022, 3.1).
PartialAttention merged(const PartialAttention& a, const PartialAttention& b) {
  const at::Tensor log_sum = at::logaddexp(a.log_sum, b.log_sum);
  const auto share = [&](const PartialAttention& part) {
    return part.mixed * (part.log_sum - log_sum).exp().unsqueeze(2);
  };
  return {share(a) + share(b), log_sum};
}

/// The rows of a round and where their keys are: what they share with their group (rows [0, sharing)), and
/// their own, in one tensor with a place for every token of the round. Shapes do not change within a round.
struct Round {
  std::int64_t rows = 0;
  std::int64_t capacity = 0;  // places of own keys per row
  std::int64_t sharing = 0;   // rows that share keys with others, first
  std::int64_t most_sharing = 0, longest_shared = 0;
  std::vector<std::int64_t> group_rows, group_keys;  // of each group that shares
  at::Tensor shared_slots;                           // (sum of group_keys): rows of the store
  at::Tensor query_ends, key_ends;                   // (groups + 1) int32
  at::Tensor own_slots;                              // (rows * capacity)
  at::Tensor own_query_ends, own_key_ends;           // (rows + 1) int32: steps of 1, and of capacity
  at::Tensor place;                                  // (rows): of the token that is fed
  at::Tensor own_counts;                             // (rows) int32: own keys, that token's included
  struct Layer {
    at::Tensor shared_keys, shared_values;  // (sum of group_keys, K, E)
    at::Tensor own_keys, own_values;        // (rows, capacity, K, E)
  };
  std::vector<Layer> layers;
};

/// The decoder in ATen's operations, on any device and in any type.
///
/// Keys and values lie in one growing tensor per layer, kBlockTokens rows per block. A round gathers what its
/// rows attend to once, draws tokens on the device, and writes the new keys back at its end; the host waits
/// for the device once per round, or once per token where positions depend on the tokens drawn.
class TensorEngine : public DecodeEngine {
 public:
  explicit TensorEngine(const Model::Impl& model)
      : config_(model.config),
        type_(model.embedding.scalar_type()),
        device_(model.embedding.device()),
        heads_(config_.num_attention_heads),
        kv_heads_(config_.num_key_value_heads),
        head_(config_.head_size()),
        embedding_(model.embedding.detach()),
        final_norm_(model.final_norm.detach()),
        lm_head_(model.head().detach()) {
    const auto stacked = [&](const std::vector<const Linear*>& maps) {
      std::vector<at::Tensor> weights, biases;
      for (const Linear* map : maps) {
        weights.push_back(merged_weight(*map).detach().to(type_));
        if (map->bias.defined()) biases.push_back(map->bias.detach().to(type_));
      }
      Linear out;
      out.weight = maps.size() == 1 ? weights[0] : at::cat(weights);
      if (!biases.empty()) out.bias = at::cat(biases);
      return out;
    };
    for (const DecoderLayer& layer : model.layers)
      layers_.push_back({layer.input_norm.detach(), layer.post_attention_norm.detach(),
                         stacked({&layer.q, &layer.k, &layer.v}), stacked({&layer.o}),
                         stacked({&layer.gate, &layer.up}), stacked({&layer.down})});
    keys_.resize(layers_.size());
    values_.resize(layers_.size());
  }

  std::int64_t bytes_per_block() const override {
    return 2 * kBlockTokens * static_cast<std::int64_t>(layers_.size()) * kv_heads_ * head_ *
           static_cast<std::int64_t>(c10::elementSize(type_));
  }

  void reserve(BlockId block) override {
    if (block < blocks_) return;
    const std::int64_t grown = std::max<std::int64_t>(block + 1, std::max<std::int64_t>(64, blocks_ * 3 / 2));
    for (std::vector<at::Tensor>* store : {&keys_, &values_}) {
      for (at::Tensor& tensor : *store) {
        at::Tensor larger = at::zeros({grown * kBlockTokens, kv_heads_ * head_}, embedding_.options());
        if (blocks_ > 0) larger.narrow(0, 0, blocks_ * kBlockTokens).copy_(tensor);
        tensor = std::move(larger);
      }
    }
    blocks_ = grown;
  }

  void copy(BlockId from, BlockId to) override {
    for (const std::vector<at::Tensor>* store : {&keys_, &values_})
      for (const at::Tensor& tensor : *store)
        tensor.narrow(0, to * kBlockTokens, kBlockTokens)
            .copy_(tensor.narrow(0, from * kBlockTokens, kBlockTokens));
  }

  void read(std::span<GenerationRow* const> rows, const CallPictures& pictures,
            const Continuation& continuation) override {
    for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
      std::int64_t tokens = 0;
      while (end < rows.size() &&
             (end == begin || tokens + rows[end]->size() - rows[end]->cached <= kReadTokens)) {
        tokens += rows[end]->size() - rows[end]->cached;
        ++end;
      }
      read_some(rows.subspan(begin, end - begin), pictures, continuation);
    }
  }

  void decode(std::span<GenerationRow* const> given, int steps, const Continuation& continuation) override {
    std::vector<GenerationRow*> rows(given.begin(), given.end());
    std::int64_t longest = 0;
    for (const GenerationRow* row : rows) longest = std::max(longest, continuation.left(*row));
    const auto count = std::min<std::int64_t>(steps, longest);
    Round round = begin_round(rows, count, continuation);

    const auto n = static_cast<std::int64_t>(rows.size());
    at::Tensor uniforms = at::empty({count, n}, at::kDouble);
    for (std::int64_t s = 0; s < count; ++s)
      for (std::int64_t r = 0; r < n; ++r)
        uniforms.data_ptr<double>()[s * n + r] =
            token_uniform(rows[static_cast<std::size_t>(r)]->seed,
                          rows[static_cast<std::size_t>(r)]->out->ids.size() + static_cast<std::size_t>(s));
    uniforms = uniforms.to(device_);
    std::vector<std::int64_t> last;
    for (const GenerationRow* row : rows) last.push_back(row->tokens.back().id);
    at::Tensor ids = tensor_of(last, at::kLong, device_);

    std::vector<at::Tensor> tokens, log_probs;
    std::vector<PositionCursor> cursors;
    for (const GenerationRow* row : rows) cursors.push_back(row->cursor);
    std::vector<PositionId> positions;
    for (const GenerationRow* row : rows) positions.push_back(row->tokens.back().position);
    for (std::int64_t s = 0; s < count; ++s) {
      const at::Tensor logits = step(round, ids, positions);
      const DrawnTensors drawn =
          draw(logits, uniforms[s], continuation.params(), forbidden_tokens(config_, continuation.params()));
      ids = drawn.tokens;
      if (config_.positions.structured) {  // the next position depends on the token
        take(rows, ids, drawn.log_probs, continuation);
        bool going = false;
        for (std::size_t r = 0; r < rows.size(); ++r) {
          positions[r] = rows[r]->tokens.back().position;
          going = going || !rows[r]->ended;
        }
        if (!going) break;
      } else {
        tokens.push_back(ids);
        log_probs.push_back(drawn.log_probs);
        for (std::size_t r = 0; r < rows.size(); ++r) positions[r] = cursors[r].next(0);
      }
      round.place.add_(1);
      round.own_counts.add_(1);
    }
    if (!tokens.empty()) {
      const at::Tensor all = at::stack(tokens).to(at::kCPU);
      const at::Tensor all_log_probs = at::stack(log_probs).to(at::kCPU);
      for (std::int64_t s = 0; s < count; ++s) take(rows, all[s], all_log_probs[s], continuation);
    }
    end_round(round, rows);
  }

 private:
  struct Layer {
    at::Tensor input_norm, post_attention_norm;
    Linear qkv, o, gate_up, down;
  };

  at::Tensor norm(const at::Tensor& x, const at::Tensor& weight) const {
    return ops::rms_norm(x.to(at::kFloat), weight.to(at::kFloat), config_.rms_norm_eps).to(type_);
  }
  static at::Tensor map(const Linear& linear, const at::Tensor& x) {
    return linear.bias.defined() ? at::linear(x, linear.weight, linear.bias) : at::linear(x, linear.weight);
  }
  at::Tensor mlp(const Layer& layer, const at::Tensor& x) const {
    const at::Tensor both = map(layer.gate_up, norm(x, layer.post_attention_norm));
    const std::int64_t inner = both.size(1) / 2;
    return map(layer.down, at::silu(both.narrow(1, 0, inner)) * both.narrow(1, inner, inner));
  }
  // (T, (H + 2 K) E): queries and keys turned.
  struct Projected {
    at::Tensor q, k, v;
  };
  Projected project(const Layer& layer, const at::Tensor& x, const at::Tensor& cos,
                    const at::Tensor& sin) const {
    const at::Tensor all = map(layer.qkv, norm(x, layer.input_norm));
    const std::int64_t turning = (heads_ + kv_heads_) * head_;
    const at::Tensor turned = ops::plain::rope(all.narrow(1, 0, turning), cos, sin).to(type_);
    return {turned.narrow(1, 0, heads_ * head_), turned.narrow(1, heads_ * head_, kv_heads_ * head_),
            all.narrow(1, turning, kv_heads_ * head_)};
  }

  static std::int64_t slot(const GenerationRow& row, std::int64_t token) {
    return static_cast<std::int64_t>(row.blocks[static_cast<std::size_t>(token / kBlockTokens)]) *
               kBlockTokens +
           token % kBlockTokens;
  }

  void read_some(std::span<GenerationRow* const> rows, const CallPictures& pictures,
                 const Continuation& continuation) {
    std::vector<std::int64_t> ids, slots, key_rows, last_rows, picture_places, picture_sources;
    std::vector<ops::AttentionSpan> spans;
    std::vector<PositionId> positions;
    std::vector<at::Tensor> picture_rows;
    std::map<std::int32_t, std::int64_t> picture_begins;
    std::int64_t picture_count = 0;
    std::vector<GenerationRow*> drawing;
    for (GenerationRow* row : rows) {
      spans.push_back({static_cast<std::int64_t>(ids.size()), row->size() - row->cached,
                       static_cast<std::int64_t>(key_rows.size()), row->size(), row->cached, 0, 0, 1});
      for (std::int64_t t = row->cached; t < row->size(); ++t) {
        const auto i = static_cast<std::size_t>(t);
        if (i < row->pictures.size() && row->pictures[i].picture >= 0) {
          const PictureRow from = row->pictures[i];
          const auto [begin, is_new] = picture_begins.try_emplace(from.picture, picture_count);
          if (is_new) {
            picture_rows.push_back(pictures.rows(from.picture).to(device_, type_));
            picture_count += picture_rows.back().size(0);
          }
          picture_places.push_back(static_cast<std::int64_t>(ids.size()));
          picture_sources.push_back(begin->second + from.row);
        }
        ids.push_back(row->tokens[i].id);
        positions.push_back(row->tokens[i].position);
        slots.push_back(slot(*row, t));
      }
      for (std::int64_t t = 0; t < row->size(); ++t) key_rows.push_back(slot(*row, t));
      row->cached = row->size();
      if (row->out != nullptr) {
        last_rows.push_back(static_cast<std::int64_t>(ids.size()) - 1);
        drawing.push_back(row);
      }
    }
    const at::Tensor kept = tensor_of(key_rows, at::kLong, device_);
    const at::Tensor places = tensor_of(slots, at::kLong, device_);
    const at::Tensor angles = rope_angles(config_, positions).to(device_);
    const at::Tensor cos = angles.cos();
    const at::Tensor sin = angles.sin();
    at::Tensor x = at::embedding(embedding_, tensor_of(ids, at::kLong, device_));  // (T, D)
    if (!picture_rows.empty())
      x = x.index_copy(0, tensor_of(picture_places, at::kLong, device_),
                       at::cat(picture_rows).index_select(0, tensor_of(picture_sources, at::kLong, device_)));
    const bool bf16 = type_ == at::kBFloat16;
    const ops::AttentionPlan plan = ops::attention_plan(spans, x, bf16);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const Projected made = project(layers_[i], x, cos, sin);
      keys_[i].index_copy_(0, places, made.k);
      values_[i].index_copy_(0, places, made.v);
      const at::Tensor mixed =
          ops::attention(made.q, keys_[i].index_select(0, kept), values_[i].index_select(0, kept), plan,
                         heads_, kv_heads_, bf16);
      x = x + map(layers_[i].o, mixed.to(type_));
      x = x + mlp(layers_[i], x);
    }
    if (drawing.empty()) return;
    const at::Tensor logits =
        at::linear(norm(x.index_select(0, tensor_of(last_rows, at::kLong, device_)), final_norm_), lm_head_);
    std::vector<double> uniforms;
    for (const GenerationRow* row : drawing) uniforms.push_back(continuation.uniform(*row));
    const DrawnTensors drawn = draw(logits, tensor_of(uniforms, at::kDouble, device_), continuation.params(),
                                    forbidden_tokens(config_, continuation.params()));
    take(drawing, drawn.tokens, drawn.log_probs, continuation);
  }

  // Appends a step's tokens to the rows that have not ended.
  static void take(const std::vector<GenerationRow*>& rows, const at::Tensor& tokens,
                   const at::Tensor& log_probs, const Continuation& continuation) {
    const at::Tensor ids = tokens.to(at::kCPU).contiguous();
    const at::Tensor values = log_probs.to(at::kCPU).contiguous();
    for (std::size_t r = 0; r < rows.size(); ++r)
      if (!rows[r]->ended)
        continuation.append(
            *rows[r], {static_cast<TokenId>(ids.data_ptr<std::int64_t>()[r]), values.data_ptr<float>()[r]});
  }

  // Sorts the rows, those that share keys first, and gathers what they attend to.
  Round begin_round(std::vector<GenerationRow*>& rows, std::int64_t steps, const Continuation& continuation) {
    struct Group {
      std::vector<GenerationRow*> rows;
      std::int64_t blocks = 0;  // that all of them share
    };
    std::vector<Group> groups;
    for (GenerationRow* row : rows) {
      if (groups.empty() || groups.back().rows[0]->group != row->group)
        groups.push_back({{}, row->cached / kBlockTokens});
      Group& group = groups.back();
      const std::vector<BlockId>& first = group.rows.empty() ? row->blocks : group.rows[0]->blocks;
      std::int64_t same = 0;
      const std::int64_t most = std::min(group.blocks, row->cached / kBlockTokens);
      while (same < most &&
             first[static_cast<std::size_t>(same)] == row->blocks[static_cast<std::size_t>(same)])
        ++same;
      group.blocks = same;
      group.rows.push_back(row);
    }
    for (Group& group : groups)
      if (group.rows.size() == 1) group.blocks = 0;
    std::stable_partition(groups.begin(), groups.end(), [](const Group& g) { return g.blocks > 0; });

    Round round;
    rows.clear();
    std::vector<std::int64_t> shared_slots, own_begins;
    std::vector<std::int32_t> query_ends{0}, key_ends{0}, own_query_ends{0}, own_key_ends{0}, own_counts;
    for (const Group& group : groups) {
      const std::int64_t tokens = group.blocks * kBlockTokens;
      for (GenerationRow* row : group.rows) {
        rows.push_back(row);
        own_begins.push_back(tokens);
        own_counts.push_back(static_cast<std::int32_t>(row->cached + 1 - tokens));
        round.capacity = std::max(round.capacity, row->cached - tokens + steps);
      }
      if (tokens == 0) continue;
      const auto members = static_cast<std::int64_t>(group.rows.size());
      round.sharing += members;
      round.group_rows.push_back(members);
      round.group_keys.push_back(tokens);
      round.most_sharing = std::max(round.most_sharing, members);
      round.longest_shared = std::max(round.longest_shared, tokens);
      for (std::int64_t t = 0; t < tokens; ++t) shared_slots.push_back(slot(*group.rows[0], t));
      query_ends.push_back(static_cast<std::int32_t>(round.sharing));
      key_ends.push_back(static_cast<std::int32_t>(shared_slots.size()));
    }
    round.rows = static_cast<std::int64_t>(rows.size());
    // Places without a token of their own point to any slot: they are not attended to.
    std::vector<std::int64_t> own_slots(static_cast<std::size_t>(round.rows * round.capacity), 0), place;
    for (std::int64_t r = 0; r < round.rows; ++r) {
      const GenerationRow& row = *rows[static_cast<std::size_t>(r)];
      const std::int64_t begin = own_begins[static_cast<std::size_t>(r)];
      for (std::int64_t t = begin; t < row.cached; ++t)
        own_slots[static_cast<std::size_t>(r * round.capacity + t - begin)] = slot(row, t);
      place.push_back(r * round.capacity + row.cached - begin);
      own_query_ends.push_back(static_cast<std::int32_t>(r + 1));
      own_key_ends.push_back(static_cast<std::int32_t>((r + 1) * round.capacity));
      // Where the round's keys go when it ends.
      const std::int64_t fed = std::min(steps, continuation.left(row));
      for (std::int64_t s = 0; s < fed; ++s) {
        new_places_.push_back(place.back() + s);
        new_slots_.push_back(slot(row, row.cached + s));
      }
    }
    round.own_slots = tensor_of(own_slots, at::kLong, device_);
    round.place = tensor_of(place, at::kLong, device_);
    round.own_counts = tensor_of(own_counts, at::kInt, device_);
    round.own_query_ends = tensor_of(own_query_ends, at::kInt, device_);
    round.own_key_ends = tensor_of(own_key_ends, at::kInt, device_);
    round.shared_slots = tensor_of(shared_slots, at::kLong, device_);
    round.query_ends = tensor_of(query_ends, at::kInt, device_);
    round.key_ends = tensor_of(key_ends, at::kInt, device_);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const auto gathered = [&](const at::Tensor& store, const at::Tensor& slots) {
        return store.index_select(0, slots).view({-1, kv_heads_, head_});
      };
      const std::vector<std::int64_t> own{round.rows, round.capacity, kv_heads_, head_};
      round.layers.push_back(
          {gathered(keys_[i], round.shared_slots), gathered(values_[i], round.shared_slots),
           gathered(keys_[i], round.own_slots).view(own), gathered(values_[i], round.own_slots).view(own)});
    }
    return round;
  }

  void end_round(const Round& round, const std::vector<GenerationRow*>& rows) {
    const at::Tensor places = tensor_of(std::exchange(new_places_, {}), at::kLong, device_);
    const at::Tensor slots = tensor_of(std::exchange(new_slots_, {}), at::kLong, device_);
    const auto keep = [&](const at::Tensor& own, const at::Tensor& store) {
      store.index_copy_(0, slots, own.view({-1, kv_heads_ * head_}).index_select(0, places));
    };
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      keep(round.layers[i].own_keys, keys_[i]);
      keep(round.layers[i].own_values, values_[i]);
    }
    for (GenerationRow* row : rows) row->cached = row->size() - 1;
  }

  // One token of every row.   Shape  ids (R) -> logits (R, V).
  at::Tensor step(const Round& round, const at::Tensor& ids, const std::vector<PositionId>& positions) const {
    const at::Tensor angles = rope_angles(config_, positions).to(device_, /*non_blocking=*/true);
    const at::Tensor cos = angles.cos();
    const at::Tensor sin = angles.sin();
    at::Tensor x = at::embedding(embedding_, ids);  // (R, D)
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const Projected made = project(layers_[i], x, cos, sin);
      const Round::Layer& cache = round.layers[i];
      cache.own_keys.view({-1, kv_heads_ * head_}).index_copy_(0, round.place, made.k);
      cache.own_values.view({-1, kv_heads_ * head_}).index_copy_(0, round.place, made.v);
      const at::Tensor q = made.q.reshape({round.rows, heads_, head_});
      PartialAttention found = own_attention(round, cache, q);
      at::Tensor mixed = found.mixed;
      if (round.sharing > 0) {
        const auto first = [&](const at::Tensor& t) { return t.narrow(0, 0, round.sharing); };
        const PartialAttention both =
            merged({first(found.mixed), first(found.log_sum)}, shared_attention(round, cache, first(q)));
        mixed = round.sharing == round.rows
                    ? both.mixed
                    : at::cat({both.mixed, mixed.narrow(0, round.sharing, round.rows - round.sharing)});
      }
      x = x + map(layers_[i].o, mixed.reshape({round.rows, heads_ * head_}).to(type_));
      x = x + mlp(layers_[i], x);
    }
    return at::linear(norm(x, final_norm_), lm_head_);
  }

  bool flash() const {
#if METASPATIAL_FLASH_DECODE
    return device_.is_cuda() && (type_ == at::kBFloat16 || type_ == at::kHalf);
#else
    return false;
#endif
  }

#if METASPATIAL_FLASH_DECODE
  // FlashAttention over sequences one after another; its second result is (H, queries).
  static PartialAttention flash_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                          const at::Tensor& query_ends, const at::Tensor& key_ends,
                                          std::int64_t longest_query, std::int64_t longest_keys,
                                          const std::optional<at::Tensor>& key_counts) {
    const auto out =
        at::_flash_attention_forward(q, k, v, query_ends, key_ends, longest_query, longest_keys, 0.0, false,
                                     false, std::nullopt, std::nullopt, std::nullopt, key_counts);
    const at::Tensor log_sum = std::get<1>(out);
    METASPATIAL_CHECK(log_sum.dim() == 2 && log_sum.size(0) == q.size(1) && log_sum.size(1) == q.size(0),
                      "flash attention: the log-sum-exp is (heads, queries)");
    return {std::get<0>(out).to(at::kFloat), log_sum.t()};
  }
#endif

  // Scores of a set of keys, plainly. Shape  q (B, K, M, E), k and v (B, L, K, E), visible (B, 1, 1, L) or
  // undefined -> mixed (B, K, M, E), log_sum (B, K, M).
  PartialAttention plain_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                   const at::Tensor& visible) const {
    at::Tensor scores =
        at::matmul(q, k.permute({0, 2, 3, 1})).to(at::kFloat) / std::sqrt(static_cast<double>(head_));
    if (visible.defined())
      scores = scores.masked_fill(visible.logical_not(), -std::numeric_limits<float>::infinity());
    const at::Tensor log_sum = scores.logsumexp(3);
    const at::Tensor weights = (scores - log_sum.unsqueeze(3)).exp().to(type_);
    return {at::matmul(weights, v.permute({0, 2, 1, 3})).to(at::kFloat), log_sum};
  }

  PartialAttention own_attention(const Round& round, const Round::Layer& cache, const at::Tensor& q) const {
#if METASPATIAL_FLASH_DECODE
    if (flash())
      return flash_attention(q, cache.own_keys.view({-1, kv_heads_, head_}),
                             cache.own_values.view({-1, kv_heads_, head_}), round.own_query_ends,
                             round.own_key_ends, 1, round.capacity, round.own_counts);
#endif
    const at::Tensor visible = at::arange(round.capacity, round.own_counts.options())
                                   .unsqueeze(0)
                                   .lt(round.own_counts.unsqueeze(1))
                                   .view({round.rows, 1, 1, round.capacity});
    const PartialAttention found = plain_attention(q.view({round.rows, kv_heads_, heads_ / kv_heads_, head_}),
                                                   cache.own_keys, cache.own_values, visible);
    return {found.mixed.reshape({round.rows, heads_, head_}), found.log_sum.reshape({round.rows, heads_})};
  }

  PartialAttention shared_attention(const Round& round, const Round::Layer& cache,
                                    const at::Tensor& q) const {
#if METASPATIAL_FLASH_DECODE
    if (flash())
      return flash_attention(q, cache.shared_keys, cache.shared_values, round.query_ends, round.key_ends,
                             round.most_sharing, round.longest_shared, std::nullopt);
#endif
    std::vector<at::Tensor> mixed, log_sums;
    std::int64_t row = 0, key = 0;
    for (std::size_t g = 0; g < round.group_rows.size(); ++g) {
      const std::int64_t rows = round.group_rows[g];
      const std::int64_t count = round.group_keys[g];
      const std::int64_t repeats = heads_ / kv_heads_;
      // All queries of the group that look at one key head stand in one matrix.
      const at::Tensor queries = q.narrow(0, row, rows)
                                     .reshape({rows, kv_heads_, repeats, head_})
                                     .transpose(0, 1)
                                     .reshape({1, kv_heads_, rows * repeats, head_});
      const PartialAttention found =
          plain_attention(queries, cache.shared_keys.narrow(0, key, count).unsqueeze(0),
                          cache.shared_values.narrow(0, key, count).unsqueeze(0), {});
      mixed.push_back(
          found.mixed.view({kv_heads_, rows, repeats, head_}).transpose(0, 1).reshape({rows, heads_, head_}));
      log_sums.push_back(
          found.log_sum.view({kv_heads_, rows, repeats}).transpose(0, 1).reshape({rows, heads_}));
      row += rows;
      key += count;
    }
    return {at::cat(mixed), at::cat(log_sums)};
  }

  const VlmConfig& config_;
  at::ScalarType type_;
  at::Device device_;
  std::int64_t heads_, kv_heads_, head_;
  at::Tensor embedding_, final_norm_, lm_head_;
  std::vector<Layer> layers_;
  std::int64_t blocks_ = 0;                           // that have memory
  std::vector<at::Tensor> keys_, values_;             // per layer (blocks * kBlockTokens, K E)
  std::vector<std::int64_t> new_places_, new_slots_;  // of the round under way
};

}  // namespace

std::unique_ptr<DecodeEngine> make_tensor_engine(const Model::Impl& model) {
  return std::make_unique<TensorEngine>(model);
}

}  // namespace metaspatial::vlm
