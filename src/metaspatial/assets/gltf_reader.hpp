#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/assets/mesh.hpp"
#include "metaspatial/base/error.hpp"

namespace metaspatial::assets {

/// What a glTF file of unknown origin may cost; more is an error.
struct GltfLimits {
  std::size_t max_file_bytes = std::size_t{256} << 20;  ///< of the file, and of all files beside it together
  std::size_t max_json_bytes = std::size_t{32} << 20;
  std::size_t max_nodes = 20'000;
  std::size_t max_vertices = 4'000'000;                    ///< also of one accessor
  std::size_t max_triangles = 4'000'000;                   ///< with all instances
  std::size_t max_texture_pixels = std::size_t{64} << 20;  ///< of all textures together
  int max_texture_side_px = 0;  ///< larger pictures are halved until they fit; 0: kept
};

/// What a file holds, as it holds it.
///
/// Units    the file's: metres, if it keeps to glTF.
/// Frame    the file's: glTF's, Y up, front +Z. Origin as in the file; model.size_m is the extent of the box
/// on
///          the three axes, `low` its lowest corner.
struct GltfModel {
  Model model;
  Vec3f low = Vec3f::Zero();
  std::string name;                ///< of the scene, else of its only root node; may be empty
  std::string license;             ///< asset.copyright, or a licence in asset.extras; may be empty
  std::vector<std::string> notes;  ///< what was left out or read approximately, a sentence each
  std::uint64_t content_hash = 0;  ///< of the file and every file it names
};

/// Reads a glTF 2.0 model, binary (.glb) or text (.gltf), from hostile bytes: every mesh of a scene becomes
/// one mesh.
///
/// Read are node hierarchies (translation, rotation, scale, matrices; each node has one parent), triangle
/// lists, strips and fans, every type of index and attribute, sparse and normalised accessors, quantised
/// meshes, skins (in the pose the nodes stand in), PNG and JPEG textures, vertex colours, and the extensions
/// KHR_materials_unlit, _emissive_strength, _transmission (as opacity), _sheen and _pbrSpecularGlossiness
/// (approximately), KHR_texture_transform (baked into the texture coordinates), KHR_mesh_quantization. Morph
/// targets, points, lines, cameras, lights and animations are left out. Missing normals are computed: smooth
/// where faces meet at less than 40 degrees. Missing tangents are computed where a normal map needs them.
///
/// Shape    scene -1 is the default scene, or the first, or, if there is none, all root nodes.
/// Errors   InvalidInput, one line, naming `where` and the element: not glTF 2.0, cut off, an index or a
/// range
///          out of bounds, a node that is reached twice, numbers that are not finite or beyond 1e7, no
///          triangles, a limit, a required extension that is not read (Draco, meshopt and KTX2 compression
///          among them). Files beside `path` are read only from its folder and below; NotFound, Io.
/// Threads  safe to call from several threads at once.
/// Cost     about 0.1 us a triangle, and the textures (read_texture).
[[nodiscard]] Result<GltfModel> read_glb(std::string_view bytes, std::string_view where,
                                         const GltfLimits& limits = {}, int scene = -1);
[[nodiscard]] Result<GltfModel> read_gltf_file(const std::filesystem::path& path,
                                               const GltfLimits& limits = {});

}  // namespace metaspatial::assets
