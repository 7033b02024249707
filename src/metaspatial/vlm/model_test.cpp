#include "metaspatial/vlm/model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <thread>

#include <unistd.h>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include "metaspatial/vlm/device.hpp"
#include "metaspatial/vlm/generate.hpp"
#include "metaspatial/vlm/ops.hpp"
#include "metaspatial/vlm/tensor_memory.hpp"
#include "metaspatial/vlm/test_model.hpp"
#include "metaspatial/vlm/vision_tower.hpp"

namespace metaspatial::vlm {
namespace {

// log p of the suffix's tokens and entropies, from the readable model.
Model::TokenScores reference_scores(const Model& model, const SequenceGroup& group, std::size_t g,
                                    double temperature) {
  const Sequence whole = joined(group.prefix, group.suffixes[g]);
  const at::Tensor log_p = at::log_softmax(model.logits_reference(whole) / temperature, -1);
  const auto prefix = group.prefix.ids.size();
  std::vector<at::Tensor> log_probs, entropies;
  for (std::size_t s = 0; s < group.suffixes[g].ids.size(); ++s) {
    const at::Tensor row = log_p[static_cast<std::int64_t>(prefix + s) - 1];
    const bool picture = group.suffixes[g].ids[s] == model.config().image_token_id;
    log_probs.push_back(picture ? at::zeros({}) : row[group.suffixes[g].ids[s]]);
    entropies.push_back(picture ? at::zeros({}) : -(row.exp() * row).sum());
  }
  if (log_probs.empty()) return {at::zeros({0}), at::zeros({0})};
  return {at::stack(log_probs), at::stack(entropies)};
}

TEST(Model, ScoresAndGradientsEqualTheReference) {
  for (const bool tied : {true, false}) {
    Rng rng(11);
    const VlmConfig config = tiny_config(tied);
    const Model model = lively_model(config, rng);
    const Model other = model.replica();
    const std::vector<SequenceGroup> groups = random_groups(config, rng);
    const double temperature = 0.8;
    const auto scores = model.score(groups, temperature);
    at::Tensor loss = at::zeros({});
    at::Tensor reference_loss = at::zeros({});
    for (std::size_t b = 0; b < groups.size(); ++b) {
      ASSERT_EQ(scores[b].size(), groups[b].suffixes.size());
      for (std::size_t g = 0; g < scores[b].size(); ++g) {
        const Model::TokenScores expected = reference_scores(other, groups[b], g, temperature);
        ASSERT_EQ(scores[b][g].log_prob.sizes(), expected.log_prob.sizes());
        EXPECT_LT(difference(scores[b][g].log_prob, expected.log_prob), 1e-4) << b << ' ' << g;
        EXPECT_LT(difference(scores[b][g].entropy, expected.entropy), 1e-4) << b << ' ' << g;
        const auto n = scores[b][g].log_prob.size(0);
        const at::Tensor weight = at::linspace(-1.0, 1.5, n);
        loss = loss + (scores[b][g].log_prob * weight + scores[b][g].entropy * 0.3).sum();
        reference_loss = reference_loss + (expected.log_prob * weight + expected.entropy * 0.3).sum();
      }
    }
    loss.backward();
    reference_loss.backward();
    const auto mine = model.parameters();
    const auto theirs = other.parameters();
    for (std::size_t i = 0; i < mine.size(); ++i) {
      ASSERT_TRUE(mine[i].tensor.grad().defined()) << mine[i].name;
      const double norm = theirs[i].tensor.grad().norm().item<double>();
      EXPECT_GT(norm, 0.0) << mine[i].name;
      // The bias of the keys shifts all scores of a row alike: its gradient is rounding only.
      if (mine[i].name.ends_with("k_proj.bias")) continue;
      EXPECT_LT((mine[i].tensor.grad() - theirs[i].tensor.grad()).norm().item<double>(), 1e-3 * norm)
          << mine[i].name;
    }
  }
}

// What hidden() gives is what score() predicts from, and the full KL is that of the readable models.
TEST(Model, HiddenStatesPredictTheTokensAndGiveTheFullKl) {
  Rng rng(31);
  const VlmConfig config = tiny_config(false);
  const Model model = lively_model(config, rng), reference = lively_model(config, rng);
  const std::vector<SequenceGroup> groups = random_groups(config, rng);
  const double temperature = 0.8;
  const auto scores = model.score(groups, temperature, true);
  const auto hidden = model.hidden(groups);
  const c10::AutoGradMode no_grad(false);
  const auto of_reference = reference.hidden(groups);
  for (std::size_t b = 0; b < groups.size(); ++b) {
    for (std::size_t g = 0; g < groups[b].suffixes.size(); ++g) {
      const auto length = static_cast<std::int64_t>(groups[b].suffixes[g].ids.size());
      ASSERT_EQ(hidden[b][g].sizes(), at::IntArrayRef({length, config.hidden_size}));
      if (length == 0) continue;
      EXPECT_LT(difference(hidden[b][g], scores[b][g].hidden), 1e-6);
      const Sequence whole = joined(groups[b].prefix, groups[b].suffixes[g]);
      const auto rows = [&](const Model& m) {
        const at::Tensor logits = m.logits_reference(whole);
        return at::log_softmax(logits.narrow(0, logits.size(0) - length - 1, length) / temperature, -1);
      };
      const at::Tensor log_p = rows(model), log_q = rows(reference);
      const at::Tensor expected = (log_p.exp() * (log_p - log_q)).sum(-1);
      EXPECT_GT(expected.max().item<double>(), 0.01);
      EXPECT_LT(difference(model.full_kl(hidden[b][g], reference, of_reference[b][g], temperature), expected),
                1e-4)
          << b << ' ' << g;
    }
  }
}

TEST(Model, GradientsEqualFiniteDifferences) {
  Rng rng(12);
  const VlmConfig config = tiny_config();
  const Model model = lively_model(config, rng);
  const std::vector<SequenceGroup> groups = random_groups(config, rng);
  const auto loss = [&] {
    at::Tensor total = at::zeros({}, at::kDouble);
    for (const auto& group : model.score(groups))
      for (const auto& scores : group) total = total + (scores.log_prob * 0.1).to(at::kDouble).sum();
    return total;
  };
  loss().backward();
  const c10::AutoGradMode no_gradient(false);
  for (const NamedTensor& parameter : model.parameters()) {
    if (parameter.name.ends_with("k_proj.bias")) continue;
    // Along the gradient the difference is far above rounding.
    const at::Tensor direction = parameter.tensor.grad() / parameter.tensor.grad().norm();
    const double step = 2e-3;
    at::Tensor value = parameter.tensor;
    const at::Tensor kept = value.clone();
    value.copy_(kept + direction * step);
    const double up = loss().item<double>();
    value.copy_(kept - direction * step);
    const double down = loss().item<double>();
    value.copy_(kept);
    const double expected = parameter.tensor.grad().norm().item<double>();
    EXPECT_NEAR((up - down) / (2 * step), expected, 0.03 * expected + 2e-3) << parameter.name;
  }
}

TEST(Model, Bf16ScoresAreCloseAndSoAreTheirGradients) {
  Rng rng(22);
  VlmConfig config = tiny_config();
  config.hidden_size = 32;  // multiples of 16, as the packed linear maps ask
  config.intermediate_size = 48;
  config.vision.out_hidden_size = 32;
  const Model model = Model::random(config, rng);
  Model rounded = model.replica();
  rounded.use_bf16(true);
  const std::vector<SequenceGroup> groups = random_groups(config, rng);
  std::vector<at::Tensor> gradients;
  std::vector<at::Tensor> values;
  for (const Model* m : {&model, static_cast<const Model*>(&rounded)}) {
    std::vector<at::Tensor> log_probs;
    for (const auto& group : m->score(groups))
      for (const auto& scores : group) log_probs.push_back(scores.log_prob);
    values.push_back(at::cat(log_probs));
    values.back().sum().backward();
    std::vector<at::Tensor> flat;
    for (const auto& p : m->parameters()) flat.push_back(p.tensor.grad().flatten());
    gradients.push_back(at::cat(flat));
  }
  EXPECT_LT(difference(values[0], values[1]), 0.05);
  EXPECT_LT((gradients[0] - gradients[1]).norm().item<double>(), 0.02 * gradients[0].norm().item<double>());
}

// Scores and gradients of a model and of its copy elsewhere.
void expect_same_scores(const Model& model, const Model& other, double tolerance, double gradient_tolerance) {
  Rng rng(31);
  const std::vector<SequenceGroup> groups = random_groups(model.config(), rng);
  std::vector<at::Tensor> values, gradients;
  for (const Model* m : {&model, &other}) {
    std::vector<at::Tensor> log_probs, entropies;
    for (const auto& group : m->score(groups, 0.8)) {
      for (const auto& scores : group) {
        log_probs.push_back(scores.log_prob);
        entropies.push_back(scores.entropy);
      }
    }
    const at::Tensor both = at::stack({at::cat(log_probs), at::cat(entropies)});
    const at::Tensor weight = at::linspace(-1.0, 1.5, both.numel()).view(both.sizes()).to(both.device());
    (both * weight).sum().backward();
    values.push_back(both.detach().to(at::kCPU, at::kFloat));
    std::vector<at::Tensor> flat;
    for (const auto& p : m->parameters()) flat.push_back(p.tensor.grad().flatten().to(at::kCPU, at::kFloat));
    gradients.push_back(at::cat(flat));
  }
  EXPECT_LT(difference(values[0], values[1]), tolerance);
  EXPECT_LT((gradients[0] - gradients[1]).norm().item<double>(),
            gradient_tolerance * gradients[0].norm().item<double>());
}

TEST(Model, ScoresInAtensOperationsEqualTheFastPaths) {
  for (const bool tied : {true, false}) {
    Rng rng(32);
    const Model model = lively_model(tiny_config(tied), rng);
    const Model exact = model.to(at::kCPU, at::kDouble);
    EXPECT_EQ(exact.parameters().front().tensor.scalar_type(), at::kDouble);
    expect_same_scores(model, exact, 1e-4, 1e-3);
    const ops::AtenOnly scope;
    expect_same_scores(model.replica(), model.to(at::kCPU, at::kDouble), 1e-4, 1e-3);
  }
}

TEST(Model, Bf16ScoresInAtensOperationsAreClose) {
  // As on a GPU: activations in bfloat16 over float32 weights, and a model of bfloat16 weights.
  Rng rng(33);
  const Model model = Model::random(tiny_config(false), rng);
  const Model exact = model.to(at::kCPU, at::kDouble);
  const ops::AtenOnly scope;
  Model rounded = model.replica();
  rounded.use_bf16(true);
  expect_same_scores(rounded, exact, 0.1, 0.03);
  for (const NamedTensor& parameter : rounded.parameters())
    EXPECT_EQ(parameter.tensor.grad().scalar_type(), at::kFloat) << parameter.name;
  Model stored = model.to(at::kCPU, at::kBFloat16);
  stored.use_bf16(true);
  expect_same_scores(stored, model.to(at::kCPU, at::kDouble), 0.2, 0.06);
}

// Log-probabilities, entropies and the gradients of every parameter, undefined where there is none.
std::vector<at::Tensor> scores_and_gradients(const Model& model, const std::vector<SequenceGroup>& groups) {
  at::Tensor loss = at::zeros({});
  std::vector<at::Tensor> out;
  for (const auto& group : model.score(groups, 0.8)) {
    for (const auto& scores : group) {
      out.push_back(scores.log_prob.detach());
      out.push_back(scores.entropy.detach());
      const at::Tensor weight = at::linspace(-1.0, 1.5, scores.log_prob.size(0));
      loss = loss + (scores.log_prob * weight + 0.3 * scores.entropy).sum();
    }
  }
  loss.backward();
  for (const NamedTensor& parameter : model.parameters()) out.push_back(parameter.tensor.grad());
  return out;
}

void expect_same_bits(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b,
                      const std::string& what) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].defined(), b[i].defined()) << what << ' ' << i;
    EXPECT_TRUE(!a[i].defined() || at::equal(a[i], b[i])) << what << ' ' << i;
  }
}

