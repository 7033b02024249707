// Equality with transformers and PEFT on what tools/peft_parity.py wrote. With METASPATIAL_PARITY_DATA the
// test reads another folder of the script's; with METASPATIAL_PARITY_OUT it writes models and adapters of
// ours, which the script has those programs load.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/vlm/safetensors.hpp"
#include "metaspatial/vlm/test_model.hpp"

namespace metaspatial::vlm {
namespace {

namespace fs = std::filesystem;

constexpr double kTolerance = 1e-4;  // of the largest logit

template <typename T>
std::vector<T> values(const TensorView& view) {
  std::vector<T> out(view.bytes.size() / sizeof(T));
  std::memcpy(out.data(), view.bytes.data(), view.bytes.size());
  return out;
}

at::Tensor float_tensor(const TensorView& view) {
  const auto flat = values<float>(view);
  return at::from_blob(const_cast<float*>(flat.data()), view.shape, at::kFloat).clone();
}

class LoraParity : public testing::Test {
 protected:
  // One base model of the script's, its input, and the adapters' names.
  struct Case {
    fs::path directory;
    Sequence input;
    std::map<std::string, at::Tensor> logits;  // "": of the base
  };

  static std::vector<Case> cases() {
    const char* elsewhere = std::getenv("METASPATIAL_PARITY_DATA");
    const fs::path data = elsewhere != nullptr ? elsewhere : METASPATIAL_SOURCE_DIR "/tests/data/peft";
    std::vector<Case> out;
    for (const auto& entry : fs::directory_iterator(data)) {
      if (!entry.is_directory()) continue;
      Case& c = out.emplace_back();
      c.directory = entry.path();
      const auto file = SafetensorsFile::open(entry.path() / "expected.safetensors");
      EXPECT_TRUE(file);
      const auto& tensors = file->tensors();
      const auto ids = values<std::int64_t>(tensors.at("input_ids"));
      const auto positions = values<std::int64_t>(tensors.at("positions"));
      for (std::size_t t = 0; t < ids.size(); ++t) {
        c.input.ids.push_back(static_cast<TokenId>(ids[t]));
        PositionId& position = c.input.positions.emplace_back();
        for (std::size_t axis = 0; axis < 3; ++axis)
          position[axis] = static_cast<std::int32_t>(positions[3 * t + axis]);
      }
      auto picture = std::make_shared<ImagePatches>();
      const auto grid = values<std::int64_t>(tensors.at("image_grid_thw"));
      picture->grid_h = static_cast<int>(grid[1]);
      picture->grid_w = static_cast<int>(grid[2]);
      picture->patches = values<float>(tensors.at("pixel_values"));
      c.input.images.push_back(picture);
      for (const auto& [name, view] : tensors)
        if (name.starts_with("logits")) c.logits[name.size() > 6 ? name.substr(7) : ""] = float_tensor(view);
    }
    return out;
  }

  static Model load(const fs::path& directory) {
    auto model = Model::load(directory);
    EXPECT_TRUE(model) << to_string(model.error());
    return std::move(*model);
  }

  static void expect_equal(const Model& model, const Sequence& input, const at::Tensor& expected,
                           const std::string& what) {
    const c10::AutoGradMode no_gradient(false);
    const double scale = expected.abs().max().item<double>();
    EXPECT_LT(difference(model.logits_reference(input), expected), kTolerance * scale) << what;
    // The fast path: log-probabilities of the input's own tokens.
    SequenceGroup group;
    group.suffixes.push_back(input);
    const at::Tensor log_prob = model.score({&group, 1})[0][0].log_prob;
    const at::Tensor all = at::log_softmax(expected, -1);
    for (std::size_t t = 1; t < input.ids.size(); ++t) {
      if (input.ids[t] == model.config().image_token_id) continue;
      const auto row = static_cast<std::int64_t>(t);
      EXPECT_NEAR(log_prob[row].item<double>(), all[row - 1][input.ids[t]].item<double>(), kTolerance * scale)
          << what << " token " << t;
    }
  }

