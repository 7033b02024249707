#include "metaspatial/physics/mesh_contact.hpp"

#include <BulletCollision/CollisionShapes/btConvexHullShape.h>
#include <BulletCollision/NarrowPhaseCollision/btGjkEpa2.h>
#include <LinearMath/btConvexHullComputer.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "metaspatial/base/error.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::physics {

struct CollisionMesh::Part {
  std::unique_ptr<btConvexHullShape> shape;  ///< over `points_m`, without margin
  std::vector<Vec3> points_m;                ///< in the mesh's frame
  std::vector<Vec3> normals;                 ///< of the hull's faces, unit length; directions worth a try
};

namespace {

using scene::Pose;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Twice the area below which a triangle is a line.
constexpr double kLeastArea_m2 = 1e-9;
constexpr double kLeastVolume_m3 = 1e-12;
constexpr double kLeastSheet_m2 = 1e-6;
constexpr double kMostCoordinate_m = 1000;
/// How deep a surface may lie in the hull of its part: less than half of what is accepted as resting contact.
constexpr double kConcavity_m = 0.002;
constexpr std::size_t kMostParts = 128;
/// Polygons cut, over all cuts of a component, after which cutting stops: a second or two.
constexpr std::size_t kMostCutPolygons = 400000;
/// Hulls take time by the square of their corners: 1 s for a closed component of this many triangles. Larger
/// ones stay surfaces.
constexpr std::size_t kMostSolidTriangles = 20000;
/// Polygons times faces of the hull up to which concavity is measured exactly; above it only whether it is
/// more than is accepted.
constexpr std::size_t kMostExact = 1000000;
/// Points this near to a cutting plane lie on it.
constexpr double kOnPlane_m = 1e-5;

using Index3 = std::array<std::uint32_t, 3>;
using Polygon = std::vector<Vec3>;

btVector3 to_bullet(const Vec3& v) {
  return {v.x(), v.y(), v.z()};
}
Vec3 from_bullet(const btVector3& v) {
  return {v.x(), v.y(), v.z()};
}

/// Twice the area, along the normal (Newell's sum).
Vec3 area_vector(std::span<const Vec3> polygon) {
  Vec3 sum = Vec3::Zero();
  for (std::size_t k = 1; k + 1 < polygon.size(); ++k)
    sum += (polygon[k] - polygon[0]).cross(polygon[k + 1] - polygon[0]);
  return sum;
}

// ------------------------------------------------------------------------------------------------------
// hulls

struct Plane {
  Vec3 normal;
  double offset_m;  ///< normal . x <= offset_m inside
};

/// The convex hull of points: its corners, the planes of its faces, its volume.
struct Hull {
  std::vector<Vec3> corners;
  std::vector<Plane> planes;
  double volume_m3 = 0;