TEST(Model, CheckpointingChangesNoBit) {
  for (const std::string path : {"fast", "bf16", "aten", "aten bf16", "float64"}) {
    std::optional<ops::AtenOnly> scope;
    if (path.starts_with("aten")) scope.emplace();
    Rng rng(41);
    const Model model = lively_model(tiny_config(path != "bf16"), rng);
    const std::vector<SequenceGroup> groups = random_groups(model.config(), rng);
    // Nothing frozen; the vision tower, embedding and first layer frozen, so that the second layer's input
    // needs no gradient; all frozen but the first layer's norm; all but the vision tower.
    const std::vector<std::function<bool(const std::string&)>> frozen{
        [](const std::string&) { return false; },
        [](const std::string& name) {
          return name.starts_with("visual.") || name.find("embed_tokens") != std::string::npos ||
                 name.find("layers.0.") != std::string::npos;
        },
        [](const std::string& name) { return name.find("layers.0.input_layernorm") == std::string::npos; },
        [](const std::string& name) { return !name.starts_with("visual."); }};
    for (std::size_t f = 0; f < frozen.size(); ++f) {
      std::vector<std::vector<at::Tensor>> results;
      for (const bool on : {false, true}) {
        Model copy = path == "float64" ? model.to(at::kCPU, at::kDouble) : model.replica();
        copy.use_bf16(path.ends_with("bf16"));
        copy.use_gradient_checkpointing(on);
        for (const NamedTensor& parameter : copy.parameters())
          at::Tensor(parameter.tensor).set_requires_grad(!frozen[f](parameter.name));
        results.push_back(scores_and_gradients(copy, groups));
      }
      expect_same_bits(results[0], results[1], path + " " + std::to_string(f));
    }
  }
}

