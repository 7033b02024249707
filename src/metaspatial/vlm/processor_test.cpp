#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/vlm/nano_tokenizer.hpp"
#include "metaspatial/vlm/sequence.hpp"

namespace metaspatial::vlm {
namespace {

using Size = std::array<int, 2>;

// ---- config ----

// A published-style config.json of a small model: 2 layers, head size 16.
Json small_config() {
  return Json::parse(R"({
    "architectures": ["Qwen2_5_VLForConditionalGeneration"], "model_type": "qwen2_5_vl",
    "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "vocab_size": 300, "rms_norm_eps": 1e-06, "rope_theta": 10000.0,
    "tie_word_embeddings": true, "max_position_embeddings": 4096, "hidden_act": "silu",
    "image_token_id": 261, "vision_start_token_id": 259, "vision_end_token_id": 260, "eos_token_id": 258,
    "pad_token_id": 256, "use_sliding_window": false, "sliding_window": 32768, "torch_dtype": "bfloat16",
    "rope_scaling": {"type": "mrope", "mrope_section": [4, 2, 2]},
    "vision_config": {"depth": 2, "hidden_act": "silu", "hidden_size": 32, "intermediate_size": 48,
      "num_heads": 2, "in_chans": 3, "out_hidden_size": 64, "patch_size": 14, "spatial_merge_size": 2,
      "spatial_patch_size": 14, "window_size": 56, "fullatt_block_indexes": [1],
      "tokens_per_second": 2, "temporal_patch_size": 2}})");
}

std::string config_error(const Json& json) {
  const auto config = read_config(json, "config.json");
  return config ? "no error" : to_string(config.error());
}

TEST(Config, ReadsTheFlatForm) {
  const auto config = read_config(small_config(), "config.json");
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(config->hidden_size, 64);
  EXPECT_EQ(config->head_size(), 16);
  EXPECT_EQ(config->mrope_section, (std::vector<int>{4, 2, 2}));
  EXPECT_TRUE(config->tie_word_embeddings);
  EXPECT_EQ(config->vision.in_channels, 3);
  EXPECT_EQ(config->vision.fullatt_block_indexes, std::vector<int>{1});
  EXPECT_EQ(config->pad_token_id, 256);
  EXPECT_FALSE(config->positions.structured);
}

TEST(Config, ReadsTheNestedForm) {
  Json nested = small_config();
  Json text = Json::object();
  for (const char* key :
       {"hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
        "vocab_size", "rms_norm_eps", "eos_token_id", "pad_token_id"}) {
    text[key] = nested[key];
    nested.erase(key);
  }
  text["rope_parameters"] = {{"rope_type", "default"}, {"mrope_section", {4, 2, 2}}, {"rope_theta", 10000.0}};
  nested.erase("rope_scaling");
  nested.erase("rope_theta");
  text["model_type"] = "qwen2_5_vl_text";
  nested["text_config"] = text;
  const auto flat = read_config(small_config(), "flat");
  const auto config = read_config(nested, "nested");
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(config_json(*config), config_json(*flat));
}

TEST(Config, TiesIfEitherPlaceSaysSo) {
  Json json = small_config();
  json["tie_word_embeddings"] = false;
  EXPECT_FALSE(read_config(json, "c")->tie_word_embeddings);
  json["text_config"] = {{"tie_word_embeddings", true}};
  EXPECT_TRUE(read_config(json, "c")->tie_word_embeddings);
  json["tie_word_embeddings"] = true;
  json["text_config"] = {{"tie_word_embeddings", false}};
  EXPECT_TRUE(read_config(json, "c")->tie_word_embeddings);
}

TEST(Config, OfSeveralEndsTheFirstIsTheTurns) {
  Json json = small_config();
  json["eos_token_id"] = {258, 256};
  const auto config = read_config(json, "c");
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(config->eos_token_id, 258);
  EXPECT_TRUE(config->ends_answer(258));
  EXPECT_TRUE(config->ends_answer(256));
  EXPECT_FALSE(config->ends_answer(257));
}

TEST(Config, WritesWhatItReads) {
  auto config = *read_config(small_config(), "config.json");
  config.positions.structured = true;
  config.positions.line_tokens = {270, 271};
  config.positions.message_token = 257;
  config.head_dim = 16;
  const Json written = config_json(config);
  EXPECT_EQ(written["model_type"], "qwen2_5_vl");
  EXPECT_EQ(written["architectures"][0], "Qwen2_5_VLForConditionalGeneration");
  EXPECT_EQ(written["torch_dtype"], "float32");
  const auto again = read_config(written, "again");
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(config_json(*again), written);
  EXPECT_EQ(again->positions.line_tokens, (std::vector<std::int32_t>{270, 271}));
}

TEST(Config, DefaultsAreAValidModel) {
  // The defaults are those of the published 3B model.
  const auto again = read_config(config_json(VlmConfig{}), "defaults");
  ASSERT_TRUE(again) << to_string(again.error());
}

TEST(Config, NamesTheKeyThatIsWrong) {
  const auto with = [](const char* pointer, const Json& value) {
    Json json = small_config();
    json[Json::json_pointer(pointer)] = value;
    return config_error(json);
  };
  EXPECT_EQ(config_error(small_config()), "no error");
  EXPECT_NE(with("/hidden_size", 0).find("'hidden_size'"), std::string::npos);
  EXPECT_NE(with("/hidden_size", "64").find("'hidden_size'"), std::string::npos);
  EXPECT_NE(with("/hidden_size", 1e30).find("'hidden_size'"), std::string::npos);
  EXPECT_NE(with("/hidden_size", 18446744073709551615ULL).find("'hidden_size'"), std::string::npos);
  EXPECT_NE(with("/num_key_value_heads", 3).find("'num_key_value_heads'"), std::string::npos);
  EXPECT_NE(with("/rope_scaling/mrope_section", {4, 2}).find("mrope_section"), std::string::npos);
  EXPECT_NE(with("/rope_scaling/mrope_section", {4, 2, 4}).find("mrope_section"), std::string::npos);
  EXPECT_NE(with("/rope_scaling/type", "yarn").find("rope_scaling.type"), std::string::npos);
  EXPECT_NE(with("/vision_config/depth", 1).find("fullatt_block_indexes"), std::string::npos);
  EXPECT_NE(with("/vision_config/out_hidden_size", 32).find("out_hidden_size"), std::string::npos);
  EXPECT_NE(with("/vision_config/window_size", 27).find("vision_config.window_size"), std::string::npos);
  EXPECT_EQ(with("/vision_config/window_size", 60),
            "no error");  // two merged tokens wide, as in transformers
  EXPECT_NE(
      with("/vision_config/rope_parameters", {{"rope_theta", 500.0}}).find("vision_config.rope_parameters"),
      std::string::npos);
  EXPECT_NE(with("/layer_types", {"full_attention", "sliding_attention"}).find("layer_types"),
            std::string::npos);
  EXPECT_NE(with("/eos_token_id", {258, "x"}).find("eos_token_id"), std::string::npos);
  EXPECT_NE(with("/model_type", "qwen2_vl").find("model_type"), std::string::npos);
  EXPECT_NE(with("/vision_config", 3).find("vision_config"), std::string::npos);
  EXPECT_NE(with("/image_token_id", 300).find("image_token_id"), std::string::npos);
  EXPECT_NE(with("/model_type", "llama").find("model_type"), std::string::npos);
  EXPECT_NE(with("/use_sliding_window", true).find("use_sliding_window"), std::string::npos);
  EXPECT_NE(with("/metaspatial_positions", {{"line_tokens", {999}}}).find("line_tokens"), std::string::npos);
  EXPECT_NE(config_error(Json::array()).find("object"), std::string::npos);
}

TEST(ImageProcessorConfig, ReadsBothSpellingsOfTheLimits) {
  ImageProcessorConfig config;
  config.min_pixels = 784;
  config.max_pixels = 12544;
  Json json = image_processor_config_json(config);
  EXPECT_EQ(read_image_processor_config(json, "p")->max_pixels, 12544);
  json.erase("min_pixels");
  json.erase("max_pixels");
  EXPECT_EQ(read_image_processor_config(json, "p")->min_pixels, 784);
  EXPECT_EQ(read_image_processor_config(json, "p")->max_pixels, 12544);
  json["resample"] = 2;
  EXPECT_FALSE(read_image_processor_config(json, "p"));
  EXPECT_FALSE(read_image_processor_config({{"image_std", {1.0, 0.0, 1.0}}}, "p"));
  EXPECT_FALSE(read_image_processor_config({{"min_pixels", 100}, {"max_pixels", 99}}, "p"));
}

// ---- pictures ----

TEST(SmartResize, FollowsThePublicFormula) {
  constexpr int kMax = 28 * 28 * 1280;
  EXPECT_EQ(smart_resize(224, 224, 28, 3136, kMax), (Size{224, 224}));
  // 38.6 and 68.6 blocks, rounded: 39 and 69.
  EXPECT_EQ(smart_resize(1080, 1920, 28, 3136, 28 * 28 * 16384), (Size{1092, 1932}));
  // Too many pixels: divided by sqrt(1080 * 1920 / 1003520) = 1.4375 and floored: 26 and 47 blocks.
  EXPECT_EQ(smart_resize(1080, 1920, 28, 3136, kMax), (Size{728, 1316}));
  // Too few: times sqrt(3136 / 100) = 5.6 and up to whole blocks.
  EXPECT_EQ(smart_resize(10, 10, 28, 3136, kMax), (Size{56, 56}));
  // Halves go to the even block: 70 / 28 = 2.5 -> 2 and 42 / 28 = 1.5 -> 2.
  EXPECT_EQ(smart_resize(70, 42, 28, 3136, kMax), (Size{56, 56}));
  // A side shorter than half a block rounds to 0, and 0 pixels are too few: times sqrt(784 / 10000) = 0.28
  // and up to whole blocks, 280 and 2.8.
  EXPECT_EQ(smart_resize(1000, 10, 28, 784, 28 * 28 * 4), (Size{280, 28}));
  // Too many, and floored to less than a block: a side never falls below one.
  EXPECT_EQ(smart_resize(1000, 20, 28, 784, 28 * 28 * 4), (Size{392, 28}));
}

ImageProcessorConfig plain_config(int patch, int merge, int pixels) {
  ImageProcessorConfig config;
  config.patch_size = patch;
  config.merge_size = merge;
  config.min_pixels = pixels;
  config.max_pixels = pixels;
  config.image_mean = {0.0, 0.0, 0.0};
  config.image_std = {1.0, 1.0, 1.0};
  return config;
}

// 0..255 of the pixel at (x, y) in patches of a picture that is `merge` blocks in order; from the definition.
int pixel_of(const ImagePatches& patches, const ImageProcessorConfig& config, int x, int y, int channel,
             int frame = 0) {
  const int p = config.patch_size;
  const int m = config.merge_size;
  const int row = y / p;
  const int column = x / p;
  const int blocks_per_row = patches.grid_w / m;
  const int index = ((row / m) * blocks_per_row + column / m) * m * m + (row % m) * m + column % m;
  const int offset = ((channel * config.temporal_patch_size + frame) * p + y % p) * p + x % p;
  const auto at =
      static_cast<std::size_t>(index) * static_cast<std::size_t>(3 * config.temporal_patch_size * p * p) +
      static_cast<std::size_t>(offset);
  return static_cast<int>(std::lround(patches.patches.at(at) * 255.0F));
}

TEST(ImageProcessor, CutsPatchesInMergeBlockOrder) {
  // 4 x 6 patches of 2 pixels; each pixel's red names its patch.
  Image image(12, 8);
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 12; ++x) image.at(x, y)[0] = static_cast<std::uint8_t>(10 * (y / 2) + x / 2);
  const auto config = plain_config(2, 2, 96);
  const auto patches = preprocess_image(image, config);
  ASSERT_TRUE(patches) << to_string(patches.error());
  EXPECT_EQ(patches->grid_h, 4);
  EXPECT_EQ(patches->grid_w, 6);
  ASSERT_EQ(patches->patches.size(), 24U * 3 * 2 * 4);
  const std::vector<int> expected{0,  1,  10, 11, 2,  3,  12, 13, 4,  5,  14, 15,
                                  20, 21, 30, 31, 22, 23, 32, 33, 24, 25, 34, 35};
  for (std::size_t i = 0; i < 24; ++i)
    EXPECT_EQ(std::lround(patches->patches[i * 24] * 255.0F), expected[i]) << i;
}

