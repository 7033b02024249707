#include "metaspatial/vlm/generate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include "metaspatial/base/json.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/vlm/kernels.hpp"
#include "metaspatial/vlm/kv_cache.hpp"
#include "metaspatial/vlm/model.hpp"
#include "metaspatial/vlm/nano_tokenizer.hpp"
#include "metaspatial/vlm/sampler.hpp"
#include "metaspatial/vlm/test_model.hpp"

namespace metaspatial::vlm {
namespace {

VlmConfig small_config(bool structured = false) {
  VlmConfig c = tiny_config();
  c.vocab_size = 60;
  c.hidden_size = 32;
  c.intermediate_size = 48;
  c.num_hidden_layers = 3;
  c.head_dim = 16;
  c.mrope_section = {4, 2, 2};
  c.image_token_id = 57;
  c.vision_start_token_id = 58;
  c.vision_end_token_id = 59;
  c.vision.out_hidden_size = 32;
  c.positions.structured = structured;
  c.positions.line_tokens = {5, 6};
  c.positions.line_scale = 3;
  c.positions.column_scale = 2;
  return c;
}

void add_text(Sequence& out, int tokens, PositionCursor& cursor, Rng& rng) {
  for (int i = 0; i < tokens; ++i) {
    out.ids.push_back(static_cast<TokenId>(2 + rng.below(50)));
    out.positions.push_back(cursor.next(out.ids.back()));
  }
}

struct GroupShape {
  int prefix;
  bool picture;
  std::vector<int> suffixes;
};

std::vector<GenerationGroup> random_groups(const VlmConfig& c, Rng& rng,
                                           const std::vector<GroupShape>& shapes) {
  std::vector<GenerationGroup> out;
  for (const GroupShape& shape : shapes) {
    GenerationGroup& group = out.emplace_back();
    PositionCursor cursor(c);
    add_text(group.prefix, shape.prefix / 2, cursor, rng);
    if (shape.picture) {
      group.prefix.images.push_back(random_picture(c, rng, 8, 12));
      cursor.image(4, 6, group.prefix.positions);
      group.prefix.ids.insert(group.prefix.ids.end(), 24, c.image_token_id);
    }
    add_text(group.prefix, shape.prefix - shape.prefix / 2, cursor, rng);
    for (const int tokens : shape.suffixes) {
      PositionCursor own = cursor;
      add_text(group.suffixes.emplace_back(), tokens, own, rng);
      group.cursors.push_back(own);
      group.seeds.push_back(rng.next());
    }
  }
  return out;
}

// Prefixes shorter and longer than a block, with and without a picture, rows with and without a suffix.
const std::vector<GroupShape> kShapes{{90, true, {0, 0, 0, 0}},
                                      {20, false, {7, 0, 40}},
                                      {33, false, {5}},
                                      {64, false, {0, 3}},
                                      {10, true, {31, 0}}};

bool same(const Generation& a, const Generation& b) {
  return a.ids == b.ids && a.log_probs == b.log_probs && a.positions == b.positions &&
         a.finished == b.finished;
}

std::vector<std::vector<Generation>> made(Generator& generator, std::span<const GenerationGroup> groups,
                                          const SamplingParams& sampling) {
  auto out = generator.generate(groups, sampling);
  EXPECT_TRUE(out.has_value()) << (out ? std::string() : to_string(out.error()));
  return out ? std::move(*out) : std::vector<std::vector<Generation>>(groups.size());
}

void expect_same(const std::vector<std::vector<Generation>>& a,
                 const std::vector<std::vector<Generation>>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].size(), b[i].size());
    for (std::size_t g = 0; g < a[i].size(); ++g) EXPECT_TRUE(same(a[i][g], b[i][g])) << i << ' ' << g;
  }
}

// |generation's log p - training forward's log p|: mean and largest.
struct Gap {
  double mean = 0;
  double most = 0;
};
Gap gap(const Model& model, std::span<const GenerationGroup> groups,
        const std::vector<std::vector<Generation>>& out, double temperature) {
  const c10::AutoGradMode no_gradient(false);
  Gap found;
  int count = 0;
  for (std::size_t b = 0; b < groups.size(); ++b) {
    for (std::size_t g = 0; g < out[b].size(); ++g) {
      SequenceGroup group{groups[b].prefix, {groups[b].suffixes[g]}};
      Sequence& whole = group.suffixes[0];
      whole.ids.insert(whole.ids.end(), out[b][g].ids.begin(), out[b][g].ids.end());
      whole.positions.insert(whole.positions.end(), out[b][g].positions.begin(), out[b][g].positions.end());
      const at::Tensor scores = model.score({&group, 1}, temperature)[0][0].log_prob.to(at::kFloat);
      for (std::size_t t = 0; t < out[b][g].ids.size(); ++t, ++count) {
        const auto place = static_cast<std::int64_t>(groups[b].suffixes[g].ids.size() + t);
        const double difference =
            std::abs(static_cast<double>(scores[place].item<float>()) - out[b][g].log_probs[t]);
        found.mean += difference;
        found.most = std::max(found.most, difference);
      }
    }
  }
  EXPECT_GT(count, 100);
  found.mean /= count;
  return found;
}

