// Our model beside Hugging Face transformers: the checkpoints and expected values that tools/hf_parity.py
// wrote. Reads tests/data/hf, or the folder that METASPATIAL_HF_FIXTURES names; saves to
// METASPATIAL_HF_SAVED, if set, what transformers is to load (scripts/hf_parity.sh goes both ways).

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/vlm/decoder.hpp"
#include "metaspatial/vlm/generate.hpp"
#include "metaspatial/vlm/model.hpp"
#include "metaspatial/vlm/safetensors.hpp"
#include "metaspatial/vlm/weights.hpp"

namespace metaspatial::vlm {
namespace {

namespace fs = std::filesystem;

fs::path fixtures_folder() {
  const char* named = std::getenv("METASPATIAL_HF_FIXTURES");
  return named != nullptr ? fs::path(named) : fs::path(METASPATIAL_SOURCE_DIR) / "tests" / "data" / "hf";
}

template <typename T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(to_string(result.error()));
  return *std::move(result);
}

at::Tensor tensor_of(const SafetensorsFile& file, const std::string& name) {
  const auto found = file.tensors().find(name);
  if (found == file.tensors().end()) throw std::runtime_error("no expected tensor " + name);
  const TensorView& view = found->second;
  at::Tensor out = at::empty(view.shape, view.dtype == DType::BF16 ? at::kBFloat16 : at::kFloat);
  if (out.nbytes() != view.bytes.size()) throw std::runtime_error("type of " + name);
  std::memcpy(out.data_ptr(), view.bytes.data(), view.bytes.size());
  return out.to(at::kFloat);
}

// P6 with 8-bit values, as Pillow writes it.
std::shared_ptr<const Image> read_ppm(const fs::path& path) {
  const std::string bytes = value_of(read_file(path));
  int width = 0, height = 0, used = 0;
  if (std::sscanf(bytes.c_str(), "P6 %d %d 255%n", &width, &height, &used) != 2 || used == 0)
    throw std::runtime_error(path.string());
  auto image = std::make_shared<Image>(width, height);
  std::memcpy(image->pixels.data(), bytes.data() + used + 1, image->pixels.size());
  return image;
}

/// One prompt: a dialogue and what transformers made of it.
struct Case {
  Conversation messages;
  std::string prompt;
  std::vector<TokenId> ids;
  std::vector<PositionId> positions;
  std::vector<std::int64_t> logit_rows;
  std::vector<TokenId> answer;
  std::vector<double> gaps;  // between the two best logits of every token of the answer
};

struct Fixture {
  fs::path folder;
  std::string name;
  Json about;
  std::vector<std::shared_ptr<const Image>> pictures;
  std::vector<Case> cases;
  SafetensorsFile expected;

  [[nodiscard]] at::Tensor tensor(std::size_t row, const char* what) const {
    return tensor_of(expected, std::to_string(row) + "." + what);
  }
};

Fixture read_fixture(const fs::path& folder) {
  const fs::path expected = folder / "expected";
  Fixture out{folder,
              folder.filename().string(),
              value_of(parse_json(value_of(read_file(expected / "cases.json")), "cases.json")),
              {},
              {},
              value_of(SafetensorsFile::open(expected / "expected.safetensors"))};
  for (std::size_t i = 0; i < out.about["grids"].size(); ++i)
    out.pictures.push_back(read_ppm(expected / (std::to_string(i) + ".ppm")));
  for (const Json& json : out.about["cases"]) {
    Case one;
    one.prompt = json["prompt"].get<std::string>();
    one.ids = json["ids"].get<std::vector<TokenId>>();
    for (std::size_t t = 0; t < one.ids.size(); ++t) {
      const Json& p = json["positions"];
      one.positions.push_back(
          {p[0][t].get<std::int32_t>(), p[1][t].get<std::int32_t>(), p[2][t].get<std::int32_t>()});
    }
    one.logit_rows = json["logit_rows"].get<std::vector<std::int64_t>>();
    one.answer = json["answer"].get<std::vector<TokenId>>();
    one.gaps = json["gaps"].get<std::vector<double>>();
    for (const Json& message : json["messages"]) {
      const auto role = message["role"].get<std::string>();
      Message made{role == "system" ? Role::System : role == "user" ? Role::User : Role::Assistant, {}};
      for (const Json& part : message["parts"]) {
        if (part.contains("picture")) {
          made.parts.emplace_back(out.pictures.at(part["picture"].get<std::size_t>()));
        } else {
          made.parts.emplace_back(part["text"].get<std::string>());
        }
      }
      one.messages.push_back(std::move(made));
    }
    out.cases.push_back(std::move(one));
  }
  return out;
}

const std::vector<Fixture>& fixtures() {
  static const std::vector<Fixture> all = [] {
    std::vector<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(fixtures_folder()))
      if (fs::exists(entry.path() / "expected")) folders.push_back(entry.path());
    std::sort(folders.begin(), folders.end());
    std::vector<Fixture> out;
    for (const fs::path& folder : folders) out.push_back(read_fixture(folder));
    return out;
  }();
  return all;
}

