#include "metaspatial/app/room_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "metaspatial/app/export_files.hpp"
#include "metaspatial/assets/gltf.hpp"
#include "metaspatial/base/files.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/render/png.hpp"
#include "metaspatial/render/render.hpp"
#include "metaspatial/render/room_scene.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::app {

Result<RoomFiles> write_room_files(const std::filesystem::path& glb, const scene::SceneGraph& graph,
                                   const scene::Layout& layout, int picture_px) {
  if (glb.extension() != ".glb")
    return fail(ErrorCode::Usage, "'" + glb.string() + "' does not end in .glb", "--out");
  RoomFiles files;
  files.glb = glb;
  files.picture = std::filesystem::path(glb).replace_extension(".png");
  files.scene = std::filesystem::path(glb).replace_extension(".json");
  files.objects = graph.objects.size();
  for (const physics::Fault& fault : physics::check(graph, layout).faults)
    files.faults.push_back(physics::describe(graph, fault));

  const render::RoomScene room(std::make_shared<render::Device>(), graph, layout);
  assets::ExportOptions with_cameras;
  with_cameras.cameras = picture_cameras(room, picture_px);
  METASPATIAL_TRY(const std::string glb_bytes, assets::room_glb(graph, layout, with_cameras));
  render::RenderOptions options;
  options.width_px = picture_px;
  options.height_px = picture_px;
  const std::string picture_bytes = render::png_bytes(render::render_preview(room, options));
  const std::string scene_bytes = dump_json(scene::room_row_json(graph, &layout), 1) + "\n";

  METASPATIAL_TRY_VOID(write_file_atomic(files.glb, glb_bytes));
  METASPATIAL_TRY_VOID(write_file_atomic(files.picture, picture_bytes));
  METASPATIAL_TRY_VOID(write_file_atomic(files.scene, scene_bytes));
  return files;
}

std::string room_files_text(const RoomFiles& files, const curate::DesignNotes& notes) {
  std::string text = fmt::format("model:   {}\npicture: {}\nscene:   {}\n", files.glb.string(),
                                 files.picture.string(), files.scene.string());
  if (!notes.not_understood.empty())
    text += fmt::format("not understood: {}\n", fmt::join(notes.not_understood, ", "));
  if (!notes.dropped.empty()) text += fmt::format("no place found for: {}\n", fmt::join(notes.dropped, ", "));
  text += fmt::format(
      "{} objects, {}\n", files.objects,
      files.faults.empty() ? std::string("no faults") : fmt::format("{} faults:", files.faults.size()));
  for (const std::string& fault : files.faults) text += "  " + fault + "\n";
  return text;
}

Json room_files_json(const RoomFiles& files, const curate::DesignNotes& notes) {
  return Json{{"glb", files.glb.string()},
              {"picture", files.picture.string()},
              {"scene", files.scene.string()},
              {"objects", files.objects},
              {"faults", files.faults},
              {"room_kind", notes.room_kind},
              {"not_understood", notes.not_understood},
              {"dropped", notes.dropped}};
}

}  // namespace metaspatial::app
