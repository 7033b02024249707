#include "metaspatial/physics/navigability.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "metaspatial/base/rng.hpp"

namespace metaspatial::physics {
namespace {

using scene::kPi;
using scene::Opening;
using scene::OpeningKind;
using scene::Pose;
using scene::rad_from_deg;
using scene::SceneObject;
using scene::Vec3;
using scene::Wall;

struct Room {
  SceneGraph graph;
  Layout layout;
  std::vector<Vec2> floor_m;

  Room(double length_m, double width_m) { graph.size = {length_m, width_m, 3}; }
  /// Stands on the floor unless it is given another height of its underside.
  Room& add(std::string id, Vec3 size_m, double x, double y, double yaw_rad = 0, double bottom_m = 0) {
    SceneObject object;
    object.kind = scene::kind_from_id(id);
    object.id = std::move(id);
    object.size_m = size_m;
    object.on_floor = bottom_m <= 0;
    graph.objects.push_back(std::move(object));
    layout.poses.push_back({Vec3(x, y, bottom_m + 0.5 * size_m.z()), yaw_rad});
    return *this;
  }
  Room& door(Wall wall, double centre_m, double width_m = 0.9) {
    const std::string id = "door_" + std::to_string(graph.openings.size() + 1);
    graph.openings.push_back({id, OpeningKind::Door, wall, centre_m, width_m, 0, 2});
    return *this;
  }
  [[nodiscard]] Navigability walk(const NavigabilityRules& rules = {}) const {
    return navigability(graph, layout, rules, floor_m);
  }
};

using Flags = std::vector<std::uint8_t>;

/// A wall of shelves 0.3 m deep across a room 3 m wide, its middle at x.
Room& shelves_across(Room& room, double x) {
  for (int k = 0; k < 3; ++k) room.add("bookshelf_" + std::to_string(k + 1), {0.3, 1, 1.8}, x, 0.5 + k);
  return room;
}

// ---------------------------------------------------------------------------------------------- slow
// reference

// Plain numbers where every cell meets every wall: Eigen is slow in a debug build.
struct Segment {
  Vec2 a;
  Vec2 b;
};
/// A gap in a wall: an edge's line, and the side that is inside.
struct Gap {
  int along = 0;
  double line_m = 0;
  double lo_m = 0;
  double hi_m = 0;
  double inward = 1;
};

double distance_m(const Segment& s, double x, double y) {
  const double* a = s.a.data();
  const double dx = s.b.data()[0] - a[0];
  const double dy = s.b.data()[1] - a[1];
  const double squared = dx * dx + dy * dy;
  const double t = squared > 0 ? std::clamp(((x - a[0]) * dx + (y - a[1]) * dy) / squared, 0.0, 1.0) : 0.0;
  return std::hypot(a[0] + t * dx - x, a[1] + t * dy - y);
}
/// An object's footprint: its centre, its half extents, the sine and cosine of its yaw.
struct Footprint {
  double x, y, half_length, half_width, sine, cosine;
};
double distance_m(const Footprint& f, double x, double y) {
  const double u = std::abs((x - f.x) * f.cosine - (y - f.y) * f.sine) - f.half_length;
  const double v = std::abs((x - f.x) * f.sine + (y - f.y) * f.cosine) - f.half_width;
  return std::hypot(std::max(u, 0.0), std::max(v, 0.0));
}
bool inside(const std::vector<Segment>& edges, double x, double y) {
  bool in = false;
  for (const Segment& edge : edges) {
    const double* a = edge.a.data();
    const double* b = edge.b.data();
    if ((a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0])) in = !in;
  }
  return in || std::any_of(edges.begin(), edges.end(),
                           [&](const Segment& edge) { return distance_m(edge, x, y) <= 1e-9; });
}

/// The walls of a counterclockwise floor without its doors, and the doors. A door lies in the outermost of
/// the edges that face its wall and span its centre.
void walls_of(const SceneGraph& graph, const std::vector<Vec2>& floor, std::vector<Segment>& walls,
              std::vector<Gap>& gaps) {
  const auto wall_of_edge = [](const Vec2& d) {
    return d.y() == 0 ? (d.x() > 0 ? 0 : 1) : d.x() == 0 ? (d.y() > 0 ? 2 : 3) : -1;
  };
  std::vector<std::vector<Gap>> of_edge(floor.size());
  for (const Opening& opening : graph.openings) {
    if (opening.kind != OpeningKind::Door) continue;
    const double length = graph.size.wall_length_m(opening.wall);
    const double lo = std::max(0.0, opening.centre_m - opening.width_m / 2);
    const double hi = std::min(length, opening.centre_m + opening.width_m / 2);
    const int wall = static_cast<int>(opening.wall);  // South, North, East, West as in wall_of_edge
    const int along = wall < 2 ? 0 : 1;
    const double inward = wall == 0 || wall == 3 ? 1 : -1;
    int best = -1;
    for (std::size_t k = 0; k < floor.size(); ++k) {
      const Vec2& a = floor[k];
      const Vec2& b = floor[(k + 1) % floor.size()];
      if (wall_of_edge(b - a) != wall) continue;
      const double centre = (lo + hi) / 2;
      if (centre < std::min(a[along], b[along]) || centre > std::max(a[along], b[along])) continue;
      if (best < 0 || inward * (a[1 - along] - floor[static_cast<std::size_t>(best)][1 - along]) < 0)
        best = static_cast<int>(k);
    }
    if (best < 0) continue;
    const auto edge = static_cast<std::size_t>(best);
    of_edge[edge].push_back({along, floor[edge][1 - along], lo, hi, inward});
    gaps.push_back(of_edge[edge].back());
  }
  for (std::size_t k = 0; k < floor.size(); ++k) {
    const Vec2& a = floor[k];
    const Vec2& b = floor[(k + 1) % floor.size()];
    // Cut at every door's ends; what is not in a door stays.
    std::vector<double> cuts = {0, 1};
    const auto fraction = [&](const Gap& gap, double at) {
      return std::clamp((at - a[gap.along]) / (b[gap.along] - a[gap.along]), 0.0, 1.0);
    };
    for (const Gap& gap : of_edge[k]) {
      cuts.push_back(fraction(gap, gap.lo_m));
      cuts.push_back(fraction(gap, gap.hi_m));
    }
    std::sort(cuts.begin(), cuts.end());
    for (std::size_t c = 0; c + 1 < cuts.size(); ++c) {
      const Vec2 middle = a + (cuts[c] + cuts[c + 1]) / 2 * (b - a);
      const bool open = std::any_of(of_edge[k].begin(), of_edge[k].end(), [&](const Gap& gap) {
        return middle[gap.along] > gap.lo_m && middle[gap.along] < gap.hi_m;
      });
      if (!open) walls.push_back({a + cuts[c] * (b - a), a + cuts[c + 1] * (b - a)});
    }
  }
}

/// By the definition: every cell against every wall and object, then a flood from the doors. Only for objects
/// that are all obstacles and stand on the floor.
Navigability slow_navigability(const Room& room, const NavigabilityRules& rules, const FloorMap& grid) {
  const SceneGraph& graph = room.graph;
  std::vector<Vec2> floor = room.floor_m;
  if (floor.empty())
    floor = {Vec2(0, 0), Vec2(graph.size.length_m, 0), Vec2(graph.size.length_m, graph.size.width_m),
             Vec2(0, graph.size.width_m)};
  std::vector<Segment> walls;
  std::vector<Gap> gaps;
  walls_of(graph, floor, walls, gaps);

  std::vector<Segment> edges;
  for (std::size_t k = 0; k < floor.size(); ++k) edges.push_back({floor[k], floor[(k + 1) % floor.size()]});
  std::vector<Footprint> things;
  for (std::size_t i = 0; i < graph.objects.size(); ++i) {
    const Vec3& size = graph.objects[i].size_m;
    const Pose& pose = room.layout.poses[i];
    things.push_back({pose.position_m.x(), pose.position_m.y(), size.x() / 2, size.y() / 2,
                      std::sin(pose.yaw_rad), std::cos(pose.yaw_rad)});
  }

  const double radius = rules.person_width_m / 2;
  const auto cells = static_cast<std::size_t>(grid.columns * grid.rows);
  const auto index = [&](int c, int r) { return static_cast<std::size_t>(r * grid.columns + c); };
  std::vector<char> free(cells, 0);
  for (int r = 0; r < grid.rows; ++r) {
    for (int c = 0; c < grid.columns; ++c) {
      const Vec2 p = grid.centre_m(c, r);
      const double x = p.x();
      const double y = p.y();
      const auto near = [&](const auto& obstacle) { return distance_m(obstacle, x, y) < radius - 1e-9; };
      const bool clear = inside(edges, x, y) && std::none_of(walls.begin(), walls.end(), near) &&
                         std::none_of(things.begin(), things.end(), near);
      free[index(c, r)] = clear ? 1 : 0;
      if (grid.is_free(c, r) != clear) ADD_FAILURE() << "cell " << c << ", " << r << " differs";
    }
  }
  std::vector<int> region(cells, -1);
  std::vector<int> sizes;
  for (int r = 0; r < grid.rows; ++r) {
    for (int c = 0; c < grid.columns; ++c) {
      if (free[index(c, r)] == 0 || region[index(c, r)] >= 0) continue;
      const int mine = static_cast<int>(sizes.size());
      sizes.push_back(0);
      std::queue<std::pair<int, int>> queue;
      queue.emplace(c, r);
      region[index(c, r)] = mine;
      while (!queue.empty()) {
        const auto [x, y] = queue.front();
        queue.pop();
        ++sizes.back();
        for (int v = std::max(0, y - 1); v <= std::min(grid.rows - 1, y + 1); ++v) {
          for (int u = std::max(0, x - 1); u <= std::min(grid.columns - 1, x + 1); ++u) {
            if (free[index(u, v)] == 0 || region[index(u, v)] >= 0) continue;
            region[index(u, v)] = mine;
            queue.emplace(u, v);
          }
        }
      }
    }
  }
  std::vector<char> seen(sizes.size(), 0);
  for (int r = 0; r < grid.rows; ++r) {
    for (int c = 0; c < grid.columns; ++c) {
      if (free[index(c, r)] == 0) continue;
      const Vec2 p = grid.centre_m(c, r);
      for (const Gap& gap : gaps) {
        const double depth = gap.inward * (p[1 - gap.along] - gap.line_m);
        if (p[gap.along] >= gap.lo_m - 1e-9 && p[gap.along] <= gap.hi_m + 1e-9 && depth >= -1e-9 &&
            depth <= grid.cell_m + 1e-9)
          seen[static_cast<std::size_t>(region[index(c, r)])] = 1;
      }
    }
  }
  if (gaps.empty() && !sizes.empty())
    seen[static_cast<std::size_t>(std::max_element(sizes.begin(), sizes.end()) - sizes.begin())] = 1;

  Navigability result;
  result.regions = static_cast<int>(sizes.size());
  result.from_door = !gaps.empty();
  int total = 0;
  int reached = 0;
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    total += sizes[k];
    reached += seen[k] != 0 ? sizes[k] : 0;
  }
  result.free_m2 = total * (grid.cell_m * grid.cell_m);
  result.reachable_m2 = reached * (grid.cell_m * grid.cell_m);
  result.share = total > 0 ? static_cast<double>(reached) / total : 0;
  result.reachable.assign(things.size(), 0);
  for (int r = 0; r < grid.rows; ++r) {
    for (int c = 0; c < grid.columns; ++c) {
      if (free[index(c, r)] == 0 || seen[static_cast<std::size_t>(region[index(c, r)])] == 0) continue;
      const Vec2 p = grid.centre_m(c, r);
      for (std::size_t i = 0; i < things.size(); ++i)
        if (result.reachable[i] == 0 && distance_m(things[i], p.x(), p.y()) <= radius + rules.reach_m + 1e-9)
          result.reachable[i] = 1;
    }
  }
  return result;
}