TEST(Model, CheckpointingThreadsDoNotMix) {
  Rng rng(42);
  Model model = lively_model(tiny_config(), rng);
  model.use_gradient_checkpointing(true);
  std::vector<std::vector<SequenceGroup>> work;
  for (int w = 0; w < 4; ++w) work.push_back(random_groups(model.config(), rng));
  std::vector<std::vector<at::Tensor>> alone, together(work.size());
  for (const auto& groups : work) alone.push_back(scores_and_gradients(model.replica(), groups));
  std::vector<std::thread> threads;
  for (std::size_t w = 0; w < work.size(); ++w)
    threads.emplace_back([&, w] { together[w] = scores_and_gradients(model.replica(), work[w]); });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t w = 0; w < work.size(); ++w)
    expect_same_bits(alone[w], together[w], "thread " + std::to_string(w));
}

TEST(Model, CheckpointingKeepsOneRowPerTokenAndLayer) {
  Rng rng(43);
  VlmConfig config = tiny_config();
  config.num_hidden_layers = 12;
  Model model = Model::random(config, rng);
  PositionCursor cursor(config);
  SequenceGroup group;
  group.prefix = random_sequence(config, rng, 400, cursor);
  group.suffixes.push_back(random_sequence(config, rng, 600, cursor));
  std::vector<double> kept_rows;  // of D numbers, per token and layer
  for (const bool on : {false, true}) {
    model.use_gradient_checkpointing(on);
    const TensorMemory memory;
    const std::int64_t before = memory.now();
    const auto scores = model.score({&group, 1});
    kept_rows.push_back(static_cast<double>(memory.now() - before) /
                        (4.0 * config.hidden_size * 1000 * config.num_hidden_layers));
  }
  EXPECT_GT(kept_rows[0], 10.0);
  EXPECT_LT(kept_rows[1], 1.5);  // one, and what is kept once: angles, the last layer's result
}