TEST(ImageProcessor, LaysAPatchOutByChannelFrameRowColumn) {
  Image image(4, 4);
  Rng rng(5);
  for (auto& value : image.pixels) value = static_cast<std::uint8_t>(rng.below(256));
  const auto config = plain_config(2, 1, 16);
  const auto patches = *preprocess_image(image, config);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 4; ++x)
      for (int channel = 0; channel < 3; ++channel)
        for (int frame = 0; frame < 2; ++frame)
          EXPECT_EQ(pixel_of(patches, config, x, y, channel, frame), image.at(x, y)[channel]);
}

TEST(ImageProcessor, Normalises) {
  Image image(28, 28);
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) image.pixels[i] = 255;
  ImageProcessorConfig config;
  config.min_pixels = 784;
  const auto patches = *preprocess_image(image, config);
  EXPECT_NEAR(patches.patches[0], (1.0 - 0.48145466) / 0.26862954, 1e-6);
  EXPECT_NEAR(patches.patches[2 * 196], (0.0 - 0.4578275) / 0.26130258, 1e-6);
}

TEST(ImageProcessor, ResizingKeepsAConstant) {
  Image image(97, 61);
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<std::uint8_t>(40 + 70 * (i % 3));
  for (const int pixels : {16 * 16, 200 * 200}) {  // smaller and larger
    const auto config = plain_config(2, 2, pixels);
    const auto patches = *preprocess_image(image, config);
    for (int y = 0; y < patches.grid_h * 2; ++y)
      for (int x = 0; x < patches.grid_w * 2; ++x)
        for (int channel = 0; channel < 3; ++channel)
          ASSERT_EQ(pixel_of(patches, config, x, y, channel), 40 + 70 * channel);
  }
}

