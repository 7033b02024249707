#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/message.hpp"
#include "metaspatial/vlm/config.hpp"
#include "metaspatial/vlm/tokenizer.hpp"

namespace metaspatial::vlm {

/// A picture as the vision tower takes it.
///
/// Shape    patches: (grid_h * grid_w, channels * temporal_patch * patch * patch), row-major, patches in the
///          merge-block order of Qwen2-VL's processor. Merged tokens: grid_h * grid_w / merge^2.
struct ImagePatches {
  int grid_h = 0;
  int grid_w = 0;
  std::vector<float> patches;
};

/// smart_resize: the size, a multiple of `factor` on both sides, within the pixel limits, that keeps the
/// aspect.   Source  transformers 5.24, Qwen2VLImageProcessor.
[[nodiscard]] std::array<int, 2> smart_resize(int height, int width, int factor, int min_pixels,
                                              int max_pixels);
/// Resizes (bicubic with antialias), normalises, cuts into patches: as transformers' fast image processor
/// (torchvision) does, which is the default since 4.56.
/// Errors   InvalidInput for an empty picture or an aspect ratio above 200.
[[nodiscard]] Result<ImagePatches> preprocess_image(const Image& image, const ImageProcessorConfig& config);

/// Rope position ids: temporal, height, width.
using PositionId = std::array<std::int32_t, 3>;

/// Hands out position ids token by token, so that generation continues where the prompt stopped. A value
/// type.
class PositionCursor {
 public:
  explicit PositionCursor(const VlmConfig& config) : config_(&config) {}
  /// Whether no token was placed yet.
  [[nodiscard]] bool at_start() const { return index_ == 0; }
  /// The position of a text token.
  [[nodiscard]] PositionId next(TokenId token);
  /// The positions of one picture's merged tokens, row by row.
  void image(int merged_rows, int merged_columns, std::vector<PositionId>& out);

 private:
  const VlmConfig* config_;
  std::int32_t index_ = 0;  // structured: tokens so far; standard: next free position
  std::int32_t line_ = 0;
  std::int32_t column_ = 0;
  bool after_message_token_ = false;
  bool in_answer_ = false;
};

/// Tokens with their positions and pictures: what the model reads. image tokens of `ids` correspond to
/// `images` in order.
struct Sequence {
  std::vector<TokenId> ids;
  std::vector<PositionId> positions;
  std::vector<std::shared_ptr<const ImagePatches>> images;
};

/// Tokenizer, image processor and chat template of one model directory.
///
/// The template is not run: ChatML is written, and of the directory's template (chat_template.jinja,
/// chat_template.json, or in tokenizer_config.json) only the default system message is taken, which
/// Qwen2.5-VL's puts before a dialogue that does not begin with one ("You are a helpful assistant.").
///
/// Threads  const and safe to share.
class Processor {
 public:
  /// Reads config.json, tokenizer.json, processor_config.json or preprocessor_config.json, and the template.
  /// Errors   InvalidInput naming file and key; a template that is not ChatML is refused.
  [[nodiscard]] static Result<Processor> load(const std::filesystem::path& model_directory);

  /// ChatML: "<|im_start|>role\n" parts "<|im_end|>\n" per message; a picture is <|vision_start|>, its
  /// <|image_pad|> tokens, <|vision_end|>. With `generation_prompt`, "<|im_start|>assistant\n" follows.
  /// `cursor` continues from an earlier part of the same dialogue, so that encode(a + b) == encode(a) then
  /// encode(b); the template's default system message comes first where the cursor is at its start.
  [[nodiscard]] Result<Sequence> encode(const Conversation& messages, bool generation_prompt,
                                        PositionCursor& cursor) const;
  /// The same for raw text inside a message (an assistant's answer that is being taught): no roles added.
  [[nodiscard]] Sequence encode_text(std::string_view text, PositionCursor& cursor) const;

  [[nodiscard]] const Tokenizer& tokenizer() const { return tokenizer_; }
  [[nodiscard]] const VlmConfig& config() const { return *config_; }
  [[nodiscard]] const ImageProcessorConfig& image_config() const { return image_; }
  [[nodiscard]] PositionCursor cursor() const { return PositionCursor(*config_); }

 private:
  Processor(Tokenizer tokenizer, std::shared_ptr<const VlmConfig> config, ImageProcessorConfig image,
            std::string default_system)
      : tokenizer_(std::move(tokenizer)),
        config_(std::move(config)),
        image_(image),
        default_system_(std::move(default_system)) {}
  Tokenizer tokenizer_;
  std::shared_ptr<const VlmConfig> config_;
  ImageProcessorConfig image_;
  std::string default_system_;  // empty: none
};

}  // namespace metaspatial::vlm
