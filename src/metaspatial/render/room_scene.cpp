#include "metaspatial/render/room_scene.hpp"

#include <embree3/rtcore.h>

#include <algorithm>
#include <cstring>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/parallel.hpp"
#include "metaspatial/render/device.hpp"

namespace metaspatial::render {

void SceneRelease::operator()(RTCSceneTy* scene) const {
  rtcReleaseScene(scene);
}

namespace {

/// Whether a picture has texels that are not opaque.
bool see_through(const std::shared_ptr<const assets::Texture>& texture) {
  if (!texture) return false;
  for (std::size_t i = 3; i < texture->rgba.size(); i += 4)
    if (texture->rgba[i] < 255) return true;
  return false;
}

}  // namespace

PreparedModel prepare_model(RTCDeviceTy* device, std::shared_ptr<const assets::Model> model) {
  PreparedModel prepared;
  prepared.scene.reset(rtcNewScene(device));
  RTCScene scene = prepared.scene.get();
  const assets::Mesh& mesh = model->mesh;
  std::vector<bool> glass;
  for (const assets::Material& material : model->materials)
    glass.push_back(material.opacity < 1 || material.alpha_cutoff > 0 ||
                    see_through(material.base_color_texture));
  for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
    prepared.triangle_of[glass[mesh.material_of[i]] ? 1 : 0].push_back(static_cast<std::uint32_t>(i));
  }
  for (unsigned part = 0; part < 2; ++part) {
    const auto& triangles = prepared.triangle_of[part];
    if (triangles.empty()) continue;
    RTCGeometry geometry = rtcNewGeometry(device, RTC_GEOMETRY_TYPE_TRIANGLE);
    auto* positions = static_cast<float*>(rtcSetNewGeometryBuffer(
        geometry, RTC_BUFFER_TYPE_VERTEX, 0, RTC_FORMAT_FLOAT3, 3 * sizeof(float), mesh.positions_m.size()));
    auto* indices = static_cast<unsigned*>(rtcSetNewGeometryBuffer(
        geometry, RTC_BUFFER_TYPE_INDEX, 0, RTC_FORMAT_UINT3, 3 * sizeof(unsigned), triangles.size()));
    METASPATIAL_CHECK(positions && indices, "Embree gave no buffer");
    std::memcpy(positions, mesh.positions_m.data(), mesh.positions_m.size() * sizeof(Eigen::Vector3f));
    for (std::size_t i = 0; i < triangles.size(); ++i)
      std::ranges::copy(mesh.triangles[triangles[i]], indices + 3 * i);
    rtcSetGeometryMask(geometry, part == 0 ? kOpaqueMask : kGlassMask);
    rtcCommitGeometry(geometry);
    rtcAttachGeometryByID(scene, geometry, part);
    rtcReleaseGeometry(geometry);
  }
  isolated([&] { rtcCommitScene(scene); });
  prepared.textures = textures_of(*model);
  prepared.model = std::move(model);
  return prepared;
}

Device::Device(std::shared_ptr<const assets::AssetLibrary> library, assets::Detail detail)
    : state_(std::make_unique<DeviceState>(std::move(library), detail)) {
  // Embree works on oneTBB as we do. Told a number of threads, it would limit the whole process to it.
  state_->device = rtcNewDevice(nullptr);
  METASPATIAL_CHECK(state_->device != nullptr, "Embree does not run on this machine");
}

Device::~Device() {
  state_->entries.clear();
  rtcReleaseDevice(state_->device);
}

std::shared_ptr<const PreparedModel> Device::prepare(const scene::SceneObject& object) {
  return prepare(state_->models.get(object, state_->detail));
}

std::shared_ptr<const PreparedModel> Device::prepare(std::shared_ptr<const assets::Model> model) {
  const assets::Model* key = model.get();
  {
    const std::lock_guard lock(state_->mutex);
    if (const auto found = state_->entries.find(key); found != state_->entries.end()) {
      state_->order.splice(state_->order.begin(), state_->order, found->second.used);
      return found->second.prepared;
    }
  }
  // Built without the lock: it takes a while.
  auto prepared = std::make_shared<const PreparedModel>(prepare_model(state_->device, std::move(model)));
  const std::lock_guard lock(state_->mutex);
  if (const auto found = state_->entries.find(key); found != state_->entries.end())
    return found->second.prepared;
  state_->order.push_front(key);
  state_->entries.emplace(key, DeviceState::Entry{prepared, state_->order.begin()});
  while (state_->entries.size() > DeviceState::kCapacity) {
    state_->entries.erase(state_->order.back());
    state_->order.pop_back();
  }
  return prepared;
}

RoomScene::RoomScene(std::shared_ptr<Device> device, scene::SceneGraph graph,
                     std::optional<scene::Layout> layout,
                     std::span<const std::shared_ptr<const assets::Model>> models)
    : layout_(std::move(layout)) {
  METASPATIAL_CHECK(device != nullptr, "a room needs a device");
  METASPATIAL_CHECK(models.empty() || models.size() == graph.objects.size(), "one model per object");
  auto shared = std::make_shared<Shared>();
  shared->models.reserve(graph.objects.size());
  for (std::size_t i = 0; i < graph.objects.size(); ++i)
    shared->models.push_back(models.empty() ? device->prepare(graph.objects[i]) : device->prepare(models[i]));
  shared->graph = std::move(graph);
  shared->device = std::move(device);
  shared_ = std::move(shared);
}

}  // namespace metaspatial::render