TEST(ImageProcessor, HalvingARampSamplesItBetweenPixels) {
  // v = 4x in red, 4y in green. An output pixel o covers input 2o and 2o + 1, so its centre is 2o + 0.5: 8o
  // + 2.
  Image image(56, 56);
  for (int y = 0; y < 56; ++y)
    for (int x = 0; x < 56; ++x) {
      image.at(x, y)[0] = static_cast<std::uint8_t>(4 * x);
      image.at(x, y)[1] = static_cast<std::uint8_t>(4 * y);
    }
  const auto config = plain_config(14, 2, 28 * 28);
  const auto patches = *preprocess_image(image, config);
  ASSERT_EQ(patches.grid_h, 2);
  for (int y = 2; y < 26; ++y)
    for (int x = 2; x < 26; ++x) {  // the two pixels at a border see a cut kernel
      ASSERT_EQ(pixel_of(patches, config, x, y, 0), 8 * x + 2);
      ASSERT_EQ(pixel_of(patches, config, x, y, 1), 8 * y + 2);
    }
}

TEST(ImageProcessor, UpsamplingAnEdgeOvershootsAsTheCubicDoes) {
  // One step from 100 to 200, doubled. The new pixel whose centre lies 1.25, .25, -.75, -1.75 from its four
  // neighbours has the cubic's weights (a = -.5): -.0703125, .8671875, .2265625, -.0234375.
  Image image(28, 28);
  for (int y = 0; y < 28; ++y)
    for (int x = 0; x < 28; ++x) image.at(x, y)[0] = x < 14 ? 100 : 200;
  const auto config = plain_config(14, 2, 56 * 56);
  const auto patches = *preprocess_image(image, config);
  ASSERT_EQ(patches.grid_w, 4);
  // New pixel 27: centre 13.75 in old coordinates, old centres 12.5 13.5 14.5 15.5.
  EXPECT_EQ(pixel_of(patches, config, 27, 20, 0), 120);  // 100 + 100 (.2265625 - .0234375) = 120.3
  EXPECT_EQ(pixel_of(patches, config, 28, 20, 0), 180);  // mirrored: 179.7
  EXPECT_EQ(pixel_of(patches, config, 26, 20, 0), 93);   // centre 13.25, 1.25 from the step: 100 - 7.03
  EXPECT_EQ(pixel_of(patches, config, 29, 20, 0), 207);
}