TEST(Model, ScoresOnAGpuEqualTheCpus) {
  const auto gpu = compute_device("cuda");
  if (!gpu) GTEST_SKIP() << gpu.error().message;
  Rng rng(33);
  VlmConfig config = tiny_config();
  config.head_dim = 16;
  config.mrope_section = {4, 2, 2};
  const Model model = lively_model(config, rng);
  expect_same_scores(model.replica(), model.to(*gpu), 1e-4, 1e-3);
  Rng calm(34);
  const Model plain = Model::random(config, calm);
  Model rounded = plain.to(*gpu);
  rounded.use_bf16(true);
  expect_same_scores(plain, rounded, 0.05, 0.03);
}

TEST(Model, ADeviceThatIsNotThereIsOneClearError) {
  EXPECT_TRUE(compute_device("cpu"));
  const auto other = compute_device("abacus");
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("abacus"), std::string::npos);
}

TEST(Model, ScoresDoNotDependOnTheCompany) {
  Rng rng(13);
  const VlmConfig config = tiny_config();
  const Model model = lively_model(config, rng);
  const std::vector<SequenceGroup> groups = random_groups(config, rng);
  const c10::AutoGradMode no_gradient(false);
  const auto together = model.score(groups);
  for (std::size_t b = 0; b < groups.size(); ++b) {
    const auto alone = model.score(std::span(groups).subspan(b, 1));
    for (std::size_t g = 0; g < together[b].size(); ++g)
      EXPECT_LT(difference(alone[0][g].log_prob, together[b][g].log_prob), 1e-5);
  }
  EXPECT_FALSE(together[0][0].log_prob.requires_grad());
}