  /// How deep a point is below the hull's surface; negative outside. `enough_m`: smaller answers may be
  /// larger than the truth.
  [[nodiscard]] double depth_m(const Vec3& p, double enough_m) const {
    double least = kInfinity;
    for (const Plane& plane : planes) {
      least = std::min(least, plane.offset_m - plane.normal.dot(p));
      if (least <= enough_m) break;
    }
    return planes.empty() ? 0 : least;
  }
};

Hull hull_of(const std::vector<Vec3>& points) {
  Hull hull;
  if (points.empty()) return hull;
  btConvexHullComputer computer;
  computer.compute(points.front().data(), sizeof(Vec3), static_cast<int>(points.size()), 0, 0);
  // Bullet computes on a grid of 1/10000 of the extent: take its choice of corners, but the points as they
  // were.
  const int corners = computer.original_vertex_index.size();
  for (int k = 0; k < corners; ++k)
    hull.corners.push_back(points[static_cast<std::size_t>(computer.original_vertex_index[k])]);
  Polygon face;
  for (int f = 0; f < computer.faces.size(); ++f) {
    face.clear();
    const btConvexHullComputer::Edge* first = &computer.edges[computer.faces[f]];
    const btConvexHullComputer::Edge* edge = first;
    do {
      face.push_back(hull.corners[static_cast<std::size_t>(edge->getSourceVertex())]);
      edge = edge->getNextEdgeOfFace();
    } while (edge != first);
    const Vec3 area = area_vector(face);
    const double length = area.norm();
    if (!(length > kLeastArea_m2)) continue;
    const Vec3 normal = area / length;
    // The plane of a sliver may be turned: put it where it has every corner inside.
    double offset = -kInfinity;
    for (const Vec3& p : hull.corners) offset = std::max(offset, normal.dot(p));
    hull.planes.push_back({normal, offset});
    hull.volume_m3 += area.dot(face.front() - hull.corners.front()) / 6;
  }
  return hull;
}

CollisionMesh::Part part_of(std::vector<Vec3> points, std::vector<Vec3> normals) {
  CollisionMesh::Part part;
  part.shape = std::make_unique<btConvexHullShape>();
  for (const Vec3& p : points) part.shape->addPoint(to_bullet(p), false);
  part.shape->setMargin(0);
  part.points_m = std::move(points);
  part.normals = std::move(normals);
  return part;
}

CollisionMesh::Part part_of(const Hull& hull) {
  std::vector<Vec3> normals;
  for (const Plane& plane : hull.planes) normals.push_back(plane.normal);
  return part_of(hull.corners, std::move(normals));
}

// -------------------------------------------------------------------------------------- convex decomposition

/// A closed surface, its triangles turned outwards.
class Solid {
 public:
  explicit Solid(std::vector<Polygon> triangles) : triangles_(std::move(triangles)) {
    double volume = 0;
    for (const Polygon& t : triangles_) volume += t[0].dot(t[1].cross(t[2]));
    if (volume >= 0) return;
    for (Polygon& t : triangles_) std::swap(t[1], t[2]);
  }
  [[nodiscard]] const std::vector<Polygon>& triangles() const { return triangles_; }
  /// Whether two of three rays from `p` leave the surface more often than they enter it: one may slip through
  /// a hairline between faces.
  [[nodiscard]] bool contains(const Vec3& p) const {
    // Askew to everything that furniture is made of, so that a ray meets no edge.
    const bool first = leaves(p, Vec3(0.57123, 0.33871, 0.74763));
    const bool second = leaves(p, Vec3(-0.71359, 0.53127, 0.45671));
    return first == second ? first : leaves(p, Vec3(0.23917, -0.81353, -0.53003));
  }

 private:
  [[nodiscard]] bool leaves(const Vec3& p, const Vec3& along) const {
    int leaving = 0;
    bool odd = false;
    for (const Polygon& t : triangles_) {
      const Vec3 u = t[1] - t[0];
      const Vec3 v = t[2] - t[0];
      const Vec3 h = along.cross(v);
      const double det = u.dot(h);
      if (std::abs(det) < 1e-18) continue;
      const Vec3 from = p - t[0];
      const double s = from.dot(h) / det;
      if (s < 0 || s > 1) continue;
      const Vec3 q = from.cross(u);
      const double r = along.dot(q) / det;
      if (r < 0 || s + r > 1 || v.dot(q) / det < 0) continue;
      leaving += det > 0 ? -1 : 1;
      odd = !odd;
    }
    return leaving != 0 || odd;
  }