  // Leaves a model or adapter of ours for the script, with the logits that we give it.
  static void leave(const fs::path& directory, const Model& model, const Sequence& input, const Json& told) {
    const c10::AutoGradMode no_gradient(false);
    const at::Tensor logits = model.logits_reference(input).contiguous();
    ASSERT_TRUE(write_safetensors(
        directory / "logits.safetensors",
        {{"logits",
          {DType::F32,
           logits.sizes().vec(),
           {static_cast<const std::byte*>(logits.data_ptr()), static_cast<std::size_t>(logits.nbytes())}}}}));
    ASSERT_TRUE(write_file_atomic(directory / "ours.json", dump_json(told)));
  }
};

TEST_F(LoraParity, LogitsAreThoseOfTransformersAndPeft) {
  const auto all = cases();
  ASSERT_FALSE(all.empty());
  int adapters = 0;
  for (const Case& c : all) {
    const std::string base = c.directory.filename();
    expect_equal(load(c.directory), c.input, c.logits.at(""), base);
    for (const auto& [name, expected] : c.logits) {
      if (name.empty()) continue;
      Model model = load(c.directory);
      const auto loaded = model.load_adapter(c.directory / name);
      ASSERT_TRUE(loaded) << to_string(loaded.error());
      EXPECT_EQ(model.adapter()->base_model, base);
      expect_equal(model, c.input, expected, base + "/" + name);
      EXPECT_GT(difference(expected, c.logits.at("")), 0.01) << "an adapter that says something";
      ++adapters;
    }
  }
  EXPECT_GE(adapters, 3);
}

TEST_F(LoraParity, WhatWeWriteIsLeftForThemToRead) {
  const char* out = std::getenv("METASPATIAL_PARITY_OUT");
  if (out == nullptr) GTEST_SKIP() << "scripts/peft_parity.sh runs this";
  for (const Case& c : cases()) {
    const std::string base = c.directory.filename();
    const auto place = [&](const char* what) { return fs::path(out) / (base + "-" + what); };
    const Json is_model{{"model", true}};
    const Model model = load(c.directory);
    ASSERT_TRUE(model.save(place("float32")));
    leave(place("float32"), model, c.input, is_model);
    ASSERT_TRUE(model.save(place("bfloat16-shards"), {.type = at::kBFloat16, .max_shard_bytes = 20000}));
    leave(place("bfloat16-shards"), load(place("bfloat16-shards")), c.input, is_model);
    for (const auto& [name, expected] : c.logits) {
      if (name.empty()) continue;
      Model theirs = load(c.directory);
      ASSERT_TRUE(theirs.load_adapter(c.directory / name));
      ASSERT_TRUE(theirs.save(place(("merged-" + name).c_str())));
      leave(place(("merged-" + name).c_str()), theirs, c.input, is_model);
      ASSERT_TRUE(theirs.save_adapter(place(("again-" + name).c_str())));
      leave(place(("again-" + name).c_str()), theirs, c.input, Json{{"model", false}, {"base", base}});
    }
    for (const bool all : {true, false}) {
      Model adapted = load(c.directory);
      LoraConfig config;
      config.rank = 4;
      config.alpha = 6.5;
      config.use_rslora = all;
      if (!all) {
        config.target_modules.names = {"q_proj", "k_proj", "up_proj", "proj", "mlp.0"};
        config.exclude_modules.regex = R"(.*visual\.blocks\.0\..*)";
      }
      Rng rng(3);
      ASSERT_TRUE(adapted.add_adapter(config, rng));
      for (const NamedTensor& parameter : adapted.trainable_parameters()) {
        float* data = parameter.tensor.data_ptr<float>();
        for (std::int64_t i = 0; i < parameter.tensor.numel(); ++i)
          data[i] += static_cast<float>(0.15 * rng.normal());
      }
      const fs::path directory = place(all ? "adapter-all-linear" : "adapter-names");
      ASSERT_TRUE(adapted.save_adapter(directory));
      leave(directory, adapted, c.input, Json{{"model", false}, {"base", base}});
    }
  }
}

}  // namespace
}  // namespace metaspatial::vlm
