#include "metaspatial/assets/gltf_source.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <system_error>
#include <utility>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/rng.hpp"

namespace metaspatial::assets {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxWhole = std::size_t{1} << 40;
constexpr std::size_t kMaxStride = 4096;

std::uint32_t little_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string numbered(const char* what, std::size_t index) {
  return std::string(what) + ' ' + std::to_string(index);
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    std::uint32_t value = 0;
    if (c >= 'A' && c <= 'Z')
      value = static_cast<std::uint32_t>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      value = static_cast<std::uint32_t>(c - 'a') + 26;
    else if (c >= '0' && c <= '9')
      value = static_cast<std::uint32_t>(c - '0') + 52;
    else if (c == '+' || c == '-')
      value = 62;
    else if (c == '/' || c == '_')
      value = 63;
    else if (c == '=' || c == '\n' || c == '\r')
      continue;
    else
      return {};
    bits = (bits << 6U | value) & 0xffffffU;
    if (++count % 4 == 0)
      for (const unsigned shift : {16U, 8U, 0U}) bytes += static_cast<char>(bits >> shift & 0xffU);
  }
  if (count % 4 == 1) return {};
  if (count % 4 == 2) bytes += static_cast<char>(bits >> 4U & 0xffU);
  if (count % 4 == 3) {
    bytes += static_cast<char>(bits >> 10U & 0xffU);
    bytes += static_cast<char>(bits >> 2U & 0xffU);
  }
  return bytes;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return {};
    const int high = digit(text[i + 1]);
    const int low = digit(text[i + 2]);
    if (high < 0 || low < 0) return {};
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

std::size_t component_bytes(int type) {
  switch (type) {
    case 5120:
    case 5121:
      return 1;
    case 5122:
    case 5123:
      return 2;
    case 5125:
    case 5126:
      return 4;
    default:
      return 0;
  }
}

std::size_t components_of(std::string_view type) {
  constexpr std::array<std::pair<std::string_view, std::size_t>, 5> kTypes{
      {{"SCALAR", 1}, {"VEC2", 2}, {"VEC3", 3}, {"VEC4", 4}, {"MAT4", 16}}};
  for (const auto& [name, count] : kTypes)
    if (name == type) return count;
  return 0;
}

template <typename T>
T load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

float component(const char* bytes, int type, bool normalized) {
  switch (type) {
    case 5120: {
      const auto value = static_cast<float>(load<std::int8_t>(bytes));
      return normalized ? std::max(value / 127, -1.0F) : value;
    }
    case 5121:
      return static_cast<float>(load<std::uint8_t>(bytes)) / (normalized ? 255.0F : 1.0F);
    case 5122: {
      const auto value = static_cast<float>(load<std::int16_t>(bytes));
      return normalized ? std::max(value / 32767, -1.0F) : value;
    }
    case 5123:
      return static_cast<float>(load<std::uint16_t>(bytes)) / (normalized ? 65535.0F : 1.0F);
    case 5125:
      return static_cast<float>(load<std::uint32_t>(bytes));
    default:
      return load<float>(bytes);
  }
}

std::uint32_t whole_component(const char* bytes, int type) {
  switch (type) {
    case 5121:
      return load<std::uint8_t>(bytes);
    case 5123:
      return load<std::uint16_t>(bytes);
    default:
      return load<std::uint32_t>(bytes);
  }
}

/// Extensions without which the file is something else. Those that only add to it are not in the list of what
/// a file requires, or do not matter to a still picture.
bool reads_extension(std::string_view name) {
  constexpr std::array<std::string_view, 16> kRead{
      "KHR_materials_unlit",        "KHR_materials_emissive_strength",
      "KHR_materials_transmission", "KHR_materials_pbrSpecularGlossiness",
      "KHR_texture_transform",      "KHR_mesh_quantization",
      "KHR_lights_punctual",        "KHR_materials_ior",
      "KHR_materials_volume",       "KHR_materials_specular",
      "KHR_materials_clearcoat",    "KHR_materials_sheen",
      "KHR_materials_variants",     "KHR_materials_iridescence",
      "KHR_materials_anisotropy",   "KHR_xmp_json_ld"};
  return std::ranges::find(kRead, name) != kRead.end();
}

}  // namespace

