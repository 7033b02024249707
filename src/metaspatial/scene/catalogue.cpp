#include "metaspatial/scene/catalogue.hpp"

#include <array>
#include <initializer_list>
#include <utility>

namespace metaspatial::scene {
namespace {

// The catalogue is our own: usual outer sizes of furniture as sold, rounded to 0.1 m so that centres fall on
// a 0.05 m grid (rugs are 0.02 m high, things on a wall 0.1 m deep where that is near the truth). Words are
// what 7,800 real room descriptions call these things. An object's back (own -y) is the side that meets a
// wall.

constexpr auto Floor = SupportKind::Floor;
constexpr auto OnTop = SupportKind::OnTop;
constexpr auto OnWall = SupportKind::Wall;
constexpr auto Ceiling = SupportKind::Ceiling;

constexpr FunctionalSides kNoSide{};
constexpr FunctionalSides kFront{.front = true, .back = false, .left = false, .right = false};
constexpr FunctionalSides kBackSide{.front = false, .back = true, .left = false, .right = false};
constexpr FunctionalSides kLeftRight{.front = false, .back = false, .left = true, .right = true};
constexpr FunctionalSides kFrontBack{.front = true, .back = true, .left = false, .right = false};
constexpr FunctionalSides kAround{.front = true, .back = true, .left = true, .right = true};

constexpr unsigned kFree = 0;   // stands anywhere
constexpr unsigned kBack = 1;   // usually with its back to a wall
constexpr unsigned kFlat = 2;   // a rug
constexpr unsigned kHolds = 4;  // carries other things on its top
constexpr unsigned kBackHolds = kBack | kHolds;

struct Row {
  std::string_view name;
  std::string_view words;  // separated by '|'
  std::array<double, 3> size_m;
  std::array<double, 3> min_size_m;
  std::array<double, 3> max_size_m;
  SupportKind support;
  FunctionalSides functional;
  unsigned flags;
  Shape shape;
  std::string_view material;
};

void append(std::vector<Kind>& kinds, std::initializer_list<Row> rows) {
  const auto vec = [](const std::array<double, 3>& v) { return Vec3(v[0], v[1], v[2]); };
  for (const Row& row : rows) {
    Kind kind;
    kind.name = row.name;
    for (std::string_view rest = row.words; !rest.empty();) {
      const std::size_t bar = rest.find('|');
      kind.words.push_back(rest.substr(0, bar));
      rest = bar == std::string_view::npos ? std::string_view() : rest.substr(bar + 1);
    }
    kind.size_m = vec(row.size_m);
    kind.min_size_m = vec(row.min_size_m);
    kind.max_size_m = vec(row.max_size_m);
    kind.support = row.support;
    kind.functional = row.functional;
    kind.against_wall = (row.flags & kBack) != 0;
    kind.flat = (row.flags & kFlat) != 0;
    kind.holds_things = (row.flags & kHolds) != 0;
    kind.shape = row.shape;
    kind.default_material = row.material;
    kinds.push_back(std::move(kind));
  }
}

// Two or three lines per kind read as the table they are:
// name, words, usual size, smallest, largest, support, sides kept free, flags, shape, material.
// clang-format off

void append_sleeping_and_storing(std::vector<Kind>& kinds) {
  append(kinds, {
    {"bed", "bed|double bed|queen bed|queen sized bed|queen size bed|platform bed|guest bed|sleigh bed|"
     "brass bed|iron bed|wrought iron bed",
     {1.6, 2.0, 0.6}, {1.2, 1.9, 0.4}, {1.8, 2.2, 1.2}, Floor, kLeftRight, kBackHolds, Shape::Bed, "wood"},
    {"king_bed", "king bed|king sized bed|king size bed|large bed|grand bed|oversized bed",
     {1.8, 2.1, 0.6}, {1.8, 2.0, 0.4}, {2.2, 2.2, 1.4}, Floor, kLeftRight, kBackHolds, Shape::Bed, "fabric"},
    {"single_bed", "single bed|twin bed|twin sized bed|small bed|childs bed|toddler bed|childrens bed|"
     "kids bed",
     {1.0, 2.0, 0.5}, {0.8, 1.4, 0.3}, {1.2, 2.1, 1.0}, Floor, kFront, kBackHolds, Shape::Bed, "wood"},
    {"canopy_bed", "canopy bed|four poster bed|four poster|poster bed|canopied bed|princess bed",
     {1.8, 2.1, 2.1}, {1.4, 2.0, 1.8}, {2.2, 2.3, 2.4}, Floor, kLeftRight, kBack, Shape::Bed, "wood"},
    {"bunk_bed", "bunk bed|bunk|double bunk",
     {1.0, 2.0, 1.7}, {0.9, 1.9, 1.5}, {1.2, 2.2, 2.0}, Floor, kFront, kBack, Shape::Bed, "wood"},
    {"loft_bed", "loft bed|raised bed frame|high sleeper",
     {1.0, 2.0, 1.8}, {0.9, 1.9, 1.6}, {1.5, 2.2, 2.2}, Floor, kFront, kBack, Shape::Bed, "wood"},
    {"daybed", "daybed|day bed|trundle bed|trundle",
     {2.0, 0.9, 0.7}, {1.8, 0.8, 0.4}, {2.2, 1.2, 1.0}, Floor, kFront, kBackHolds, Shape::Sofa, "fabric"},
    {"futon", "futon|fold out bed|foldout bed|roll out bed|folding bed|japanese bed",
     {1.4, 2.0, 0.2}, {0.9, 1.9, 0.1}, {1.6, 2.1, 0.4}, Floor, kLeftRight, kHolds, Shape::Bed, "fabric"},
    {"murphy_bed", "murphy bed|wall bed|pull down bed|pull out bed",
     {1.6, 2.1, 0.5}, {1.0, 2.0, 0.4}, {1.8, 2.2, 0.6}, Floor, kLeftRight, kBackHolds, Shape::Bed, "wood"},
    {"hospital_bed", "hospital bed|medical bed|patient bed|adjustable bed",
     {1.0, 2.1, 0.8}, {0.9, 2.0, 0.6}, {1.1, 2.3, 1.1}, Floor, kLeftRight, kBack, Shape::Bed, "metal"},
    {"crib", "crib|baby crib|baby bed|cot",
     {0.7, 1.3, 0.9}, {0.6, 1.1, 0.8}, {0.8, 1.5, 1.2}, Floor, kFront, kBack, Shape::Crib, "wood"},
    {"bassinet", "bassinet|cradle|moses basket",
     {0.5, 0.9, 0.8}, {0.4, 0.8, 0.6}, {0.6, 1.0, 1.0}, Floor, kFront, kFree, Shape::Crib, "wicker"},
    {"pet_bed", "pet bed|dog bed|cat bed",
     {0.7, 0.5, 0.2}, {0.4, 0.4, 0.1}, {1.1, 0.9, 0.3}, Floor, kNoSide, kFree, Shape::Cushion, "fabric"},
    {"sleeping_bag", "sleeping bag|bedroll|camp bed|air mattress|mattress",
     {0.8, 1.9, 0.2}, {0.6, 1.8, 0.1}, {1.4, 2.0, 0.3}, Floor, kFront, kFree, Shape::Cushion, "fabric"},
    {"nightstand", "nightstand|night stand|bedside table|night table|bedside cabinet|bedside",
     {0.5, 0.4, 0.5}, {0.3, 0.3, 0.4}, {0.7, 0.6, 0.7}, Floor, kFront, kBackHolds, Shape::Drawers, "wood"},
    {"dresser", "dresser|chest of drawers|drawers|drawer|bureau|highboy|tallboy|low dresser",
     {1.2, 0.5, 0.9}, {0.8, 0.4, 0.7}, {1.8, 0.6, 1.3}, Floor, kFront, kBackHolds, Shape::Drawers, "wood"},
    {"wardrobe", "wardrobe|armoire|mirrored wardrobe|closet system|clothes closet|built in wardrobe|"
     "built in closet",
     {1.2, 0.6, 2.0}, {0.8, 0.5, 1.8}, {2.4, 0.7, 2.4}, Floor, kFront, kBack, Shape::Wardrobe, "wood"},
    {"clothing_rack", "clothing rack|clothes rack|rack of clothes|racks of clothes|clothes rail|"
     "garment rack|clothes|clothing|designer clothes|hanging clothes|costume rack|costume|outfit|gown|dress|"
     "uniform",
     {1.2, 0.5, 1.6}, {0.8, 0.4, 1.4}, {2.0, 0.7, 2.0}, Floor, kFront, kFree, Shape::Rack, "metal"},
    {"vanity_table", "vanity table|vanity|dressing table|makeup table|makeup vanity|makeup desk|"
     "makeup station",
     {1.0, 0.5, 0.8}, {0.7, 0.4, 0.7}, {1.4, 0.6, 1.6}, Floor, kFront, kBackHolds, Shape::Desk, "wood"},
    {"full_length_mirror", "full length mirror|floor mirror|standing mirror|cheval mirror|"
     "floor to ceiling mirror|three way mirror|tall mirror",
     {0.7, 0.2, 1.8}, {0.4, 0.1, 1.5}, {1.2, 0.5, 2.2}, Floor, kFront, kBack, Shape::Mirror, "glass"},
    {"trunk", "trunk|chest|steamer trunk|blanket chest|hope chest|treasure chest|cedar chest|storage chest|"
     "suitcase|luggage",
     {1.0, 0.5, 0.5}, {0.6, 0.4, 0.4}, {1.3, 0.7, 0.7}, Floor, kFront, kHolds, Shape::Chest, "wood"},
    {"shoe_rack", "shoe rack|shoe shelf|shoe cabinet|shoe display|shoe wall|shoe|boot rack|boot|heels",
     {0.9, 0.3, 0.6}, {0.6, 0.3, 0.4}, {1.5, 0.4, 1.8}, Floor, kFront, kBackHolds, Shape::Shelf, "wood"},
    {"jewelry_cabinet", "jewelry cabinet|jewelry armoire|jewelry stand|jewelry display|jewelry box|jewelry|"
     "accessory display|accessory|accessories",
     {0.5, 0.4, 1.1}, {0.3, 0.3, 0.8}, {1.0, 0.5, 1.5}, Floor, kFront, kBackHolds, Shape::Cabinet, "wood"},
    {"closet_island", "closet island|dressing island",
     {1.4, 0.8, 0.9}, {1.0, 0.6, 0.8}, {2.4, 1.2, 1.0}, Floor, kAround, kHolds, Shape::Drawers, "wood"},
    {"laundry_basket", "laundry basket|laundry hamper|hamper|clothes basket",
     {0.4, 0.4, 0.6}, {0.3, 0.3, 0.4}, {0.6, 0.5, 0.8}, Floor, kNoSide, kFree, Shape::Basket, "wicker"},
    {"folding_screen", "folding screen|room divider|shoji screen|shoji|privacy screen|dressing screen|"
     "divider|partition|glass partition",
     {1.6, 0.2, 1.8}, {1.0, 0.1, 1.5}, {2.4, 0.4, 2.1}, Floor, kNoSide, kFree, Shape::Screen, "wood"},
    {"coat_rack", "coat rack|coat stand|coat tree|hat stand|hat rack|hall tree|coat",
     {0.5, 0.5, 1.8}, {0.3, 0.3, 1.6}, {0.8, 0.6, 2.0}, Floor, kFront, kFree, Shape::Rack, "wood"},
    {"wall_hook", "wall hook|hook|coat hook|row of hooks|peg rail|key holder",
     {0.8, 0.1, 0.2}, {0.4, 0.1, 0.1}, {1.4, 0.1, 0.4}, OnWall, kNoSide, kBack, Shape::Rack, "metal"},
    {"umbrella_stand", "umbrella stand|umbrella holder|umbrella",
     {0.3, 0.3, 0.6}, {0.2, 0.2, 0.5}, {0.4, 0.4, 0.8}, Floor, kNoSide, kFree, Shape::Basket, "ceramic"},
    {"hall_bench", "hall bench|entryway bench|storage bench|shoe bench|cubby bench",
     {1.2, 0.4, 0.5}, {0.8, 0.4, 0.4}, {1.8, 0.5, 0.6}, Floor, kFront, kBack, Shape::Bench, "wood"},
    {"cubby_shelf", "cubby shelf|cubby|cubbies|cube shelf|cubby hole|mail slots",
     {1.2, 0.4, 1.0}, {0.8, 0.3, 0.6}, {2.0, 0.5, 1.8}, Floor, kFront, kBackHolds, Shape::Shelf, "wood"},
    {"locker", "locker|row of lockers|metal locker|gym locker",
     {0.9, 0.5, 1.8}, {0.3, 0.4, 1.6}, {2.0, 0.6, 2.1}, Floor, kFront, kBack, Shape::Wardrobe, "metal"},
    {"storage_shelf", "storage shelf|storage rack|metal shelf|shelving unit|shelving|industrial shelf|"
     "utility shelf|metal shelving|storage unit|open shelving|storage|supply|supplies|shelf of supplies",
     {1.2, 0.5, 1.8}, {0.8, 0.3, 1.4}, {2.4, 0.7, 2.4}, Floor, kFront, kBack, Shape::Shelf, "metal"},
    {"storage_cabinet", "storage cabinet|cabinet|cupboard|supply cabinet|cabinetry|credenza|built in cabinet",
     {1.0, 0.5, 1.2}, {0.6, 0.4, 0.8}, {2.0, 0.6, 2.2}, Floor, kFront, kBackHolds, Shape::Cabinet, "wood"},
    {"storage_bin", "storage bin|bin|storage box|box|cardboard box|moving box|stack of boxes|container",
     {0.6, 0.4, 0.4}, {0.3, 0.3, 0.3}, {0.9, 0.7, 0.8}, Floor, kNoSide, kHolds, Shape::Crate, "plastic"},
    {"basket", "basket|wicker basket|woven basket|storage basket|picnic basket",
     {0.4, 0.4, 0.4}, {0.2, 0.2, 0.2}, {0.7, 0.6, 0.6}, Floor, kNoSide, kFree, Shape::Basket, "wicker"},
    {"crate", "crate|wooden crate|milk crate|apple crate|produce crate|pallet",
     {0.6, 0.4, 0.4}, {0.4, 0.3, 0.2}, {1.2, 0.8, 0.8}, Floor, kNoSide, kHolds, Shape::Crate, "wood"},
    {"barrel", "barrel|wine barrel|oak barrel|cask|keg|whiskey barrel",
     {0.6, 0.6, 0.9}, {0.4, 0.4, 0.6}, {0.9, 0.9, 1.2}, Floor, kNoSide, kHolds, Shape::Barrel, "wood"},
    {"trash_can", "trash can|waste basket|wastebasket|garbage can|trash bin|recycling bin|waste bin",
     {0.3, 0.3, 0.5}, {0.2, 0.2, 0.3}, {0.6, 0.6, 0.9}, Floor, kNoSide, kFree, Shape::Basket, "metal"},
    {"safe", "safe|strongbox|vault",
     {0.5, 0.5, 0.7}, {0.3, 0.3, 0.4}, {0.9, 0.8, 1.5}, Floor, kFront, kBackHolds, Shape::Box, "metal"},
  });
}

void append_seats(std::vector<Kind>& kinds) {
  append(kinds, {
    {"sofa", "sofa|couch|settee|chesterfield|low profile sofa|three seater|davenport|leather sofa|"
     "leather couch|seating area|comfortable seating|plush seating|sitting area",
     {2.0, 0.9, 0.8}, {1.6, 0.8, 0.6}, {2.6, 1.1, 1.0}, Floor, kFront, kBack, Shape::Sofa, "fabric"},
    {"sectional_sofa", "sectional sofa|sectional couch|sectional|corner sofa|l shaped sofa|modular sofa",
     {2.6, 1.6, 0.8}, {2.2, 1.4, 0.6}, {3.4, 2.2, 1.0}, Floor, kFront, kBack, Shape::Sofa, "fabric"},
    {"loveseat", "loveseat|love seat|two seater|small sofa|small couch|snuggler",
     {1.4, 0.9, 0.8}, {1.2, 0.7, 0.6}, {1.7, 1.0, 1.0}, Floor, kFront, kBack, Shape::Sofa, "fabric"},
    {"sofa_bed", "sofa bed|sleeper sofa|pull out sofa|pull out couch|pullout couch|fold out couch|"
     "convertible sofa",
     {2.0, 1.0, 0.8}, {1.6, 0.9, 0.7}, {2.4, 1.1, 1.0}, Floor, kFront, kBack, Shape::Sofa, "fabric"},
    {"chaise_lounge", "chaise lounge|chaise longue|chaise|fainting couch|lounger|divan|lounge bed|"
     "sun lounger",
     {0.7, 1.7, 0.8}, {0.6, 1.4, 0.6}, {0.9, 2.0, 1.0}, Floor, kFront, kFree, Shape::Sofa, "velvet"},
    {"armchair", "armchair|arm chair|easy chair|club chair|wingback chair|wingback|wing chair|accent chair|"
     "reading chair|lounge chair|leather chair|plush chair|overstuffed chair|comfy chair|comfortable chair|"
     "high backed armchair|bergere",
     {0.8, 0.8, 0.9}, {0.6, 0.6, 0.7}, {1.1, 1.1, 1.2}, Floor, kFront, kFree, Shape::Seat, "fabric"},
    {"recliner", "recliner|recliner chair|reclining chair|lazy boy|massage chair",
     {0.9, 0.9, 1.0}, {0.7, 0.8, 0.9}, {1.1, 1.1, 1.2}, Floor, kFront, kFree, Shape::Seat, "leather"},
    {"theater_seat", "theater seat|theatre seat|cinema seat|reclining seat|plush seat|stadium seat|"
     "recliner seat|theater seating|tiered seating|row of seats|home theater seat|movie seat",
     {0.7, 0.9, 1.0}, {0.6, 0.7, 0.9}, {0.9, 1.1, 1.2}, Floor, kFront, kFree, Shape::Seat, "leather"},
    {"rocking_chair", "rocking chair|rocker|glider|nursing chair|rocking seat",
     {0.6, 0.8, 1.0}, {0.5, 0.7, 0.9}, {0.8, 1.0, 1.2}, Floor, kFront, kFree, Shape::Seat, "wood"},
    {"wicker_chair", "wicker chair|rattan chair|bamboo chair|wicker furniture|rattan furniture|wicker seat|"
     "wicker seating|wicker armchair|patio chair|garden chair|outdoor chair|adirondack chair|deck chair",
     {0.7, 0.7, 0.9}, {0.6, 0.6, 0.7}, {0.9, 0.9, 1.2}, Floor, kFront, kFree, Shape::Seat, "wicker"},
    {"wicker_sofa", "wicker sofa|rattan sofa|wicker couch|wicker loveseat|wicker settee|patio sofa|"
     "outdoor sofa",
     {1.6, 0.8, 0.8}, {1.2, 0.7, 0.7}, {2.2, 1.0, 1.0}, Floor, kFront, kBack, Shape::Sofa, "wicker"},
    {"hanging_chair", "hanging chair|swing chair|egg chair|swing seat|pod chair|hanging egg chair",
     {0.9, 0.9, 1.8}, {0.7, 0.7, 1.5}, {1.1, 1.1, 2.1}, Floor, kFront, kFree, Shape::Swing, "wicker"},
    {"swing", "swing|porch swing|indoor swing|swing bench|swing set",
     {1.4, 0.8, 1.8}, {0.8, 0.6, 1.5}, {1.8, 1.4, 2.2}, Floor, kFront, kFree, Shape::Swing, "wood"},
    {"hammock", "hammock|hanging hammock",
     {2.4, 1.0, 1.0}, {1.8, 0.8, 0.8}, {3.2, 1.2, 1.3}, Floor, kFront, kFree, Shape::Swing, "fabric"},
    {"bean_bag", "bean bag|beanbag|bean bag chair|beanbag chair|colorful bean bag",
     {0.8, 0.8, 0.7}, {0.6, 0.6, 0.4}, {1.0, 1.0, 0.9}, Floor, kFront, kFree, Shape::Cushion, "fabric"},
    {"ottoman", "ottoman|footstool|footrest|foot rest|hassock|tufted ottoman",
     {0.6, 0.5, 0.4}, {0.4, 0.4, 0.3}, {1.2, 0.8, 0.5}, Floor, kNoSide, kHolds, Shape::Cushion, "fabric"},
    {"pouf", "pouf|pouffe|floor pouf|knitted pouf",
     {0.5, 0.5, 0.4}, {0.4, 0.4, 0.3}, {0.7, 0.7, 0.5}, Floor, kNoSide, kHolds, Shape::Cushion, "fabric"},
    {"floor_cushion", "floor cushion|floor pillow|meditation cushion|zafu|zabuton|meditation pillow|"
     "large cushion|yoga bolster|bolster|seat cushion|plush cushion",
     {0.6, 0.6, 0.2}, {0.4, 0.4, 0.1}, {0.9, 0.9, 0.3}, Floor, kNoSide, kFree, Shape::Cushion, "fabric"},
    {"cushion", "cushion|pillow|throw pillow",
     {0.4, 0.4, 0.2}, {0.3, 0.3, 0.1}, {0.6, 0.6, 0.2}, OnTop, kNoSide, kFree, Shape::Cushion, "fabric"},
    {"blanket", "blanket|throw|throw blanket|quilt|patchwork quilt|bedspread|comforter|duvet|folded blanket|"
     "afghan",
     {0.8, 0.5, 0.1}, {0.4, 0.3, 0.1}, {1.2, 0.8, 0.2}, OnTop, kNoSide, kFree, Shape::Cushion, "fabric"},
    {"dining_chair", "dining chair|chair|wooden chair|kitchen chair|high backed chair|high back chair|"
     "cafe chair|bistro chair|mismatched chair|upholstered chair|folding chair|stackable chair|side chair|"
     "ladderback chair|cushioned chair|windsor chair|metal chair|plastic chair|chic chair",
     {0.5, 0.5, 0.9}, {0.4, 0.4, 0.8}, {0.7, 0.7, 1.2}, Floor, kFront, kFree, Shape::Seat, "wood"},
    {"office_chair", "office chair|desk chair|ergonomic chair|swivel chair|executive chair|task chair|"
     "rolling chair|computer chair|conference chair|mesh chair",
     {0.6, 0.6, 1.1}, {0.5, 0.5, 0.8}, {0.8, 0.8, 1.3}, Floor, kFront, kFree, Shape::Seat, "fabric"},
    {"gaming_chair", "gaming chair|gamer chair|racing chair",
     {0.7, 0.7, 1.3}, {0.6, 0.6, 1.1}, {0.8, 0.8, 1.4}, Floor, kFront, kFree, Shape::Seat, "leather"},
    {"waiting_chair", "waiting chair|guest chair|visitor chair|reception chair|waiting room chair|"
     "client chair",
     {0.6, 0.6, 0.8}, {0.5, 0.5, 0.7}, {0.7, 0.7, 1.0}, Floor, kFront, kBack, Shape::Seat, "fabric"},
    {"stool", "stool|wooden stool|step stool|low stool|work stool|lab stool|drafting stool|kitchen stool|"
     "milking stool|artist stool",
     {0.4, 0.4, 0.5}, {0.3, 0.3, 0.3}, {0.5, 0.5, 0.7}, Floor, kNoSide, kHolds, Shape::Stool, "wood"},
    {"bar_stool", "bar stool|barstool|counter stool|high stool|high chair stool|island stool",
     {0.4, 0.4, 0.8}, {0.3, 0.3, 0.6}, {0.5, 0.5, 1.1}, Floor, kFront, kFree, Shape::Stool, "wood"},
    {"vanity_stool", "vanity stool|vanity chair|makeup stool|makeup chair|dressing stool",
     {0.4, 0.4, 0.5}, {0.3, 0.3, 0.4}, {0.6, 0.5, 0.6}, Floor, kFront, kFree, Shape::Stool, "velvet"},
    {"bench", "bench|wooden bench|stone bench|long bench|cushioned bench|padded bench|marble bench|"
     "bed bench|gallery bench|upholstered bench|locker bench|meditation bench",
     {1.2, 0.4, 0.5}, {0.8, 0.3, 0.4}, {2.0, 0.6, 0.9}, Floor, kFront, kFree, Shape::Bench, "wood"},
    {"garden_bench", "garden bench|park bench|outdoor bench|iron bench|wicker bench",
     {1.4, 0.6, 0.9}, {1.0, 0.5, 0.7}, {1.8, 0.7, 1.0}, Floor, kFront, kFree, Shape::Bench, "wood"},
    {"window_seat", "window seat|bay window seat|window bench|window nook|built in seat|"
     "cushioned window seat|banquette|built in bench|seating nook|alcove seat",
     {1.4, 0.5, 0.5}, {0.9, 0.4, 0.4}, {2.4, 0.8, 0.6}, Floor, kFront, kBack, Shape::Bench, "wood"},
    {"booth", "booth|diner booth|leather booth|restaurant booth|booth seat",
     {1.2, 0.6, 1.1}, {1.0, 0.5, 0.9}, {1.8, 0.8, 1.3}, Floor, kFront, kBack, Shape::Sofa, "leather"},
    {"pew", "pew|church pew|prayer bench|kneeler",
     {1.6, 0.5, 0.9}, {1.0, 0.4, 0.8}, {2.6, 0.6, 1.1}, Floor, kFront, kFree, Shape::Bench, "wood"},
    {"throne", "throne|ceremonial chair|captains chair",
     {0.9, 0.8, 1.5}, {0.7, 0.7, 1.2}, {1.2, 1.0, 2.0}, Floor, kFront, kBack, Shape::Seat, "wood"},
    {"salon_chair", "salon chair|barber chair|styling chair|hairdressing chair|pedicure chair|tattoo chair",
     {0.7, 0.9, 1.1}, {0.6, 0.7, 0.9}, {0.8, 1.2, 1.3}, Floor, kFront, kFree, Shape::Seat, "leather"},
    {"high_chair", "high chair|highchair|baby chair|feeding chair",
     {0.5, 0.5, 1.0}, {0.4, 0.4, 0.8}, {0.6, 0.7, 1.1}, Floor, kFront, kFree, Shape::Seat, "wood"},
    {"kids_chair", "kids chair|childs chair|childrens chair|tiny chair|small chair|child sized chair|"
     "childrens seat",
     {0.3, 0.3, 0.6}, {0.3, 0.3, 0.5}, {0.5, 0.5, 0.7}, Floor, kFront, kFree, Shape::Seat, "wood"},
    {"school_chair", "school chair|student chair|classroom chair",
     {0.4, 0.5, 0.8}, {0.3, 0.4, 0.6}, {0.5, 0.6, 0.9}, Floor, kFront, kFree, Shape::Seat, "plastic"},
    {"wheelchair", "wheelchair|wheel chair",
     {0.7, 1.0, 0.9}, {0.6, 0.9, 0.8}, {0.7, 1.2, 1.0}, Floor, kFront, kFree, Shape::Seat, "metal"},
  });
}

void append_tables(std::vector<Kind>& kinds) {
  append(kinds, {
    {"coffee_table", "coffee table|cocktail table|glass table|center table|lounge table|marble table",
     {1.0, 0.6, 0.4}, {0.7, 0.5, 0.3}, {1.4, 0.9, 0.5}, Floor, kAround, kHolds, Shape::Table, "wood"},
    {"low_table", "low table|chabudai|kotatsu|low wooden table|low tea table|floor table|japanese table",
     {1.0, 0.8, 0.4}, {0.6, 0.5, 0.3}, {1.5, 1.0, 0.4}, Floor, kAround, kHolds, Shape::Table, "wood"},
    {"side_table", "side table|end table|accent table|lamp table|occasional table|small table|tray table|"
     "small round table|folding tray|drink table",
     {0.5, 0.5, 0.6}, {0.3, 0.3, 0.4}, {0.7, 0.7, 0.7}, Floor, kNoSide, kHolds, Shape::Table, "wood"},
    {"console_table", "console table|console|hall table|entry table|sofa table|entryway table|foyer table",
     {1.2, 0.4, 0.8}, {0.8, 0.3, 0.7}, {1.8, 0.5, 0.9}, Floor, kFront, kBackHolds, Shape::Table, "wood"},
    {"dining_table", "dining table|table|kitchen table|wooden table|farmhouse table|farm table|large table|"
     "oak table|mahogany table|long table|formal table|family table|dinner table|rustic table|trestle table|"
     "oval table|refectory table",
     {1.6, 0.9, 0.8}, {1.2, 0.8, 0.7}, {2.4, 1.2, 0.8}, Floor, kAround, kHolds, Shape::Table, "wood"},
    {"banquet_table", "banquet table|long dining table|communal table|feast table|long wooden table|"
     "grand table|grand dining table|harvest table",
     {2.4, 1.0, 0.8}, {2.0, 0.8, 0.7}, {4.0, 1.2, 0.8}, Floor, kAround, kHolds, Shape::Table, "wood"},
    {"round_table", "round table|round dining table|circular table|pedestal table|round wooden table",
     {1.2, 1.2, 0.8}, {0.8, 0.8, 0.7}, {1.6, 1.6, 0.8}, Floor, kAround, kHolds, Shape::RoundTable, "wood"},
    {"bistro_table", "bistro table|cafe table|breakfast table|small dining table|two person table|"
     "restaurant table|cocktail bar table|garden table|patio table|pub table|tasting table",
     {0.8, 0.8, 0.8}, {0.6, 0.6, 0.7}, {1.0, 1.0, 1.1}, Floor, kAround, kHolds, Shape::RoundTable, "metal"},
    {"wicker_table", "wicker table|rattan table|bamboo table",
     {0.8, 0.5, 0.5}, {0.5, 0.5, 0.4}, {1.2, 0.9, 0.8}, Floor, kNoSide, kHolds, Shape::Table, "wicker"},
    {"tea_table", "tea table|tea ceremony table|tea cart|tea trolley",
     {0.8, 0.6, 0.5}, {0.6, 0.4, 0.3}, {1.2, 0.9, 0.7}, Floor, kAround, kHolds, Shape::Table, "wood"},
    {"picnic_table", "picnic table|beer table",
     {1.8, 1.5, 0.8}, {1.4, 1.2, 0.7}, {2.2, 1.8, 0.8}, Floor, kAround, kHolds, Shape::Table, "wood"},
    {"folding_table", "folding table|trestle|card table|fold out table|foldable table|laundry folding table|"
     "folding station|utility table",
     {1.2, 0.6, 0.8}, {0.8, 0.5, 0.7}, {1.8, 0.8, 0.9}, Floor, kFront, kHolds, Shape::Table, "plastic"},
    {"conference_table", "conference table|meeting table|boardroom table|board table|long conference table|"
     "oval conference table|round conference table|discussion table",
     {2.4, 1.2, 0.8}, {1.8, 0.9, 0.7}, {4.0, 1.5, 0.8}, Floor, kAround, kHolds, Shape::Table, "wood"},
    {"desk", "desk|study desk|work desk|home desk|wooden desk|glass desk|sleek desk|modern desk|small desk|"
     "oak desk|roll top desk|rolltop desk|secretary desk|antique desk|standard desk|hot desk|workspace|"
     "work space",
     {1.2, 0.6, 0.8}, {0.8, 0.5, 0.7}, {1.6, 0.8, 0.8}, Floor, kFront, kBackHolds, Shape::Desk, "wood"},
    {"writing_desk", "writing desk|writing table|escritoire|secretaire|writers desk|small writing desk",
     {1.0, 0.6, 0.8}, {0.8, 0.5, 0.7}, {1.4, 0.7, 1.1}, Floor, kFront, kBackHolds, Shape::Desk, "wood"},
    {"executive_desk", "executive desk|large desk|mahogany desk|massive desk|grand desk|partners desk|"
     "presidents desk|large mahogany desk",
     {1.8, 0.9, 0.8}, {1.5, 0.7, 0.7}, {2.2, 1.0, 0.8}, Floor, kFront, kHolds, Shape::Desk, "wood"},
    {"computer_desk", "computer desk|gaming desk|workstation|work station|gaming setup|computer station|"
     "computer table|gaming station|trading desk|tech desk",
     {1.4, 0.7, 0.8}, {1.0, 0.6, 0.7}, {2.0, 0.9, 0.9}, Floor, kFront, kBackHolds, Shape::Desk, "wood"},
    {"standing_desk", "standing desk|sit stand desk|height adjustable desk|adjustable desk",
     {1.4, 0.7, 1.1}, {1.0, 0.6, 0.7}, {1.8, 0.9, 1.3}, Floor, kFront, kBackHolds, Shape::Desk, "wood"},
    {"corner_desk", "corner desk|l shaped desk|curved desk",
     {1.6, 1.2, 0.8}, {1.3, 0.9, 0.7}, {2.0, 1.8, 0.8}, Floor, kFront, kBackHolds, Shape::Desk, "wood"},
    {"school_desk", "school desk|student desk|classroom desk|pupil desk|exam desk|desk for students",
     {0.7, 0.5, 0.7}, {0.6, 0.4, 0.6}, {1.3, 0.6, 0.8}, Floor, kFront, kHolds, Shape::Desk, "wood"},
    {"teacher_desk", "teacher desk|teachers desk|instructor desk|professors desk",
     {1.4, 0.7, 0.8}, {1.2, 0.6, 0.7}, {1.8, 0.9, 0.8}, Floor, kFront, kHolds, Shape::Desk, "wood"},
    {"reception_desk", "reception desk|reception|front desk|concierge desk|checkout desk|receptionist desk|"
     "check in desk|circulation desk",
     {1.8, 0.8, 1.1}, {1.2, 0.6, 1.0}, {2.8, 1.0, 1.2}, Floor, kFrontBack, kHolds, Shape::Counterbar, "wood"},
    {"control_desk", "control desk|control panel|control console|command center|control center|"
     "control station|cockpit|helm|dashboard",
     {1.8, 0.8, 1.0}, {1.2, 0.6, 0.8}, {2.6, 1.0, 1.3}, Floor, kFront, kHolds, Shape::Desk, "metal"},
    {"drafting_table", "drafting table|drawing table|drafting desk|drawing board|architects table|"
     "drawing desk|art table|art desk|sketching table|light table",
     {1.2, 0.8, 0.9}, {0.9, 0.6, 0.8}, {1.6, 1.0, 1.2}, Floor, kFront, kHolds, Shape::Desk, "wood"},
    {"workbench", "workbench|work bench|tool bench|carpenters bench|carpentry bench|woodworking bench|"
     "sturdy workbench|jewelers bench|repair bench",
     {1.6, 0.7, 0.9}, {1.0, 0.5, 0.8}, {2.4, 0.9, 1.0}, Floor, kFront, kBackHolds, Shape::Desk, "wood"},
    {"worktable", "worktable|work table|craft table|crafting table|cutting table|large worktable|"
     "project table|design table|layout table|hobby table|prep table|preparation table|activity table|"
     "sorting table|floral table",
     {1.6, 0.8, 0.9}, {1.0, 0.6, 0.7}, {2.2, 1.2, 1.0}, Floor, kAround, kHolds, Shape::Table, "wood"},
    {"sewing_table", "sewing table|sewing desk|sewing station",
     {1.2, 0.6, 0.8}, {0.9, 0.5, 0.7}, {1.6, 0.8, 0.8}, Floor, kFront, kBackHolds, Shape::Desk, "wood"},
    {"lab_bench", "lab bench|laboratory bench|lab table|laboratory table|science table|experiment table|"
     "lab counter|lab station",
     {1.8, 0.8, 0.9}, {1.2, 0.6, 0.8}, {2.6, 1.0, 1.0}, Floor, kFront, kHolds, Shape::Counter, "metal"},
    {"potting_bench", "potting bench|potting table|gardening bench|gardening table|potting station",
     {1.2, 0.6, 0.9}, {0.9, 0.5, 0.8}, {1.6, 0.7, 1.2}, Floor, kFront, kBackHolds, Shape::Desk, "wood"},
    {"kids_table", "kids table|childrens table|play table|childs desk|kids desk|small childrens table|"
     "lego table|train table|childrens desk",
     {0.8, 0.6, 0.5}, {0.6, 0.5, 0.4}, {1.2, 0.9, 0.6}, Floor, kAround, kHolds, Shape::Table, "wood"},
    {"changing_table", "changing table|baby changing table|changing station|diaper table",
     {0.9, 0.6, 0.9}, {0.7, 0.5, 0.8}, {1.2, 0.7, 1.0}, Floor, kFront, kBackHolds, Shape::Drawers, "wood"},
    {"massage_table", "massage table|massage bed|treatment table|treatment bed|facial bed",
     {0.7, 1.9, 0.7}, {0.6, 1.8, 0.6}, {0.9, 2.1, 0.9}, Floor, kLeftRight, kFree, Shape::Bed, "leather"},
    {"exam_table", "exam table|examination table|examination bed|operating table|surgery table|"
     "examining table",
     {0.7, 1.9, 0.8}, {0.6, 1.7, 0.7}, {0.9, 2.1, 1.0}, Floor, kLeftRight, kFree, Shape::Bed, "metal"},
    {"display_table", "display table|merchandise table|presentation table|exhibition table|book table",
     {1.2, 0.8, 0.8}, {0.8, 0.6, 0.7}, {1.8, 1.0, 0.9}, Floor, kAround, kHolds, Shape::Table, "wood"},
    {"poker_table", "poker table|gaming table|game table|blackjack table|roulette table|mahjong table|"
     "board game table|bridge table|board game|puzzle table",
     {1.4, 1.4, 0.8}, {1.0, 1.0, 0.7}, {2.0, 1.6, 0.8}, Floor, kAround, kHolds, Shape::RoundTable, "wood"},
    {"chess_table", "chess table|chess set|chessboard|chess board|chess",
     {0.7, 0.7, 0.7}, {0.5, 0.5, 0.6}, {0.9, 0.9, 0.8}, Floor, kFrontBack, kHolds, Shape::Table, "wood"},
  });
}

void append_living(std::vector<Kind>& kinds) {
  append(kinds, {
    {"tv_stand", "tv stand|tv unit|tv console|media console|entertainment center|entertainment unit|"
     "media unit|media cabinet|tv cabinet|entertainment console|entertainment system|entertainment area|"
     "media center",
     {1.6, 0.4, 0.5}, {1.0, 0.4, 0.4}, {2.2, 0.6, 0.8}, Floor, kFront, kBackHolds, Shape::Cabinet, "wood"},
    {"television", "television|tv|flat screen tv|flat screen|flat screen television|wall mounted tv|"
     "wall mounted television|big screen tv|big screen|large tv|large flat screen tv|smart tv|plasma tv",
     {1.2, 0.1, 0.7}, {0.8, 0.1, 0.5}, {2.0, 0.1, 1.2}, OnWall, kFront, kBack, Shape::Screen, "glass"},
    {"projector_screen", "projector screen|projection screen|movie screen|cinema screen|large screen|"
     "massive screen|giant screen|screen|theater screen|huge screen|large projector screen|backdrop screen",
     {2.4, 0.1, 1.4}, {1.4, 0.1, 0.9}, {4.0, 0.1, 2.2}, OnWall, kFront, kBack, Shape::Screen, "fabric"},
    {"video_wall", "video wall|wall of screens|wall of monitors|bank of monitors|bank of screens|"
     "multiple screens|digital display|data display|interactive screen|interactive display|digital screen|"
     "smart board|interactive whiteboard",
     {2.4, 0.1, 1.4}, {1.6, 0.1, 0.9}, {4.0, 0.1, 2.0}, OnWall, kFront, kBack, Shape::Screen, "glass"},
    {"holographic_display", "holographic display|hologram|holographic table|holographic projector|"
     "hologram projector|holographic screen|holographic interface",
     {1.2, 1.2, 1.0}, {0.8, 0.8, 0.8}, {1.6, 1.6, 1.3}, Floor, kAround, kFree, Shape::RoundTable, "glass"},
    {"projector", "projector|ceiling projector|film projector|movie projector",
     {0.4, 0.4, 0.2}, {0.3, 0.3, 0.1}, {0.6, 0.6, 0.3}, Ceiling, kNoSide, kFree, Shape::Speaker, "plastic"},
    {"bookshelf", "bookshelf|bookcase|book shelf|shelf|shelves|bookshelves|wooden shelf|wooden shelves|"
     "book rack|built in bookshelf|built in bookshelves|built in shelf|built in shelves|rows of books|"
     "row of books|shelf lined with books|book stack shelf|library shelf|library shelves",
     {1.0, 0.3, 1.8}, {0.6, 0.3, 1.2}, {1.6, 0.4, 2.0}, Floor, kFront, kBack, Shape::Shelf, "wood"},
    {"tall_bookshelf", "tall bookshelf|tall bookshelves|tall bookcase|towering shelf|towering shelves|"
     "towering bookshelf|towering bookshelves|towering bookcase|floor to ceiling bookshelf|"
     "floor to ceiling bookshelves|floor to ceiling shelf|floor to ceiling shelves|mahogany shelf|"
     "mahogany shelves|tall shelf|tall shelves|grand bookcase",
     {1.2, 0.4, 2.2}, {0.8, 0.3, 2.0}, {2.4, 0.5, 2.8}, Floor, kFront, kBack, Shape::Shelf, "wood"},
    {"low_bookshelf", "low bookshelf|low bookshelves|small bookshelf|small bookcase|low shelf|low shelves|"
     "childrens bookshelf|picture book shelf|picture books|small shelf",
     {0.8, 0.3, 0.8}, {0.6, 0.3, 0.5}, {1.4, 0.4, 1.0}, Floor, kFront, kBackHolds, Shape::Shelf, "wood"},
    {"wall_shelf", "wall shelf|wall shelves|floating shelf|floating shelves|wall mounted shelf|"
     "wall mounted shelves|hanging shelf|picture ledge|open shelf|open shelves|plate rack|glass shelf|"
     "glass shelves|display ledge",
     {1.0, 0.2, 0.3}, {0.6, 0.1, 0.1}, {1.6, 0.3, 0.8}, OnWall, kFront, kBack, Shape::Shelf, "wood"},
    {"display_shelf", "display shelf|display shelves|etagere|curio shelf|retail shelf|product shelf|"
     "stocked shelves|merchandise shelf|gondola shelf|toy display|product display|display rack|display unit",
     {1.2, 0.4, 1.6}, {0.8, 0.3, 1.2}, {2.0, 0.5, 2.2}, Floor, kFront, kBack, Shape::Shelf, "wood"},
    {"magazine_rack", "magazine rack|magazine stand|magazine|newspaper rack|newspaper|brochure rack|"
     "comic rack|comic book",
     {0.4, 0.3, 0.6}, {0.3, 0.2, 0.4}, {0.8, 0.4, 1.6}, Floor, kFront, kFree, Shape::Rack, "metal"},
    {"library_ladder", "library ladder|ladder|rolling ladder|sliding ladder|wooden ladder|step ladder|"
     "stepladder|loft ladder",
     {0.5, 0.6, 2.0}, {0.4, 0.3, 1.4}, {0.6, 1.2, 2.4}, Floor, kFront, kBack, Shape::Rack, "wood"},
    {"staircase", "staircase|spiral staircase|stairs|stairway|stair|grand staircase|sweeping staircase|"
     "spiral stairs|wooden staircase",
     {1.6, 1.6, 2.2}, {1.2, 1.2, 2.0}, {2.4, 3.0, 3.0}, Floor, kFront, kBack, Shape::Box, "wood"},
    {"book_stack", "book stack|stack of books|pile of books|book|old book|books|open book|novel|tome|"
     "cookbook|cookbooks|textbook|leather bound book|journal|diary|bible|manuscript|notebook|sketchbook|"
     "photo album",
     {0.3, 0.2, 0.2}, {0.2, 0.2, 0.1}, {0.4, 0.4, 0.5}, OnTop, kNoSide, kFree, Shape::Books, "paper"},
    {"lectern", "lectern|podium|book stand|pulpit|speakers stand|reading stand|dictionary stand|"
     "hostess stand|host stand",
     {0.6, 0.5, 1.1}, {0.4, 0.4, 1.0}, {0.8, 0.6, 1.3}, Floor, kBackSide, kFree, Shape::Desk, "wood"},
    {"fireplace", "fireplace|stone fireplace|brick fireplace|marble fireplace|hearth|stone hearth|mantel|"
     "mantelpiece|mantle|grand fireplace|roaring fireplace|crackling fireplace|electric fireplace|"
     "gas fireplace|fire|log fire|roaring fire|crackling fire",
     {1.4, 0.4, 1.2}, {1.0, 0.3, 1.0}, {2.2, 0.7, 2.0}, Floor, kFront, kBackHolds, Shape::Fireplace, "stone"},
    {"wood_stove", "wood stove|wood burning stove|potbelly stove|pot belly stove|cast iron stove|"
     "pellet stove|wood burner|log burner|iron stove",
     {0.6, 0.5, 0.9}, {0.4, 0.4, 0.7}, {0.9, 0.7, 1.3}, Floor, kFront, kBack, Shape::Fireplace, "metal"},
    {"fire_pit", "fire pit|firepit|brazier|campfire",
     {0.9, 0.9, 0.4}, {0.6, 0.6, 0.3}, {1.4, 1.4, 0.6}, Floor, kAround, kFree, Shape::Tub, "stone"},
    {"firewood_rack", "firewood rack|firewood|stack of firewood|log rack|log basket|stack of logs|"
     "log holder|logs",
     {0.6, 0.4, 0.6}, {0.4, 0.3, 0.4}, {1.2, 0.5, 1.2}, Floor, kFront, kBack, Shape::Rack, "wood"},
    {"record_player", "record player|turntable|vinyl player|phonograph",
     {0.5, 0.4, 0.2}, {0.4, 0.3, 0.1}, {0.6, 0.5, 0.3}, OnTop, kFront, kFree, Shape::Box, "wood"},
    {"gramophone", "gramophone|victrola|antique phonograph",
     {0.4, 0.5, 0.7}, {0.3, 0.4, 0.5}, {0.6, 0.6, 0.9}, OnTop, kFront, kFree, Shape::Box, "wood"},
    {"record_shelf", "record shelf|vinyl shelf|vinyl record|vinyl records|record collection|"
     "vinyl collection|record crate|record cabinet|vinyl|records|cd collection|film reel|dvd collection",
     {0.8, 0.4, 0.9}, {0.5, 0.4, 0.5}, {1.6, 0.5, 1.8}, Floor, kFront, kBackHolds, Shape::Shelf, "wood"},
    {"jukebox", "jukebox|juke box",
     {0.8, 0.6, 1.5}, {0.7, 0.5, 1.3}, {1.0, 0.8, 1.7}, Floor, kFront, kBack, Shape::Machine, "metal"},
    {"radio", "radio|vintage radio|old radio|wireless|boombox|tape recorder",
     {0.4, 0.2, 0.3}, {0.2, 0.1, 0.2}, {0.6, 0.3, 0.4}, OnTop, kFront, kFree, Shape::Speaker, "wood"},
    {"stereo", "stereo|stereo system|sound system|surround sound system|surround sound|hi fi|hifi|"
     "hi fi system|audio system|music system|home theater system",
     {0.6, 0.4, 0.9}, {0.4, 0.4, 0.6}, {1.2, 0.5, 1.4}, Floor, kFront, kBackHolds, Shape::Speaker, "metal"},
    {"speaker", "speaker|floor speaker|loudspeaker|surround sound speaker|surround speaker|tower speaker|"
     "subwoofer|monitor speaker|smart speaker",
     {0.3, 0.3, 0.9}, {0.2, 0.2, 0.4}, {0.6, 0.6, 1.4}, Floor, kFront, kFree, Shape::Speaker, "wood"},
    {"game_console", "game console|gaming console|video game console|video game|console system|"
     "gaming system|controller|vr headset|virtual reality headset",
     {0.3, 0.3, 0.1}, {0.2, 0.2, 0.1}, {0.4, 0.4, 0.4}, OnTop, kFront, kFree, Shape::Box, "plastic"},
    {"table_lamp", "table lamp|lamp|bedside lamp|reading lamp|reading light|small lamp|night light|"
     "nightlight|lava lamp|salt lamp|himalayan salt lamp|tiffany lamp|stained glass lamp",
     {0.3, 0.3, 0.5}, {0.2, 0.2, 0.3}, {0.4, 0.4, 0.7}, OnTop, kNoSide, kFree, Shape::Lamp, "ceramic"},
    {"desk_lamp", "desk lamp|task lamp|bankers lamp|work lamp|study lamp|task light|architect lamp|"
     "magnifying lamp",
     {0.3, 0.2, 0.5}, {0.2, 0.2, 0.3}, {0.4, 0.4, 0.7}, OnTop, kNoSide, kFree, Shape::Lamp, "metal"},
    {"floor_lamp", "floor lamp|standing lamp|arc lamp|tall lamp|torchiere|tripod lamp|arc floor lamp|"
     "floor light",
     {0.4, 0.4, 1.6}, {0.3, 0.3, 1.3}, {0.6, 0.6, 2.0}, Floor, kNoSide, kFree, Shape::FloorLamp, "metal"},
    {"chandelier", "chandelier|crystal chandelier|grand chandelier|ornate chandelier|sparkling chandelier|"
     "antler chandelier|iron chandelier|vintage chandelier",
     {0.8, 0.8, 0.6}, {0.5, 0.5, 0.4}, {1.6, 1.6, 1.2}, Ceiling, kNoSide, kFree, Shape::CeilingLamp, "glass"},
    {"pendant_light", "pendant light|pendant lamp|pendant|hanging lamp|hanging light|industrial light|"
     "industrial lighting|edison bulb|overhead light|industrial lamp|tiffany light",
     {0.4, 0.4, 0.4}, {0.2, 0.2, 0.2}, {0.8, 0.8, 0.8}, Ceiling, kNoSide, kFree, Shape::CeilingLamp, "metal"},
    {"ceiling_light", "ceiling light|ceiling lamp|light fixture|lights|lighting|recessed light|"
     "recessed lighting|overhead lighting|flush light|fluorescent light|ambient lighting|mood lighting|"
     "dimmable light|surgical light|grow light",
     {0.5, 0.5, 0.1}, {0.3, 0.3, 0.1}, {1.2, 1.2, 0.2}, Ceiling, kNoSide, kFree, Shape::CeilingLamp, "glass"},
    {"ceiling_fan", "ceiling fan|fan|overhead fan",
     {1.2, 1.2, 0.3}, {0.9, 0.9, 0.2}, {1.6, 1.6, 0.5}, Ceiling, kNoSide, kFree, Shape::CeilingLamp, "wood"},
    {"track_light", "track light|track lighting|spotlight|spot light|stage light|stage lighting|"
     "gallery light|gallery lighting",
     {1.2, 0.2, 0.2}, {0.6, 0.1, 0.1}, {2.4, 0.3, 0.3}, Ceiling, kNoSide, kFree, Shape::CeilingLamp, "metal"},
    {"paper_lantern", "paper lantern|hanging lantern|rice paper lantern|chinese lantern|japanese lantern",
     {0.4, 0.4, 0.4}, {0.2, 0.2, 0.2}, {0.7, 0.7, 0.7}, Ceiling, kNoSide, kFree, Shape::CeilingLamp, "paper"},
    {"disco_ball", "disco ball|mirror ball|mirrored ball",
     {0.5, 0.5, 0.5}, {0.3, 0.3, 0.3}, {0.8, 0.8, 0.8}, Ceiling, kNoSide, kFree, Shape::CeilingLamp, "glass"},
    {"string_lights", "string lights|string light|fairy light|fairy lights|twinkle light|twinkling light|"
     "led strip|led light|led lighting|neon light|twinkling fairy lights|holiday lights",
     {1.6, 0.1, 0.2}, {0.8, 0.1, 0.1}, {3.0, 0.1, 0.4}, OnWall, kNoSide, kBack, Shape::Picture, "glass"},
    {"neon_sign", "neon sign|neon|illuminated sign|light sign|marquee sign|marquee|open sign",
     {0.9, 0.1, 0.4}, {0.4, 0.1, 0.2}, {1.6, 0.1, 0.8}, OnWall, kNoSide, kBack, Shape::Picture, "glass"},
    {"wall_sconce", "wall sconce|sconce|wall lamp|wall light|gas lamp|wall mounted lamp|torch|wall torch",
     {0.2, 0.2, 0.3}, {0.1, 0.1, 0.2}, {0.3, 0.3, 0.6}, OnWall, kNoSide, kBack, Shape::Lamp, "metal"},
    {"lantern", "lantern|oil lamp|hurricane lamp|camping lantern|kerosene lamp|stone lantern",
     {0.2, 0.2, 0.3}, {0.2, 0.2, 0.2}, {0.4, 0.4, 0.6}, OnTop, kNoSide, kFree, Shape::Lamp, "metal"},
    {"candle", "candle|scented candle|tea light|tealight|pillar candle|candlelight|votive",
     {0.1, 0.1, 0.2}, {0.1, 0.1, 0.1}, {0.3, 0.3, 0.4}, OnTop, kNoSide, kFree, Shape::Vase, "wax"},
    {"candelabra", "candelabra|candlestick|candle holder|candelabrum|menorah",
     {0.3, 0.3, 0.5}, {0.2, 0.2, 0.3}, {0.4, 0.4, 0.8}, OnTop, kNoSide, kFree, Shape::Lamp, "metal"},
    {"incense_burner", "incense burner|incense|incense holder|incense stick|oil diffuser|diffuser|"
     "aromatherapy diffuser|essential oil|essential oil diffuser|aroma diffuser|burning sage",
     {0.2, 0.2, 0.2}, {0.1, 0.1, 0.1}, {0.3, 0.3, 0.3}, OnTop, kNoSide, kFree, Shape::Vase, "ceramic"},
  });
}

void append_decoration(std::vector<Kind>& kinds) {
  append(kinds, {
    {"potted_plant", "potted plant|plant|houseplant|house plant|green plant|large plant|leafy plant|fern|"
     "palm|potted palm|monstera|fiddle leaf fig|snake plant|rubber plant|lush plant|tropical plant|"
     "exotic plant|greenery|lush greenery|ficus|aloe|banana plant|indoor plant",
     {0.5, 0.5, 1.1}, {0.3, 0.3, 0.6}, {0.9, 0.9, 1.8}, Floor, kNoSide, kFree, Shape::Plant, "plant"},
    {"small_plant", "small plant|succulent|cactus|cacti|small potted plant|single potted plant|orchid|herb|"
     "fresh herb|herb pot|potted herb|seedling|flower pot|flowerpot|african violet|desk plant|"
     "windowsill plant|carnivorous plant",
     {0.2, 0.2, 0.3}, {0.1, 0.1, 0.2}, {0.4, 0.4, 0.6}, OnTop, kNoSide, kFree, Shape::Plant, "plant"},
    {"hanging_plant", "hanging plant|hanging basket|trailing plant|hanging fern|ivy|vine|hanging vine|"
     "hanging greenery|hanging planter|hanging flower basket|hanging herb|hanging flower|dried flower|"
     "dried herb|bundle of herbs",
     {0.4, 0.4, 0.6}, {0.3, 0.3, 0.4}, {0.8, 0.8, 1.0}, Ceiling, kNoSide, kFree, Shape::Plant, "plant"},
    {"indoor_tree", "indoor tree|fig tree|palm tree|citrus tree|lemon tree|olive tree|potted tree|"
     "bamboo tree|bamboo plant|orange tree|topiary|fruit tree|bamboo stalk",
     {0.8, 0.8, 2.0}, {0.5, 0.5, 1.4}, {1.4, 1.4, 2.6}, Floor, kNoSide, kFree, Shape::Tree, "plant"},
    {"bonsai", "bonsai|bonsai tree",
     {0.3, 0.3, 0.4}, {0.2, 0.2, 0.2}, {0.5, 0.5, 0.6}, OnTop, kNoSide, kFree, Shape::Plant, "plant"},
    {"christmas_tree", "christmas tree|holiday tree",
     {1.0, 1.0, 1.9}, {0.7, 0.7, 1.4}, {1.4, 1.4, 2.4}, Floor, kNoSide, kFree, Shape::Tree, "plant"},
    {"planter_box", "planter box|planter|raised bed|raised garden bed|flower bed|herb garden|flower box|"
     "raised planter|vegetable bed|plant bed|indoor garden|garden bed|window box|flower planter",
     {1.2, 0.5, 0.5}, {0.6, 0.3, 0.3}, {2.0, 1.0, 0.9}, Floor, kFront, kFree, Shape::Plant, "wood"},
    {"plant_stand", "plant stand|plant shelf|plant shelves|plant rack|tiered plant stand|seedling tray|"
     "propagation station|flower stand|flower display|tiered planter|vertical garden|living wall",
     {0.9, 0.4, 1.2}, {0.5, 0.3, 0.6}, {1.6, 0.6, 2.0}, Floor, kFront, kBack, Shape::Shelf, "wood"},
    {"trellis", "trellis|lattice|climbing rose|climbing plant|arbor|pergola",
     {1.2, 0.2, 1.8}, {0.8, 0.1, 1.2}, {2.0, 0.5, 2.2}, Floor, kNoSide, kBack, Shape::Plant, "wood"},
    {"vase", "vase|flower vase|fresh flower|fresh flowers|flower|flowers|bouquet|floral arrangement|"
     "flower arrangement|vase of flowers|rose|tulip|sunflower|centerpiece|floral centerpiece|wildflower|urn",
     {0.2, 0.2, 0.3}, {0.1, 0.1, 0.2}, {0.4, 0.4, 0.6}, OnTop, kNoSide, kFree, Shape::Vase, "ceramic"},
    {"floor_vase", "floor vase|large vase|tall vase|amphora|chinese vase|large urn",
     {0.4, 0.4, 0.9}, {0.3, 0.3, 0.6}, {0.5, 0.5, 1.2}, Floor, kNoSide, kFree, Shape::Vase, "ceramic"},
    {"fountain", "fountain|water fountain|indoor fountain|water feature|small fountain|small water fountain|"
     "stone fountain|garden fountain|bubbling fountain",
     {0.8, 0.8, 1.0}, {0.5, 0.5, 0.5}, {1.4, 1.4, 1.6}, Floor, kAround, kFree, Shape::Tub, "stone"},
    {"waterfall", "waterfall|indoor waterfall|water wall|wall fountain|waterfall wall",
     {1.4, 0.5, 1.9}, {0.8, 0.3, 1.2}, {2.4, 0.8, 2.2}, Floor, kFront, kBack, Shape::Box, "stone"},
    {"pond", "pond|koi pond|small pond|indoor pond|reflecting pool|fish pond|wading pool",
     {1.6, 1.2, 0.3}, {1.0, 0.8, 0.2}, {2.4, 2.0, 0.5}, Floor, kAround, kFree, Shape::Tub, "stone"},
    {"swimming_pool", "swimming pool|indoor pool|lap pool|plunge pool|heated pool|pool",
     {3.0, 2.0, 0.4}, {2.0, 1.6, 0.2}, {5.0, 3.0, 0.6}, Floor, kAround, kFree, Shape::Tub, "tile"},
    {"zen_garden", "zen garden|sand garden|rock garden|small zen garden|sand tray|japanese garden|"
     "stone garden",
     {1.2, 0.8, 0.2}, {0.6, 0.4, 0.1}, {2.0, 1.4, 0.3}, Floor, kFront, kFree, Shape::Crate, "sand"},
    {"aquarium", "aquarium|fish tank|fishtank|large aquarium|fish bowl|terrarium|tropical fish|reptile tank",
     {1.2, 0.5, 1.2}, {0.6, 0.4, 0.9}, {2.0, 0.6, 1.6}, Floor, kFront, kBack, Shape::Cabinet, "glass"},
    {"birdcage", "birdcage|bird cage|aviary|parrot|canary|parakeet",
     {0.5, 0.5, 1.5}, {0.4, 0.4, 0.5}, {0.9, 0.9, 1.8}, Floor, kFront, kFree, Shape::Basket, "metal"},
    {"bird_bath", "bird bath|birdbath|bird feeder|sundial",
     {0.6, 0.6, 0.9}, {0.4, 0.4, 0.7}, {0.8, 0.8, 1.1}, Floor, kNoSide, kFree, Shape::Tub, "stone"},
    {"cat_tree", "cat tree|cat tower|scratching post|cat condo|cat perch",
     {0.6, 0.5, 1.3}, {0.4, 0.4, 0.8}, {0.8, 0.7, 1.8}, Floor, kFront, kFree, Shape::Rack, "fabric"},
    {"dog_crate", "dog crate|kennel|pet crate|pet cage|animal cage|hutch cage|rabbit hutch|cage",
     {0.9, 0.6, 0.7}, {0.6, 0.5, 0.5}, {1.2, 0.8, 1.2}, Floor, kFront, kFree, Shape::Crate, "metal"},
    {"painting", "painting|art|art piece|artwork|wall art|canvas art|abstract art|abstract painting|"
     "abstract piece|modern art|framed art|oil painting|landscape painting|watercolor|art print|"
     "large painting|piece of art|contemporary art|framed print|canvas|modern painting",
     {0.9, 0.1, 0.7}, {0.3, 0.1, 0.3}, {2.0, 0.1, 1.4}, OnWall, kNoSide, kBack, Shape::Picture, "canvas"},
    {"mural", "mural|wall mural|fresco|wall decal|colorful mural|decal|hand painted mural|graffiti|"
     "stained glass panel|stained glass|mosaic",
     {2.0, 0.1, 1.4}, {1.2, 0.1, 0.8}, {4.0, 0.1, 2.4}, OnWall, kNoSide, kBack, Shape::Picture, "paint"},
    {"picture_frame", "picture frame|portrait|family portrait|framed portrait|family photo|photo|"
     "framed photo|photograph|framed photograph|picture|gallery wall|photo wall|wall of photos|"
     "black and white photo|ancestral portrait|polaroid|framed picture",
     {0.6, 0.1, 0.5}, {0.2, 0.1, 0.2}, {1.4, 0.1, 1.2}, OnWall, kNoSide, kBack, Shape::Picture, "wood"},
    {"poster", "poster|movie poster|motivational poster|band poster|motivational quote|inspirational quote|"
     "educational poster|chart|diagram|quote|concert poster|colorful poster|alphabet chart|eye chart|"
     "anatomical chart|blueprint|periodic table|flyer|sketch|fashion sketch|childrens drawing|vision board|"
     "mood board|inspiration board",
     {0.6, 0.1, 0.9}, {0.3, 0.1, 0.4}, {1.2, 0.1, 1.4}, OnWall, kNoSide, kBack, Shape::Picture, "paper"},
    {"wall_map", "wall map|map|world map|nautical chart|treasure map|star map|star chart|antique map|"
     "old map|constellation map",
     {1.2, 0.1, 0.8}, {0.6, 0.1, 0.4}, {2.0, 0.1, 1.4}, OnWall, kNoSide, kBack, Shape::Picture, "paper"},
    {"tapestry", "tapestry|wall hanging|macrame|dreamcatcher|woven hanging|hanging tapestry|kimono|"
     "hanging scroll|scroll|calligraphy scroll|hanging rug|hanging quilt",
     {1.0, 0.1, 1.4}, {0.5, 0.1, 0.6}, {2.0, 0.1, 2.0}, OnWall, kNoSide, kBack, Shape::Picture, "fabric"},
    {"certificate", "certificate|diploma|award|framed certificate|plaque|framed award|medal|gold record|"
     "framed jersey|memorabilia|sports memorabilia",
     {0.5, 0.1, 0.4}, {0.3, 0.1, 0.2}, {1.2, 0.1, 0.9}, OnWall, kNoSide, kBack, Shape::Picture, "paper"},
    {"wall_sign", "wall sign|sign|wooden sign|vintage sign|name sign|flag|banner|pennant|bunting|garland|"
     "wreath",
     {0.8, 0.1, 0.4}, {0.3, 0.1, 0.2}, {2.0, 0.1, 0.9}, OnWall, kNoSide, kBack, Shape::Picture, "wood"},
    {"mounted_head", "mounted head|antler|antlers|deer head|moose head|taxidermy|hunting trophy|"
     "mounted trophy|stuffed head",
     {0.6, 0.4, 0.7}, {0.4, 0.2, 0.4}, {0.9, 0.6, 1.0}, OnWall, kNoSide, kBack, Shape::Statue, "wood"},
    {"mask_display", "mask display|mask|tribal mask|carved mask|theater mask|wall mounted instrument|sword|"
     "wall plate|oar|surfboard display|fishing rod|snowshoe",
     {0.8, 0.1, 0.5}, {0.3, 0.1, 0.3}, {1.6, 0.2, 1.2}, OnWall, kNoSide, kBack, Shape::Picture, "wood"},
    {"mirror", "mirror|wall mirror|round mirror|ornate mirror|gilded mirror|large mirror|vanity mirror|"
     "framed mirror|looking glass|bathroom mirror|antique mirror|gold mirror|backlit mirror|lighted mirror",
     {0.8, 0.1, 0.9}, {0.4, 0.1, 0.4}, {1.4, 0.1, 1.6}, OnWall, kFront, kBack, Shape::Mirror, "glass"},
    {"mirror_wall", "mirror wall|mirrored wall|wall of mirrors|wall to wall mirror|studio mirror|"
     "wall sized mirror|dance mirror|gym mirror|mirrors lining the wall|floor to ceiling mirrors|"
     "mirrored panel",
     {2.4, 0.1, 1.8}, {1.6, 0.1, 1.5}, {5.0, 0.1, 2.2}, OnWall, kFront, kBack, Shape::Mirror, "glass"},
    {"wall_clock", "wall clock|clock|cuckoo clock|antique clock|vintage clock|large clock|pendulum clock",
     {0.4, 0.1, 0.4}, {0.2, 0.1, 0.2}, {0.8, 0.2, 0.8}, OnWall, kNoSide, kBack, Shape::Clock, "wood"},
    {"grandfather_clock", "grandfather clock|longcase clock|tall clock|standing clock",
     {0.5, 0.3, 2.0}, {0.4, 0.3, 1.7}, {0.7, 0.4, 2.2}, Floor, kFront, kBack, Shape::Clock, "wood"},
    {"table_clock", "table clock|mantel clock|alarm clock|hourglass|metronome|desk clock|sand timer",
     {0.2, 0.1, 0.2}, {0.1, 0.1, 0.1}, {0.4, 0.2, 0.4}, OnTop, kFront, kFree, Shape::Clock, "wood"},
    {"globe", "globe|antique globe|floor globe|world globe|large globe|standing globe|vintage globe",
     {0.5, 0.5, 1.0}, {0.3, 0.3, 0.8}, {0.8, 0.8, 1.3}, Floor, kNoSide, kFree, Shape::Globe, "wood"},
    {"desk_globe", "desk globe|small globe|snow globe|crystal ball|glass orb|celestial globe|orrery|"
     "solar system model",
     {0.3, 0.3, 0.4}, {0.1, 0.1, 0.1}, {0.4, 0.4, 0.5}, OnTop, kNoSide, kFree, Shape::Globe, "glass"},
    {"telescope", "telescope|large telescope|stargazing telescope|brass telescope|spyglass",
     {0.6, 0.9, 1.5}, {0.4, 0.6, 1.2}, {0.9, 1.4, 1.8}, Floor, kAround, kFree, Shape::Telescope, "metal"},
    {"statue", "statue|sculpture|stone statue|marble statue|classical statue|stone sculpture|"
     "large sculpture|marble sculpture|modern sculpture|abstract sculpture|clay sculpture|metal sculpture|"
     "bronze statue|totem|gargoyle|installation|art installation",
     {0.6, 0.6, 1.7}, {0.4, 0.4, 0.8}, {1.2, 1.2, 2.2}, Floor, kFront, kFree, Shape::Statue, "stone"},
    {"buddha_statue", "buddha statue|buddha|deity statue|small buddha|meditating statue|stone buddha",
     {0.5, 0.4, 0.7}, {0.3, 0.3, 0.4}, {0.9, 0.8, 1.4}, Floor, kFront, kBack, Shape::Statue, "stone"},
    {"bust", "bust|marble bust|figurine|small statue|porcelain doll|doll|small sculpture|ornament|trinket|"
     "knick knack|model ship|ship in a bottle|ship model|model airplane|model car|seashell|coral|trophy|"
     "miniature|souvenir|artifact|curio|music box|snow dome",
     {0.3, 0.3, 0.4}, {0.1, 0.1, 0.1}, {0.5, 0.5, 0.7}, OnTop, kNoSide, kFree, Shape::Statue, "stone"},
    {"pedestal", "pedestal|plinth|display pedestal|column|pillar|marble column|sculpture stand|art stand",
     {0.5, 0.5, 1.0}, {0.3, 0.3, 0.6}, {0.7, 0.7, 1.3}, Floor, kFront, kHolds, Shape::Box, "stone"},
    {"suit_of_armor", "suit of armor|suit of armour|armor|knight armor|samurai armor",
     {0.7, 0.5, 1.8}, {0.5, 0.4, 1.6}, {0.9, 0.8, 2.0}, Floor, kFront, kBack, Shape::Statue, "metal"},
    {"display_case", "display case|glass case|glass display case|display cabinet|showcase|vitrine|"
     "glass display|trophy case|jewelry case|curio cabinet|collectibles case|exhibit case|specimen case|"
     "museum case|exhibit|glass cabinet|trophy cabinet",
     {1.2, 0.5, 1.2}, {0.7, 0.4, 0.9}, {2.0, 0.7, 2.0}, Floor, kFront, kBackHolds, Shape::Cabinet, "glass"},
    {"stanchion", "stanchion|rope barrier|velvet rope|barrier",
     {1.4, 0.3, 1.0}, {1.0, 0.3, 0.9}, {2.0, 0.4, 1.1}, Floor, kNoSide, kFree, Shape::Rack, "metal"},
    {"curtain", "curtain|drape|drapes|drapery|lace curtain|sheer curtain|velvet curtain|velvet drape|"
     "blackout curtain|blind|window blind|roman shade|shutter|window treatment|billowing curtain|"
     "theater curtain|stage curtain",
     {1.6, 0.1, 2.0}, {0.8, 0.1, 1.2}, {3.0, 0.2, 2.6}, OnWall, kNoSide, kBack, Shape::Curtain, "fabric"},
    {"bed_net", "bed net|canopy|mosquito net|draped canopy|bed drape",
     {1.2, 1.2, 0.6}, {0.8, 0.8, 0.3}, {2.0, 2.0, 1.2}, Ceiling, kNoSide, kFree, Shape::Curtain, "fabric"},
    {"rug", "rug|area rug|carpet|persian rug|oriental rug|shag rug|plush rug|soft rug|braided rug|woven rug|"
     "large rug|colorful rug|turkish rug|plush carpet|soft carpet|patterned rug|wool rug",
     {2.0, 1.4, 0.02}, {1.2, 0.8, 0.02}, {4.0, 3.0, 0.02}, Floor, kNoSide, kFlat, Shape::Rug, "wool"},
    {"round_rug", "round rug|circular rug|round carpet|circle rug|story time rug|reading rug",
     {1.6, 1.6, 0.02}, {1.0, 1.0, 0.02}, {2.6, 2.6, 0.02}, Floor, kNoSide, kFlat, Shape::Rug, "wool"},
    {"bearskin_rug", "bearskin rug|bear rug|bear skin rug|sheepskin|sheepskin rug|fur rug|faux fur rug|"
     "cowhide|cowhide rug|animal skin rug|bearskin",
     {1.6, 1.2, 0.02}, {0.8, 0.6, 0.02}, {2.2, 1.8, 0.02}, Floor, kNoSide, kFlat, Shape::Rug, "fur"},
    {"runner_rug", "runner rug|runner|hallway rug|red carpet|carpet runner|hall runner",
     {0.8, 2.4, 0.02}, {0.6, 1.6, 0.02}, {1.0, 4.0, 0.02}, Floor, kNoSide, kFlat, Shape::Rug, "wool"},
    {"doormat", "doormat|door mat|welcome mat|entry mat|entry rug",
     {0.8, 0.5, 0.02}, {0.6, 0.4, 0.02}, {1.2, 0.8, 0.02}, Floor, kNoSide, kFlat, Shape::Rug, "fiber"},
    {"bath_mat", "bath mat|bathmat|bath rug|shower mat",
     {0.8, 0.5, 0.02}, {0.6, 0.4, 0.02}, {1.2, 0.8, 0.02}, Floor, kNoSide, kFlat, Shape::Rug, "cotton"},
    {"yoga_mat", "yoga mat|meditation mat|exercise mat|mat|stretching mat|pilates mat|rolled mat|"
     "workout mat|mats",
     {0.6, 1.8, 0.02}, {0.6, 1.6, 0.02}, {0.8, 2.0, 0.02}, Floor, kNoSide, kFlat, Shape::Rug, "rubber"},
    {"gym_mat", "gym mat|tumbling mat|rubber mat|floor mat|padded mat|martial arts mat|wrestling mat|"
     "rubber flooring|rubber floor|soft mat|padded floor|padded flooring",
     {2.0, 2.0, 0.02}, {1.0, 1.0, 0.02}, {4.0, 4.0, 0.02}, Floor, kNoSide, kFlat, Shape::Rug, "rubber"},
    {"play_mat", "play mat|playmat|foam mat|baby mat|colorful mat|puzzle mat|activity mat|puzzle piece mat",
     {1.4, 1.4, 0.02}, {1.0, 1.0, 0.02}, {2.4, 2.4, 0.02}, Floor, kNoSide, kFlat, Shape::Rug, "foam"},
    {"tatami_mat", "tatami mat|tatami|straw mat|bamboo mat|woven mat|tatami floor|reed mat",
     {1.8, 1.8, 0.02}, {0.8, 0.8, 0.02}, {4.0, 3.0, 0.02}, Floor, kNoSide, kFlat, Shape::Rug, "straw"},
    {"prayer_rug", "prayer rug|prayer mat",
     {0.7, 1.2, 0.02}, {0.6, 1.0, 0.02}, {0.9, 1.4, 0.02}, Floor, kNoSide, kFlat, Shape::Rug, "wool"},
    {"dance_floor", "dance floor|sprung floor|parquet floor panel|checkered dance floor|polished dance floor",
     {2.6, 2.6, 0.02}, {1.6, 1.6, 0.02}, {5.0, 5.0, 0.02}, Floor, kNoSide, kFlat, Shape::Rug, "wood"},
  });
}

void append_kitchen(std::vector<Kind>& kinds) {
  append(kinds, {
    {"kitchen_island", "kitchen island|central island|island|marble island|island counter|large island|"
     "granite island|butcher block island|central kitchen island|island bench|kitchen bench",
     {1.6, 0.9, 0.9}, {1.0, 0.6, 0.9}, {2.6, 1.2, 1.0}, Floor, kAround, kHolds, Shape::Counter, "marble"},
    {"kitchen_counter", "kitchen counter|counter|countertop|kitchen countertop|marble countertop|"
     "granite countertop|white countertop|marble counter|wooden counter|steel counter|"
     "stainless steel counter|long counter|work surface|work counter|prep counter|base cabinet|kitchen unit|"
     "white cabinets|kitchenette",
     {1.6, 0.6, 0.9}, {0.8, 0.5, 0.9}, {3.0, 0.7, 1.0}, Floor, kFront, kBackHolds, Shape::Counter, "marble"},
    {"breakfast_bar", "breakfast bar|bar counter top|breakfast counter|breakfast peninsula|snack bar|"
     "snack counter|high counter",
     {1.6, 0.6, 1.0}, {1.0, 0.4, 0.9}, {2.4, 0.8, 1.1}, Floor, kFrontBack, kHolds, Shape::Counterbar, "wood"},
    {"kitchen_cabinet", "kitchen cabinet|kitchen cupboard|wooden cabinet|tall kitchen cabinet|"
     "kitchen dresser",
     {0.9, 0.6, 2.0}, {0.6, 0.4, 0.9}, {1.6, 0.7, 2.2}, Floor, kFront, kBack, Shape::Cabinet, "wood"},
    {"wall_cabinet", "wall cabinet|upper cabinet|overhead cabinet|hanging cabinet|wall cupboard|"
     "wall mounted cabinet",
     {0.9, 0.3, 0.7}, {0.5, 0.3, 0.4}, {1.6, 0.4, 1.0}, OnWall, kFront, kBack, Shape::Cabinet, "wood"},
    {"refrigerator", "refrigerator|fridge|double door refrigerator|stainless steel refrigerator|"
     "retro fridge|retro refrigerator|large refrigerator|icebox",
     {0.8, 0.7, 1.8}, {0.6, 0.6, 1.5}, {1.0, 0.8, 2.0}, Floor, kFront, kBack, Shape::Fridge, "metal"},
    {"mini_fridge", "mini fridge|minifridge|small fridge|bar fridge|minibar|mini bar|wine fridge|"
     "wine cooler|beverage cooler|drinks fridge|small refrigerator|mini refrigerator",
     {0.5, 0.5, 0.9}, {0.4, 0.4, 0.5}, {0.6, 0.6, 1.3}, Floor, kFront, kBackHolds, Shape::Fridge, "metal"},
    {"freezer", "freezer|chest freezer|ice cream freezer|display fridge|display freezer|walk in freezer|"
     "cooler|drinks cooler|ice cream counter",
     {1.2, 0.7, 0.9}, {0.6, 0.6, 0.8}, {1.8, 0.9, 1.9}, Floor, kFront, kBackHolds, Shape::Fridge, "metal"},
    {"stove", "stove|cooker|gas stove|cooktop|hob|stovetop|kitchen range|cast iron range|vintage stove|"
     "professional stove|appliance|stainless steel appliance|modern appliance|vintage appliance|"
     "kitchen stove|aga",
     {0.7, 0.6, 0.9}, {0.6, 0.6, 0.9}, {1.2, 0.8, 1.0}, Floor, kFront, kBack, Shape::Stove, "metal"},
    {"oven", "oven|wall oven|double oven|bread oven|baking oven|commercial oven|industrial oven|"
     "convection oven|large oven|deck oven",
     {0.8, 0.7, 1.4}, {0.6, 0.6, 0.8}, {1.6, 1.2, 2.0}, Floor, kFront, kBack, Shape::Stove, "metal"},
    {"pizza_oven", "pizza oven|brick oven|stone oven|wood fired oven|clay oven|tandoor|wood burning oven",
     {1.4, 1.2, 1.8}, {1.0, 1.0, 1.4}, {2.0, 1.8, 2.2}, Floor, kFront, kBack, Shape::Fireplace, "brick"},
    {"grill", "grill|barbecue|bbq|griddle|teppanyaki grill|fryer|deep fryer|hibachi",
     {1.0, 0.6, 1.0}, {0.6, 0.5, 0.9}, {1.6, 0.8, 1.2}, Floor, kFront, kBack, Shape::Stove, "metal"},
    {"range_hood", "range hood|extractor hood|kitchen hood|cooker hood|exhaust hood",
     {0.8, 0.4, 0.6}, {0.6, 0.3, 0.4}, {1.4, 0.6, 1.0}, OnWall, kNoSide, kBack, Shape::Box, "metal"},
    {"dishwasher", "dishwasher|dish washer",
     {0.6, 0.6, 0.9}, {0.5, 0.6, 0.8}, {0.6, 0.7, 0.9}, Floor, kFront, kBackHolds, Shape::Machine, "metal"},
    {"kitchen_sink", "kitchen sink|farmhouse sink|farm sink|apron sink|belfast sink|double sink|"
     "utility sink|laundry sink|potting sink|large sink|deep sink|lab sink|prep sink|stainless steel sink",
     {0.9, 0.6, 0.9}, {0.6, 0.5, 0.8}, {1.4, 0.7, 1.0}, Floor, kFront, kBack, Shape::Sink, "ceramic"},
    {"pantry_cabinet", "pantry cabinet|pantry|larder|pantry shelf|pantry shelves|walk in pantry|"
     "pantry cupboard|jar shelf|preserves shelf|canned goods|canned food|stocked pantry|preserves|"
     "jars of preserves|dry goods",
     {1.0, 0.5, 2.0}, {0.6, 0.4, 1.6}, {1.6, 0.7, 2.2}, Floor, kFront, kBack, Shape::Shelf, "wood"},
    {"spice_rack", "spice rack|spice shelf|spice|jar of spices|spice jar|knife rack|magnetic knife strip|"
     "utensil rack|mug rack|hanging utensil|cup rack|mug hook",
     {0.6, 0.1, 0.4}, {0.3, 0.1, 0.2}, {1.0, 0.2, 0.8}, OnWall, kFront, kBack, Shape::Shelf, "wood"},
    {"pot_rack", "pot rack|hanging pot|hanging pan|hanging pots|copper pot|pots and pans|hanging copper pot|"
     "hanging pot rack|copper pan|cast iron pan|hanging cookware|copper cookware|hanging pots and pans|"
     "pots and pans hanging",
     {1.0, 0.5, 0.5}, {0.6, 0.3, 0.3}, {1.6, 0.8, 0.8}, Ceiling, kNoSide, kFree, Shape::Rack, "metal"},
    {"butcher_block", "butcher block|chopping block|kitchen cart|kitchen trolley|rolling cart|prep cart|"
     "utility cart|serving cart|trolley|cart",
     {0.8, 0.5, 0.9}, {0.5, 0.4, 0.8}, {1.2, 0.7, 1.0}, Floor, kFrontBack, kHolds, Shape::Counter, "wood"},
    {"bread_rack", "bread rack|cooling rack|baking rack|bakers rack|baker rack|wire rack|bread shelf|"
     "bread shelves|baguette basket|bread display|pastry rack|proofing rack|tray rack|rack of bread|"
     "racks of bread|sheet pan rack|rolling rack",
     {0.7, 0.5, 1.7}, {0.5, 0.4, 1.2}, {1.4, 0.7, 2.0}, Floor, kFront, kBack, Shape::Rack, "metal"},
    {"pastry_case", "pastry case|pastry display|cake display|bakery case|bakery display|pastry counter|"
     "cake case|deli case|deli counter|glass counter|pastries|pastry|cake|cupcake|refrigerated case|"
     "cheese counter|meat counter|butcher counter|chocolate display|sushi counter|sushi bar",
     {1.4, 0.7, 1.3}, {0.9, 0.6, 1.0}, {2.4, 0.9, 1.4}, Floor, kFrontBack, kHolds, Shape::Cabinet, "glass"},
    {"display_counter", "display counter|shop counter|store counter|sales counter|checkout counter|checkout|"
     "cash register|cash desk|service counter|pharmacy counter|order counter|coffee counter|cash wrap|"
     "ticket counter|ticket booth|concession stand|candy counter|concession counter",
     {1.4, 0.6, 1.0}, {0.9, 0.5, 0.9}, {2.4, 0.8, 1.2}, Floor, kFrontBack, kHolds, Shape::Counterbar, "wood"},
    {"coffee_machine", "coffee machine|espresso machine|coffee maker|coffeemaker|espresso maker|"
     "french press|coffee pot|coffee grinder|percolator|latte machine|steaming espresso machine",
     {0.4, 0.5, 0.4}, {0.2, 0.3, 0.3}, {0.9, 0.6, 0.7}, OnTop, kFront, kFree, Shape::Machine, "metal"},
    {"coffee_station", "coffee station|coffee bar|coffee cart|tea station|beverage station|drinks station|"
     "coffee corner|refreshment station|refreshment table|tea bar|juice bar|smoothie bar",
     {1.2, 0.5, 0.9}, {0.8, 0.4, 0.8}, {2.0, 0.7, 1.2}, Floor, kFront, kBackHolds, Shape::Counter, "wood"},
    {"microwave", "microwave|microwave oven|toaster oven|air fryer",
     {0.5, 0.4, 0.3}, {0.4, 0.3, 0.2}, {0.6, 0.5, 0.4}, OnTop, kFront, kFree, Shape::Box, "metal"},
    {"toaster", "toaster|kettle|electric kettle|tea kettle|blender|food processor|juicer|rice cooker|"
     "bread maker|slow cooker|waffle iron",
     {0.3, 0.2, 0.3}, {0.1, 0.1, 0.2}, {0.4, 0.4, 0.5}, OnTop, kFront, kFree, Shape::Box, "metal"},
    {"stand_mixer", "stand mixer|mixer|dough mixer|mixing machine|kitchen mixer",
     {0.4, 0.3, 0.4}, {0.2, 0.2, 0.3}, {0.6, 0.6, 0.8}, OnTop, kFront, kFree, Shape::Machine, "metal"},
    {"fruit_bowl", "fruit bowl|bowl of fruit|bowl|mixing bowl|mixing bowls|salad bowl|bowl of lemons|"
     "basket of fruit|fruit basket|fresh fruit|fresh vegetable|fruit|vegetable|bread basket|loaf|"
     "loaf of bread|egg basket|candy bowl|fresh bread",
     {0.3, 0.3, 0.2}, {0.2, 0.2, 0.1}, {0.5, 0.5, 0.3}, OnTop, kNoSide, kFree, Shape::Basket, "ceramic"},
    {"tea_set", "tea set|teapot|tea pot|china|delicate china|fine china|porcelain|porcelain tea set|teacup|"
     "tea cup|coffee set|mug|coffee mug|coffee cup|cup|tea tray|tea ceremony set|tea|cup of tea|tea service|"
     "matcha bowl|samovar",
     {0.4, 0.3, 0.2}, {0.2, 0.2, 0.1}, {0.6, 0.4, 0.4}, OnTop, kNoSide, kFree, Shape::Vase, "ceramic"},
    {"dinnerware", "dinnerware|dish|plate|place setting|silverware|glassware|wine glass|crystal glass|"
     "cutlery|tableware|crockery|crystal glassware|table setting|glasses|dishware|simmering pot|"
     "cutting board|chopping board|rolling pin|knife block|cheese board|tray|serving tray",
     {0.4, 0.3, 0.1}, {0.2, 0.2, 0.1}, {0.6, 0.5, 0.3}, OnTop, kNoSide, kFree, Shape::Box, "ceramic"},
    {"bottle_display", "bottle display|bottle|wine bottle|spirits|liquor bottle|jar|glass jar|"
     "apothecary jar|mason jar|decanter|potion|potion bottle|perfume bottle|perfume|cosmetics|makeup|"
     "ink bottle|honey jar|jam jar|glass bottle|liquor|bath product|toiletry|toiletries|skincare|lotion|"
     "oil bottle|hair product|medicine bottle",
     {0.3, 0.2, 0.3}, {0.1, 0.1, 0.1}, {0.5, 0.3, 0.5}, OnTop, kNoSide, kFree, Shape::Vase, "glass"},
    {"china_cabinet", "china cabinet|china hutch|hutch|dish cabinet|breakfront|plate cabinet|welsh dresser|"
     "glass fronted cabinet|glass front cabinet",
     {1.2, 0.5, 1.9}, {0.8, 0.4, 1.6}, {1.8, 0.6, 2.2}, Floor, kFront, kBack, Shape::Cabinet, "wood"},
    {"sideboard", "sideboard|buffet|buffet table|buffet cabinet|credenza sideboard|low cabinet|"
     "antique sideboard",
     {1.6, 0.5, 0.9}, {1.0, 0.4, 0.7}, {2.2, 0.6, 1.0}, Floor, kFront, kBackHolds, Shape::Cabinet, "wood"},
    {"bar_counter", "bar counter|bar|home bar|wet bar|cocktail bar|polished bar|mahogany bar|wooden bar|"
     "bar top|tiki bar|counter bar|tasting bar|tasting counter|wine bar|beer tap|bartop|curved bar|oak bar|"
     "well stocked bar|beer pump|polished counter",
     {1.8, 0.6, 1.1}, {1.2, 0.5, 1.0}, {3.0, 0.9, 1.2}, Floor, kFrontBack, kHolds, Shape::Counterbar, "wood"},
    {"bar_cabinet", "bar cabinet|liquor cabinet|drinks cabinet|cocktail cabinet|back bar|whiskey cabinet|"
     "liquor shelf|spirit shelf|liquor collection|cigar cabinet|humidor|shelf of spirits|backbar",
     {1.0, 0.4, 1.6}, {0.6, 0.4, 0.9}, {1.8, 0.5, 2.0}, Floor, kFront, kBack, Shape::Cabinet, "wood"},
    {"bar_cart", "bar cart|drinks trolley|drinks cart|cocktail cart|liquor cart|champagne cart|ice bucket|"
     "champagne bucket|champagne",
     {0.8, 0.4, 0.8}, {0.5, 0.4, 0.7}, {1.0, 0.5, 0.9}, Floor, kFront, kHolds, Shape::Rack, "metal"},
    {"wine_rack", "wine rack|wine shelf|wine shelves|wine cabinet|bottle rack|wine collection|rows of wine|"
     "wine cellar rack|wine wall|wine storage|rack of wine|racks of wine|wine cask|fine wine|vintage wine|"
     "wine|wines|vintage bottle|dusty bottle|wine bottles|row of bottles|rows of bottles",
     {1.0, 0.4, 1.8}, {0.6, 0.3, 0.9}, {2.0, 0.5, 2.2}, Floor, kFront, kBack, Shape::Rack, "wood"},
    {"vending_machine", "vending machine|snack machine|drinks machine|soda machine|soda fountain|"
     "candy machine|gumball machine|ice cream machine|slush machine",
     {0.9, 0.8, 1.8}, {0.5, 0.5, 1.2}, {1.1, 0.9, 2.0}, Floor, kFront, kBack, Shape::Machine, "metal"},
    {"water_cooler", "water cooler|water dispenser|drinking fountain|water jug",
     {0.3, 0.3, 1.1}, {0.3, 0.3, 0.9}, {0.5, 0.5, 1.4}, Floor, kFront, kBack, Shape::Machine, "plastic"},
    {"menu_board", "menu board|chalkboard menu|menu|specials board|menu sign|daily specials",
     {1.0, 0.1, 0.7}, {0.6, 0.1, 0.4}, {2.0, 0.1, 1.2}, OnWall, kFront, kBack, Shape::Whiteboard, "slate"},
    {"market_stall", "market stall|stall|vendor stall|market booth|food stall|produce stall|fruit stand|"
     "fruit stall|vegetable stand|produce stand|kiosk|lemonade stand|fresh produce|produce|produce display|"
     "vegetable display|seafood display|food cart|food truck",
     {1.8, 1.0, 2.0}, {1.2, 0.8, 1.8}, {2.6, 1.4, 2.4}, Floor, kFront, kHolds, Shape::Counterbar, "wood"},
    {"cauldron", "cauldron|copper still|brewing kettle|fermentation tank|brewing tank|brewing equipment|"
     "copper vat|vat|fermenter|milk churn|butter churn",
     {0.9, 0.9, 1.2}, {0.5, 0.5, 0.6}, {1.4, 1.4, 2.0}, Floor, kFront, kFree, Shape::Barrel, "copper"},
  });
}

void append_bathroom(std::vector<Kind>& kinds) {
  append(kinds, {
    {"bathtub", "bathtub|bath tub|tub|bath|freestanding tub|freestanding bathtub|soaking tub|clawfoot tub|"
     "claw foot tub|clawfoot bathtub|deep soaking tub|marble tub|garden tub|marble bathtub|copper tub|"
     "sunken tub|sunken bath|japanese soaking tub|deep tub|ofuro|large tub|soaking bath",
     {0.8, 1.7, 0.6}, {0.7, 1.4, 0.5}, {1.0, 2.0, 0.8}, Floor, kLeftRight, kFree, Shape::Bathtub, "ceramic"},
    {"hot_tub", "hot tub|jacuzzi|jacuzzi tub|whirlpool tub|whirlpool|spa tub|whirlpool bath|corner tub|"
     "spa pool",
     {1.6, 1.6, 0.8}, {1.3, 1.3, 0.6}, {2.2, 2.2, 1.0}, Floor, kFront, kFree, Shape::Tub, "ceramic"},
    {"shower", "shower|walk in shower|glass shower|shower stall|shower cabin|rain shower|"
     "glass enclosed shower|rainfall shower|shower enclosure|shower cubicle|steam shower|corner shower|"
     "rainfall showerhead|shower head|showerhead|glass walled shower|glass shower enclosure|safety shower",
     {1.0, 1.0, 2.0}, {0.8, 0.8, 1.9}, {1.6, 1.2, 2.2}, Floor, kFront, kBack, Shape::Shower, "glass"},
    {"toilet", "toilet|wc|commode|water closet|lavatory",
     {0.4, 0.7, 0.8}, {0.4, 0.6, 0.7}, {0.5, 0.8, 1.0}, Floor, kFront, kBack, Shape::Toilet, "ceramic"},
    {"bidet", "bidet|urinal",
     {0.4, 0.6, 0.4}, {0.3, 0.5, 0.4}, {0.4, 0.7, 0.6}, Floor, kFront, kBack, Shape::Toilet, "ceramic"},
    {"bathroom_sink", "bathroom sink|sink|pedestal sink|washbasin|wash basin|basin|hand sink|washstand|"
     "vessel sink|wall mounted sink|porcelain sink|hand washing station|shampoo basin",
     {0.6, 0.5, 0.9}, {0.4, 0.4, 0.8}, {0.9, 0.6, 0.9}, Floor, kFront, kBack, Shape::Sink, "ceramic"},
    {"bathroom_vanity", "bathroom vanity|double vanity|floating vanity|vanity sink|vanity unit|"
     "marble vanity|sleek vanity|vanity cabinet|vanity counter|dual sink vanity|double sink vanity|"
     "his and hers sink",
     {1.2, 0.5, 0.9}, {0.6, 0.5, 0.8}, {1.8, 0.6, 0.9}, Floor, kFront, kBack, Shape::Sink, "marble"},
    {"bathroom_cabinet", "bathroom cabinet|linen cabinet|towel cabinet|linen closet|towel shelf|linen shelf|"
     "shelf of towels|linens|fresh linens",
     {0.5, 0.4, 1.6}, {0.3, 0.3, 1.0}, {0.9, 0.5, 2.0}, Floor, kFront, kBack, Shape::Cabinet, "wood"},
    {"medicine_cabinet", "medicine cabinet|mirrored cabinet|first aid kit|first aid cabinet",
     {0.5, 0.1, 0.7}, {0.3, 0.1, 0.4}, {0.9, 0.2, 0.9}, OnWall, kFront, kBack, Shape::Mirror, "glass"},
    {"towel_rack", "towel rack|towel rail|towel bar|heated towel rack|heated towel rail|towel warmer|"
     "heated towel|towel hook",
     {0.6, 0.1, 0.8}, {0.4, 0.1, 0.2}, {0.9, 0.2, 1.2}, OnWall, kFront, kBack, Shape::Rack, "metal"},
    {"towel_ladder", "towel ladder|towel stand|towel|fluffy towel|soft towel|rolled towel|folded towel|"
     "blanket ladder|robe stand|robe|plush towel|plush robe|bathrobe|stack of towels|white towel",
     {0.5, 0.3, 1.5}, {0.4, 0.2, 0.9}, {0.7, 0.5, 1.8}, Floor, kFront, kBack, Shape::Rack, "wood"},
    {"sauna", "sauna|sauna cabin|steam room|infrared sauna|steam cabin",
     {1.6, 1.4, 2.0}, {1.0, 0.9, 1.9}, {2.4, 2.0, 2.2}, Floor, kFront, kBack, Shape::Wardrobe, "wood"},
    {"spa_stones", "spa stones|hot stone|hot stones|massage oil|massage stone|pebble|smooth stone|"
     "stack of stones|spa product|spa tray|bath salts|bath bomb|bar of soap|soap|soap dispenser|soap dish|"
     "river stone",
     {0.3, 0.2, 0.1}, {0.1, 0.1, 0.1}, {0.5, 0.4, 0.3}, OnTop, kNoSide, kFree, Shape::Box, "stone"},
    {"hair_dryer_chair", "hair dryer chair|hood dryer|dryer chair|shampoo chair|hair washing station|"
     "shampoo station|wash station",
     {0.7, 1.0, 1.4}, {0.6, 0.8, 1.2}, {0.9, 1.3, 1.6}, Floor, kFront, kBack, Shape::Seat, "leather"},
    {"styling_station", "styling station|salon station|barber station|hair station|makeup mirror|"
     "hollywood mirror|lighted vanity|salon mirror|makeup counter|nail station|manicure table|"
     "manicure station|beauty station",
     {1.0, 0.5, 1.8}, {0.8, 0.4, 0.8}, {1.4, 0.6, 2.0}, Floor, kFront, kBack, Shape::Mirror, "wood"},
    {"washing_machine", "washing machine|washer|front loading washer|clothes washer|washer and dryer|"
     "laundry machine|washers|stacked washer|front load washer|washtub",
     {0.6, 0.6, 0.9}, {0.6, 0.5, 0.8}, {0.7, 0.7, 1.1}, Floor, kFront, kBackHolds, Shape::Machine, "metal"},
    {"dryer", "dryer|clothes dryer|tumble dryer|drying machine",
     {0.6, 0.6, 0.9}, {0.6, 0.5, 0.8}, {0.7, 0.7, 1.1}, Floor, kFront, kBackHolds, Shape::Machine, "metal"},
    {"drying_rack", "drying rack|clothes line|clothesline|clothes drying rack|laundry rack|airer|"
     "drying line|folded laundry rack|photo drying line",
     {1.2, 0.6, 1.0}, {0.8, 0.4, 0.8}, {1.8, 0.8, 1.6}, Floor, kFront, kFree, Shape::Rack, "metal"},
    {"ironing_board", "ironing board|steam iron|garment steamer|ironing station",
     {0.4, 1.3, 0.9}, {0.3, 1.1, 0.8}, {0.5, 1.5, 1.0}, Floor, kLeftRight, kFree, Shape::Table, "fabric"},
    {"laundry_shelf", "laundry shelf|laundry shelves|detergent|laundry detergent|cleaning supply|"
     "cleaning supplies|laundry supplies|detergent shelf|laundry cabinet|broom closet|broom|mop|"
     "vacuum cleaner|vacuum|cleaning closet",
     {1.0, 0.4, 1.8}, {0.6, 0.3, 1.2}, {1.6, 0.5, 2.0}, Floor, kFront, kBack, Shape::Shelf, "wood"},
  });
}

void append_office(std::vector<Kind>& kinds) {
  append(kinds, {
    {"filing_cabinet", "filing cabinet|file cabinet|filing drawer|file drawer|filing system|file|"
     "archive cabinet|card catalog|document cabinet|folder",
     {0.5, 0.6, 1.0}, {0.4, 0.5, 0.6}, {1.0, 0.7, 1.4}, Floor, kFront, kBackHolds, Shape::Drawers, "metal"},
    {"computer", "computer|desktop computer|monitor|computer monitor|pc|gaming pc|computer screen|"
     "dual monitor|dual monitors|multiple monitors|large monitor|high tech computer|ultrawide monitor|"
     "computer setup|dual screens|dual screen|old computer|imac|desktop|surveillance monitor|"
     "security monitor",
     {0.6, 0.2, 0.5}, {0.4, 0.2, 0.4}, {1.2, 0.3, 0.6}, OnTop, kFront, kFree, Shape::Monitor, "plastic"},
    {"laptop", "laptop|notebook computer|tablet|ipad|laptop computer",
     {0.4, 0.3, 0.2}, {0.3, 0.2, 0.1}, {0.4, 0.3, 0.3}, OnTop, kFront, kFree, Shape::Monitor, "metal"},
    {"computer_keyboard", "computer keyboard|mechanical keyboard|mouse|graphics tablet|drawing tablet",
     {0.4, 0.2, 0.1}, {0.3, 0.1, 0.1}, {0.5, 0.3, 0.1}, OnTop, kFront, kFree, Shape::Box, "plastic"},
    {"typewriter", "typewriter|vintage typewriter|antique typewriter|old typewriter",
     {0.4, 0.3, 0.2}, {0.3, 0.3, 0.2}, {0.5, 0.4, 0.3}, OnTop, kFront, kFree, Shape::Machine, "metal"},
    {"telephone", "telephone|phone|rotary phone|vintage phone|landline|phones|smartphone",
     {0.2, 0.2, 0.2}, {0.1, 0.1, 0.1}, {0.3, 0.3, 0.3}, OnTop, kFront, kFree, Shape::Box, "plastic"},
    {"paper_stack", "paper stack|stack of papers|paper|papers|document|paperwork|notepad|pencil holder|"
     "pen holder|pen|quill|ink well|inkwell|stationery|pencil|office supply|sticky note|sheet music|"
     "manuscripts|blueprints|scroll stack|clipboard|calendar|planner|chart stack|art supply tray",
     {0.3, 0.2, 0.1}, {0.2, 0.2, 0.1}, {0.5, 0.4, 0.3}, OnTop, kNoSide, kFree, Shape::Books, "paper"},
    {"printer", "printer|copier|photocopier|scanner|copy machine|fax machine|printing machine",
     {0.6, 0.6, 1.0}, {0.4, 0.4, 0.3}, {1.0, 0.8, 1.3}, Floor, kFront, kBack, Shape::Machine, "plastic"},
    {"three_d_printer", "three d printer|3d printer|3 d printer|laser cutter|plotter|cnc machine|engraver",
     {0.6, 0.6, 0.7}, {0.4, 0.4, 0.4}, {1.0, 0.9, 1.2}, Floor, kFront, kBack, Shape::Machine, "metal"},
    {"printing_press", "printing press|letterpress|etching press|screen printing press|bookbinding press|"
     "book press",
     {1.2, 1.0, 1.5}, {0.6, 0.6, 1.0}, {1.8, 1.4, 2.0}, Floor, kFront, kFree, Shape::Machine, "metal"},
    {"whiteboard", "whiteboard|white board|dry erase board|planning board|glass board|glass whiteboard|"
     "writable wall|large whiteboard|scoreboard|kanban board",
     {1.6, 0.1, 1.0}, {0.8, 0.1, 0.6}, {3.0, 0.1, 1.4}, OnWall, kFront, kBack, Shape::Whiteboard, "plastic"},
    {"blackboard", "blackboard|chalkboard|chalk board|chalkboard wall|green board|slate board|"
     "classroom board|large chalkboard|large blackboard",
     {2.0, 0.1, 1.0}, {1.0, 0.1, 0.6}, {4.0, 0.1, 1.4}, OnWall, kFront, kBack, Shape::Whiteboard, "slate"},
    {"corkboard", "corkboard|cork board|bulletin board|pin board|pinboard|notice board|noticeboard|"
     "pinned note|message board|crime board|evidence board",
     {1.2, 0.1, 0.8}, {0.6, 0.1, 0.4}, {2.0, 0.1, 1.2}, OnWall, kFront, kBack, Shape::Picture, "cork"},
    {"flip_chart", "flip chart|flipchart|presentation board|presentation easel",
     {0.7, 0.6, 1.8}, {0.6, 0.5, 1.6}, {0.9, 0.9, 2.0}, Floor, kFront, kFree, Shape::Easel, "wood"},
    {"cubicle", "cubicle|office cubicle|work pod|office pod|sleep pod|nap pod|phone booth|telephone booth|"
     "privacy booth",
     {1.6, 1.4, 1.6}, {1.0, 1.0, 1.4}, {2.0, 1.8, 2.1}, Floor, kFront, kFree, Shape::Box, "fabric"},
    {"server_rack", "server rack|server|data server|mainframe|network rack|supercomputer|computer tower|"
     "rack of servers|server tower",
     {0.6, 0.9, 2.0}, {0.6, 0.6, 1.0}, {1.6, 1.1, 2.1}, Floor, kFrontBack, kFree, Shape::Machine, "metal"},
    {"drone", "drone|robot|small robot|robot kit|gadget|tech gadget|electronic component|soldering station|"
     "soldering iron|circuit board|prototype|device|smart device|smart home device",
     {0.4, 0.4, 0.3}, {0.2, 0.2, 0.1}, {0.6, 0.6, 0.6}, OnTop, kFront, kFree, Shape::Machine, "plastic"},
    {"robot_arm", "robot arm|robotic arm|robotic machine|assembly robot|robot station|assembly line|"
     "machinery|robotic equipment",
     {0.9, 0.9, 1.5}, {0.6, 0.6, 1.0}, {1.4, 1.4, 2.0}, Floor, kFront, kFree, Shape::Machine, "metal"},
    {"air_conditioner", "air conditioner|air conditioning unit|wall heater|ac unit|air vent",
     {0.9, 0.2, 0.3}, {0.7, 0.2, 0.3}, {1.2, 0.3, 0.4}, OnWall, kNoSide, kBack, Shape::Box, "plastic"},
    {"radiator", "radiator|heater|space heater|electric heater|air purifier|humidifier|dehumidifier|"
     "standing fan",
     {0.8, 0.2, 0.6}, {0.4, 0.2, 0.4}, {1.4, 0.4, 1.0}, Floor, kNoSide, kBack, Shape::Box, "metal"},
  });
}

void append_studio(std::vector<Kind>& kinds) {
  append(kinds, {
    {"easel", "easel|art easel|painters easel|artist easel|wooden easel|standing easel|drawing easel|easels|"
     "painting easel|half finished canvas|unfinished painting|work in progress|half finished painting",
     {0.7, 0.7, 1.7}, {0.5, 0.5, 1.3}, {0.9, 0.9, 2.0}, Floor, kFront, kFree, Shape::Easel, "wood"},
    {"canvas_stack", "canvas stack|stacked canvas|leaning canvas|blank canvas|large canvas|"
     "stack of canvases|colorful canvas|canvases|paint splattered canvas|oversized canvas",
     {1.0, 0.3, 1.2}, {0.6, 0.2, 0.8}, {1.6, 0.5, 1.6}, Floor, kFront, kBack, Shape::Picture, "canvas"},
    {"art_cart", "art cart|art supply cart|paint cart|art supplies|paint tube|palette|paintbrush|"
     "paint brush|brush|paint jar|jar of brushes|art supply|paint can|paint pot|oil paint|acrylic paint|"
     "painting supplies|craft supplies|art supply shelf|craft cart|art materials|crayon|marker|"
     "colored pencil|jars of paint|pot of paint|spray paint|spray can",
     {0.5, 0.4, 0.8}, {0.4, 0.3, 0.6}, {0.8, 0.5, 1.2}, Floor, kFront, kHolds, Shape::Rack, "metal"},
    {"craft_shelf", "craft shelf|craft shelves|craft storage|yarn shelf|yarn|fabric shelf|fabric shelves|"
     "bolt of fabric|bolts of fabric|fabric bolt|fabric|fabric roll|thread|spool of thread|spools of thread|"
     "ribbon|fabric swatch|textile|bead|colorful fabric|colorful thread|button jar|colorful yarn|"
     "wool basket|craft supply|craft materials|sewing supplies|swatch|material sample",
     {1.2, 0.4, 1.6}, {0.6, 0.3, 0.9}, {2.0, 0.5, 2.0}, Floor, kFront, kBack, Shape::Shelf, "wood"},
    {"sewing_machine", "sewing machine|vintage sewing machine|overlock machine|serger|embroidery machine|"
     "old sewing machine|knitting basket|embroidery hoop",
     {0.5, 0.3, 0.4}, {0.3, 0.2, 0.3}, {0.6, 0.4, 0.5}, OnTop, kFront, kFree, Shape::Machine, "metal"},
    {"mannequin", "mannequin|dress form|dressmakers dummy|tailors dummy|dressmaker form|dressed mannequin|"
     "fashion mannequin|tailor dummy|dressmaking form",
     {0.5, 0.4, 1.7}, {0.4, 0.3, 1.4}, {0.6, 0.6, 1.9}, Floor, kFront, kFree, Shape::Statue, "fabric"},
    {"loom", "loom|weaving loom|floor loom|tapestry loom",
     {1.4, 1.2, 1.4}, {0.9, 0.8, 1.0}, {1.8, 1.6, 1.8}, Floor, kFront, kFree, Shape::Machine, "wood"},
    {"spinning_wheel", "spinning wheel|yarn winder",
     {0.9, 0.5, 1.0}, {0.7, 0.4, 0.8}, {1.2, 0.6, 1.2}, Floor, kFront, kFree, Shape::Bike, "wood"},
    {"pottery_wheel", "pottery wheel|potters wheel|wheel|throwing wheel|spinning pottery wheel|ceramic wheel",
     {0.7, 0.9, 0.8}, {0.5, 0.6, 0.5}, {0.9, 1.1, 1.0}, Floor, kFront, kFree, Shape::Machine, "metal"},
    {"kiln", "kiln|ceramic kiln|pottery kiln|forge|furnace|glass furnace|anvil",
     {0.8, 0.8, 1.1}, {0.6, 0.6, 0.8}, {1.4, 1.2, 1.8}, Floor, kFront, kBack, Shape::Barrel, "brick"},
    {"pottery_shelf", "pottery shelf|pottery shelves|pottery|ceramic pot|clay pot|clay sculpture shelf|"
     "drying pottery|ceramics|unfired pot|pot|ceramic|earthenware|clay vessel|terracotta pot|stack of pots|"
     "glazed pot|handmade pottery",
     {1.2, 0.4, 1.6}, {0.8, 0.3, 1.0}, {2.0, 0.5, 2.0}, Floor, kFront, kBack, Shape::Shelf, "wood"},
    {"photo_backdrop", "photo backdrop|backdrop|photography backdrop|green screen|backdrop stand|"
     "photo background|portrait backdrop|studio backdrop|cyclorama",
     {2.0, 0.3, 2.0}, {1.4, 0.2, 1.8}, {3.0, 0.6, 2.4}, Floor, kFront, kBack, Shape::Screen, "paper"},
    {"camera_tripod", "camera tripod|camera|tripod|video camera|camera on a tripod|film camera|"
     "vintage camera|news camera|photography equipment|camera equipment|camera gear",
     {0.6, 0.6, 1.5}, {0.4, 0.4, 1.2}, {0.9, 0.9, 1.8}, Floor, kFront, kFree, Shape::Telescope, "metal"},
    {"softbox", "softbox|studio light|photo light|umbrella light|ring light|soft box|photography light|"
     "lighting equipment|studio lighting|professional lighting|reflector|photo umbrella|lighting rig|"
     "light stand",
     {0.7, 0.7, 1.9}, {0.5, 0.5, 1.6}, {1.0, 1.0, 2.2}, Floor, kFront, kFree, Shape::FloorLamp, "fabric"},
    {"darkroom_enlarger", "darkroom enlarger|enlarger|developing tray|photo enlarger",
     {0.5, 0.6, 0.8}, {0.4, 0.5, 0.6}, {0.7, 0.7, 1.0}, OnTop, kFront, kFree, Shape::Machine, "metal"},
    {"grand_piano", "grand piano|baby grand piano|baby grand|concert piano|concert grand",
     {1.5, 1.7, 1.0}, {1.4, 1.4, 0.9}, {1.6, 2.7, 1.1}, Floor, kBackSide, kFree, Shape::Piano, "wood"},
    {"upright_piano", "upright piano|piano|vintage piano|spinet|player piano|old piano|antique piano|"
     "harpsichord|wooden piano",
     {1.5, 0.6, 1.2}, {1.4, 0.5, 1.0}, {1.6, 0.7, 1.4}, Floor, kFront, kBack, Shape::Piano, "wood"},
    {"piano_bench", "piano bench|piano stool|piano seat",
     {0.8, 0.4, 0.5}, {0.5, 0.3, 0.4}, {1.1, 0.5, 0.6}, Floor, kFront, kFree, Shape::Bench, "wood"},
    {"organ", "organ|pipe organ|church organ|reed organ",
     {1.6, 1.0, 2.0}, {1.3, 0.7, 1.2}, {2.6, 1.4, 2.4}, Floor, kFront, kBack, Shape::Piano, "wood"},
    {"synthesizer", "synthesizer|keyboard|electric piano|digital piano|piano keyboard|midi keyboard|"
     "electronic keyboard",
     {1.2, 0.4, 0.9}, {0.8, 0.3, 0.8}, {1.5, 0.5, 1.0}, Floor, kFront, kFree, Shape::Piano, "plastic"},
    {"drum_kit", "drum kit|drum set|drums|drum|percussion|percussion set|drumset",
     {1.6, 1.4, 1.2}, {1.2, 1.0, 1.0}, {2.0, 1.8, 1.5}, Floor, kBackSide, kFree, Shape::Drums, "metal"},
    {"hand_drum", "hand drum|conga|bongo|djembe|taiko drum|snare drum|timpani|tambourine",
     {0.4, 0.4, 0.7}, {0.3, 0.3, 0.3}, {0.8, 0.8, 1.0}, Floor, kFront, kFree, Shape::Drums, "wood"},
    {"guitar", "guitar|acoustic guitar|electric guitar|guitar stand|bass guitar|guitar on a stand|ukulele|"
     "banjo|lute|sitar|mandolin",
     {0.4, 0.4, 1.1}, {0.3, 0.3, 0.8}, {0.5, 0.5, 1.2}, Floor, kFront, kFree, Shape::Guitar, "wood"},
    {"wall_guitar", "wall guitar|hanging guitar|guitar hanging on the wall|guitars hanging|wall of guitars|"
     "guitar collection|wall mounted guitar|guitar wall",
     {0.4, 0.1, 1.0}, {0.3, 0.1, 0.8}, {1.6, 0.2, 1.2}, OnWall, kFront, kBack, Shape::Guitar, "wood"},
    {"cello", "cello|double bass|upright bass|viola|string instrument",
     {0.5, 0.4, 1.3}, {0.4, 0.3, 1.1}, {0.7, 0.6, 1.9}, Floor, kFront, kFree, Shape::Guitar, "wood"},
    {"violin", "violin|fiddle|trumpet|flute|saxophone|clarinet|trombone|horn|french horn|accordion|"
     "brass instrument|harmonica|lyre",
     {0.6, 0.2, 0.2}, {0.3, 0.2, 0.1}, {0.8, 0.4, 0.3}, OnTop, kFront, kFree, Shape::Guitar, "wood"},
    {"harp", "harp|concert harp|golden harp",
     {0.6, 0.9, 1.7}, {0.5, 0.7, 1.2}, {0.7, 1.1, 1.9}, Floor, kBackSide, kFree, Shape::Guitar, "wood"},
    {"instrument_rack", "instrument rack|instrument|instruments|musical instrument|various instruments|"
     "instrument case|instrument display|instrument stand|violin case|guitar case|music equipment|"
     "guitar rack|instrument wall",
     {1.2, 0.4, 1.1}, {0.8, 0.3, 0.8}, {2.0, 0.6, 1.8}, Floor, kFront, kBack, Shape::Rack, "wood"},
    {"music_stand", "music stand|sheet music stand|note stand|conductors stand|conductor podium",
     {0.5, 0.4, 1.2}, {0.4, 0.3, 1.0}, {0.7, 0.5, 1.5}, Floor, kFront, kFree, Shape::Easel, "metal"},
    {"microphone_stand", "microphone stand|microphone|mic|mic stand|studio microphone|vintage microphone|"
     "podcast microphone|recording equipment|microphone boom|broadcast microphone",
     {0.4, 0.4, 1.5}, {0.3, 0.3, 1.2}, {0.8, 0.8, 1.8}, Floor, kFront, kFree, Shape::FloorLamp, "metal"},
    {"mixing_console", "mixing console|mixing board|mixing desk|soundboard|sound board|audio mixer|"
     "mixing station|recording console|studio desk|editing desk|mixing equipment|dj booth|dj deck|dj table|"
     "dj station|turntables|broadcast desk|news desk|anchor desk|sound mixing board|editing station|"
     "audio console|sound desk|editing suite",
     {1.6, 0.8, 0.9}, {1.0, 0.6, 0.8}, {2.6, 1.1, 1.2}, Floor, kFront, kFree, Shape::Desk, "metal"},
    {"recording_booth", "recording booth|vocal booth|sound booth|isolation booth|soundproof booth|"
     "photo booth|voting booth|changing room|fitting room|dressing booth|fitting booth|dressing stall|"
     "confessional|changing booth",
     {1.2, 1.2, 2.1}, {0.9, 0.9, 1.9}, {1.8, 1.8, 2.2}, Floor, kFront, kBack, Shape::Wardrobe, "wood"},
    {"amplifier", "amplifier|amp|guitar amp|guitar amplifier|bass amp",
     {0.6, 0.3, 0.6}, {0.3, 0.2, 0.4}, {0.8, 0.4, 1.2}, Floor, kFront, kHolds, Shape::Speaker, "fabric"},
    {"acoustic_panel", "acoustic panel|sound panel|foam panel|soundproof panel|soundproof foam|"
     "soundproofing|acoustic foam|acoustic tile|padded wall|sound absorbing panel",
     {1.0, 0.1, 1.0}, {0.4, 0.1, 0.4}, {2.4, 0.1, 1.8}, OnWall, kNoSide, kBack, Shape::Picture, "foam"},
    {"gong", "gong|large gong|temple bell|chime|wind chime",
     {1.0, 0.5, 1.4}, {0.6, 0.3, 0.8}, {1.4, 0.7, 1.8}, Floor, kFront, kBack, Shape::Drums, "metal"},
    {"singing_bowl", "singing bowl|tibetan bowl|prayer bowl|bell|brass bell|prayer bead",
     {0.2, 0.2, 0.2}, {0.1, 0.1, 0.1}, {0.4, 0.4, 0.3}, OnTop, kNoSide, kFree, Shape::Vase, "metal"},
    {"altar", "altar|small altar|shrine|meditation altar|altar table|home shrine|tokonoma|prayer altar|"
     "spirit house|stone altar|prayer table|tokonoma alcove|buddhist altar",
     {1.0, 0.4, 0.8}, {0.6, 0.3, 0.4}, {2.0, 0.8, 1.1}, Floor, kFront, kBackHolds, Shape::Desk, "wood"},
    {"ballet_barre", "ballet barre|barre|ballet bar|dance bar|dance barre|stretching bar",
     {2.0, 0.3, 1.1}, {1.2, 0.2, 0.9}, {4.0, 0.4, 1.2}, Floor, kFront, kBack, Shape::Rack, "wood"},
    {"dance_pole", "dance pole|fireman pole|support pole",
     {0.4, 0.4, 2.2}, {0.2, 0.2, 2.0}, {0.6, 0.6, 3.0}, Floor, kAround, kFree, Shape::FloorLamp, "metal"},
    {"stage", "stage|small stage|performance stage|raised stage|platform|raised platform|runway|catwalk|"
     "low platform|puppet stage|theater stage|puppet theater|puppet theatre|dais|wooden platform|"
     "karaoke stage|elevated platform",
     {2.4, 1.4, 0.3}, {1.2, 0.8, 0.2}, {4.0, 2.4, 0.6}, Floor, kFront, kBackHolds, Shape::Box, "wood"},
    {"costume_trunk", "costume trunk|dress up chest|costume chest|prop box|prop|dress up trunk|"
     "dress up clothes|dress up corner|dress up station|dress up area",
     {1.0, 0.6, 0.6}, {0.7, 0.4, 0.4}, {1.3, 0.7, 0.8}, Floor, kFront, kHolds, Shape::Chest, "wood"},
  });
}

void append_gym(std::vector<Kind>& kinds) {
  append(kinds, {
    {"treadmill", "treadmill|running machine|cardio machine|row of treadmills|cardio equipment|"
     "exercise equipment|exercise machine|fitness equipment|gym equipment|workout equipment|fitness machine|"
     "state of the art equipment|modern treadmill",
     {0.8, 1.8, 1.4}, {0.7, 1.5, 1.1}, {1.0, 2.1, 1.6}, Floor, kBackSide, kFree, Shape::Treadmill, "metal"},
    {"exercise_bike", "exercise bike|stationary bike|spin bike|exercise cycle|cycling machine|spinning bike|"
     "stationary bicycle|peloton",
     {0.6, 1.1, 1.2}, {0.5, 0.9, 1.0}, {0.7, 1.4, 1.5}, Floor, kLeftRight, kFree, Shape::Bike, "metal"},
    {"elliptical", "elliptical|elliptical machine|elliptical trainer|cross trainer|stair climber|"
     "stair machine|stepper",
     {0.7, 1.6, 1.6}, {0.6, 1.2, 1.4}, {0.9, 2.0, 1.9}, Floor, kBackSide, kFree, Shape::Treadmill, "metal"},
    {"rowing_machine", "rowing machine|rower",
     {0.6, 2.2, 0.9}, {0.5, 1.8, 0.5}, {0.7, 2.5, 1.1}, Floor, kLeftRight, kFree, Shape::Treadmill, "metal"},
    {"weight_bench", "weight bench|workout bench|bench press|exercise bench|lifting bench|"
     "padded workout bench|adjustable bench",
     {0.7, 1.4, 0.9}, {0.5, 1.1, 0.4}, {1.3, 1.8, 1.3}, Floor, kLeftRight, kFree, Shape::Bench, "leather"},
    {"dumbbell_rack", "dumbbell rack|weight rack|free weight|weights|weight|dumbbell|rack of weights|"
     "racks of weights|weight set|free weights|barbell|barbell rack|kettlebell|kettlebell rack|weight plate|"
     "hand weight|weights rack|rows of weights|rack of dumbbells",
     {1.4, 0.5, 0.9}, {0.8, 0.4, 0.6}, {2.4, 0.7, 1.3}, Floor, kFront, kBack, Shape::Rack, "metal"},
    {"squat_rack", "squat rack|power rack|power cage|weight lifting rack|pull up bar|pull up station|"
     "pullup bar|lifting platform|smith machine|pull up tower",
     {1.4, 1.4, 2.1}, {1.1, 1.1, 1.9}, {1.8, 1.8, 2.4}, Floor, kFront, kFree, Shape::Rack, "metal"},
    {"multi_gym", "multi gym|weight machine|cable machine|home gym machine|workout machine|universal gym|"
     "resistance machine|strength machine|lat machine|leg press|pilates reformer|reformer",
     {1.4, 1.2, 2.0}, {1.0, 0.8, 0.6}, {2.2, 2.4, 2.2}, Floor, kFront, kFree, Shape::Machine, "metal"},
    {"punching_bag", "punching bag|boxing bag|heavy bag|speed bag|sandbag",
     {0.4, 0.4, 1.3}, {0.3, 0.3, 0.6}, {0.6, 0.6, 1.7}, Ceiling, kNoSide, kFree, Shape::Barrel, "leather"},
    {"boxing_ring", "boxing ring|wrestling ring|fighting ring",
     {3.0, 3.0, 1.4}, {2.4, 2.4, 1.1}, {5.0, 5.0, 1.6}, Floor, kFront, kFree, Shape::Box, "fabric"},
    {"exercise_ball", "exercise ball|yoga ball|stability ball|fitness ball|medicine ball|ball|gym ball|"
     "balance ball|basketball|soccer ball|sports ball",
     {0.7, 0.7, 0.7}, {0.2, 0.2, 0.2}, {0.8, 0.8, 0.8}, Floor, kNoSide, kFree, Shape::Globe, "rubber"},
    {"mat_rack", "mat rack|yoga mat rack|rolled yoga mat|yoga rack|yoga props|yoga block|yoga strap|"
     "yoga prop|rolled mats|foam roller|resistance band|yoga equipment|towel station|stack of mats",
     {0.8, 0.4, 1.2}, {0.5, 0.3, 0.8}, {1.4, 0.5, 1.6}, Floor, kFront, kBack, Shape::Rack, "wood"},
    {"trampoline", "trampoline|mini trampoline|rebounder",
     {1.2, 1.2, 0.4}, {0.9, 0.9, 0.2}, {2.0, 2.0, 0.9}, Floor, kFront, kFree, Shape::RoundTable, "metal"},
    {"climbing_wall", "climbing wall|rock climbing wall|rock wall|climbing rope wall|indoor climbing wall|"
     "bouldering wall",
     {2.0, 0.3, 2.0}, {1.2, 0.2, 1.6}, {4.0, 0.6, 2.6}, OnWall, kFront, kBack, Shape::Whiteboard, "wood"},
    {"climbing_frame", "climbing frame|jungle gym|monkey bars|climbing structure|play structure|"
     "indoor playground|climbing gym|playground|climbing rope|climbing net|obstacle course|climbing dome|"
     "balance beam",
     {1.6, 1.4, 1.7}, {1.0, 0.8, 1.2}, {2.4, 2.0, 2.2}, Floor, kFront, kFree, Shape::Rack, "wood"},
    {"sports_rack", "sports rack|sports equipment|ski rack|ski|skis|surfboard|surfboard rack|skateboard|"
     "snowboard|tennis racket|hockey stick|golf club|golf bag|golf clubs|baseball bat|fishing gear|"
     "fishing pole|kayak|paddle|camping gear|outdoor gear|sports gear|bicycle helmet|helmet|climbing gear",
     {1.0, 0.5, 1.5}, {0.6, 0.3, 1.0}, {1.8, 0.7, 2.0}, Floor, kFront, kBack, Shape::Rack, "metal"},
  });
}

void append_children(std::vector<Kind>& kinds) {
  append(kinds, {
    {"toy_chest", "toy chest|toy box|toybox|toy trunk|toy bin|toys|toy|childrens toys|colorful toy|"
     "soft toys|wooden toy|scattered toys|toy basket|basket of toys|bin of toys",
     {0.9, 0.5, 0.5}, {0.6, 0.4, 0.4}, {1.2, 0.6, 0.6}, Floor, kFront, kHolds, Shape::Chest, "wood"},
    {"toy_shelf", "toy shelf|toy shelves|toy rack|toy storage|toy organizer|toy cabinet|childrens shelf|"
     "shelf of toys|shelves of toys|toy unit",
     {1.0, 0.4, 0.9}, {0.6, 0.3, 0.6}, {1.6, 0.5, 1.4}, Floor, kFront, kBackHolds, Shape::Shelf, "wood"},
    {"stuffed_animal", "stuffed animal|teddy bear|plush toy|soft toy|stuffed toy|plushie|stuffed bear|"
     "plush animal|stuffed bunny|giant teddy bear|stuffed animals",
     {0.4, 0.4, 0.5}, {0.2, 0.2, 0.2}, {0.9, 0.9, 1.2}, Floor, kNoSide, kFree, Shape::Statue, "fabric"},
    {"building_blocks", "building blocks|building block|blocks|lego|toy train|train set|toy car|model train|"
     "race track|puzzle|wooden blocks|toy animal|board games|stack of games|colorful blocks|tower of blocks|"
     "jigsaw puzzle|toy kitchenware|model train set|lego set|card game|deck of cards",
     {0.6, 0.4, 0.3}, {0.2, 0.2, 0.1}, {1.4, 1.0, 0.5}, Floor, kNoSide, kFree, Shape::Crate, "wood"},
    {"rocking_horse", "rocking horse|hobby horse|rocking toy|toy horse|carousel horse",
     {0.4, 0.9, 0.8}, {0.3, 0.7, 0.6}, {0.6, 1.2, 1.1}, Floor, kFront, kFree, Shape::Swing, "wood"},
    {"play_tent", "play tent|tent|teepee|tepee|tipi|reading tent|small tent|childrens tent|play teepee|fort|"
     "blanket fort|reading fort|canopy tent|camping tent|wigwam|play fort|yurt",
     {1.2, 1.2, 1.5}, {0.9, 0.9, 1.1}, {2.2, 2.2, 2.0}, Floor, kFront, kFree, Shape::Tent, "fabric"},
    {"playhouse", "playhouse|play house|toy house|wendy house|indoor treehouse|castle|toy castle|treehouse|"
     "tree house|play castle|indoor playhouse|fairy house",
     {1.4, 1.2, 1.5}, {1.0, 0.9, 1.2}, {2.2, 1.8, 2.1}, Floor, kFront, kFree, Shape::Tent, "wood"},
    {"slide", "slide|small slide|indoor slide|plastic slide|play slide|toddler slide|colorful slide",
     {0.6, 1.6, 1.0}, {0.5, 1.2, 0.7}, {0.9, 2.4, 1.5}, Floor, kFrontBack, kFree, Shape::Swing, "plastic"},
    {"dollhouse", "dollhouse|doll house|dolls house|miniature house",
     {0.8, 0.4, 0.9}, {0.6, 0.3, 0.6}, {1.2, 0.6, 1.3}, Floor, kFront, kBack, Shape::Shelf, "wood"},
    {"play_kitchen", "play kitchen|toy kitchen|pretend kitchen|mini kitchen|toy stove|kitchen playset|"
     "play store",
     {0.9, 0.4, 1.0}, {0.7, 0.3, 0.8}, {1.3, 0.5, 1.2}, Floor, kFront, kBack, Shape::Stove, "wood"},
    {"playpen", "playpen|play pen|play yard|baby gate",
     {1.2, 1.2, 0.7}, {1.0, 0.9, 0.6}, {1.6, 1.6, 0.9}, Floor, kFront, kFree, Shape::Crib, "fabric"},
    {"ball_pit", "ball pit|sandbox|sand box|sand pit|sensory bin|water table|sand table|sensory table",
     {1.2, 1.2, 0.4}, {0.8, 0.8, 0.3}, {2.0, 2.0, 0.7}, Floor, kAround, kFree, Shape::Tub, "plastic"},
    {"baby_mobile", "baby mobile|mobile|crib mobile|hanging mobile|musical mobile|hanging star|"
     "hanging stars|hanging sculpture|hanging model|hanging airplane|paper crane|glow in the dark star|"
     "hanging planet|hanging decoration|hanging ornament",
     {0.5, 0.5, 0.5}, {0.3, 0.3, 0.3}, {1.2, 1.2, 0.8}, Ceiling, kNoSide, kFree, Shape::CeilingLamp, "paper"},
    {"baby_swing", "baby swing|baby bouncer|bouncer|baby walker|stroller|baby carriage|pram|toy wagon|wagon|"
     "baby rocker|bouncy chair|baby seat",
     {0.6, 0.8, 0.9}, {0.4, 0.5, 0.4}, {0.8, 1.1, 1.2}, Floor, kFront, kFree, Shape::Swing, "fabric"},
    {"wall_letters", "wall letters|alphabet letter|growth chart|name banner|alphabet wall|wall sticker|"
     "number chart|star sticker",
     {1.0, 0.1, 0.5}, {0.4, 0.1, 0.2}, {2.0, 0.1, 1.6}, OnWall, kNoSide, kBack, Shape::Picture, "wood"},
    {"skeleton_model", "skeleton model|skeleton|anatomical model|anatomy model|science model|"
     "dinosaur skeleton|fossil|dinosaur|dinosaur model",
     {0.6, 0.5, 1.7}, {0.4, 0.4, 0.9}, {1.6, 0.9, 2.0}, Floor, kFront, kFree, Shape::Statue, "plastic"},
  });
}

void append_workshop(std::vector<Kind>& kinds) {
  append(kinds, {
    {"car", "car|classic car|vintage car|sports car|car parked|automobile|truck|vehicle|luxury car|race car|"
     "vintage automobile|antique car|old car|parked car|classic cars|luxury cars",
     {1.8, 4.2, 1.5}, {1.6, 3.4, 1.1}, {2.1, 5.0, 2.0}, Floor, kLeftRight, kFree, Shape::Car, "metal"},
    {"motorcycle", "motorcycle|motorbike|scooter|vintage motorcycle|moped|vespa|atv|snowmobile",
     {0.8, 2.1, 1.1}, {0.7, 1.7, 0.9}, {1.0, 2.4, 1.4}, Floor, kLeftRight, kFree, Shape::Bike, "metal"},
    {"bicycle", "bicycle|bike|mountain bike|vintage bicycle|cycle|tricycle|unicycle",
     {0.6, 1.7, 1.1}, {0.4, 1.0, 0.6}, {0.7, 1.9, 1.2}, Floor, kLeftRight, kFree, Shape::Bike, "metal"},
    {"bike_rack", "bike rack|bicycle rack|wall mounted bike|bicycle stand|bicycle repair stand|bike stand|"
     "bikes",
     {1.2, 1.6, 1.1}, {0.8, 1.0, 0.6}, {2.0, 1.8, 2.0}, Floor, kFront, kBack, Shape::Rack, "metal"},
    {"boat", "boat|canoe|rowboat|dinghy|sailboat|wooden boat|gondola|raft",
     {1.0, 3.0, 0.8}, {0.8, 2.0, 0.5}, {1.4, 4.5, 1.2}, Floor, kLeftRight, kFree, Shape::Tub, "wood"},
    {"tool_chest", "tool chest|tool cabinet|toolbox|tool box|rolling tool chest|tool trolley|tool drawer|"
     "tool cart|toolkit",
     {0.8, 0.5, 1.0}, {0.5, 0.4, 0.5}, {1.4, 0.6, 1.5}, Floor, kFront, kBackHolds, Shape::Drawers, "metal"},
    {"pegboard", "pegboard|tool wall|tool rack|wall of tools|hanging tool|tools|tool|tool board|"
     "gardening tool|garden tool|hand tool|tool panel|wall mounted tool|peg board|rack of tools|saw|hammer|"
     "wrench|shovel|rake|power tool|tool organizer|vintage tool|hanging tools|woodworking tool|"
     "carpentry tool|craft tool|array of tools",
     {1.6, 0.1, 1.0}, {0.8, 0.1, 0.6}, {3.0, 0.2, 1.6}, OnWall, kFront, kBack, Shape::Whiteboard, "wood"},
    {"table_saw", "table saw|saw table|band saw|bandsaw|miter saw|circular saw|scroll saw|jointer|planer|"
     "sanding machine|wood planer",
     {0.9, 0.9, 1.0}, {0.6, 0.6, 0.9}, {1.4, 1.4, 1.8}, Floor, kFront, kFree, Shape::Machine, "metal"},
    {"drill_press", "drill press|drill|lathe|milling machine|grinder|bench grinder|industrial machine|"
     "wood lathe|machine|metal lathe|compressor|air compressor|generator|engine|motor|heavy machinery|"
     "welding machine|welder",
     {0.7, 0.6, 1.5}, {0.5, 0.4, 0.8}, {1.6, 1.0, 1.9}, Floor, kFront, kBack, Shape::Machine, "metal"},
    {"car_lift", "car lift|hydraulic lift|auto lift|engine hoist|hoist|crane",
     {2.6, 1.0, 2.1}, {1.0, 0.8, 1.6}, {3.0, 3.6, 2.4}, Floor, kAround, kFree, Shape::Rack, "metal"},
    {"sawhorse", "sawhorse|saw horse|vise|woodworking project|half finished furniture|lumber|wood plank|"
     "plank|stack of lumber|stack of wood|lumber rack|wood pile|timber|unfinished furniture|wood stack|"
     "pile of wood|furniture piece|spare part|scrap metal",
     {1.2, 0.5, 0.7}, {0.8, 0.3, 0.5}, {2.4, 0.7, 1.0}, Floor, kFront, kFree, Shape::Bench, "wood"},
    {"tire_stack", "tire stack|tire|tyre|stack of tires|wheel stack|spare tire|oil drum|gas can|fuel drum",
     {0.7, 0.7, 0.8}, {0.5, 0.5, 0.2}, {0.9, 0.9, 1.2}, Floor, kNoSide, kFree, Shape::Barrel, "rubber"},
    {"lawn_mower", "lawn mower|lawnmower|leaf blower|snow blower|riding mower",
     {0.6, 1.5, 1.0}, {0.5, 1.0, 0.8}, {1.0, 1.8, 1.2}, Floor, kFront, kFree, Shape::Machine, "metal"},
    {"wheelbarrow", "wheelbarrow|garden cart|hand cart|handcart|hand truck|garden wagon",
     {0.7, 1.4, 0.7}, {0.6, 1.1, 0.6}, {0.8, 1.6, 0.9}, Floor, kFront, kFree, Shape::Tub, "metal"},
    {"watering_can", "watering can|garden hose|hose|hose reel|gardening supplies|spray bottle|"
     "gardening glove|trowel|seed packet|bag of soil|soil bag|potting soil|fertilizer|garden gnome|gnome",
     {0.4, 0.3, 0.4}, {0.2, 0.2, 0.2}, {0.6, 0.5, 0.5}, Floor, kNoSide, kFree, Shape::Basket, "metal"},
    {"greenhouse_shelf", "greenhouse shelf|greenhouse shelves|greenhouse bench|plant table|row of plants|"
     "rows of plants|growing table|hydroponic system|hydroponic tower|potted flower shelf|plant display|"
     "seed tray|tomato plant|vegetable plant|row of pots|rows of pots|planting table|grow bed|"
     "hydroponic rack",
     {1.6, 0.6, 0.9}, {0.9, 0.4, 0.7}, {2.6, 0.9, 1.8}, Floor, kFront, kHolds, Shape::Rack, "wood"},
    {"hay_bale", "hay bale|bale of hay|hay|straw bale|stack of hay|hay stack|haystack|hayloft|straw|"
     "bales of hay",
     {1.0, 0.5, 0.5}, {0.8, 0.4, 0.4}, {1.6, 1.0, 1.2}, Floor, kNoSide, kHolds, Shape::Crate, "straw"},
    {"saddle_rack", "saddle rack|saddle|horse tack|tack rack|horse saddle|bridle|horse stall|animal stall|"
     "stable stall|feeding trough|feed trough|trough",
     {0.8, 0.6, 1.2}, {0.6, 0.5, 0.6}, {2.0, 1.8, 1.6}, Floor, kFront, kBack, Shape::Rack, "wood"},
    {"wooden_wheel", "wooden wheel|wagon wheel|ships wheel|ship wheel|steering wheel|ship steering wheel|"
     "anchor decoration|nautical rope|life preserver|porthole window|life ring|buoy|fishing net|net|"
     "nautical decor",
     {0.8, 0.1, 0.8}, {0.5, 0.1, 0.5}, {1.2, 0.2, 1.2}, OnWall, kNoSide, kBack, Shape::Clock, "wood"},
  });
}

void append_laboratory(std::vector<Kind>& kinds) {
  append(kinds, {
    {"microscope", "microscope|lab microscope|scientific instrument|weighing scale|magnifying glass|"
     "science equipment|compass|sextant",
     {0.2, 0.3, 0.4}, {0.2, 0.2, 0.2}, {0.4, 0.4, 0.6}, OnTop, kFront, kFree, Shape::Machine, "metal"},
    {"lab_glassware", "lab glassware|beaker|test tube|flask|vial|bunsen burner|glass beaker|petri dish|"
     "chemistry set|bubbling beaker|bubbling flask|laboratory glassware|specimen|specimen jar|"
     "bubbling test tube|chemical",
     {0.4, 0.3, 0.3}, {0.2, 0.2, 0.2}, {0.6, 0.4, 0.5}, OnTop, kFront, kFree, Shape::Vase, "glass"},
    {"fume_hood", "fume hood|incubator|lab oven|biosafety cabinet|centrifuge|autoclave|lab machine|"
     "lab equipment|scientific equipment|analysis machine|high tech equipment|laboratory equipment|"
     "spectrometer|particle accelerator|analyzer|scanner machine|mri machine|x ray machine|"
     "medical equipment|medical machine",
     {1.2, 0.8, 1.8}, {0.6, 0.6, 0.8}, {1.8, 1.0, 2.2}, Floor, kFront, kBack, Shape::Machine, "metal"},
    {"chemical_cabinet", "chemical cabinet|medical cabinet|apothecary cabinet|medicine shelf|"
     "specimen cabinet|supply closet|instrument cabinet|apothecary shelf|apothecary chest|herb cabinet|"
     "potion shelf|shelf of potions|medical supply|medical supplies|shelf of jars|shelves of jars|herb shelf",
     {1.0, 0.4, 1.8}, {0.6, 0.3, 1.2}, {1.4, 0.6, 2.0}, Floor, kFront, kBack, Shape::Cabinet, "metal"},
    {"dentist_chair", "dentist chair|dental chair|dentists chair|exam chair|treatment chair|optometry chair|"
     "medical chair",
     {0.8, 1.8, 1.2}, {0.7, 1.5, 1.0}, {1.0, 2.0, 1.5}, Floor, kLeftRight, kFree, Shape::Seat, "leather"},
    {"iv_stand", "iv stand|iv drip|drip stand|iv pole|heart monitor|vital monitor|patient monitor|"
     "medical monitor|blood pressure monitor|oxygen tank",
     {0.5, 0.5, 1.7}, {0.4, 0.4, 1.2}, {0.7, 0.7, 2.0}, Floor, kFront, kFree, Shape::FloorLamp, "metal"},
    {"medical_cart", "medical cart|instrument tray|surgical tray|instrument cart|rolling tray|overbed table|"
     "dental tray|crash cart|tool tray",
     {0.7, 0.5, 0.9}, {0.5, 0.4, 0.8}, {0.9, 0.6, 1.1}, Floor, kFront, kHolds, Shape::Rack, "metal"},
  });
}

void append_games(std::vector<Kind>& kinds) {
  append(kinds, {
    {"pool_table", "pool table|billiard table|billiards table|snooker table|billiards|green felt table|"
     "billiard",
     {2.4, 1.4, 0.8}, {1.8, 1.0, 0.8}, {3.6, 1.8, 0.9}, Floor, kAround, kFree, Shape::Pooltable, "wood"},
    {"ping_pong_table", "ping pong table|ping pong|table tennis table|table tennis",
     {2.7, 1.5, 0.8}, {1.8, 1.0, 0.7}, {2.8, 1.6, 0.8}, Floor, kFrontBack, kFree, Shape::Pooltable, "wood"},
    {"foosball_table", "foosball table|foosball|table football|table soccer",
     {0.8, 1.4, 0.9}, {0.6, 1.1, 0.8}, {0.9, 1.6, 1.0}, Floor, kLeftRight, kFree, Shape::Pooltable, "wood"},
    {"air_hockey_table", "air hockey table|air hockey|shuffleboard table|shuffleboard",
     {1.2, 2.2, 0.8}, {0.9, 1.6, 0.8}, {1.4, 3.0, 0.9}, Floor, kFrontBack, kFree, Shape::Pooltable, "plastic"},
    {"arcade_machine", "arcade machine|arcade game|arcade cabinet|video arcade|arcade|retro arcade|"
     "retro arcade machine|classic arcade machine|vintage arcade machine|arcade console|claw machine|"
     "karaoke machine",
     {0.7, 0.8, 1.7}, {0.6, 0.6, 1.5}, {0.9, 1.0, 2.0}, Floor, kFront, kBack, Shape::Machine, "plastic"},
    {"pinball_machine", "pinball machine|pinball|pinball table|vintage pinball machine",
     {0.7, 1.3, 1.7}, {0.6, 1.2, 1.5}, {0.8, 1.5, 1.9}, Floor, kFront, kBack, Shape::Machine, "metal"},
    {"slot_machine", "slot machine|casino machine|gambling machine",
     {0.6, 0.6, 1.6}, {0.5, 0.5, 1.2}, {0.8, 0.8, 2.0}, Floor, kFront, kBack, Shape::Machine, "metal"},
    {"dartboard", "dartboard|dart board|darts|darts board|target|archery target|basketball hoop|"
     "mini basketball hoop",
     {0.6, 0.1, 0.6}, {0.4, 0.1, 0.4}, {1.2, 0.2, 1.2}, OnWall, kFront, kBack, Shape::Clock, "cork"},
    {"racing_simulator", "racing simulator|simulator|flight simulator|driving simulator|vr station|"
     "virtual reality station|gaming pod|golf simulator|vr setup",
     {1.0, 1.6, 1.3}, {0.7, 1.3, 1.1}, {1.6, 2.0, 1.8}, Floor, kLeftRight, kFree, Shape::Seat, "metal"},
    {"popcorn_machine", "popcorn machine|popcorn maker|popcorn cart|vintage popcorn machine|popcorn|"
     "popcorn stand|cotton candy machine",
     {0.6, 0.5, 1.6}, {0.4, 0.4, 0.8}, {0.9, 0.7, 1.8}, Floor, kFront, kBack, Shape::Machine, "metal"},
  });
}

// clang-format on

}  // namespace

std::vector<Kind> catalogue_entries() {
  std::vector<Kind> kinds;
  append_sleeping_and_storing(kinds);
  append_seats(kinds);
  append_tables(kinds);
  append_living(kinds);
  append_decoration(kinds);
  append_kitchen(kinds);
  append_bathroom(kinds);
  append_office(kinds);
  append_studio(kinds);
  append_gym(kinds);
  append_children(kinds);
  append_workshop(kinds);
  append_laboratory(kinds);
  append_games(kinds);
  return kinds;
}

}  // namespace metaspatial::scene