void report(const char* name, const Gap& found) {
  ::testing::Test::RecordProperty(std::string(name) + "_mean", std::to_string(found.mean));
  ::testing::Test::RecordProperty(std::string(name) + "_max", std::to_string(found.most));
}

TEST(Generator, TensorsPathEqualsKernelsPath) {
  for (const bool structured : {false, true}) {
    Rng rng(31);
    const VlmConfig config = small_config(structured);
    const Model model = lively_model(config, rng);
    const auto groups = random_groups(config, rng, kShapes);
    const SamplingParams greedy{.temperature = 0.0, .max_new_tokens = 50};
    Generator kernels(model), tensors(model, {.path = DecodePath::Tensors});
    const auto expected = made(kernels, groups, greedy);
    const auto out = made(tensors, groups, greedy);
    for (std::size_t b = 0; b < groups.size(); ++b) {
      for (std::size_t g = 0; g < groups[b].suffixes.size(); ++g) {
        EXPECT_EQ(out[b][g].ids, expected[b][g].ids) << structured << ' ' << b << ' ' << g;
        EXPECT_EQ(out[b][g].positions, expected[b][g].positions);
        EXPECT_EQ(out[b][g].finished, expected[b][g].finished);
        for (std::size_t t = 0; t < std::min(out[b][g].ids.size(), expected[b][g].ids.size()); ++t)
          EXPECT_NEAR(out[b][g].log_probs[t], expected[b][g].log_probs[t], 1e-4);
      }
    }
  }
}

TEST(Generator, LogProbsEqualTheTrainingForwardsInEveryPathAndType) {
  Rng rng(32);
  const VlmConfig config = small_config();
  const Model model = lively_model(config, rng);
  const auto groups = random_groups(config, rng, {{90, false, {0, 0, 0}}, {20, false, {7, 40}}});
  const SamplingParams sampling{.temperature = 0.9, .top_p = 0.9, .max_new_tokens = 60};
  for (const DecodePath path : {DecodePath::Kernels, DecodePath::Tensors}) {
    Generator generator(model, {.path = path});
    const Gap found = gap(model, groups, made(generator, groups, sampling), sampling.temperature);
    report(path == DecodePath::Kernels ? "float32_kernels" : "float32_tensors", found);
    EXPECT_LT(found.most, 1e-4);
  }
  // Weights stored in bfloat16: the kernels compute with them exactly, in float32.
  const Model narrow = model.to(at::kCPU, at::kBFloat16);
  const Model widened = narrow.to(at::kCPU, at::kFloat);
  Generator kernels(narrow), tensors(narrow, {.path = DecodePath::Tensors});
  const Gap exact = gap(widened, groups, made(kernels, groups, sampling), sampling.temperature);
  report("bf16_kernels", exact);
  EXPECT_LT(exact.most, 1e-4);
  const Gap close = gap(widened, groups, made(tensors, groups, sampling), sampling.temperature);
  report("bf16_tensors", close);
  EXPECT_LT(close.mean, 0.1);
}