void report(const Fixture& fixture, const char* quantity, double value) {
  std::printf("[ parity   ] %-10s %-40s %.2e\n", fixture.name.c_str(), quantity, value);
}

// Largest difference over the largest expected value: NaN, too, is no equality.
double relative_error(const at::Tensor& ours, const at::Tensor& theirs) {
  EXPECT_EQ(ours.sizes(), theirs.sizes());
  return (ours - theirs).abs().max().item<double>() / theirs.abs().max().item<double>();
}

// Length of the difference over the expected values' length: for types whose rounding is most of it.
double relative_length(const at::Tensor& ours, const at::Tensor& theirs) {
  EXPECT_EQ(ours.sizes(), theirs.sizes());
  return (ours - theirs).norm().item<double>() / theirs.norm().item<double>();
}

Sequence encoded(const Processor& processor, const Case& one) {
  PositionCursor cursor = processor.cursor();
  return value_of(processor.encode(one.messages, true, cursor));
}

Sequence part_of(const Sequence& whole, std::size_t begin, std::size_t end, TokenId image_token) {
  Sequence out;
  out.ids.assign(whole.ids.begin() + static_cast<std::ptrdiff_t>(begin),
                 whole.ids.begin() + static_cast<std::ptrdiff_t>(end));
  out.positions.assign(whole.positions.begin() + static_cast<std::ptrdiff_t>(begin),
                       whole.positions.begin() + static_cast<std::ptrdiff_t>(end));
  if (std::count(out.ids.begin(), out.ids.end(), image_token) > 0) out.images = whole.images;
  return out;
}

// The sequence as a group: the first `cut` tokens as prefix. A prefix with a picture has all of them.
SequenceGroup cut_at(const Sequence& whole, std::size_t cut, TokenId image_token) {
  return {part_of(whole, 0, cut, image_token), {part_of(whole, cut, whole.ids.size(), image_token)}};
}

// Logits of all rows by the packed path.
at::Tensor packed_logits(const Model& model, const Sequence& sequence) {
  SequenceGroup group = cut_at(sequence, 1, model.config().image_token_id);
  // Of a suffix's rows the last predicts nothing, so one more token makes all rows wanted.
  group.suffixes[0].ids.push_back(0);
  group.suffixes[0].positions.push_back(sequence.positions.back());
  const GroupView view{&group.prefix, group.suffixes};
  const at::Tensor hidden =
      decode(model.impl(), pack(model.config(), std::span(&view, 1), Wanted::Predictions), false);
  const at::Tensor& head = model.impl().head();
  return at::matmul(hidden.to(head.scalar_type()), head.t()).to(at::kFloat);
}

TEST(HfParity, FixturesAreThere) {
  EXPECT_FALSE(fixtures().empty()) << fixtures_folder();
}

