#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/assets/mesh.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::assets {

/// How much of a model is needed: all of it, or what a small picture shows (about 4,000 triangles and
/// textures of at most 512 pixels a side). Parametric furniture is the same in both.
enum class Detail : std::uint8_t { Full, Preview };

/// What a library knows of one asset.
///
/// Units    metres.
struct AssetInfo {
  std::string name;  ///< unique in the library
  std::string kind;  ///< of the catalogue; empty if none was recognised
  std::string tags;  ///< comma separated
  std::string description;
  std::string license;
  std::string source;  ///< the file it was imported from
  std::string notes;   ///< what had to be assumed, sentences separated by "; "
  scene::Vec3 size_m = scene::Vec3::Zero();
  bool front_known = false;
  std::int64_t triangles = 0;
  std::int64_t preview_triangles = 0;
};

/// An asset that was found for an object, and how it is put into the object's box.
struct AssetRef {
  std::string name;
  bool quarter_turn =
      false;           ///< turned by 90 degrees first: its front is not known, and it fits better this way
  double score = 0;    ///< in (0, 1]: text and fit; 1 if the object asks for it by name
  double stretch = 1;  ///< the largest ratio between the factors of two of its sides
};

/// A folder of imported models (library.sqlite), opened for reading. docs/ASSETS.md has its format.
///
/// Threads  const members are safe to call from several threads and processes at once, also while another
/// process
///          imports: this one then sees the library as it was opened, and a model replaced since is an error.
class AssetLibrary {
 public:
  /// Errors   NotFound if there is none, InvalidInput if it is damaged or of another version, Io.
  /// Cost     about 10 us an asset.
  [[nodiscard]] static Result<std::shared_ptr<const AssetLibrary>> open(const std::filesystem::path& folder);
  ~AssetLibrary();
  AssetLibrary(const AssetLibrary&) = delete;
  AssetLibrary& operator=(const AssetLibrary&) = delete;

  /// The asset that stands for an object, or nothing: then the parametric kind does.
  ///
  /// An object's `asset` names it. Else candidates are assets of the object's kind or, if the catalogue does
  /// not know its kind, those whose names or tags hold all of its words. Of them the one of the highest score
  ///     (0.5 + 0.5 t) exp(-d)
  /// wins, t = b / (1 + b) for the BM25 rank b of the object's kind, style and material among all assets'
  /// words, d = (largest - smallest) + |mean| / 2 of the logarithms of the three sides' factors (sides count
  /// as 5 cm at least); ties go to the name that comes first. An asset that must be stretched by more
  /// than 2.5, evenly or not, is none.
  ///
  /// Errors   a damaged index is an error; none found is not.
  /// Cost     about 0.1 ms, plus 1 us a candidate.
  [[nodiscard]] Result<std::optional<AssetRef>> find(const scene::SceneObject& object) const;

  /// An asset's model, in its own size. The last few are kept.
  ///
  /// Errors   NotFound if there is no such asset (any more), InvalidInput if its model is damaged.
  /// Cost     reads and decodes the first time: about 10 ms per megabyte.
  [[nodiscard]] Result<std::shared_ptr<const Model>> load(std::string_view name, Detail detail) const;

  /// A model stretched to fill an object's box.
  ///
  /// Frame    the object's. Sizes are clamped to [0.005, 100] m, as make_model does; a side that is a plane
  /// stays one.
  [[nodiscard]] Result<Model> fitted(const AssetRef& asset, const scene::Vec3& size_m, Detail detail) const;

  /// All assets, by name.
  [[nodiscard]] const std::vector<AssetInfo>& all() const;
  [[nodiscard]] const AssetInfo* info(std::string_view name) const;
  /// The assets that have all of these words, or words that begin like them, the best first; all without
  /// words.
  [[nodiscard]] Result<std::vector<AssetInfo>> search(std::string_view words) const;

 private:
  struct State;
  explicit AssetLibrary(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace metaspatial::assets
