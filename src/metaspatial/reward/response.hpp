#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/scene/graph.hpp"

/// From a model's words to one number and its parts.
namespace metaspatial::reward {

using scene::Layout;
using scene::SceneGraph;

/// What became of a response.
enum class ResponseStatus {
  Ok,              ///< a layout was read
  Keep,            ///< the answer is `keep`: the layout of the turn before stands
  TooLarge,        ///< more bytes than the limit
  NoThink,         ///< does not open with one <think>...</think> block
  NoAnswer,        ///< no <answer>...</answer> block after the closing </think>
  ExtraText,       ///< words before, between or after the blocks
  SeveralAnswers,  ///< more than one answer block
  KeepNotAllowed,  ///< `keep` in a turn that has no layout before it
  NotJson,         ///< the answer is not RFC 8259 JSON
  TooDeep,         ///< the answer is JSON nested deeper than the limit
  NotAList,        ///< the answer is JSON but not a list
  WrongIds,        ///< the list does not name every object of the room exactly once
  BadField,        ///< an entry is not an object with exactly the fields of the schema
};
[[nodiscard]] std::string_view name(ResponseStatus status);

struct ParseOptions {
  bool allow_keep = false;
  std::size_t max_bytes = std::size_t{1} << 20;
  int max_depth = 16;           ///< nesting of the JSON answer
  double max_coordinate = 1e4;  ///< metres; a larger |x|, |y| or |z| is a bad field
};

/// Bytes [begin, end) of the response text; empty if the thing is not there.
struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] bool empty() const { return begin >= end; }
  [[nodiscard]] bool contains(std::size_t byte) const { return begin <= byte && byte < end; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// Where the answer for one object stands in the response: for credit on its tokens.
struct EntryRanges {
  ByteRange entry;  ///< the whole {...}
  ByteRange x;      ///< the values, without keys and commas
  ByteRange y;
  ByteRange z;
  ByteRange z_angle;
  ByteRange why;  ///< with its quotes
};

/// What a response says.
struct ParsedResponse {
  ResponseStatus status = ResponseStatus::NoThink;
  std::string reason;                ///< one line for a person; empty if readable
  double format = 0;                 ///< in [0, 1]: 1 if readable, else how far the reading came, at most 0.9
  std::string think;                 ///< what stands between <think> and </think>
  Layout layout;                     ///< status Ok: one pose per object, in the graph's order; else empty
  std::vector<EntryRanges> entries;  ///< status Ok: one per object, in the graph's order; else empty
  ByteRange answer;                  ///< what stands between <answer> and </answer>, where that was found

  /// Whether it can be scored as a layout: Ok or Keep.
  [[nodiscard]] bool readable() const {
    return status == ResponseStatus::Ok || status == ResponseStatus::Keep;
  }
};

/// Reads a model's response strictly:
///
///     <think> anything </think> <answer> JSON </answer>
///
/// with only white space around and between. The think block ends at the first </think>; what it holds is
/// never read. JSON is a list with one object per object of the graph, in any order, with exactly the keys
/// `new_object_id` (string), `x`, `y`, `z` (numbers, metres) and, optionally, `z_angle` (number, degrees) and
/// `why` (string; never scored). Without z_angle the yaw is that of scene::resolve_yaw_rad. The answer may be
/// the word `keep` instead, where `options` allow it.
///
/// `format` grades what is unreadable so that a learner can climb: 0.02 a think block, 0.05 both blocks in
/// wrong company, 0.1 both blocks, 0.2 JSON, 0.3 a list plus up to 0.2 by how many entries are right, 0.5 as
/// many entries as objects plus up to 0.4 by the share that is right.
///
/// Errors   none: any bytes are a response, and a bad one is an outcome.
/// Threads  const on its arguments.
/// Cost     O(bytes + entries); never recurses.
[[nodiscard]] ParsedResponse parse_response(const SceneGraph& graph, std::string_view text,
                                            const ParseOptions& options = {});

}  // namespace metaspatial::reward
