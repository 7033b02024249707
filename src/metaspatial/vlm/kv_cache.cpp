#include "metaspatial/vlm/kv_cache.hpp"

#include <algorithm>
#include <cstring>

#include "metaspatial/base/error.hpp"

namespace metaspatial::vlm {

namespace {

std::size_t common_tokens(std::span<const CachedToken> a, std::span<const CachedToken> b) {
  const std::size_t n = std::min(a.size(), b.size());
  std::size_t i = 0;
  while (i < n && a[i] == b[i]) ++i;
  return i;
}

}  // namespace

std::optional<BlockId> BlockPool::take() {
  if (in_use_ >= limit_) return std::nullopt;
  BlockId block = static_cast<BlockId>(users_.size());
  if (free_.empty()) {
    users_.push_back(1);
  } else {
    block = free_.back();
    free_.pop_back();
    users_[static_cast<std::size_t>(block)] = 1;
  }
  peak_ = std::max(peak_, ++in_use_);
  return block;
}

void BlockPool::release(BlockId block) {
  std::int64_t& users = users_[static_cast<std::size_t>(block)];
  METASPATIAL_CHECK(users > 0, "block pool: released too often");
  if (--users > 0) return;
  free_.push_back(block);
  --in_use_;
}

std::array<std::uint64_t, 2> picture_hash(const ImagePatches& picture) {
  // Multiply and fold, eight bytes at a time in two lanes: a picture is a megabyte and is read in every call.
  std::array<std::uint64_t, 2> hash{0x9e3779b97f4a7c15ULL ^ static_cast<std::uint64_t>(picture.grid_h),
                                    0xc2b2ae3d27d4eb4fULL ^ static_cast<std::uint64_t>(picture.grid_w)};
  const auto mix = [](std::uint64_t state, std::uint64_t word) {
    state = (state ^ word) * 0xff51afd7ed558ccdULL;
    return state ^ (state >> 32);
  };
  const auto* bytes = reinterpret_cast<const char*>(picture.patches.data());
  const std::size_t size = picture.patches.size() * sizeof(float);
  for (std::size_t i = 0; i < size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + i, std::min<std::size_t>(8, size - i));
    hash[0] = mix(hash[0], word);
    hash[1] = mix(hash[1], word + 0x632be59bd9b4e019ULL);
  }
  hash[1] = mix(hash[1], size);
  return hash;
}

PrefixTree::Match PrefixTree::match(std::span<const CachedToken> tokens) {
  Match out;
  ++clock_;
  std::int32_t parent = -1;
  for (;;) {
    std::int32_t best = -1;
    std::size_t longest = 0;
    for (const std::int32_t child : children_of(parent)) {
      const std::size_t common = common_tokens(node(child).tokens, tokens);
      if (common > longest) {
        best = child;
        longest = common;
      }
      if (longest == static_cast<std::size_t>(kBlockTokens)) break;
    }
    if (best < 0) return out;
    node(best).used = clock_;
    if (longest < static_cast<std::size_t>(kBlockTokens)) {
      out.tail = node(best).block;
      out.tail_tokens = static_cast<std::int64_t>(longest);
      return out;
    }
    out.blocks.push_back(node(best).block);
    tokens = tokens.subspan(longest);
    parent = best;
  }
}

void PrefixTree::insert(std::span<const CachedToken> tokens, std::span<const BlockId> blocks) {
  ++clock_;
  std::int32_t parent = -1;
  for (const BlockId block : blocks) {
    const auto here = tokens.first(std::min<std::size_t>(tokens.size(), kBlockTokens));
    if (here.empty()) return;
    std::int32_t next = -1;
    for (const std::int32_t child : children_of(parent)) {
      const std::size_t common = common_tokens(node(child).tokens, here);
      if (common == here.size()) {
        next = child;
        break;
      }
      if (common == node(child).tokens.size()) {
        // A partly filled block that has been filled further elsewhere: the longer one takes its place.
        pool_->share(block);
        pool_->release(node(child).block);
        node(child).block = block;
        node(child).tokens.assign(here.begin(), here.end());
        next = child;
        break;
      }
    }
    if (next < 0) {
      next = new_node();
      node(next).tokens.assign(here.begin(), here.end());
      node(next).block = block;
      node(next).parent = parent;
      pool_->share(block);
      children_of(parent).push_back(next);
    }
    node(next).used = clock_;
    tokens = tokens.subspan(here.size());
    parent = next;
  }
}

std::int64_t PrefixTree::evict(std::int64_t count) {
  std::int64_t dropped = 0;
  // A round drops leaves; their parents may be leaves in the next one.
  while (dropped < count) {
    std::vector<std::int32_t> leaves;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].alive && nodes_[i].children.empty() && pool_->users(nodes_[i].block) == 1)
        leaves.push_back(static_cast<std::int32_t>(i));
    }
    if (leaves.empty()) break;
    const auto wanted =
        std::min(static_cast<std::ptrdiff_t>(count - dropped), static_cast<std::ptrdiff_t>(leaves.size()));
    std::partial_sort(leaves.begin(), leaves.begin() + wanted, leaves.end(),
                      [&](std::int32_t a, std::int32_t b) {
                        return node(a).used != node(b).used ? node(a).used < node(b).used : a < b;
                      });
    for (auto leaf = leaves.begin(); leaf != leaves.begin() + wanted; ++leaf) remove(*leaf);
    dropped += wanted;
  }
  return dropped;
}

void PrefixTree::clear() {
  for (const Node& n : nodes_)
    if (n.alive) pool_->release(n.block);
  nodes_.clear();
  free_nodes_.clear();
  roots_.clear();
}

std::int32_t PrefixTree::new_node() {
  std::int32_t index = static_cast<std::int32_t>(nodes_.size());
  if (free_nodes_.empty()) {
    nodes_.emplace_back();
  } else {
    index = free_nodes_.back();
    free_nodes_.pop_back();
    node(index) = Node{};
  }
  node(index).alive = true;
  return index;
}

void PrefixTree::remove(std::int32_t index) {
  Node& gone = node(index);
  std::erase(children_of(gone.parent), index);
  pool_->release(gone.block);
  gone = Node{};
  free_nodes_.push_back(index);
}

}  // namespace metaspatial::vlm
