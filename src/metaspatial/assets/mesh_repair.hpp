#pragma once

#include <cstddef>

#include "metaspatial/assets/mesh.hpp"

/// What meshes of unknown origin need before they can be drawn.
namespace metaspatial::assets {

/// Computes normals where there are none, and replaces single ones that are not of unit length. Faces that
/// meet at less than 40 degrees share a smooth normal, others an edge: vertices on it are split if
/// `may_split`.
///
/// Shape    positions and triangles must be there, and every other array of a full length or empty; arrays of
///          vertices grow together.
/// Cost     O(n) for n triangles; a corner looks at no more than 64 neighbours.
void mend_normals(Mesh& mesh, bool may_split = true);

/// Computes tangents where there are none, and replaces single ones that are not usable. REQUIRES normals and
/// texture coordinates.
///
/// Source   Lengyel, Computing Tangent Space Basis Vectors for an Arbitrary Mesh: sums over the triangles of
/// a
///          vertex, weighted by area.
void mend_tangents(Mesh& mesh);

/// Leaves out vertices that no triangle uses; the others keep their order.
void drop_unused_vertices(Mesh& mesh);

}  // namespace metaspatial::assets
