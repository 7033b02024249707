#include "metaspatial/vlm/lora.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "metaspatial/base/files.hpp"
#include "metaspatial/vlm/generate.hpp"
#include "metaspatial/vlm/safetensors.hpp"
#include "metaspatial/vlm/test_model.hpp"
#include "metaspatial/vlm/weights.hpp"

namespace metaspatial::vlm {
namespace {

namespace fs = std::filesystem;

class Lora : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = fs::temp_directory_path() / ("metaspatial_lora_" + std::to_string(::getpid()) + "_" +
                                              testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  static LoraConfig config(std::vector<std::string> targets = {}, int rank = 3) {
    LoraConfig out;
    out.rank = rank;
    out.alpha = 5;
    out.target_modules.names = std::move(targets);
    return out;
  }
  // An adapter that says something: B is not zero.
  static void stir(const Model& model, Rng& rng) {
    for (const NamedTensor& parameter : model.trainable_parameters()) {
      float* data = parameter.tensor.data_ptr<float>();
      for (std::int64_t i = 0; i < parameter.tensor.numel(); ++i)
        data[i] += static_cast<float>(0.1 * rng.normal());
    }
  }
  static std::set<std::string> adapted(const Model& model) {
    std::set<std::string> names;
    visit_linears(model.impl(), [&](const std::string& name, const Linear& linear) {
      if (linear.adapted()) names.insert(name);
    });
    return names;
  }
  static at::Tensor log_probs(const Model& model, const std::vector<SequenceGroup>& groups) {
    std::vector<at::Tensor> out;
    for (const auto& group : model.score(groups))
      for (const auto& scores : group) out.push_back(scores.log_prob);
    return at::cat(out);
  }
  fs::path directory_;
};

TEST_F(Lora, AFreshAdapterChangesNothingAndIsDrawnAsPeftDoes) {
  Rng rng(1);
  Model model = lively_model(tiny_config(), rng);
  const auto groups = random_groups(model.config(), rng);
  const at::Tensor before = log_probs(model, groups).detach();
  ASSERT_TRUE(model.add_adapter(config({}, 8), rng));
  EXPECT_TRUE(at::equal(before, log_probs(model, groups).detach()));
  for (const NamedTensor& parameter : model.trainable_parameters()) {
    if (parameter.name.ends_with("lora_B.weight")) {
      EXPECT_EQ(parameter.tensor.abs().max().item<float>(), 0.0F) << parameter.name;
      continue;
    }
    // kaiming_uniform_ with a = sqrt(5): bound sqrt(6 / (6 fan_in)), variance bound^2 / 3.
    const double bound = 1.0 / std::sqrt(static_cast<double>(parameter.tensor.numel() / 8));
    EXPECT_LE(parameter.tensor.abs().max().item<double>(), bound) << parameter.name;
    EXPECT_NEAR(parameter.tensor.detach().pow(2).mean().item<double>(), bound * bound / 3, bound * bound / 8)
        << parameter.name;
  }
}

TEST_F(Lora, BranchEqualsTheMergedModelEverywhere) {
  for (const bool tied : {true, false}) {
    Rng rng(2);
    Model model = lively_model(tiny_config(tied), rng);
    LoraConfig with =
        config({"q_proj", "o_proj", "gate_proj", "qkv", "proj", "mlp.2"});  // the convolution, too
    with.use_rslora = tied;
    ASSERT_TRUE(model.add_adapter(with, rng));
    EXPECT_TRUE(adapted(model).contains("visual.patch_embed.proj"));
    const auto groups = random_groups(model.config(), rng);
    const at::Tensor base = log_probs(model, groups).detach();
    stir(model, rng);
    const at::Tensor mine = log_probs(model, groups).detach();
    EXPECT_GT(difference(base, mine), 0.01);
    ASSERT_TRUE(model.save(directory_));
    const auto merged = Model::load(directory_);
    ASSERT_TRUE(merged) << to_string(merged.error());
    EXPECT_LT(difference(mine, log_probs(*merged, groups).detach()), 1e-4);
    EXPECT_TRUE(at::equal(base, log_probs(model.without_adapter(), groups).detach()))
        << "the policy from before is still there";
    Sequence whole = joined(groups[0].prefix, groups[0].suffixes[0]);
    EXPECT_LT(difference(model.logits_reference(whole), merged->logits_reference(whole)), 1e-3);
    GenerationGroup asked;
    asked.prefix = groups[1].prefix;
    asked.suffixes.resize(1);
    PositionCursor cursor(model.config());
    for (const TokenId id : asked.prefix.ids) (void)cursor.next(id);
    asked.cursors.push_back(cursor);
    asked.seeds.push_back(1);
    const SamplingParams greedy{.temperature = 0, .max_new_tokens = 20};
    EXPECT_EQ(generate(model, {&asked, 1}, greedy)[0][0].ids,
              generate(*merged, {&asked, 1}, greedy)[0][0].ids);
  }
}

// Gradients of A and B by the chain rule from those of the merged weight: dA = s B^T dW, dB = s dW A^T.
TEST_F(Lora, GradientsFollowFromThoseOfTheMergedWeight) {
  Rng rng(3);
  Model model = lively_model(tiny_config(), rng);
  ASSERT_TRUE(model.add_adapter(config(), rng));
  stir(model, rng);
  const auto groups = random_groups(model.config(), rng);
  log_probs(model, groups).sum().backward();
  ASSERT_TRUE(model.save(directory_));
  const auto merged = Model::load(directory_);
  ASSERT_TRUE(merged);
  log_probs(*merged, groups).sum().backward();
  std::map<std::string, at::Tensor> gradients;
  for (const NamedTensor& parameter : merged->parameters())
    gradients[parameter.name] = parameter.tensor.grad();
  for (const NamedTensor& parameter : model.parameters())
    EXPECT_FALSE(parameter.tensor.grad().defined()) << parameter.name;
  int checked = 0;
  visit_linears(model.impl(), [&](const std::string& name, const Linear& linear) {
    if (!linear.adapted()) return;
    const at::Tensor d = gradients.at(name + ".weight") * linear.lora_scale;
    const at::Tensor a = at::matmul(linear.lora_b.detach().t(), d);
    const at::Tensor b = at::matmul(d, linear.lora_a.detach().t());
    EXPECT_LT((linear.lora_a.grad() - a).norm().item<double>(), 2e-3 * a.norm().item<double>()) << name;
    EXPECT_LT((linear.lora_b.grad() - b).norm().item<double>(), 2e-3 * b.norm().item<double>()) << name;
    ++checked;
  });
  EXPECT_EQ(checked, 2 * 7 + 2 * 5 + 2);
}

TEST_F(Lora, TargetsAreWhatPeftTakesThemFor) {
  const auto is = [](const LoraConfig& c, const std::string& module) {
    const auto wanted = is_target(c, module);
    EXPECT_TRUE(wanted) << to_string(wanted.error());
    return wanted && *wanted;
  };
  LoraConfig c = config({"q_proj", "mlp.0"});
  EXPECT_TRUE(is(c, "model.layers.3.self_attn.q_proj"));
  EXPECT_FALSE(is(c, "model.layers.3.self_attn.k_proj"));
  EXPECT_FALSE(is(c, "model.layers.3.self_attn.xq_proj")) << "whole parts of a path only";
  EXPECT_TRUE(is(c, "visual.merger.mlp.0"));
  c = config({"model.language_model.layers.1.mlp.up_proj"});
  EXPECT_TRUE(is(c, "model.layers.1.mlp.up_proj")) << "the newer layout's whole path";
  EXPECT_FALSE(is(c, "model.layers.0.mlp.up_proj"));
  c = config();
  EXPECT_TRUE(is(c, "visual.blocks.0.attn.proj"));
  EXPECT_FALSE(is(c, "visual.patch_embed.proj")) << "all-linear: no convolution";
  EXPECT_FALSE(is(c, "lm_head"));
  c.exclude_modules.regex = R"(.*visual\..*)";
  EXPECT_FALSE(is(c, "visual.blocks.0.attn.proj"));
  EXPECT_TRUE(is(c, "model.layers.0.mlp.down_proj"));
  c.target_modules.regex = R"(model\.language_model\.layers\.\d+\.self_attn\.(q|v)_proj)";
  EXPECT_TRUE(is(c, "model.layers.12.self_attn.v_proj"));
  EXPECT_FALSE(is(c, "model.layers.12.self_attn.k_proj"));
  c.target_modules.regex = "(";
  EXPECT_FALSE(is_target(c, "model.layers.0.mlp.up_proj"));
  c.target_modules.regex = "(a*)*(a*)*(a*)*b|(.*)*(.*)*(.*)*(.*)*(.*)*z";
  const auto slow = is_target(c, "model.layers.0.mlp.up_proj.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
  EXPECT_TRUE(!slow || !*slow) << "ends, either way";
}

TEST_F(Lora, RefusesWhatIsNotBuilt) {
  Rng rng(4);
  Model model = Model::random(tiny_config(false), rng);
  const auto refused = [&](const LoraConfig& c, const char* word) {
    const auto added = model.add_adapter(c, rng);
    ASSERT_FALSE(added);
    EXPECT_NE(added.error().message.find(word), std::string::npos) << added.error().message;
    EXPECT_FALSE(model.adapter());
    EXPECT_EQ(model.trainable_parameters().size(), model.parameters().size());
  };
  LoraConfig c = config();
  c.dropout = 0.05;
  refused(c, "dropout");
  refused(config({"nothing"}), "target_modules");
  refused(config({"q_proj", "lm_head"}), "lm_head");
  refused(config({"embed_tokens"}), "embed_tokens");
  refused(config({}, 0), "rank");

  const Json good = lora_config_json(config());
  EXPECT_TRUE(read_lora_config(good, "x"));
  const auto broken = [&](const char* key, const Json& value) {
    Json json = good;
    json[key] = value;
    const auto read = read_lora_config(json, "x");
    ASSERT_FALSE(read) << key;
    EXPECT_NE(read.error().message.find(key), std::string::npos) << read.error().message;
  };
  broken("peft_type", "IA3");
  broken("use_dora", true);
  broken("bias", "all");
  broken("modules_to_save", Json::array({"lm_head"}));
  broken("rank_pattern", Json{{"q_proj", 4}});
  broken("init_lora_weights", "pissa");
  broken("r", 0);
  broken("r", -1);
  broken("r", "8");
  broken("r", 1e9);
  broken("lora_alpha", "16");
  broken("lora_dropout", 2);
  broken("target_modules", 3);
  broken("target_modules", Json::array({1}));
  EXPECT_FALSE(read_lora_config(Json::array(), "x"));
}

TEST_F(Lora, SaveAndLoadKeepEveryBitInEitherLayout) {
  Rng rng(5);
  const Model base = lively_model(tiny_config(), rng);
  Model model = base.replica();
  LoraConfig c = config({"v_proj", "down_proj", "proj"});
  c.exclude_modules.names = {"visual.blocks.0.attn.proj"};
  c.base_model = "base/model";
  ASSERT_TRUE(model.add_adapter(c, rng));
  stir(model, rng);
  ASSERT_TRUE(model.save_adapter(directory_));
  const auto same = [&](const char* what) {
    Model other = base.replica();
    const auto loaded = other.load_adapter(directory_);
    ASSERT_TRUE(loaded) << what << to_string(loaded.error());
    const auto a = model.trainable_parameters();
    const auto b = other.trainable_parameters();
    ASSERT_EQ(a.size(), b.size()) << what;
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].name, b[i].name);
      EXPECT_TRUE(at::equal(a[i].tensor, b[i].tensor)) << what << a[i].name;
    }
    EXPECT_EQ(other.adapter()->base_model, "base/model");
    EXPECT_EQ(other.adapter()->scale(), model.adapter()->scale());
  };
  same("the layout since 4.52");
  // The names that older versions of transformers have.
  {
    const auto file = SafetensorsFile::open(directory_ / "adapter_model.safetensors");
    ASSERT_TRUE(file);
    std::map<std::string, TensorView> older;
    for (const auto& [name, view] : file->tensors()) {
      std::string old = name;
      ASSERT_TRUE(old.starts_with("base_model.model.model."));
      if (old.find(".language_model") != std::string::npos)
        old.replace(old.find("model.language_model"), 20, "model");
      else
        old.replace(old.find("model.visual"), 12, "visual");
      older[old] = view;
    }
    ASSERT_TRUE(write_safetensors(directory_ / "adapter_model.safetensors", older));
  }
  same("the layout before");
}

