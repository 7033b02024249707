#include "metaspatial/curate/words.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <unordered_map>
#include <unordered_set>

namespace metaspatial::curate {
namespace {

using std::string;
using std::string_view;

bool ends_with_any(string_view word, std::initializer_list<string_view> ends) {
  return std::ranges::any_of(ends,
                             [&](string_view e) { return word.size() > e.size() && word.ends_with(e); });
}

/// "shelves" -> "shelf", "benches" -> "bench", "tables" -> "table"; both the catalogue and the text go
/// through it, so it need not be perfect English, only the same on both sides.
string singular(string_view word) {
  static const std::unordered_map<string_view, string_view> irregular = {{"shelves", "shelf"},
                                                                         {"bookshelves", "bookshelf"},
                                                                         {"knives", "knife"},
                                                                         {"loaves", "loaf"},
                                                                         {"leaves", "leaf"},
                                                                         {"scarves", "scarf"},
                                                                         {"wolves", "wolf"},
                                                                         {"people", "person"},
                                                                         {"men", "man"},
                                                                         {"women", "woman"},
                                                                         {"mice", "mouse"},
                                                                         {"movies", "movie"},
                                                                         {"cookies", "cookie"},
                                                                         {"ties", "tie"},
                                                                         {"shoes", "shoe"},
                                                                         {"cacti", "cactus"},
                                                                         {"canvases", "canvas"},
                                                                         {"gases", "gas"},
                                                                         {"hues", "hue"},
                                                                         {"this", "this"},
                                                                         {"lens", "lens"},
                                                                         {"brass", "brass"},
                                                                         {"news", "news"},
                                                                         {"pouffes", "pouf"},
                                                                         {"pouffe", "pouf"},
                                                                         {"pianos", "piano"},
                                                                         {"is", "is"},
                                                                         {"its", "its"},
                                                                         {"has", "has"},
                                                                         {"was", "was"},
                                                                         {"as", "as"},
                                                                         {"always", "always"},
                                                                         {"vases", "vase"},
                                                                         {"cases", "case"},
                                                                         {"bookcases", "bookcase"},
                                                                         {"suitcases", "suitcase"},
                                                                         {"showcases", "showcase"},
                                                                         {"houses", "house"},
                                                                         {"horses", "horse"},
                                                                         {"purses", "purse"},
                                                                         {"nurses", "nurse"},
                                                                         {"axes", "axe"},
                                                                         {"telly", "television"}};
  if (const auto it = irregular.find(word); it != irregular.end()) return string(it->second);
  if (word.size() < 4) return string(word);
  if (word.ends_with("ies")) return string(word.substr(0, word.size() - 3)) + "y";
  if (ends_with_any(word, {"sses", "ches", "shes", "xes", "zes"}))
    return string(word.substr(0, word.size() - 2));
  if (ends_with_any(word, {"ss", "us", "is"})) return string(word);
  if (word.ends_with("s")) return string(word.substr(0, word.size() - 1));
  return string(word);
}

struct Token {
  string word;  // singular
  bool plural = false;
  bool breaks = false;  // a comma, stop, dash or bracket stands before this word
  bool possessive = false;
};

std::vector<Token> tokenise(string_view text) {
  std::vector<Token> tokens;
  string word;
  bool broken = true;
  bool possessive = false;
  const auto finish = [&] {
    if (word.empty()) return;
    Token token;
    token.word = singular(word);
    token.plural = token.word != word && !possessive;
    token.breaks = broken;
    token.possessive = possessive;
    tokens.push_back(std::move(token));
    word.clear();
    broken = possessive = false;
  };
  // Sentences are short; what is longer than this is not a description and is cut.
  text = text.substr(0, 4000);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 'A' && c <= 'Z') {
      word.push_back(static_cast<char>(c - 'A' + 'a'));
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      word.push_back(static_cast<char>(c));
    } else if (c == '\'' ||
               (c == 0xE2 && i + 2 < text.size() && static_cast<unsigned char>(text[i + 1]) == 0x80 &&
                static_cast<unsigned char>(text[i + 2]) == 0x99)) {
      if (c == 0xE2) i += 2;
      possessive = !word.empty();
    } else if (c == 0xC3 && i + 1 < text.size()) {
      // Latin letters with accents lose them.
      const auto d = static_cast<unsigned char>(text[++i] | 0x20);
      if (d >= 0xA0 && d <= 0xA5)
        word.push_back('a');
      else if (d == 0xA7)
        word.push_back('c');
      else if (d >= 0xA8 && d <= 0xAB)
        word.push_back('e');
      else if (d >= 0xAC && d <= 0xAF)
        word.push_back('i');
      else if (d == 0xB1)
        word.push_back('n');
      else if (d >= 0xB2 && d <= 0xB6)
        word.push_back('o');
      else if (d >= 0xB9 && d <= 0xBC)
        word.push_back('u');
    } else {
      finish();
      if (c != ' ' && c != '-' && c != '\n' && c != '\t') broken = true;
    }
  }
  finish();
  return tokens;
}

