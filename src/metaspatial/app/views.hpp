#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/app/command.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/base/image.hpp"
#include "metaspatial/env/annotations.hpp"
#include "metaspatial/render/render.hpp"
#include "metaspatial/render/room_scene.hpp"

/// The pictures that commands make of a room: one view, or several on a sheet, with what is drawn over them.
namespace metaspatial::app {

/// One view of a room and how it is told apart from the others.
struct NamedView {
  std::string_view name;     ///< "corner": on the command line and in file names
  std::string_view caption;  ///< on sheets
  render::View view = render::View::Corner;
  bool opposite = false;
};

/// Reads "top", "corner,top,eye" or "sheet", which is corner, top, eye and opposite.
///
/// Errors   Usage for an unknown or a repeated name.
[[nodiscard]] Result<std::vector<NamedView>> parse_views(std::string_view text);

/// What picture to make. `views` is what parse_views gave.
struct PictureOptions {
  std::vector<NamedView> views;
  int width_px = 0;  ///< of the whole sheet; see choose_size
  int height_px = 0;
  int samples_per_pixel = 0;  ///< 0: 8, of paths of light 64
  bool path = false;          ///< light is followed, as `tracing` says
  render::PathOptions tracing;
  env::Annotations annotations;
};

/// Fills in the size where none was given (0): 512 pixels a side for one view, 1024 for sheets; two views are
/// half as high as wide, three two thirds.
void choose_size(PictureOptions& options, int one_px = 512, int sheet_px = 1024);

/// How one view of a picture is drawn: at its size on the sheet.
[[nodiscard]] std::vector<render::RenderOptions> view_options(const PictureOptions& options);

/// The picture: one view, or a sheet of several with captions.
[[nodiscard]] Image make_picture(const render::RoomScene& room, const PictureOptions& options);

/// --labels, --grid, --relations, --faults.
void add_annotation_flags(CLI::App* command, env::Annotations& annotations);

}  // namespace metaspatial::app
