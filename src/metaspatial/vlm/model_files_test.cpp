// Model::load and Model::save: types, shards, names, and what must be refused.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <set>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/vlm/generate.hpp"
#include "metaspatial/vlm/safetensors.hpp"
#include "metaspatial/vlm/test_model.hpp"

namespace metaspatial::vlm {
namespace {

namespace fs = std::filesystem;

class ModelFiles : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = fs::temp_directory_path() / ("metaspatial_files_" + std::to_string(::getpid()) + "_" +
                                              testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  [[nodiscard]] std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory_)) names.insert(entry.path().filename());
    return names;
  }
  [[nodiscard]] std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> all;
    for (const std::string& name : files()) all[name] = *read_file(directory_ / name);
    return all;
  }
  [[nodiscard]] std::string error() const {
    const auto loaded = Model::load(directory_);
    const std::string text = loaded ? "no error" : to_string(loaded.error());
    EXPECT_EQ(text.find('\n'), std::string::npos);
    return text;
  }
  // Writes the weights again, each under the name that `rename` gives it; "" leaves it out.
  template <typename F>
  void rename_weights(F&& rename) const {
    const fs::path path = directory_ / "model.safetensors";
    const auto file = SafetensorsFile::open(path);
    ASSERT_TRUE(file);
    std::map<std::string, TensorView> renamed;
    for (const auto& [name, view] : file->tensors()) {
      const std::string now = rename(name);
      if (!now.empty()) renamed[now] = view;
    }
    ASSERT_TRUE(write_safetensors(path, renamed));
  }
  static void expect_equal(const Model& a, const Model& b) {
    const auto mine = a.parameters();
    const auto theirs = b.parameters();
    ASSERT_EQ(mine.size(), theirs.size());
    for (std::size_t i = 0; i < mine.size(); ++i)
      EXPECT_TRUE(at::equal(mine[i].tensor, theirs[i].tensor)) << mine[i].name;
  }
  static std::string newer_name(const std::string& name) {
    if (name.starts_with("model.")) return "model.language_model." + name.substr(6);
    return name.starts_with("visual.") ? "model." + name : name;
  }
  fs::path directory_;
};

TEST_F(ModelFiles, ShardsAreTheHubsFormAndReadBack) {
  Rng rng(1);
  const Model model = lively_model(tiny_config(false), rng);
  ASSERT_TRUE(model.save(directory_, {.max_shard_bytes = 20000}));
  const Json index = Json::parse(*read_file(directory_ / "model.safetensors.index.json"));
  std::set<std::string> named;
  for (const auto& [weight, file] : index["weight_map"].items()) named.insert(file.get<std::string>());
  const std::size_t n = named.size();
  ASSERT_GT(n, 2U);
  std::int64_t bytes = 0;
  for (const NamedTensor& parameter : model.parameters()) {
    EXPECT_TRUE(index["weight_map"].contains(parameter.name));
    bytes += parameter.tensor.numel() * 4;
  }
  EXPECT_EQ(index["metadata"]["total_size"], bytes);
  std::set<std::string> expected = named;
  expected.insert({"config.json", "model.safetensors.index.json"});
  EXPECT_EQ(files(), expected);
  char first[40];
  std::snprintf(first, sizeof first, "model-00001-of-%05zu.safetensors", n);
  EXPECT_TRUE(named.contains(first));
  for (const std::string& file : named) {
    const auto shard = SafetensorsFile::open(directory_ / file);
    ASSERT_TRUE(shard);
    std::size_t size = 0;
    for (const auto& [name, view] : shard->tensors()) size += view.bytes.size();
    EXPECT_TRUE(size <= 20000 || shard->tensors().size() == 1) << file;
  }
  const auto loaded = Model::load(directory_);
  ASSERT_TRUE(loaded) << to_string(loaded.error());
  expect_equal(model, *loaded);
  const auto before = contents();
  ASSERT_TRUE(model.save(directory_, {.max_shard_bytes = 20000}));
  EXPECT_EQ(before, contents()) << "the same weights, the same bytes";
}