const std::unordered_set<string_view> kMaterials = {
    "wood",    "wooden",    "oak",    "mahogany", "walnut",   "pine",    "cherry",    "teak",    "maple",
    "birch",   "glass",     "metal",  "steel",    "iron",     "leather", "velvet",    "marble",  "wicker",
    "rattan",  "bamboo",    "stone",  "brick",    "concrete", "fabric",  "linen",     "silk",    "brass",
    "copper",  "gold",      "golden", "silver",   "crystal",  "ceramic", "porcelain", "plastic", "chrome",
    "granite", "wool",      "cotton", "bronze",   "gilded",   "suede",   "lace",      "quartz",  "reclaimed",
    "clay",    "aluminium", "cedar",  "acrylic",  "cane"};
const std::unordered_set<string_view> kColours = {
    "white",   "black",     "red",      "blue",     "green",  "yellow",  "grey",    "gray",
    "brown",   "beige",     "pink",     "purple",   "pastel", "navy",    "teal",    "orange",
    "cream",   "turquoise", "emerald",  "burgundy", "dark",   "ivory",   "mustard", "lavender",
    "crimson", "olive",     "charcoal", "coral",    "mint",   "scarlet", "indigo",  "terracotta"};
const std::unordered_set<string_view> kStyles = {
    "modern",     "contemporary", "minimalist", "minimalistic", "rustic",      "vintage", "antique",
    "industrial", "scandinavian", "nordic",     "victorian",    "traditional", "classic", "classical",
    "eclectic",   "bohemian",     "boho",       "farmhouse",    "country",     "coastal", "nautical",
    "retro",      "art",          "deco",       "mid",          "futuristic",  "gothic",  "baroque",
    "elegant",    "luxurious",    "opulent",    "cozy",         "japanese",    "zen",     "mediterranean",
    "tropical",   "moroccan",     "sleek",      "whimsical",    "shabby",      "chic",    "quaint",
    "tuscan",     "colonial",     "edwardian",  "georgian",     "urban",       "playful"};
// Words that may stand between the parts of a name: "round glass table" is a round table.
const std::unordered_set<string_view> kGapWords = {
    "large",   "small",  "long",   "low",      "big",     "sturdy", "sleek", "old",  "modern", "antique",
    "vintage", "rustic", "ornate", "polished", "elegant", "tall",   "sized", "size", "plush"};

const std::unordered_map<string_view, int> kNumbers = {
    {"one", 1},      {"single", 1},   {"two", 2},        {"2", 2},        {"pair", 2},    {"couple", 2},
    {"twin", 2},     {"dual", 2},     {"both", 2},       {"three", 3},    {"3", 3},       {"trio", 3},
    {"few", 3},      {"several", 3},  {"four", 4},       {"4", 4},        {"row", 4},     {"many", 4},
    {"multiple", 3}, {"array", 3},    {"cluster", 4},    {"line", 3},     {"various", 3}, {"five", 5},
    {"5", 5},        {"six", 6},      {"6", 6},          {"eight", 6},    {"ten", 6},     {"twelve", 6},
    {"dozen", 6},    {"numerous", 4}, {"collection", 3}, {"matching", 2}, {"stack", 1},   {"pile", 1}};