  std::vector<Polygon> triangles_;
};

/// What is left of a solid within a cell, the convex region between cutting planes. Its cuts stay open.
///
/// That is enough: the corners of the cut solid are on its surface, where the cut polygons have them, or are
/// corners of the cell inside the solid. And if its surface lies on the hull of these, the solid fills the
/// hull: what else bounds it is on the cell's faces, so on the hull too.
struct Piece {
  std::vector<Polygon> polygons;
  std::vector<Plane> cell;
  std::vector<Vec3> corners;  ///< of the cell, inside the solid
  Hull hull;
  double concavity_m = 0;  ///< depth of `deepest` below the hull
  Vec3 deepest = Vec3::Zero();
  Vec3 deepest_normal = Vec3::UnitZ();  ///< of the polygon there
};

void find_hull(Piece& piece) {
  std::vector<Vec3> points = piece.corners;
  for (const Polygon& polygon : piece.polygons) points.insert(points.end(), polygon.begin(), polygon.end());
  std::sort(points.begin(), points.end(), [](const Vec3& a, const Vec3& b) {
    return std::tie(a.x(), a.y(), a.z()) < std::tie(b.x(), b.y(), b.z());
  });
  points.erase(std::unique(points.begin(), points.end()), points.end());
  piece.hull = hull_of(points);
}

void find_concavity(Piece& piece) {
  if (piece.polygons.size() * piece.hull.planes.size() > kMostExact) piece.concavity_m = kConcavity_m;
  for (const Polygon& polygon : piece.polygons) {
    const Vec3 area = area_vector(polygon);
    if (!(area.norm() > kLeastArea_m2)) continue;
    const auto consider = [&](const Vec3& p) {
      const double depth_m = piece.hull.depth_m(p, piece.concavity_m);
      if (depth_m <= piece.concavity_m) return;
      piece.concavity_m = depth_m;
      piece.deepest = p;
      piece.deepest_normal = area.normalized();
    };
    Vec3 sum = Vec3::Zero();
    for (std::size_t k = 0; k < polygon.size(); ++k) {
      consider(polygon[k]);
      consider(0.5 * (polygon[k] + polygon[(k + 1) % polygon.size()]));
      sum += polygon[k];
    }
    consider(sum / static_cast<double>(polygon.size()));
  }
}

/// The part of a convex polygon above the plane. One within the plane belongs to the side on which the solid
/// is: below the polygon.
Polygon clipped(const Polygon& polygon, const Plane& plane) {
  Polygon result;
  bool above = false;
  bool below = false;
  for (std::size_t k = 0; k < polygon.size(); ++k) {
    const Vec3& p = polygon[k];
    const Vec3& q = polygon[(k + 1) % polygon.size()];
    const double hp = plane.normal.dot(p) - plane.offset_m;
    const double hq = plane.normal.dot(q) - plane.offset_m;
    above = above || hp > kOnPlane_m;
    below = below || hp < -kOnPlane_m;
    if (hp >= -kOnPlane_m) result.push_back(p);
    if ((hp > kOnPlane_m && hq < -kOnPlane_m) || (hp < -kOnPlane_m && hq > kOnPlane_m))
      result.push_back(p + (q - p) * (hp / (hp - hq)));
  }
  if (!above && !below && area_vector(polygon).dot(plane.normal) < 0) return polygon;
  if (!above || result.size() < 3) result.clear();
  return result;
}

/// Corners of the cell's section by a plane that are inside the solid.
std::vector<Vec3> section_corners(const Piece& piece, const Solid& solid, const Plane& plane) {
  std::vector<Vec3> corners;
  for (std::size_t i = 0; i < piece.cell.size(); ++i) {
    for (std::size_t j = i + 1; j < piece.cell.size(); ++j) {
      const Plane& a = piece.cell[i];
      const Plane& b = piece.cell[j];
      const Vec3 line = a.normal.cross(b.normal);
      const double det = line.dot(plane.normal);
      if (std::abs(det) < 1e-6) continue;
      const Vec3 p = (a.offset_m * b.normal.cross(plane.normal) + b.offset_m * plane.normal.cross(a.normal) +
                      plane.offset_m * line) /
                     det;
      const bool in_cell = std::all_of(piece.cell.begin(), piece.cell.end(), [&p](const Plane& side) {
        return side.normal.dot(p) >= side.offset_m - kOnPlane_m;
      });
      if (in_cell && solid.contains(p)) corners.push_back(p);
    }
  }
  return corners;
}

/// The piece above a plane, without its concavity.
Piece above(const Piece& piece, const Plane& plane, const std::vector<Vec3>& section) {
  Piece result;
  result.cell = piece.cell;
  result.cell.push_back(plane);
  result.corners = section;
  for (const Vec3& p : piece.corners)
    if (plane.normal.dot(p) >= plane.offset_m) result.corners.push_back(p);
  for (const Polygon& polygon : piece.polygons) {
    Polygon rest = clipped(polygon, plane);
    if (!rest.empty()) result.polygons.push_back(std::move(rest));
  }
  find_hull(result);
  return result;
}

/// The two sides of the best cut through the piece's most concave point, or nothing if no plane divides it.
std::optional<std::pair<Piece, Piece>> cut(const Piece& piece, const Solid& solid) {
  std::vector<Plane> planes;
  for (const Vec3& normal :
       {piece.deepest_normal, Vec3(Vec3::UnitX()), Vec3(Vec3::UnitY()), Vec3(Vec3::UnitZ())})
    planes.push_back({normal, normal.dot(piece.deepest)});
  std::optional<std::pair<Piece, Piece>> best;
  double best_m3 = kInfinity;
  for (const Plane& plane : planes) {
    const std::vector<Vec3> section = section_corners(piece, solid, plane);
    std::pair<Piece, Piece> sides = {above(piece, plane, section),
                                     above(piece, {-plane.normal, -plane.offset_m}, section)};
    const auto nothing = [](const Piece& side) {
      return side.polygons.empty() && !(side.hull.volume_m3 > kLeastVolume_m3);
    };
    if (nothing(sides.first) || nothing(sides.second)) continue;
    const double volume_m3 = sides.first.hull.volume_m3 + sides.second.hull.volume_m3;
    if (volume_m3 < best_m3 - 1e-12) {
      best_m3 = volume_m3;
      best = std::move(sides);
    }
  }
  if (!best) return std::nullopt;
  find_concavity(best->first);
  find_concavity(best->second);
  return best;
}

double area_of(const std::vector<Polygon>& polygons) {
  double area = 0;
  for (const Polygon& polygon : polygons) area += 0.5 * area_vector(polygon).norm();
  return area;
}

/// Convex parts of a closed surface; returns how far they may stand out of it.
double decompose(std::vector<Polygon> triangles, std::vector<CollisionMesh::Part>& parts) {
  const Solid solid(std::move(triangles));
  std::vector<Piece> pieces(1);
  pieces.front().polygons = solid.triangles();
  find_hull(pieces.front());
  find_concavity(pieces.front());
  std::vector<Piece> done;
  std::size_t cut_polygons = 0;
  while (!pieces.empty() && pieces.size() + done.size() < kMostParts && cut_polygons < kMostCutPolygons) {
    // The most concave first, so that stopping early does the least harm.
    const auto worst = std::max_element(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
      return a.concavity_m < b.concavity_m;
    });
    if (worst->concavity_m <= kConcavity_m) break;
    Piece piece = std::move(*worst);
    pieces.erase(worst);
    cut_polygons += piece.polygons.size();
    auto sides = cut(piece, solid);
    if (!sides) {
      done.push_back(std::move(piece));
      continue;
    }
    pieces.push_back(std::move(sides->first));
    pieces.push_back(std::move(sides->second));
  }
  double overfill_m = 0;
  for (std::vector<Piece>* list : {&done, &pieces}) {
    for (const Piece& piece : *list) {
      // A flat piece is a sheet with two sides, or, if tiny, the rim of a face that a cut has grazed.
      if (!(piece.hull.volume_m3 > kLeastVolume_m3) && !(area_of(piece.polygons) > kLeastSheet_m2)) continue;
      overfill_m = std::max(overfill_m, piece.concavity_m);
      parts.push_back(part_of(piece.hull));
    }
  }
  return overfill_m;
}

