#include "metaspatial/render/shell.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "metaspatial/assets/palette.hpp"
#include "metaspatial/assets/room_shell.hpp"

namespace metaspatial::render {
namespace {

using assets::Builder;
using assets::Hole;
using assets::RoomShell;
using assets::WallFrame;
using scene::OpeningKind;
using scene::SceneGraph;
using scene::Vec3;
using scene::Wall;

constexpr float kThick = static_cast<float>(kWallThickness_m);

class ShellBuilder {
 public:
  ShellBuilder(const SceneGraph& graph, View view, CameraCorner corner)
      : view_(view),
        corner_(corner),
        shell_(graph),
        size_(shell_.size_m),
        cut_material_(assets::colored("wall cut", view == View::Top ? 0x3b3f47U : 0x5a5f69U, 0.9F)) {
    floor_ = builder_.material(shell_.materials.floor);
    cut_ = builder_.material(cut_material_);
  }

  Shell build() && {
    floor();
    for (const Wall wall : {Wall::South, Wall::North, Wall::East, Wall::West}) draw_wall(wall);
    if (view_ == View::Eye)
      builder_.box(Vec3f(-kThick, -kThick, size_.z()),
                   Vec3f(size_.x() + kThick, size_.y() + kThick, size_.z() + 0.1F),
                   builder_.material(shell_.materials.ceiling));
    return {std::move(builder_).take(), std::move(marks_)};
  }

 private:
  void floor() {
    builder_.quad(Vec3f(0, 0, 0), Vec3f(size_.x(), 0, 0), Vec3f(size_.x(), size_.y(), 0),
                  Vec3f(0, size_.y(), 0), floor_);
    builder_.box(Vec3f(-kThick, -kThick, -0.1F), Vec3f(size_.x() + kThick, size_.y() + kThick, -0.004F),
                 cut_);
  }

  [[nodiscard]] bool cut_away(Wall wall) const {
    if (view_ != View::Corner) return false;
    switch (wall) {
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

  void wall_mark(const WallFrame& f, float s0, float s1, float d, float z0, float z1, const Vec3& color,
                 double opacity) {
    Overlay mark;
    for (const Vec3f& p : {f.at(s0, d, z0), f.at(s1, d, z0), f.at(s1, d, z1), f.at(s0, d, z1)})
      mark.points_m.push_back(p.cast<double>());
    mark.color = color;
    mark.opacity = opacity;
    marks_.push_back(std::move(mark));
  }

  void draw_wall(Wall wall) {
    const WallFrame f = shell_.frame(wall);
    const bool low = cut_away(wall);
    const bool plan = view_ == View::Top;
    if (plan) {
      // A plan cuts the walls low, so that they throw no long shadows into the room.
      assets::add_wall_box(builder_, f, wall_start_m(f), wall_end_m(f), 0, kThick, 0,
                           std::min(0.35F, size_.z()), cut_);
    } else if (low) {
      assets::add_wall(builder_, shell_, wall, std::min(0.1F, size_.z()), cut_material_, false);
    } else {
      assets::add_wall(builder_, shell_, wall, size_.z(), shell_.materials.wall, true);
      assets::add_wall_box(builder_, f, wall_start_m(f), wall_end_m(f), 0, kThick, size_.z(),
                           size_.z() + 0.012F, cut_);
    }
    for (const Hole& hole : shell_.holes_of(wall)) {
      if (plan)
        plan_opening(f, hole);
      else if (low)
        ghost_opening(f, hole);
      else if (hole.kind == OpeningKind::Door)
        assets::add_door(builder_, shell_, wall, hole);
      else
        assets::add_window(builder_, shell_, wall, hole);
    }
  }

  /// An opening of a wall that is cut away: its outline in the air, in the colour of its kind.
  void ghost_opening(const WallFrame& f, const Hole& h) {
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

  void plan_opening(const WallFrame& f, const Hole& h) {
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
  RoomShell shell_;
  Vec3f size_;
  assets::Material cut_material_;
  Builder builder_;
  std::vector<Overlay> marks_;
  int floor_ = 0;
  int cut_ = 0;
};

}  // namespace

Shell build_shell(const SceneGraph& graph, View view, CameraCorner corner) {
  return ShellBuilder(graph, view, corner).build();
}

}  // namespace metaspatial::render