const Json* gltf_member(const Json* json, std::string_view key) {
  if (json == nullptr || !json->is_object()) return nullptr;
  const auto found = json->find(key);
  return found == json->end() ? nullptr : &*found;
}

std::optional<std::size_t> gltf_whole(const Json* json) {
  if (json == nullptr || !json->is_number()) return {};
  const auto value = json->get<double>();
  if (!(value >= 0) || value >= static_cast<double>(kMaxWhole) || value != std::floor(value)) return {};
  return static_cast<std::size_t>(value);
}

double gltf_number(const Json* json, double otherwise) {
  if (json == nullptr || !json->is_number()) return otherwise;
  const auto value = json->get<double>();
  return std::isfinite(value) ? value : otherwise;
}

std::string gltf_text(const Json* json) {
  return json != nullptr && json->is_string() ? json->get<std::string>() : std::string();
}

Result<GltfSource> GltfSource::open(std::string_view bytes, const fs::path& folder, std::string_view where,
                                    const GltfLimits& limits) {
  GltfSource source;
  source.where_ = std::string(where);
  source.folder_ = folder;
  source.limits_ = limits;
  source.hash_ = hash_bytes(bytes);
  if (bytes.empty()) return source.bad("is empty; expected a glTF file");
  if (bytes.size() > limits.max_file_bytes)
    return source.bad("has " + std::to_string(bytes.size()) + " bytes; at most " +
                      std::to_string(limits.max_file_bytes) + " are read");
  if (bytes.starts_with("version https://git-lfs"))
    return source.bad("is a pointer of Git LFS, not the file; 'git lfs pull' fetches it");
  std::string_view text = bytes;
  if (bytes.substr(0, 4) == "glTF") {
    if (bytes.size() < 20) return source.bad("ends within its header; expected a GLB of at least 20 bytes");
    if (little_endian(bytes, 4) != 2)
      return source.bad("is a GLB of version " + std::to_string(little_endian(bytes, 4)) + "; expected 2");
    const std::size_t length = little_endian(bytes, 8);
    if (length > bytes.size() || length < 20)
      return source.bad("says it has " + std::to_string(length) + " bytes, but has " +
                        std::to_string(bytes.size()));
    bytes = bytes.substr(0, length);
    bool has_text = false;
    for (std::size_t at = 12; at + 8 <= bytes.size();) {
      const std::size_t size = little_endian(bytes, at);
      const std::uint32_t type = little_endian(bytes, at + 4);
      if (size > bytes.size() - at - 8)
        return source.bad("a chunk of " + std::to_string(size) + " bytes at byte " + std::to_string(at) +
                          " ends after the file");
      const std::string_view chunk = bytes.substr(at + 8, size);
      if (!has_text) {
        if (type != 0x4e4f534a) return source.bad("does not begin with a JSON chunk");
        text = chunk;
        has_text = true;
      } else if (type == 0x004e4942 && !source.has_binary_) {
        source.binary_ = std::string(chunk);
        source.has_binary_ = true;
      }
      at += 8 + (size + 3) / 4 * 4;
    }
    if (!has_text) return source.bad("has no JSON chunk");
  } else if (const std::size_t first = bytes.find_first_not_of(" \t\r\n\xef\xbb\xbf");
             first == std::string_view::npos || bytes[first] != '{') {
    return source.bad("is no glTF file; expected 'glTF' or a JSON object at its beginning");
  } else {
    text = bytes.substr(first);
  }
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
  JsonLimits json_limits;
  json_limits.max_bytes = limits.max_json_bytes;
  METASPATIAL_TRY(source.json_, parse_json(text, where, json_limits));
  const std::string version = gltf_text(gltf_member(gltf_member(&source.json_, "asset"), "version"));
  if (version.substr(0, 2) != "2.")
    return source.bad("field 'asset.version' is '" + version.substr(0, 20) + "'; expected \"2.0\"");
  if (const Json* required = gltf_member(&source.json_, "extensionsRequired");
      required && required->is_array())
    for (const Json& entry : *required)
      if (const std::string name = gltf_text(&entry); !reads_extension(name))
        return source.bad("requires the extension '" + name.substr(0, 80) +
                          "', which is not read; save it without");
  return source;
}

std::size_t GltfSource::count(const char* array) const {
  const Json* list = gltf_member(&json_, array);
  return list && list->is_array() ? list->size() : 0;
}

