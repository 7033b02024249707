#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/scene/kinds.hpp"

/// What a description says: the words of a sentence, matched against the catalogue of kinds.
namespace metaspatial::curate {

/// An object that the text names.
struct Mention {
  const scene::Kind* kind = nullptr;
  int count = 1;  ///< "two armchairs": 2; a plural without a number: 2
  bool plural = false;
  bool generic = false;  ///< named by a single everyday word ("table"), whose meaning depends on the room
  std::string style;     ///< empty if the words near it name none
  std::string material;  ///< colour and material: "red velvet"; may be empty
};

/// A description as understood.
struct Reading {
  std::vector<std::string> words;           ///< normalised: lower case, ASCII, singular
  std::vector<Mention> mentions;            ///< in order of the text, each kind once
  std::vector<std::string> not_understood;  ///< nouns that name neither a known object nor a known non-object
  std::string style;                        ///< the room's style, empty if none is named
  bool windows = false;                     ///< windows are named
  bool no_windows = false;                  ///< "windowless", cellars
  bool floor_windows = false;               ///< "floor-to-ceiling windows"
  int head_end = 0;                         ///< words before this index name the room: "a cozy attic bedroom"
};

/// Reads a description: objects with number and adjectives, style, windows. Deterministic.
///
/// Errors   none: any bytes are read; what is not understood is listed.
/// Cost     some 20 us for a sentence.
[[nodiscard]] Reading read_description(std::string_view text);

/// Lower case, ASCII, singular words: "Children's chairs, café" -> "children chair cafe".
[[nodiscard]] std::vector<std::string> normalised_words(std::string_view text);

}  // namespace metaspatial::curate
