#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "metaspatial/assets/mesh.hpp"
#include "metaspatial/assets/room_lights.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/scene/graph.hpp"

/// A furnished room taken apart for files: what glTF, USD and Blender are each told in their own words.
namespace metaspatial::assets {

/// A pinhole camera.
///
/// Units    metres; `half_width` and `half_height` are tangents of half the field of view.
/// Frame    room frame; right, up and forward are unit vectors at right angles.
struct ExportCamera {
  std::string name;
  Vec3f origin = Vec3f::Zero();
  Vec3f right = Vec3f::UnitX();
  Vec3f up = Vec3f::UnitZ();
  Vec3f forward = Vec3f::UnitY();
  float half_width = 0.5F;
  float half_height = 0.5F;
  std::vector<std::string> cut_away;  ///< nodes in front of the room that its picture leaves out
};

/// What a lamp's number in a glTF file means; other formats have one convention.
enum class LightUnits : std::uint8_t {
  Candela,   ///< glTF's own: a wall that our pictures show white has 683 cd/m2. Blender, Unreal
  Unitless,  ///< 1 where our pictures have 1: three.js, Babylon.js and Godot at their default exposure
};

struct ExportOptions {
  std::vector<ExportCamera> cameras;  ///< beside `overview`, which every file has
  LightUnits light_units = LightUnits::Candela;
  /// What objects look like; make_model() if empty. Must not return null; equal pointers share a mesh, and a
  /// model fills the object's box.
  std::function<std::shared_ptr<const Model>(const scene::SceneObject&)> model_of;
};

/// A picture file as it will lie in, or beside, the file.
struct ExportImage {
  std::string name;  ///< unique in the room, valid as a file name without its ending
  std::string bytes;
  bool jpeg = false;  ///< else PNG
  Texture::Wrap wrap_u = Texture::Wrap::Repeat;
  Texture::Wrap wrap_v = Texture::Wrap::Repeat;
};

/// A material in which patterns have become pictures; images are indices, -1 for none.
struct ExportMaterial {
  std::string name;
  Vec3f base_color = Vec3f::Ones();
  float roughness = 1;
  float metallic = 0;
  Vec3f emission = Vec3f::Zero();
  float opacity = 1;
  float alpha_cutoff = 0;
  float normal_scale = 1;
  bool blend = false;  ///< something of it lets light through
  int base_color_image = -1;
  int metallic_roughness_image = -1;
  int normal_image = -1;
  int emission_image = -1;

  [[nodiscard]] bool textured() const {
    return base_color_image >= 0 || metallic_roughness_image >= 0 || normal_image >= 0 || emission_image >= 0;
  }
};

/// The triangles of a mesh that share a material.
///
/// Frame    the object's own, as in Mesh; the room's for parts of its shell.
/// Shape    three indices a triangle, counterclockwise seen from where its normals point; uvs (glTF's) only
///          if the material has textures, tangents only if it has a normal map, colours only if there are
///          any. Normals have unit length, triangles three different corners.
struct ExportPart {
  int material = 0;
  std::vector<Vec3f> positions_m;
  std::vector<Vec3f> normals;
  std::vector<Eigen::Vector2f> uvs;
  std::vector<Vec3f> colors;
  std::vector<Eigen::Vector4f> tangents;
  std::vector<std::uint32_t> indices;
};

struct ExportMesh {
  std::string name;
  std::vector<ExportPart> parts;  ///< never empty
  int uses = 0;                   ///< nodes that show it
};

struct ExportNode {
  enum class Role : std::uint8_t { Shell, Opening, Object };

  std::string name;
  Role role = Role::Shell;
  int mesh = -1;  ///< -1: nothing to see
  scene::Vec3 position_m = scene::Vec3::Zero();
  double yaw_rad = 0;      ///< in (-2 pi, 2 pi), clockwise seen from above
  std::size_t object = 0;  ///< of an object its index in the graph
};

/// Names and texts are valid UTF-8; every number is finite.
struct ExportScene {
  std::vector<ExportImage> images;
  std::vector<ExportMaterial> materials;
  std::vector<ExportMesh> meshes;
  std::vector<ExportNode> nodes;  ///< floor, walls, each with its openings, then the objects in their order
  std::vector<RoomLight> lights;  ///< room_lights(), a constant factor brighter
  std::vector<ExportCamera> cameras;  ///< the first is `overview`
  Json room;                          ///< name, wish, size: what a reader may want to know of the question
  std::vector<Json> objects;          ///< of each object id, kind, style, material, size_m
};

/// Takes a room apart. Objects that look the same share a mesh, equal materials and images are one.
///
/// Units    metres.
/// Frame    room frame, Z up.
/// Errors   InvalidInput if an object has no pose, or one that is not finite or further than 1000 km away
///          (the message names the object), or if the meshes would pass 3 GB.
/// Threads  safe to call from several threads at once.
/// Cost     a few milliseconds for twelve objects, and once per process those of pattern_texture().
[[nodiscard]] Result<ExportScene> export_scene(const scene::SceneGraph& graph, const scene::Layout& layout,
                                               const ExportOptions& options = {});

}  // namespace metaspatial::assets