Result<const Json*> GltfSource::element(const char* array, std::size_t index) const {
  if (index >= count(array))
    return bad(std::string(array) + '[' + std::to_string(index) + "] does not exist; there are " +
               std::to_string(count(array)));
  const Json* found = &(*gltf_member(&json_, array))[index];
  if (!found->is_object())
    return bad(std::string(array) + '[' + std::to_string(index) + "] is no JSON object");
  return found;
}

Result<std::string> GltfSource::resource(const std::string& uri, const std::string& what) {
  const auto count_bytes = [&](std::size_t size) -> Result<void> {
    resource_bytes_ += size;
    if (resource_bytes_ > limits_.max_file_bytes)
      return bad("needs more than " + std::to_string(limits_.max_file_bytes) + " bytes of data");
    return {};
  };
  if (uri.starts_with("data:")) {
    const std::size_t comma = uri.find(',');
    if (comma == std::string::npos || uri.substr(0, comma).find(";base64") == std::string::npos)
      return bad(what + " has a data URI that is not base64");
    std::optional<std::string> bytes = from_base64(std::string_view(uri).substr(comma + 1));
    if (!bytes) return bad(what + " has a data URI that is not base64");
    METASPATIAL_TRY_VOID(count_bytes(bytes->size()));
    return *std::move(bytes);
  }
  const std::string shown = "'" + uri.substr(0, 100) + "'";
  const std::optional<std::string> decoded = percent_decoded(uri);
  const fs::path relative = decoded ? fs::path(*decoded) : fs::path();
  if (folder_.empty())
    return bad(what + " names the file " + shown + "; a model on its own has none beside it");
  if (relative.empty() || decoded->find(':') != std::string::npos ||
      decoded->find('\0') != std::string::npos || decoded->find('\\') != std::string::npos ||
      relative.is_absolute() || std::ranges::find(relative, fs::path("..")) != relative.end())
    return bad(what + " names " + shown + "; expected a file in the model's own folder");
  // Links may lead out of the folder: where the file really lies decides.
  std::error_code error;
  const fs::path root = fs::canonical(folder_, error);
  if (error) return fail(ErrorCode::Io, "its folder cannot be read: " + error.message(), where_);
  const fs::path real = fs::canonical(root / relative, error);
  if (error) return fail(ErrorCode::NotFound, what + " names " + shown + ", which is not there", where_);
  const auto [root_end, real_end] = std::mismatch(root.begin(), root.end(), real.begin(), real.end());
  if (root_end != root.end() || !fs::is_regular_file(real, error))
    return bad(what + " names " + shown + "; expected a file in the model's own folder");
  Result<std::string> bytes = read_file(real, limits_.max_file_bytes);
  if (!bytes) return bad(what + " names " + shown + ", which " + bytes.error().message);
  METASPATIAL_TRY_VOID(count_bytes(bytes->size()));
  hash_ ^= hash_bytes(*bytes) + 0x9e3779b97f4a7c15ULL + (hash_ << 6U) + (hash_ >> 2U);
  return bytes;
}

Result<std::string_view> GltfSource::buffer(std::size_t index) {
  METASPATIAL_TRY(const Json* json, element("buffers", index));
  const std::string what = numbered("buffer", index);
  const std::optional<std::size_t> length = gltf_whole(gltf_member(json, "byteLength"));
  if (!length) return bad(what + " has no byteLength");
  std::string_view bytes;
  if (const Json* uri = gltf_member(json, "uri")) {
    if (!uri->is_string()) return bad(what + " has a uri that is no text");
    auto found = buffers_.find(index);
    if (found == buffers_.end()) {
      METASPATIAL_TRY(std::string data, resource(uri->get<std::string>(), what));
      found = buffers_.emplace(index, std::move(data)).first;
    }
    bytes = found->second;
  } else {
    if (index != 0 || !has_binary_)
      return bad(what + " has no data: neither a uri nor the file's binary chunk");
    bytes = binary_;
  }
  if (*length > bytes.size())
    return bad(what + " says it has " + std::to_string(*length) + " bytes, but has " +
               std::to_string(bytes.size()));
  return bytes.substr(0, *length);
}

