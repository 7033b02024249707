#pragma once

#include <span>
#include <string>
#include <vector>

#include "metaspatial/base/image.hpp"

namespace metaspatial::render {

/// Where a picture stands in a sheet, in pixels.
struct Cell {
  int x_px = 0;
  int y_px = 0;
  int width_px = 0;
  int height_px = 0;
};

/// The cells of a sheet of one to six pictures, with thin gutters between them: side by side or one above the
/// other for two; for three the first is large; rows of two or three for more.
///
/// Shape    `count` cells, none smaller than 1 x 1.
[[nodiscard]] std::vector<Cell> sheet_cells(int count, int width_px, int height_px);

/// One picture of a sheet.
struct Panel {
  Image image;  ///< of its cell's size
  std::string caption;
};

/// Puts pictures onto one, each with its caption in its lower left corner.
///
/// Shape    REQUIRES one panel per cell of sheet_cells(panels.size(), width_px, height_px), of its size.
[[nodiscard]] Image compose_sheet(std::span<const Panel> panels, int width_px, int height_px);

}  // namespace metaspatial::render
