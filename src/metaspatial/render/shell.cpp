#include "metaspatial/render/shell.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <string>

#include "metaspatial/assets/builder.hpp"
#include "metaspatial/assets/palette.hpp"

namespace metaspatial::render {
namespace {

using assets::Builder;
using assets::Material;
using assets::Pattern;
using scene::Opening;
using scene::OpeningKind;
using scene::SceneGraph;
using scene::Vec3;
using scene::Wall;

constexpr float kThick = static_cast<float>(kWallThickness_m);
constexpr std::size_t kMaxOpenings = 64;  // drawn; a hostile file may hold any number

/// A wall's own coordinates: s along it (from its west or south end), d outwards from the room, z up.
struct WallFrame {
  Wall wall;
  float length;
  float length_m;  ///< room size along x
  float width_m;   ///< room size along y
  [[nodiscard]] Vec3f at(float s, float d, float z) const {
    switch (wall) {
      case Wall::South: return {s, -d, z};
      case Wall::North: return {s, width_m + d, z};
      case Wall::West: return {-d, s, z};
      case Wall::East: return {length_m + d, s, z};
    }
    return Vec3f::Zero();
  }
};

/// An opening within its wall: clamped, finite.
struct Hole {
  OpeningKind kind;
  float s0, s1, z0, z1;
  bool hinge_low = true;
};

class ShellBuilder {
 public:
  ShellBuilder(const SceneGraph& graph, View view, CameraCorner corner) : view_(view), corner_(corner) {
    const auto side = [](double value_m) {
      return std::isfinite(value_m) ? static_cast<float>(std::clamp(value_m, 0.1, 1000.0)) : 1.0F;
    };
    size_ = Vec3f(side(graph.size.length_m), side(graph.size.width_m), side(graph.size.height_m));
    for (std::size_t i = 0; i < std::min(graph.openings.size(), kMaxOpenings); ++i) add_opening(graph.openings[i]);
    choose_materials(graph);
  }

  Shell build() && {
    floor();
    for (const Wall wall : {Wall::South, Wall::North, Wall::East, Wall::West}) draw_wall(wall);
    if (view_ == View::Eye)
      builder_.box(Vec3f(-kThick, -kThick, size_.z()), Vec3f(size_.x() + kThick, size_.y() + kThick, size_.z() + 0.1F), ceiling_);
    return {std::move(builder_).take(), std::move(marks_)};
  }

 private:
  [[nodiscard]] WallFrame frame(Wall wall) const {
    const bool along_x = wall == Wall::South || wall == Wall::North;
    return {wall, along_x ? size_.x() : size_.y(), size_.x(), size_.y()};
  }

  void add_opening(const Opening& opening) {
    if (!std::isfinite(opening.centre_m) || !std::isfinite(opening.width_m) || !std::isfinite(opening.bottom_m) ||
        !std::isfinite(opening.height_m))
      return;
    const float length = frame(opening.wall).length;
    const auto clamp_to = [](double v, float hi) { return static_cast<float>(std::clamp(v, 0.0, static_cast<double>(hi))); };
    Hole hole{opening.kind, clamp_to(opening.centre_m - 0.5 * opening.width_m, length),
              clamp_to(opening.centre_m + 0.5 * opening.width_m, length), clamp_to(opening.bottom_m, size_.z()),
              clamp_to(opening.bottom_m + opening.height_m, size_.z())};
    if (hole.s1 - hole.s0 < 0.02F || hole.z1 - hole.z0 < 0.02F) return;
    // The leaf is hung on the side that is nearer to a corner of the room.
    hole.hinge_low = hole.s0 + hole.s1 <= length;
    holes_[static_cast<std::size_t>(opening.wall)].push_back(hole);
  }

