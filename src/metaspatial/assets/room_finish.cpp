#include "metaspatial/assets/room_finish.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/assets/palette.hpp"
#include "metaspatial/base/rng.hpp"

namespace metaspatial::assets {
namespace {

/// A surface of a room; of an invalid one (no colour) another table decides.
struct Finish {
  std::uint32_t srgb = 0;
  Pattern pattern = Pattern::None;
  float roughness = 0.92F;
};

constexpr Finish kUndecided{};
constexpr Finish paint(std::uint32_t srgb) {
  return {srgb, Pattern::None, 0.92F};
}
constexpr Finish planks(std::uint32_t srgb) {
  return {srgb, Pattern::Planks, 0.45F};
}
constexpr Finish tiles(std::uint32_t srgb, float roughness = 0.3F) {
  return {srgb, Pattern::Tiles, roughness};
}
constexpr Finish carpet(std::uint32_t srgb) {
  return {srgb, Pattern::Weave, 0.97F};
}
constexpr Finish masonry(std::uint32_t srgb) {
  return {srgb, Pattern::Brick, 0.9F};
}

struct Use {
  std::string_view words;  ///< separated by '|'; each starts a word of the room's name or wish
  Finish wall;
  Finish floor;
  bool firm = false;  ///< the use decides before the style does: nobody lays planks in a shower
};

// What rooms of a use usually look like. The particular before the general: a "hospital bedroom" is no
// bedroom.
constexpr std::array kUses = std::to_array<Use>({
    {"sauna", {0xcf9f68, Pattern::Wood, 0.7F}, planks(0xa87a4c), true},
    {"spa|wellness|hammam|onsen", paint(0xcbc2b2), tiles(0x948c80, 0.55F), true},
    {"bathroom|bathhouse|bath room|ensuite|washroom|restroom|shower room|powder room|toilet", paint(0xdbe2e0),
     tiles(0xc3c4c0), true},
    {"laundry|utility room", paint(0xd6e0e4), tiles(0xb9bcbd), true},
    {"kitchen|kitchenette|pantry", paint(0xe4ded2), tiles(0xbdb4a5), false},
    {"server room|data center|control room", paint(0xb9c1c9), tiles(0x70767d), true},
    {"laborator|lab|chemistry|science", paint(0xdbe1e3), tiles(0x9fa9ae), true},
    {"hospital|clinic|medical|patient|dental|dentist|exam room|infirmary|veterinar|surgery", paint(0xcfe0da),
     tiles(0xaeb9b8, 0.4F), true},
    {"garage|workshop|mechanic|woodworking|shed|tool room",
     paint(0xc6c7c4),
     {0x8a8a88, Pattern::None, 0.8F},
     true},
    {"gym|fitness|weight room|workout|crossfit|boxing|dojo", paint(0xc9ced2), tiles(0x43474c, 0.9F), true},
    {"yoga|meditation|pilates|dance studio|ballet|dance hall|ballroom", paint(0xdde0d2), planks(0xcfae74),
     false},
    {"wine cellar|cellar|tasting room|dungeon|crypt|vault", masonry(0x8b8276), tiles(0x6f685e, 0.75F), true},
    {"castle|throne", masonry(0x8a857c), tiles(0x77726a, 0.7F), true},
    {"theater|theatre|cinema|movie room|media room|screening", paint(0x4a3740), carpet(0x4b3d42), true},
    {"nursery|baby", kUndecided, planks(0xd8bd92), false},
    {"playroom|kids|children|child|toddler|kindergarten|preschool|daycare", paint(0xc6dfe8), planks(0xd4b484),
     false},
    {"classroom|schoolroom|lecture|school", paint(0xe0e0c6), tiles(0xa9a08c, 0.5F), true},
    {"arcade|game room|gaming|games room", paint(0x4b5270), carpet(0x3d4150), false},
    {"recording|podcast|sound studio", paint(0x6b6f78), carpet(0x55575c), false},
    {"music room|music studio|rehearsal|conservatory of music", paint(0xcfc0aa), planks(0xb08a5e), false},
    {"library|reading room|archive|bookstore|bookshop", paint(0x8f957c), planks(0x7f5535), false},
    {"study|home office|office|workspace|coworking", paint(0xcdd5d8), planks(0xa97e52), false},
    {"conference|meeting room|boardroom|reception|lobby", paint(0xd2d5d6), carpet(0x7d858c), false},
    {"art studio|craft|atelier|dressmaker|pottery|sewing|painting studio", paint(0xe5e4e0), planks(0xb9a88e),
     false},
    {"photo studio|photography", paint(0xe0e0e0), {0x9a9a98, Pattern::None, 0.7F}, false},
    {"greenhouse|conservatory|sunroom|solarium|garden room|patio|terrace|veranda|porch|orangery",
     paint(0xdbe5d6), tiles(0xa8694a, 0.7F), true},
    {"speakeasy|pub|tavern|cocktail|bar|lounge bar|cigar", paint(0x4f5f52), planks(0x63432c), false},
    {"cafe|caf\xc3\xa9|coffee shop|bakery|tea room|tearoom|bistro|diner", paint(0xdccbb0), planks(0x9a7048),
     false},
    {"restaurant|dining", paint(0xdacdb8), planks(0x8f6440), false},
    {"church|chapel|temple|shrine", paint(0xddd6c6), tiles(0x9a9184, 0.6F), true},
    {"barn|stable", {0x9a7550, Pattern::Wood, 0.8F}, planks(0x8a6d4c), true},
    {"salon|barber|boutique|shop|store", paint(0xe0d5d3), tiles(0xc6c1ba), false},
    {"museum|gallery|exhibition", paint(0xe6e5e2), planks(0xb79a74), false},
    {"entry|entrance|hallway|mudroom|boot room|foyer|vestibule", paint(0xdcd6c8), tiles(0xa59f94), false},
    {"closet|dressing|wardrobe room", paint(0xdfd5d2), carpet(0xc2b7aa), false},
    {"bedroom|guest room|dorm|sleeping", paint(0xd8d6d0), planks(0xb98f62), false},
    {"living|family room|sitting room|lounge|den|parlor|parlour", paint(0xdfd8ca), planks(0xb48a5c), false},
});

struct Look {
  std::string_view words;
  Finish wall;
  Finish floor;
  std::uint32_t trim;
  std::uint32_t door;
  bool timber = false;  ///< door and trim show their grain
};

// The finishes of styles, in the palette's order of names: the particular before the general.
constexpr std::array kLooks = std::to_array<Look>({
    {"mid century|midcentury", paint(0xdfd3ba), planks(0x9c6b41), 0xe6e2d8, 0x8a5a36, true},
    {"scandi|nordic|hygge|danish|swedish", paint(0xe2e5e4), planks(0xd6bf9b), 0xebe9e4, 0xe9e7e2},
    {"japandi|wabi", paint(0xddd4c4), planks(0xc6a679), 0xb08a5e, 0xa37a4e, true},
    {"japanese|zen|ryokan|asian", paint(0xe0d8c6), planks(0xc4a272), 0x8f6a44, 0xa37a4e, true},
    {"steampunk", paint(0x8a6a4c), planks(0x5c3f28), 0x4a3222, 0x4a3222, true},
    {"industrial|loft|warehouse|brutalis",
     paint(0xb3b0ab),
     {0x8f8d89, Pattern::None, 0.75F},
     0x4a4d50,
     0x3f4347},
    {"farmhouse|country", paint(0xe5dfd0), planks(0xb08a5c), 0xe9e6df, 0x93a396},
    {"rustic|cabin|lodge|chalet|log", paint(0xddcdb2), planks(0x8a6340), 0x8a6340, 0x6f4a2c, true},
    {"cottage|shabby|provenc|romantic", paint(0xe6dad2), planks(0xc9b08a), 0xebe9e4, 0xe9e7e2},
    {"french|parisian|rococo", paint(0xdfdcd6), planks(0xb58f62), 0xebe9e4, 0xe6e2da},
    {"art deco|hollywood|gatsby", paint(0x3f5e61), planks(0x5e4030), 0x3a302a, 0x3b2a22, true},
    {"victorian|gothic revival", paint(0x4c6351), planks(0x8a6547), 0x54361f, 0x4a2f20, true},
    {"edwardian|georgian|regency", paint(0x8fa39a), planks(0x7a5236), 0xe6e2d8, 0x5a3a26, true},
    {"baroque|renaissance|tudor", paint(0x8c4a40), planks(0x6a452b), 0x4a2f20, 0x4a2f20, true},
    {"gothic|medieval|vampire|dark academia", masonry(0x77726c), tiles(0x5f5b57, 0.7F), 0x3f342c, 0x3a2a20,
     true},
    {"craftsman|colonial", paint(0xcfc4a0), planks(0x8f6038), 0x7a5030, 0x7a5030, true},
    {"coastal|beach|nautical|seaside|ocean", paint(0xcfe0e6), planks(0xd2c2a4), 0xebe9e4, 0xe6e8e8},
    {"mediterran|tuscan|spanish|greek|italian", paint(0xe3d0ad), tiles(0xb0683f, 0.7F), 0x8a5a36, 0x6f4a2c,
     true},
    {"morocc|southwest|mexican|indian|african", paint(0xdda97a), tiles(0xa65c3a, 0.7F), 0x7a4a2c, 0x6a4028,
     true},
    {"bohemian|boho|eclectic|hippie", paint(0xe3cfb4), planks(0xb07f52), 0xe6dfd2, 0x8a5a36, true},
    {"tropical|jungle|botanical", paint(0xcfe0cc), planks(0xb08552), 0xe9e6df, 0x9a6d42, true},
    {"futur|sci fi|cyber|high tech|spaceship|space age", paint(0xc3cad3), tiles(0x6f767e), 0x8f979f,
     0x9aa2aa},
    {"bauhaus|memphis|pop art", paint(0xe6e3dc), planks(0xb79a74), 0xe9e6df, 0xb53a32},
    {"retro|vintage|50s|60s|70s|diner", paint(0xcfd8bf), planks(0xa8784c), 0xe9e6df, 0xc9dbd0},
    {"pastel|whimsical|fairy|princess|playful", paint(0xe6d3dc), planks(0xd8bd92), 0xebe9e4, 0xebe9e4},
    {"luxur|glam|opulent", paint(0xd9d0c6), {0xd9d4cc, Pattern::Marble, 0.15F}, 0xe6e2d8, 0x4a3528, true},
    {"elegant|sophisticat|formal", paint(0xcfccc8), planks(0x7f5636), 0xebe9e4, 0xe6e2da},
    {"traditional|classic|antique|old fashioned", paint(0xdacdb0), planks(0x8a5a38), 0xebe9e4, 0x6f4a2c,
     true},
    {"minimal", paint(0xe8e6e3), planks(0xcbb593), 0xebe9e6, 0xe9e7e4},
    {"contemporary|urban|transitional", paint(0xd3d2ce), planks(0xa1805c), 0xebe9e4, 0xe0ddd7},
    {"modern|sleek", paint(0xdddddb), planks(0xb08a62), 0xebe9e4, 0xe4e2de},
    {"cozy|cosy|warm|snug", paint(0xe2d2b8), planks(0xa87b4e), 0xe9e6df, 0x8f6440, true},
    {"bright|airy|sunny", paint(0xe8e5d8), planks(0xcbae84), 0xebe9e4, 0xe9e7e2},
});

std::string plain(std::string_view text) {
  std::string result(text.substr(0, 2000));
  for (char& c : result) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (c == '-' || c == '_') c = ' ';
  }
  return result;
}

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

/// Whether one of the words (separated by '|') starts a word of the text; short ones must be whole.
bool names_any(std::string_view text, std::string_view words) {
  while (!words.empty()) {
    const std::size_t bar = std::min(words.find('|'), words.size());
    const std::string_view word = words.substr(0, bar);
    words.remove_prefix(std::min(bar + 1, words.size()));
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
      if (at > 0 && is_letter(text[at - 1])) continue;
      const std::size_t end = at + word.size();
      if (word.size() > 4 || end >= text.size() || !is_letter(text[end])) return true;
    }
  }
  return false;
}

