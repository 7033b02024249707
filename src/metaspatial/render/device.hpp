#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metaspatial/assets/library.hpp"
#include "metaspatial/render/room_scene.hpp"
#include "metaspatial/render/texture.hpp"

struct RTCDeviceTy;
struct RTCSceneTy;

namespace metaspatial::render {

/// Ray masks: light passes glass, sight does not miss it.
inline constexpr unsigned kOpaqueMask = 1;
inline constexpr unsigned kGlassMask = 2;

struct SceneRelease {
  void operator()(RTCSceneTy* scene) const;
};
using SceneHandle = std::unique_ptr<RTCSceneTy, SceneRelease>;

/// A model with its acceleration structure. Internal to `render`.
///
/// Shape    geometry 0 of the scene holds the opaque triangles, geometry 1 the transparent ones;
///          triangle_of[geometry][primitive] is the triangle's index in the mesh.
struct PreparedModel {
  std::shared_ptr<const assets::Model> model;
  SceneHandle scene;
  std::vector<std::uint32_t> triangle_of[2];
  std::vector<MaterialTextures> textures;  ///< of every material, or empty
};

/// Builds the acceleration structure of a model on a device.
[[nodiscard]] PreparedModel prepare_model(RTCDeviceTy* device, std::shared_ptr<const assets::Model> model);

struct DeviceState {
  explicit DeviceState(std::shared_ptr<const assets::AssetLibrary> library, assets::Detail wanted)
      : models(kCapacity, std::move(library)), detail(wanted) {}

  static constexpr std::size_t kCapacity = 2048;
  RTCDeviceTy* device = nullptr;
  assets::ModelCache models;
  assets::Detail detail;
  std::mutex mutex;
  struct Entry {
    std::shared_ptr<const PreparedModel> prepared;
    std::list<const assets::Model*>::iterator used;
  };
  std::unordered_map<const assets::Model*, Entry> entries;
  std::list<const assets::Model*> order;  ///< most recently used first
};

}  // namespace metaspatial::render