TEST(ImageProcessor, RefusesEmptyAndExtremePictures) {
  const ImageProcessorConfig config;
  EXPECT_FALSE(preprocess_image(Image(), config));
  EXPECT_FALSE(preprocess_image(Image(0, 10), config));
  EXPECT_FALSE(preprocess_image(Image(201, 1), config));
  EXPECT_TRUE(preprocess_image(Image(200, 1), config));
  Image lying(10, 10);
  lying.pixels.resize(5);
  EXPECT_FALSE(preprocess_image(lying, config));
}

// ---- positions ----

TEST(PositionCursor, StandardCountsPicturesByTheirLongerSide) {
  VlmConfig config;
  PositionCursor cursor(config);
  EXPECT_EQ(cursor.next(1), (PositionId{0, 0, 0}));
  EXPECT_EQ(cursor.next(1), (PositionId{1, 1, 1}));
  std::vector<PositionId> image;
  cursor.image(2, 3, image);
  EXPECT_EQ(image,
            (std::vector<PositionId>{{2, 2, 2}, {2, 2, 3}, {2, 2, 4}, {2, 3, 2}, {2, 3, 3}, {2, 3, 4}}));
  EXPECT_EQ(cursor.next(1), (PositionId{5, 5, 5}));  // the largest so far, plus one
}