/// A text cut into words and marks.
std::vector<std::string_view> tokens_of(std::string_view text) {
  std::vector<std::string_view> tokens;
  for (std::size_t at = 0; at < text.size();) {
    if (std::isspace(static_cast<unsigned char>(text[at]))) {
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    const auto inner = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || (c & 0x80) != 0;
    };
    if (inner(text[at]))
      while (end < text.size() && inner(text[end])) ++end;
    tokens.push_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

template <std::size_t N>
bool one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, word) != words.end();
}

constexpr std::array<std::string_view, 12> kWallWords = {
    "wall",         "walls",       "wallpaper", "panelling", "paneling",  "wainscoting",
    "wallcovering", "wallpapered", "panels",    "brickwork", "stonework", "plaster"};
constexpr std::array<std::string_view, 12> kFloorWords = {"floor",   "floors",  "flooring",  "floorboards",
                                                          "carpet",  "carpets", "carpeting", "carpeted",
                                                          "parquet", "planks",  "tiles",     "herringbone"};
constexpr std::array<std::string_view, 13> kBreaks = {
    ",", ".", ";", ":", "!", "(", ")", "and", "with", "featuring", "under", "plus", "where"};
constexpr std::array<std::string_view, 22> kLinks = {
    "are",  "is",   "painted", "in", "of", "covered", "with",  "made",   "a",    "the",   "finished",
    "from", "clad", "lined",   "as", "be", "should",  "tiles", "boards", "tile", "paint", "planks"};