TEST(HfParity, TokenIdsAreEqual) {
  for (const Fixture& fixture : fixtures()) {
    const Tokenizer tokenizer = value_of(Tokenizer::load(fixture.folder / "tokenizer.json"));
    const std::string bytes = value_of(read_file(fixture.folder / "expected" / "strings.bin"));
    std::size_t at = 0;
    const auto varint = [&] {
      std::size_t value = 0;
      for (int shift = 0;; shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes.at(at++));
        value |= static_cast<std::size_t>(byte & 0x7F) << shift;
        if (byte < 0x80) return value;
      }
    };
    int texts = 0, different = 0;
    while (at < bytes.size()) {
      const std::size_t length = varint();
      const std::string_view text = std::string_view(bytes).substr(at, length);
      at += length;
      std::vector<TokenId> ids(varint());
      for (TokenId& id : ids) id = static_cast<TokenId>(varint());
      ++texts;
      if (tokenizer.encode(text) == ids) continue;
      if (++different <= 5)
        ADD_FAILURE() << fixture.name << " text " << texts << ": " << testing::PrintToString(text);
    }
    EXPECT_EQ(different, 0) << fixture.name << ", of " << texts;
    EXPECT_GT(texts, 0);
    report(fixture, "texts with equal token ids", texts - different);
  }
}

TEST(HfParity, PatchesAreEqual) {
  for (const Fixture& fixture : fixtures()) {
    const Processor processor = value_of(Processor::load(fixture.folder));
    const ImageProcessorConfig& config = processor.image_config();
    const auto area = static_cast<std::size_t>(config.patch_size * config.patch_size);
    double worst = 0.0;
    for (std::size_t i = 0; i < fixture.pictures.size(); ++i) {
      const ImagePatches patches = value_of(preprocess_image(*fixture.pictures[i], config));
      const Json& grid = fixture.about["grids"][i];
      EXPECT_EQ(Json({1, patches.grid_h, patches.grid_w}), grid) << fixture.name << " picture " << i;
      const std::string levels =
          value_of(read_file(fixture.folder / "expected" / (std::to_string(i) + ".levels")));
      const auto frames = static_cast<std::size_t>(config.temporal_patch_size);
      ASSERT_EQ(patches.patches.size(), levels.size() * frames);
      for (std::size_t p = 0; p < patches.patches.size(); ++p) {
        const std::size_t plane = p / area;  // patch, channel, frame
        const std::size_t channel = plane / frames % 3;
        const double ours =
            255.0 * (patches.patches[p] * config.image_std[channel] + config.image_mean[channel]);
        const auto theirs = static_cast<unsigned char>(levels[plane / frames * area + p % area]);
        worst = std::max(worst, std::abs(ours - theirs));
      }
    }
    report(fixture, "patches, in levels of 255", worst);
    EXPECT_LE(worst, 0.01) << fixture.name;  // the levels themselves are equal; the issue asks for 1
  }
}

TEST(HfParity, PromptsAndPositionsAreEqual) {
  for (const Fixture& fixture : fixtures()) {
    const Processor processor = value_of(Processor::load(fixture.folder));
    for (const Case& one : fixture.cases) {
      const Sequence sequence = encoded(processor, one);
      EXPECT_EQ(sequence.ids, one.ids) << fixture.name << ": " << one.prompt;
      EXPECT_EQ(sequence.positions, one.positions) << fixture.name << ": " << one.prompt;
      // The rendered text has one token per picture.
      std::vector<TokenId> once = sequence.ids;
      once.erase(
          std::unique(once.begin(), once.end(),
                      [&](TokenId a, TokenId b) { return a == b && a == processor.config().image_token_id; }),
          once.end());
      EXPECT_EQ(processor.tokenizer().decode(once),
                processor.tokenizer().decode(processor.tokenizer().encode(one.prompt)));
    }
    report(fixture, "prompts with equal ids and positions", static_cast<double>(fixture.cases.size()));
  }
}

