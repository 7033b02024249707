#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/env/episode.hpp"
#include "metaspatial/eval/rooms.hpp"
#include "metaspatial/vlm/model.hpp"
#include "metaspatial/vlm/sequence.hpp"

/// What the supervised warm start is taught: answers with reasoning, and minimal corrections of flawed ones.
namespace metaspatial::rl {

struct DemonstrationConfig {
  double clumsy = 0.0;     ///< share of objects that the taught first answers place clumsily (the base: > 0)
  int answers = 1;         ///< first answers per room, each from its own solution
  double corrections = 1;  ///< later turns per room, on average
  double flawed = 0.35;    ///< share of objects placed clumsily in the answers that are then corrected
  double own = 0.0;  ///< share of later turns that follow the starting model's own answer in the room instead
  double unreadable = 0.03;  ///< share of later turns that follow an unreadable answer
  double clean_feedback =
      0.1;               ///< share of later turns that follow a faultless answer; the right answer is keep
  double words = 0.8;    ///< share of later turns whose feedback has words
  double picture = 0.9;  ///< share of later turns whose feedback has the picture of the layout
  double hidden_openings =
      0.0;  ///< share of rooms whose openings are taken out of the text, beside those that have them only
            ///< in the picture anyway: for the vision tower to learn from
  double looking =
      0.0;  ///< share of demonstrations that teach nothing but naming the openings of the picture, in a
            ///< room of few objects: short, so that the vision tower sees many pictures
  double blank =
      0.0;  ///< share of rooms whose picture is grey: what only a picture could show is then not named
  double renamed = 0.0;  ///< share of objects that get the name of another kind that is held up in the same
                         ///< way: ids are to be read from the question, not guessed from what is common
  int candidates = 1;  ///< solutions made per answer; the one with the most room around its objects is taught
  bool reasoning = true;      ///< "why" has the arithmetic of relations, see env::reasoning_text()
  bool clearance = false;     ///< "why" also says how far the object's place is free, see clearance_text()
  double first_weight = 1.0;  ///< loss weight of first answers
  double later_weight = 1.0;  ///< loss weight of corrections
};

/// The graph with `share` of its objects, drawn by chance, named as other kinds of the catalogue that are
/// held up in the same way: every layout has the same faults as before.
[[nodiscard]] scene::SceneGraph with_other_kinds(scene::SceneGraph graph, double share, Rng& rng);

/// The free space in which object `i` stands among the walls, the openings' clear zones and the objects
/// before it, on the two lines through its place: "room x 0.4 2.9 y 0 1.65" says that something ends at x 0.4
/// and the next begins at 2.9 in the strip that the object takes in y, and the like in y. Rounded inwards to
/// 0.05 m. What it overlaps in plan (the rug it stands on, the table of a lamp) does not count; a rug beside
/// it does.
///
/// Frame    room frame; boxes count as axis-aligned.
[[nodiscard]] std::string clearance_text(const scene::SceneGraph& graph, const scene::Layout& layout, int i);

/// One room as taught: a question and several answers and dialogues that go on from it.
///
/// Shape    weights[g][s] is the loss weight of token s of suffix g; 0 for what the user says.
struct Demonstration {
  vlm::SequenceGroup group;
  std::vector<std::vector<float>> weights;
};

/// `own` is what the starting model answered in the room, if that could be read.
///
/// Threads  const on its arguments; everything random comes from `rng`.
[[nodiscard]] Result<Demonstration> demonstrate(const eval::SolvedRoom& room,
                                                std::shared_ptr<render::Device> device,
                                                const env::EnvConfig& env, const vlm::Processor& processor,
                                                const DemonstrationConfig& config, Rng& rng,
                                                const std::optional<scene::Layout>& own = {});

}  // namespace metaspatial::rl