/// On a 5 cm grid and at right angles, as people and models write, or anywhere.
Room random_room(Rng& rng) {
  const bool tidy = rng.chance(0.5);
  const auto between = [&](double lo, double hi) {
    const double value = rng.uniform(lo, hi);
    return tidy ? std::round(value * 20) / 20 : value;
  };
  Room room(between(1.5, 5), between(1.5, 4));
  const std::size_t objects = rng.below(16);
  for (std::size_t k = 0; k < objects; ++k) {
    const double yaw = tidy ? kPi / 2 * static_cast<double>(rng.below(4)) : rng.uniform(-7, 7);
    room.add("box_" + std::to_string(k + 1), {between(0, 1.8), between(0, 0.6), 0.5},
             between(-0.5, room.graph.size.length_m + 0.5), between(-0.5, room.graph.size.width_m + 0.5),
             yaw);
  }
  const std::size_t doors = rng.below(3);
  for (std::size_t k = 0; k < doors; ++k) {
    const Wall wall = static_cast<Wall>(rng.below(4));
    room.door(wall, between(0, room.graph.size.wall_length_m(wall)), between(0.3, 1.2));
  }
  return room;
}

void expect_as_defined(const Room& room, NavigabilityChecker& checker) {
  const NavigabilityRules rules;
  const Navigability fast = checker.check(room.graph, room.layout, rules, room.floor_m);
  const Navigability slow = slow_navigability(room, rules, checker.map());
  EXPECT_EQ(fast.free_m2, slow.free_m2);
  EXPECT_EQ(fast.reachable_m2, slow.reachable_m2);
  EXPECT_EQ(fast.share, slow.share);
  EXPECT_EQ(fast.regions, slow.regions);
  EXPECT_EQ(fast.from_door, slow.from_door);
  EXPECT_EQ(fast.reachable, slow.reachable);
}

