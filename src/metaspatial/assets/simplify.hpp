#pragma once

#include <cstddef>

#include "metaspatial/assets/mesh.hpp"

namespace metaspatial::assets {

/// A model of fewer triangles that looks alike from a distance; its materials and its size stay.
///
/// Shape    at most about `target_triangles`, more where materials or edges need them; the model itself if it
/// has
///          no more. Each material keeps a share of triangles that follows its own, at least 8.
/// Units    `max_error` is a share of the model's largest side; if it does not suffice, the mesh is
/// simplified
///          without regard to its topology.
/// Cost     about 4 us a triangle, in two attempts.
/// Source   meshoptimizer's simplify and simplifySloppy (quadric errors, Garland and Heckbert).
[[nodiscard]] Model simplified(const Model& model, std::size_t target_triangles = 4000,
                               float max_error = 0.01F);

}  // namespace metaspatial::assets
