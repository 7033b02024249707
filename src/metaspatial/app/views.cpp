#include "metaspatial/app/views.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "metaspatial/render/sheet.hpp"

namespace metaspatial::app {
namespace {

constexpr std::array kViews = {
    NamedView{"corner", "corner", render::View::Corner, false},
    NamedView{"top", "plan, north up", render::View::Top, false},
    NamedView{"eye", "at eye height", render::View::Eye, false},
    NamedView{"opposite", "opposite corner", render::View::Corner, true},
};

}  // namespace

Result<std::vector<NamedView>> parse_views(std::string_view text) {
  if (text == "sheet") return std::vector<NamedView>(kViews.begin(), kViews.end());
  std::vector<NamedView> views;
  std::size_t from = 0;
  while (true) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    const std::string_view name = text.substr(from, comma - from);
    const auto named = [&](const NamedView& view) { return view.name == name; };
    const auto* const found = std::find_if(kViews.begin(), kViews.end(), named);
    if (found == kViews.end())
      return fail(
          ErrorCode::Usage,
          fmt::format("expected sheet, or some of corner, top, eye, opposite, like corner,top; got '{}'",
                      text),
          "--view");
    if (std::any_of(views.begin(), views.end(), named))
      return fail(ErrorCode::Usage, fmt::format("'{}' is there twice", name), "--view");
    views.push_back(*found);
    if (comma == text.size()) return views;
    from = comma + 1;
  }
}

void choose_size(PictureOptions& options, int one_px, int sheet_px) {
  const std::size_t n = options.views.size();
  const int usual_px = n > 1 ? sheet_px : one_px;
  if (options.width_px == 0) options.width_px = usual_px;
  if (options.height_px == 0)
    options.height_px = n == 2 ? usual_px / 2 : n == 3 ? usual_px * 2 / 3 : usual_px;
}

std::vector<render::RenderOptions> view_options(const PictureOptions& options) {
  const auto cells =
      render::sheet_cells(static_cast<int>(options.views.size()), options.width_px, options.height_px);
  std::vector<render::RenderOptions> all;
  for (std::size_t i = 0; i < options.views.size(); ++i) {
    render::RenderOptions one;
    one.view = options.views[i].view;
    one.opposite = options.views[i].opposite;
    // What the renderer would clamp to would not fit the sheet.
    one.width_px = std::max(8, cells[i].width_px);
    one.height_px = std::max(8, cells[i].height_px);
    one.samples_per_pixel = options.samples_per_pixel > 0 ? options.samples_per_pixel : options.path ? 64 : 8;
    all.push_back(std::move(one));
  }
  return all;
}

Image make_picture(const render::RoomScene& room, const PictureOptions& options) {
  std::vector<render::Panel> panels;
  const auto each = view_options(options);
  for (std::size_t i = 0; i < each.size(); ++i) {
    Image image = options.path ? render::render_path_traced(room, each[i], options.tracing)
                               : render::render_preview(room, each[i]);
    env::annotate(image, room, each[i], options.annotations);
    panels.push_back({std::move(image), std::string(options.views[i].caption)});
  }
  if (panels.size() == 1) return std::move(panels.front().image);
  return render::compose_sheet(panels, options.width_px, options.height_px);
}

void add_annotation_flags(CLI::App* command, env::Annotations& annotations) {
  command->add_flag("--labels", annotations.labels, "write the objects' ids");
  command->add_flag("--grid", annotations.grid, "draw a grid of 1 m on the floor and a compass");
  command->add_flag("--relations", annotations.relations,
                    "draw relations as arrows: green if they hold, red if not, grey if they cannot");
  command->add_flag("--faults", annotations.faults,
                    "draw what is wrong: in red, faults of use and order in amber");
}

}  // namespace metaspatial::app