// ----------------------------------------------------------------------------------------------- components

using Cell = std::array<std::int64_t, 3>;

struct CellHash {
  std::size_t operator()(const Cell& cell) const {
    std::uint64_t hash = 0;
    for (const std::int64_t c : cell) hash = (hash ^ static_cast<std::uint64_t>(c)) * 0x9e3779b97f4a7c15ULL;
    return static_cast<std::size_t>(hash ^ (hash >> 32));
  }
};

/// For every point the first one within `tolerance_m` of it that stands for itself.
std::vector<std::uint32_t> weld(const std::vector<Vec3>& points, double tolerance_m) {
  std::vector<std::uint32_t> welded(points.size());
  std::unordered_map<Cell, std::vector<std::uint32_t>, CellHash> cells;  // those that stand for themselves
  for (std::size_t v = 0; v < points.size(); ++v) {
    const Vec3 scaled = points[v] / tolerance_m;
    const Cell cell = {std::llround(scaled.x()), std::llround(scaled.y()), std::llround(scaled.z())};
    welded[v] = static_cast<std::uint32_t>(v);
    for (int k = 0; k < 27; ++k) {
      const auto it = cells.find({cell[0] + k % 3 - 1, cell[1] + k / 3 % 3 - 1, cell[2] + k / 9 - 1});
      if (it == cells.end()) continue;
      for (const std::uint32_t other : it->second)
        if ((points[other] - points[v]).squaredNorm() <= tolerance_m * tolerance_m)
          welded[v] = std::min(welded[v], other);
    }
    if (welded[v] == v) cells[cell].push_back(static_cast<std::uint32_t>(v));
  }
  return welded;
}

/// The usable triangles of a mesh, and all its points (0 where a point is not usable).
struct Soup {
  std::vector<Vec3> points;
  std::vector<Index3> triangles;
};

