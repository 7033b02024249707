#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/scene/graph.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::curate {

using scene::Layout;
using scene::SceneGraph;

struct DesignOptions {
  double grid_m = 0.05;  ///< of sizes' halves and positions
  int most_objects = 12;
  int attempts = 4;  ///< designs tried; the one that leaves out least is kept
};

/// What the designer made of the words.
struct DesignNotes {
  std::string room_kind;                    ///< "living_room"
  bool room_named = false;                  ///< the text says so; else it is what the named things suggest
  std::vector<std::string> named;           ///< kinds that the text names, in its order
  std::vector<std::string> not_understood;  ///< nouns that name nothing in the catalogue
  std::vector<std::string> dropped;         ///< what the text names but the room had no place for, with count
};

/// A designed room with a layout that proves it possible.
struct FurnishedRoom {
  SceneGraph graph;
  Layout layout;  ///< without any physical fault (physics::physical_rules)
  DesignNotes notes;
};

/// Turns a sentence and a room size into a question: 4-12 objects, each with 1-3 relations, doors and
/// windows. What the words name is there, then what such a room usually has. Objects come in dependency
/// order; their yaws are cardinal and stated (`file_yaw_rad`); sizes are multiples of 0.1 m (rugs 0.02 m
/// high).
///
/// Errors   InvalidInput if the room is lower than 1.8 m, higher than 12 m, or has a side under 1.2 m or over
/// 40 m. Threads  const on its arguments. Cost about a millisecond.
[[nodiscard]] Result<SceneGraph> design_room(const scene::RoomDescription& description, Rng& rng,
                                             const DesignOptions& options = {}, DesignNotes* notes = nullptr);

/// design_room together with the layout that proves the room possible.
[[nodiscard]] Result<FurnishedRoom> design_and_solve(const scene::RoomDescription& description, Rng& rng,
                                                     const DesignOptions& options = {});

/// A 64-bit hash of what the question asks: kinds, sizes and relations, but not ids, words or openings.
/// Held-out rooms share no signature with training rooms.
[[nodiscard]] std::uint64_t signature(const SceneGraph& graph);

}  // namespace metaspatial::curate
