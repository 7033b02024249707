#include "metaspatial/scene/kinds.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "metaspatial/scene/catalogue.hpp"

namespace metaspatial::scene {
namespace {

const std::vector<Kind>& sorted_catalogue() {
  static const std::vector<Kind> kinds = [] {
    std::vector<Kind> entries = catalogue_entries();
    std::ranges::sort(entries, {}, &Kind::name);
    return entries;
  }();
  return kinds;
}

/// What people call a kind, with the kind.
const std::unordered_map<std::string_view, const Kind*>& called() {
  static const std::unordered_map<std::string_view, const Kind*> words = [] {
    std::unordered_map<std::string_view, const Kind*> map;
    for (const Kind& kind : sorted_catalogue())
      for (const std::string_view word : kind.words) map.emplace(word, &kind);
    return map;
  }();
  return words;
}

/// "PersianRug", "persian-rug" and "Persian_rug" are all "persian rug"; apostrophes are dropped.
std::string plain_words(std::string_view name) {
  std::string text;
  char last = ' ';
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool separator = c == '_' || c == '-' || c == ' ' || c == '.' || c == '|' || c == '/';
    if ((separator || (upper && last >= 'a' && last <= 'z')) && !text.empty() && text.back() != ' ')
      text += ' ';
    if (!separator && c != '\'') text += upper ? static_cast<char>(c - 'A' + 'a') : c;
    last = c;
  }
  if (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

/// The kind whose words end the name, the longest first: a "large persian rug" is a rug.
const Kind* kind_called(std::string_view name) {
  if (name.size() > 200) return nullptr;
  const std::string text = plain_words(name);
  std::string_view rest = text;
  while (!rest.empty()) {
    if (const auto found = called().find(rest); found != called().end()) return found->second;
    const std::size_t blank = rest.find(' ');
    if (blank == std::string_view::npos) break;
    rest.remove_prefix(blank + 1);
  }
  return nullptr;
}

}  // namespace

std::span<const Kind> all_kinds() {
  return sorted_catalogue();
}

const Kind* find_kind(std::string_view name) {
  const auto& kinds = sorted_catalogue();
  const auto found = std::ranges::lower_bound(kinds, name, {}, &Kind::name);
  return found != kinds.end() && found->name == name ? &*found : nullptr;
}

const Kind& kind_or_default(std::string_view name) {
  // The default has the size of a small cabinet and no opinion about its place.
  static const Kind unknown = [] {
    Kind kind;
    kind.name = "object";
    kind.size_m = Vec3(0.6, 0.5, 0.8);
    kind.min_size_m = Vec3(0.1, 0.1, 0.1);
    kind.max_size_m = Vec3(3.0, 3.0, 3.0);
    kind.shape = Shape::Box;
    kind.default_material = "wood";
    return kind;
  }();
  if (const Kind* found = find_kind(name)) return *found;
  const Kind* found = kind_called(name);
  return found ? *found : unknown;
}

}  // namespace metaspatial::scene