TEST(Generator, LaterTurnsReadOnlyWhatIsNew) {
  for (const DecodePath path : {DecodePath::Kernels, DecodePath::Tensors}) {
    Rng rng(33);
    const VlmConfig config = small_config();
    const Model model = lively_model(config, rng);
    auto groups = random_groups(config, rng, {{90, true, {0, 0, 0}}, {40, false, {3, 0}}});
    const SamplingParams sampling{.temperature = 1.0, .max_new_tokens = 45};
    Generator generator(model, {.path = path});
    const auto first = made(generator, groups, sampling);
    // The second turn: what each row wrote, then new text.
    std::int64_t added = 0;
    for (std::size_t b = 0; b < groups.size(); ++b) {
      for (std::size_t g = 0; g < groups[b].suffixes.size(); ++g) {
        Sequence& suffix = groups[b].suffixes[g];
        suffix.ids.insert(suffix.ids.end(), first[b][g].ids.begin(), first[b][g].ids.end());
        suffix.positions.insert(suffix.positions.end(), first[b][g].positions.begin(),
                                first[b][g].positions.end());
        for (const TokenId id : first[b][g].ids) (void)groups[b].cursors[g].next(id);
        add_text(suffix, 9, groups[b].cursors[g], rng);
        added += 9;
      }
    }
    const GeneratorUsage before = generator.usage();
    const auto second = made(generator, groups, sampling);
    // New are the added tokens and the last token written, which was never read. Of a prompt that shares its
    // last block with none of the kept ones nothing else.
    const std::int64_t read = generator.usage().prompt_tokens_read - before.prompt_tokens_read;
    EXPECT_EQ(read, added + 5);
    Generator fresh(model, {.path = path});
    if (path == DecodePath::Kernels) expect_same(second, made(fresh, groups, sampling));
    const auto again = made(generator, groups, sampling);
    if (path == DecodePath::Kernels) expect_same(second, again);
    EXPECT_LE(generator.usage().prompt_tokens_read - before.prompt_tokens_read - read, 5);

    // The same picture's content in another object is the same picture; another picture is not.
    auto copies = groups;
    copies[0].prefix.images[0] = std::make_shared<ImagePatches>(*groups[0].prefix.images[0]);
    const std::int64_t by_content = generator.usage().prompt_tokens_read;
    made(generator, copies, sampling);
    EXPECT_LE(generator.usage().prompt_tokens_read - by_content, 5);
    copies[0].prefix.images[0] = random_picture(config, rng, 8, 12);
    const std::int64_t other = generator.usage().prompt_tokens_read;
    const auto with_other = made(generator, copies, sampling);
    EXPECT_GT(generator.usage().prompt_tokens_read - other, 24);
    EXPECT_FALSE(same(with_other[0][0], second[0][0]));
  }
}

TEST(Generator, NewWeightsForgetWhatOldOnesRead) {
  Rng rng(34);
  const VlmConfig config = small_config();
  Model model = lively_model(config, rng);
  const auto groups = random_groups(config, rng, kShapes);
  const SamplingParams sampling{.max_new_tokens = 20};
  Generator generator(model);
  const auto old = made(generator, groups, sampling);
  {
    const c10::AutoGradMode no_gradient(false);
    for (NamedTensor& parameter : model.parameters()) parameter.tensor.mul_(1.05);
  }
  generator.weights_changed();
  const auto now = made(generator, groups, sampling);
  expect_same(now, generate(model, groups, sampling));
  EXPECT_FALSE(same(now[0][0], old[0][0]));
}

TEST(Generator, CacheLimitMakesRowsWaitAndChangesNothing) {
  for (const DecodePath path : {DecodePath::Kernels, DecodePath::Tensors}) {
    Rng rng(35);
    const VlmConfig config = small_config();
    const Model model = lively_model(config, rng);
    const auto groups = random_groups(config, rng,
                                      {{90, true, {0, 0, 0, 0, 0, 0}},
                                       {20, false, {7, 0, 40}},
                                       {33, false, {5}},
                                       {64, false, {0, 3, 0, 0}}});
    const SamplingParams sampling{.temperature = path == DecodePath::Kernels ? 1.0 : 0.0,
                                  .max_new_tokens = 100};
    Generator free(model, {.path = path});
    const auto expected = made(free, groups, sampling);
    const std::int64_t block = std::int64_t{2} * 32 * 3 * 32 * 4;  // tokens, layers, K E, float
    for (const std::int64_t blocks : {9, 14, 25}) {
      Generator tight(model, {.cache_bytes = blocks * block + 100, .path = path});
      const auto out = made(tight, groups, sampling);
      if (path == DecodePath::Kernels) {
        expect_same(out, expected);
      } else {
        for (std::size_t b = 0; b < groups.size(); ++b)
          for (std::size_t g = 0; g < out[b].size(); ++g) EXPECT_EQ(out[b][g].ids, expected[b][g].ids);
      }
      EXPECT_LE(tight.usage().peak_cache_bytes, blocks * block);
      EXPECT_LE(tight.usage().cache_bytes, tight.usage().peak_cache_bytes);
      if (blocks == 14) {
        EXPECT_GT(tight.usage().preemptions, 0);
      }
    }
    Generator hopeless(model, {.cache_bytes = 6 * block, .path = path});
    const auto refused = hopeless.generate(groups, sampling);
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().message.find("214 tokens"), std::string::npos) << refused.error().message;
  }
}

