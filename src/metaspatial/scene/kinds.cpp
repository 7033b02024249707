#include "metaspatial/scene/kinds.hpp"

#include <algorithm>

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
  const Kind* found = find_kind(name);
  return found ? *found : unknown;
}

}  // namespace metaspatial::scene