Soup usable(const MeshView& mesh) {
  Soup soup;
  std::vector<bool> good;
  for (const Eigen::Vector3f& position : mesh.positions_m) {
    const Vec3 p = position.cast<double>();
    good.push_back(p.allFinite() && (p.array().abs() <= kMostCoordinate_m).all());
    soup.points.push_back(good.back() ? p : Vec3(Vec3::Zero()));
  }
  for (const Index3& t : mesh.triangles) {
    if (!std::all_of(t.begin(), t.end(), [&](std::uint32_t v) { return v < good.size() && good[v]; }))
      continue;
    const Vec3& a = soup.points[t[0]];
    const Vec3& b = soup.points[t[1]];
    const Vec3& c = soup.points[t[2]];
    if (a != b && b != c && c != a)
      soup.triangles.push_back(t);  // else it is an edge, as at the pole of a ball
  }
  return soup;
}

/// The edges of a triangle between welded points; none if it has no area, or less than the weld can see.
std::vector<std::uint64_t> edges_of(const Index3& t, const std::vector<std::uint32_t>& welded) {
  const Index3 w = {welded[t[0]], welded[t[1]], welded[t[2]]};
  std::vector<std::uint64_t> edges;
  if (w[0] == w[1] || w[1] == w[2] || w[2] == w[0]) return edges;
  for (std::size_t k = 0; k < 3; ++k) {
    const std::uint64_t a = std::min(w[k], w[(k + 1) % 3]);
    const std::uint64_t b = std::max(w[k], w[(k + 1) % 3]);
    edges.push_back(a << 32 | b);
  }
  return edges;
}

/// What connects triangles. An edge of exactly two does: blocks that stand on each other share corners, and
/// edges of four, and stay apart. A corner connects whatever meets there.
enum class Joint { Edge, Corner };

/// How to look for closed components; what is open is tried again with the next. The faces of one block may
/// be drawn hairlines apart, so that of two blocks that share a plane one is seen (ours: up to 1.7 mm at a
/// corner).
struct Attempt {
  double weld_m;
  Joint joint;
};
constexpr std::array<Attempt, 6> kAttempts = {{{1e-4, Joint::Edge},
                                               {3e-4, Joint::Edge},
                                               {1e-3, Joint::Edge},
                                               {2e-3, Joint::Edge},
                                               {1e-4, Joint::Corner},
                                               {2e-3, Joint::Corner}}};

/// Triangles by connected component, in the order of their first triangle.
std::vector<std::vector<Index3>> components_of(const std::vector<Index3>& triangles,
                                               const std::vector<std::uint32_t>& welded, Joint joint) {
  struct Edge {
    std::array<std::size_t, 2> triangles = {};
    int count = 0;
  };
  std::unordered_map<std::uint64_t, Edge> edges;
  for (std::size_t t = 0; t < triangles.size(); ++t) {
    for (const std::uint64_t key : edges_of(triangles[t], welded)) {
      Edge& edge = edges[key];
      if (edge.count < 2) edge.triangles[static_cast<std::size_t>(edge.count)] = t;
      ++edge.count;
    }
  }
  std::vector<std::size_t> parent(triangles.size());
  std::iota(parent.begin(), parent.end(), std::size_t{0});
  const auto root = [&parent](std::size_t t) {
    while (parent[t] != t) t = parent[t] = parent[parent[t]];
    return t;
  };
  std::unordered_map<std::uint32_t, std::size_t> first_at;
  for (std::size_t t = 0; t < triangles.size(); ++t) {
    for (const std::uint64_t key : edges_of(triangles[t], welded)) {
      const Edge& edge = edges[key];
      if (edge.count == 2) parent[root(edge.triangles[1])] = root(edge.triangles[0]);
    }
    if (joint == Joint::Corner)
      for (const std::uint32_t v : triangles[t])
        parent[root(t)] = root(first_at.try_emplace(welded[v], t).first->second);
  }
  std::vector<std::vector<Index3>> components;
  std::unordered_map<std::size_t, std::size_t> component_of;
  for (std::size_t t = 0; t < triangles.size(); ++t) {
    const auto [it, fresh] = component_of.try_emplace(root(t), components.size());
    if (fresh) components.emplace_back();
    components[it->second].push_back(triangles[t]);
  }
  return components;
}

/// Whether there are edges and each has an even number of triangles: there is an inside.
bool closed(const std::vector<Index3>& triangles, const std::vector<std::uint32_t>& welded) {
  std::unordered_map<std::uint64_t, bool> odd;
  for (const Index3& t : triangles) {
    for (const std::uint64_t edge : edges_of(t, welded)) {
      bool& flag = odd[edge];
      flag = !flag;
    }
  }
  return !odd.empty() && std::none_of(odd.begin(), odd.end(), [](const auto& entry) { return entry.second; });
}

