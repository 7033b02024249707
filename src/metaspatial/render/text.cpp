#include "metaspatial/render/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace metaspatial::render {
namespace {

using scene::Vec2;

/// How a letter is drawn: strokes apart by spaces, each a row of points of two characters. The first is x in
/// half units from '0', the second y in half units from 'a', two units below the baseline: 'e' is the
/// baseline, 'm' the height of an x, 'q' that of a capital. A stroke that begins with '~' is a smooth curve:
/// a quadratic B-spline that starts and ends at its ends, or is closed if they are the same.
constexpr std::array<std::string_view, 95> kGlyphs = {
    "",                                    // space
    "0q0i 0e",                             // !
    "0q0n 2q2n",                           // "
    "2e3q 5e6q 0i7i 1m8m",                 // #
    "~5o5q0q0k5k5e0e0g 3d3r",              // $
    "0e6q ~0n0q3q3n0n ~3e3h6h6e3e",        // %
    "6e1n ~1n0q4q4n ~4n4l0k0e5e6j",        // &
    "0q0n",                                // '
    "~2r0p0d2c",                           // (
    "~0r2p2d0c",                           // )
    "2p2j 0o4k 4o0k",                      // *
    "0i4i 2g2k",                           // +
    "1e0c",                                // ,
    "0i3i",                                // -
    "0e",                                  // .
    "0d4q",                                // /
    "~0e0q5q5e0e",                         // 0
    "0o2q2e 0e4e",                         // 1
    "~0o0q5q5l0e 0e5e",                    // 2
    "~0o0q5q5k2k ~2k5k5e0e0g",             // 3
    "4e4q0h5h",                            // 4
    "5q0q0k ~0k1m5m5e0e0f",                // 5
    "~4q0o0e5e5l0l0h",                     // 6
    "0q5q2e",                              // 7
    "~0k0q5q5k0k ~0e0k5k5e0e",             // 8
    "~1e5g5q0q0j5j5n",                     // 9
    "0e 0l",                               // :
    "1e0c 1l",                             // ;
    "4m0i4e",                              // <
    "0h4h 0k4k",                           // =
    "0m4i0e",                              // >
    "~0o0q5q5l2l2h 2e",                    // ?
    "~5j5l2l2g5g5j ~5i5g8g8q0q0d6d",       // @
    "0e3q6e 1i5i",                         // A
    "2q0q0e2e 0k3k ~2q5q5k2k ~2k6k6e2e",   // B
    "~6n6q0q0e6e6h",                       // C
    "2q0q0e2e ~2q6q6e2e",                  // D
    "5q0q0e5e 0k4k",                       // E
    "5q0q0e 0k4k",                         // F
    "~6n6q0q0e6e6j 6j3j",                  // G
    "0e0q 6e6q 0k6k",                      // H
    "0e0q",                                // I
    "4q4h ~4h4e0e0g",                      // J
    "0e0q 5q0j 2l5e",                      // K
    "0q0e5e",                              // L
    "0e0q4i8q8e",                          // M
    "0e0q6e6q",                            // N
    "~0e0q7q7e0e",                         // O
    "0e0q2q ~2q5q5j2j 2j0j",               // P
    "~0e0q7q7e0e 4h7d",                    // Q
    "0e0q2q ~2q5q5j2j 2j0j 3j5e",          // R
    "~5o5q0q0k5k5e0e0g",                   // S
    "0q6q 3q3e",                           // T
    "0q0i ~0i0e6e6i 6i6q",                 // U
    "0q3e6q",                              // V
    "0q2e4o6e8q",                          // W
    "0e6q 0q6e",                           // X
    "0q3k6q 3k3e",                         // Y
    "0q6q0e6e",                            // Z
    "2r0r0c2c",                            // [
    "0q4d",                                // backslash
    "0r2r2c0c",                            // ]
    "0n2q4n",                              // ^
    "0c6c",                                // _
    "0q1o",                                // `
    "0m2m ~2m5m5j 5j5e ~5j0j0e5e5h",       // a
    "0e0q ~0i0m5m5e0e0i",                  // b
    "~5k5m0m0e5e5g",                       // c
    "5e5q ~5i5m0m0e5e5i",                  // d
    "0i5i ~5i5m0m0e5e5g",                  // e
    "~4q2q2n 2n2e 0m4m",                   // f
    "5m5d ~5i5m0m0e5e5i ~5d5a0a0b",        // g
    "0e0q ~0j0m5m5j 5j5e",                 // h
    "0e0m 0p",                             // i
    "2m2c ~2c2a0a 2p",                     // j
    "0e0q 4m0i 2j4e",                      // k
    "0q0g ~0g0e2e",                        // l
    "0e0m ~0j0m4m4j 4j4e ~4j4m8m8j 8j8e",  // m
    "0e0m ~0j0m5m5j 5j5e",                 // n
    "~0e0m5m5e0e",                         // o
    "0a0m ~0i0m5m5e0e0i",                  // p
    "5a5m ~5i5m0m0e5e5i",                  // q
    "0e0m ~0i0m3m",                        // r
    "~4l4m0m0i4i4e0e0f",                   // s
    "2p2g ~2g2e4e 0m4m",                   // t
    "0m0h ~0h0e5e5h 5m5e",                 // u
    "0m3e6m",                              // v
    "0m2e4l6e8m",                          // w
    "0e5m 0m5e",                           // x
    "0m3e 6m3e2b0a",                       // y
    "0m5m0e5e",                            // z
    "~3r1r1l0k ~0k1j1c3c",                 // {
    "0r0b",                                // |
    "~0r2r2l3k ~3k2j2c0c",                 // }
    "~0i0l5g5j",                           // ~
};
constexpr std::string_view kUnknown = "0e0q4q4e0e";
constexpr double kCapital = 6;    // units
constexpr double kSpacing = 1.7;  // units between letters
constexpr double kSpace = 1.6;    // units that a space is wide, its spacing aside
constexpr std::size_t kMostCharacters = 200;

/// The pieces of a text: the glyph of every character. A UTF-8 sequence is one character.
std::vector<std::string_view> glyphs_of(std::string_view text) {
  std::vector<std::string_view> glyphs;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 && byte < 0xC0 && !glyphs.empty()) continue;  // goes on with a character
    if (glyphs.size() == kMostCharacters) break;
    glyphs.push_back(byte >= 0x20 && byte < 0x7F ? kGlyphs[byte - 0x20U] : kUnknown);
  }
  return glyphs;
}

