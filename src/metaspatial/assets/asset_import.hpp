#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "metaspatial/assets/asset_library.hpp"
#include "metaspatial/assets/gltf_reader.hpp"
#include "metaspatial/base/error.hpp"

namespace metaspatial::assets {

struct ImportOptions {
  std::vector<std::string> tags;  ///< added to every asset
  GltfLimits limits;
  std::size_t preview_triangles = 4000;
  float preview_error = 0.01F;  ///< share of the longest side (simplified)
};

enum class ImportOutcome { Added, Updated, Unchanged };

struct ImportedAsset {
  AssetInfo info;
  ImportOutcome outcome = ImportOutcome::Added;
};

struct ImportReport {
  std::vector<ImportedAsset> assets;
  std::vector<Error> failures;  ///< one per file that could not be imported; `where` names it
};

/// Imports a .glb or .gltf file, or all that lie in a folder and below, into the library in `library`, which
/// is made if there is none. Links are not followed.
///
/// A file is one transaction: a broken one, or a crash, leaves the library as it was. The same contents, or
/// other contents of the same file, replace the asset and keep its name; nothing is there twice.
///
/// Errors   NotFound if there is no such file or folder, InvalidInput if there is no model in it or the
/// library is
///          damaged, Io. A broken model is no error but a failure in the report.
/// Threads  one import into a library at a time: a second one waits up to ten seconds a file. Readers go on.
/// Cost     about 4 us a triangle (simplified), plus reading and decoding (read_gltf_file); a few ms for the
/// disk.
[[nodiscard]] Result<ImportReport> import_assets(
    const std::filesystem::path& from, const std::filesystem::path& library,
    const ImportOptions& options = {}, const std::function<void(std::size_t, std::size_t)>& progress = {});

}  // namespace metaspatial::assets