/// What a text says of one surface: the words before it ("sage green walls") or after it ("walls of brick").
std::string said_of(const std::vector<std::string_view>& tokens, bool floor) {
  const auto is_target = [&](std::string_view word) {
    return floor ? one_of(word, kFloorWords) : one_of(word, kWallWords);
  };
  const auto is_other = [&](std::string_view word) {
    return floor ? one_of(word, kWallWords) : one_of(word, kFloorWords);
  };
  const auto join = [](std::string& phrase, std::string_view word) {
    if (!phrase.empty()) phrase += ' ';
    phrase += word;
  };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view target = tokens[i];
    if (!is_target(target)) continue;
    // A wall clock and a floor lamp say nothing of walls and floors.
    const bool part = target == "wall" || target == "floor";
    if (part && i + 1 < tokens.size() && !one_of(tokens[i + 1], kBreaks) && !one_of(tokens[i + 1], kLinks))
      continue;
    std::size_t first = i;
    while (first > 0 && i - first < 4 && !one_of(tokens[first - 1], kBreaks) && !is_other(tokens[first - 1]))
      --first;
    std::string phrase;
    for (std::size_t k = first; k <= i; ++k) join(phrase, tokens[k]);
    if (color_in(phrase) || material_in(phrase)) {
      // "Walls" of tiles, "tiles" of a wall: whose they are is said first.
      if (floor && target == "tiles" && phrase.find("wall") != std::string::npos) continue;
      return phrase;
    }
    std::string after;
    std::size_t k = i + 1;
    if (k >= tokens.size() || !one_of(tokens[k], kLinks)) {
      if (!part &&
          one_of(target, std::array<std::string_view, 8>{"carpet", "carpets", "carpeting", "carpeted",
                                                         "parquet", "herringbone", "brickwork", "stonework"}))
        return phrase;
      continue;
    }
    for (; k < tokens.size() && k < i + 7; ++k) {
      if (one_of(tokens[k], kBreaks) && tokens[k] != "with") break;
      if (is_other(tokens[k])) break;
      join(after, tokens[k]);
    }
    if (color_in(after) || material_in(after)) return after + ' ' + std::string(target);
  }
  return {};
}

