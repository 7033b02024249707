#pragma once

#include <cstdint>
#include <vector>

#include "metaspatial/base/image.hpp"
#include "metaspatial/render/overlay.hpp"
#include "metaspatial/render/room_scene.hpp"

/// Pictures of a room.
namespace metaspatial::render {

enum class View {
  Corner,  ///< from above a corner, the two walls in front cut away, the whole room in the picture
  Top,     ///< a plan: from above, north up, walls and openings drawn as in an architect's plan
  Eye,     ///< from eye height in a corner of the room, ceiling on
};

/// What picture to make.
struct RenderOptions {
  View view = View::Corner;
  bool opposite = false;      ///< View::Corner: from the corner across
  int width_px = 512;         ///< clamped to [8, 4096]
  int height_px = 512;        ///< clamped to [8, 4096]
  int samples_per_pixel = 8;  ///< at edges; the shading itself is noise-free
  std::vector<Overlay> overlays;
};

/// A sharp picture without noise: soft key light, sky light with ambient occlusion, anti-aliased edges.
///
/// Shape    same room, layout and options, same bytes, on any thread.
/// Threads  const on the room; works on the caller's thread.
/// Cost     see docs/RENDERING.md; below 20 ms for a plan of 12 objects at 224 x 224 on one core.
[[nodiscard]] Image render_preview(const RoomScene& room, const RenderOptions& options);

/// How light is followed.
struct PathOptions {
  int max_bounces = 6;     ///< clamped to [1, 64]
  std::uint32_t seed = 0;  ///< the same seed, the same bytes
  bool denoise = true;     ///< light is averaged over the neighbours on a surface as far as noise goes
};

/// A picture for judges and people: light is followed from surface to surface (paths, multiple importance
/// sampling), with soft light from windows, lamps and the ceiling, physically based materials and their
/// textures, and a film's tone curve. RenderOptions::samples_per_pixel is the number of paths; noise falls
/// with its square root.
///
/// Shape    same room, layout and options, same bytes, with one thread or many.
/// Threads  const on the room; uses the thread budget.
/// Cost     about 2 s (corner) to 4 s (eye) for 512 x 512 with 16 samples, 12 objects, two cores.
[[nodiscard]] Image render_path_traced(const RoomScene& room, const RenderOptions& options,
                                       const PathOptions& path = {});

/// Which object each pixel shows: its index in the graph, -1 for the background, -2 for the room itself.
/// guides.hpp has more of this kind.
///
/// Shape    width_px * height_px entries, rows from the top; the sample at each pixel's centre.
[[nodiscard]] std::vector<int> render_object_ids(const RoomScene& room, const RenderOptions& options);

/// Where a point of the room falls in the picture.
struct PixelPosition {
  double x_px = 0;  ///< from the left edge
  double y_px = 0;  ///< from the top edge
  bool in_front = true;
};
[[nodiscard]] PixelPosition project(const RoomScene& room, const RenderOptions& options,
                                    const scene::Vec3& point_m);

}  // namespace metaspatial::render
