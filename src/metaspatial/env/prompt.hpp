#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/physics/rules.hpp"
#include "metaspatial/scene/graph.hpp"

/// The multi-turn episode: what the model sees, what its answer does.
namespace metaspatial::env {

using scene::Layout;
using scene::SceneGraph;

/// Full: the reference's content, with the scene graph as JSON; for pretrained models. Compact: one line of
/// facts per object; for small models. Both state facts only: no half sizes, no legal ranges, no hints.
enum class PromptStyle { Full, Compact };

/// The question of the first turn, to stand behind the picture of the empty room. Openings are mentioned only
/// if graph.openings_in_text.
[[nodiscard]] std::string question_text(const SceneGraph& graph, PromptStyle style);

/// What the model is told about its previous answer: the reward, and per object its faults as facts with
/// magnitudes (Compact: metres on a 0.05 grid), never remedies. Every object has a line, in the graph's
/// order.
[[nodiscard]] std::string feedback_text(const SceneGraph& graph, const physics::Report& report, double reward,
                                        PromptStyle style);
/// The same for an answer that could not be read.
[[nodiscard]] std::string unreadable_text(std::string_view reason, PromptStyle style);
/// The feedback with its words left out: control of the experiments, and what a picture-only model sees.
[[nodiscard]] std::string blank_feedback_text(PromptStyle style);

/// The text of an answer.
///
/// Shape    `why` has one entry per object (empty: left out) or is empty.
struct AnswerText {
  std::string think;
  std::vector<std::string> why;
};
[[nodiscard]] std::string answer_text(const SceneGraph& graph, const Layout& layout, const AnswerText& text);
inline constexpr std::string_view kKeepAnswer = "<think></think><answer>keep</answer>";

/// "\n* door_1 at east_wall 1.2 0.9" for every opening: how Compact prompts and taught thoughts write them.
[[nodiscard]] std::string openings_text(const SceneGraph& graph);

/// The reasoning that nano is taught to write before the numbers of object `i`: for every relation to another
/// object, that object and its yaw, the axis and direction of the relation, the other's coordinate, both half
/// sizes and the result, then the other axis and coordinate. Empty for objects that relate to walls only.
///
/// Source   the arithmetic that the layout was made by, written down; taken from `layout` alone.
[[nodiscard]] std::string reasoning_text(const SceneGraph& graph, const Layout& layout, int i);

/// The pieces of text that Compact prompts and answers consist of, for the nano tokenizer's added tokens:
/// numbers on the 0.05 grid from 0 to 12, kinds, ids, prepositions, JSON scaffolding.
[[nodiscard]] std::vector<std::string> compact_vocabulary();
/// The value of a number token of compact_vocabulary() (" 2.05" -> 2.05); NaN for other pieces.
[[nodiscard]] double compact_number(std::string_view piece);
/// The pieces that open an object's line, see vlm::PositionScheme.
inline constexpr std::string_view kLinePiece = "\n- ";
inline constexpr std::string_view kEntryPiece = "{\"new_object_id\":\"";

}  // namespace metaspatial::env