// Function words and verbs that end a noun phrase.
const std::unordered_set<string_view> kStops = {
    "a",          "an",       "the",       "with",    "and",     "of",          "in",        "on",
    "at",         "by",       "for",       "to",      "from",    "through",     "under",     "over",
    "above",      "below",    "beneath",   "beside",  "near",    "next",        "against",   "along",
    "around",     "across",   "behind",    "between", "into",    "onto",        "where",     "while",
    "that",       "which",    "who",       "as",      "or",      "but",         "yet",       "its",
    "their",      "his",      "her",       "is",      "are",     "was",         "were",      "be",
    "being",      "has",      "have",      "had",     "it",      "they",        "there",     "this",
    "these",      "each",     "every",     "all",     "some",    "any",         "no",        "not",
    "up",         "down",     "out",       "off",     "about",   "among",       "amidst",    "amid",
    "after",      "before",   "during",    "within",  "without", "like",        "such",      "so",
    "too",        "very",     "just",      "only",    "also",    "both",        "other",     "another",
    "one",        "two",      "three",     "four",    "five",    "six",         "several",   "few",
    "many",       "multiple", "various",   "inside",  "outside", "toward",      "towards",   "throughout",
    "underneath", "overhead", "underfoot", "nearby",  "facing",  "overlooking", "featuring", "filled",
    "lined",      "set",      "offering",  "made",    "includ",  "including",   "plus",      "if",
    "when",       "can",      "will",      "you",     "your",    "we",          "our",       "i",
    "me",         "my",       "two",       "than",    "then",    "more",        "most",      "ready",
    "perfect",    "awaiting", "together",  "always",  "never",   "often",       "still",     "away",
    "here",       "almost",   "half"};