TEST(Model, PicturesMatter) {
  Rng rng(14);
  const VlmConfig config = tiny_config();
  const Model model = lively_model(config, rng);
  std::vector<SequenceGroup> groups = random_groups(config, rng);
  const auto before = model.score(groups)[0][1].log_prob;
  groups[0].prefix.images[0] = random_picture(config, rng, 8, 12);
  EXPECT_GT(difference(before, model.score(groups)[0][1].log_prob), 1e-3);
}

TEST(VisionLayout, WindowsCoverEveryUnitOnce) {
  VisionConfig config = tiny_config().vision;
  const VisionLayout layout = vision_layout(config, 6, 10);  // 3 x 5 units, windows of 2 x 2
  EXPECT_EQ(layout.window_units, (std::vector<std::int64_t>{4, 4, 2, 2, 2, 1}));
  EXPECT_EQ(layout.window_order,
            (std::vector<std::int64_t>{0, 1, 5, 6, 2, 3, 7, 8, 4, 9, 10, 11, 12, 13, 14}));
  EXPECT_EQ(layout.patch_rows_columns.size(), 60U);
  EXPECT_EQ(layout.patch_rows_columns[4], (std::array<std::int32_t, 2>{0, 2}));
  EXPECT_EQ(layout.patch_rows_columns[2], (std::array<std::int32_t, 2>{1, 0}));
}

TEST(Model, ReplicaSharesWeightsAndCloneDoesNot) {
  Rng rng(15);
  const Model model = Model::random(tiny_config(), rng);
  const Model replica = model.replica();
  const Model clone = model.clone();
  const auto mine = model.parameters();
  EXPECT_EQ(mine[0].tensor.data_ptr(), replica.parameters()[0].tensor.data_ptr());
  EXPECT_NE(mine[0].tensor.data_ptr(), clone.parameters()[0].tensor.data_ptr());
  EXPECT_TRUE(replica.parameters()[0].tensor.requires_grad());
  EXPECT_FALSE(clone.parameters()[0].tensor.requires_grad());
  std::int64_t count = 0;
  for (const auto& p : mine) count += p.tensor.numel();
  EXPECT_EQ(count, model.parameter_count());
}

class Directory {
 public:
  Directory()
      : path_(std::filesystem::temp_directory_path() / ("metaspatial_model_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(Model, SaveAndLoadKeepEveryBit) {
  const Directory directory;
  for (const bool tied : {true, false}) {
    Rng rng(16);
    const Model model = lively_model(tiny_config(tied), rng);
    ASSERT_TRUE(model.save(directory.path()).has_value());
    const auto loaded = Model::load(directory.path());
    ASSERT_TRUE(loaded.has_value()) << to_string(loaded.error());
    const auto a = model.parameters();
    const auto b = loaded->parameters();
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].name, b[i].name);
      EXPECT_TRUE(at::equal(a[i].tensor, b[i].tensor)) << a[i].name;
    }
  }
}