TEST(PositionCursor, StructuredFollowsMessagesLinesAndAnswers) {
  VlmConfig config;
  config.positions = {.structured = true,
                      .line_tokens = {50, 51},
                      .message_token = 7,
                      .assistant_token = 9,
                      .line_scale = 100,
                      .column_scale = 1000,
                      .answer_column_offset = 16};
  PositionCursor cursor(config);
  EXPECT_EQ(cursor.next(7), (PositionId{0, 0, 0}));
  EXPECT_EQ(cursor.next(8), (PositionId{1, 0, 1000}));  // a user's message
  std::vector<PositionId> image;
  cursor.image(2, 2, image);
  EXPECT_EQ(image, (std::vector<PositionId>{{2, 0, 0}, {2, 0, 1000}, {2, 100, 0}, {2, 100, 1000}}));
  EXPECT_EQ(cursor.next(1), (PositionId{6, 0, 6000}));  // the picture's tokens are four of this line
  EXPECT_EQ(cursor.next(50), (PositionId{7, 100, 0}));
  EXPECT_EQ(cursor.next(9), (PositionId{8, 100, 1000}));  // the word alone makes no answer
  EXPECT_EQ(cursor.next(51), (PositionId{9, 200, 0}));
  EXPECT_EQ(cursor.next(7), (PositionId{10, 0, 0}));
  EXPECT_EQ(cursor.next(9), (PositionId{11, 0, 17000}));  // an assistant's message, from its role on
  EXPECT_EQ(cursor.next(50), (PositionId{12, 100, 16000}));
  EXPECT_EQ(cursor.next(1), (PositionId{13, 100, 17000}));
  EXPECT_EQ(cursor.next(7), (PositionId{14, 0, 0}));
  EXPECT_EQ(cursor.next(8), (PositionId{15, 0, 1000}));
}