// Nouns that are known to name no piece of furniture: the room itself and its parts, light and air, people,
// food, small things, abstractions. They need no object, and are not reported.
const std::unordered_set<string_view>& non_objects() {
  static const std::unordered_set<string_view> words = [] {
    static constexpr string_view text =
        "room space area place spot zone interior home house apartment flat suite studio loft attic basement "
        "cabin cottage "
        "kitchen bedroom bathroom office library study den lounge nook hall hallway entry entryway foyer "
        "lobby corridor "
        "gallery shop store boutique cafe restaurant bar diner bakery salon spa gym theater theatre cinema "
        "stage classroom "
        "school nursery playroom ballroom greenhouse conservatory sunroom solarium cellar workshop garage "
        "shed barn "
        "laboratory lab newsroom boardroom den parlor parlour closet pantry laundry mudroom porch patio "
        "terrace balcony "
        "veranda garden yard backyard park corner center centre middle side end edge front back top bottom "
        "wall floor "
        "flooring ceiling beam rafter roof eave window windowsill sill pane skylight porthole dormer door "
        "doorway gate arch "
        "archway column pillar stair staircase step railing banister molding moulding trim panel paneling "
        "panelling "
        "wainscoting wallpaper tile tiling hardwood parquet brick stone concrete plaster paint carpet light "
        "lighting sunlight "
        "moonlight daylight candlelight sun moon star sky cloud rain snow glow shadow darkness shade ray "
        "beam stream glimmer "
        "sparkle shine reflection hue color colour tone tint palette shade pattern texture surface finish "
        "detail accent touch "
        "air breeze wind scent aroma smell fragrance odor perfume sound music melody tune noise hum buzz "
        "laughter chatter "
        "conversation whisper echo clatter clinking silence quiet view vista panorama skyline city cityscape "
        "street "
        "landscape ocean sea beach lake river pond mountain hill forest wood field meadow countryside nature "
        "greenery foliage "
        "bird tree leaf blossom bloom person man woman child kid baby boy girl guest visitor friend family "
        "couple student teacher "
        "chef cook baker barista bartender waiter customer patron client employee worker colleague "
        "journalist reporter "
        "scientist artist musician dancer actor player reader writer gardener crowd group team class "
        "audience food meal "
        "breakfast lunch dinner feast brunch supper snack drink coffee tea wine beer cocktail juice water "
        "bread pastry cake "
        "pie cookie dough flour sugar spice herb garlic cinnamon lavender eucalyptus vanilla chocolate "
        "popcorn soup stew "
        "fruit vegetable produce ingredient recipe dish delicacy treat dessert menu atmosphere ambiance "
        "ambience mood vibe "
        "feel feeling feeling sense style charm elegance warmth comfort luxury beauty tranquility serenity "
        "peace calm energy "
        "spirit soul heart mind body life time day night morning afternoon evening sunset sunrise dawn dusk "
        "hour weekend "
        "summer winter spring autumn fall season year age era century past future history story tale memory "
        "dream idea "
        "inspiration imagination creativity creation art craft work project task job session class lesson "
        "game play fun "
        "relaxation rest retreat escape haven sanctuary oasis paradise hideaway meditation contemplation "
        "reflection prayer "
        "yoga exercise workout fitness training practice performance concert show party celebration "
        "gathering meeting "
        "presentation discussion conversation collaboration brainstorming entertainment design decor "
        "decoration decorations "
        "theme motif layout plan arrangement setting set setup scene display backdrop background feature "
        "element item thing "
        "object piece furniture furnishing seating amenity equipment gear appliance gadget device technology "
        "tech machinery "
        "tool utensil cookware pot pan plate cup mug glass bowl jar bottle teacup teapot dishware silverware "
        "cutlery "
        "crockery china porcelain linen tablecloth napkin towel sheet bedding duvet quilt pillow throw "
        "bedspread "
        "blanket cloth fabric silk lace velvet cotton wool leather wicker wood oak mahogany bamboo marble "
        "granite glass metal "
        "steel iron brass copper gold silver crystal ceramic paper papers note letter document file folder "
        "newspaper magazine "
        "novel tome volume literature page ink pen pencil brush paintbrush crayon marker chalk color paints "
        "canvas sketch "
        "drawing doodle blueprint thread yarn ribbon button pin needle scissor swatch toy doll puzzle block "
        "lego "
        "photo photograph portrait memorabilia souvenir trinket knickknack ornament treasure collectible "
        "curiosity candle "
        "candlestick lantern incense oil soap shampoo cosmetic makeup lotion salt flower petal bouquet rose "
        "lily tulip jasmine "
        "wildflower seed seedling soil moss vine ivy splash splatter stain dust sawdust shaving smoke steam "
        "mist fog fire flame "
        "ember log firewood ash wind chime bell clock tick pop click tap beat rhythm jazz song note lullaby "
        "record vinyl album "
        "cassette dvd video film movie show news data information equation chart graph map quote poem word "
        "sign signage label "
        "logo slogan motivation success focus productivity growth learning knowledge wisdom discovery "
        "experiment adventure "
        "journey travel world country town village market neighborhood neighbourhood building tower bridge "
        "road alley path "
        "mezzanine balcony alcove niche bay ledge platform level story floor height width length size shape "
        "form line angle "
        "curve circle row stack pile heap bunch bundle bit part half quarter number variety selection "
        "collection range array "
        "assortment mix blend combination contrast balance harmony order chaos clutter mess abundance plenty "
        "wealth fill share "
        "access entrance exit way opening privacy intimacy freedom safety security cleanliness hygiene "
        "health wellness wellbeing "
        "beginning start finish completion progress process activity action motion movement moment minute "
        "second "
        "animal dog cat puppy kitten fish horse bear elephant giraffe dinosaur dragon fairy princess pirate "
        "superhero "
        "wonder magic fantasy mystery romance drama comedy passion love joy happiness delight excitement "
        "surprise "
        "cabinetry fixture hardware faucet tap knob handle hook rail rod pipe wire cable cord bulb filament "
        "switch outlet "
        "socket heater radiator fan vent system control screen technology audio lounging cooking baking "
        "reading writing painting sewing "
        "dining seating sitting standing playing working typing learning living sleeping bathing cleaning "
        "storage "
        "use purpose function need want wish desire hope fear thought feast touch taste sight warmth "
        "softness brightness "
        "openness airiness simplicity sophistication grandeur splendor opulence glamour refinement nostalgia "
        "humid lit strung seat add filter echoe lush hung gentle laden unfold glide intimate custom bold "
        "free double sweet soothe ornate soft plush large small low warm high tall long short wide narrow "
        "deep big huge giant tiny little "
        "old new young full "
        "empty rich dim crisp fine fresh clean neat plain simple raw rough smooth thick thin heavy light "
        "hard solid loose "
        "well state walk built open strewn laid let sit read relax refresh linger hang gather immerse "
        "enhance beckon await "
        "invite admire hit lost spread update roll cover face point offer option resonate simmer rustle "
        "flutter twinkle "
        "murmur waltz crack brew atop everywhere semicircle semi everything nothing something experience "
        "determination "
        "coziness station orchestra band vendor stylist programmer operator instructor streamer lover "
        "learner hideout "
        "stitch quilting knitting embroidery weaving pottery woodworking carpentry welding photography "
        "sculpture sculpting "
        "tablecloth placemat doily drape drapery curtain valance blind shutter runner covering upholstery "
        "cushioning padding "
        "insulation soundproofing masterpiece artwork exhibit exhibition installation trend fashion outfit "
        "overlook sunbeam rainfall waterfall weather storm thunder lightning breeze cool hot cold dark "
        "bright "
        "headboard mantel mantle mantelpiece hearth chimney stove countertop backsplash sink basin "
        "vinyl print graffiti decal sticker stripe check plaid polka dot floral paisley gingham tartan "
        "fern palm succulent orchid bonsai cactus herb basil mint rosemary thyme tomato orange lemon apple "
        "berry grape olive "
        "sand pebble rock gravel shell seashell coral wave tide boat ship sail anchor rope net "
        "chord string pedal key drumstick pick amp mic sheet score stave";
    std::unordered_set<string_view> set;
    std::size_t at = 0;
    while (at < text.size()) {
      std::size_t end = text.find(' ', at);
      if (end == string_view::npos) end = text.size();
      if (end > at) set.insert(text.substr(at, end - at));
      at = end + 1;
    }
    return set;
  }();
  return words;
}

