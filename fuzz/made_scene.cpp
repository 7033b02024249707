#include "made_scene.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace metaspatial::fuzz {
namespace {

using scene::Element;
using scene::Vec3;

/// In [0, 1e6] metres.
double length_m(Bytes& bytes) {
  static constexpr std::array<double, 8> kOdd = {0, 1e-9, 1e-6, 0.01, 1.0 / 3, 100, 1000, 1e6};
  switch (bytes.below(8)) {
    case 0:
      return kOdd[bytes.below(kOdd.size())];
    case 1:
      return 10 * bytes.unit();
    case 2:
      return 0.01 * static_cast<double>(bytes.below(256));
    default:
      return 0.05 * static_cast<double>(bytes.below(100));
  }
}

double yaw_rad(Bytes& bytes) {
  switch (bytes.below(8)) {
    case 0:
      return 2 * scene::kPi * bytes.unit();
    case 1:
      return scene::rad_from_deg(2e6 * bytes.unit() - 1e6);
    case 2:
      return scene::rad_from_deg(15.0 * static_cast<double>(bytes.below(48)));
    default:
      return scene::rad_from_deg(90.0 * static_cast<double>(bytes.below(4)));
  }
}

scene::Target target(Bytes& bytes, std::size_t objects, std::size_t self) {
  const std::size_t k = bytes.below(6 + objects);
  if (k < 6) return static_cast<Element>(k);
  // Nothing refers to itself.
  return k - 6 == self ? scene::Target(Element::Middle)
                       : scene::Target(scene::ObjectRef{static_cast<int>(k - 6)});
}

}  // namespace

MadeScene make_scene(Bytes& bytes) {
  static constexpr std::array<std::string_view, 12> kKinds = {
      "bed",           "chair", "table_lamp", "rug",       "curtain", "painting",
      "pendant_light", "table", "wardrobe",   "bookshelf", "sofa",    "thing"};
  MadeScene made;
  scene::SceneGraph& graph = made.graph;
  const auto side_m = [&bytes] {
    if (bytes.below(8) == 0) return std::clamp(length_m(bytes), 0.001, 1000.0);
    return 2 + 0.05 * static_cast<double>(bytes.below(120));
  };
  graph.size = {side_m(), side_m(), side_m()};
  const bool polygon = bytes.below(4) == 0;
  if (polygon) {  // a corner is cut off in the north-east, at right angles or not
    const double l = graph.size.length_m;
    const double w = graph.size.width_m;
    const scene::Vec2 inner(l * (0.1 + 0.8 * bytes.unit()), w * (0.1 + 0.8 * bytes.unit()));
    graph.floor_m = {{0, 0}, {l, 0}, {l, inner.y()}, inner, {bytes.flag() ? inner.x() : 0.5 * inner.x(), w},
                     {0, w}};
  }
  const std::size_t objects = bytes.below(13);
  for (std::size_t i = 0; i < objects; ++i) {
    scene::SceneObject object;
    object.kind = std::string(kKinds[bytes.below(kKinds.size())]);
    object.id = object.kind + "_" + std::to_string(i);
    object.size_m = Vec3(length_m(bytes), length_m(bytes), length_m(bytes));
    object.on_floor = bytes.flag();
    for (std::size_t r = bytes.below(4); r > 0; --r) {
      scene::Relation relation;
      relation.preposition = static_cast<scene::Preposition>(bytes.below(9));
      relation.target = target(bytes, objects, i);
      if (std::holds_alternative<scene::ObjectRef>(relation.target)) relation.adjacent = bytes.flag();
      object.relations.push_back(relation);
    }
    // As files have it.
    std::stable_partition(object.relations.begin(), object.relations.end(), [](const auto& relation) {
      return std::holds_alternative<Element>(relation.target);
    });
    if (bytes.flag()) object.facing = target(bytes, objects, i);
    if (bytes.flag()) object.file_yaw_rad = yaw_rad(bytes);
    graph.objects.push_back(object);
    const auto place_m = [&bytes] { return bytes.below(16) == 0 ? -length_m(bytes) : length_m(bytes); };
    made.layout.poses.push_back({Vec3(place_m(), place_m(), place_m()), yaw_rad(bytes)});
  }
  for (std::size_t o = bytes.below(4); o > 0; --o) {
    scene::Opening opening;
    opening.id = "opening_" + std::to_string(o);
    opening.kind = bytes.flag() ? scene::OpeningKind::Door : scene::OpeningKind::Window;
    opening.wall = polygon ? (bytes.flag() ? scene::Wall::South : scene::Wall::West)
                           : static_cast<scene::Wall>(bytes.below(4));
    const double wall_m = graph.size.wall_length_m(opening.wall);
    opening.width_m = std::clamp(length_m(bytes), 1e-3, wall_m);
    opening.centre_m = 0.5 * opening.width_m + bytes.unit() * (wall_m - opening.width_m);
    opening.height_m = std::clamp(length_m(bytes), 1e-3, graph.size.height_m);
    opening.bottom_m = bytes.flag() ? 0 : bytes.unit() * (graph.size.height_m - opening.height_m);
    graph.openings.push_back(opening);
  }
  return made;
}

}  // namespace metaspatial::fuzz
