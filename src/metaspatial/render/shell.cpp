#include "metaspatial/render/shell.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "metaspatial/assets/palette.hpp"
#include "metaspatial/assets/room_shell.hpp"
#include "metaspatial/scene/floor_plan.hpp"

namespace metaspatial::render {
namespace {

using assets::Builder;
using assets::Hole;
using assets::RoomShell;
using assets::WallPiece;
using scene::OpeningKind;
using scene::SceneGraph;
using scene::Vec2;
using scene::Vec3;
using scene::Wall;

constexpr float kThick = static_cast<float>(kWallThickness_m);

class ShellBuilder {
 public:
  ShellBuilder(const SceneGraph& graph, View view, CameraCorner corner, const Vec3f& eye)
      : view_(view),
        corner_(corner),
        eye_(eye),
        shell_(graph),
        size_(shell_.size_m),
        cut_material_(assets::colored("wall cut", view == View::Top ? 0x3b3f47U : 0x5a5f69U, 0.9F)) {
    if (view == View::Top) shell_.materials = shell_.plan_materials;
    builder_.material(shell_.materials.floor);
    cut_ = builder_.material(cut_material_);
  }

  Shell build() && {
    assets::add_floor(builder_, shell_, cut_material_);
    for (const WallPiece& wall : shell_.walls) draw_wall(wall);
    if (view_ == View::Eye)
      builder_.box(Vec3f(-kThick, -kThick, size_.z()),
                   Vec3f(size_.x() + kThick, size_.y() + kThick, size_.z() + 0.1F),
                   builder_.material(shell_.materials.ceiling));
    return {std::move(builder_).take(), std::move(marks_)};
  }

 private:
  [[nodiscard]] bool cut_away(const WallPiece& wall) const {
    if (view_ != View::Corner) return false;
    if (!shell_.floor_m.empty()) return hides_floor(wall);
    switch (wall.wall) {
      case Wall::South:
        return corner_.south;
      case Wall::North:
        return !corner_.south;
      case Wall::West:
        return corner_.west;
      case Wall::East:
        return !corner_.west;
    }
    return false;
  }

  /// Whether this piece of wall, as high as the room, would hide floor from the camera: what stands out into
  /// the room may do so although it faces it.
  [[nodiscard]] bool hides_floor(const WallPiece& wall) const {
    constexpr int kPlaces = 16;
    constexpr int kSteps = 48;
    const Vec2 eye = eye_.head<2>().cast<double>();
    const double above_m = static_cast<double>(eye_.z() - size_.z());
    if (above_m <= 0) return true;
    for (int place = 0; place < kPlaces; ++place) {
      const float s = wall.length_m * (static_cast<float>(place) + 0.5F) / kPlaces;
      const Vec2 from = wall.at(s, 0.02F, 0).head<2>().cast<double>();
      // The top of the wall covers the ground as far as this.
      const Vec2 reach = (from - eye) * (static_cast<double>(size_.z()) / above_m);
      for (int step = 1; step <= kSteps; ++step)
        if (scene::encloses(shell_.floor_m, from + reach * step / kSteps)) return true;
    }
    return false;
  }

  void wall_mark(const WallPiece& f, float s0, float s1, float d, float z0, float z1, const Vec3& color,
                 double opacity) {
    Overlay mark;
    for (const Vec3f& p : {f.at(s0, d, z0), f.at(s1, d, z0), f.at(s1, d, z1), f.at(s0, d, z1)})
      mark.points_m.push_back(p.cast<double>());
    mark.color = color;
    mark.opacity = opacity;
    marks_.push_back(std::move(mark));
  }

  void draw_wall(const WallPiece& f) {
    const bool low = cut_away(f);
    const bool plan = view_ == View::Top;
    if (plan) {
      // A plan cuts the walls low, so that they throw no long shadows into the room.
      assets::add_wall_box(builder_, f, f.start_m, f.end_m, 0, kThick, 0, std::min(0.35F, size_.z()), cut_);
    } else if (low) {
      assets::add_wall(builder_, shell_, f, std::min(0.1F, size_.z()), cut_material_, false);
    } else {
      assets::add_wall(builder_, shell_, f, size_.z(), shell_.materials.wall, true);
      assets::add_wall_box(builder_, f, f.start_m, f.end_m, 0, kThick, size_.z(), size_.z() + 0.012F, cut_);
    }
    for (const Hole& hole : f.holes) {
      if (plan)
        plan_opening(f, hole);
      else if (low)
        ghost_opening(f, hole);
      else if (hole.kind == OpeningKind::Door)
        assets::add_door(builder_, shell_, f, hole);
      else
        assets::add_window(builder_, shell_, f, hole);
    }
  }

  /// An opening of a wall that is cut away: its outline in the air, in the colour of its kind.
  void ghost_opening(const WallPiece& f, const Hole& h) {
    const Vec3 color = h.kind == OpeningKind::Door ? kDoorColor : kWindowColor;
    const float w = std::min(0.045F, 0.2F * std::min(h.s1 - h.s0, h.z1 - h.z0));
    const float d = 0.5F * kThick;
    wall_mark(f, h.s0 + w, h.s1 - w, d, h.z0 + w, h.z1 - w, color, 0.08);
    wall_mark(f, h.s0, h.s0 + w, d, h.z0, h.z1, color, 0.9);
    wall_mark(f, h.s1 - w, h.s1, d, h.z0, h.z1, color, 0.9);
    wall_mark(f, h.s0 + w, h.s1 - w, d, h.z1 - w, h.z1, color, 0.9);
    wall_mark(f, h.s0 + w, h.s1 - w, d, h.z0, h.z0 + w, color, 0.9);
    if (h.kind == OpeningKind::Door) {
      Overlay step;
      for (const Vec3f& p : {f.at(h.s0, 0, 0.003F), f.at(h.s1, 0, 0.003F), f.at(h.s1, kThick, 0.003F),
                             f.at(h.s0, kThick, 0.003F)})
        step.points_m.push_back(p.cast<double>());
      step.color = color;
      step.opacity = 0.85;
      marks_.push_back(std::move(step));
    }
  }

  void plan_opening(const WallPiece& f, const Hole& h) {
    const auto flat = [&](float s0, float s1, float d0, float d1, const Vec3& color, double opacity) {
      Overlay mark;
      for (const Vec3f& p :
           {f.at(s0, d0, 0.36F), f.at(s1, d0, 0.36F), f.at(s1, d1, 0.36F), f.at(s0, d1, 0.36F)})
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
      sector.points_m.push_back(
          f.at(hinge + towards * width * std::cos(angle), -width * std::sin(angle), 0.36F).cast<double>());
    }
    sector.color = kDoorColor;
    sector.opacity = 0.38;
    marks_.push_back(std::move(sector));
    const float leaf = std::max(0.05F, 0.06F * width);
    flat(std::min(hinge, hinge + towards * leaf), std::max(hinge, hinge + towards * leaf), -width, 0,
         kDoorColor, 1);
  }

  View view_;
  CameraCorner corner_;
  Vec3f eye_;
  RoomShell shell_;
  Vec3f size_;
  assets::Material cut_material_;
  Builder builder_;
  std::vector<Overlay> marks_;
  int cut_ = 0;
};

}  // namespace

Shell build_shell(const SceneGraph& graph, View view, CameraCorner corner, const Vec3f& eye) {
  return ShellBuilder(graph, view, corner, eye).build();
}

}  // namespace metaspatial::render