struct Phrase {
  std::vector<string> words;
  const scene::Kind* kind;
};

/// All names of all kinds by their first word, longest first.
const std::unordered_map<string, std::vector<Phrase>>& phrases() {
  static const std::unordered_map<string, std::vector<Phrase>> index = [] {
    std::unordered_map<string, std::vector<Phrase>> made;
    const auto add = [&](string_view text, const scene::Kind* kind) {
      Phrase phrase{normalised_words(text), kind};
      if (phrase.words.empty()) return;
      auto& list = made[phrase.words.front()];
      const bool known = std::ranges::any_of(list, [&](const Phrase& p) { return p.words == phrase.words; });
      if (!known) list.push_back(std::move(phrase));
    };
    for (const scene::Kind& kind : scene::all_kinds())
      for (const string_view word : kind.words) add(word, &kind);
    for (const scene::Kind& kind : scene::all_kinds()) {
      string name(kind.name);
      std::ranges::replace(name, '_', ' ');
      add(name, &kind);
    }
    // Everyday words for kinds that the catalogue calls differently.
    static constexpr std::array<std::pair<string_view, string_view>, 15> kAlso = {{
        {"tv", "television"},
        {"flat screen", "television"},
        {"couch", "sofa"},
        {"settee", "loveseat"},
        {"piano", "upright_piano"},
        {"clawfoot tub", "bathtub"},
        {"soaking tub", "bathtub"},
        {"wall of books", "tall_bookshelf"},
        {"book", "book_stack"},
        {"reading chair", "armchair"},
        {"lamp", "table_lamp"},
        {"potted palm", "potted_plant"},
        {"rack", "storage_shelf"},
        {"stand", "plant_stand"},
        {"flower stand", "plant_stand"},
    }};
    for (const auto& [word, kind_name] : kAlso)
      if (const scene::Kind* kind = scene::find_kind(kind_name)) add(word, kind);
    for (auto& [first, list] : made)
      std::ranges::stable_sort(
          list, [](const Phrase& a, const Phrase& b) { return a.words.size() > b.words.size(); });
    return made;
  }();
  return index;
}

struct Match {
  const scene::Kind* kind = nullptr;
  std::size_t end = 0;    // index after the last word
  std::size_t words = 0;  // words of the phrase
};

