#include "metaspatial/assets/gltf.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <numbers>
#include <utility>
#include <vector>

#include "metaspatial/base/json.hpp"

static_assert(std::endian::native == std::endian::little, "arrays go into the file as they lie in memory");

namespace metaspatial::assets {
namespace {

constexpr int kFloat = 5126;
constexpr int kUnsignedShort = 5123;
constexpr int kUnsignedInt = 5125;
constexpr int kArrayBuffer = 34962;
constexpr int kElementArrayBuffer = 34963;
/// Lumens in a watt where the eye sees best: the number by which readers turn candela into radiance.
constexpr float kLumensPerWatt = 683;
// A spot falls off towards its rim about as a glowing rectangle does.
constexpr double kSpotInner_rad = 0.6;
constexpr double kSpotOuter_rad = 1.55;

/// From the room's axes to glTF's, and from an object's axes to those of a glTF asset, which faces +Z.
Vec3f gltf_from_room(const Vec3f& p) {
  return {p.x(), p.z(), -p.y()};
}
Vec3f gltf_from_object(const Vec3f& p) {
  return {-p.x(), p.z(), p.y()};
}

Json json_of(const Vec3f& v) {
  return {v.x(), v.y(), v.z()};
}

/// The rotation whose columns are given, (x, y, z, w).
Json quaternion(const Vec3f& x, const Vec3f& y, const Vec3f& z) {
  Eigen::Matrix3f turn;
  turn << x, y, z;
  const Eigen::Quaternionf q = Eigen::Quaternionf(turn).normalized();
  return {q.x(), q.y(), q.z(), q.w()};
}

class Writer {
 public:
  explicit Writer(const ExportScene& room) : room_(room) {}

  std::string write(LightUnits units);

 private:
  /// What lies together in the file; accessors count from the start of their array until all is known.
  enum View { kPositions, kNormals, kUvs, kColors, kTangents, kShortIndices, kLongIndices, kViews };

  template <typename T>
  int accessor(View view, const std::vector<T>& values, int component, const char* type);
  int mesh(const ExportMesh& mesh, Vec3f (*turn)(const Vec3f&));
  void materials();
  void lights(LightUnits units);
  void cameras();
  Json& add_node(Json node);