TEST(NavigabilityReference, RandomRoomsAreAsDefined) {
  NavigabilityChecker checker;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng({seed, 1});
    expect_as_defined(random_room(rng), checker);
    if (HasFailure()) return;
  }
}

TEST(NavigabilityReference, LShapedFloorsAreAsDefined) {
  NavigabilityChecker checker;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng({seed, 2});
    Room room = random_room(rng);
    const double length = room.graph.size.length_m;
    const double width = room.graph.size.width_m;
    const double x = 0.5 * length + 0.1;
    const double y = 0.6 * width;
    room.floor_m = {Vec2(0, 0), Vec2(length, 0), Vec2(length, y), Vec2(x, y), Vec2(x, width), Vec2(0, width)};
    expect_as_defined(room, checker);
    if (HasFailure()) return;
  }
}

TEST(NavigabilityReference, SlantedFloorsAreAsDefined) {
  NavigabilityChecker checker;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng({seed, 3});
    Room room = random_room(rng);
    room.graph.openings.clear();
    // A star: every direction, reflex corners too.
    for (int k = 0; k < 9; ++k) {
      const double turn = 2 * kPi * k / 9;
      room.floor_m.emplace_back(2.5 + rng.uniform(0.8, 2.5) * std::cos(turn),
                                2.5 + rng.uniform(0.8, 2.5) * std::sin(turn));
    }
    expect_as_defined(room, checker);
    if (HasFailure()) return;
  }
}

