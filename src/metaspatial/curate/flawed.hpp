#pragma once

#include "metaspatial/base/rng.hpp"
#include "metaspatial/scene/graph.hpp"

/// Layouts that are wrong on purpose: what a model without training gives, and what chance gives.
namespace metaspatial::curate {

/// How clumsy an imperfect layout is. Probabilities are per object; at most one mistake of the first group is
/// made, then coarse rounding and noise may come on top.
struct Imperfection {
  double mistaken = 0.75;  ///< makes one of the typical mistakes
  double coarse = 0.25;    ///< rounded to half metres
  double noise = 0.5;      ///< moved by chance
  double noise_m = 0.25;   ///< standard deviation of that, per horizontal axis
  double grid_m = 0.05;
};

/// A layout as a model gives that knows the words but not the arithmetic. Mistakes: a relation read in the
/// room's frame instead of the target's; the wrong side; half sizes forgotten (the centre at the wall or at
/// the neighbour's edge); the doors and the neighbours ignored; numbers rounded coarsely; noise.
///
/// Units    metres; x and y on the grid and, reflected at the walls instead of cut off, with the whole box
/// inside
///          the room where it fits and no half size was forgotten; z as in `solved`, or as the new support
///          demands. The walls are those of the rectangle around the floor: who overlooks that a floor is a
///          polygon makes one mistake more.
/// Shape    REQUIRES `solved` to have one pose per object.
[[nodiscard]] scene::Layout imperfect_layout(const scene::SceneGraph& graph, const scene::Layout& solved,
                                             Rng& rng, const Imperfection& imperfection = {});

/// Every object anywhere in the room, its box inside, with the z that its support demands: the bound that
/// chance sets. On a polygonal floor, where no such place is found in 100 draws, the last one drawn.
[[nodiscard]] scene::Layout random_layout(const scene::SceneGraph& graph, Rng& rng, double grid_m = 0.05);

}  // namespace metaspatial::curate
