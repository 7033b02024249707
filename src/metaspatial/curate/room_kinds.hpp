#pragma once

#include <span>
#include <string_view>
#include <vector>

/// What rooms are for: the words that name a kind of room, and what usually stands in it.
namespace metaspatial::curate {

/// A usual thing of a room.
struct Usual {
  std::vector<std::string_view> kinds;  ///< one of these
  double chance = 1;                    ///< how often it is there at all
  int least = 1;                        ///< how many, if it is there
  int most = 1;
};

/// "table" means a dining table in a kitchen and a low one in a lounge.
struct Meaning {
  std::string_view generic;
  std::string_view here;
};

/// A kind of room.
struct RoomKind {
  std::string_view name;                ///< "living_room"
  std::vector<std::string_view> words;  ///< what people call it, normalised
  bool weak = false;         ///< "attic", "loft": a place that is furnished by what else is said of it
  std::vector<Usual> usual;  ///< what it is furnished with, most telling first
  std::vector<Meaning> meanings;
};

/// All kinds of rooms, 25 or more; the first is the default.
[[nodiscard]] std::span<const RoomKind> room_kinds();

/// The kind of room that the words name, or null.
///
/// Shape    `words` as normalised_words() gives them; `head_end` as in Reading.
[[nodiscard]] const RoomKind* find_room_kind(std::span<const std::string> words, int head_end);

}  // namespace metaspatial::curate