  void choose_materials(const SceneGraph& graph) {
    std::string words = graph.room_name + ' ' + graph.user_preference;
    words.resize(std::min<std::size_t>(words.size(), 2000));
    for (char& c : words) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto has = [&](std::string_view word) { return words.find(word) != std::string::npos; };
    Material floor = assets::colored("floor", 0xb98d62, 0.5F);
    floor.pattern = Pattern::Planks;
    if (has("bath") || has("kitchen") || has("laundry") || has("spa ") || has("sauna")) {
      floor = assets::colored("floor", 0xcfcac1, 0.35F);
      floor.pattern = Pattern::Tiles;
    } else if (has("gym") || has("garage") || has("workshop") || has("laborator") || has("server") || has("hospital")) {
      floor = assets::colored("floor", 0xa5a7a8, 0.6F);
      floor.pattern = Pattern::Tiles;
    }
    floor_ = builder_.material(floor);
    wall_ = builder_.material(assets::colored("wall", 0xe9e4da, 0.95F));
    ceiling_ = builder_.material(assets::colored("ceiling", 0xf5f3ef, 0.95F));
    cut_ = builder_.material(assets::colored("wall cut", view_ == View::Top ? 0x3b3f47U : 0x5a5f69U, 0.9F));
    skirting_ = builder_.material(assets::colored("skirting", 0xf4f1ea, 0.6F));
    frame_ = builder_.material(assets::colored("frame", 0xfaf8f4, 0.5F));
    door_ = builder_.material(assets::colored("door", 0xd8702c, 0.5F));
    door_panel_ = builder_.material(assets::colored("door panel", 0xc05f22, 0.5F));
    handle_ = builder_.material(assets::colored("handle", 0xd9c27a, 0.3F, 1));
    Material pane = assets::glowing("window pane", 0x8fcdfb, 0.55F);
    pane.base_color *= 0.35F;
    pane_ = builder_.material(pane);
  }

  void floor() {
    builder_.quad(Vec3f(0, 0, 0), Vec3f(size_.x(), 0, 0), Vec3f(size_.x(), size_.y(), 0), Vec3f(0, size_.y(), 0), floor_);
    builder_.box(Vec3f(-kThick, -kThick, -0.1F), Vec3f(size_.x() + kThick, size_.y() + kThick, -0.004F), cut_);
  }

  [[nodiscard]] bool cut_away(Wall wall) const {
    if (view_ != View::Corner) return false;
    switch (wall) {
      case Wall::South: return corner_.south;
      case Wall::North: return !corner_.south;
      case Wall::West: return corner_.west;
      case Wall::East: return !corner_.west;
    }
    return false;
  }

  void wall_box(const WallFrame& f, float s0, float s1, float d0, float d1, float z0, float z1, int m) {
    if (s1 - s0 < 1e-4F || z1 - z0 < 1e-4F) return;
    builder_.box(f.at(s0, d0, z0), f.at(s1, d1, z1), m);
  }

  void wall_mark(const WallFrame& f, float s0, float s1, float d, float z0, float z1, const Vec3& color, double opacity) {
    Overlay mark;
    for (const Vec3f& p : {f.at(s0, d, z0), f.at(s1, d, z0), f.at(s1, d, z1), f.at(s0, d, z1)})
      mark.points_m.push_back(p.cast<double>());
    mark.color = color;
    mark.opacity = opacity;
    marks_.push_back(std::move(mark));
  }

