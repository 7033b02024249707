#include "metaspatial/render/sheet.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "metaspatial/base/error.hpp"
#include "metaspatial/render/drawing.hpp"

namespace metaspatial::render {

std::vector<Cell> sheet_cells(int count, int width_px, int height_px) {
  const int gutter = std::max(2, std::min(width_px, height_px) / 170);
  // Where the k-th of n equal parts begins and ends.
  const auto part = [&](int k, int n, int side_px) {
    const int total = side_px - (n - 1) * gutter;
    const int from = total * k / n + k * gutter;
    return std::pair{from, std::max(1, total * (k + 1) / n + k * gutter - from)};
  };
  std::vector<Cell> cells;
  const auto add = [&](std::pair<int, int> x, std::pair<int, int> y) {
    cells.push_back({x.first, y.first, x.second, y.second});
  };
  if (count == 3) {
    const bool wide = width_px >= height_px;
    const int large = (wide ? width_px : height_px) * 2 / 3;
    const std::pair<int, int> first{0, large};
    const std::pair<int, int> rest{large + gutter,
                                   std::max(1, (wide ? width_px : height_px) - large - gutter)};
    if (wide) {
      add(first, {0, height_px});
      for (int k = 0; k < 2; ++k) add(rest, part(k, 2, height_px));
    } else {
      add({0, width_px}, first);
      for (int k = 0; k < 2; ++k) add(part(k, 2, width_px), rest);
    }
    return cells;
  }
  const bool flat = width_px >= height_px;
  const int columns = count <= 1 ? 1 : count == 2 ? (flat ? 2 : 1) : count == 4 ? 2 : (flat ? 3 : 2);
  const int rows = (count + columns - 1) / std::max(1, columns);
  for (int k = 0; k < count; ++k)
    add(part(k % columns, columns, width_px), part(k / columns, rows, height_px));
  return cells;
}

Image compose_sheet(std::span<const Panel> panels, int width_px, int height_px) {
  const auto cells = sheet_cells(static_cast<int>(panels.size()), width_px, height_px);
  Image sheet(width_px, height_px);
  constexpr std::uint8_t kGutter = 16;
  std::fill(sheet.pixels.begin(), sheet.pixels.end(), kGutter);
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const Cell& cell = cells[i];
    const Image& image = panels[i].image;
    METASPATIAL_CHECK(image.width_px == cell.width_px && image.height_px == cell.height_px,
                      "a panel has the size of its cell");
    for (int y = 0; y < cell.height_px; ++y)
      std::copy_n(image.at(0, y), static_cast<std::size_t>(cell.width_px) * 3,
                  sheet.at(cell.x_px, cell.y_px + y));
    const double capital = 1.05 * capital_px(cell.width_px, cell.height_px);
    draw_text(sheet, cell.x_px + 1.2 * capital, cell.y_px + cell.height_px - 1.3 * capital, panels[i].caption,
              capital, scene::Vec3(0.86, 0.88, 0.92));
  }
  return sheet;
}

}  // namespace metaspatial::render