TEST_F(Lora, LoadNamesWhatIsWrong) {
  Rng rng(6);
  const Model base = Model::random(tiny_config(), rng);
  Model model = base.replica();
  ASSERT_TRUE(model.add_adapter(config({"q_proj"}), rng));
  ASSERT_TRUE(model.save_adapter(directory_));
  const fs::path tensors = directory_ / "adapter_model.safetensors";
  const std::string good_tensors = *read_file(tensors);
  const std::string good_config = *read_file(directory_ / "adapter_config.json");
  const auto error = [&] {
    Model other = base.replica();
    const auto loaded = other.load_adapter(directory_);
    EXPECT_FALSE(other.adapter() && !loaded);
    return loaded ? std::string("no error") : to_string(loaded.error());
  };
  ASSERT_EQ(error(), "no error");
  const auto with_config = [&](const char* key, const Json& value) {
    Json json = Json::parse(good_config);
    json[key] = value;
    EXPECT_TRUE(write_file_atomic(directory_ / "adapter_config.json", dump_json(json)));
    const std::string text = error();
    EXPECT_TRUE(write_file_atomic(directory_ / "adapter_config.json", good_config));
    return text;
  };
  EXPECT_NE(with_config("r", 4).find("shape"), std::string::npos);
  EXPECT_NE(with_config("target_modules", Json::array({"k_proj"})).find("target_modules"), std::string::npos);
  const auto with_name = [&](const std::string& from, const std::string& to) {
    std::string bytes = good_tensors;
    bytes.replace(bytes.find(from), from.size(), to);
    EXPECT_TRUE(write_file_atomic(tensors, bytes));
    return error();
  };
  EXPECT_NE(with_name("layers.0.self_attn.q_proj", "layers.7.self_attn.q_proj").find("layers.7"),
            std::string::npos);
  EXPECT_NE(with_name("lora_A", "lora_C").find("lora_"), std::string::npos);
  ASSERT_TRUE(write_file_atomic(tensors, good_tensors.substr(0, good_tensors.size() / 2)));
  EXPECT_NE(error().find("adapter_model.safetensors"), std::string::npos);
  fs::remove(tensors);
  EXPECT_NE(error().find("adapter_model.safetensors"), std::string::npos);
  fs::remove(directory_ / "adapter_config.json");
  EXPECT_NE(error().find("adapter_config.json"), std::string::npos);
}