/// The longest name that starts at `at`; with `gaps`, adjectives between its words are skipped.
Match match_at(const std::vector<Token>& tokens, std::size_t at, bool gaps) {
  const auto& index = phrases();
  const auto found = index.find(tokens[at].word);
  if (found == index.end()) return {};
  for (const Phrase& phrase : found->second) {
    if (gaps && phrase.words.size() < 2) break;
    std::size_t t = at + 1;
    bool ok = true;
    for (std::size_t w = 1; ok && w < phrase.words.size(); ++w) {
      std::size_t skipped = 0;
      while (gaps && t < tokens.size() && skipped < 3 && tokens[t].word != phrase.words[w] &&
             !tokens[t].breaks &&
             (kMaterials.contains(tokens[t].word) || kColours.contains(tokens[t].word) ||
              kStyles.contains(tokens[t].word) || kGapWords.contains(tokens[t].word))) {
        ++t;
        ++skipped;
      }
      ok = t < tokens.size() && !tokens[t].breaks && tokens[t].word == phrase.words[w];
      ++t;
    }
    if (ok) return {phrase.kind, t, phrase.words.size()};
  }
  return {};
}

string join(const string& a, const string& b) {
  return a.empty() ? b : b.empty() ? a : a + " " + b;
}

bool looks_like_noun(const string& word) {
  if (word.size() < 3 || (word[0] >= '0' && word[0] <= '9')) return false;
  if (ends_with_any(word, {"ly", "ing", "ed", "ous", "ful", "ive", "able", "ible", "less", "ish", "ic", "al",
                           "ary", "y", "ant", "ent"}))
    return false;
  return true;
}

}  // namespace

std::vector<std::string> normalised_words(std::string_view text) {
  std::vector<string> words;
  for (Token& token : tokenise(text)) words.push_back(std::move(token.word));
  return words;
}

