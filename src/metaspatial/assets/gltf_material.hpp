#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "metaspatial/assets/gltf_source.hpp"
#include "metaspatial/assets/mesh.hpp"

/// Materials of a glTF file: internal to its reader.
namespace metaspatial::assets {

/// Which texture coordinates a material's pictures are laid on, and how these are moved first:
/// uv -> offset + R(-rotation) * scale * uv.
struct TexturePlacement {
  std::size_t set = 0;  ///< TEXCOORD_<set>
  Eigen::Vector2f offset{0, 0};
  Eigen::Vector2f scale{1, 1};
  float rotation_rad = 0;
  friend bool operator==(const TexturePlacement&, const TexturePlacement&) = default;
};

struct GltfMaterial {
  Material material;
  TexturePlacement placement;  ///< the first picture's; our meshes have one set of coordinates
  bool textured = false;
};

/// Reads materials one by one; pictures that several use are decoded once.
class GltfMaterials {
 public:
  explicit GltfMaterials(GltfSource& source, std::set<std::string>& notes) : source_(source), notes_(notes) {}

  /// Material `index`; without one, glTF's default.
  [[nodiscard]] Result<GltfMaterial> read(std::optional<std::size_t> index);

 private:
  [[nodiscard]] Result<std::shared_ptr<const Texture>> texture(const Json* info, GltfMaterial& material);

  /// The picture without its alpha: where a material is opaque, it counts for nothing.
  [[nodiscard]] std::shared_ptr<const Texture> opaque(const std::shared_ptr<const Texture>& texture);

  GltfSource& source_;
  std::set<std::string>& notes_;
  std::map<std::size_t, std::shared_ptr<const Texture>> textures_;
  std::map<std::size_t, std::shared_ptr<const Texture>> images_;  ///< with the wrap of their first use
  std::map<const Texture*, std::shared_ptr<const Texture>> opaque_;
  std::size_t pixels_ = 0;
};

}  // namespace metaspatial::assets