/// The colour of a room whose walls are not named: "..., painted the green of new leaves", "..., in bottle
/// green".
std::string painted_in(const std::vector<std::string_view>& tokens) {
  for (std::size_t i = 1; i + 1 < tokens.size(); ++i) {
    if (tokens[i - 1] != ",") continue;
    const bool painted = tokens[i] == "painted";
    if (!painted && tokens[i] != "in") continue;
    std::string phrase;
    std::size_t k = i + 1;
    for (; k < tokens.size() && k < i + 7 && !one_of(tokens[k], kBreaks); ++k) {
      if (!phrase.empty()) phrase += ' ';
      phrase += tokens[k];
    }
    // "In white" ends a wish; "in white pots" does not speak of the room.
    const bool ends = k >= tokens.size() || tokens[k] == ".";
    if (color_in(phrase) && (painted || (ends && k - i <= 4))) return phrase;
  }
  return {};
}

Material surface(std::string_view name, const Finish& finish) {
  Material material = colored(name, finish.srgb, finish.roughness);
  material.pattern = finish.pattern;
  return material;
}

/// The floor that a phrase names.
std::optional<Material> floor_said(const std::string& phrase) {
  if (phrase.empty()) return std::nullopt;
  const std::optional<Vec3f> color = color_in(phrase);
  const std::optional<NamedMaterial> named = material_in(phrase);
  const auto painted = [&](Finish finish) {
    Material material = surface("floor", finish);
    if (color) material.base_color = plausible(*color);
    return material;
  };
  if (names_any(phrase, "carpet|carpets|carpeting|carpeted|rug")) return painted(carpet(0xb3a899));
  if (names_any(phrase, "rubber")) return painted(tiles(0x43474c, 0.9F));
  if (names_any(phrase, "linoleum|vinyl|epoxy|resin")) return painted({0xb0a890, Pattern::None, 0.4F});
  const bool tiled = names_any(phrase, "tile|tiles|tiled|checkered|chequered|mosaic");
  if (named) {
    Material material = named->material;
    material.name = "floor";
    switch (named->kind) {
      case MaterialClass::Wood:
        material.pattern = Pattern::Planks;
        material.roughness = 0.45F;
        return material;
      case MaterialClass::Stone:
        if (named->word == "brick" || named->word == "concrete" || named->word == "cement") return material;
        if (material.pattern == Pattern::Marble && named->word != "stone" && !tiled) return material;
        material.pattern = Pattern::Tiles;
        return material;
      case MaterialClass::Plain:
        // Fired clay on a whole floor is paler than in a pot.
        if (!named->has_color) material.base_color = 0.65F * material.base_color + Vec3f::Constant(0.08F);
        material.pattern = Pattern::Tiles;
        material.roughness = std::max(0.25F, material.roughness);
        return material;
      case MaterialClass::Textile:
      case MaterialClass::Woven:
        material.pattern = Pattern::Weave;
        return material;
      case MaterialClass::Metal:
      case MaterialClass::Glass:
      case MaterialClass::Leather:
        break;
    }
  }
  if (tiled) return painted(tiles(0xcfcac1));
  if (names_any(phrase, "parquet|herringbone|planks|floorboards|boards")) return painted(planks(0x9a6d45));
  if (color) return painted(planks(0xb98d62));
  return std::nullopt;
}

