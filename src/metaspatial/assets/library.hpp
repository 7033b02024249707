#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "metaspatial/assets/asset_library.hpp"
#include "metaspatial/assets/mesh.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::assets {

/// Models of objects, made once per (kind, size, style, material, variation) and shared. With a library they
/// are the assets that it finds for them, stretched to their boxes; what it does not have, or cannot read,
/// stays parametric. (find_assets in `app` says beforehand what cannot be read.)
///
/// Threads  safe to call from several threads at once.
class ModelCache {
 public:
  /// Keeps at most `capacity` models; the least recently used one goes first. Models in use stay alive.
  explicit ModelCache(std::size_t capacity = 2048, std::shared_ptr<const AssetLibrary> library = nullptr)
      : capacity_(capacity), library_(std::move(library)) {}

  /// The model of this object. Objects that look the same get the same pointer while it is cached.
  ///
  /// Cost     a hash lookup; about 0.1 ms the first time, with a library what AssetLibrary::find and load
  /// take.
  [[nodiscard]] std::shared_ptr<const Model> get(const scene::SceneObject& object,
                                                 Detail detail = Detail::Full);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::shared_ptr<const Model> model;
    std::list<std::string>::iterator used;
  };
  [[nodiscard]] Model make(const scene::SceneObject& object, Detail detail) const;

  std::size_t capacity_;
  std::shared_ptr<const AssetLibrary> library_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> order_;  ///< most recently used first
};

/// What tells two models apart: kind, size in millimetres, style, material, variation, asset.
[[nodiscard]] std::string model_key(const scene::SceneObject& object);

}  // namespace metaspatial::assets
