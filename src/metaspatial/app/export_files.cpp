#include "metaspatial/app/export_files.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "metaspatial/assets/blender.hpp"
#include "metaspatial/assets/gltf.hpp"
#include "metaspatial/assets/usd.hpp"
#include "metaspatial/base/files.hpp"
#include "metaspatial/render/camera.hpp"

namespace metaspatial::app {
namespace {

enum class Format : std::uint8_t { None, Glb, Usda, Usdz, Blender };

Format format_of(const std::filesystem::path& out) {
  const std::string name = out.filename().string();
  if (name.ends_with(".glb")) return Format::Glb;
  if (name.ends_with(".usda")) return Format::Usda;
  if (name.ends_with(".usdz")) return Format::Usdz;
  if (name.ends_with(".blend.py")) return Format::Blender;
  return Format::None;
}

assets::ExportCamera export_camera(std::string name, const render::Camera& camera) {
  assets::ExportCamera result;
  result.name = std::move(name);
  result.origin = camera.origin;
  result.right = camera.right;
  result.up = camera.up;
  result.forward = camera.forward;
  result.half_width = camera.half_width;
  result.half_height = camera.half_height;
  return result;
}

}  // namespace

bool can_export(const std::filesystem::path& out) {
  return format_of(out) != Format::None;
}

std::vector<assets::ExportCamera> picture_cameras(const render::RoomScene& room, int side_px) {
  render::RenderOptions options;
  options.width_px = side_px;
  options.height_px = side_px;
  options.view = render::View::Corner;
  std::vector<assets::ExportCamera> cameras = {export_camera("corner", render::make_camera(room, options))};
  const render::CameraCorner corner = render::camera_corner(room.graph());
  cameras[0].cut_away = {corner.south ? "south_wall" : "north_wall", corner.west ? "west_wall" : "east_wall"};
  options.view = render::View::Eye;
  cameras.push_back(export_camera("eye", render::make_camera(room, options)));
  return cameras;
}

Result<void> write_export(const std::filesystem::path& out, const scene::SceneGraph& graph,
                          const scene::Layout& layout, const assets::ExportOptions& options) {
  switch (format_of(out)) {
    case Format::None:
      break;
    case Format::Glb: {
      METASPATIAL_TRY(const std::string bytes, assets::room_glb(graph, layout, options));
      return write_file_atomic(out, bytes);
    }
    case Format::Usda: {
      // The folder's name stands in the file, where only plain letters need no care.
      std::string folder = out.stem().string() + "_textures/";
      for (char& c : folder)
        if (c == '@' || static_cast<unsigned char>(c) < 0x20) c = '_';
      METASPATIAL_TRY(const assets::UsdFiles files, assets::room_usda(graph, layout, options, folder));
      for (const auto& [name, bytes] : files.textures)
        METASPATIAL_TRY_VOID(write_file_atomic(out.parent_path() / name, bytes));
      return write_file_atomic(out, files.layer);
    }
    case Format::Usdz: {
      METASPATIAL_TRY(const std::string bytes, assets::room_usdz(graph, layout, options));
      return write_file_atomic(out, bytes);
    }
    case Format::Blender: {
      METASPATIAL_TRY(const std::string script, assets::room_blender_script(graph, layout, options));
      return write_file_atomic(out, script);
    }
  }
  return fail(ErrorCode::Usage, "'" + out.string() + "' does not end in " + std::string(kExportEndings),
              "--out");
}

}  // namespace metaspatial::app