  const ExportScene& room_;
  Json json_;
  Json nodes_ = Json::array();
  std::array<std::string, kViews> arrays_;
};

/// Adds a node of the room.
Json& Writer::add_node(Json node) {
  nodes_.push_back(std::move(node));
  return nodes_.back();
}

template <typename T>
int Writer::accessor(View view, const std::vector<T>& values, int component, const char* type) {
  std::string& array = arrays_[view];
  Json entry{{"bufferView", static_cast<int>(view)},
             {"byteOffset", array.size()},
             {"componentType", component},
             {"count", values.size()},
             {"type", type}};
  array.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  json_["accessors"].push_back(std::move(entry));
  return static_cast<int>(json_["accessors"].size()) - 1;
}

int Writer::mesh(const ExportMesh& mesh, Vec3f (*turn)(const Vec3f&)) {
  static_assert(sizeof(Vec3f) == 12 && sizeof(Eigen::Vector2f) == 8 && sizeof(Eigen::Vector4f) == 16);
  Json primitives = Json::array();
  for (const ExportPart& part : mesh.parts) {
    std::vector<Vec3f> positions;
    std::vector<Vec3f> normals;
    Vec3f low = turn(part.positions_m[0]);
    Vec3f high = low;
    for (std::size_t i = 0; i < part.positions_m.size(); ++i) {
      positions.push_back(turn(part.positions_m[i]));
      normals.push_back(turn(part.normals[i]));
      low = low.cwiseMin(positions.back());
      high = high.cwiseMax(positions.back());
    }
    Json attributes;
    const int position = accessor(kPositions, positions, kFloat, "VEC3");
    Json& bounds = json_["accessors"].back();
    bounds["min"] = json_of(low);
    bounds["max"] = json_of(high);
    attributes["POSITION"] = position;
    attributes["NORMAL"] = accessor(kNormals, normals, kFloat, "VEC3");
    if (!part.tangents.empty()) {
      std::vector<Eigen::Vector4f> tangents;
      for (const Eigen::Vector4f& t : part.tangents) {
        const Vec3f along = turn(t.head<3>());
        tangents.emplace_back(along.x(), along.y(), along.z(), t.w());
      }
      attributes["TANGENT"] = accessor(kTangents, tangents, kFloat, "VEC4");
    }
    if (!part.uvs.empty()) attributes["TEXCOORD_0"] = accessor(kUvs, part.uvs, kFloat, "VEC2");
    if (!part.colors.empty()) attributes["COLOR_0"] = accessor(kColors, part.colors, kFloat, "VEC3");
    int indices = 0;
    if (part.positions_m.size() < 0xffff) {
      const std::vector<std::uint16_t> narrow(part.indices.begin(), part.indices.end());
      indices = accessor(kShortIndices, narrow, kUnsignedShort, "SCALAR");
    } else {
      indices = accessor(kLongIndices, part.indices, kUnsignedInt, "SCALAR");
    }
    primitives.push_back(
        Json{{"attributes", std::move(attributes)}, {"indices", indices}, {"material", part.material}});
  }
  json_["meshes"].push_back(Json{{"name", mesh.name}, {"primitives", std::move(primitives)}});
  return static_cast<int>(json_["meshes"].size()) - 1;
}

void Writer::materials() {
  bool strong = false;
  for (const ExportMaterial& source : room_.materials) {
    Json m{{"name", source.name}};
    Json pbr;
    const auto texture = [](int image) { return Json{{"index", image}}; };
    pbr["baseColorFactor"] = {source.base_color.x(), source.base_color.y(), source.base_color.z(),
                              source.opacity};
    if (source.base_color_image >= 0) pbr["baseColorTexture"] = texture(source.base_color_image);
    pbr["metallicFactor"] = source.metallic;
    pbr["roughnessFactor"] = source.roughness;
    if (source.metallic_roughness_image >= 0)
      pbr["metallicRoughnessTexture"] = texture(source.metallic_roughness_image);
    m["pbrMetallicRoughness"] = std::move(pbr);
    if (source.normal_image >= 0) {
      m["normalTexture"] = texture(source.normal_image);
      if (source.normal_scale != 1) m["normalTexture"]["scale"] = source.normal_scale;
    }
    const float strength = std::max(1.0F, source.emission.maxCoeff());
    if (source.emission.maxCoeff() > 0) {
      m["emissiveFactor"] = json_of((source.emission / strength).cwiseMin(1.0F));
      if (source.emission_image >= 0) m["emissiveTexture"] = texture(source.emission_image);
      if (strength > 1) m["extensions"]["KHR_materials_emissive_strength"]["emissiveStrength"] = strength;
      strong = strong || strength > 1;
    }
    if (source.alpha_cutoff > 0) {
      m["alphaMode"] = "MASK";
      m["alphaCutoff"] = source.alpha_cutoff;
    } else if (source.blend) {
      m["alphaMode"] = "BLEND";
    }
    m["doubleSided"] = true;  // leaves, shades and panes are single sheets
    json_["materials"].push_back(std::move(m));
  }
  if (strong) json_["extensionsUsed"].push_back("KHR_materials_emissive_strength");
  // A sampler for each way to go on beyond the edge; textures are images with their sampler.
  std::map<std::pair<int, int>, int> samplers;
  const auto code = [](Texture::Wrap wrap) {
    return wrap == Texture::Wrap::Repeat ? 10497 : wrap == Texture::Wrap::Clamp ? 33071 : 33648;
  };
  for (std::size_t i = 0; i < room_.images.size(); ++i) {
    const ExportImage& image = room_.images[i];
    const std::pair wrap(code(image.wrap_u), code(image.wrap_v));
    const auto [entry, is_new] = samplers.try_emplace(wrap, static_cast<int>(samplers.size()));
    if (is_new)
      json_["samplers"].push_back(
          Json{{"magFilter", 9729}, {"minFilter", 9987}, {"wrapS", wrap.first}, {"wrapT", wrap.second}});
    json_["textures"].push_back(Json{{"sampler", entry->second}, {"source", i}});
    json_["images"].push_back(
        Json{{"name", image.name}, {"mimeType", image.jpeg ? "image/jpeg" : "image/png"}});
  }
}

void Writer::lights(LightUnits units) {
  if (room_.lights.empty()) return;
  const float scale = units == LightUnits::Candela ? kLumensPerWatt : 1.0F;
  Json list = Json::array();
  for (const RoomLight& light : room_.lights) {
    const float most = light.radiance.maxCoeff();
    if (!(most > 0)) continue;
    // Straight ahead a rectangle is as bright as its area says.
    const float area_m2 = light.area ? 4 * light.half_u_m.cross(light.half_v_m).norm() : 1.0F;
    Json entry{{"name", light.name}, {"type", light.area ? "spot" : "point"}};
    entry["color"] = json_of((light.radiance / most).cwiseMax(0.0F));
    entry["intensity"] = scale * most * area_m2;
    if (light.area)
      entry["spot"] = Json{{"innerConeAngle", kSpotInner_rad}, {"outerConeAngle", kSpotOuter_rad}};
    Json node{{"name", light.name}};
    node["translation"] = json_of(gltf_from_room(light.position_m));
    if (light.area) {
      // A light shines along its -Z.
      const Vec3f back = -light.normal.normalized();
      const Vec3f right = light.half_u_m.normalized();
      node["rotation"] =
          quaternion(gltf_from_room(right), gltf_from_room(back.cross(right)), gltf_from_room(back));
    }
    node["extensions"]["KHR_lights_punctual"]["light"] = list.size();
    add_node(std::move(node));
    list.push_back(std::move(entry));
  }
  if (list.empty()) return;
  json_["extensions"]["KHR_lights_punctual"]["lights"] = std::move(list);
  json_["extensionsUsed"].push_back("KHR_lights_punctual");
}

void Writer::cameras() {
  const float reach_m = std::max({room_.room["size_m"][0].get<float>(), room_.room["size_m"][1].get<float>(),
                                  room_.room["size_m"][2].get<float>(), 1.0F});
  for (const ExportCamera& camera : room_.cameras) {
    const float far_m = camera.origin.norm() + 8 * reach_m;
    Json& list = json_["cameras"];
    Json node{{"name", camera.name}, {"camera", list.size()}};
    node["translation"] = json_of(gltf_from_room(camera.origin));
    node["rotation"] =
        quaternion(gltf_from_room(camera.right), gltf_from_room(camera.up), gltf_from_room(-camera.forward));
    if (!camera.cut_away.empty()) node["extras"]["cut_away"] = camera.cut_away;
    add_node(std::move(node));
    list.push_back(Json{{"name", camera.name},
                        {"type", "perspective"},
                        {"perspective",
                         {{"aspectRatio", camera.half_width / camera.half_height},
                          {"yfov", 2 * std::atan(camera.half_height)},
                          {"znear", 0.0002F * far_m},
                          {"zfar", far_m}}}});
  }
}

std::string Writer::write(LightUnits units) {
  json_["asset"] = {{"version", "2.0"}, {"generator", "MetaSpatial"}};
  json_["scene"] = 0;
  json_["scenes"] = Json::array({{{"name", "room"}, {"nodes", {0}}}});
  add_node(Json{{"name", "room"}, {"extras", room_.room}});
  std::vector<int> mesh_of(room_.meshes.size(), -1);
  for (const ExportNode& source : room_.nodes) {
    const bool is_object = source.role == ExportNode::Role::Object;
    Json node{{"name", source.name}};
    if (source.mesh >= 0) {
      int& index = mesh_of[static_cast<std::size_t>(source.mesh)];
      if (index < 0)
        index = mesh(room_.meshes[static_cast<std::size_t>(source.mesh)],
                     is_object ? gltf_from_object : gltf_from_room);
      node["mesh"] = index;
    }
    if (is_object) {
      const scene::Vec3& p = source.position_m;
      const double half_rad = 0.5 * (std::numbers::pi - source.yaw_rad);
      node["translation"] = {p.x(), p.z(), -p.y()};
      node["rotation"] = {0.0, std::sin(half_rad), 0.0, std::cos(half_rad)};
      node["extras"] = room_.objects[source.object];
    }
    add_node(std::move(node));
  }
  cameras();
  lights(units);
  for (std::size_t i = 1; i < nodes_.size(); ++i) nodes_[0]["children"].push_back(i);
  json_["nodes"] = std::move(nodes_);
  materials();

  // One buffer: the arrays, then the pictures; views that nothing uses are left out.
  std::string buffer;
  std::array<int, kViews> index_of{};
  const auto append = [&](const std::string& bytes, int stride, int target) {
    buffer.resize((buffer.size() + 3) / 4 * 4);
    Json view{{"buffer", 0}, {"byteOffset", buffer.size()}, {"byteLength", bytes.size()}};
    if (stride > 0) view["byteStride"] = stride;
    if (target > 0) view["target"] = target;
    buffer += bytes;
    json_["bufferViews"].push_back(std::move(view));
    return static_cast<int>(json_["bufferViews"].size()) - 1;
  };
  constexpr std::array kStrides = {12, 12, 8, 12, 16, 0, 0};
  static_assert(kStrides.size() == kViews);
  for (std::size_t view = 0; view < kViews; ++view)
    if (!arrays_[view].empty())
      index_of[view] =
          append(arrays_[view], kStrides[view], view >= kShortIndices ? kElementArrayBuffer : kArrayBuffer);
  for (Json& entry : json_["accessors"])
    entry["bufferView"] = index_of[entry["bufferView"].get<std::size_t>()];
  for (std::size_t i = 0; i < room_.images.size(); ++i)
    json_["images"][i]["bufferView"] = append(room_.images[i].bytes, 0, 0);
  buffer.resize((buffer.size() + 3) / 4 * 4);
  json_["buffers"] = Json::array({{{"byteLength", buffer.size()}}});

  std::string text = dump_json(json_);
  text.resize((text.size() + 3) / 4 * 4, ' ');
  std::string file;
  const auto word = [&file](std::size_t value) {
    const auto bits = static_cast<std::uint32_t>(value);
    file.append(reinterpret_cast<const char*>(&bits), 4);
  };
  file.reserve(28 + text.size() + buffer.size());
  file += "glTF";
  word(2);
  word(28 + text.size() + buffer.size());
  word(text.size());
  file += "JSON";
  file += text;
  word(buffer.size());
  file += std::string_view("BIN\0", 4);
  file += buffer;
  return file;
}

}  // namespace

Result<std::string> room_glb(const scene::SceneGraph& graph, const scene::Layout& layout,
                             const ExportOptions& options) {
  METASPATIAL_TRY(const ExportScene room, export_scene(graph, layout, options));
  return Writer(room).write(options.light_units);
}

}  // namespace metaspatial::assets