TEST_F(ModelFiles, NothingOfAnEarlierSaveIsLeft) {
  Rng rng(2);
  const Model first = lively_model(tiny_config(), rng);
  const Model second = lively_model(tiny_config(), rng);
  ASSERT_TRUE(write_file_atomic(directory_ / "tokenizer.json", "{}"));
  ASSERT_TRUE(write_file_atomic(directory_ / "model-00001-of-00002.safetensors.incomplete.tmp.7", "cut off"));
  std::set<std::size_t> counts;
  const std::int64_t one_file = std::int64_t{1} << 40;
  const Model* saved = &first;
  for (const std::int64_t limit : {one_file, std::int64_t{20000}, std::int64_t{9000}, std::int64_t{9000},
                                   std::int64_t{20000}, one_file, one_file}) {
    saved = saved == &first ? &second : &first;
    ASSERT_TRUE(saved->save(directory_, {.max_shard_bytes = limit}));
    const auto names = files();
    EXPECT_TRUE(names.contains("tokenizer.json"));
    EXPECT_EQ(names.contains("model.safetensors"), limit == one_file);
    EXPECT_EQ(names.contains("model.safetensors.index.json"), limit != one_file);
    if (limit == one_file) {
      EXPECT_EQ(names.size(), 3U);
    }
    counts.insert(names.size());
    const auto loaded = Model::load(directory_);
    ASSERT_TRUE(loaded) << to_string(loaded.error());
    expect_equal(*saved, *loaded);
  }
  EXPECT_EQ(counts.size(), 3U);
}

// A file that may not grow any more is what a full disk looks like to a writer.
TEST_F(ModelFiles, AFullDiskLeavesTheOldModelAsItWas) {
  Rng rng(3);
  const Model first = lively_model(tiny_config(), rng);
  const Model second = lively_model(tiny_config(), rng);
  for (const std::int64_t limit : {std::int64_t{1} << 40, std::int64_t{20000}}) {
    ASSERT_TRUE(first.save(directory_, {.max_shard_bytes = limit}));
    const auto before = contents();
    rlimit old{};
    ::getrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, SIG_IGN);
    // The last shard and the index are small: the disk is full when some files were written already.
    for (const rlim_t bytes : {rlim_t{100}, rlim_t{6000}, rlim_t{15000}}) {
      rlimit small = old;
      small.rlim_cur = bytes;
      ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
      const auto saved = second.save(directory_, {.max_shard_bytes = limit});
      ::setrlimit(RLIMIT_FSIZE, &old);
      ASSERT_FALSE(saved) << bytes;
      EXPECT_EQ(saved.error().code, ErrorCode::Io);
      EXPECT_EQ(before, contents()) << bytes;
    }
    std::signal(SIGXFSZ, SIG_DFL);
    fs::remove_all(directory_);
  }
}