TEST(Generator, FewRowsInFlightChangeNothing) {
  Rng rng(36);
  const VlmConfig config = small_config(true);
  const Model model = lively_model(config, rng);
  const auto groups = random_groups(config, rng, kShapes);
  const SamplingParams sampling{.top_k = 20, .max_new_tokens = 40};
  Generator many(model);
  const auto expected = made(many, groups, sampling);
  for (const int rows : {1, 3, 5})
    for (const int threads : {1, 2, 3}) {
      Generator few(model, {.threads = threads, .rows_in_flight = rows});
      expect_same(made(few, groups, sampling), expected);
    }
}

TEST(Generator, EndsAtStopTextsAcrossTokensAndAtEndTokens) {
  const auto tokenizer = Tokenizer::parse(dump_json(make_nano_tokenizer({}, {})), "test");
  ASSERT_TRUE(tokenizer.has_value());
  Rng rng(37);
  VlmConfig config = small_config();
  config.vocab_size = tokenizer->vocab_size() + 3;
  config.image_token_id = config.vocab_size - 1;
  config.vision_start_token_id = config.vocab_size - 2;
  config.vision_end_token_id = config.vocab_size - 3;
  config.eos_token_id = -1;
  const Model model = lively_model(config, rng);
  const auto groups = random_groups(config, rng, {{20, false, {0, 0, 0}}});
  const SamplingParams free{.max_new_tokens = 60};
  for (const DecodePath path : {DecodePath::Kernels, DecodePath::Tensors}) {
    Generator generator(model, {.path = path, .tokenizer = *tokenizer});
    const auto all = made(generator, groups, free);
    for (const Generation& whole : all[0]) {
      ASSERT_EQ(whole.ids.size(), 60U);
      // Bytes of the 20th to 23rd token, without the first byte of a longer token.
      std::string text;
      for (std::size_t t = 20; t < 23; ++t) text += tokenizer->token_bytes(whole.ids[t]);
      ASSERT_GE(text.size(), 2U);
      std::size_t end = 0;  // tokens up to the first that completes the text
      for (std::string so_far; end < 60 && so_far.find(text) == std::string::npos; ++end)
        so_far += tokenizer->token_bytes(whole.ids[end]);
      SamplingParams stopping = free;
      stopping.stop = {"never written", text};
      const auto stopped = made(generator, groups, stopping);
      const auto g = static_cast<std::size_t>(&whole - all[0].data());
      EXPECT_EQ(
          stopped[0][g].ids,
          std::vector<TokenId>(whole.ids.begin(), whole.ids.begin() + static_cast<std::ptrdiff_t>(end)));
      EXPECT_TRUE(stopped[0][g].finished);
    }
    SamplingParams ending = free;
    ending.end_tokens = {all[0][1].ids[12]};
    const auto ended = made(generator, groups, ending);
    EXPECT_LE(ended[0][1].ids.size(), 13U);
    EXPECT_EQ(ended[0][1].ids.back(), ending.end_tokens[0]);
    EXPECT_TRUE(ended[0][1].finished);
  }
  Generator without(model);
  SamplingParams stopping = free;
  stopping.stop = {"x"};
  EXPECT_FALSE(without.generate(groups, stopping).has_value());
}

TEST(Kernels, ProductsWithStoredWeightsEqualTheirSumsInAnyCompany) {
  Rng rng(38);
  for (const std::int64_t in : {5, 64, 176, 259}) {
    const std::int64_t rows = 15, out = 23;
    at::Tensor x = at::empty({rows, in}), weight = at::empty({out, in});
    for (const at::Tensor& t : {x, weight})
      for (std::int64_t i = 0; i < t.numel(); ++i) t.data_ptr<float>()[i] = static_cast<float>(rng.normal());
    const at::Tensor narrow = weight.to(at::kBFloat16);
    const at::Tensor widened = narrow.to(at::kDouble);
    for (const kernels::Table* table : kernels::supported_tables()) {
      for (const bool bf16 : {false, true}) {
        const auto multiply = [&](std::int64_t first, std::int64_t count, const at::Tensor& y, bool add) {
          const float* from = x.data_ptr<float>() + first * in;
          if (bf16)
            table->stored_product_bf16(count, in, out, from,
                                       static_cast<const std::uint16_t*>(narrow.data_ptr()),
                                       y.data_ptr<float>(), out, add);
          else
            table->stored_product(count, in, out, from, weight.data_ptr<float>(), y.data_ptr<float>(), out,
                                  add);
        };
        at::Tensor all = at::empty({rows, out});
        multiply(0, rows, all, false);
        const at::Tensor expected =
            at::matmul(x.to(at::kDouble), (bf16 ? widened : weight.to(at::kDouble)).t());
        EXPECT_LT((all - expected).abs().max().item<double>(), 1e-4) << table->name << ' ' << in;
        for (std::int64_t r = 0; r < rows; ++r) {
          at::Tensor one = at::empty({1, out});
          multiply(r, 1, one, false);
          EXPECT_TRUE(at::equal(one[0], all[r])) << table->name << " row " << r;
        }
        at::Tensor twice = all.clone();
        multiply(0, rows, twice, true);
        EXPECT_TRUE(at::equal(twice, all * 2)) << table->name;
      }
    }
  }
}