TEST(PositionCursor, SaturatesInsteadOfOverflowing) {
  VlmConfig config;
  config.positions.structured = true;
  config.positions.column_scale = 1 << 20;
  PositionCursor cursor(config);
  PositionId last{};
  for (int i = 0; i < 3000; ++i) last = cursor.next(1);
  EXPECT_EQ(last[2], std::numeric_limits<std::int32_t>::max());
}

// ---- the whole ----

class ProcessorTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() /
                 ("metaspatial_processor_" + std::to_string(::getpid()) + "_" +
                  testing::UnitTest::GetInstance()->current_test_info()->name());
    write("config.json", small_config());
    ImageProcessorConfig image;
    image.min_pixels = 784;
    image.max_pixels = 12544;
    write("preprocessor_config.json", image_processor_config_json(image));
    write("tokenizer.json", make_nano_tokenizer(std::vector<std::string>{"bed", "1.25"}));
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  void write(const char* name, const Json& json) {
    ASSERT_TRUE(write_file_atomic(directory_ / name, dump_json(json)));
  }
  Processor load() {
    auto processor = Processor::load(directory_);
    EXPECT_TRUE(processor) << to_string(processor.error());
    return *processor;
  }
  static std::shared_ptr<const Image> picture(int width, int height) {
    return std::make_shared<Image>(width, height);
  }
  std::filesystem::path directory_;
};

TEST_F(ProcessorTest, RendersChatMl) {
  const auto processor = load();
  auto cursor = processor.cursor();
  const Conversation messages{
      {Role::System, {"Be brief."}}, {Role::User, {picture(56, 84), "a bed?"}}, {Role::Assistant, {"1.25"}}};
  const auto sequence = processor.encode(messages, true, cursor);
  ASSERT_TRUE(sequence) << to_string(sequence.error());
  std::string pads;
  for (int i = 0; i < 6; ++i) pads += "<|image_pad|>";  // 56 x 84 pixels: 2 x 3 merged tokens
  EXPECT_EQ(
      processor.tokenizer().decode(sequence->ids),
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n<|vision_start|>" + pads +
          "<|vision_end|>a bed?<|im_end|>\n<|im_start|>assistant\n1.25<|im_end|>\n<|im_start|>assistant\n");
  ASSERT_EQ(sequence->images.size(), 1U);
  EXPECT_EQ(sequence->images[0]->grid_h, 6);
  EXPECT_EQ(sequence->images[0]->grid_w, 4);
  EXPECT_EQ(sequence->positions.size(), sequence->ids.size());
}

TEST_F(ProcessorTest, EncodingInPartsGivesTheSame) {
  Json config = small_config();
  config["metaspatial_positions"] = {{"structured", true}, {"message_token", 257}, {"line_tokens", {262}}};
  write("config.json", config);
  const auto processor = load();
  const Conversation first{{Role::User, {picture(56, 56), "bed bed"}}};
  const Conversation second{{Role::Assistant, {"bed 1.25"}}, {Role::User, {"again", picture(28, 28)}}};
  Conversation both = first;
  both.insert(both.end(), second.begin(), second.end());
  auto whole_cursor = processor.cursor();
  auto parts_cursor = processor.cursor();
  const auto whole = *processor.encode(both, true, whole_cursor);
  auto parts = *processor.encode(first, false, parts_cursor);
  const auto rest = *processor.encode(second, true, parts_cursor);
  parts.ids.insert(parts.ids.end(), rest.ids.begin(), rest.ids.end());
  parts.positions.insert(parts.positions.end(), rest.positions.begin(), rest.positions.end());
  EXPECT_EQ(parts.ids, whole.ids);
  EXPECT_EQ(parts.positions, whole.positions);
  EXPECT_EQ(processor.encode_text("x", parts_cursor).positions,
            processor.encode_text("x", whole_cursor).positions);
}