TEST(HfParity, LogitsAreEqual) {
  const c10::AutoGradMode no_gradient(false);
  for (const Fixture& fixture : fixtures()) {
    const Processor processor = value_of(Processor::load(fixture.folder));
    const Model model = value_of(Model::load(fixture.folder));
    const Model lower = model.to(at::kCPU, at::kBFloat16);
    const TokenId image_token = model.config().image_token_id;
    double slow = 0.0, packed = 0.0, scores = 0.0;
    double bf16 = 0.0, bf16_max = 0.0, bf16_ours = 0.0, bf16_theirs = 0.0;
    std::vector<SequenceGroup> groups;  // every prompt twice: cut after its first token and near its end
    std::vector<at::Tensor> expected_scores;
    for (std::size_t i = 0; i < fixture.cases.size(); ++i) {
      const Sequence sequence = encoded(processor, fixture.cases[i]);
      const at::Tensor rows = long_tensor(fixture.cases[i].logit_rows);
      const at::Tensor theirs = fixture.tensor(i, "logits");
      slow = std::max(slow, relative_error(model.logits_reference(sequence).index_select(0, rows), theirs));
      packed = std::max(packed, relative_error(packed_logits(model, sequence).index_select(0, rows), theirs));
      const at::Tensor ours_lower = packed_logits(lower, sequence).index_select(0, rows);
      const at::Tensor theirs_lower = fixture.tensor(i, "logits_bf16");
      bf16 = std::max(bf16, relative_length(ours_lower, theirs_lower));
      bf16_max = std::max(bf16_max, relative_error(ours_lower, theirs_lower));
      bf16_ours = std::max(bf16_ours, relative_length(ours_lower, theirs));
      bf16_theirs = std::max(bf16_theirs, relative_length(theirs_lower, theirs));
      const at::Tensor log_probs = fixture.tensor(i, "log_probs");
      for (const std::size_t cut : {std::size_t{1}, sequence.ids.size() - 4}) {
        groups.push_back(cut_at(sequence, cut, image_token));
        expected_scores.push_back(log_probs.slice(0, static_cast<std::int64_t>(cut)));
        auto& last = groups.back().suffixes[0].ids;  // a picture's tokens score 0 here
        for (std::size_t s = 0; s < last.size(); ++s)
          if (last[s] == image_token) expected_scores.back()[static_cast<std::int64_t>(s)] = 0.0;
      }
    }
    const auto ours = model.score(groups);  // all in one pack
    for (std::size_t b = 0; b < groups.size(); ++b)
      scores = std::max(scores, relative_error(ours[b][0].log_prob, expected_scores[b]));
    report(fixture, "logits, float32, readable path", slow);
    report(fixture, "logits, float32, packed path", packed);
    report(fixture, "log-probabilities, float32, score()", scores);
    report(fixture, "logits, bfloat16, packed path", bf16);
    report(fixture, "  the largest", bf16_max);
    report(fixture, "  ours beside their float32", bf16_ours);
    report(fixture, "  theirs beside their float32", bf16_theirs);
    EXPECT_LE(slow, 1e-4) << fixture.name;
    EXPECT_LE(packed, 1e-4) << fixture.name;
    EXPECT_LE(scores, 1e-4) << fixture.name;
    // Two forward passes that round at different places differ by both roundings.
    EXPECT_LE(bf16, std::max(2e-2, 2.0 * bf16_theirs)) << fixture.name;
  }
}

// The gradient of the weighted log-probabilities with respect to every parameter.
void backward(const Fixture& fixture, const Processor& processor, const Model& model) {
  std::vector<SequenceGroup> groups;
  for (const Case& one : fixture.cases)
    groups.push_back(cut_at(encoded(processor, one), 1, model.config().image_token_id));
  const auto scores = model.score(groups);
  at::Tensor loss = at::zeros({});
  for (std::size_t i = 0; i < groups.size(); ++i)
    loss = loss + (scores[i][0].log_prob * fixture.tensor(i, "loss_weights").slice(0, 1)).sum();
  loss.backward();
}