std::vector<Polygon> polygons_of(const Soup& soup, const std::vector<Index3>& triangles) {
  std::vector<Polygon> polygons;
  polygons.reserve(triangles.size());
  for (const Index3& t : triangles)
    polygons.push_back({soup.points[t[0]], soup.points[t[1]], soup.points[t[2]]});
  return polygons;
}

// -------------------------------------------------------------------------------------------------- contacts

struct Bounds {
  Vec3 lo = Vec3::Constant(kInfinity);
  Vec3 hi = Vec3::Constant(-kInfinity);
  void add(const Vec3& p) {
    lo = lo.cwiseMin(p);
    hi = hi.cwiseMax(p);
  }
  /// How far the two overlap on the axis where they do so least: no depth is larger. Negative if apart.
  ///
  /// Of one within the other it is the shortest way out, not its thickness.
  [[nodiscard]] double overlap_m(const Bounds& other) const {
    return (hi - other.lo).cwiseMin(other.hi - lo).minCoeff();
  }
};

/// An object's parts in the frame of the pair that is looked at.
struct Placed {
  std::span<const CollisionMesh::Part> parts;
  Eigen::Matrix3d room_from_mesh = Eigen::Matrix3d::Identity();
  Vec3 position_m = Vec3::Zero();
  std::vector<Bounds> bounds;  ///< per part, room axes, around `position_m`
  Bounds whole;                ///< the same of all parts
  bool collides = false;
};

Placed place(const CollisionMesh& mesh, const Pose& pose) {
  Placed placed;
  placed.parts = mesh.parts();
  const double c = std::cos(pose.yaw_rad);
  const double s = std::sin(pose.yaw_rad);
  placed.room_from_mesh << c, s, 0, -s, c, 0, 0, 0, 1;
  placed.position_m = pose.position_m;
  placed.bounds.resize(placed.parts.size());
  for (std::size_t k = 0; k < placed.parts.size(); ++k) {
    for (const Vec3& p : placed.parts[k].points_m) placed.bounds[k].add(placed.room_from_mesh * p);
    placed.whole.add(placed.bounds[k].lo);
    placed.whole.add(placed.bounds[k].hi);
  }
  placed.collides = !placed.parts.empty();
  return placed;
}

Bounds moved(const Bounds& bounds, const Vec3& by) {
  return {bounds.lo + by, bounds.hi + by};
}

struct PartContact {
  double depth_m = 0;
  Vec3 push = Vec3::UnitZ();  ///< unit direction that moves a out
  Vec3 at_m = Vec3::Zero();   ///< around b's position
};

/// The move along `direction` that takes a out of b; negative if they are apart along it.
double depth_along(const Vec3& direction, const CollisionMesh::Part& a, const Placed& in_a,
                   const CollisionMesh::Part& b, const Placed& in_b) {
  const Vec3 da = in_a.room_from_mesh.transpose() * direction;
  const Vec3 db = in_b.room_from_mesh.transpose() * direction;
  double a_least = kInfinity;
  double b_most = -kInfinity;
  for (const Vec3& p : a.points_m) a_least = std::min(a_least, da.dot(p));
  for (const Vec3& p : b.points_m) b_most = std::max(b_most, db.dot(p));
  return b_most - a_least - direction.dot(in_a.position_m - in_b.position_m);
}

btTransform transform_of(const Placed& placed, const Vec3& origin_m) {
  const Eigen::Matrix3d& m = placed.room_from_mesh;
  return btTransform(
      btMatrix3x3(m(0, 0), m(0, 1), m(0, 2), m(1, 0), m(1, 1), m(1, 2), m(2, 0), m(2, 1), m(2, 2)),
      to_bullet(placed.position_m - origin_m));
}

