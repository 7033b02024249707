#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/assets/gltf_reader.hpp"
#include "metaspatial/base/json.hpp"

/// The JSON and the bytes of a glTF file: internal to its reader.
namespace metaspatial::assets {

/// The member of this name, or null if there is none or `json` is no object.
[[nodiscard]] const Json* gltf_member(const Json* json, std::string_view key);
/// A whole number >= 0 below 2^40, also if it is written "5.0"; nothing if it is anything else.
[[nodiscard]] std::optional<std::size_t> gltf_whole(const Json* json);
/// A finite number; `otherwise` if it is missing or no number.
[[nodiscard]] double gltf_number(const Json* json, double otherwise);
[[nodiscard]] std::string gltf_text(const Json* json);

/// Buffers and accessors, every range checked before it is read.
///
/// Errors   of all members: InvalidInput, naming the file and the element.
class GltfSource {
 public:
  /// `folder` is where files beside this one lie; empty: there are none.
  [[nodiscard]] static Result<GltfSource> open(std::string_view bytes, const std::filesystem::path& folder,
                                               std::string_view where, const GltfLimits& limits);

  [[nodiscard]] const Json& json() const { return json_; }
  [[nodiscard]] const GltfLimits& limits() const { return limits_; }
  /// Element `index` of a top-level array ("nodes"); an error if it does not exist or is no object.
  [[nodiscard]] Result<const Json*> element(const char* array, std::size_t index) const;
  [[nodiscard]] std::size_t count(const char* array) const;
  [[nodiscard]] Result<std::string_view> buffer_view(std::size_t index);
  /// The bytes that an image names, in a buffer view, in itself, or in a file beside.
  [[nodiscard]] Result<std::string> image_bytes(std::size_t index);

  /// An accessor's numbers, normalised ones divided; `components` each (a scalar 1, a vector 2 to 4, a matrix
  /// 16).
  struct Floats {
    std::vector<float> values;
    std::size_t components = 0;
    std::size_t count = 0;
  };
  [[nodiscard]] Result<Floats> floats(std::size_t accessor);
  /// An accessor of whole numbers >= 0: indices, joints.
  struct Wholes {
    std::vector<std::uint32_t> values;
    std::size_t components = 0;
    std::size_t count = 0;
  };
  [[nodiscard]] Result<Wholes> wholes(std::size_t accessor);
  /// How many elements an accessor says it has, without reading it.
  [[nodiscard]] Result<std::size_t> accessor_count(std::size_t accessor) const;

  [[nodiscard]] tl::unexpected<Error> bad(const std::string& message) const {
    return invalid(message, where_);
  }
  [[nodiscard]] std::uint64_t content_hash() const { return hash_; }

 private:
  struct Accessor {
    std::size_t count = 0;
    std::size_t components = 0;
    std::size_t component_bytes = 0;
    std::size_t stride = 0;
    int component_type = 0;
    bool normalized = false;
    std::string_view bytes;  ///< empty: zeros
    std::vector<std::size_t> sparse_indices;
    std::string_view sparse_values;
  };

  [[nodiscard]] Result<std::string_view> buffer(std::size_t index);
  [[nodiscard]] Result<std::string> resource(const std::string& uri, const std::string& what);
  [[nodiscard]] Result<Accessor> accessor(std::size_t index);
  [[nodiscard]] Result<void> read_sparse(const Json& sparse, const std::string& what, Accessor& accessor);

  Json json_;
  std::string where_;
  std::string binary_;  ///< the chunk of a .glb
  bool has_binary_ = false;
  std::filesystem::path folder_;
  GltfLimits limits_;
  std::map<std::size_t, std::string> buffers_;
  std::size_t resource_bytes_ = 0;
  std::uint64_t hash_ = 0;
};

}  // namespace metaspatial::assets