// --------------------------------------------------------------------------------------------- areas by hand

TEST(Navigability, EmptyRoomIsFreeButForTheMarginAlongTheWalls) {
  const Navigability nav = Room(4, 3).walk();
  EXPECT_DOUBLE_EQ(nav.floor_m2, 12);
  EXPECT_NEAR(nav.free_m2, 3.6 * 2.6, 1e-9);  // 72 x 52 cells: 0.225 ... 3.775 by 0.225 ... 2.775
  EXPECT_EQ(nav.reachable_m2, nav.free_m2);
  EXPECT_EQ(nav.share, 1);
  EXPECT_EQ(nav.regions, 1);
  EXPECT_FALSE(nav.from_door);
  EXPECT_TRUE(nav.reachable.empty());
  EXPECT_TRUE(describe_navigability(Room(4, 3).graph, nav).empty());
}

TEST(Navigability, TableTakesItsFootprintGrownByARoundedMargin) {
  const Room room = Room(6, 5).add("table_1", {1.2, 0.8, 0.7}, 3, 2.5, 0.4);
  NavigabilityRules rules;
  rules.cell_m = 0.01;
  const double grown_m2 = 1.2 * 0.8 + 2 * 0.2 * (1.2 + 0.8) + kPi * 0.2 * 0.2;
  // The rim of 4.9 m crosses about 5 m / 0.01 m cells, each off by at most half a cell's area.
  EXPECT_NEAR(room.walk(rules).free_m2, 5.6 * 4.6 - grown_m2, 0.005);
}

TEST(Navigability, ShelvesAcrossTheRoomLeaveTheLargerPart) {
  Room room(4, 3);
  shelves_across(room, 1.5);  // 1.35 ... 1.65, grown 1.15 ... 1.85
  const Navigability nav = room.walk();
  EXPECT_EQ(nav.regions, 2);
  EXPECT_NEAR(nav.free_m2, (0.95 + 1.95) * 2.6, 1e-9);
  EXPECT_NEAR(nav.reachable_m2, 1.95 * 2.6, 1e-9);
  EXPECT_DOUBLE_EQ(nav.share, 39.0 / 58);
}