// Frequencies against probabilities, at a vocabulary of Qwen's size, in both samplers.
TEST(Sampler, DrawsWhatTopKAndTopPLeaveAtALargeVocabulary) {
  VlmConfig config;
  config.image_token_id = 3;
  Rng rng(39);
  at::Tensor logits = at::empty({config.vocab_size});
  for (std::int64_t i = 0; i < config.vocab_size; ++i)
    logits.data_ptr<float>()[i] = static_cast<float>(rng.normal());
  // A handful of tokens carry most of the mass; the forbidden one would be the first of them.
  for (const std::int64_t i : {3, 17, 40000, 99999, 151935})
    logits.data_ptr<float>()[i] = 13.0F + static_cast<float>(i % 7) * 0.2F;
  at::Tensor allowed = logits.clone().to(at::kDouble);
  allowed[3] = -1e30;
  for (const double temperature : {1.0, 0.7}) {
    const at::Tensor log_p = at::log_softmax(logits.to(at::kDouble) / temperature, 0);
    for (const auto& [top_k, top_p] : {std::pair{-1, 1.0}, {3, 1.0}, {-1, 0.6}, {50, 0.5}}) {
      const SamplingParams params{.temperature = temperature, .top_p = top_p, .top_k = top_k};
      // By definition: sort, cut, normalise.
      at::Tensor p = (allowed / temperature).softmax(0);
      const auto sorted = p.sort(0, true);
      at::Tensor weights = std::get<0>(sorted).clone();
      if (top_k > 0) weights.narrow(0, top_k, weights.size(0) - top_k).zero_();
      weights /= weights.sum();
      if (top_p < 1) weights.mul_((weights.cumsum(0) - weights).lt(top_p));
      weights /= weights.sum();
      const at::Tensor expected = at::zeros_like(p).index_copy(0, std::get<1>(sorted), weights);
      constexpr int kDraws = 2000;
      Sampler sampler(params, config);
      at::Tensor counts = at::zeros({2, config.vocab_size}, at::kDouble);
      at::Tensor uniforms = at::empty({kDraws}, at::kDouble);
      for (int i = 0; i < kDraws; ++i) {
        uniforms.data_ptr<double>()[i] = rng.uniform();
        if (i >= 400) continue;
        const Drawn drawn = sampler.draw(logits.data_ptr<float>(), uniforms.data_ptr<double>()[i]);
        counts[0][drawn.token] += 1.0;
        ASSERT_NEAR(drawn.log_prob, log_p[drawn.token].item<double>(), 1e-4);
      }
      // One row's draws: its cumulative weights are the same for all.
      for (int i = 0; i < kDraws; i += 200) {
        const DrawnTensors drawn = draw(logits.unsqueeze(0).expand({10, config.vocab_size}),
                                        uniforms.narrow(0, i, 10), params, forbidden_tokens(config, params));
        for (std::int64_t r = 0; r < 10; ++r) {
          const auto token = drawn.tokens[r].item<std::int64_t>();
          counts[1][token] += 1.0;
          ASSERT_NEAR(drawn.log_probs[r].item<float>(), log_p[token].item<double>(), 1e-4);
        }
      }
      for (std::int64_t path = 0; path < 2; ++path) {
        const at::Tensor frequency = counts[path] / counts[path].sum();
        EXPECT_EQ(frequency[3].item<double>(), 0.0);
        for (const std::int64_t i : {17, 40000, 99999, 151935})
          EXPECT_NEAR(frequency[i].item<double>(), expected[i].item<double>(), path == 0 ? 0.1 : 0.2)
              << path << ' ' << top_k << ' ' << top_p;
        EXPECT_EQ(frequency.mul(expected.eq(0)).sum().item<double>(), 0.0) << "a token that was cut off";
      }
    }
    const SamplingParams greedy{.temperature = 0.0};
    Sampler sampler(greedy, config);
    const auto best = allowed.argmax().item<std::int64_t>();
    EXPECT_EQ(sampler.draw(logits.data_ptr<float>(), 0.5).token, best);
    EXPECT_EQ(draw(logits.unsqueeze(0), at::zeros({1}, at::kDouble), greedy, forbidden_tokens(config, greedy))
                  .tokens.item<std::int64_t>(),
              best);
  }
}

