#include "metaspatial/vlm/config.hpp"

#include <fmt/format.h>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <utility>

#include "metaspatial/base/files.hpp"

namespace metaspatial::vlm {

namespace {

/// Reads members of one JSON object; the first fault is kept and everything after it is ignored, so that the
/// readers below are plain lists of keys.
class Members {
 public:
  Members(const Json& object, std::string prefix, std::string_view where, std::optional<Error>& fault)
      : object_(object), prefix_(std::move(prefix)), where_(where), fault_(fault) {}

  [[nodiscard]] const Json* find(std::initializer_list<const char*> keys) const {
    for (const char* key : keys) {
      const auto found = object_.find(key);
      if (found != object_.end() && !found->is_null()) return &*found;
    }
    return nullptr;
  }
  void fault(std::string_view key, std::string_view expected) const {
    if (!fault_)
      fault_ = Error{ErrorCode::InvalidInput, fmt::format("key '{}{}': expected {}", prefix_, key, expected),
                     std::string(where_)};
  }

  /// Absent keeps the default. Of several keys the first that is there counts.
  template <typename Integer>
  void integer(std::initializer_list<const char*> keys, Integer& value, std::int64_t low,
               std::int64_t high) const {
    const Json* json = find(keys);
    if (json == nullptr) return;
    if (!in_range(*json, low, high))
      return fault(*keys.begin(), fmt::format("a whole number in {}..{}", low, high));
    value = static_cast<Integer>(json->get<std::int64_t>());
  }
  void number(const char* key, double& value, double low, double high) const {
    const Json* json = find({key});
    if (json == nullptr) return;
    const double read = json->is_number() ? json->get<double>() : std::numeric_limits<double>::quiet_NaN();
    if (!(read >= low && read <= high)) return fault(key, fmt::format("a number in {}..{}", low, high));
    value = read;
  }
  void boolean(const char* key, bool& value) const {
    const Json* json = find({key});
    if (json == nullptr) return;
    if (!json->is_boolean()) return fault(key, "true or false");
    value = json->get<bool>();
  }
  template <typename Integer>
  void integers(const char* key, std::vector<Integer>& value, std::int64_t low, std::int64_t high,
                std::size_t max_count) const {
    const Json* json = find({key});
    if (json == nullptr) return;
    bool good = json->is_array() && json->size() <= max_count;
    if (good)
      for (const auto& entry : *json) good = good && in_range(entry, low, high);
    if (!good)
      return fault(key, fmt::format("a list of at most {} whole numbers in {}..{}", max_count, low, high));
    value.clear();
    for (const auto& entry : *json) value.push_back(static_cast<Integer>(entry.get<std::int64_t>()));
  }
  /// A key that, if it is there, has to have this value: what is not built is refused.
  void only(const char* key, const Json& value) const {
    const Json* json = find({key});
    if (json != nullptr && *json != value) fault(key, dump_json(value));
  }