TEST(Navigability, DoorPicksItsSideEvenIfSmaller) {
  Room room(4, 3);
  shelves_across(room, 1.5).door(Wall::West, 1.5);
  room.add("chest_1", {0.5, 0.5, 0.5}, 3, 1.5).add("stool_1", {0.3, 0.3, 0.5}, 0.15, 0.15);
  const Navigability nav = room.walk();
  EXPECT_TRUE(nav.from_door);
  EXPECT_EQ(nav.regions, 2);
  // The stool takes cells within 0.2 m of (0.3, 0.3): in x and y the centres 0.225 ... 0.475. Both within
  // 0.3: 4, one: 2 x (2 x 3 (0.325, 0.375, 0.425) + 2 (0.475)), none, by distance from the corner: 0.025 with
  // 0.025 ... 0.175 (4), 0.075 the same with 0.175 (0.190: 4), 0.125 with 0.025 ... 0.125 (3; 0.175 gives
  // 0.215), 0.175 with 0.025, 0.075 (2): 13. Together 4 + 16 + 13 = 33.
  // The doorway adds, in the columns 0.025, 0.075, 0.125, 0.175 from the west wall, the rows farther than
  // sqrt(0.04 - d^2) from the jambs 1.05 and 1.95: 10, 10, 12, 14, together 46.
  const int west = 19 * 52 - 33 + 46;
  // East: 39 x 52 cells without the chest, 2.75 ... 3.25, grown: 18 x 18 without the corners' outermost
  // cells, 3 each (16 of the 4 x 4 less the 13 above).
  const int east = 39 * 52 - (18 * 18 - 4 * 3);
  EXPECT_NEAR(nav.reachable_m2, west * 0.0025, 1e-9);
  EXPECT_NEAR(nav.free_m2, (west + east) * 0.0025, 1e-9);
  EXPECT_DOUBLE_EQ(nav.share, static_cast<double>(west) / (west + east));
  EXPECT_EQ(nav.reachable, (Flags{1, 1, 1, 0, 1}));  // the chest is behind the shelves
  EXPECT_EQ(describe_navigability(room.graph, nav),
            (std::vector<std::string>{"4.3 of 6.8 m2 of walkable floor cannot be reached from door_1",
                                      "chest_1 cannot be reached from the door"}));
}

TEST(Navigability, DoorsOnBothSidesReachAll) {
  Room room(4, 3);
  shelves_across(room, 1.5).door(Wall::West, 1.5).door(Wall::South, 3);
  const Navigability nav = room.walk();
  EXPECT_EQ(nav.regions, 2);
  EXPECT_EQ(nav.share, 1);
}

TEST(Navigability, BlockedDoorReachesNothing) {
  // Flush with the wall and wider than the doorway: the threshold itself is taken.
  Room room = Room(4, 3).door(Wall::West, 1.5).add("wardrobe_1", {0.6, 1.2, 2}, 0.3, 1.5);
  Navigability nav = room.walk();
  EXPECT_TRUE(nav.from_door);
  EXPECT_GT(nav.free_m2, 6);
  EXPECT_EQ(nav.reachable_m2, 0);
  EXPECT_EQ(nav.share, 0);
  EXPECT_EQ(nav.reachable, Flags{0});
  EXPECT_EQ(describe_navigability(room.graph, nav),
            (std::vector<std::string>{"none of the 8.4 m2 of walkable floor can be reached from door_1",
                                      "wardrobe_1 cannot be reached from the door"}));

  // 0.3 m off the wall one can stand on the threshold, and touch what blocks the way.
  room.layout.poses[0].position_m.x() += 0.3;
  nav = room.walk();
  EXPECT_GT(nav.reachable_m2, 0);
  EXPECT_LT(nav.share, 0.02);
  EXPECT_EQ(nav.reachable, Flags{1});
}

TEST(Navigability, DoorNarrowerThanThePersonLeadsNowhere) {
  for (const double centre : {2.0, 2.01, 2.02, 2.03, 2.04}) {
    EXPECT_EQ(Room(4, 3).door(Wall::North, centre, 0.385).walk().share, 0) << centre;
    EXPECT_EQ(Room(4, 3).door(Wall::North, centre, 0.45).walk().share, 1) << centre;
    EXPECT_EQ(Room(4.02, 3.03).door(Wall::East, centre, 0.385).walk().share, 0) << centre;
    EXPECT_EQ(Room(4.02, 3.03).door(Wall::East, centre, 0.45).walk().share, 1) << centre;
  }
}

TEST(Navigability, WindowsAreNoWayIn) {
  Room room = Room(4, 3).door(Wall::West, 1.5);
  room.graph.openings[0].kind = OpeningKind::Window;
  EXPECT_FALSE(room.walk().from_door);
  EXPECT_EQ(room.walk().share, 1);
}

