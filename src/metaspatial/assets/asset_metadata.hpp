#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::assets {

/// What is known of a model beside its file. docs/ASSETS.md lists the fields that are read.
///
/// Units    metres, radians.
struct AssetMetadata {
  std::string name;
  std::string category;
  std::string description;
  std::string style;
  std::string material;
  std::string license;
  std::string source;  ///< where it comes from: an address or an author
  std::vector<std::string> tags;
  std::string up;     ///< the file's axis that points up: "+Y" (glTF's), "+Z", "-X", ...; empty: not said
  std::string front;  ///< the file's axis that the asset faces along; empty: not said
  std::optional<double>
      turn_rad;  ///< objathor's pose_z_rot_angle: counterclockwise about up, to face its front
  std::optional<double> unit_m;       ///< metres per unit of the file
  std::optional<double> height_m;     ///< what its height should be
  std::optional<double> longest_m;    ///< what its longest side should be
  std::optional<scene::Vec3> size_m;  ///< length, width, height that it should have about
};

/// Reads our own fields, objathor's and Objaverse's from one JSON object. Fields of the wrong type, numbers
/// that are not finite or not plausible are ignored; texts are cut at 4,000 bytes, tags at 100.
[[nodiscard]] AssetMetadata read_asset_metadata(const Json& json);

/// The metadata files of a folder of models; each is read once.
class AssetMetadataFiles {
 public:
  explicit AssetMetadataFiles(std::filesystem::path root) : root_(std::move(root)) {}

  /// The JSON object that belongs to a model file: `<stem>.json` beside it; else an entry, by the file's stem
  /// or its folder's name, of annotations.json, annotation.json or metadata.json beside it or in the root;
  /// null if there is none.
  ///
  /// Errors   InvalidInput if such a file is no JSON or larger than 64 MiB.
  [[nodiscard]] Result<Json> find(const std::filesystem::path& model);

 private:
  [[nodiscard]] Result<const Json*> read(const std::filesystem::path& path);
  std::filesystem::path root_;
  std::map<std::filesystem::path, Result<Json>> shared_;
};

/// The catalogue's kinds that a text may name; more than one if it is ambiguous, none if it names none.
///
/// Of the part before the first comma or bracket that names any, and there up to a preposition, the words
/// that people have for a kind may stand in any order ("tableCoffee" is a coffee table): more words outweigh
/// fewer, single ones at either end those in the middle ("chair cushion" may be either, "old oak sofa, low
/// poly" is a sofa).
[[nodiscard]] std::vector<const scene::Kind*> kinds_in_text(std::string_view text);

/// The kind of an asset: its category says it, else its name, its file's name, its tags, its scene's name, in
/// this order; null if none is known. Where words leave a choice, proportions decide.
///
/// Units    size_m in any unit: length, width, height, whichever of the first two is the front.
[[nodiscard]] const scene::Kind* kind_of_asset(const AssetMetadata& metadata, std::string_view file_stem,
                                               std::string_view scene_name, const scene::Vec3& size_m);

/// Lower-case words of letters and digits: "Ikea-Sofa 2" is {"ikea", "sofa", "2"}.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

}  // namespace metaspatial::assets