Result<std::string_view> GltfSource::buffer_view(std::size_t index) {
  METASPATIAL_TRY(const Json* json, element("bufferViews", index));
  const std::string what = numbered("bufferView", index);
  for (const char* name : {"EXT_meshopt_compression", "KHR_meshopt_compression"})
    if (gltf_member(gltf_member(json, "extensions"), name) != nullptr)
      return bad(what + " is compressed with the extension '" + name +
                 "', which is not read; save it without");
  const auto which = gltf_whole(gltf_member(json, "buffer"));
  const auto length = gltf_whole(gltf_member(json, "byteLength"));
  const Json* offset_json = gltf_member(json, "byteOffset");
  const auto offset = offset_json ? gltf_whole(offset_json) : std::size_t{0};
  if (!which || !length || !offset) return bad(what + " has no buffer, byteLength or byteOffset");
  METASPATIAL_TRY(const std::string_view bytes, buffer(*which));
  if (*offset > bytes.size() || *length > bytes.size() - *offset)
    return bad(what + " reaches to byte " + std::to_string(*offset + *length) + " of a buffer of " +
               std::to_string(bytes.size()));
  return bytes.substr(*offset, *length);
}

Result<std::string> GltfSource::image_bytes(std::size_t index) {
  METASPATIAL_TRY(const Json* json, element("images", index));
  const std::string what = numbered("image", index);
  if (const Json* uri = gltf_member(json, "uri")) {
    if (!uri->is_string()) return bad(what + " has a uri that is no text");
    return resource(uri->get<std::string>(), what);
  }
  const auto view = gltf_whole(gltf_member(json, "bufferView"));
  if (!view) return bad(what + " has neither a uri nor a bufferView");
  METASPATIAL_TRY(const std::string_view bytes, buffer_view(*view));
  return std::string(bytes);
}

Result<std::size_t> GltfSource::accessor_count(std::size_t index) const {
  METASPATIAL_TRY(const Json* json, element("accessors", index));
  const auto count = gltf_whole(gltf_member(json, "count"));
  if (!count) return bad(numbered("accessor", index) + " has no count");
  return *count;
}

Result<GltfSource::Accessor> GltfSource::accessor(std::size_t index) {
  METASPATIAL_TRY(const Json* json, element("accessors", index));
  const std::string what = numbered("accessor", index);
  Accessor result;
  METASPATIAL_TRY(result.count, accessor_count(index));
  const std::size_t most = std::max(limits_.max_vertices, 3 * limits_.max_triangles);
  if (result.count > most)
    return bad(what + " has " + std::to_string(result.count) + " elements; at most " + std::to_string(most) +
               " are read");
  result.components = components_of(gltf_text(gltf_member(json, "type")));
  result.component_type =
      static_cast<int>(gltf_whole(gltf_member(json, "componentType")).value_or(0) & 0xffffU);
  result.component_bytes = component_bytes(result.component_type);
  if (result.components == 0 || result.component_bytes == 0)
    return bad(what + " has an unknown type or componentType");
  const Json* normalized = gltf_member(json, "normalized");
  result.normalized = normalized && normalized->is_boolean() && normalized->get<bool>();
  const std::size_t element_bytes = result.components * result.component_bytes;
  result.stride = element_bytes;
  if (const Json* view_json = gltf_member(json, "bufferView")) {
    const auto view = gltf_whole(view_json);
    const Json* offset_json = gltf_member(json, "byteOffset");
    const auto offset = offset_json ? gltf_whole(offset_json) : std::size_t{0};
    if (!view || !offset) return bad(what + " has a bufferView or byteOffset that is no number");
    METASPATIAL_TRY(const std::string_view bytes, buffer_view(*view));
    METASPATIAL_TRY(const Json* view_object, element("bufferViews", *view));
    if (const Json* stride_json = gltf_member(view_object, "byteStride")) {
      const auto stride = gltf_whole(stride_json);
      if (!stride || *stride > kMaxStride || (*stride != 0 && *stride < element_bytes))
        return bad(numbered("bufferView", *view) + " has a byteStride that does not fit " + what);
      if (*stride != 0) result.stride = *stride;
    }
    // Count and stride are bounded: nothing overflows.
    const std::size_t needed = result.count == 0 ? 0 : (result.count - 1) * result.stride + element_bytes;
    if (*offset > bytes.size() || needed > bytes.size() - *offset)
      return bad(what + " reaches to byte " + std::to_string(*offset + needed) + " of a bufferView of " +
                 std::to_string(bytes.size()));
    result.bytes = bytes.substr(*offset, needed);
  }
  if (const Json* sparse = gltf_member(json, "sparse")) {
    METASPATIAL_TRY_VOID(read_sparse(*sparse, what, result));
  } else if (gltf_member(json, "bufferView") == nullptr && result.count > limits_.max_vertices) {
    return bad(what + " has more elements than are read, and no data");
  }
  return result;
}