// ------------------------------------------------------------------------------------------------------ gaps

TEST(Navigability, GapsWiderThanThePersonArePassable) {
  for (const double start : {0.5, 0.513, 0.526, 0.539, 0.55}) {
    for (const double gap : {0.35, 0.45}) {
      Room room(4, 3);
      const double rest = 3 - start - gap;
      room.add("wall_1", {0.3, start, 2}, 1.5, start / 2).add("wall_2", {0.3, rest, 2}, 1.5, 3 - rest / 2);
      EXPECT_EQ(room.walk().regions, gap > 0.4 ? 1 : 2) << gap << " m from " << start << " m";
    }
  }
}

TEST(Navigability, GapsAtAnyAngle) {
  for (int deg = 0; deg < 180; deg += 3) {
    for (const double gap : {0.392, 0.45}) {
      Room room(8.02, 8.03);
      const double yaw = rad_from_deg(deg);
      const Vec2 right = scene::right_axis(yaw);
      for (const double side : {-1.0, 1.0}) {
        const Vec2 centre = Vec2(4, 4) + side * (5 + gap / 2) * right;
        room.add(side < 0 ? "wall_1" : "wall_2", {10, 0.3, 2}, centre.x(), centre.y(), yaw);
      }
      EXPECT_EQ(room.walk().regions, gap > 0.4 ? 1 : 2) << gap << " m at " << deg << " degrees";
    }
  }
}

// --------------------------------------------------------------------------------------- what is in the way

TEST(Navigability, HeightsDecideWhatIsInTheWay) {
  const Navigability empty = Room(4, 3).walk();
  const auto free_with = [](const std::string& id, double height_m, double bottom_m) {
    return Room(4, 3).add(id, {1, 1, height_m}, 2, 1.5, 0, bottom_m).walk().free_m2;
  };
  EXPECT_EQ(free_with("rug_1", 0.2, 0), empty.free_m2);         // flat by kind
  EXPECT_EQ(free_with("threshold_1", 0.05, 0), empty.free_m2);  // stepped over
  EXPECT_LT(free_with("threshold_1", 0.06, 0), empty.free_m2);
  EXPECT_EQ(free_with("lamp_1", 0.5, 1.8), empty.free_m2);  // walked under
  EXPECT_LT(free_with("lamp_1", 0.5, 1.79), empty.free_m2);
  EXPECT_LT(free_with("table_1", 0.7, 0), empty.free_m2);
  EXPECT_LT(free_with("shelf_1", 0.05, 1.5), empty.free_m2);  // at the height of a head
}

TEST(Navigability, WhatHangsOrLiesFlatNeedsNoWayToIt) {
  Room room(4, 3);
  shelves_across(room, 1.5);
  room.add("rug_1", {0.5, 0.5, 0.01}, 0.7, 1.5)
      .add("painting_1", {0.8, 0.05, 0.6}, 0.7, 2.975, kPi, 1.2)
      .add("ceiling_lamp_1", {0.3, 0.3, 0.4}, 0.7, 1.5, 0, 2.6)
      .add("chair_1", {0.4, 0.4, 0.9}, 0.7, 1);
  EXPECT_EQ(room.walk().reachable, (Flags{1, 1, 1, 1, 1, 1, 0}));
}

TEST(Navigability, ThingsOnATableAreReachedAsTheTableIs) {
  Room room(4, 4);
  room.add("vase_1", {0.1, 0.1, 0.2}, 2, 2, 0, 1.05)
      .add("books_1", {0.3, 0.2, 0.3}, 2, 2, 0, 0.75)
      .add("table_1", {1.6, 1.6, 0.75}, 2, 2)
      .add("cup_1", {0.1, 0.1, 0.1}, 2, 2, 0, 0.4);  // in the middle of the table, on nothing
  EXPECT_EQ(room.walk().reachable, (Flags{1, 1, 1, 0}));
}

TEST(Navigability, NothingIsReachedThroughAShelf) {
  Room room(4, 3);
  shelves_across(room, 1.5);
  room.add("chest_1", {0.4, 0.4, 0.5}, 1.15, 1.5);  // west of the shelves, right behind them
  EXPECT_EQ(room.walk().reachable.back(), 0);
}