  void draw_wall(Wall wall) {
    const WallFrame f = frame(wall);
    const auto& holes = holes_[static_cast<std::size_t>(wall)];
    const bool low = cut_away(wall);
    const bool plan = view_ == View::Top;
    // A plan cuts the walls low, so that they throw no long shadows into the room.
    const float top = low ? std::min(0.1F, size_.z()) : (plan ? std::min(0.35F, size_.z()) : size_.z());
    // North and south walls reach around the corners.
    const bool wraps = wall == Wall::South || wall == Wall::North;
    const float s_lo = wraps ? -kThick : 0.0F;
    const float s_hi = wraps ? f.length + kThick : f.length;

    // The wall as a grid of blocks between all edges of openings; a block inside an opening is left out.
    std::vector<float> cuts_s = {s_lo, s_hi};
    std::vector<float> cuts_z = {0.0F, top};
    if (!plan) {
      for (const Hole& hole : holes) {
        cuts_s.insert(cuts_s.end(), {hole.s0, hole.s1});
        for (const float z : {hole.z0, hole.z1})
          if (z > 0 && z < top) cuts_z.push_back(z);
      }
      std::ranges::sort(cuts_s);
      std::ranges::sort(cuts_z);
    }
    for (std::size_t i = 0; i + 1 < cuts_s.size(); ++i) {
      for (std::size_t j = 0; j + 1 < cuts_z.size(); ++j) {
        const float s = 0.5F * (cuts_s[i] + cuts_s[i + 1]);
        const float z = 0.5F * (cuts_z[j] + cuts_z[j + 1]);
        const bool open = !plan && std::ranges::any_of(holes, [&](const Hole& h) {
          return s > h.s0 && s < h.s1 && z > h.z0 && z < h.z1;
        });
        if (open) continue;
        wall_box(f, cuts_s[i], cuts_s[i + 1], 0, kThick, cuts_z[j], cuts_z[j + 1], low || plan ? cut_ : wall_);
        if (!low && !plan && j == 0)
          wall_box(f, std::max(0.0F, cuts_s[i]), std::min(f.length, cuts_s[i + 1]), -0.014F, 0, 0, std::min(0.09F, 0.5F * top), skirting_);
      }
    }
    if (!low && !plan) wall_box(f, s_lo, s_hi, 0, kThick, top, top + 0.012F, cut_);
    for (const Hole& hole : holes) {
      if (plan)
        plan_opening(f, hole);
      else if (low)
        ghost_opening(f, hole);
      else if (hole.kind == OpeningKind::Door)
        real_door(f, hole);
      else
        real_window(f, hole);
    }
  }

  void casing(const WallFrame& f, const Hole& h, bool bottom) {
    const float w = std::min(0.06F, 0.2F * (h.s1 - h.s0));
    wall_box(f, h.s0 - w, h.s0 + 0.015F, -0.022F, kThick, h.z0, h.z1 + w, frame_);
    wall_box(f, h.s1 - 0.015F, h.s1 + w, -0.022F, kThick, h.z0, h.z1 + w, frame_);
    wall_box(f, h.s0 - w, h.s1 + w, -0.022F, kThick, h.z1 - 0.015F, h.z1 + w, frame_);
    if (bottom) wall_box(f, h.s0 - w, h.s1 + w, -0.06F, kThick, h.z0 - 0.03F, h.z0 + 0.012F, frame_);
  }

  void real_door(const WallFrame& f, const Hole& h) {
    casing(f, h, false);
    const float width = h.s1 - h.s0;
    const float height = h.z1 - h.z0;
    wall_box(f, h.s0, h.s1, 0.02F, 0.06F, h.z0, h.z1, door_);
    for (int row = 0; row < 2; ++row)
      for (int column = 0; column < 2; ++column) {
        const float s0 = h.s0 + width * (0.12F + 0.42F * static_cast<float>(column));
        const float z0 = h.z0 + height * (row == 0 ? 0.08F : 0.52F);
        wall_box(f, s0, s0 + 0.34F * width, 0.010F, 0.03F, z0, z0 + height * (row == 0 ? 0.36F : 0.40F), door_panel_);
      }
    const float s = h.hinge_low ? h.s1 - 0.09F * width - 0.02F : h.s0 + 0.09F * width + 0.02F;
    const float z = h.z0 + 0.49F * height;
    builder_.ellipsoid(f.at(s, -0.035F, z), Vec3f::Constant(0.035F), handle_, 10);
  }

  void real_window(const WallFrame& f, const Hole& h) {
    casing(f, h, true);
    wall_box(f, h.s0, h.s1, 0.05F, 0.06F, h.z0, h.z1, pane_);
    const float bar = std::min(0.025F, 0.08F * (h.s1 - h.s0));
    const int columns = std::clamp(static_cast<int>(std::lround((h.s1 - h.s0) / 0.7F)), 1, 6);
    for (int i = 1; i < columns; ++i) {
      const float s = h.s0 + (h.s1 - h.s0) * static_cast<float>(i) / static_cast<float>(columns);
      wall_box(f, s - bar, s + bar, 0.02F, 0.055F, h.z0, h.z1, frame_);
    }
    if (h.z1 - h.z0 > 0.8F) {
      const float z = h.z0 + 0.62F * (h.z1 - h.z0);
      wall_box(f, h.s0, h.s1, 0.02F, 0.055F, z - bar, z + bar, frame_);
    }
  }

