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

/// Null if there is no such file.
Result<Json> read_optional_json(const std::filesystem::path& path) {
  auto json = read_json(path);
  if (!json && json.error().code == ErrorCode::NotFound) return Json();
  return json;
}

/// transformers 5 nests the image processor in processor_config.json; older versions write only
/// preprocessor_config.json, and a processor_config.json without it.
Result<ImageProcessorConfig> load_image_config(const std::filesystem::path& directory) {
  const auto newer = directory / "processor_config.json";
  METASPATIAL_TRY(const Json processor, read_optional_json(newer));
  if (processor.is_object() && processor.contains("image_processor"))
    return read_image_processor_config(processor["image_processor"],
                                       newer.string() + ", key 'image_processor'");
  const auto older = directory / "preprocessor_config.json";
  METASPATIAL_TRY(const Json json, read_json(older));
  return read_image_processor_config(json, older.string());
}

/// The chat template's text, or nothing; in the order in which transformers looks.
Result<std::string> load_template(const std::filesystem::path& directory) {
  auto text = read_file(directory / "chat_template.jinja", std::size_t{1} << 20);
  if (text) return *text;
  if (text.error().code != ErrorCode::NotFound) return tl::unexpected<Error>(text.error());
  for (const char* name : {"chat_template.json", "tokenizer_config.json"}) {
    METASPATIAL_TRY(const Json json, read_optional_json(directory / name));
    if (!json.is_object() || !json.contains("chat_template")) continue;
    const Json& value = json["chat_template"];
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_array()) continue;
    for (const Json& named : value)  // several by name
      if (named.is_object() && named.value("name", Json()) == "default" &&
          named.value("template", Json()).is_string())
        return named["template"].get<std::string>();
  }
  return std::string();
}

/// The system message that a template writes by itself: the words between "<|im_start|>system" and
/// "<|im_end|>" where they are words, not an expression. The line's end may be a character or an escape.
std::string default_system(std::string_view chat_template) {
  constexpr std::string_view kOpening = "<|im_start|>system";
  for (std::size_t at = chat_template.find(kOpening); at != std::string_view::npos;
       at = chat_template.find(kOpening, at + 1)) {
    std::string_view rest = chat_template.substr(at + kOpening.size());
    if (rest.starts_with("\n")) {
      rest.remove_prefix(1);
    } else if (rest.starts_with("\\n")) {
      rest.remove_prefix(2);
    } else {
      continue;
    }
    const std::string_view words = rest.substr(0, rest.find(kMessageEnd));
    if (words.size() < rest.size() && words.find_first_of("{}'\"\\") == std::string_view::npos)
      return std::string(words);
  }
  return {};
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
  METASPATIAL_TRY(VlmConfig config, load_config(model_directory));
  METASPATIAL_TRY(const ImageProcessorConfig image, load_image_config(model_directory));
  METASPATIAL_TRY(const std::string chat_template, load_template(model_directory));
  if (!chat_template.empty() && (chat_template.find(kMessageStart) == std::string::npos ||
                                 chat_template.find(kMessageEnd) == std::string::npos))
    return invalid(
        fmt::format("the chat template: expected ChatML, with {} and {}", kMessageStart, kMessageEnd),
        model_directory.string());
  if (image.patch_size != config.vision.patch_size || image.merge_size != config.vision.spatial_merge_size ||
      image.temporal_patch_size != config.vision.temporal_patch_size)
    return invalid(
        "patch_size, merge_size and temporal_patch_size: expected those of config.json's vision_config",
        model_directory.string());

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
  return Processor(std::move(tokenizer), std::make_shared<const VlmConfig>(std::move(config)), image,
                   default_system(chat_template));
}

Sequence Processor::encode_text(std::string_view text, PositionCursor& cursor) const {
  Sequence sequence;
  const auto append = [&](TokenId id) {
    sequence.ids.push_back(id);
    sequence.positions.push_back(cursor.next(id));
  };
  for (const TokenId id : tokenizer_.encode(text)) {
    if (id != config_->image_token_id && id != config_->video_token_id) {
      append(id);
      continue;
    }
    // Text cannot bring a picture or a film: the name of the image token is read as its characters, so that
    // image tokens and pictures always agree in number, whatever a user or a model writes.
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
  if (cursor.at_start() && !default_system_.empty() && !messages.empty() &&
      messages.front().role != Role::System)
    text = fmt::format("{}system\n{}{}\n", kMessageStart, default_system_, kMessageEnd);
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