TEST(HfParity, GradientsAreEqual) {
  for (const Fixture& fixture : fixtures()) {
    const Processor processor = value_of(Processor::load(fixture.folder));
    const Model model = value_of(Model::load(fixture.folder));
    backward(fixture, processor, model);
    double largest = 0.0;
    for (const NamedTensor& parameter : model.parameters())
      largest =
          std::max(largest, tensor_of(fixture.expected, "grad." + parameter.name).abs().max().item<double>());
    double worst = 0.0;
    std::string worst_name;
    for (const NamedTensor& parameter : model.parameters()) {
      const at::Tensor theirs = tensor_of(fixture.expected, "grad." + parameter.name);
      const at::Tensor ours =
          parameter.tensor.grad().defined() ? parameter.tensor.grad() : at::zeros_like(theirs);
      ASSERT_EQ(ours.sizes(), theirs.sizes()) << parameter.name;
      // Some are sums that cancel to nearly nothing: these are held to the whole gradient's size.
      const double scale = std::max(theirs.abs().max().item<double>(), 1e-4 * largest);
      const double error = (ours - theirs).abs().max().item<double>() / scale;
      if (!(error <= worst)) {
        worst = error;
        worst_name = parameter.name;
      }
    }
    report(fixture, "gradients, worst parameter", worst);
    EXPECT_LE(worst, 1e-3) << fixture.name << " " << worst_name;
  }
}

TEST(HfParity, GreedyAnswersAreEqual) {
  for (const Fixture& fixture : fixtures()) {
    const Processor processor = value_of(Processor::load(fixture.folder));
    const Model model = value_of(Model::load(fixture.folder));
    std::vector<GenerationGroup> groups;
    for (const Case& one : fixture.cases) {
      PositionCursor cursor = processor.cursor();
      const Sequence prompt = value_of(processor.encode(one.messages, true, cursor));
      groups.push_back({prompt, {Sequence{}}, {cursor}, {0}});
    }
    SamplingParams greedy;
    greedy.temperature = 0.0;
    greedy.max_new_tokens = 64;
    greedy.forbid_image_token = false;
    const auto answers = generate(model, groups, greedy);
    int compared = 0;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const Case& one = fixture.cases[i];
      const std::vector<TokenId>& ours = answers[i][0].ids;
      std::size_t same = 0;
      while (same < ours.size() && same < one.answer.size() && ours[same] == one.answer[same]) ++same;
      compared += static_cast<int>(same);
      if (same == one.answer.size() && same == ours.size()) continue;
      // Two tokens that are equally good may change places, and what follows then differs.
      ASSERT_LT(same, one.answer.size()) << fixture.name << ": goes on after the end";
      EXPECT_LE(one.gaps[same], 1e-3) << fixture.name << " prompt " << i << " token " << same;
    }
    report(fixture, "equal tokens of greedy answers", compared);
  }
}

TEST(HfParity, SavesForTransformers) {
  const char* named = std::getenv("METASPATIAL_HF_SAVED");
  const fs::path root = named != nullptr ? fs::path(named) : fs::path(testing::TempDir()) / "hf_saved";
  for (const Fixture& fixture : fixtures()) {
    const Processor processor = value_of(Processor::load(fixture.folder));
    Model model = value_of(Model::load(fixture.folder));
    backward(fixture, processor, model);
    const c10::AutoGradMode no_gradient(false);
    for (const NamedTensor& parameter : model.parameters())  // a step of training
      if (parameter.tensor.grad().defined())
        at::Tensor(parameter.tensor).sub_(parameter.tensor.grad() * 0.01);
    const fs::path folder = root / fixture.name;
    fs::create_directories(folder / "logits");
    ASSERT_TRUE(model.save(folder));
    const Model again = value_of(Model::load(folder));
    std::map<std::string, TensorView> views;
    std::vector<at::Tensor> alive;
    for (std::size_t i = 0; i < fixture.cases.size(); ++i) {
      const Sequence sequence = encoded(processor, fixture.cases[i]);
      alive.push_back(packed_logits(model, sequence).contiguous());
      EXPECT_TRUE(alive.back().equal(packed_logits(again, sequence))) << fixture.name;
      views[std::to_string(i) + ".logits"] = {
          DType::F32,
          alive.back().sizes().vec(),
          {static_cast<const std::byte*>(alive.back().data_ptr()), alive.back().nbytes()}};
    }
    ASSERT_TRUE(write_safetensors(folder / "logits" / "logits.safetensors", views));
    if (named == nullptr) fs::remove_all(folder);
  }
}

}  // namespace
}  // namespace metaspatial::vlm
