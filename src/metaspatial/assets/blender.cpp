#include "metaspatial/assets/blender.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "metaspatial/assets/blender_script.hpp"
#include "metaspatial/assets/image_codec.hpp"

static_assert(std::endian::native == std::endian::little, "arrays go into the file as they lie in memory");

namespace metaspatial::assets {
namespace {

Json json_of(const Vec3f& v) {
  return {v.x(), v.y(), v.z()};
}

template <typename T>
void append(std::string& blob, const std::vector<T>& values) {
  blob.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

/// A mesh of all parts; its arrays go to the end of `blob`.
Json mesh_json(const ExportMesh& mesh, std::string& blob) {
  blob.resize((blob.size() + 3) / 4 * 4);
  std::vector<Vec3f> positions_m;
  std::vector<Vec3f> normals;
  std::vector<Eigen::Vector2f> uvs;
  std::vector<Vec3f> colors;
  std::vector<std::uint32_t> corners;
  std::vector<std::uint16_t> looks;
  Json materials = Json::array();
  bool any_uvs = false;
  bool any_colors = false;
  for (const ExportPart& part : mesh.parts) {
    const auto first = static_cast<std::uint32_t>(positions_m.size());
    for (const std::uint32_t index : part.indices) corners.push_back(first + index);
    looks.insert(looks.end(), part.indices.size() / 3, static_cast<std::uint16_t>(materials.size()));
    materials.push_back(part.material);
    positions_m.insert(positions_m.end(), part.positions_m.begin(), part.positions_m.end());
    normals.insert(normals.end(), part.normals.begin(), part.normals.end());
    any_uvs = any_uvs || !part.uvs.empty();
    any_colors = any_colors || !part.colors.empty();
    uvs.insert(uvs.end(), part.uvs.begin(), part.uvs.end());
    uvs.resize(positions_m.size(), Eigen::Vector2f::Zero());
    colors.insert(colors.end(), part.colors.begin(), part.colors.end());
    colors.resize(positions_m.size(), Vec3f::Ones());
  }
  Json json{{"name", mesh.name},
            {"at", blob.size()},
            {"vertices", positions_m.size()},
            {"triangles", looks.size()},
            {"uvs", any_uvs},
            {"colors", any_colors},
            {"materials", std::move(materials)}};
  append(blob, positions_m);
  append(blob, normals);
  if (any_uvs) append(blob, uvs);
  if (any_colors) append(blob, colors);
  append(blob, corners);
  append(blob, looks);
  return json;
}

Json material_json(const ExportMaterial& m, bool vertex_colors) {
  return Json{{"name", m.name},
              {"base_color", json_of(m.base_color)},
              {"roughness", m.roughness},
              {"metallic", m.metallic},
              {"emission", json_of(m.emission)},
              {"opacity", m.opacity},
              {"alpha_cutoff", m.alpha_cutoff},
              {"normal_scale", m.normal_scale},
              {"blend", m.blend},
              {"vertex_colors", vertex_colors},
              {"base_color_image", m.base_color_image},
              {"metallic_roughness_image", m.metallic_roughness_image},
              {"normal_image", m.normal_image},
              {"emission_image", m.emission_image}};
}

std::string_view wrap_name(const ExportImage& image) {
  // Blender's pictures go on in one way on both axes.
  if (image.wrap_u == Texture::Wrap::Clamp && image.wrap_v == Texture::Wrap::Clamp) return "clamp";
  if (image.wrap_u == Texture::Wrap::Mirror && image.wrap_v == Texture::Wrap::Mirror) return "mirror";
  return "repeat";
}

std::string_view role_name(ExportNode::Role role) {
  switch (role) {
    case ExportNode::Role::Shell:
      break;
    case ExportNode::Role::Opening:
      return "opening";
    case ExportNode::Role::Object:
      return "object";
  }
  return "shell";
}

/// The script's data, and into `blob` its arrays and pictures.
Json room_json(const ExportScene& room, std::string& blob) {
  Json json{{"room", room.room},       {"images", Json::array()}, {"materials", Json::array()},
            {"meshes", Json::array()}, {"nodes", Json::array()},  {"lights", Json::array()},
            {"cameras", Json::array()}};
  std::vector<bool> colored(room.materials.size(), false);
  for (const ExportMesh& mesh : room.meshes) {
    json["meshes"].push_back(mesh_json(mesh, blob));
    for (const ExportPart& part : mesh.parts)
      if (!part.colors.empty()) colored[static_cast<std::size_t>(part.material)] = true;
  }
  for (const ExportImage& image : room.images) {
    json["images"].push_back(Json{{"name", image.name + (image.jpeg ? ".jpg" : ".png")},
                                  {"at", blob.size()},
                                  {"size", image.bytes.size()},
                                  {"wrap", wrap_name(image)}});
    blob += image.bytes;
  }
  for (std::size_t i = 0; i < room.materials.size(); ++i)
    json["materials"].push_back(material_json(room.materials[i], colored[i]));
  for (const ExportNode& node : room.nodes) {
    Json entry{{"name", node.name},
               {"role", role_name(node.role)},
               {"mesh", node.mesh},
               {"position_m", {node.position_m.x(), node.position_m.y(), node.position_m.z()}},
               {"yaw_rad", node.yaw_rad}};
    if (node.role == ExportNode::Role::Object) {
      entry["properties"] = room.objects[node.object];
      entry["lamp"] = std::ranges::any_of(
          room.lights, [&](const RoomLight& light) { return light.object == node.object; });
    }
    json["nodes"].push_back(std::move(entry));
  }
  for (const RoomLight& light : room.lights) {
    if (!(light.radiance.maxCoeff() > 0)) continue;
    Json entry{{"name", light.name},
               {"area", light.area},
               {"radiance", json_of(light.radiance.cwiseMax(0.0F))},
               {"position_m", json_of(light.position_m)}};
    // Blender's lights shine along their -Z.
    const Vec3f back = light.area ? Vec3f(-light.normal.normalized()) : Vec3f(Vec3f::UnitZ());
    const Vec3f right = light.area ? Vec3f(light.half_u_m.normalized()) : Vec3f(Vec3f::UnitX());
    entry["axes"] = {json_of(right), json_of(back.cross(right)), json_of(back)};
    entry["size_m"] = {2 * light.half_u_m.norm(), 2 * light.half_v_m.norm()};
    json["lights"].push_back(std::move(entry));
  }
  for (const ExportCamera& camera : room.cameras)
    json["cameras"].push_back(
        Json{{"name", camera.name},
             {"position_m", json_of(camera.origin)},
             {"axes", {json_of(camera.right), json_of(camera.up), json_of(-camera.forward)}},
             {"half_width", camera.half_width},
             {"half_height", camera.half_height},
             {"cut_away", camera.cut_away}});
  return json;
}

}  // namespace

Result<std::string> room_blender_script(const scene::SceneGraph& graph, const scene::Layout& layout,
                                        const ExportOptions& options) {
  METASPATIAL_TRY(const ExportScene room, export_scene(graph, layout, options));
  std::string blob;
  const std::string json = dump_json(room_json(room, blob));
  std::string script(kBlenderScript);
  // A raw literal between quotes that JSON can spell in another way.
  script += "ROOM = json.loads(r'''";
  for (const char c : json) {
    if (c == '\'')
      script += "\\u0027";
    else
      script += c;
  }
  script += "''')\nARRAYS = \"" + base64_of(zlib_of(blob)) +
            "\"\n\nif __name__ == \"__main__\":\n    main(ROOM, ARRAYS)\n";
  return script;
}

}  // namespace metaspatial::assets
