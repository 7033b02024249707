#include "metaspatial/assets/asset_metadata.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <system_error>
#include <utility>

#include "metaspatial/base/files.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::assets {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxText = 4000;
constexpr std::size_t kMaxTags = 100;

const Json* member(const Json& json, std::string_view key) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(key);
  return found == json.end() ? nullptr : &*found;
}

std::string text(const Json& json, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys)
    if (const Json* value = member(json, key);
        value && value->is_string() && !value->get_ref<const std::string&>().empty())
      return value->get<std::string>().substr(0, kMaxText);
  return {};
}

std::optional<double> positive(const Json* value, double factor, double most) {
  if (!value || !value->is_number()) return {};
  const double number = value->get<double>() * factor;
  if (!(number > 0) || !(number <= most)) return {};
  return number;
}

/// Texts of an array of texts or of objects with a name: Objaverse's tags and categories, objathor's
/// materials.
void add_texts(const Json* list, std::vector<std::string>& texts) {
  if (!list || !list->is_array()) return;
  for (const Json& entry : *list) {
    std::string value = entry.is_string() ? entry.get<std::string>() : text(entry, {"name", "slug"});
    value.resize(std::min<std::size_t>(value.size(), 200));
    if (!value.empty() && texts.size() < kMaxTags) texts.push_back(std::move(value));
  }
}

std::string axis(const Json& json, std::initializer_list<std::string_view> keys) {
  std::string value = text(json, keys);
  if (value.size() == 1) value.insert(0, "+");
  if (value.size() != 2 || (value[0] != '+' && value[0] != '-')) return {};
  if (value[1] >= 'x' && value[1] <= 'z') value[1] = static_cast<char>(value[1] - 'x' + 'X');
  return value[1] >= 'X' && value[1] <= 'Z' ? value : std::string();
}

/// AI2-THOR's bounding box, metres: x to the right, y up, z to the front; as {x, y, z} or as {min, max}.
std::optional<scene::Vec3> thor_size_m(const Json& json) {
  const Json* thor = member(json, "thor_metadata");
  const Json* asset = member(thor ? *thor : json, "assetMetadata");
  const Json* box = asset ? member(*asset, "boundingBox") : nullptr;
  if (!box) return {};
  const auto side = [&](const char* key) -> std::optional<double> {
    if (const auto value = positive(member(*box, key), 1, 100)) return value;
    const Json* low = member(*box, "min");
    const Json* high = member(*box, "max");
    const Json* a = low ? member(*low, key) : nullptr;
    const Json* b = high ? member(*high, key) : nullptr;
    if (!a || !b || !a->is_number() || !b->is_number()) return {};
    const Json difference = b->get<double>() - a->get<double>();
    return positive(&difference, 1, 100);
  };
  const auto x = side("x");
  const auto y = side("y");
  const auto z = side("z");
  if (!x || !y || !z) return {};
  return scene::Vec3(*x, *z, *y);
}

void read_sizes(const Json& json, AssetMetadata& result) {
  constexpr double kMost_m = 100;
  result.unit_m = positive(member(json, "unit_m"), 1, 1000);
  if (const Json* size = member(json, "size_m"); size && size->is_array() && size->size() == 3) {
    const auto length = positive(&(*size)[0], 1, kMost_m);
    const auto width = positive(&(*size)[1], 1, kMost_m);
    const auto height = positive(&(*size)[2], 1, kMost_m);
    if (length && width && height) result.size_m = scene::Vec3(*length, *width, *height);
  }
  if (!result.size_m) result.size_m = thor_size_m(json);
  // objathor: `scale` is the height in metres, or the longest side's; `height` is the same in centimetres.
  const Json* upright = member(json, "z_axis_scale");
  const bool known = upright && upright->is_boolean();
  if (known && !upright->get<bool>())
    result.longest_m = positive(member(json, "scale"), 1, kMost_m);
  else if (known)
    result.height_m = positive(member(json, "scale"), 1, kMost_m);
  if (!result.height_m && !result.longest_m)
    result.height_m = positive(member(json, "height"), 0.01, kMost_m);
}

/// An object of these fields, and not a map from names to such objects.
bool is_entry(const Json& json) {
  for (const char* key : {"name", "category", "description", "tags", "uid", "up_axis", "front", "unit_m",
                          "size_m", "kind", "pose_z_rot_angle", "annotations"})
    if (member(json, key) != nullptr) return true;
  return false;
}

