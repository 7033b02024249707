#include "metaspatial/vlm/cached_decoder.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/parallel.hpp"
#include "metaspatial/vlm/kernels.hpp"

namespace metaspatial::vlm {

namespace {

using kernels::kPanel;
static_assert(kBlockTokens == kPanel, "a block's keys are one panel");

// Query rows of a long run that attend together.
constexpr std::int64_t kTileRows = 32;
// Rows of a matrix that one task multiplies by when threads share a product.
constexpr std::int64_t kSharedRows = 64;

std::int64_t panels(std::int64_t n) {
  return (n + kPanel - 1) / kPanel;
}
std::size_t usize(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

std::vector<float> floats(const at::Tensor& tensor) {
  const at::Tensor contiguous = tensor.detach().to(at::kFloat).contiguous();
  const float* data = contiguous.data_ptr<float>();
  return {data, data + contiguous.numel()};
}

float as_float(std::uint16_t bfloat16) {
  const std::uint32_t bits = static_cast<std::uint32_t>(bfloat16) << 16;
  float value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

const std::uint16_t* bf16_data(const at::Tensor& tensor) {
  return static_cast<const std::uint16_t*>(tensor.data_ptr());
}

// A workspace only grows.
float* sized(std::vector<float>& buffer, std::int64_t n) {
  if (buffer.size() < usize(n)) buffer.resize(usize(n));
  return buffer.data();
}

// Asks for `count` floats to be brought to the cache.
void fetch(const float* from, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += 16) __builtin_prefetch(from + i);
}

void for_each(std::int64_t n, bool shared, const std::function<void(std::size_t)>& body) {
  if (shared && n > 1) return parallel_for(usize(n), body);
  for (std::int64_t i = 0; i < n; ++i) body(usize(i));
}

}  // namespace

BlockStore::BlockStore(const VlmConfig& config)
    : layers_(config.num_hidden_layers),
      layer_(2 * kBlockTokens * config.num_key_value_heads * config.head_size()) {}

void BlockStore::reserve(BlockId block) {
  if (blocks_.size() <= usize(block)) blocks_.resize(usize(block) + 1);
  // Zeros: places not yet written are multiplied by weights of zero.
  if (!blocks_[usize(block)]) blocks_[usize(block)] = std::make_unique<float[]>(usize(layers_ * layer_));
}

void BlockStore::copy(BlockId from, BlockId to) {
  std::memcpy(keys(to, 0), keys(from, 0), usize(bytes_per_block()));
}

CachedDecoder::Matrix::Matrix(const std::vector<const Linear*>& stacked, bool packed) {
  in_ = stacked[0]->weight.size(1);
  for (const Linear* linear : stacked) out_ += linear->weight.size(0);
  const bool biased = stacked[0]->bias.defined();
  if (packed) panels_.assign(usize(padded() * in_), 0.0F);
  std::int64_t column = 0;
  for (const Linear* linear : stacked) {
    if (packed) {
      const at::Tensor contiguous = merged_weight(*linear).detach().contiguous();
      const float* from = contiguous.data_ptr<float>();
      for (std::int64_t n = 0; n < contiguous.size(0); ++n, ++column)
        for (std::int64_t k = 0; k < in_; ++k)
          panels_[usize((column / kPanel * in_ + k) * kPanel + column % kPanel)] = from[n * in_ + k];
    } else {
      stored_.push_back({linear->weight.detach().contiguous(), {}, {}});
      if (linear->adapted()) {
        stored_.back().lora_a = linear->lora_a.detach().to(at::kFloat).contiguous();
        stored_.back().lora_b = (linear->lora_b.detach().to(at::kFloat) * linear->lora_scale).contiguous();
      }
    }
    if (biased) {
      const std::vector<float> bias = floats(linear->bias);
      bias_.insert(bias_.end(), bias.begin(), bias.end());
    }
  }
}

std::int64_t CachedDecoder::Matrix::padded() const {
  return panels(out_) * kPanel;
}

void CachedDecoder::Matrix::multiply(const float* x, std::int64_t rows, float* y, std::int64_t stride,
                                     bool accumulate, bool shared) const {
  if (rows == 0) return;
  if (!bias_.empty()) {
    METASPATIAL_CHECK(!accumulate, "a bias replaces what was there");
    for (std::int64_t r = 0; r < rows; ++r)
      std::memcpy(y + r * stride, bias_.data(), bias_.size() * sizeof(float));
    accumulate = true;
  }
  if (!stored_.empty()) return multiply_stored(x, rows, y, stride, accumulate, shared);
  const std::int64_t columns = stride >= padded() && bias_.empty() ? padded() : out_;
  for_each(panels(out_), shared, [&](std::size_t i) {
    const auto p = static_cast<std::int64_t>(i);
    kernels::table().gemm(rows, std::min(kPanel, columns - p * kPanel), in_, x, in_,
                          panels_.data() + p * in_ * kPanel, kPanel, y + p * kPanel, stride, accumulate);
  });
}

void CachedDecoder::Matrix::multiply_stored(const float* x, std::int64_t rows, float* y, std::int64_t stride,
                                            bool accumulate, bool shared) const {
  const kernels::Table& kernel = kernels::table();
  for (const Stored& stored : stored_) {
    const at::Tensor& weight = stored.weight;
    const std::int64_t out = weight.size(0);
    for_each((out + kSharedRows - 1) / kSharedRows, shared, [&](std::size_t i) {
      const std::int64_t first = static_cast<std::int64_t>(i) * kSharedRows;
      const std::int64_t count = std::min(kSharedRows, out - first);
      if (weight.scalar_type() == at::kBFloat16)
        kernel.stored_product_bf16(rows, in_, count, x, bf16_data(weight) + first * in_, y + first, stride,
                                   accumulate);
      else
        kernel.stored_product(rows, in_, count, x, weight.data_ptr<float>() + first * in_, y + first, stride,
                              accumulate);
    });
    if (stored.lora_a.defined()) {
      const std::int64_t rank = stored.lora_a.size(0);
      std::vector<float> low(usize(rows * rank));
      kernel.stored_product(rows, in_, rank, x, stored.lora_a.data_ptr<float>(), low.data(), rank, false);
      kernel.stored_product(rows, rank, out, low.data(), stored.lora_b.data_ptr<float>(), y, stride, true);
    }
    y += out;
  }
}

CachedDecoder::CachedDecoder(const Model::Impl& model, const BlockStore& store, std::int64_t pack_limit)
    : config_(&model.config),
      store_(&store),
      embedding_(model.embedding.detach().contiguous()),
      final_norm_(floats(model.final_norm)) {
  std::int64_t numbers = model.head().numel();
  for (const DecoderLayer& layer : model.layers)
    for (const Linear* linear : {&layer.q, &layer.k, &layer.v, &layer.o, &layer.gate, &layer.up, &layer.down})
      numbers += linear->weight.numel();
  const bool packed =
      embedding_.scalar_type() == at::kFloat && numbers * std::int64_t{sizeof(float)} <= pack_limit;
  // More than a cache holds: rows divided among threads would have each of them fetch all weights.
  constexpr std::int64_t kLargeBytes = std::int64_t{32} << 20;
  large_ = numbers * static_cast<std::int64_t>(embedding_.element_size()) > kLargeBytes;
  for (const DecoderLayer& layer : model.layers)
    layers_.push_back({floats(layer.input_norm), floats(layer.post_attention_norm),
                       Matrix({&layer.q, &layer.k, &layer.v}, packed), Matrix({&layer.o}, packed),
                       Matrix({&layer.gate, &layer.up}, packed), Matrix({&layer.down}, packed)});
  Linear head;
  head.weight = model.head();
  head_ = Matrix({&head}, packed);
  const std::int64_t half = config_->head_size() / 2;
  for (std::int64_t i = 0; i < half; ++i)
    frequencies_.push_back(static_cast<float>(
        1.0 / std::pow(config_->rope_theta, static_cast<double>(i) / static_cast<double>(half))));
  for (std::size_t a = 0; a < config_->mrope_section.size(); ++a)
    axes_.insert(axes_.end(), usize(config_->mrope_section[a]), a % 3);
  METASPATIAL_CHECK(axes_.size() == frequencies_.size(), "mrope_section");
}

void CachedDecoder::embed(const CachedToken& token, const float* picture_row, float* x) const {
  const std::int64_t width = config_->hidden_size;
  METASPATIAL_CHECK(token.id >= 0 && token.id < embedding_.size(0), "token id outside the vocabulary");
  if (picture_row != nullptr) {
    std::memcpy(x, picture_row, usize(width) * sizeof(float));
  } else if (embedding_.scalar_type() == at::kBFloat16) {
    const std::uint16_t* row = bf16_data(embedding_) + token.id * width;
    for (std::int64_t i = 0; i < width; ++i) x[i] = as_float(row[i]);
  } else {
    std::memcpy(x, embedding_.data_ptr<float>() + token.id * width, usize(width) * sizeof(float));
  }
}

// Angles of rope as in rope_angles(), but with functions of one number: a token's are the same in any
// company.
void CachedDecoder::rope_tables(std::span<const TokenRun> runs, Workspace& work) const {
  std::int64_t rows = 0;
  for (const TokenRun& run : runs) rows += static_cast<std::int64_t>(run.tokens.size());
  float* cos = sized(work.cos, rows * static_cast<std::int64_t>(frequencies_.size()));
  float* sin = sized(work.sin, rows * static_cast<std::int64_t>(frequencies_.size()));
  for (const TokenRun& run : runs) {
    for (const CachedToken& token : run.tokens) {
      for (std::size_t i = 0; i < frequencies_.size(); ++i) {
        const float angle = static_cast<float>(token.position[axes_[i]]) * frequencies_[i];
        *cos++ = std::cos(angle);
        *sin++ = std::sin(angle);
      }
    }
  }
}

// Runs of one token that share blocks stand in one tile; a long run is cut into tiles of its own.
std::vector<CachedDecoder::Tile> CachedDecoder::tiles_of(std::span<const TokenRun> runs) {
  std::vector<Tile> tiles;
  std::int64_t row = 0;
  const TokenRun* previous = nullptr;
  for (const TokenRun& run : runs) {
    const auto count = static_cast<std::int64_t>(run.tokens.size());
    if (count == 1 && previous != nullptr && previous->tokens.size() == 1 && previous->group == run.group) {
      Tile& tile = tiles.back();
      const std::span<const BlockId> first = tile.parts[0].run->blocks;
      // Only blocks that lie wholly before the tokens.
      std::int64_t common = tile.parts.size() == 1 ? tile.parts[0].run->first / kBlockTokens : tile.common;
      common = std::min(common, run.first / kBlockTokens);
      std::int64_t same = 0;
      while (same < common && first[usize(same)] == run.blocks[usize(same)]) ++same;
      tile.common = same;
      tile.parts.push_back({&run, 0, 1, row});
      ++tile.rows;
    } else {
      for (std::int64_t offset = 0; offset < count; offset += kTileRows) {
        const std::int64_t rows = std::min(kTileRows, count - offset);
        tiles.push_back({{{&run, offset, rows, row + offset}}, rows, 0});
      }
    }
    row += count;
    previous = &run;
  }
  return tiles;
}

void CachedDecoder::read(std::span<const TokenRun> runs, Workspace& work, std::vector<float>& logits,
                         bool shared) const {
  const kernels::Table& kernel = kernels::table();
  const std::int64_t width = config_->hidden_size;
  const std::int64_t inner = config_->intermediate_size;
  const std::int64_t head = config_->head_size();
  const std::int64_t heads = config_->num_attention_heads;
  const std::int64_t kv_heads = config_->num_key_value_heads;
  const std::int64_t turning = (heads + kv_heads) * head;  // queries and keys
  const std::int64_t qkv = turning + kv_heads * head;
  const auto eps = static_cast<float>(config_->rms_norm_eps);
  std::int64_t n = 0;
  for (const TokenRun& run : runs) n += static_cast<std::int64_t>(run.tokens.size());

  rope_tables(runs, work);
  std::vector<Tile> tiles = tiles_of(runs);
  float* x = sized(work.x, n * width);
  float* normed = sized(work.normed, n * width);
  std::int64_t row = 0;
  for (const TokenRun& run : runs)
    for (std::size_t t = 0; t < run.tokens.size(); ++t, ++row)
      embed(run.tokens[t], run.picture_rows.empty() ? nullptr : run.picture_rows[t], x + row * width);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    kernel.rms_norm(n, width, x, layer.input_norm.data(), eps, normed, nullptr);
    layer.qkv.multiply(normed, n, sized(work.qkv, n * qkv), qkv, false, shared);
    kernel.rope(n, turning / head, head, work.qkv.data(), qkv, work.cos.data(), work.sin.data(), 1.0F,
                sized(work.rotated, n * turning));
    row = 0;
    for (const TokenRun& run : runs) {
      for (std::size_t t = 0; t < run.tokens.size(); ++t, ++row) {
        const std::int64_t place = run.first + static_cast<std::int64_t>(t);
        const BlockId block = run.blocks[usize(place / kBlockTokens)];
        const std::int64_t slot = place % kBlockTokens;
        const float* key = work.rotated.data() + (row + 1) * turning - kv_heads * head;
        float* keys = store_->keys(block, i) + slot;
        for (std::int64_t e = 0; e < kv_heads * head; ++e) keys[e * kBlockTokens] = key[e];
        const float* value = work.qkv.data() + row * qkv + turning;
        for (std::int64_t kv = 0; kv < kv_heads; ++kv)
          std::memcpy(store_->values(block, i) + (kv * kBlockTokens + slot) * head, value + kv * head,
                      usize(head) * sizeof(float));
      }
    }
    if (i + 1 == layers_.size()) {
      // From here on only the rows whose logits are wanted.
      std::vector<Tile> wanted;
      std::int64_t kept = 0;
      row = 0;
      for (const TokenRun& run : runs) {
        row += static_cast<std::int64_t>(run.tokens.size());
        if (!run.wants_logits || run.tokens.empty()) continue;
        const std::int64_t last = row - 1;
        if (kept != last) {
          std::memcpy(x + kept * width, x + last * width, usize(width) * sizeof(float));
          std::memcpy(work.rotated.data() + kept * turning, work.rotated.data() + last * turning,
                      usize(turning) * sizeof(float));
        }
        wanted.push_back({{{&run, static_cast<std::int64_t>(run.tokens.size()) - 1, 1, kept}}, 1, 0});
        ++kept;
      }
      if (kept != n) {
        tiles = std::move(wanted);
        n = kept;
      }
      if (n == 0) return;
    }
    attend(tiles, i, work, shared);
    layer.o.multiply(work.mixed.data(), n, x, width, true, shared);
    kernel.rms_norm(n, width, x, layer.post_attention_norm.data(), eps, normed, nullptr);
    layer.gate_up.multiply(normed, n, sized(work.gate_up, n * 2 * inner), 2 * inner, false, shared);
    sized(work.inner, n * inner);
    for (std::int64_t r = 0; r < n; ++r) {
      const float* gate = work.gate_up.data() + r * 2 * inner;
      kernel.swiglu(inner, gate, gate + inner, work.inner.data() + r * inner);
    }
    layer.down.multiply(work.inner.data(), n, x, width, true, shared);
  }
  kernel.rms_norm(n, width, x, final_norm_.data(), eps, normed, nullptr);
  head_.multiply(normed, n, sized(logits, n * head_.padded()), head_.padded(), false, shared);
}

void CachedDecoder::attend(const std::vector<Tile>& tiles, std::size_t layer, Workspace& work,
                           bool shared) const {
  const std::int64_t kv_heads = config_->num_key_value_heads;
  std::int64_t rows = 0;
  for (const Tile& tile : tiles) rows += tile.rows;
  float* mixed = sized(work.mixed, rows * config_->num_attention_heads * config_->head_size());
  const auto units = static_cast<std::int64_t>(tiles.size()) * kv_heads;
  if (work.attention.size() < (shared ? usize(units) : 1)) work.attention.resize(shared ? usize(units) : 1);
  for_each(units, shared, [&](std::size_t u) {
    attend(tiles[u / usize(kv_heads)], static_cast<std::int64_t>(u) % kv_heads, layer, work,
           work.attention[shared ? u : 0], mixed);
  });
}

// Queries are multiplied with the keys of common blocks all together, with the others part by part. Scores
// (row, query head of the group; place in the sequence).
void CachedDecoder::attend(const Tile& tile, std::int64_t kv, std::size_t layer, const Workspace& work,
                           Workspace::Attention& buffers, float* mixed) const {
  const kernels::Table& kernel = kernels::table();
  const std::int64_t head = config_->head_size();
  const std::int64_t heads = config_->num_attention_heads;
  const std::int64_t kv_heads = config_->num_key_value_heads;
  const std::int64_t repeats = heads / kv_heads;
  const std::int64_t turning = (heads + kv_heads) * head;
  const float scale = 1.0F / std::sqrt(static_cast<float>(head));
  const auto keys_of = [](const Tile::Part& part) { return part.run->first + part.offset + part.rows; };
  std::int64_t longest = 0;
  for (const Tile::Part& part : tile.parts) longest = std::max(longest, keys_of(part));
  const std::int64_t stride = panels(longest) * kPanel;
  float* queries = sized(buffers.queries, tile.rows * repeats * head);
  float* scores = sized(buffers.scores, tile.rows * repeats * stride);
  float* outputs = sized(buffers.outputs, tile.rows * repeats * head);
  float* factors = sized(buffers.factors, tile.rows * repeats);
  std::int64_t row = 0;
  for (const Tile::Part& part : tile.parts)
    for (std::int64_t i = 0; i < part.rows; ++i, ++row)
      std::memcpy(queries + row * repeats * head,
                  work.rotated.data() + (part.row + i) * turning + kv * repeats * head,
                  usize(repeats * head) * sizeof(float));

  const std::span<const BlockId> shared = tile.parts[0].run->blocks;
  const auto keys = [&](BlockId block) { return store_->keys(block, layer) + kv * head * kBlockTokens; };
  const auto values = [&](BlockId block) { return store_->values(block, layer) + kv * kBlockTokens * head; };
  for (std::int64_t b = 0; b < tile.common; ++b)
    kernel.gemm(tile.rows * repeats, kPanel, head, queries, head, keys(shared[usize(b)]), kPanel,
                scores + b * kPanel, stride, false);
  // Few rows at a time wait for memory rather than compute: what comes next is on its way meanwhile.
  const std::int64_t block_numbers = head * kBlockTokens;
  const auto fetch_next = [&](const Tile::Part& part, std::int64_t b, const auto& place) {
    if (b + 1 < panels(keys_of(part))) return fetch(place(part.run->blocks[usize(b + 1)]), block_numbers);
    const Tile::Part* next = &part + 1;
    if (next != tile.parts.data() + tile.parts.size() && tile.common < panels(keys_of(*next)))
      fetch(place(next->run->blocks[usize(tile.common)]), block_numbers);
  };
  row = 0;
  for (const Tile::Part& part : tile.parts) {
    const std::int64_t blocks = panels(keys_of(part));
    for (std::int64_t b = tile.common; b < blocks; ++b) {
      fetch_next(part, b, keys);
      kernel.gemm(part.rows * repeats, kPanel, head, queries + row * repeats * head, head,
                  keys(part.run->blocks[usize(b)]), kPanel, scores + row * repeats * stride + b * kPanel,
                  stride, false);
    }
    for (std::int64_t i = 0; i < part.rows; ++i, ++row) {
      const std::int64_t seen = part.run->first + part.offset + i + 1;
      for (std::int64_t t = row * repeats; t < (row + 1) * repeats; ++t) {
        float max = 0;
        float sum = 0;
        kernel.exp_row(scores + t * stride, seen, blocks * kPanel, scale, &max, &sum);
        factors[t] = 1.0F / sum;
      }
    }
  }
  for (std::int64_t b = 0; b < tile.common; ++b)
    kernel.gemm(tile.rows * repeats, head, kBlockTokens, scores + b * kPanel, stride,
                values(shared[usize(b)]), head, outputs, head, b > 0);
  row = 0;
  for (const Tile::Part& part : tile.parts) {
    const std::int64_t seen = keys_of(part);
    float* out = outputs + row * repeats * head;
    for (std::int64_t b = tile.common; b < panels(seen); ++b) {
      fetch_next(part, b, values);
      kernel.gemm(part.rows * repeats, head, std::min(kBlockTokens, seen - b * kBlockTokens),
                  scores + row * repeats * stride + b * kPanel, stride, values(part.run->blocks[usize(b)]),
                  head, out, head, b > 0);
    }
    for (std::int64_t i = 0; i < part.rows; ++i, ++row) {
      for (std::int64_t t = row * repeats; t < (row + 1) * repeats; ++t)
        kernel.scale_row(outputs + t * head, head, factors[t]);
      std::memcpy(mixed + (part.row + i) * heads * head + kv * repeats * head, outputs + row * repeats * head,
                  usize(repeats * head) * sizeof(float));
    }
  }
}

}  // namespace metaspatial::vlm