TEST(Model, LoadNamesWhatIsWrong) {
  const Directory directory;
  EXPECT_FALSE(Model::load(directory.path()).has_value());
  Rng rng(17);
  const Model model = Model::random(tiny_config(), rng);
  ASSERT_TRUE(model.save(directory.path()).has_value());
  VlmConfig other = tiny_config();
  other.intermediate_size = 41;
  std::ofstream(directory.path() / "config.json") << config_json(other).dump();
  const auto wrong_shape = Model::load(directory.path());
  ASSERT_FALSE(wrong_shape.has_value());
  EXPECT_NE(wrong_shape.error().message.find("gate_proj.weight"), std::string::npos)
      << wrong_shape.error().message;
  other = tiny_config();
  other.num_hidden_layers = 3;
  std::ofstream(directory.path() / "config.json") << config_json(other).dump();
  const auto missing = Model::load(directory.path());
  ASSERT_FALSE(missing.has_value());
  EXPECT_NE(missing.error().message.find("model.layers.2."), std::string::npos) << missing.error().message;
}

std::vector<GenerationGroup> generation_groups(const VlmConfig& config, Rng& rng) {
  std::vector<GenerationGroup> out;
  for (const SequenceGroup& group : random_groups(config, rng)) {
    GenerationGroup& g = out.emplace_back();
    g.prefix = group.prefix;
    g.suffixes = group.suffixes;
    for (const Sequence& suffix : group.suffixes) {
      // The cursor behind the last token: replay the tokens.
      PositionCursor cursor(config);
      const Sequence whole = joined(group.prefix, suffix);
      std::size_t image = 0;
      for (std::size_t t = 0; t < whole.ids.size(); ++t) {
        if (whole.ids[t] != config.image_token_id) {
          EXPECT_EQ(cursor.next(whole.ids[t]), whole.positions[t]);
          continue;
        }
        const ImagePatches& picture = *whole.images[image++];
        std::vector<PositionId> ids;
        cursor.image(picture.grid_h / 2, picture.grid_w / 2, ids);
        t += ids.size() - 1;
      }
      g.cursors.push_back(cursor);
      g.seeds.push_back(rng.next());
    }
  }
  return out;
}

TEST(Generate, GreedyEqualsTheReferencesArgmax) {
  Rng rng(18);
  const VlmConfig config = tiny_config();
  const Model model = lively_model(config, rng);
  const auto groups = generation_groups(config, rng);
  const auto out = generate(model, groups, {.temperature = 0.0, .max_new_tokens = 40});
  const c10::AutoGradMode no_gradient(false);
  int checked = 0;
  for (std::size_t b = 0; b < groups.size(); ++b) {
    for (std::size_t g = 0; g < groups[b].suffixes.size(); ++g) {
      const Generation& made = out[b][g];
      Sequence whole = joined(groups[b].prefix, groups[b].suffixes[g]);
      ASSERT_EQ(made.positions.size(), made.ids.size());
      for (std::size_t i = 0; i < made.ids.size(); ++i) {
        const at::Tensor logits = model.logits_reference(whole)[-1];
        const at::Tensor allowed = logits.clone();
        allowed[config.image_token_id] = -1e9;
        const float margin = allowed.max().item<float>() - logits[made.ids[i]].item<float>();
        EXPECT_LT(margin, 1e-4F) << b << ' ' << g << " token " << i;
        EXPECT_NEAR(at::log_softmax(logits, -1)[made.ids[i]].item<float>(), made.log_probs[i], 1e-4);
        whole.ids.push_back(made.ids[i]);
        whole.positions.push_back(made.positions[i]);
        ++checked;
      }
      EXPECT_TRUE(made.finished ? made.ids.back() == config.eos_token_id : made.ids.size() == 40);
    }
  }
  EXPECT_GT(checked, 50);
}