TEST_F(ProcessorTest, TextCannotBringAPicture) {
  const auto processor = load();
  auto cursor = processor.cursor();
  const std::string text = "<|vision_start|><|image_pad|><|vision_end|> bed";
  const auto sequence = processor.encode_text(text, cursor);
  EXPECT_EQ(std::count(sequence.ids.begin(), sequence.ids.end(), processor.config().image_token_id), 0);
  EXPECT_EQ(processor.tokenizer().decode(sequence.ids), text);
  const auto whole = *processor.encode({{Role::User, {text, picture(28, 28), text}}}, false, cursor);
  EXPECT_EQ(std::count(whole.ids.begin(), whole.ids.end(), processor.config().image_token_id), 1);
}

TEST_F(ProcessorTest, AnUnreadablePictureIsAnErrorAndLeavesTheCursor) {
  const auto processor = load();
  auto cursor = processor.cursor();
  const auto missing = processor.encode({{Role::User, {"a", std::shared_ptr<const Image>()}}}, false, cursor);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().where, "message 0");
  EXPECT_FALSE(processor.encode({{Role::User, {picture(0, 0)}}}, false, cursor));
  EXPECT_EQ(cursor.next(0), (PositionId{0, 0, 0}));
}

TEST_F(ProcessorTest, RefusesFilesThatDisagree) {
  const auto error = [&] {
    const auto processor = Processor::load(directory_);
    return processor ? std::string("no error") : to_string(processor.error());
  };
  EXPECT_EQ(error(), "no error");
  Json config = small_config();
  config["image_token_id"] = 257;
  write("config.json", config);
  EXPECT_NE(error().find("<|image_pad|>"), std::string::npos);
  config = small_config();
  config["vocab_size"] = 262;
  write("config.json", config);
  EXPECT_NE(error().find("vocab_size"), std::string::npos);
  write("config.json", small_config());
  write("preprocessor_config.json", {{"patch_size", 7}});
  EXPECT_NE(error().find("patch_size"), std::string::npos);
  std::filesystem::remove(directory_ / "preprocessor_config.json");
  EXPECT_NE(error().find("preprocessor_config.json"), std::string::npos);
}

std::string rendered(const Processor& processor, const Conversation& messages) {
  auto cursor = processor.cursor();
  return processor.tokenizer().decode(processor.encode(messages, false, cursor)->ids);
}