/// The shortest move that separates two convex parts, or nothing if they are apart.
std::optional<PartContact> contact_of(const CollisionMesh::Part& a, const Placed& in_a,
                                      const Bounds& bounds_a, const CollisionMesh::Part& b,
                                      const Placed& in_b, const Bounds& bounds_b) {
  btGjkEpaSolver2::sResults found{};
  const btTransform ta = transform_of(in_a, in_b.position_m);
  const btTransform tb = transform_of(in_b, in_b.position_m);
  const btVector3 guess = to_bullet(0.5 * (bounds_a.lo + bounds_a.hi - bounds_b.lo - bounds_b.hi));
  const bool penetrates =
      btGjkEpaSolver2::Penetration(a.shape.get(), ta, b.shape.get(), tb, guess, found, false);
  if (!penetrates && found.status == btGjkEpaSolver2::sResults::Separated) return std::nullopt;

  PartContact contact;
  contact.depth_m = kInfinity;
  const auto consider = [&](const Vec3& direction) {
    for (const double sign : {1.0, -1.0}) {
      const double depth_m = depth_along(sign * direction, a, in_a, b, in_b);
      if (depth_m < contact.depth_m) {
        contact.depth_m = depth_m;
        contact.push = sign * direction;
      }
    }
  };
  const Vec3 normal = from_bullet(found.normal);
  const bool trusted = penetrates && normal.allFinite() && std::abs(normal.norm() - 1) < 1e-6;
  if (trusted) consider(normal);
  // Flat against each other, or the solver gave up: the best of the faces is a move that does separate them.
  if (!trusted || std::abs(contact.depth_m - std::abs(found.distance)) > 1e-6) {
    for (const Vec3& n : a.normals) consider(in_a.room_from_mesh * n);
    for (const Vec3& n : b.normals) consider(in_b.room_from_mesh * n);
    for (int axis = 0; axis < 3; ++axis) consider(Vec3::Unit(axis));
  }
  if (!(contact.depth_m > 0) || !std::isfinite(contact.depth_m)) return std::nullopt;
  const Vec3 witness = 0.5 * from_bullet(found.witnesses[0] + found.witnesses[1]);
  contact.at_m = trusted && witness.allFinite()
                     ? witness
                     : 0.5 * (bounds_a.lo.cwiseMax(bounds_b.lo) + bounds_a.hi.cwiseMin(bounds_b.hi));
  return contact;
}

/// The deepest contact of any part of a with any part of b that is deeper than `least_m`.
std::optional<PartContact> deepest_contact(const Placed& a, const Placed& b, double least_m) {
  const Vec3 a_from_b = a.position_m - b.position_m;
  struct Near {
    std::size_t part;
    Bounds bounds;  ///< around b's position
  };
  const Bounds whole_a = moved(a.whole, a_from_b);
  std::vector<Near> near_a;
  std::vector<Near> near_b;
  for (std::size_t k = 0; k < a.parts.size(); ++k) {
    const Bounds bounds = moved(a.bounds[k], a_from_b);
    if (bounds.overlap_m(b.whole) > least_m) near_a.push_back({k, bounds});
  }
  for (std::size_t k = 0; k < b.parts.size(); ++k)
    if (b.bounds[k].overlap_m(whole_a) > least_m) near_b.push_back({k, b.bounds[k]});

  struct Candidate {
    double limit_m;  ///< no depth of the pair is larger
    std::size_t a;
    std::size_t b;
  };
  std::vector<Candidate> candidates;
  std::stable_sort(near_b.begin(), near_b.end(),
                   [](const Near& p, const Near& q) { return p.bounds.lo.x() < q.bounds.lo.x(); });
  for (std::size_t i = 0; i < near_a.size(); ++i) {
    for (std::size_t j = 0; j < near_b.size() && near_b[j].bounds.lo.x() < near_a[i].bounds.hi.x(); ++j) {
      const double limit_m = near_a[i].bounds.overlap_m(near_b[j].bounds);
      if (limit_m > least_m) candidates.push_back({limit_m, i, j});
    }
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& p, const Candidate& q) {
    return p.limit_m != q.limit_m ? p.limit_m > q.limit_m : std::tie(p.a, p.b) < std::tie(q.a, q.b);
  });
  std::optional<PartContact> deepest;
  for (const Candidate& candidate : candidates) {
    if (candidate.limit_m <= least_m) break;
    const Near& part_a = near_a[candidate.a];
    const Near& part_b = near_b[candidate.b];
    const auto contact =
        contact_of(a.parts[part_a.part], a, part_a.bounds, b.parts[part_b.part], b, part_b.bounds);
    if (!contact || contact->depth_m <= least_m) continue;
    deepest = contact;
    least_m = contact->depth_m;
  }
  return deepest;
}

}  // namespace

CollisionMesh::CollisionMesh() = default;
CollisionMesh::CollisionMesh(CollisionMesh&&) noexcept = default;
CollisionMesh& CollisionMesh::operator=(CollisionMesh&&) noexcept = default;
CollisionMesh::~CollisionMesh() = default;

std::span<const CollisionMesh::Part> CollisionMesh::parts() const {
  return parts_;
}

