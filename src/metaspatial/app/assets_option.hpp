#pragma once

#include <functional>
#include <memory>
#include <string>

#include "metaspatial/app/command.hpp"
#include "metaspatial/assets/asset_library.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::app {

/// `--assets L`: the asset library whose models stand for a room's objects.
struct AssetsOption {
  std::string folder;

  void add_to(CLI::App* command);
  /// The library; null if none is asked for.
  ///
  /// Errors   those of AssetLibrary::open.
  [[nodiscard]] Result<std::shared_ptr<const assets::AssetLibrary>> open() const;
};

/// Looks up what stands for every object and reads it, so that nothing can fail while it is drawn, and says
/// so.
///
/// Errors   NotFound if an object names an asset that the library does not have; those of AssetLibrary::load.
[[nodiscard]] Result<void> find_assets(const assets::AssetLibrary* library, const scene::SceneGraph& graph,
                                       assets::Detail detail = assets::Detail::Preview);

/// Writes into every object the name of the asset that stands for it, so that a scene file says what was
/// shown.
///
/// Errors   those of find_assets.
[[nodiscard]] Result<void> name_assets(const assets::AssetLibrary* library, scene::SceneGraph& graph,
                                       assets::Detail detail);

/// What an object looks like, all its triangles, for ExportOptions::model_of; empty without a library.
[[nodiscard]] std::function<std::shared_ptr<const assets::Model>(const scene::SceneObject&)> models_of(
    const std::shared_ptr<const assets::AssetLibrary>& library);

}  // namespace metaspatial::app
