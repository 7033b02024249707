#include "metaspatial/assets/gltf.hpp"

#include <tiny_gltf.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <exception>
#include <map>
#include <numbers>
#include <sstream>
#include <utility>
#include <vector>

#include "metaspatial/assets/library.hpp"
#include "metaspatial/assets/parametric.hpp"
#include "metaspatial/assets/room_shell.hpp"
#include "metaspatial/base/json.hpp"

namespace metaspatial::assets {
namespace {

using scene::Wall;

constexpr double kFarthest_m = 1e6;
constexpr std::size_t kMaxBytes = std::size_t{3} << 30;  // lengths in a GLB have 32 bits

/// From the room's axes to glTF's, and from an object's axes to those of a glTF asset, which faces +Z.
Vec3f gltf_from_room(const Vec3f& p) {
  return {p.x(), p.z(), -p.y()};
}
Vec3f gltf_from_object(const Vec3f& p) {
  return {-p.x(), p.z(), p.y()};
}

/// Text that JSON can hold: bytes that are not UTF-8 become U+FFFD.
std::string clean(const std::string& text) {
  const Result<Json> value = parse_json(dump_json(Json(text)), "text");
  return value && value->is_string() ? value->get<std::string>() : std::string();
}

std::vector<double> numbers_of(const Vec3f& v) {
  return {static_cast<double>(v.x()), static_cast<double>(v.y()), static_cast<double>(v.z())};
}

/// What tells two materials apart.
std::string material_key(const Material& m) {
  std::string key = m.name;
  for (const float value : {m.base_color.x(), m.base_color.y(), m.base_color.z(), m.roughness, m.metallic,
                            m.emission.x(), m.emission.y(), m.emission.z(), m.opacity}) {
    key += '|';
    key.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return key;
}

class Writer {
 public:
  Writer() {
    model_.asset.version = "2.0";
    model_.asset.generator = "MetaSpatial";
    model_.scenes.resize(1);
    model_.scenes[0].nodes = {0};
    model_.defaultScene = 0;
    model_.nodes.resize(1);
    model_.nodes[0].name = "room";
  }

  int mesh(const Model& model, const std::string& name, Vec3f (*turn)(const Vec3f&));
  tinygltf::Node& node(const std::string& name) {
    model_.nodes[0].children.push_back(static_cast<int>(model_.nodes.size()));
    model_.nodes.emplace_back();
    model_.nodes.back().name = clean(name);
    return model_.nodes.back();
  }
  void camera(const Vec3f& room_m);
  [[nodiscard]] std::size_t bytes() const {
    return 12 * (positions_.size() + normals_.size()) + 2 * short_indices_.size() + 4 * long_indices_.size();
  }
  [[nodiscard]] Result<std::string> finish() &&;

 private:
  /// Accessors point into these arrays until finish() knows where each of them lies.
  enum View { kPositions, kNormals, kShortIndices, kLongIndices };

  int material(const Material& material);
  int accessor(View view, std::size_t first, std::size_t count, int component, int type) {
    tinygltf::Accessor a;
    a.bufferView = view;
    const std::size_t stride = view == kShortIndices ? 2 : view == kLongIndices ? 4 : 12;
    a.byteOffset = first * stride;
    a.count = count;
    a.componentType = component;
    a.type = type;
    model_.accessors.push_back(std::move(a));
    return static_cast<int>(model_.accessors.size()) - 1;
  }

  tinygltf::Model model_;
  std::map<std::string, int> materials_;
  std::vector<Vec3f> positions_;
  std::vector<Vec3f> normals_;
  std::vector<std::uint16_t> short_indices_;
  std::vector<std::uint32_t> long_indices_;
};

int Writer::material(const Material& material) {
  const auto [entry, is_new] =
      materials_.try_emplace(material_key(material), static_cast<int>(model_.materials.size()));
  if (!is_new) return entry->second;
  const auto unit = [](float value) { return static_cast<double>(std::clamp(value, 0.0F, 1.0F)); };
  tinygltf::Material m;
  m.name = clean(material.name);
  m.pbrMetallicRoughness.baseColorFactor = {unit(material.base_color.x()), unit(material.base_color.y()),
                                            unit(material.base_color.z()), unit(material.opacity)};
  m.pbrMetallicRoughness.metallicFactor = unit(material.metallic);
  m.pbrMetallicRoughness.roughnessFactor = unit(material.roughness);
  const Vec3f glow = material.emission / std::max(1.0F, material.emission.maxCoeff());
  if (glow.maxCoeff() > 0) m.emissiveFactor = {unit(glow.x()), unit(glow.y()), unit(glow.z())};
  if (material.opacity < 1) m.alphaMode = "BLEND";
  m.doubleSided = true;  // leaves, shades and panes are single sheets
  model_.materials.push_back(std::move(m));
  return entry->second;
}

/// Adds a mesh with a primitive per material; -1 if the model has no triangles.
int Writer::mesh(const Model& model, const std::string& name, Vec3f (*turn)(const Vec3f&)) {
  const Mesh& source = model.mesh;
  tinygltf::Mesh mesh;
  mesh.name = clean(name);
  constexpr std::uint32_t kUnused = 0xffffffffU;
  std::vector<std::uint32_t> new_index(source.positions_m.size());
  for (std::size_t m = 0; m < model.materials.size(); ++m) {
    std::ranges::fill(new_index, kUnused);
    const std::size_t first = positions_.size();
    std::vector<std::uint32_t> indices;
    for (std::size_t t = 0; t < source.triangles.size(); ++t) {
      if (source.material_of[t] != m) continue;
      std::array<std::uint32_t, 3> corners = source.triangles[t];
      if (corners[0] == corners[1] || corners[1] == corners[2] || corners[0] == corners[2]) continue;
      const Vec3f flat = (source.positions_m[corners[1]] - source.positions_m[corners[0]])
                             .cross(source.positions_m[corners[2]] - source.positions_m[corners[0]]);
      const Vec3f smooth =
          source.normals[corners[0]] + source.normals[corners[1]] + source.normals[corners[2]];
      // Viewers tell front from back by the order of the corners: it has to agree with the normals.
      if (flat.dot(smooth) < 0) std::swap(corners[1], corners[2]);
      for (const std::uint32_t corner : corners) {
        if (new_index[corner] == kUnused) {
          new_index[corner] = static_cast<std::uint32_t>(positions_.size() - first);
          positions_.push_back(turn(source.positions_m[corner]));
          Vec3f normal = source.normals[corner];
          if (!normal.allFinite() || !(normal.norm() > 0.5F)) normal = flat;
          normal = normal.norm() > 0 ? Vec3f(normal.normalized()) : Vec3f(Vec3f::UnitZ());
          normals_.push_back(turn(normal));
        }
        indices.push_back(new_index[corner]);
      }
    }
    if (indices.empty()) continue;
    const std::size_t count = positions_.size() - first;
    Vec3f low = positions_[first];
    Vec3f high = low;
    for (std::size_t i = first; i < positions_.size(); ++i) {
      low = low.cwiseMin(positions_[i]);
      high = high.cwiseMax(positions_[i]);
    }
    tinygltf::Primitive primitive;
    primitive.mode = TINYGLTF_MODE_TRIANGLES;
    primitive.material = material(model.materials[m]);
    const int position =
        accessor(kPositions, first, count, TINYGLTF_COMPONENT_TYPE_FLOAT, TINYGLTF_TYPE_VEC3);
    model_.accessors[static_cast<std::size_t>(position)].minValues = numbers_of(low);
    model_.accessors[static_cast<std::size_t>(position)].maxValues = numbers_of(high);
    primitive.attributes["POSITION"] = position;
    primitive.attributes["NORMAL"] =
        accessor(kNormals, first, count, TINYGLTF_COMPONENT_TYPE_FLOAT, TINYGLTF_TYPE_VEC3);
    if (count < 0xffff) {
      primitive.indices = accessor(kShortIndices, short_indices_.size(), indices.size(),
                                   TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT, TINYGLTF_TYPE_SCALAR);
      for (const std::uint32_t index : indices) short_indices_.push_back(static_cast<std::uint16_t>(index));
    } else {
      primitive.indices = accessor(kLongIndices, long_indices_.size(), indices.size(),
                                   TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT, TINYGLTF_TYPE_SCALAR);
      long_indices_.insert(long_indices_.end(), indices.begin(), indices.end());
    }
    mesh.primitives.push_back(std::move(primitive));
  }
  if (mesh.primitives.empty()) return -1;
  model_.meshes.push_back(std::move(mesh));
  return static_cast<int>(model_.meshes.size()) - 1;
}

/// From above the south side, looking down into the room, all of it in the picture.
void Writer::camera(const Vec3f& room_m) {
  constexpr float kFieldOfView_rad = 0.7F;
  constexpr float kElevation_rad = 0.95F;
  const float radius_m = 0.5F * room_m.norm() + static_cast<float>(kWallThickness_m);
  const float distance_m = radius_m / std::sin(0.5F * kFieldOfView_rad);
  const Vec3f back(0, std::sin(kElevation_rad), std::cos(kElevation_rad));
  const Vec3f eye = gltf_from_room(0.5F * room_m) + distance_m * back;
  tinygltf::Camera camera;
  camera.name = "camera";
  camera.type = "perspective";
  camera.perspective.yfov = static_cast<double>(kFieldOfView_rad);
  camera.perspective.znear = static_cast<double>(0.01F * distance_m);
  camera.perspective.zfar = static_cast<double>(4 * distance_m);
  model_.cameras.push_back(std::move(camera));
  tinygltf::Node& place = node("camera");
  place.camera = 0;
  place.translation = numbers_of(eye);
  const double half_rad = -0.5 * static_cast<double>(kElevation_rad);
  place.rotation = {std::sin(half_rad), 0, 0, std::cos(half_rad)};
}

Result<std::string> Writer::finish() && {
  // One buffer: positions, normals, indices; views that nothing uses are left out.
  tinygltf::Buffer buffer;
  std::array<int, 4> index_of{-1, -1, -1, -1};
  const auto append = [&](View view, const void* data, std::size_t size, std::size_t stride, int target) {
    if (size == 0) return;
    buffer.data.resize((buffer.data.size() + 3) / 4 * 4);
    tinygltf::BufferView entry;
    entry.buffer = 0;
    entry.byteOffset = buffer.data.size();
    entry.byteLength = size;
    entry.byteStride = stride;
    entry.target = target;
    const auto* bytes = static_cast<const unsigned char*>(data);
    buffer.data.insert(buffer.data.end(), bytes, bytes + size);
    index_of[view] = static_cast<int>(model_.bufferViews.size());
    model_.bufferViews.push_back(std::move(entry));
  };
  append(kPositions, positions_.data(), 12 * positions_.size(), 12, TINYGLTF_TARGET_ARRAY_BUFFER);
  append(kNormals, normals_.data(), 12 * normals_.size(), 12, TINYGLTF_TARGET_ARRAY_BUFFER);
  append(kShortIndices, short_indices_.data(), 2 * short_indices_.size(), 0,
         TINYGLTF_TARGET_ELEMENT_ARRAY_BUFFER);
  append(kLongIndices, long_indices_.data(), 4 * long_indices_.size(), 0,
         TINYGLTF_TARGET_ELEMENT_ARRAY_BUFFER);
  for (tinygltf::Accessor& a : model_.accessors)
    a.bufferView = index_of[static_cast<std::size_t>(a.bufferView)];
  model_.buffers.push_back(std::move(buffer));
  try {
    std::ostringstream stream;
    tinygltf::TinyGLTF writer;
    if (!writer.WriteGltfSceneToStream(&model_, stream, false, true))
      return fail(ErrorCode::Io, "the glTF file could not be written");
    return std::move(stream).str();
  } catch (const std::exception& error) {
    return fail(ErrorCode::Io, std::string("the glTF file could not be written: ") + error.what());
  }
}

void add_room(Writer& writer, const scene::SceneGraph& graph) {
  const RoomShell shell(graph);
  const auto add = [&](const std::string& name, Builder builder) {
    const int mesh = writer.mesh(std::move(builder).take(), name, gltf_from_room);
    if (mesh >= 0) writer.node(name).mesh = mesh;
  };
  Builder floor;
  add_floor(floor, shell, shell.materials.wall);
  add("floor", std::move(floor));
  for (const Wall wall : {Wall::South, Wall::North, Wall::East, Wall::West}) {
    Builder builder;
    for (const WallPiece& piece : shell.walls)
      if (piece.wall == wall) add_wall(builder, shell, piece, shell.size_m.z(), shell.materials.wall, true);
    add(std::string(scene::name(scene::element_of(wall))), std::move(builder));
    for (const WallPiece& piece : shell.walls) {
      if (piece.wall != wall) continue;
      for (const Hole& hole : piece.holes) {
        Builder opening;
        if (hole.kind == scene::OpeningKind::Door)
          add_door(opening, shell, piece, hole);
        else
          add_window(opening, shell, piece, hole);
        add(graph.openings[hole.opening].id, std::move(opening));
      }
    }
  }
  writer.camera(shell.size_m);
}

}  // namespace

Result<std::string> room_glb(const scene::SceneGraph& graph, const scene::Layout& layout) {
  if (layout.poses.size() != graph.objects.size())
    return invalid("the layout has " + std::to_string(layout.poses.size()) + " poses; expected " +
                   std::to_string(graph.objects.size()) + ", one per object");
  Writer writer;
  add_room(writer, graph);
  std::map<std::string, int> meshes;
  for (std::size_t i = 0; i < graph.objects.size(); ++i) {
    const scene::SceneObject& object = graph.objects[i];
    const scene::Pose& pose = layout.poses[i];
    if (!pose.position_m.allFinite() || !std::isfinite(pose.yaw_rad) ||
        pose.position_m.cwiseAbs().maxCoeff() > kFarthest_m)
      return invalid("its pose is not finite or too far away; expected metres within 1000 km", object.id);
    const auto [entry, is_new] = meshes.try_emplace(model_key(object), -1);
    if (is_new) entry->second = writer.mesh(make_model(object), object.kind, gltf_from_object);
    tinygltf::Node& node = writer.node(object.id);
    node.mesh = entry->second;
    const scene::Vec3& p = pose.position_m;
    node.translation = {p.x(), p.z(), -p.y()};
    const double half_rad = 0.5 * (std::numbers::pi - std::remainder(pose.yaw_rad, 2 * std::numbers::pi));
    node.rotation = {0, std::sin(half_rad), 0, std::cos(half_rad)};
    tinygltf::Value::Object extras;
    extras["kind"] = tinygltf::Value(clean(object.kind));
    extras["style"] = tinygltf::Value(clean(object.style));
    extras["material"] = tinygltf::Value(clean(object.material));
    tinygltf::Value::Array size;
    for (int axis = 0; axis < 3; ++axis) {
      const double side_m = object.size_m[axis];
      size.emplace_back(std::isfinite(side_m) ? side_m : 0.0);
    }
    extras["size_m"] = tinygltf::Value(std::move(size));
    node.extras = tinygltf::Value(std::move(extras));
    if (writer.bytes() > kMaxBytes) return invalid("the room's meshes need more than 3 GB", object.id);
  }
  return std::move(writer).finish();
}

}  // namespace metaspatial::assets