TEST(Navigability, ObjectsBesideTheRoomAreIgnored) {
  const Navigability empty = Room(4, 3).walk();
  Room room = Room(4, 3)
                  .add("box_1", {1, 1, 1}, -3, 1)
                  .add("box_2", {1, 1, 1}, 2, 90)
                  .add("box_3", {1, 1, 1}, 1e6, -1e6);
  room.add("box_4", {1, 1, 1}, 4.5, 1.5);  // against the wall from outside
  const Navigability nav = room.walk();
  EXPECT_EQ(nav.free_m2, empty.free_m2);
  EXPECT_EQ(nav.share, 1);
  EXPECT_EQ(nav.reachable[0], 0);
  EXPECT_EQ(nav.reachable[2], 0);
}

// -------------------------------------------------------------------------------------------------- symmetry

Room mirrored(const Room& room) {
  Room result = room;
  const double length = room.graph.size.length_m;
  for (Pose& pose : result.layout.poses) {
    pose.position_m.x() = length - pose.position_m.x();
    pose.yaw_rad = -pose.yaw_rad;
  }
  for (Opening& opening : result.graph.openings) {
    if (opening.wall == Wall::South || opening.wall == Wall::North) {
      opening.centre_m = length - opening.centre_m;
    } else {
      opening.wall = opening.wall == Wall::East ? Wall::West : Wall::East;
    }
  }
  return result;
}
/// A quarter turn to the left.
Room turned(const Room& room) {
  Room result = room;
  const double width = room.graph.size.width_m;
  std::swap(result.graph.size.length_m, result.graph.size.width_m);
  for (Pose& pose : result.layout.poses) {
    const Vec3 p = pose.position_m;
    pose.position_m = Vec3(width - p.y(), p.x(), p.z());
    pose.yaw_rad -= kPi / 2;
  }
  for (Opening& opening : result.graph.openings) {
    switch (opening.wall) {
      case Wall::South:
        opening.wall = Wall::East;
        break;
      case Wall::North:
        opening.wall = Wall::West;
        break;
      case Wall::East:
        opening.wall = Wall::North;
        opening.centre_m = width - opening.centre_m;
        break;
      case Wall::West:
        opening.wall = Wall::South;
        opening.centre_m = width - opening.centre_m;
        break;
    }
  }
  return result;
}

TEST(Navigability, MirroredAndTurnedRoomsAreTheSameToTheDigit) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng({seed, 4});
    const Room room = random_room(rng);
    const Navigability nav = room.walk();
    for (const Room& other : {mirrored(room), turned(room), turned(turned(turned(room)))}) {
      const Navigability same = other.walk();
      EXPECT_EQ(same.free_m2, nav.free_m2);
      EXPECT_EQ(same.reachable_m2, nav.reachable_m2);
      EXPECT_EQ(same.share, nav.share);
      EXPECT_EQ(same.regions, nav.regions);
      if (nav.from_door) {
        EXPECT_EQ(same.reachable, nav.reachable);
      }
    }
    if (HasFailure()) return;
  }
}

// --------------------------------------------------------------------------------------------- other floors

TEST(Navigability, LShapedFloorByHand) {
  Room room(4, 4);
  // A 4 x 2 m arm in the south, a 2 x 2 m arm in the north-west.
  room.floor_m = {Vec2(0, 0), Vec2(4, 0), Vec2(4, 2), Vec2(2, 2), Vec2(2, 4), Vec2(0, 4)};
  Navigability nav = room.walk();
  EXPECT_DOUBLE_EQ(nav.floor_m2, 12);
  // 3.6 x 1.6 below y = 1.8, 1.6 x 2 above, and what is more than 0.2 m from the inner corner: 3 of 16 cells.
  EXPECT_NEAR(nav.free_m2, 3.6 * 1.6 + 1.6 * 2 + 3 * 0.0025, 1e-9);
  EXPECT_EQ(nav.share, 1);

  std::reverse(room.floor_m.begin(), room.floor_m.end());  // clockwise is read all the same
  EXPECT_EQ(room.walk().free_m2, nav.free_m2);

  // A door of the north wall at x = 3 is in the inner edge y = 2; shelves cut the southern arm off.
  room.add("bookshelf_1", {0.3, 2, 2}, 2.15, 1).door(Wall::North, 3);
  nav = room.walk();
  EXPECT_TRUE(nav.from_door);
  EXPECT_EQ(nav.regions, 2);
  // 2.5 ... 3.8 by 0.2 ... 1.8 and the 46 cells of a doorway.
  EXPECT_NEAR(nav.reachable_m2, 1.3 * 1.6 + 46 * 0.0025, 1e-9);
}