TEST_F(ModelFiles, TypesOfFileAndMemory) {
  Rng rng(4);
  const Model model = lively_model(tiny_config(false), rng);
  const auto groups = random_groups(model.config(), rng);
  for (const auto& [type, name] : {std::pair{at::kBFloat16, "bfloat16"}, std::pair{at::kHalf, "float16"}}) {
    ASSERT_TRUE(model.save(directory_, {.type = type}));
    EXPECT_EQ(Json::parse(*read_file(directory_ / "config.json"))["torch_dtype"], name);
    const auto wide = Model::load(directory_);
    const auto narrow = Model::load(directory_, {.type = std::nullopt});
    ASSERT_TRUE(wide && narrow);
    for (std::size_t i = 0; i < model.parameters().size(); ++i) {
      const at::Tensor rounded = model.parameters()[i].tensor.detach().to(type);
      EXPECT_TRUE(at::equal(wide->parameters()[i].tensor, rounded.to(at::kFloat)));
      EXPECT_TRUE(at::equal(narrow->parameters()[i].tensor, rounded));
    }
    // Scores and answers are float32 arithmetic on the stored values.
    const auto flat = [&](const Model& m) {
      std::vector<at::Tensor> out;
      for (const auto& group : m.score(groups))
        for (const auto& scores : group) out.push_back(scores.log_prob);
      return at::cat(out);
    };
    const at::Tensor a = flat(*wide);
    const at::Tensor b = flat(*narrow);
    EXPECT_EQ(b.scalar_type(), at::kFloat);
    EXPECT_LT(difference(a.detach(), b.detach()), 1e-5);
    const Sequence whole = joined(groups[2].prefix, groups[2].suffixes[2]);
    EXPECT_LT(difference(wide->logits_reference(whole), narrow->logits_reference(whole)), 1e-5);
    a.sum().backward();
    b.sum().backward();
    for (std::size_t i = 0; i < model.parameters().size(); ++i) {
      const at::Tensor exact = wide->parameters()[i].tensor.grad();
      const at::Tensor rounded = narrow->parameters()[i].tensor.grad();
      EXPECT_EQ(rounded.scalar_type(), type);
      if (wide->parameters()[i].name.ends_with("k_proj.bias")) continue;  // zero but for rounding
      EXPECT_LT((rounded.to(at::kFloat) - exact).norm().item<double>(), 0.01 * exact.norm().item<double>())
          << wide->parameters()[i].name;
    }
    // As it is in memory, and back again.
    const auto before = contents();
    ASSERT_TRUE(narrow->save(directory_, {.type = std::nullopt}));
    EXPECT_EQ(before, contents());
    const auto half = Model::load(directory_, {.type = at::kBFloat16});
    ASSERT_TRUE(half);
    EXPECT_EQ(half->parameters().front().tensor.scalar_type(), at::kBFloat16);
  }
  EXPECT_FALSE(Model::load(directory_, {.type = at::kDouble}));
  EXPECT_FALSE(model.save(directory_, {.type = at::kLong}));
  EXPECT_FALSE(model.to(at::kCPU, at::kDouble).save(directory_, {.type = std::nullopt}));
  EXPECT_FALSE(model.save(directory_, {.max_shard_bytes = 0}));
}

TEST_F(ModelFiles, BothLayoutsOfNamesAreRead) {
  Rng rng(5);
  for (const bool tied : {true, false}) {
    const Model model = lively_model(tiny_config(tied), rng);
    ASSERT_TRUE(model.save(directory_));
    rename_weights(newer_name);
    const auto loaded = Model::load(directory_);
    ASSERT_TRUE(loaded) << to_string(loaded.error());
    expect_equal(model, *loaded);
  }
}