  /// An opening of a wall that is cut away: its outline in the air, in the colour of its kind.
  void ghost_opening(const WallFrame& f, const Hole& h) {
    const Vec3 color = h.kind == OpeningKind::Door ? kDoorColor : kWindowColor;
    const float w = std::min(0.045F, 0.2F * std::min(h.s1 - h.s0, h.z1 - h.z0));
    const float d = 0.5F * kThick;
    wall_mark(f, h.s0 + w, h.s1 - w, d, h.z0 + w, h.z1 - w, color, 0.13);
    wall_mark(f, h.s0, h.s0 + w, d, h.z0, h.z1, color, 0.9);
    wall_mark(f, h.s1 - w, h.s1, d, h.z0, h.z1, color, 0.9);
    wall_mark(f, h.s0 + w, h.s1 - w, d, h.z1 - w, h.z1, color, 0.9);
    wall_mark(f, h.s0 + w, h.s1 - w, d, h.z0, h.z0 + w, color, 0.9);
    if (h.kind == OpeningKind::Door) {
      Overlay step;
      for (const Vec3f& p : {f.at(h.s0, 0, 0.003F), f.at(h.s1, 0, 0.003F), f.at(h.s1, kThick, 0.003F), f.at(h.s0, kThick, 0.003F)})
        step.points_m.push_back(p.cast<double>());
      step.color = color;
      step.opacity = 0.85;
      marks_.push_back(std::move(step));
    }
  }

  void plan_opening(const WallFrame& f, const Hole& h) {
    const auto flat = [&](float s0, float s1, float d0, float d1, const Vec3& color, double opacity) {
      Overlay mark;
      for (const Vec3f& p : {f.at(s0, d0, 0.36F), f.at(s1, d0, 0.36F), f.at(s1, d1, 0.36F), f.at(s0, d1, 0.36F)})
        mark.points_m.push_back(p.cast<double>());
      mark.color = color;
      mark.opacity = opacity;
      marks_.push_back(std::move(mark));
    };
    if (h.kind == OpeningKind::Window) {
      flat(h.s0, h.s1, 0, kThick, kWindowColor, 1);
      flat(h.s0, h.s1, 0.42F * kThick, 0.58F * kThick, Vec3(1, 1, 1), 0.9);
      return;
    }
    flat(h.s0, h.s1, 0, kThick, kDoorColor, 1);
    // The leaf stands open at a right angle; its edge sweeps a quarter of a disc.
    const float width = h.s1 - h.s0;
    const float hinge = h.hinge_low ? h.s0 : h.s1;
    const float towards = h.hinge_low ? 1.0F : -1.0F;
    Overlay sector;
    sector.points_m.push_back(f.at(hinge, 0, 0.36F).cast<double>());
    constexpr int kSteps = 14;
    for (int i = 0; i <= kSteps; ++i) {
      const float angle = 0.5F * 3.14159265F * static_cast<float>(i) / kSteps;
      sector.points_m.push_back(f.at(hinge + towards * width * std::cos(angle), -width * std::sin(angle), 0.36F).cast<double>());
    }
    sector.color = kDoorColor;
    sector.opacity = 0.38;
    marks_.push_back(std::move(sector));
    const float leaf = std::max(0.05F, 0.06F * width);
    flat(std::min(hinge, hinge + towards * leaf), std::max(hinge, hinge + towards * leaf), -width, 0, kDoorColor, 1);
  }

  View view_;
  CameraCorner corner_;
  Vec3f size_ = Vec3f::Ones();
  std::array<std::vector<Hole>, 4> holes_;
  Builder builder_;
  std::vector<Overlay> marks_;
  int floor_ = 0, wall_ = 0, ceiling_ = 0, cut_ = 0, skirting_ = 0, frame_ = 0, door_ = 0, door_panel_ = 0, handle_ = 0, pane_ = 0;
};

}  // namespace

Shell build_shell(const SceneGraph& graph, View view, CameraCorner corner) {
  return ShellBuilder(graph, view, corner).build();
}

}  // namespace metaspatial::render
