#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "metaspatial/assets/library.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::render {

struct DeviceState;
struct PreparedModel;

/// The ray tracer and the furniture it has seen so far. Make one per process and share it.
///
/// Threads  safe to share; rendering uses the caller's thread only.
class Device {
 public:
  /// With a library, objects that it has an asset for are drawn as that: simplified, or with all their
  /// triangles.
  explicit Device(std::shared_ptr<const assets::AssetLibrary> library = nullptr,
                  assets::Detail detail = assets::Detail::Preview);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  /// The acceleration structure of an object's model, built once and shared by every room.
  [[nodiscard]] std::shared_ptr<const PreparedModel> prepare(const scene::SceneObject& object);
  [[nodiscard]] std::shared_ptr<const PreparedModel> prepare(std::shared_ptr<const assets::Model> model);
  [[nodiscard]] const DeviceState& state() const { return *state_; }

 private:
  std::unique_ptr<DeviceState> state_;
};

/// One room in memory: its shell, its furniture and, if it is furnished, where everything stands. A cheap
/// value: copies share everything but the layout, so that every rollout can own one.
///
/// Threads  const members are safe to call at once; different copies are independent.
class RoomScene {
 public:
  /// Prepares the furniture of a room. Without a layout the room is empty. `models` (none, or one per object,
  /// REQUIRED) are shown instead of parametric furniture, as large as they are.
  ///
  /// Cost     about 1 ms per kind and size not seen before.
  RoomScene(std::shared_ptr<Device> device, scene::SceneGraph graph, std::optional<scene::Layout> layout = {},
            std::span<const std::shared_ptr<const assets::Model>> models = {});

  /// Furnishes the room anew. Objects without a finite pose are not drawn.
  ///
  /// Shape    one pose per object, in the graph's order; missing poses mean objects that are not drawn.
  void set_layout(scene::Layout layout) { layout_ = std::move(layout); }
  void clear_layout() { layout_.reset(); }

  [[nodiscard]] const scene::SceneGraph& graph() const { return shared_->graph; }
  [[nodiscard]] const std::optional<scene::Layout>& layout() const { return layout_; }
  [[nodiscard]] const Device& device() const { return *shared_->device; }
  [[nodiscard]] const PreparedModel& model(std::size_t object) const { return *shared_->models[object]; }

 private:
  struct Shared {
    std::shared_ptr<Device> device;
    scene::SceneGraph graph;
    std::vector<std::shared_ptr<const PreparedModel>> models;
  };
  std::shared_ptr<const Shared> shared_;
  std::optional<scene::Layout> layout_;
};

}  // namespace metaspatial::render