TEST_F(Lora, LiesOnWeightsOfBfloat16) {
  Rng rng(7);
  const Model exact = lively_model(tiny_config(false), rng);
  ASSERT_TRUE(exact.save(directory_, {.type = at::kBFloat16}));
  auto narrow = Model::load(directory_, {.type = std::nullopt});
  auto wide = Model::load(directory_);
  ASSERT_TRUE(narrow && wide);
  ASSERT_EQ(narrow->parameters()[0].tensor.scalar_type(), at::kBFloat16);
  Rng again(8);
  ASSERT_TRUE(narrow->add_adapter(config(), again));
  again = Rng(8);
  ASSERT_TRUE(wide->add_adapter(config(), again));
  Rng noise(9);
  stir(*narrow, noise);
  noise = Rng(9);
  stir(*wide, noise);
  const auto groups = random_groups(exact.config(), rng);
  const at::Tensor a = log_probs(*narrow, groups);
  const at::Tensor b = log_probs(*wide, groups);
  EXPECT_LT(difference(a.detach(), b.detach()), 1e-5);
  a.sum().backward();
  b.sum().backward();
  const auto mine = narrow->trainable_parameters();
  const auto theirs = wide->trainable_parameters();
  ASSERT_EQ(mine.size(), theirs.size());
  for (std::size_t i = 0; i < mine.size(); ++i) {
    EXPECT_EQ(mine[i].tensor.scalar_type(), at::kFloat);
    EXPECT_LT((mine[i].tensor.grad() - theirs[i].tensor.grad()).norm().item<double>(),
              1e-4 * theirs[i].tensor.grad().norm().item<double>())
        << mine[i].name;
  }
  // On a copy of another type the adapter is as wide as it was at least.
  const Model moved = narrow->to(at::kCPU, at::kDouble);
  EXPECT_EQ(moved.trainable_parameters()[0].tensor.scalar_type(), at::kDouble);
  EXPECT_LT(difference(log_probs(moved, groups).detach().to(at::kFloat), b.detach()), 1e-4);
  EXPECT_EQ(wide->to(at::kCPU, at::kBFloat16).trainable_parameters()[0].tensor.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(log_probs(narrow->to_device(at::kCPU), groups).detach(), a.detach()));
}