 private:
  static bool in_range(const Json& json, std::int64_t low, std::int64_t high) {
    if (!json.is_number_integer()) return false;
    if (json.is_number_unsigned() &&
        json.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return false;
    const auto value = json.get<std::int64_t>();
    return value >= low && value <= high;
  }
  const Json& object_;
  std::string prefix_;
  std::string_view where_;
  std::optional<Error>& fault_;
};

// Bounds far above any published model; they keep every product of two sizes within 64 bits.
constexpr int kMaxWidth = 1 << 17;
constexpr int kMaxVocabulary = 1 << 22;
constexpr int kMaxLayers = 1024;

void read_vision(const Members& at, VisionConfig& vision) {
  at.integer({"depth"}, vision.depth, 1, kMaxLayers);
  at.integer({"hidden_size"}, vision.hidden_size, 1, kMaxWidth);
  at.integer({"intermediate_size"}, vision.intermediate_size, 1, kMaxWidth);
  at.integer({"num_heads"}, vision.num_heads, 1, 4096);
  // Published files hold both spellings.
  at.integer({"in_channels", "in_chans"}, vision.in_channels, 3, 3);
  at.integer({"patch_size", "spatial_patch_size"}, vision.patch_size, 1, 256);
  at.integer({"temporal_patch_size"}, vision.temporal_patch_size, 1, 16);
  at.integer({"spatial_merge_size"}, vision.spatial_merge_size, 1, 16);
  at.integer({"window_size"}, vision.window_size, 1, 1 << 16);
  at.integers("fullatt_block_indexes", vision.fullatt_block_indexes, 0, kMaxLayers - 1, kMaxLayers);
  at.integer({"out_hidden_size"}, vision.out_hidden_size, 1, kMaxWidth);
  at.only("hidden_act", "silu");
  if (const Json* rope = at.find({"rope_parameters"}); rope != nullptr && *rope != Json::object()) {
    const Json* type = rope->is_object() && rope->contains("rope_type") ? &(*rope)["rope_type"] : nullptr;
    const Json* theta = rope->is_object() && rope->contains("rope_theta") ? &(*rope)["rope_theta"] : nullptr;
    if ((type != nullptr && *type != "axial" && *type != "default") ||
        (theta != nullptr && *theta != 10000.0))
      at.fault("rope_parameters", "{\"rope_theta\": 10000, \"rope_type\": \"axial\"}");
  }

  if (vision.hidden_size % vision.num_heads != 0 || vision.hidden_size / vision.num_heads % 4 != 0)
    at.fault("num_heads", fmt::format("a divisor of hidden_size {} that leaves heads of a multiple of 4",
                                      vision.hidden_size));
  if (vision.window_size < vision.patch_size * vision.spatial_merge_size)
    at.fault("window_size", fmt::format("at least patch_size x spatial_merge_size = {}",
                                        vision.patch_size * vision.spatial_merge_size));
  for (const int block : vision.fullatt_block_indexes)
    if (block >= vision.depth)
      at.fault("fullatt_block_indexes", fmt::format("blocks below depth {}", vision.depth));
}

/// One end-of-answer token or a list of them; the first of a list is `eos` if that is not among them.
void read_ends(const Members& at, std::int32_t& eos, std::vector<std::int32_t>& others, bool first_is_main) {
  const Json* json = at.find({"eos_token_id"});
  if (json == nullptr) return;
  std::vector<std::int32_t> ends;
  if (json->is_array()) {
    at.integers("eos_token_id", ends, 0, kMaxVocabulary, 64);
  } else {
    std::int32_t one = 0;
    at.integer({"eos_token_id"}, one, 0, kMaxVocabulary);
    ends = {one};
  }
  if (ends.empty()) return;
  if (first_is_main) eos = ends.front();
  others.clear();
  for (const std::int32_t end : ends)
    if (end != eos) others.push_back(end);
}

void read_positions(const Members& at, int vocab_size, PositionScheme& positions) {
  at.boolean("structured", positions.structured);
  at.integers("line_tokens", positions.line_tokens, 0, vocab_size - 1, 65536);
  at.integer({"message_token"}, positions.message_token, -1, vocab_size - 1);
  at.integer({"assistant_token"}, positions.assistant_token, -1, vocab_size - 1);
  at.integer({"line_scale"}, positions.line_scale, 0, 1 << 20);
  at.integer({"column_scale"}, positions.column_scale, 0, 1 << 20);
  at.integer({"answer_column_offset"}, positions.answer_column_offset, 0, 1 << 20);
}

}  // namespace

Result<VlmConfig> read_config(const Json& json, std::string_view where) {
  if (!json.is_object()) return invalid("expected an object", std::string(where));
  std::optional<Error> fault;
  const Members top(json, "", where, fault);
  top.only("model_type", "qwen2_5_vl");

  VlmConfig config;
  config.rms_norm_eps = 1e-5;  // transformers' value for a file that leaves it out
  // Newer files nest the decoder's keys in "text_config"; a key that is missing there may stand at the top.
  const Json* text_json = top.find({"text_config"});
  if (text_json != nullptr && !text_json->is_object())
    return invalid("key 'text_config': expected an object", std::string(where));
  const auto read_decoder = [&](const Members& at) {
    at.integer({"vocab_size"}, config.vocab_size, 1, kMaxVocabulary);
    at.integer({"hidden_size"}, config.hidden_size, 1, kMaxWidth);
    at.integer({"intermediate_size"}, config.intermediate_size, 1, kMaxWidth);
    at.integer({"num_hidden_layers"}, config.num_hidden_layers, 1, kMaxLayers);
    at.integer({"num_attention_heads"}, config.num_attention_heads, 1, 4096);
    at.integer({"num_key_value_heads"}, config.num_key_value_heads, 1, 4096);
    if (at.find({"head_dim"}) != nullptr) {
      int head_dim = 0;
      at.integer({"head_dim"}, head_dim, 2, 4096);
      config.head_dim = head_dim;
    }
    at.integer({"max_position_embeddings"}, config.max_position_embeddings, 1,
               std::numeric_limits<int>::max());
    at.number("rms_norm_eps", config.rms_norm_eps, 0.0, 1.0);
    at.number("rope_theta", config.rope_theta, 1.0, 1e12);
    // Older files nest it, newer ones do not; where both say something, transformers ties if one says so.
    bool tied = false;
    at.boolean("tie_word_embeddings", tied);
    config.tie_word_embeddings = config.tie_word_embeddings || tied;
    at.only("hidden_act", "silu");
    at.only("use_sliding_window", false);
    if (const Json* types = at.find({"layer_types"}))
      for (const Json& type : *types)
        if (type != "full_attention") at.fault("layer_types", "\"full_attention\" for every layer");
    if (const Json* rope = at.find({"rope_scaling", "rope_parameters"})) {
      if (!rope->is_object()) return at.fault("rope_scaling", "an object");
      const Members rope_at(*rope, "rope_scaling.", where, fault);
      // transformers rewrites "mrope" to "default" when it saves; both mean the same frequencies.
      for (const char* key : {"type", "rope_type"})
        if (const Json* type = rope_at.find({key}); type != nullptr && *type != "mrope" && *type != "default")
          rope_at.fault(key, "\"mrope\" or \"default\"");
      rope_at.integers("mrope_section", config.mrope_section, 0, 4096, 3);
      rope_at.number("rope_theta", config.rope_theta, 1.0, 1e12);
    }
    read_ends(at, config.eos_token_id, config.other_eos_token_ids, /*first_is_main=*/true);
  };
  read_decoder(top);
  if (text_json != nullptr) read_decoder(Members(*text_json, "text_config.", where, fault));
  if (fault) return tl::unexpected<Error>(*fault);

  const Json* vision_json = top.find({"vision_config"});
  if (vision_json == nullptr || !vision_json->is_object())
    return invalid("key 'vision_config': expected an object", std::string(where));
  read_vision(Members(*vision_json, "vision_config.", where, fault), config.vision);
  if (fault) return tl::unexpected<Error>(*fault);

  const int last = config.vocab_size - 1;
  const auto token = [&](const char* key, std::int32_t& id) {
    top.integer({key}, id, 0, last);
    if (id > last) top.fault(key, fmt::format("a token below vocab_size {}", config.vocab_size));
  };
  token("image_token_id", config.image_token_id);
  top.integer({"video_token_id"}, config.video_token_id, -1, last);
  token("vision_start_token_id", config.vision_start_token_id);
  token("vision_end_token_id", config.vision_end_token_id);
  if (config.eos_token_id > last)
    top.fault("eos_token_id", fmt::format("a token below vocab_size {}", config.vocab_size));
  // Published Qwen2.5-VL files leave padding to the tokenizer's file; it is only a filler here.
  if (config.pad_token_id > last) config.pad_token_id = std::min(config.eos_token_id, last);
  const Members pad_at(text_json != nullptr && text_json->contains("pad_token_id") ? *text_json : json, "",
                       where, fault);
  pad_at.integer({"pad_token_id"}, config.pad_token_id, 0, last);

  if (const Json* positions = top.find({"metaspatial_positions"})) {
    if (!positions->is_object())
      return invalid("key 'metaspatial_positions': expected an object", std::string(where));
    read_positions(Members(*positions, "metaspatial_positions.", where, fault), config.vocab_size,
                   config.positions);
  }

  if (!config.head_dim && config.hidden_size % config.num_attention_heads != 0)
    top.fault("num_attention_heads", fmt::format("a divisor of hidden_size {}", config.hidden_size));
  if (config.num_attention_heads % config.num_key_value_heads != 0)
    top.fault("num_key_value_heads",
              fmt::format("a divisor of num_attention_heads {}", config.num_attention_heads));
  int sections = 0;
  for (const int section : config.mrope_section) sections += section;
  if (config.mrope_section.size() != 3 || sections * 2 != config.head_size())
    top.fault("rope_scaling.mrope_section",
              fmt::format("3 sections that sum to half the head size, {}", config.head_size() / 2));
  if (config.vision.out_hidden_size != config.hidden_size)
    top.fault("vision_config.out_hidden_size", fmt::format("hidden_size {}", config.hidden_size));
  if (fault) return tl::unexpected<Error>(*fault);
  return config;
}

Result<VlmConfig> load_config(const std::filesystem::path& directory) {
  constexpr std::size_t kMaxBytes = std::size_t{8} << 20;
  const auto path = directory / "config.json";
  METASPATIAL_TRY(const std::string text, read_file(path, kMaxBytes));
  METASPATIAL_TRY(const Json json, parse_json(text, path.string()));
  METASPATIAL_TRY(VlmConfig config, read_config(json, path.string()));

  const auto generation_path = directory / "generation_config.json";
  const auto generation_text = read_file(generation_path, kMaxBytes);
  if (!generation_text) {
    if (generation_text.error().code == ErrorCode::NotFound) return config;
    return tl::unexpected<Error>(generation_text.error());
  }
  METASPATIAL_TRY(const Json generation, parse_json(*generation_text, generation_path.string()));
  if (!generation.is_object()) return invalid("expected an object", generation_path.string());
  std::optional<Error> fault;
  const std::string where = generation_path.string();
  read_ends(Members(generation, "", where, fault), config.eos_token_id, config.other_eos_token_ids,
            /*first_is_main=*/false);
  if (fault) return tl::unexpected<Error>(*fault);
  return config;
}

Json config_json(const VlmConfig& config) {
  const VisionConfig& vision = config.vision;
  Json json = {{"architectures", Json::array({"Qwen2_5_VLForConditionalGeneration"})},
               {"model_type", "qwen2_5_vl"},
               {"attention_dropout", 0.0},
               {"bos_token_id", config.pad_token_id},
               {"eos_token_id", config.eos_token_id},
               {"pad_token_id", config.pad_token_id},
               {"vision_start_token_id", config.vision_start_token_id},
               {"vision_end_token_id", config.vision_end_token_id},
               {"image_token_id", config.image_token_id},
               {"video_token_id", config.video_token_id},
               {"hidden_act", "silu"},
               {"hidden_size", config.hidden_size},
               {"initializer_range", 0.02},
               {"intermediate_size", config.intermediate_size},
               {"max_position_embeddings", config.max_position_embeddings},
               {"num_attention_heads", config.num_attention_heads},
               {"num_hidden_layers", config.num_hidden_layers},
               {"num_key_value_heads", config.num_key_value_heads},
               {"rms_norm_eps", config.rms_norm_eps},
               {"rope_theta", config.rope_theta},
               {"tie_word_embeddings", config.tie_word_embeddings},
               {"torch_dtype", "float32"},
               {"use_cache", true},
               {"use_sliding_window", false},
               {"vocab_size", config.vocab_size},
               {"rope_scaling", {{"type", "mrope"}, {"mrope_section", config.mrope_section}}},
               {"vision_config",
                {{"model_type", "qwen2_5_vl"},
                 {"depth", vision.depth},
                 {"hidden_act", "silu"},
                 {"hidden_size", vision.hidden_size},
                 {"intermediate_size", vision.intermediate_size},
                 {"num_heads", vision.num_heads},
                 {"in_channels", vision.in_channels},
                 {"in_chans", vision.in_channels},
                 {"out_hidden_size", vision.out_hidden_size},
                 {"patch_size", vision.patch_size},
                 {"spatial_patch_size", vision.patch_size},
                 {"spatial_merge_size", vision.spatial_merge_size},
                 {"temporal_patch_size", vision.temporal_patch_size},
                 {"window_size", vision.window_size},
                 {"fullatt_block_indexes", vision.fullatt_block_indexes},
                 {"tokens_per_second", 2}}}};
  if (config.head_dim) json["head_dim"] = *config.head_dim;
  const PositionScheme& positions = config.positions;
  json["metaspatial_positions"] = {{"structured", positions.structured},
                                   {"line_tokens", positions.line_tokens},
                                   {"message_token", positions.message_token},
                                   {"assistant_token", positions.assistant_token},
                                   {"line_scale", positions.line_scale},
                                   {"column_scale", positions.column_scale},
                                   {"answer_column_offset", positions.answer_column_offset}};
  return json;
}

Result<ImageProcessorConfig> read_image_processor_config(const Json& json, std::string_view where) {
  if (!json.is_object()) return invalid("expected an object", std::string(where));
  std::optional<Error> fault;
  const Members at(json, "", where, fault);
  ImageProcessorConfig config;
  constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;
  at.integer({"min_pixels"}, config.min_pixels, 1, kMaxPixels);
  at.integer({"max_pixels"}, config.max_pixels, 1, kMaxPixels);
  if (const Json* size = at.find({"size"}); size != nullptr && size->is_object()) {
    // Newer files name the same limits so; where both stand the explicit ones count, as in transformers.
    const Members size_at(*size, "size.", where, fault);
    if (at.find({"min_pixels"}) == nullptr)
      size_at.integer({"shortest_edge", "min_pixels"}, config.min_pixels, 1, kMaxPixels);
    if (at.find({"max_pixels"}) == nullptr)
      size_at.integer({"longest_edge", "max_pixels"}, config.max_pixels, 1, kMaxPixels);
  }
  at.integer({"patch_size"}, config.patch_size, 1, 256);
  at.integer({"temporal_patch_size"}, config.temporal_patch_size, 1, 16);
  at.integer({"merge_size"}, config.merge_size, 1, 16);
  const auto triple = [&](const char* key, std::array<double, 3>& value, double low, double high) {
    const Json* list = at.find({key});
    if (list == nullptr) return;
    bool good = list->is_array() && list->size() == 3;
    for (std::size_t i = 0; good && i < 3; ++i) {
      good = (*list)[i].is_number() && (*list)[i].get<double>() >= low && (*list)[i].get<double>() <= high;
      if (good) value[i] = (*list)[i].get<double>();
    }
    if (!good) at.fault(key, fmt::format("3 numbers in {}..{}", low, high));
  };
  triple("image_mean", config.image_mean, -16.0, 16.0);
  triple("image_std", config.image_std, 1e-6, 1e6);
  for (const char* key : {"do_resize", "do_rescale", "do_normalize"}) at.only(key, true);
  at.only("resample", 3);  // PIL's number of bicubic
  double rescale_factor = 1.0 / 255.0;
  at.number("rescale_factor", rescale_factor, 0.0, 1.0);
  if (std::abs(rescale_factor - 1.0 / 255.0) > 1e-6) at.fault("rescale_factor", "1/255");
  if (config.min_pixels > config.max_pixels) at.fault("max_pixels", "no less than min_pixels");
  if (fault) return tl::unexpected<Error>(*fault);
  return config;
}

Json image_processor_config_json(const ImageProcessorConfig& config) {
  return {{"image_processor_type", "Qwen2VLImageProcessor"},
          {"processor_class", "Qwen2_5_VLProcessor"},
          {"do_convert_rgb", true},
          {"do_normalize", true},
          {"do_rescale", true},
          {"do_resize", true},
          {"image_mean", config.image_mean},
          {"image_std", config.image_std},
          {"max_pixels", config.max_pixels},
          {"merge_size", config.merge_size},
          {"min_pixels", config.min_pixels},
          {"patch_size", config.patch_size},
          {"resample", 3},
          {"rescale_factor", 1.0 / 255.0},
          {"size", {{"longest_edge", config.max_pixels}, {"shortest_edge", config.min_pixels}}},
          {"temporal_patch_size", config.temporal_patch_size}};
}

}  // namespace metaspatial::vlm