std::optional<Material> wall_said(const std::string& phrase) {
  if (phrase.empty()) return std::nullopt;
  const std::optional<Vec3f> color = color_in(phrase);
  const std::optional<NamedMaterial> named = material_in(phrase);
  if (named) {
    Material material = named->material;
    material.name = "wall";
    material.opacity = 1;
    switch (named->kind) {
      case MaterialClass::Wood:
        return material;
      case MaterialClass::Stone:
        if (named->word == "stone" || named->word == "limestone" || named->word == "sandstone" ||
            named->word == "slate")
          material.pattern = Pattern::Brick;
        return material;
      case MaterialClass::Plain:
        return material;
      case MaterialClass::Metal:
      case MaterialClass::Glass:
      case MaterialClass::Textile:
      case MaterialClass::Leather:
      case MaterialClass::Woven:
        break;
    }
  }
  if (names_any(phrase, "brickwork|stonework"))
    return surface("wall", names_any(phrase, "brickwork") ? masonry(0x9c4f3a) : masonry(0x8f877d));
  if (!color) return std::nullopt;
  Material material = colored("wall", 0xe4dfd5, 0.92F);
  // Wall paint is greyer than cloth of the same name.
  material.base_color = plausible(0.75F * *color + Vec3f::Constant(0.25F * luminance(*color)));
  return material;
}

/// A pastel that the wish asks for, else one of a few, by the wish.
Finish nursery_wall(std::string_view text) {
  constexpr std::array kPastels = {paint(0xcfe3da), paint(0xe8d4d2), paint(0xcbdde8), paint(0xe8e0c4),
                                   paint(0xd8d0e4)};
  return kPastels[Rng{hash_bytes(text)}.below(kPastels.size())];
}

}  // namespace