// The packed map (many rows, sizes of multiples of 16) and the plain one, with weights of bfloat16 against
// the same values in float32, and with every choice of what requires a gradient.
TEST(MixedTypes, LinearMapsUseStoredValuesExactly) {
  Rng rng(11);
  const auto random = [&](std::vector<std::int64_t> shape) {
    at::Tensor out = at::empty(shape, at::kFloat);
    for (std::int64_t i = 0; i < out.numel(); ++i)
      out.data_ptr<float>()[i] = static_cast<float>(rng.normal());
    return out;
  };
  for (const std::int64_t rows : {3, 600}) {
    for (const std::int64_t width : {32, 23}) {
      const at::Tensor weight = random({48, width}).to(at::kBFloat16);
      const at::Tensor bias = random({48}).to(at::kBFloat16);
      const at::Tensor x = random({rows, width});
      const at::Tensor factor = random({rows, 48});
      for (int mask = 0; mask < 8; ++mask) {
        std::vector<std::vector<at::Tensor>> all;
        for (const bool stored : {true, false}) {
          Linear linear;
          linear.weight =
              (stored ? weight.clone() : weight.to(at::kFloat)).set_requires_grad((mask & 1) != 0);
          linear.bias = (stored ? bias.clone() : bias.to(at::kFloat)).set_requires_grad((mask & 2) != 0);
          const at::Tensor input = x.clone().set_requires_grad((mask & 4) != 0);
          const at::Tensor y = apply(linear, input, false);
          ASSERT_EQ(y.requires_grad(), mask != 0);
          if (mask != 0) (y * factor).sum().backward();
          all.push_back({y.detach(), linear.weight.grad(), linear.bias.grad(), input.grad()});
          EXPECT_EQ(linear.weight.grad().defined(), (mask & 1) != 0);
          EXPECT_EQ(linear.bias.grad().defined(), (mask & 2) != 0);
          EXPECT_EQ(input.grad().defined(), (mask & 4) != 0);
        }
        for (std::size_t i = 0; i < all[0].size(); ++i) {
          if (!all[1][i].defined()) continue;
          const double scale = all[1][i].abs().max().item<double>();
          const bool rounded = all[0][i].scalar_type() == at::kBFloat16;  // a gradient has its weight's type
          EXPECT_LT(difference(all[0][i].to(at::kFloat), all[1][i]), (rounded ? 5e-3 : 1e-6) * scale)
              << rows << 'x' << width << ' ' << mask << ' ' << i;
        }
      }
    }
  }
}

