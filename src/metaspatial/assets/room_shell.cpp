#include "metaspatial/assets/room_shell.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string>
#include <string_view>

#include "metaspatial/assets/palette.hpp"

namespace metaspatial::assets {
namespace {

using scene::Opening;
using scene::OpeningKind;
using scene::SceneGraph;
using scene::Wall;

constexpr float kThick_m = static_cast<float>(kWallThickness_m);
constexpr std::size_t kMaxOpenings = 64;  // a hostile file may hold any number

ShellMaterials materials_for(const SceneGraph& graph) {
  std::string words = graph.room_name + ' ' + graph.user_preference;
  words.resize(std::min<std::size_t>(words.size(), 2000));
  for (char& c : words) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto has = [&](std::string_view word) { return words.find(word) != std::string::npos; };
  ShellMaterials m;
  m.floor = colored("floor", 0xb98d62, 0.5F);
  m.floor.pattern = Pattern::Planks;
  if (has("bath") || has("kitchen") || has("laundry") || has("spa ") || has("sauna")) {
    m.floor = colored("floor", 0xcfcac1, 0.35F);
    m.floor.pattern = Pattern::Tiles;
  } else if (has("gym") || has("garage") || has("workshop") || has("laborator") || has("server") ||
             has("hospital")) {
    m.floor = colored("floor", 0xa5a7a8, 0.6F);
    m.floor.pattern = Pattern::Tiles;
  }
  m.wall = colored("wall", 0xe9e4da, 0.95F);
  m.ceiling = colored("ceiling", 0xf5f3ef, 0.95F);
  m.skirting = colored("skirting", 0xf4f1ea, 0.6F);
  m.frame = colored("frame", 0xfaf8f4, 0.5F);
  m.door = colored("door", 0xd8702c, 0.5F);
  m.door_panel = colored("door panel", 0xc05f22, 0.5F);
  m.handle = colored("handle", 0xd9c27a, 0.3F, 1);
  m.pane = glowing("window pane", 0x8fcdfb, 0.55F);
  m.pane.base_color *= 0.35F;
  return m;
}

void add_casing(Builder& builder, const RoomShell& shell, const WallFrame& f, const Hole& h, bool sill) {
  const int m = builder.material(shell.materials.frame);
  const float w = std::min(0.06F, 0.2F * (h.s1 - h.s0));
  const float out = kThick_m;
  add_wall_box(builder, f, h.s0 - w, h.s0 + 0.015F, -0.022F, out, h.z0, h.z1 + w, m);
  add_wall_box(builder, f, h.s1 - 0.015F, h.s1 + w, -0.022F, out, h.z0, h.z1 + w, m);
  add_wall_box(builder, f, h.s0 - w, h.s1 + w, -0.022F, out, h.z1 - 0.015F, h.z1 + w, m);
  if (sill) add_wall_box(builder, f, h.s0 - w, h.s1 + w, -0.06F, out, h.z0 - 0.03F, h.z0 + 0.012F, m);
}

}  // namespace

Vec3f WallFrame::at(float s, float d, float z) const {
  switch (wall) {
    case Wall::South:
      return {s, -d, z};
    case Wall::North:
      return {s, room_m.y() + d, z};
    case Wall::West:
      return {-d, s, z};
    case Wall::East:
      return {room_m.x() + d, s, z};
  }
  return Vec3f::Zero();
}

RoomShell::RoomShell(const SceneGraph& graph) : materials(materials_for(graph)) {
  const auto side = [](double value_m) {
    return std::isfinite(value_m) ? static_cast<float>(std::clamp(value_m, 0.1, 1000.0)) : 1.0F;
  };
  size_m = Vec3f(side(graph.size.length_m), side(graph.size.width_m), side(graph.size.height_m));
  for (std::size_t i = 0; i < std::min(graph.openings.size(), kMaxOpenings); ++i) {
    const Opening& opening = graph.openings[i];
    if (!std::isfinite(opening.centre_m) || !std::isfinite(opening.width_m) ||
        !std::isfinite(opening.bottom_m) || !std::isfinite(opening.height_m))
      continue;
    const float length = frame(opening.wall).length_m();
    const auto clamp_to = [](double v, float hi) {
      return static_cast<float>(std::clamp(v, 0.0, static_cast<double>(hi)));
    };
    Hole hole{i,
              opening.kind,
              clamp_to(opening.centre_m - 0.5 * opening.width_m, length),
              clamp_to(opening.centre_m + 0.5 * opening.width_m, length),
              clamp_to(opening.bottom_m, size_m.z()),
              clamp_to(opening.bottom_m + opening.height_m, size_m.z())};
    if (hole.s1 - hole.s0 < 0.02F || hole.z1 - hole.z0 < 0.02F) continue;
    // The leaf is hung on the side that is nearer to a corner of the room.
    hole.hinge_low = hole.s0 + hole.s1 <= length;
    holes[static_cast<std::size_t>(opening.wall)].push_back(hole);
  }
}

float wall_start_m(const WallFrame& frame) {
  return frame.along_x() ? -kThick_m : 0.0F;
}
float wall_end_m(const WallFrame& frame) {
  return frame.along_x() ? frame.length_m() + kThick_m : frame.length_m();
}

void add_wall_box(Builder& builder, const WallFrame& frame, float s0, float s1, float d0, float d1, float z0,
                  float z1, int material) {
  if (s1 - s0 < 1e-4F || z1 - z0 < 1e-4F) return;
  builder.box(frame.at(s0, d0, z0), frame.at(s1, d1, z1), material);
}

void add_wall(Builder& builder, const RoomShell& shell, Wall wall, float top_m, const Material& material,
              bool skirting) {
  const WallFrame f = shell.frame(wall);
  const int wall_m = builder.material(material);
  // The wall as a grid of blocks between all edges of openings; a block inside an opening is left out.
  std::vector<float> cuts_s = {wall_start_m(f), wall_end_m(f)};
  std::vector<float> cuts_z = {0.0F, top_m};
  for (const Hole& hole : shell.holes_of(wall)) {
    cuts_s.insert(cuts_s.end(), {hole.s0, hole.s1});
    for (const float z : {hole.z0, hole.z1})
      if (z > 0 && z < top_m) cuts_z.push_back(z);
  }
  std::ranges::sort(cuts_s);
  std::ranges::sort(cuts_z);
  for (std::size_t i = 0; i + 1 < cuts_s.size(); ++i) {
    for (std::size_t j = 0; j + 1 < cuts_z.size(); ++j) {
      const float s = 0.5F * (cuts_s[i] + cuts_s[i + 1]);
      const float z = 0.5F * (cuts_z[j] + cuts_z[j + 1]);
      const bool open = std::ranges::any_of(
          shell.holes_of(wall), [&](const Hole& h) { return s > h.s0 && s < h.s1 && z > h.z0 && z < h.z1; });
      if (open) continue;
      add_wall_box(builder, f, cuts_s[i], cuts_s[i + 1], 0, kThick_m, cuts_z[j], cuts_z[j + 1], wall_m);
      if (skirting && j == 0)
        add_wall_box(builder, f, std::max(0.0F, cuts_s[i]), std::min(f.length_m(), cuts_s[i + 1]), -0.014F, 0,
                     0, std::min(0.09F, 0.5F * top_m), builder.material(shell.materials.skirting));
    }
  }
}

void add_door(Builder& builder, const RoomShell& shell, Wall wall, const Hole& h) {
  const WallFrame f = shell.frame(wall);
  add_casing(builder, shell, f, h, false);
  const float width = h.s1 - h.s0;
  const float height = h.z1 - h.z0;
  add_wall_box(builder, f, h.s0, h.s1, 0.02F, 0.06F, h.z0, h.z1, builder.material(shell.materials.door));
  const int panel_m = builder.material(shell.materials.door_panel);
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 2; ++column) {
      const float s0 = h.s0 + width * (0.12F + 0.42F * static_cast<float>(column));
      const float z0 = h.z0 + height * (row == 0 ? 0.08F : 0.52F);
      add_wall_box(builder, f, s0, s0 + 0.34F * width, 0.010F, 0.03F, z0,
                   z0 + height * (row == 0 ? 0.36F : 0.40F), panel_m);
    }
  }
  const float s = h.hinge_low ? h.s1 - 0.09F * width - 0.02F : h.s0 + 0.09F * width + 0.02F;
  const float z = h.z0 + 0.49F * height;
  builder.ellipsoid(f.at(s, -0.035F, z), Vec3f::Constant(0.035F), builder.material(shell.materials.handle),
                    10);
}

void add_window(Builder& builder, const RoomShell& shell, Wall wall, const Hole& h) {
  const WallFrame f = shell.frame(wall);
  add_casing(builder, shell, f, h, true);
  const int frame_m = builder.material(shell.materials.frame);
  add_wall_box(builder, f, h.s0, h.s1, 0.05F, 0.06F, h.z0, h.z1, builder.material(shell.materials.pane));
  const float bar = std::min(0.025F, 0.08F * (h.s1 - h.s0));
  const int columns = std::clamp(static_cast<int>(std::lround((h.s1 - h.s0) / 0.7F)), 1, 6);
  for (int i = 1; i < columns; ++i) {
    const float s = h.s0 + (h.s1 - h.s0) * static_cast<float>(i) / static_cast<float>(columns);
    add_wall_box(builder, f, s - bar, s + bar, 0.02F, 0.055F, h.z0, h.z1, frame_m);
  }
  if (h.z1 - h.z0 > 0.8F) {
    const float z = h.z0 + 0.62F * (h.z1 - h.z0);
    add_wall_box(builder, f, h.s0, h.s1, 0.02F, 0.055F, z - bar, z + bar, frame_m);
  }
}

}  // namespace metaspatial::assets