std::vector<CachedToken> tokens_of(std::initializer_list<std::pair<int, int>> runs) {
  std::vector<CachedToken> out;  // (count, id)
  for (const auto& [count, id] : runs)
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<std::int32_t>(out.size());
      out.push_back({id, {at, at, at}, {}});
    }
  return out;
}

TEST(PrefixTree, FindsTheLongestBeginningAndDropsTheOldest) {
  BlockPool pool(8);
  PrefixTree tree(pool);
  const auto keep = [&](const std::vector<CachedToken>& tokens, std::size_t count) {
    const auto kept = tree.match(tokens);
    std::vector<BlockId> blocks = kept.blocks;
    for (const BlockId block : blocks) pool.share(block);
    while (blocks.size() < count) blocks.push_back(*pool.take());
    tree.insert(tokens, blocks);
    for (const BlockId block : blocks) pool.release(block);
    return blocks;
  };
  const auto first = keep(tokens_of({{40, 7}, {30, 8}}), 3);  // 70 tokens
  const auto second = keep(tokens_of({{40, 7}, {20, 9}}), 2);
  EXPECT_EQ(first[0], second[0]);
  EXPECT_EQ(pool.in_use(), 4);

  auto found = tree.match(tokens_of({{40, 7}, {22, 8}}));  // 62: within the second block
  EXPECT_EQ(found.blocks, (std::vector<BlockId>{first[0]}));
  EXPECT_EQ(found.tail, first[1]);
  EXPECT_EQ(found.tail_tokens, 30);
  found = tree.match(tokens_of({{40, 7}, {40, 8}}));
  EXPECT_EQ(found.blocks, (std::vector<BlockId>{first[0], first[1]}));
  EXPECT_EQ(found.tail_tokens, 6);
  found = tree.match(tokens_of({{40, 7}, {5, 9}, {5, 1}}));
  EXPECT_EQ(found.tail, second[1]);
  EXPECT_EQ(found.tail_tokens, 13);
  auto moved = tokens_of({{40, 7}});
  moved[0].position[1] = 5;
  EXPECT_TRUE(tree.match(moved).blocks.empty());
  EXPECT_FALSE(tree.match(moved).tail.has_value());
  auto other_picture = tokens_of({{40, 7}});
  other_picture[35].picture = {1, 2};
  EXPECT_EQ(tree.match(other_picture).tail_tokens, 3);

  // The branch through 8 was used before the one through 9; a shared block stays while it has children.
  (void)tree.match(tokens_of({{40, 7}, {20, 9}}));
  EXPECT_EQ(tree.evict(1), 1);
  EXPECT_EQ(tree.match(tokens_of({{40, 7}, {40, 8}})).tail_tokens, 0);
  EXPECT_EQ(tree.match(tokens_of({{40, 7}, {40, 8}})).blocks.size(), 2U);
  pool.share(second[1]);  // in use: neither it nor what leads to it may go
  EXPECT_EQ(tree.evict(10), 1);
  EXPECT_EQ(tree.match(tokens_of({{40, 7}, {20, 9}})).tail_tokens, 28);
  pool.release(second[1]);
  EXPECT_EQ(tree.evict(10), 2);
  EXPECT_EQ(pool.in_use(), 0);
  EXPECT_EQ(pool.peak(), 4);
}

TEST(BlockPool, GivesNoMoreThanItsLimit) {
  BlockPool pool(2);
  const auto a = pool.take(), b = pool.take();
  ASSERT_TRUE(a && b);
  EXPECT_FALSE(pool.take().has_value());
  pool.share(*a);
  pool.release(*a);
  EXPECT_FALSE(pool.take().has_value());
  pool.release(*a);
  EXPECT_EQ(pool.take(), a);
}

}  // namespace
}  // namespace metaspatial::vlm