Result<void> GltfSource::read_sparse(const Json& sparse, const std::string& what, Accessor& accessor) {
  const auto count = gltf_whole(gltf_member(&sparse, "count"));
  const Json* indices = gltf_member(&sparse, "indices");
  const Json* values = gltf_member(&sparse, "values");
  if (!count || *count > accessor.count || !indices || !values)
    return bad(what + " has sparse values without a count, indices or values that fit");
  const auto part = [&](const Json* json, std::size_t bytes_each) -> Result<std::string_view> {
    const auto view = gltf_whole(gltf_member(json, "bufferView"));
    const Json* offset_json = gltf_member(json, "byteOffset");
    const auto offset = offset_json ? gltf_whole(offset_json) : std::size_t{0};
    if (!view || !offset) return bad(what + " has sparse values without a bufferView");
    METASPATIAL_TRY(const std::string_view bytes, buffer_view(*view));
    if (*offset > bytes.size() || *count * bytes_each > bytes.size() - *offset)
      return bad(what + " has sparse values that reach beyond their bufferView");
    return bytes.substr(*offset, *count * bytes_each);
  };
  const int type = static_cast<int>(gltf_whole(gltf_member(indices, "componentType")).value_or(0) & 0xffffU);
  if (type != 5121 && type != 5123 && type != 5125)
    return bad(what + " has sparse indices of an unknown type");
  const std::size_t index_bytes = component_bytes(type);
  METASPATIAL_TRY(const std::string_view index_data, part(indices, index_bytes));
  METASPATIAL_TRY(accessor.sparse_values, part(values, accessor.components * accessor.component_bytes));
  accessor.sparse_indices.reserve(*count);
  for (std::size_t i = 0; i < *count; ++i) {
    const std::size_t at = whole_component(index_data.data() + i * index_bytes, type);
    if (at >= accessor.count)
      return bad(what + " has the sparse index " + std::to_string(at) + ", but only " +
                 std::to_string(accessor.count) + " elements");
    accessor.sparse_indices.push_back(at);
  }
  return {};
}

Result<GltfSource::Floats> GltfSource::floats(std::size_t index) {
  METASPATIAL_TRY(const Accessor a, accessor(index));
  Floats result;
  result.components = a.components;
  result.count = a.count;
  result.values.resize(a.count * a.components);
  const auto put = [&](std::size_t element, const char* bytes) {
    for (std::size_t c = 0; c < a.components; ++c)
      result.values[element * a.components + c] =
          component(bytes + c * a.component_bytes, a.component_type, a.normalized);
  };
  if (!a.bytes.empty())
    for (std::size_t i = 0; i < a.count; ++i) put(i, a.bytes.data() + i * a.stride);
  for (std::size_t i = 0; i < a.sparse_indices.size(); ++i)
    put(a.sparse_indices[i], a.sparse_values.data() + i * a.components * a.component_bytes);
  return result;
}

Result<GltfSource::Wholes> GltfSource::wholes(std::size_t index) {
  METASPATIAL_TRY(const Accessor a, accessor(index));
  if (a.component_type != 5121 && a.component_type != 5123 && a.component_type != 5125)
    return bad(numbered("accessor", index) + " holds indices; expected unsigned whole numbers");
  Wholes result;
  result.components = a.components;
  result.count = a.count;
  result.values.resize(a.count * a.components);
  const auto put = [&](std::size_t element, const char* bytes) {
    for (std::size_t c = 0; c < a.components; ++c)
      result.values[element * a.components + c] =
          whole_component(bytes + c * a.component_bytes, a.component_type);
  };
  if (!a.bytes.empty())
    for (std::size_t i = 0; i < a.count; ++i) put(i, a.bytes.data() + i * a.stride);
  for (std::size_t i = 0; i < a.sparse_indices.size(); ++i)
    put(a.sparse_indices[i], a.sparse_values.data() + i * a.components * a.component_bytes);
  return result;
}

}  // namespace metaspatial::assets
