#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "metaspatial/base/image.hpp"
#include "metaspatial/render/overlay.hpp"
#include "metaspatial/render/render.hpp"
#include "metaspatial/render/room_scene.hpp"

/// Lines, areas and words over a finished picture. Nothing here knows what they mean.
namespace metaspatial::render {

/// A line in the room that is as wide far away as near by.
///
/// Units    metres; widths are in pixels of a picture of 512 pixels and grow with the picture; colour is sRGB
///          in [0, 1].
/// Frame    room frame.
struct Stroke {
  std::vector<scene::Vec3> points_m;
  scene::Vec3 color = scene::Vec3(1, 0, 0);
  double width = 1.6;
  double opacity = 1;
  double hidden = 1;   ///< share of the opacity where something stands in front of it
  bool arrow = false;  ///< a head at the last point
  bool dashed = false;
  double halo = 1;  ///< how far a dark edge reaches beyond the line, which parts it from what is behind
};

/// Words at a place of the picture.
struct Label {
  struct Line {
    std::string text;
    scene::Vec3 color = scene::Vec3(1, 1, 1);
  };
  std::vector<Line> lines;
  double x_px = 0;  ///< what it names
  double y_px = 0;
  double size = 1;        ///< of the letters
  bool beside = false;    ///< it must not cover what it names
  bool optional = false;  ///< left out where there is no room close by
  bool fixed = false;     ///< left out where there is no room right there
};

/// The height of a capital letter in a picture of this size, in pixels.
[[nodiscard]] double capital_px(int width_px, int height_px);

/// Writes a line of text with a dark edge; `y_px` is the baseline. What is outside of the picture is cut.
void draw_text(Image& image, double x_px, double y_px, std::string_view text, double capital_px,
               const scene::Vec3& color);

/// Draws over one picture of a room, whoever made it: places of the room are where `render_preview` with the
/// same options shows them.
///
/// Shape    the picture is options.width_px x options.height_px.
/// Threads  one at a time. REQUIRES `image` and `room` to outlive it.
/// Cost     distances are traced once, when something may be hidden: about 20 ms for 512 x 512.
class Drawing {
 public:
  Drawing(Image& image, const RoomScene& room, const RenderOptions& options);
  ~Drawing();
  Drawing(const Drawing&) = delete;
  Drawing& operator=(const Drawing&) = delete;

  /// Blends a polygon; `on_top` false leaves out what something hides.
  void fill(const Overlay& overlay);
  void line(const Stroke& stroke);
  /// Writes labels so that none covers another, nor the edge of the picture, each as near to its place as
  /// those before it leave room for; what is moved away gets a line that leads to its place. Labels for which
  /// there is no room at all are left out: the last ones first.
  ///
  /// Shape    same labels, same pixels. To be called once, after everything else.
  void labels(std::span<const Label> labels);
  /// An arrow to the north with the letter N, in a corner of the picture where nothing of the room is shown,
  /// or at the top right.
  void compass();

  /// Where a place of the room is in the picture; not finite behind the camera.
  [[nodiscard]] scene::Vec2 place_px(const scene::Vec3& point_m) const;
  /// Whether something stands in front of a place of the room, or it is behind the camera.
  [[nodiscard]] bool hidden(const scene::Vec3& point_m) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace metaspatial::render
