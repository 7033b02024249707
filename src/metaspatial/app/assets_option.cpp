#include "metaspatial/app/assets_option.hpp"

#include <fmt/format.h>

#include "metaspatial/assets/library.hpp"

namespace metaspatial::app {

void AssetsOption::add_to(CLI::App* command) {
  command->add_option("--assets", folder,
                      "an asset library (metaspatial assets import) whose models stand for objects");
}

Result<std::shared_ptr<const assets::AssetLibrary>> AssetsOption::open() const {
  if (folder.empty()) return nullptr;
  return assets::AssetLibrary::open(folder);
}

Result<void> find_assets(const assets::AssetLibrary* library, const scene::SceneGraph& graph,
                         assets::Detail detail) {
  if (library == nullptr) return {};
  for (const scene::SceneObject& object : graph.objects) {
    if (!object.asset.empty() && library->info(object.asset) == nullptr)
      return fail(ErrorCode::NotFound,
                  fmt::format("names the asset '{}', which the library does not have", object.asset),
                  object.id);
    METASPATIAL_TRY(const auto asset, library->find(object));
    if (!asset) continue;
    METASPATIAL_TRY_VOID(library->load(asset->name, detail));
  }
  return {};
}

Result<void> name_assets(const assets::AssetLibrary* library, scene::SceneGraph& graph,
                         assets::Detail detail) {
  METASPATIAL_TRY_VOID(find_assets(library, graph, detail));
  if (library == nullptr) return {};
  for (scene::SceneObject& object : graph.objects) {
    METASPATIAL_TRY(const auto asset, library->find(object));
    if (asset) object.asset = asset->name;
  }
  return {};
}

std::function<std::shared_ptr<const assets::Model>(const scene::SceneObject&)> models_of(
    const std::shared_ptr<const assets::AssetLibrary>& library) {
  if (library == nullptr) return {};
  constexpr std::size_t kCapacity = 2048;
  auto models = std::make_shared<assets::ModelCache>(kCapacity, library);
  return [models](const scene::SceneObject& object) { return models->get(object, assets::Detail::Full); };
}

}  // namespace metaspatial::app