TEST(Generate, LogProbsEqualScores) {
  Rng rng(19);
  const VlmConfig config = tiny_config();
  const Model model = lively_model(config, rng);
  const auto groups = generation_groups(config, rng);
  const SamplingParams sampling{.temperature = 0.9, .top_p = 0.8, .max_new_tokens = 70};
  const auto out = generate(model, groups, sampling);
  const c10::AutoGradMode no_gradient(false);
  for (std::size_t b = 0; b < groups.size(); ++b) {
    for (std::size_t g = 0; g < groups[b].suffixes.size(); ++g) {
      SequenceGroup group{joined(groups[b].prefix, groups[b].suffixes[g]),
                          {{out[b][g].ids, out[b][g].positions, {}}}};
      // A picture token without a picture ended a training run: the model must not be able to say it.
      ASSERT_EQ(std::count(out[b][g].ids.begin(), out[b][g].ids.end(), config.image_token_id), 0);
      const at::Tensor expected = model.score({&group, 1}, sampling.temperature)[0][0].log_prob;
      for (std::size_t i = 0; i < out[b][g].ids.size(); ++i)
        EXPECT_NEAR(out[b][g].log_probs[i], expected[static_cast<std::int64_t>(i)].item<float>(), 1e-4);
    }
  }
}

TEST(Generate, ThreadsAndCompanyChangeNothing) {
  Rng rng(20);
  const VlmConfig config = tiny_config();
  const Model model = lively_model(config, rng);
  std::vector<GenerationGroup> groups;
  for (int i = 0; i < 20; ++i)
    for (GenerationGroup& group : generation_groups(config, rng)) groups.push_back(std::move(group));
  const SamplingParams sampling{.temperature = 1.0, .max_new_tokens = 30};
  const auto one = generate(model, groups, sampling, 1);
  const auto three = generate(model, groups, sampling, 3);
  const auto alone = generate(model, std::span(groups).subspan(7, 1), sampling, 1);
  const auto equal = [](const Generation& a, const Generation& b) {
    return a.ids == b.ids && a.log_probs == b.log_probs && a.positions == b.positions &&
           a.finished == b.finished;
  };
  for (std::size_t b = 0; b < groups.size(); ++b)
    for (std::size_t g = 0; g < one[b].size(); ++g)
      EXPECT_TRUE(equal(one[b][g], three[b][g])) << b << ' ' << g;
  for (std::size_t g = 0; g < alone[0].size(); ++g) EXPECT_TRUE(equal(one[7][g], alone[0][g]));
}

// Frequencies of the first token against the model's probabilities, and what top-k and top-p keep.
TEST(Generate, SamplesFollowTheProbabilities) {
  Rng rng(21);
  const VlmConfig config = tiny_config();
  const Model model = lively_model(config, rng);
  PositionCursor cursor(config);
  GenerationGroup group;
  group.prefix = random_sequence(config, rng, 10, cursor);
  constexpr int kDraws = 4000;
  group.suffixes.resize(kDraws);
  group.cursors.assign(kDraws, cursor);
  for (int i = 0; i < kDraws; ++i) group.seeds.push_back(rng.next());
  const c10::AutoGradMode no_gradient(false);
  const at::Tensor logits = model.logits_reference(group.prefix)[-1].clone();
  logits[config.image_token_id] = -1e9;
  const at::Tensor p = logits.softmax(-1);
  const auto frequencies = [&](const SamplingParams& sampling) {
    at::Tensor counts = at::zeros({config.vocab_size});
    const auto out = generate(model, {&group, 1}, sampling);
    for (const Generation& made : out[0]) counts.data_ptr<float>()[made.ids[0]] += 1.0F / kDraws;
    return counts;
  };
  EXPECT_LT(difference(frequencies({.max_new_tokens = 1}), p), 0.03);
  const auto [sorted, order] = p.sort(-1, true);
  const at::Tensor top3 = frequencies({.top_k = 3, .max_new_tokens = 1});
  EXPECT_LT(difference(top3.index_select(0, order.narrow(0, 0, 3)),
                       sorted.narrow(0, 0, 3) / sorted.narrow(0, 0, 3).sum()),
            0.03);
  EXPECT_EQ((top3 > 0).sum().item<int>(), 3);
  const int nucleus = (sorted.cumsum(0) < 0.7).sum().item<int>() + 1;
  EXPECT_EQ((frequencies({.top_p = 0.7, .max_new_tokens = 1}) > 0).sum().item<int>(), nucleus);
}

}  // namespace
}  // namespace metaspatial::vlm