/// Units from the left edge to the furthest point.
double width_of(std::string_view glyph) {
  if (glyph.empty()) return kSpace;
  double width = 0;
  std::size_t i = 0;
  while (i < glyph.size()) {
    if (glyph[i] == ' ' || glyph[i] == '~') {
      ++i;
      continue;
    }
    width = std::max(width, 0.5 * (glyph[i] - '0'));
    i += 2;
  }
  return width;
}

/// A quadratic B-spline as a line.
Stem smooth(const Stem& controls) {
  if (controls.size() < 3) return controls;
  const bool closed = controls.front() == controls.back();
  const std::size_t n = controls.size() - (closed ? 1 : 0);
  constexpr int kSteps = 5;
  Stem curve;
  const auto arc = [&](const Vec2& a, const Vec2& b, const Vec2& c) {
    for (int k = curve.empty() ? 0 : 1; k <= kSteps; ++k) {
      const double t = static_cast<double>(k) / kSteps;
      curve.push_back((1 - t) * (1 - t) * a + 2 * t * (1 - t) * b + t * t * c);
    }
  };
  for (std::size_t i = closed ? 0 : 1; i < n - (closed ? 0 : 1); ++i) {
    const Vec2& before = controls[(i + n - 1) % n];
    const Vec2& here = controls[i];
    const Vec2& after = controls[(i + 1) % n];
    arc(!closed && i == 1 ? before : Vec2(0.5 * (before + here)), here,
        !closed && i + 2 == n ? after : Vec2(0.5 * (here + after)));
  }
  return curve;
}

}  // namespace

std::vector<Stem> text_stems(std::string_view text, double capital_px) {
  const double unit_px = capital_px / kCapital;
  std::vector<Stem> stems;
  double x = 0;
  for (const std::string_view glyph : glyphs_of(text)) {
    std::size_t i = 0;
    while (i < glyph.size()) {
      const bool curved = glyph[i] == '~';
      if (curved) ++i;
      Stem stem;
      for (; i < glyph.size() && glyph[i] != ' '; i += 2)
        stem.emplace_back(unit_px * (x + 0.5 * (glyph[i] - '0')),
                          -unit_px * (0.5 * (glyph[i + 1] - 'a') - 2));
      ++i;  // the space
      stems.push_back(curved ? smooth(stem) : std::move(stem));
    }
    x += width_of(glyph) + kSpacing;
  }
  return stems;
}

double text_width_px(std::string_view text, double capital_px) {
  double units = 0;
  for (const std::string_view glyph : glyphs_of(text)) units += width_of(glyph) + kSpacing;
  return std::max(0.0, units - kSpacing) * capital_px / kCapital;
}

}  // namespace metaspatial::render