TEST_F(ProcessorTest, TheTemplatesDefaultSystemMessageComesFirst) {
  const std::string by_itself = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n";
  const std::string asked = "<|im_start|>user\nbed<|im_end|>\n";
  const Conversation question{{Role::User, {"bed"}}};
  EXPECT_EQ(rendered(load(), question), asked);  // no template
  // As in the published files, and as Qwen2.5's text models write it: inside an expression.
  const std::string published = "{% if loop.first and message['role'] != 'system' %}" + by_itself +
                                "{% endif %}<|im_start|>{{ message }}";
  const std::string quoted =
      "{{- '<|im_start|>system\\n' + message.content + '<|im_end|>\\n' }}{%- else %}"
      "{{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}";
  for (const std::string& text : {published, quoted}) {
    write("tokenizer_config.json", {{"chat_template", text}});
    EXPECT_EQ(rendered(load(), question), by_itself + asked);
  }
  const Processor processor = load();
  EXPECT_EQ(rendered(processor, {{Role::System, {"1.25"}}, {Role::User, {"bed"}}}),
            "<|im_start|>system\n1.25<|im_end|>\n" + asked);
  // Not again in the middle of a dialogue.
  auto cursor = processor.cursor();
  (void)processor.encode(question, false, cursor);
  EXPECT_EQ(processor.tokenizer().decode(processor.encode(question, false, cursor)->ids), asked);
  // chat_template.json counts before tokenizer_config.json, chat_template.jinja before both.
  write("chat_template.json", {{"chat_template", "<|im_start|><|im_end|>"}});
  EXPECT_EQ(rendered(load(), question), asked);
  ASSERT_TRUE(write_file_atomic(directory_ / "chat_template.jinja", published));
  EXPECT_EQ(rendered(load(), question), by_itself + asked);
  ASSERT_TRUE(write_file_atomic(directory_ / "chat_template.jinja", "[INST] {{ message }} [/INST]"));
  const auto other = Processor::load(directory_);
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("ChatML"), std::string::npos);
}

TEST_F(ProcessorTest, ReadsTheNewerProcessorFile) {
  std::filesystem::remove(directory_ / "preprocessor_config.json");
  write("processor_config.json",
        {{"processor_class", "Qwen2_5_VLProcessor"},
         {"image_processor",
          {{"patch_size", 14}, {"size", {{"shortest_edge", 1568}, {"longest_edge", 6272}}}}}});
  EXPECT_EQ(load().image_config().min_pixels, 1568);
  EXPECT_EQ(load().image_config().max_pixels, 6272);
  // One without the image processor, of the versions between: the older file counts.
  write("processor_config.json", {{"processor_class", "Qwen2_5_VLProcessor"}});
  write("preprocessor_config.json", {{"min_pixels", 784}, {"max_pixels", 3136}});
  EXPECT_EQ(load().image_config().max_pixels, 3136);
}

TEST_F(ProcessorTest, GenerationConfigNamesTheEnds) {
  EXPECT_FALSE(load().config().ends_answer(256));
  write("generation_config.json", {{"eos_token_id", {258, 256}}});
  EXPECT_TRUE(load().config().ends_answer(256));
  EXPECT_TRUE(load().config().ends_answer(258));
  EXPECT_EQ(load().config().eos_token_id, 258);
  write("generation_config.json", {{"eos_token_id", "im_end"}});
  const auto wrong = Processor::load(directory_);
  ASSERT_FALSE(wrong);
  EXPECT_NE(to_string(wrong.error()).find("generation_config.json"), std::string::npos);
}

TEST_F(ProcessorTest, TextCannotBringAFilm) {
  Json config = small_config();
  config["video_token_id"] = 262;  // "bed", here
  write("config.json", config);
  const auto processor = load();
  auto cursor = processor.cursor();
  const auto sequence = processor.encode_text("bed", cursor);
  EXPECT_EQ(std::count(sequence.ids.begin(), sequence.ids.end(), 262), 0);
  EXPECT_EQ(processor.tokenizer().decode(sequence.ids), "bed");
}

TEST_F(ProcessorTest, FlippedConfigBytesNeverCrash) {
  const std::string good = dump_json(small_config());
  Rng rng(23);
  for (int round = 0; round < 500; ++round) {
    std::string text = good;
    for (std::size_t flips = 1 + rng.below(4); flips > 0; --flips)
      text[rng.below(text.size())] = static_cast<char>(
          rng.chance(0.5) ? '0' + static_cast<char>(rng.below(10)) : static_cast<char>(rng.below(256)));
    const auto json = parse_json(text, "config.json");
    if (!json) continue;
    if (const auto config = read_config(*json, "config.json")) {
      EXPECT_TRUE(read_config(config_json(*config), "again"));
    }
  }
}

}  // namespace
}  // namespace metaspatial::vlm