TEST(Freezing, PartsAreFrozenEachOnItsOwn) {
  Rng rng(10);
  const Model whole = lively_model(tiny_config(), rng);
  const auto groups = random_groups(whole.config(), rng);
  const auto part = [](const std::string& name) {
    return name.starts_with("visual.merger.") ? 1 : name.starts_with("visual.") ? 0 : 2;
  };
  for (int mask = 0; mask < 8; ++mask) {
    const Model model = [&] {
      Model copy = whole.replica();
      copy.freeze({(mask & 1) != 0, (mask & 2) != 0, (mask & 4) != 0});
      return copy.replica();  // keeps what is frozen
    }();
    const auto scores = model.score(groups);
    at::Tensor loss = at::zeros({});
    for (const auto& group : scores)
      for (const auto& each : group) loss = loss + each.log_prob.sum();
    EXPECT_EQ(loss.requires_grad(), mask != 7);
    if (mask != 7) loss.backward();
    for (const NamedTensor& parameter : model.parameters()) {
      const bool frozen = (mask & (1 << part(parameter.name))) != 0;
      EXPECT_EQ(parameter.tensor.grad().defined(), !frozen) << mask << ' ' << parameter.name;
    }
    for (const NamedTensor& parameter : model.trainable_parameters())
      EXPECT_EQ(mask & (1 << part(parameter.name)), 0) << parameter.name;
  }
}

}  // namespace
}  // namespace metaspatial::vlm
