#pragma once

#include <string_view>
#include <vector>

#include "metaspatial/scene/graph.hpp"

namespace metaspatial::render {

/// A piece of a letter: a line through these points, or a dot if there is one.
using Stem = std::vector<scene::Vec2>;

/// The lines that a text is written with, in the built-in font: printable ASCII, drawn by us on a grid of 6
/// units for a capital. Any other character is an upright box.
///
/// Units    pixels; a capital letter is `capital_px` high. Hostile text is fine; at most 200 characters are
///          written.
/// Frame    x to the right from the text's left edge, y down from its baseline.
[[nodiscard]] std::vector<Stem> text_stems(std::string_view text, double capital_px);

/// How wide the text is, in pixels.
[[nodiscard]] double text_width_px(std::string_view text, double capital_px);

}  // namespace metaspatial::render