Result<Json> read_json(const fs::path& path) {
  METASPATIAL_TRY(const std::string bytes, read_file(path, JsonLimits{}.max_bytes));
  return parse_json(bytes, path.string());
}

}  // namespace

std::vector<std::string> words_of(std::string_view source) {
  std::vector<std::string> words;
  std::string word;
  char last = ' ';
  const auto flush = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (char c : source.substr(0, kMaxText)) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool digit = c >= '0' && c <= '9';
    if (upper && last >= 'a' && last <= 'z') flush();
    last = c;
    if (upper) c = static_cast<char>(c - 'A' + 'a');
    const bool letter = (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
    if (letter || digit)
      word += c;
    else if (c != '\'')
      flush();
  }
  flush();
  return words;
}

namespace {

struct Phrase {
  std::vector<std::string> words;
  const scene::Kind* kind = nullptr;
};

/// What people call every kind, in words.
const std::vector<Phrase>& phrases() {
  static const std::vector<Phrase> all = [] {
    std::vector<Phrase> result;
    for (const scene::Kind& kind : scene::all_kinds()) {
      result.push_back({words_of(kind.name), &kind});
      for (const std::string_view text : kind.words) result.push_back({words_of(text), &kind});
    }
    return result;
  }();
  return all;
}

/// The words of a part of a name, up to its first preposition, numbers left out.
std::vector<std::string> name_words(std::string_view part) {
  constexpr std::array<std::string_view, 10> kStop{"for", "with", "of",  "in", "on",
                                                   "by",  "from", "and", "to", "at"};
  std::vector<std::string> words;
  for (std::string& word : words_of(part)) {
    if (std::ranges::find(kStop, word) != kStop.end() && !words.empty()) break;
    while (!word.empty() && word.back() >= '0' && word.back() <= '9') word.pop_back();
    if (word.empty()) continue;
    if (word == "poly" && !words.empty() && (words.back() == "low" || words.back() == "high"))
      words.pop_back();  // says how it was made, not what it is
    else
      words.push_back(std::move(word));
  }
  return words;
}

bool same_word(const std::string& a, const std::string& b) {
  return a == b || (a.size() == b.size() + 1 && a.back() == 's' && a.starts_with(b));
}

/// How well a phrase fits: the number of its words, all of which must be there; a single one counts less in
/// the middle of a name.
double fit_of(const Phrase& phrase, const std::vector<std::string>& name) {
  for (const std::string& word : phrase.words)
    if (std::ranges::none_of(name, [&](const std::string& given) { return same_word(given, word); }))
      return 0;
  if (phrase.words.size() != 1) return static_cast<double>(phrase.words.size());
  const std::string& word = phrase.words.front();
  return same_word(name.front(), word) || same_word(name.back(), word) ? 1 : 0.9;
}

/// How far proportions are from a kind's usual ones: the range of the logarithms of the sides' ratios.
double misproportion(const scene::Vec3& size_m, const scene::Kind& kind) {
  const auto range = [&](const scene::Vec3& size) {
    const scene::Vec3 thick = size.cwiseMax(0.02 * size.maxCoeff());
    const scene::Vec3 usual = kind.size_m.cwiseMax(0.02 * kind.size_m.maxCoeff());
    const scene::Vec3 logs = thick.cwiseQuotient(usual).array().log();
    return logs.maxCoeff() - logs.minCoeff();
  };
  return std::min(range(size_m), range({size_m.y(), size_m.x(), size_m.z()}));
}

}  // namespace

std::vector<const scene::Kind*> kinds_in_text(std::string_view source) {
  source = source.substr(0, 300);
  std::vector<const scene::Kind*> result;
  for (std::size_t begin = 0; begin < source.size() && result.empty();) {
    const std::size_t end = std::min(source.find_first_of(",;:()[]|/", begin), source.size());
    const std::vector<std::string> words = name_words(source.substr(begin, end - begin));
    begin = end + 1;
    if (words.empty()) continue;
    double best = 0.5;
    for (const Phrase& phrase : phrases()) {
      const double fit = fit_of(phrase, words);
      if (fit > best) result.clear();
      if (fit < best || (!result.empty() && result.back() == phrase.kind)) continue;
      best = fit;
      result.push_back(phrase.kind);
    }
  }
  return result;
}

