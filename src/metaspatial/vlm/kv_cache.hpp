#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "metaspatial/vlm/sequence.hpp"

namespace metaspatial::vlm {

/// Tokens of a block of keys and values: a block holds the tokens [kBlockTokens i, kBlockTokens (i + 1)) of a
/// sequence, all layers.
constexpr std::int64_t kBlockTokens = 32;

using BlockId = std::int32_t;

/// Counts who uses which block. Where the numbers lie is the decoders' business.
///
/// Threads  one at a time.
class BlockPool {
 public:
  explicit BlockPool(std::int64_t limit) : limit_(limit) {}
  /// A block with one user; none if `limit` blocks are in use.
  [[nodiscard]] std::optional<BlockId> take();
  void share(BlockId block) { ++users_[static_cast<std::size_t>(block)]; }
  void release(BlockId block);
  [[nodiscard]] std::int64_t users(BlockId block) const { return users_[static_cast<std::size_t>(block)]; }
  [[nodiscard]] std::int64_t in_use() const { return in_use_; }
  [[nodiscard]] std::int64_t peak() const { return peak_; }
  [[nodiscard]] std::int64_t limit() const { return limit_; }

 private:
  std::int64_t limit_;
  std::int64_t in_use_ = 0;
  std::int64_t peak_ = 0;
  std::vector<std::int64_t> users_;
  std::vector<BlockId> free_;
};

/// A token of a sequence as its keys and values depend on it.
struct CachedToken {
  TokenId id = 0;
  PositionId position{};
  std::array<std::uint64_t, 2> picture{};  ///< of a picture token: hash of the picture and the place in it

  friend bool operator==(const CachedToken&, const CachedToken&) = default;
};

/// Hash of a picture's size and patches: two of 64 bits each, so that no two pictures share one by accident.
[[nodiscard]] std::array<std::uint64_t, 2> picture_hash(const ImagePatches& picture);

/// Sequences whose keys and values are kept, as a tree: a node is a block's tokens, its children follow it.
/// Only full blocks have children.
///
/// The tree is one user of each of its blocks; blocks that nobody else uses may be evicted, leaves first, the
/// least recently used first.
/// Threads  one at a time.
class PrefixTree {
 public:
  explicit PrefixTree(BlockPool& pool) : pool_(&pool) {}

  struct Match {
    std::vector<BlockId> blocks;  ///< full blocks, not yet shared with the caller
    std::optional<BlockId> tail;  ///< a block whose first `tail_tokens` tokens are the next ones
    std::int64_t tail_tokens = 0;
  };
  /// The longest kept beginning of the tokens.
  [[nodiscard]] Match match(std::span<const CachedToken> tokens);
  /// Keeps the tokens' blocks (the last may be partly filled); what is kept already stays as it is.
  void insert(std::span<const CachedToken> tokens, std::span<const BlockId> blocks);
  /// Drops up to `count` blocks that only the tree uses; how many it dropped.
  std::int64_t evict(std::int64_t count);
  void clear();

 private:
  struct Node {
    std::vector<CachedToken> tokens;
    BlockId block = 0;
    std::int32_t parent = -1;
    std::vector<std::int32_t> children;
    std::uint64_t used = 0;  // clock of the last match or insertion
    bool alive = false;
  };
  [[nodiscard]] Node& node(std::int32_t index) { return nodes_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] std::vector<std::int32_t>& children_of(std::int32_t index) {
    return index < 0 ? roots_ : node(index).children;
  }
  std::int32_t new_node();
  void remove(std::int32_t index);

  BlockPool* pool_;
  std::vector<Node> nodes_;
  std::vector<std::int32_t> free_nodes_;
  std::vector<std::int32_t> roots_;
  std::uint64_t clock_ = 0;
};

}  // namespace metaspatial::vlm