TEST_F(ModelFiles, TensorsThatAreTooManyOrTooFew) {
  Rng rng(6);
  const Model model = lively_model(tiny_config(true), rng);
  const fs::path path = directory_ / "model.safetensors";
  const auto with = [&](const std::string& name, const std::vector<std::int64_t>& shape,
                        std::span<const std::byte> bytes) {
    ASSERT_TRUE(model.save(directory_));
    const auto file = SafetensorsFile::open(path);
    ASSERT_TRUE(file);
    auto views = file->tensors();
    views[name] = {DType::F32, shape, bytes};
    ASSERT_TRUE(write_safetensors(path, views));
  };
  const std::vector<float> values(53 * 24, 0.5F);
  const auto bytes = std::as_bytes(std::span(values));
  with("model.layers.0.self_attn.rotary_emb.inv_freq", {4}, bytes.first(16));
  EXPECT_EQ(error(), "no error") << "old versions of transformers wrote these";
  with("model.layers.2.mlp.up_proj.weight", {4}, bytes.first(16));
  EXPECT_NE(error().find("'model.layers.2.mlp.up_proj.weight' (4) has no place"), std::string::npos)
      << error();
  with("bad\nname", {4}, bytes.first(16));
  EXPECT_NE(error().find("bad?name"), std::string::npos) << error();
  with("model.language_model.norm.weight", {24}, bytes.first(96));
  EXPECT_NE(error().find("there twice"), std::string::npos) << error();
  with("lm_head.weight", {53, 24}, bytes);
  EXPECT_NE(error().find("tie_word_embeddings"), std::string::npos) << error();
  const at::Tensor embedding = model.parameters().front().tensor;
  with("lm_head.weight", {53, 24}, {static_cast<const std::byte*>(embedding.data_ptr()), embedding.nbytes()});
  EXPECT_EQ(error(), "no error") << "the head that is tied, written out";

  ASSERT_TRUE(model.save(directory_));
  rename_weights([](const std::string& name) { return name == "visual.merger.ln_q.weight" ? "" : name; });
  EXPECT_NE(error().find("'visual.merger.ln_q.weight' (16) is missing"), std::string::npos) << error();
  ASSERT_TRUE(model.save(directory_));
  rename_weights(
      [](const std::string& name) { return name == "model.norm.weight" ? "model.nrom.weight" : name; });
  EXPECT_NE(error().find("'model.norm.weight' (24) is missing"), std::string::npos) << error();
  const Model untied = lively_model(tiny_config(false), rng);
  ASSERT_TRUE(untied.save(directory_));
  rename_weights([](const std::string& name) { return name == "lm_head.weight" ? "" : name; });
  EXPECT_NE(error().find("'lm_head.weight' (53, 24) is missing"), std::string::npos) << error();
}

TEST_F(ModelFiles, ShardsThatDisagreeWithTheirIndex) {
  Rng rng(7);
  const Model model = lively_model(tiny_config(), rng);
  ASSERT_TRUE(model.save(directory_, {.max_shard_bytes = 20000}));
  const auto good = contents();
  const auto restore = [&] {
    for (const auto& [name, bytes] : good) ASSERT_TRUE(write_file_atomic(directory_ / name, bytes));
  };
  const Json index = Json::parse(good.at("model.safetensors.index.json"));
  const std::string first = index["weight_map"]["model.embed_tokens.weight"];
  const std::string other = index["weight_map"]["visual.merger.mlp.2.weight"];
  ASSERT_NE(first, other);
  const auto with = [&](const Json& changed) {
    EXPECT_TRUE(write_file_atomic(directory_ / "model.safetensors.index.json", dump_json(changed)));
    const std::string text = error();
    restore();
    return text;
  };
  Json lying = index;
  lying["weight_map"]["model.embed_tokens.weight"] = other;
  EXPECT_NE(with(lying).find("'model.embed_tokens.weight' is not in"), std::string::npos);
  lying = index;
  lying["weight_map"].erase("model.norm.weight");
  EXPECT_NE(with(lying).find("'model.norm.weight'"), std::string::npos);
  lying = index;
  lying["weight_map"]["model.norm.weight"] = "../" + first;
  EXPECT_NE(with(lying).find("same folder"), std::string::npos);

  // The same tensor in two shards: which one counts would be chance.
  {
    const auto shard = SafetensorsFile::open(directory_ / other);
    const auto source = SafetensorsFile::open(directory_ / first);
    ASSERT_TRUE(shard && source);
    auto views = shard->tensors();
    views["model.embed_tokens.weight"] = source->tensors().at("model.embed_tokens.weight");
    ASSERT_TRUE(write_safetensors(directory_ / other, views));
  }
  EXPECT_NE(error().find("'model.embed_tokens.weight' is in two files"), std::string::npos) << error();
  restore();
  ASSERT_EQ(error(), "no error");
  ASSERT_TRUE(write_file_atomic(directory_ / first, good.at(first).substr(0, good.at(first).size() - 1)));
  EXPECT_NE(error().find(first), std::string::npos) << error();
  fs::remove(directory_ / first);
  EXPECT_NE(error().find(first), std::string::npos) << error();
}

}  // namespace
}  // namespace metaspatial::vlm