const scene::Kind* kind_of_asset(const AssetMetadata& metadata, std::string_view file_stem,
                                 std::string_view scene_name, const scene::Vec3& size_m) {
  if (const scene::Kind* exact = scene::find_kind(metadata.category)) return exact;
  std::vector<std::string_view> texts{metadata.category, metadata.name, file_stem};
  texts.insert(texts.end(), metadata.tags.begin(), metadata.tags.end());
  texts.push_back(scene_name);
  for (const std::string_view text : texts) {
    const std::vector<const scene::Kind*> kinds = kinds_in_text(text);
    if (!kinds.empty())
      return *std::ranges::min_element(kinds, {},
                                       [&](const scene::Kind* kind) { return misproportion(size_m, *kind); });
  }
  return nullptr;
}

AssetMetadata read_asset_metadata(const Json& json) {
  // Some sets keep the annotation one level down.
  if (const Json* inner = member(json, "annotations"); inner && inner->is_object()) {
    AssetMetadata result = read_asset_metadata(*inner);
    if (!result.size_m) result.size_m = thor_size_m(json);
    return result;
  }
  AssetMetadata result;
  result.name = text(json, {"name", "title"});
  result.category = text(json, {"kind", "category", "objectType", "ref_category"});
  result.description = text(json, {"description", "description_auto", "description_long"});
  result.style = text(json, {"style"});
  result.material = text(json, {"material"});
  if (result.material.empty()) {
    std::vector<std::string> materials;
    add_texts(member(json, "materials"), materials);
    for (const std::string& material : materials)
      result.material += (result.material.empty() ? "" : " ") + material;
    result.material.resize(std::min(result.material.size(), kMaxText));
  }
  result.license = text(json, {"license"});
  if (const Json* license = member(json, "license")) {
    if (license->is_object()) result.license = text(*license, {"label", "slug", "name"});
  }
  result.source = text(json, {"source", "viewerUrl", "uri"});
  if (const Json* user = member(json, "user"); result.source.empty() && user)
    result.source = text(*user, {"displayName", "username"});
  add_texts(member(json, "tags"), result.tags);
  add_texts(member(json, "categories"), result.tags);
  constexpr std::array<std::pair<const char*, const char*>, 4> kPlaces{{{"onFloor", "on floor"},
                                                                        {"onWall", "on wall"},
                                                                        {"onCeiling", "on ceiling"},
                                                                        {"onObject", "on object"}}};
  for (const auto& [key, tag] : kPlaces)
    if (const Json* value = member(json, key); value && value->is_boolean() && value->get<bool>())
      result.tags.emplace_back(tag);
  result.up = axis(json, {"up_axis", "up"});
  result.front = axis(json, {"front", "front_axis"});
  if (const Json* turn = member(json, "pose_z_rot_angle"); turn && turn->is_number()) {
    const double rad = turn->get<double>();
    if (std::isfinite(rad) && std::abs(rad) < 100) result.turn_rad = std::remainder(rad, 2 * scene::kPi);
  }
  read_sizes(json, result);
  return result;
}

Result<const Json*> AssetMetadataFiles::read(const fs::path& path) {
  auto found = shared_.find(path);
  if (found == shared_.end()) found = shared_.emplace(path, read_json(path)).first;
  if (!found->second) return tl::unexpected<Error>(found->second.error());
  return &*found->second;
}

Result<Json> AssetMetadataFiles::find(const fs::path& model) {
  std::error_code error;
  const fs::path beside = fs::path(model).replace_extension(".json");
  if (fs::is_regular_file(beside, error)) {
    METASPATIAL_TRY(Json json, read_json(beside));
    if (is_entry(json)) return json;
  }
  const std::string stem = model.stem().string();
  const std::string folder = model.parent_path().filename().string();
  std::vector<fs::path> places{model.parent_path()};
  if (root_ != places.front()) places.push_back(root_);
  for (const fs::path& place : places)
    for (const char* name : {"annotations.json", "annotation.json", "metadata.json"}) {
      const fs::path file = place / name;
      if (!fs::is_regular_file(file, error)) continue;
      METASPATIAL_TRY(const Json* json, read(file));
      for (const std::string& key : {stem, folder}) {
        if (const Json* entry = member(*json, key); entry && entry->is_object()) return *entry;
        if (!json->is_array()) continue;
        for (const Json& entry : *json)
          if (text(entry, {"uid", "id", "asset_id", "assetId"}) == key) return entry;
      }
      // One entry for a folder of one model.
      if (place == model.parent_path() && is_entry(*json)) return *json;
    }
  return Json();
}

}  // namespace metaspatial::assets
