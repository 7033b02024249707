#include "metaspatial/assets/model_glb.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "metaspatial/base/json.hpp"

namespace metaspatial::assets {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{2} << 30;
constexpr int kFloat = 5126;
constexpr int kUnsigned = 5125;
constexpr int kArrayBuffer = 34962;
constexpr int kElementBuffer = 34963;

Vec3f gltf_from_object(const Vec3f& p) {
  return {-p.x(), p.z(), p.y()};
}

Json numbers(const Vec3f& v) {
  return Json::array({v.x(), v.y(), v.z()});
}

class ModelWriter {
 public:
  ModelWriter() {
    json_["asset"] = {{"version", "2.0"}, {"generator", "MetaSpatial"}};
    json_["scene"] = 0;
    for (const char* key : {"scenes", "nodes", "meshes", "accessors", "bufferViews", "materials", "textures",
                            "images", "samplers"})
      json_[key] = Json::array();
  }

  void materials(const std::vector<Material>& materials) {
    for (const Material& m : materials) json_["materials"].push_back(material(m));
  }
  void scene(const Model& model, std::string_view name);
  [[nodiscard]] Result<std::string> finish() &&;

 private:
  std::size_t view(const void* data, std::size_t size, int target) {
    binary_.resize((binary_.size() + 3) / 4 * 4);
    Json entry{{"buffer", 0}, {"byteOffset", binary_.size()}, {"byteLength", size}};
    if (target != 0) entry["target"] = target;
    binary_.append(static_cast<const char*>(data), size);
    json_["bufferViews"].push_back(std::move(entry));
    return json_["bufferViews"].size() - 1;
  }
  template <typename T>
  std::size_t accessor(const std::vector<T>& values, const char* type, std::size_t components,
                       int component_type, int target) {
    const std::size_t at = view(values.data(), values.size() * sizeof(T), target);
    json_["accessors"].push_back(Json{{"bufferView", at},
                                      {"componentType", component_type},
                                      {"count", values.size() / components},
                                      {"type", type}});
    return json_["accessors"].size() - 1;
  }
  Json material(const Material& m);
  Json texture(const std::shared_ptr<const Texture>& texture);

