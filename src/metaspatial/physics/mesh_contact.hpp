#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "metaspatial/physics/rules.hpp"

/// Overlaps of what objects really look like: a chair's box under a desk's box collides, the chair does not.
namespace metaspatial::physics {

/// Triangles of one model, borrowed.
///
/// Units    metres.
/// Frame    the object's own: x right, y front, z up, origin at the centre of its box.
struct MeshView {
  std::span<const Eigen::Vector3f> positions_m;
  std::span<const std::array<std::uint32_t, 3>> triangles;
};

/// Tolerances of contacts between meshes.
struct MeshRules {
  /// Penetration still accepted as touching: SceneEval's allowance for resting contact.
  double resting_m = 0.005;
};

/// A mesh made ready for contact queries: convex parts, and the triangles of what has no inside.
///
/// Threads  immutable once made; safe to query from several threads at once.
class CollisionMesh {
 public:
  struct Part;  ///< one convex part: a hull of points

  /// Splits the mesh into connected components and each component into convex parts.
  ///
  /// Points within 0.1 mm are one, and triangles that share an edge are connected; where that leaves a
  /// surface open, points up to 2 mm apart are tried (our models draw the faces of a block hairlines apart).
  ///
  /// A component that is closed is a solid, filled inside. It is cut by planes until no point of its surface
  /// is deeper than 2 mm inside the hull of its part: so much may the hulls stand out where it is round, and
  /// not at all where it is bounded by planes. After 128 parts, or some seconds of work, cutting stops;
  /// `overfill_m` says what is left. A component that is open (a leaf, a lamp shade, a box without a bottom),
  /// or has more than 20000 triangles, is a surface without thickness: each of its triangles is a part.
  ///
  /// Errors   none: triangles with a bad index, and those with a vertex that is not finite or over 1000 m
  ///          away, are skipped; an empty mesh touches nothing.
  /// Cost     0.2 ms for furniture of blocks; 5 to 100 ms per thousand triangles of round, concave
  /// components,
  ///          1 s for one of 14000. Copies what it needs; the view may go.
  /// Source   cutting a solid by planes through its most concave point: Lien and Amato, Approximate convex
  ///          decomposition of polyhedra, 2007. Differs: concavity is the depth below the hull along the
  ///          nearest face; the plane is that of the face there or normal to an axis, whichever leaves less
  ///          hull volume.
  [[nodiscard]] static CollisionMesh from(const MeshView& mesh);
  /// A box of these full sizes around the origin; empty if one is negative or not finite.
  [[nodiscard]] static CollisionMesh box(const Vec3& size_m);

  CollisionMesh();  ///< empty
  CollisionMesh(CollisionMesh&&) noexcept;
  CollisionMesh& operator=(CollisionMesh&&) noexcept;
  ~CollisionMesh();

  [[nodiscard]] std::span<const Part> parts() const;
  [[nodiscard]] std::size_t components() const { return components_; }
  [[nodiscard]] std::size_t open_components() const { return open_components_; }
  /// How far the hulls may stand out of the mesh: at most 0.002, except where cutting stopped early.
  [[nodiscard]] double overfill_m() const { return overfill_m_; }

 private:
  std::vector<Part> parts_;
  std::size_t components_ = 0;
  std::size_t open_components_ = 0;
  double overfill_m_ = 0;
};

/// Two objects whose meshes are deeper in each other than resting contact.
struct MeshContact {
  int a = -1;
  int b = -1;                  ///< a < b
  double depth_m = 0;          ///< of the two parts that are deepest in each other
  Vec3 push_m = Vec3::Zero();  ///< moves a's part out of b's: unit direction times `depth_m`, room frame
  Vec3 at_m = Vec3::Zero();    ///< a point in the middle of that overlap, room frame
};

/// Finds every pair of objects whose meshes interpenetrate by more than `rules.resting_m`.
///
/// The depth of two convex parts is the shortest move that separates them. That of two objects is the largest
/// over their parts: exact where one convex part of each is involved (two boxes, a table top and a chair's
/// back), else a lower bound of the move that separates the whole objects. A concave solid is a union of
/// convex parts, so that what is deep inside it has the depth to the nearest side of a part, which may be a
/// cut; where one of the two is an open surface, it is the depth of its deepest triangle in the other's part.
/// Two open surfaces that cross have the depth of a pair of triangles, which is small if the triangles are.
///
/// Flat kinds (rugs) collide with nothing. What the question puts under or in something else is *not* exempt,
/// as it is in the overlap of boxes: real shapes tell whether it fits.
///
/// Units    metres.
/// Frame    room frame; yaw turns a mesh about its origin, which is at the pose's position.
/// Shape    one pose per object; `mesh_of` has one entry per object, null for "its box", or is empty: boxes
///          all. Result sorted by (a, b): same input, same bytes.
/// Errors   none: an object whose pose is not finite touches nothing.
/// Threads  const on its arguments; safe to call from several threads at once.
/// Cost     O(n log n) for the boxes, then about 10 us per pair of parts that overlap by more than the depth
///          found so far: 1 to 6 ms for 15 pieces of furniture (2700 parts) with 9 to 26 contacts.
/// Source   Gilbert, Johnson and Keerthi 1988 (overlap) and van den Bergen 2001 (expanding polytope, depth),
///          as in Bullet 3.24 (btGjkEpaSolver2) in double precision. Differs: the depth is measured again
///          along the direction found, so that `push_m` does separate the parts.
[[nodiscard]] std::vector<MeshContact> mesh_contacts(const SceneGraph& graph, const Layout& layout,
                                                     std::span<const CollisionMesh* const> mesh_of,
                                                     const MeshRules& rules = {});

}  // namespace metaspatial::physics