CollisionMesh CollisionMesh::from(const MeshView& mesh) {
  CollisionMesh result;
  const Soup soup = usable(mesh);
  std::vector<Index3> rest = soup.triangles;
  for (const Attempt& attempt : kAttempts) {
    const std::vector<std::uint32_t> welded = weld(soup.points, attempt.weld_m);
    std::vector<Index3> open;
    result.open_components_ = 0;
    for (const std::vector<Index3>& component : components_of(rest, welded, attempt.joint)) {
      if (component.size() <= kMostSolidTriangles && closed(component, welded)) {
        ++result.components_;
        result.overfill_m_ =
            std::max(result.overfill_m_, decompose(polygons_of(soup, component), result.parts_));
      } else {
        if (area_of(polygons_of(soup, component)) > kLeastArea_m2) ++result.open_components_;
        open.insert(open.end(), component.begin(), component.end());
      }
    }
    rest = std::move(open);
    if (rest.empty()) break;
  }
  result.components_ += result.open_components_;
  for (Polygon& triangle : polygons_of(soup, rest)) {
    const Vec3 area = area_vector(triangle);
    if (area.norm() > kLeastArea_m2)
      result.parts_.push_back(part_of(std::move(triangle), {area.normalized()}));
  }
  return result;
}

CollisionMesh CollisionMesh::box(const Vec3& size_m) {
  CollisionMesh result;
  if (!size_m.allFinite() || (size_m.array() < 0).any()) return result;
  std::vector<Vec3> corners;
  for (int k = 0; k < 8; ++k)
    corners.push_back(0.5 * Vec3((k & 1) != 0 ? size_m.x() : -size_m.x(),
                                 (k & 2) != 0 ? size_m.y() : -size_m.y(),
                                 (k & 4) != 0 ? size_m.z() : -size_m.z()));
  result.parts_.push_back(part_of(std::move(corners), {Vec3::UnitX(), Vec3::UnitY(), Vec3::UnitZ()}));
  result.components_ = 1;
  return result;
}

std::vector<MeshContact> mesh_contacts(const SceneGraph& graph, const Layout& layout,
                                       std::span<const CollisionMesh* const> mesh_of,
                                       const MeshRules& rules) {
  const std::size_t n = graph.objects.size();
  METASPATIAL_CHECK(layout.poses.size() == n, "one pose per object");
  METASPATIAL_CHECK(mesh_of.empty() || mesh_of.size() == n, "one mesh or null per object, or none at all");

  std::vector<CollisionMesh> boxes(n);
  std::vector<Placed> placed(n);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < n; ++i) {
    const Pose& pose = layout.poses[i];
    if (!pose.position_m.allFinite() || !std::isfinite(pose.yaw_rad)) continue;
    if (scene::kind_or_default(graph.objects[i].kind).flat) continue;
    const CollisionMesh* mesh = mesh_of.empty() ? nullptr : mesh_of[i];
    if (mesh == nullptr) mesh = &(boxes[i] = CollisionMesh::box(graph.objects[i].size_m));
    placed[i] = place(*mesh, pose);
    if (placed[i].collides) order.push_back(i);
  }

  const auto low_x = [&](std::size_t i) { return placed[i].position_m.x() + placed[i].whole.lo.x(); };
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t j) { return low_x(i) != low_x(j) ? low_x(i) < low_x(j) : i < j; });
  std::vector<MeshContact> contacts;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const double high_x = placed[order[k]].position_m.x() + placed[order[k]].whole.hi.x();
    for (std::size_t l = k + 1; l < order.size() && low_x(order[l]) < high_x; ++l) {
      const std::size_t i = std::min(order[k], order[l]);
      const std::size_t j = std::max(order[k], order[l]);
      const Placed& a = placed[i];
      const Placed& b = placed[j];
      if (moved(a.whole, a.position_m - b.position_m).overlap_m(b.whole) <= rules.resting_m) continue;
      const auto contact = deepest_contact(a, b, rules.resting_m);
      if (!contact) continue;
      contacts.push_back({static_cast<int>(i), static_cast<int>(j), contact->depth_m,
                          contact->push * contact->depth_m, contact->at_m + b.position_m});
    }
  }
  std::sort(contacts.begin(), contacts.end(), [](const MeshContact& p, const MeshContact& q) {
    return std::tie(p.a, p.b) < std::tie(q.a, q.b);
  });
  return contacts;
}

}  // namespace metaspatial::physics