Reading read_description(std::string_view text) {
  const std::vector<Token> tokens = tokenise(text);
  Reading reading;
  for (const Token& token : tokens) reading.words.push_back(token.word);
  const std::size_t n = tokens.size();

  static const std::unordered_set<string_view> head_enders = {
      "with",     "where",    "featuring",   "filled", "that",       "adorned",    "lined",     "boasting",
      "complete", "in",       "overlooking", "set",    "surrounded", "under",      "designed",  "equipped",
      "for",      "offering", "decorated",   "bathed", "having",     "containing", "furnished", "and",
      "on",       "by",       "at",          "has",    "whose",      "has",        "is"};
  std::size_t head = n;
  for (std::size_t i = 1; i < n; ++i) {
    if (tokens[i].breaks || head_enders.contains(tokens[i].word)) {
      head = i;
      break;
    }
  }
  reading.head_end = static_cast<int>(head);

  // What lies outside, or is only heard or smelt, is not in the room.
  std::vector<char> outside(n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    const string& w = tokens[i].word;
    const bool of_next = i + 1 < n && tokens[i + 1].word == "of";
    const bool view =
        w == "overlooking" || w == "overlook" ||
        (of_next && (w == "view" || w == "scent" || w == "smell" || w == "aroma" || w == "sound" ||
                     w == "glimpse" || w == "hint" || w == "dream" || w == "fragrance" || w == "noise"));
    const bool reminiscent =
        w == "reminiscent" || (w == "inspired" && i + 1 < n && tokens[i + 1].word == "by");
    if (!view && !reminiscent) continue;
    for (std::size_t k = i + 1;
         k < n && !tokens[k].breaks && tokens[k].word != "with" && tokens[k].word != "and"; ++k)
      outside[k] = 1;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const string& w = tokens[i].word;
    if ((w == "window" || w == "skylight") && !outside[i]) {
      const bool seat = i + 1 < n && tokens[i + 1].word == "seat";
      const bool sky = w == "skylight";
      if (!sky) reading.windows = reading.windows || !seat || true;
      for (std::size_t k = i >= 5 ? i - 5 : 0; k < i; ++k)
        if (tokens[k].word == "ceiling" && k >= 2 && tokens[k - 1].word == "to") reading.floor_windows = true;
    }
    if (w == "windowless" || w == "cellar" || w == "basement" || w == "underground" || w == "bunker")
      reading.no_windows = true;
    if (reading.style.empty() && kStyles.contains(w) && i < head + 6) {
      if (w == "art" || w == "deco" || w == "mid") {
        if (w == "art" && i + 1 < n && tokens[i + 1].word == "deco") reading.style = "art deco";
        if (w == "mid" && i + 1 < n && tokens[i + 1].word == "century") reading.style = "mid-century modern";
      } else {
        reading.style = w;
      }
    }
  }
  if (reading.windows) reading.no_windows = false;

  std::vector<char> used(n, 0);
  std::size_t i = 0;
  while (i < n) {
    if (outside[i]) {
      ++i;
      continue;
    }
    Match match = match_at(tokens, i, false);
    if (const Match gapped = match_at(tokens, i, true); gapped.words > std::max<std::size_t>(match.words, 1))
      match = gapped;
    // "leather reading chair": a longer name may begin inside a shorter one's reach.
    if (match.kind == nullptr) {
      ++i;
      continue;
    }
    // A name inside the room's own name ("piano lounge", "art gallery") still counts, but not the room's last
    // word.
    Mention mention;
    mention.kind = match.kind;
    mention.plural = tokens[match.end - 1].plural;
    mention.generic = match.words == 1;
    if (const std::size_t bar = match.kind->name.find('_'); bar != string_view::npos) {
      // "long table" leaves open what kind of table, "dining table" does not.
      const string_view own = match.kind->name.substr(0, bar);
      bool said = false;
      for (std::size_t k = i; k < match.end; ++k) said = said || tokens[k].word == own;
      mention.generic = !said;
    }
    mention.count = mention.plural ? 2 : 1;
    for (std::size_t k = i; k < match.end; ++k) {
      used[k] = 1;
      if (kStyles.contains(tokens[k].word) && k + 1 < match.end && tokens[k].word.size() > 4)
        mention.style = tokens[k].word;
      if (kMaterials.contains(tokens[k].word) && k + 1 < match.end)
        mention.material = join(mention.material, tokens[k].word);
    }
    bool numbered = false;
    string colour;
    for (std::size_t back = 1; back <= 5 && back <= i; ++back) {
      const Token& token = tokens[i - back];
      if (tokens[i - back + 1].breaks || used[i - back]) break;
      const string& w = token.word;
      if (const auto number = kNumbers.find(w); number != kNumbers.end() && !numbered) {
        if (mention.plural || number->second == 1) mention.count = number->second;
        numbered = true;
        if (w == "row" && !token.plural && mention.plural) mention.count = 3;
      } else if (kMaterials.contains(w)) {
        mention.material = join(w == "wooden" ? "wood" : w == "golden" ? "gold" : w, mention.material);
      } else if (kColours.contains(w)) {
        colour = join(w, colour);
      } else if (kStyles.contains(w)) {
        if (mention.style.empty() && w != "art" && w != "deco" && w != "mid") mention.style = w;
      } else if (kStops.contains(w) && w != "of") {
        break;
      }
    }
    if (!colour.empty()) mention.material = join(colour, mention.material);
    const auto same = std::ranges::find(reading.mentions, mention.kind, &Mention::kind);
    if (same == reading.mentions.end()) {
      reading.mentions.push_back(std::move(mention));
    } else {
      same->count = std::max(same->count, mention.count);
      same->plural = same->plural || mention.plural;
      if (same->material.empty()) same->material = mention.material;
      if (same->style.empty()) same->style = mention.style;
    }
    i = match.end;
  }

  // Nouns: the last word of each run of words between function words, verbs and punctuation.
  std::set<string> listed;
  for (std::size_t k = head; k < n; ++k) {
    const bool last = k + 1 >= n || tokens[k + 1].breaks || kStops.contains(tokens[k + 1].word) ||
                      ends_with_any(tokens[k + 1].word, {"ing", "ed", "ly"});
    if (!last || used[k] || outside[k] || kStops.contains(tokens[k].word)) continue;
    const string& w = tokens[k].word;
    if (!looks_like_noun(w) || non_objects().contains(w) || kMaterials.contains(w) || kColours.contains(w) ||
        kStyles.contains(w) || kNumbers.contains(w))
      continue;
    // A noun has an article, a number or an adjective somewhere before it in its run; a lone plural counts as
    // well.
    const bool opened =
        k > 0 && !tokens[k].breaks &&
        (!kStops.contains(tokens[k - 1].word) || tokens[k - 1].word == "a" || tokens[k - 1].word == "an" ||
         tokens[k - 1].word == "the" || tokens[k - 1].word == "with" || tokens[k - 1].word == "and" ||
         tokens[k - 1].word == "of");
    if (!opened && !tokens[k].plural) continue;
    if (listed.insert(w).second) reading.not_understood.push_back(w);
  }
  return reading;
}

}  // namespace metaspatial::curate