  Json json_ = Json::object();
  std::string binary_;
  std::map<const Texture*, std::size_t> textures_;
};

int wrap_number(Texture::Wrap wrap) {
  switch (wrap) {
    case Texture::Wrap::Clamp:
      return 33071;
    case Texture::Wrap::Mirror:
      return 33648;
    case Texture::Wrap::Repeat:
      return 10497;
  }
  return 10497;
}

Json ModelWriter::texture(const std::shared_ptr<const Texture>& texture) {
  const auto [entry, is_new] = textures_.try_emplace(texture.get(), json_["textures"].size());
  if (is_new) {
    const bool png = texture->encoded.starts_with("\x89PNG");
    json_["images"].push_back(Json{{"bufferView", view(texture->encoded.data(), texture->encoded.size(), 0)},
                                   {"mimeType", png ? "image/png" : "image/jpeg"}});
    json_["samplers"].push_back(
        Json{{"wrapS", wrap_number(texture->wrap_u)}, {"wrapT", wrap_number(texture->wrap_v)}});
    json_["textures"].push_back(
        Json{{"source", json_["images"].size() - 1}, {"sampler", json_["samplers"].size() - 1}});
  }
  return Json{{"index", entry->second}};
}

Json ModelWriter::material(const Material& m) {
  const auto writable = [](const std::shared_ptr<const Texture>& t) { return t && !t->encoded.empty(); };
  Json json = Json::object();
  json["name"] = m.name;
  Json pbr = Json::object();
  pbr["baseColorFactor"] = Json::array({m.base_color.x(), m.base_color.y(), m.base_color.z(), m.opacity});
  pbr["metallicFactor"] = m.metallic;
  pbr["roughnessFactor"] = m.roughness;
  if (writable(m.base_color_texture)) pbr["baseColorTexture"] = texture(m.base_color_texture);
  if (writable(m.metallic_roughness_texture))
    pbr["metallicRoughnessTexture"] = texture(m.metallic_roughness_texture);
  json["pbrMetallicRoughness"] = std::move(pbr);
  if (writable(m.normal_texture)) {
    json["normalTexture"] = texture(m.normal_texture);
    json["normalTexture"]["scale"] = m.normal_scale;
  }
  if (writable(m.emission_texture)) json["emissiveTexture"] = texture(m.emission_texture);
  if (const float brightest = m.emission.maxCoeff(); brightest > 0) {
    json["emissiveFactor"] = numbers(m.emission / std::max(1.0F, brightest));
    if (brightest > 1) {
      json["extensions"] = {{"KHR_materials_emissive_strength", {{"emissiveStrength", brightest}}}};
      json_["extensionsUsed"] = Json::array({"KHR_materials_emissive_strength"});
    }
  }
  if (m.alpha_cutoff > 0) {
    json["alphaMode"] = "MASK";
    json["alphaCutoff"] = m.alpha_cutoff;
  } else if (m.opacity < 1) {
    json["alphaMode"] = "BLEND";
  }
  json["doubleSided"] = true;
  return json;
}

void ModelWriter::scene(const Model& model, std::string_view name) {
  const Mesh& mesh = model.mesh;
  std::vector<Vec3f> positions(mesh.positions_m.size());
  std::vector<Vec3f> normals(mesh.normals.size());
  std::ranges::transform(mesh.positions_m, positions.begin(), gltf_from_object);
  std::ranges::transform(mesh.normals, normals.begin(), gltf_from_object);
  Json attributes = Json::object();
  attributes["POSITION"] = accessor(positions, "VEC3", 1, kFloat, kArrayBuffer);
  Vec3f low = positions.front();
  Vec3f high = low;
  for (const Vec3f& p : positions) {
    low = low.cwiseMin(p);
    high = high.cwiseMax(p);
  }
  json_["accessors"].back()["min"] = numbers(low);
  json_["accessors"].back()["max"] = numbers(high);
  attributes["NORMAL"] = accessor(normals, "VEC3", 1, kFloat, kArrayBuffer);
  if (!mesh.uvs.empty()) attributes["TEXCOORD_0"] = accessor(mesh.uvs, "VEC2", 1, kFloat, kArrayBuffer);
  if (!mesh.colors.empty()) attributes["COLOR_0"] = accessor(mesh.colors, "VEC3", 1, kFloat, kArrayBuffer);
  if (!mesh.tangents.empty()) {
    std::vector<Eigen::Vector4f> tangents(mesh.tangents);
    for (Eigen::Vector4f& t : tangents) t.head<3>() = gltf_from_object(Vec3f(t.head<3>()));
    attributes["TANGENT"] = accessor(tangents, "VEC4", 1, kFloat, kArrayBuffer);
  }
  Json primitives = Json::array();
  std::map<std::uint16_t, std::vector<std::uint32_t>> indices;
  for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
    auto& list = indices[mesh.material_of[t]];
    list.insert(list.end(), mesh.triangles[t].begin(), mesh.triangles[t].end());
  }
  for (const auto& [m, list] : indices)
    primitives.push_back(Json{{"attributes", attributes},
                              {"indices", accessor(list, "SCALAR", 1, kUnsigned, kElementBuffer)},
                              {"material", m}});
  json_["meshes"].push_back(Json{{"primitives", std::move(primitives)}});
  json_["nodes"].push_back(Json{{"name", name}, {"mesh", json_["meshes"].size() - 1}});
  json_["scenes"].push_back(Json{{"name", name}, {"nodes", {json_["nodes"].size() - 1}}});
}

Result<std::string> ModelWriter::finish() && {
  for (const char* key : {"materials", "textures", "images", "samplers"})
    if (json_[key].empty()) json_.erase(key);
  binary_.resize((binary_.size() + 3) / 4 * 4);
  json_["buffers"] = Json::array({Json{{"byteLength", binary_.size()}}});
  std::string text = dump_json(json_);
  text.resize((text.size() + 3) / 4 * 4, ' ');
  const std::size_t total = 12 + 8 + text.size() + 8 + binary_.size();
  if (total > kMaxBytes) return invalid("needs more than 2 GiB as a GLB");
  std::string bytes;
  bytes.reserve(total);
  const auto word = [&](std::size_t value) {
    for (const unsigned shift : {0U, 8U, 16U, 24U}) bytes += static_cast<char>(value >> shift & 0xffU);
  };
  bytes += "glTF";
  word(2);
  word(total);
  word(text.size());
  bytes += "JSON";
  bytes += text;
  word(binary_.size());
  bytes.append("BIN\0", 4);
  bytes += binary_;
  return bytes;
}

}  // namespace

Result<std::string> model_glb(const Model& full, const Model* preview, std::string_view name) {
  ModelWriter writer;
  writer.materials(full.materials);
  writer.scene(full, name);
  if (preview != nullptr) writer.scene(*preview, "preview");
  return std::move(writer).finish();
}

}  // namespace metaspatial::assets