ShellMaterials plan_finishes_of(const scene::SceneGraph& graph) {
  std::string words = graph.room_name + ' ' + graph.user_preference;
  words.resize(std::min<std::size_t>(words.size(), 2000));
  for (char& c : words) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto has = [&](std::string_view word) { return words.find(word) != std::string::npos; };
  ShellMaterials m;
  m.floor = colored("floor", 0xb98d62, 0.5F);
  m.floor.pattern = Pattern::Planks;
  if (has("bath") || has("kitchen") || has("laundry") || has("spa ") || has("sauna")) {
    m.floor = colored("floor", 0xcfcac1, 0.35F);
    m.floor.pattern = Pattern::Tiles;
  } else if (has("gym") || has("garage") || has("workshop") || has("laborator") || has("server") ||
             has("hospital")) {
    m.floor = colored("floor", 0xa5a7a8, 0.6F);
    m.floor.pattern = Pattern::Tiles;
  }
  m.wall = colored("wall", 0xe4dfd5, 0.92F);
  m.ceiling = colored("ceiling", 0xebeae6, 0.95F);
  m.skirting = colored("skirting", 0xebe9e4, 0.5F);
  m.frame = colored("frame", 0xebeae7, 0.45F);
  m.door = colored("door", 0xe4e2de, 0.45F);
  m.door_panel = colored("door panel", 0xdad8d3, 0.45F);
  m.handle = colored("handle", 0xb4b9be, 0.3F, 1);
  m.pane = glowing("window pane", 0x8fcdfb, 0.55F);
  m.pane.base_color *= 0.35F;
  return m;
}

ShellMaterials finishes_of(const scene::SceneGraph& graph) {
  ShellMaterials m = plan_finishes_of(graph);
  const std::string name = plain(graph.room_name);
  const std::string wish = plain(graph.user_preference);
  const std::vector<std::string_view> tokens = tokens_of(wish);

  const Use* use = nullptr;
  for (const std::string_view text : {std::string_view(name), std::string_view(wish)})
    for (const Use& candidate : kUses)
      if (use == nullptr && names_any(text, candidate.words)) use = &candidate;
  const Look* look = nullptr;
  for (const Look& candidate : kLooks)
    if (look == nullptr && names_any(wish, candidate.words)) look = &candidate;
  // A mood ("cozy", "modern") colours what the use leaves open; an epoch or a region decides.
  const bool mood = look != nullptr && look >= &kLooks[kLooks.size() - 6];

  const auto choose = [&](Finish Use::*of_use, Finish Look::*of_look, std::uint32_t fallback) {
    const bool by_use = use != nullptr && (use->*of_use).srgb != 0;
    if (by_use && (look == nullptr || use->firm || mood)) return use->*of_use;
    if (look != nullptr) return look->*of_look;
    return Finish{fallback, Pattern::None, 0.92F};
  };
  Finish wall = choose(&Use::wall, &Look::wall, 0xe4dfd5);
  if (use != nullptr && use->wall.srgb == 0 && (look == nullptr || mood)) wall = nursery_wall(wish);
  m.wall = surface("wall", wall);
  const Finish floor = choose(&Use::floor, &Look::floor, 0);
  if (floor.srgb != 0) m.floor = surface("floor", floor);
  auto wall_wished = wall_said(said_of(tokens, false));
  if (!wall_wished) wall_wished = wall_said(painted_in(tokens));
  if (wall_wished) m.wall = *wall_wished;
  if (auto said = floor_said(said_of(tokens, true))) m.floor = *said;

  if (look != nullptr) {
    m.skirting = colored("skirting", look->trim, 0.5F);
    m.door = colored("door", look->door, 0.45F);
    if (look->timber) {
      m.door.pattern = Pattern::Wood;
      if (luminance(m.skirting.base_color) < 0.5F) m.skirting.pattern = Pattern::Wood;
    }
    m.door_panel = m.door;
    m.door_panel.name = "door panel";
    m.door_panel.base_color = plausible(0.88F * m.door.base_color);
    const bool warm = look->timber;
    m.handle = warm ? colored("handle", 0xc79a4a, 0.3F, 1) : colored("handle", 0xb4b9be, 0.3F, 1);
  }
  return m;
}

}  // namespace metaspatial::assets