TEST(Navigability, DoorInASlantedWallIsLeftOut) {
  Room room = Room(4, 4).door(Wall::North, 2);
  room.floor_m = {Vec2(0, 0), Vec2(4, 0), Vec2(2, 4)};
  const Navigability nav = room.walk();
  EXPECT_FALSE(nav.from_door);
  EXPECT_EQ(nav.share, 1);
  EXPECT_DOUBLE_EQ(nav.floor_m2, 8);
}

// ---------------------------------------------------------------------------------------------- odd numbers

TEST(Navigability, RoomsWithoutFloorForAPerson) {
  for (const auto& [length, width] : {std::pair(0.0, 0.0), std::pair(5.0, 0.0), std::pair(0.3, 4.0)}) {
    Room room = Room(length, width).door(Wall::South, 0.15, 0.3).add("box_1", {0.1, 0.1, 0.1}, 0.1, 0.1);
    const Navigability nav = room.walk();
    EXPECT_EQ(nav.free_m2, 0);
    EXPECT_EQ(nav.share, 0);
    EXPECT_EQ(nav.regions, 0);
    EXPECT_EQ(nav.reachable, Flags{0});
    EXPECT_EQ(describe_navigability(room.graph, nav)[0], "no floor is left to walk on");
  }
}

TEST(Navigability, FullRoomHasNoFreeFloor) {
  const Room room = Room(4, 3).add("bed_1", {4, 3, 0.5}, 2, 1.5);
  EXPECT_EQ(room.walk().free_m2, 0);
  EXPECT_EQ(room.walk().share, 0);
}

TEST(Navigability, HugeRoomsGetLargerCells) {
  NavigabilityChecker checker;
  Room room =
      Room(1000, 700).door(Wall::East, 350).door(Wall::South, 0.4).add("box_1", {100, 100, 1}, 500, 350, 1);
  const Navigability nav = checker.check(room.graph, room.layout);
  EXPECT_EQ(checker.map().columns, 1024);
  EXPECT_EQ(checker.map().rows, 717);  // 700 / (1000 / 1024) = 716.8
  EXPECT_NEAR(nav.free_m2, 690000, 3000);
  EXPECT_EQ(nav.share, 1);
  EXPECT_EQ(nav.reachable, Flags{1});

  // A corridor of the same length: one row of cells.
  Room corridor(1000, 0.9);
  EXPECT_EQ(checker.check(corridor.graph, corridor.layout).share, 1);
  EXPECT_EQ(checker.map().rows, 1);
}

TEST(Navigability, SizesBeyondReasonAreHarmless) {
  Room room = Room(4, 3)
                  .add("box_1", {1e300, 1e300, 1e300}, 2, 1.5, 0.3)
                  .add("box_2", {0, 0, 1}, 1, 1)
                  .add("box_3", {1, 1, 1}, 1e300, 1, 1e9)
                  .add("box_4", {-1, -1, 1}, 1, 1);
  EXPECT_EQ(room.walk().free_m2, 0);
  Room post = Room(4, 3).add("box_1", {0, 0, 1}, 2, 1.5);
  // Cells within 0.2 m of a grid corner: 13 in each quadrant.
  EXPECT_NEAR(post.walk().free_m2, 3.6 * 2.6 - 52 * 0.0025, 1e-9);
}

TEST(Navigability, CheckerKeepsNothingFromTheLastRoom) {
  NavigabilityChecker checker;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng({seed, 5});
    const Room room = random_room(rng);
    const Navigability fresh = room.walk();
    const Navigability& reused = checker.check(room.graph, room.layout);
    EXPECT_EQ(reused.floor_m2, fresh.floor_m2);
    EXPECT_EQ(reused.share, fresh.share);
    EXPECT_EQ(reused.free_m2, fresh.free_m2);
    EXPECT_EQ(reused.regions, fresh.regions);
    EXPECT_EQ(reused.reachable, fresh.reachable);
  }
}

TEST(Navigability, ManyRegionsAreNamedInWordsWithoutADoor) {
  Room room(4, 3);
  shelves_across(room, 1.5).add("chair_1", {0.4, 0.4, 0.9}, 0.7, 1);
  const std::vector<std::string> lines = describe_navigability(room.graph, room.walk());
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find("m2 of walkable floor are cut off from the rest"), std::string::npos);
  EXPECT_EQ(lines[1], "chair_1 cannot be reached from the largest stretch of floor");
}

}  // namespace
}  // namespace metaspatial::physics
