#include <fmt/format.h>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/vlm/sequence.hpp"

namespace metaspatial::vlm {

namespace {

constexpr std::string_view kMessageStart = "<|im_start|>";
constexpr std::string_view kMessageEnd = "<|im_end|>";

std::string_view role_name(Role role) {
  switch (role) {
    case Role::System:
      return "system";
    case Role::User:
      return "user";
    case Role::Assistant:
      return "assistant";
  }
  return "user";
}

Result<Json> read_json(const std::filesystem::path& path) {
  METASPATIAL_TRY(const std::string text, read_file(path, std::size_t{8} << 20));
  return parse_json(text, path.string());
}

Result<std::shared_ptr<const ImagePatches>> read_picture(const std::shared_ptr<const Image>& image,
                                                         const ImageProcessorConfig& config,
                                                         std::size_t message) {
  const auto where = fmt::format("message {}", message);
  if (!image) return invalid("a picture is missing", where);
  auto patches = preprocess_image(*image, config);
  if (!patches) return fail(patches.error().code, patches.error().message, where);
  return std::make_shared<const ImagePatches>(std::move(*patches));
}

}  // namespace

Result<Processor> Processor::load(const std::filesystem::path& model_directory) {
  const auto config_path = model_directory / "config.json";
  METASPATIAL_TRY(const Json config_json, read_json(config_path));
  METASPATIAL_TRY(VlmConfig config, read_config(config_json, config_path.string()));

  const auto image_path = model_directory / "preprocessor_config.json";
  METASPATIAL_TRY(const Json image_json, read_json(image_path));
  METASPATIAL_TRY(const ImageProcessorConfig image,
                  read_image_processor_config(image_json, image_path.string()));
  if (image.patch_size != config.vision.patch_size || image.merge_size != config.vision.spatial_merge_size ||
      image.temporal_patch_size != config.vision.temporal_patch_size)
    return invalid(
        "patch_size, merge_size and temporal_patch_size: expected those of config.json's vision_config",
        image_path.string());

  const auto tokenizer_path = model_directory / "tokenizer.json";
  METASPATIAL_TRY(Tokenizer tokenizer, Tokenizer::load(tokenizer_path));
  if (tokenizer.vocab_size() > config.vocab_size)
    return invalid(fmt::format("has ids up to {}; expected them below config.json's vocab_size {}",
                               tokenizer.vocab_size() - 1, config.vocab_size),
                   tokenizer_path.string());
  struct Expected {
    std::string_view text;
    TokenId id;
  };
  for (const auto& [text, id] :
       {Expected{"<|image_pad|>", config.image_token_id},
        Expected{"<|vision_start|>", config.vision_start_token_id},
        Expected{"<|vision_end|>", config.vision_end_token_id}, Expected{kMessageEnd, config.eos_token_id}}) {
    if (tokenizer.find(text) != id)
      return invalid(fmt::format("added token '{}': expected the id {} that config.json gives it", text, id),
                     tokenizer_path.string());
  }
  if (!tokenizer.find(kMessageStart))
    return invalid(fmt::format("added token '{}' is missing", kMessageStart), tokenizer_path.string());
  return Processor(std::move(tokenizer), std::make_shared<const VlmConfig>(std::move(config)), image);
}

Sequence Processor::encode_text(std::string_view text, PositionCursor& cursor) const {
  Sequence sequence;
  const auto append = [&](TokenId id) {
    sequence.ids.push_back(id);
    sequence.positions.push_back(cursor.next(id));
  };
  for (const TokenId id : tokenizer_.encode(text)) {
    if (id != config_->image_token_id) {
      append(id);
      continue;
    }
    // Text cannot bring a picture: the name of the image token is read as its characters, so that image
    // tokens and pictures always agree in number, whatever a user or a model writes.
    const std::string_view name = tokenizer_.token_bytes(id);
    for (const std::string_view part : {name.substr(0, 1), name.substr(1)})
      for (const TokenId piece : tokenizer_.encode(part)) append(piece);
  }
  return sequence;
}

Result<Sequence> Processor::encode(const Conversation& messages, bool generation_prompt,
                                   PositionCursor& cursor) const {
  Sequence sequence;
  // On a copy: a cursor must not be left half-way by an error.
  PositionCursor at = cursor;
  // Text runs up to the next picture and is tokenized at once, as the whole rendered text would be: special
  // tokens around a picture are borders of their own.
  std::string text;
  const auto flush = [&] {
    Sequence part = encode_text(text, at);
    sequence.ids.insert(sequence.ids.end(), part.ids.begin(), part.ids.end());
    sequence.positions.insert(sequence.positions.end(), part.positions.begin(), part.positions.end());
    text.clear();
  };
  for (std::size_t m = 0; m < messages.size(); ++m) {
    text += fmt::format("{}{}\n", kMessageStart, role_name(messages[m].role));
    for (const MessagePart& part : messages[m].parts) {
      if (const auto* words = std::get_if<std::string>(&part)) {
        text += *words;
        continue;
      }
      const auto& image = std::get<std::shared_ptr<const Image>>(part);
      METASPATIAL_TRY(auto patches, read_picture(image, image_, m));
      text += tokenizer_.token_bytes(config_->vision_start_token_id);
      flush();
      const int rows = patches->grid_h / image_.merge_size;
      const int columns = patches->grid_w / image_.merge_size;
      sequence.ids.insert(sequence.ids.end(),
                          static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns),
                          config_->image_token_id);
      at.image(rows, columns, sequence.positions);
      sequence.images.push_back(std::move(patches));
      text += tokenizer_.token_bytes(config_->vision_end_token_id);
    }
    text += fmt::format("{}\n", kMessageEnd);
  }
  if (generation_prompt) text += fmt::format("{}assistant\n", kMessageStart);
  flush();
  cursor = at;
  return sequence;
}

}  // namespace metaspatial::vlm
