#include "metaspatial/scene/kinds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <string>

namespace metaspatial::scene {
namespace {

TEST(Catalogue, IsSortedUniqueAndLargeEnough) {
  const auto kinds = all_kinds();
  EXPECT_GE(kinds.size(), 300u);
  for (std::size_t i = 1; i < kinds.size(); ++i) EXPECT_LT(kinds[i - 1].name, kinds[i].name);
}

TEST(Catalogue, FindsByExactNameAndHasADefault) {
  for (const Kind& kind : all_kinds()) {
    EXPECT_EQ(find_kind(kind.name), &kind);
    EXPECT_EQ(&kind_or_default(kind.name), &kind);
  }
  EXPECT_EQ(find_kind("flux_capacitor"), nullptr);
  EXPECT_EQ(find_kind(""), nullptr);
  const Kind& unknown = kind_or_default("flux_capacitor");
  EXPECT_EQ(unknown.shape, Shape::Box);
  EXPECT_EQ(unknown.support, SupportKind::Floor);
  EXPECT_GT(unknown.size_m.minCoeff(), 0);
}

TEST(Catalogue, NoWordBelongsToTwoKinds) {
  std::map<std::string_view, std::string_view> owner;
  for (const Kind& kind : all_kinds())
    for (const std::string_view word : kind.words) {
      const auto [at, fresh] = owner.emplace(word, kind.name);
      EXPECT_TRUE(fresh) << '"' << word << "\" is listed by " << at->second << " and " << kind.name;
    }
}

TEST(Catalogue, WordsAreInNormalForm) {
  for (const Kind& kind : all_kinds()) {
    EXPECT_FALSE(kind.words.empty()) << kind.name;
    EXPECT_TRUE(std::ranges::all_of(kind.name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; }))
        << kind.name;
    for (const std::string_view word : kind.words) {
      EXPECT_FALSE(word.empty() || word.front() == ' ' || word.back() == ' ') << kind.name;
      EXPECT_EQ(word.find("  "), std::string_view::npos) << word;
      EXPECT_TRUE(std::ranges::all_of(word, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ';
      })) << word;
    }
    // The name itself, in words, is one of the words: a kind answers to its own name.
    std::string spoken(kind.name);
    std::ranges::replace(spoken, '_', ' ');
    EXPECT_NE(std::ranges::find(kind.words, spoken), kind.words.end()) << kind.name;
  }
}

bool on_grid(double value_m, double step_m) {
  return std::abs(value_m / step_m - std::round(value_m / step_m)) < 1e-9;
}

TEST(Catalogue, SizesAreOnTheGridAndInRange) {
  for (const Kind& kind : all_kinds()) {
    for (int axis = 0; axis < 3; ++axis) {
      EXPECT_GT(kind.min_size_m[axis], 0) << kind.name;
      EXPECT_LE(kind.min_size_m[axis], kind.size_m[axis]) << kind.name << " axis " << axis;
      EXPECT_LE(kind.size_m[axis], kind.max_size_m[axis]) << kind.name << " axis " << axis;
      const bool rug_height = kind.flat && axis == 2;
      for (const Vec3& size : {kind.size_m, kind.min_size_m, kind.max_size_m}) {
        EXPECT_LE(size[axis], 6.0) << kind.name;
        if (rug_height) {
          EXPECT_EQ(size[axis], 0.02) << kind.name;
        } else {
          EXPECT_TRUE(on_grid(size[axis], 0.1)) << kind.name << " axis " << axis << ": " << size[axis];
        }
      }
    }
    EXPECT_LE(kind.size_m.z(), 2.2) << kind.name << " must fit under a usual ceiling";
  }
}

TEST(Catalogue, OtherPeoplesNamesAreUnderstood) {
  EXPECT_EQ(kind_or_default("area_rug").name, "rug");
  EXPECT_EQ(kind_or_default("large_persian_rug").name, "rug");
  EXPECT_EQ(kind_or_default("PersianRug").name, "rug");
  EXPECT_EQ(kind_or_default("Queen-Bed").name, "bed");
  EXPECT_EQ(kind_or_default("bedside table").name, "nightstand");
  EXPECT_EQ(kind_or_default("modern_oak_wardrobe").name, "wardrobe");
  EXPECT_EQ(kind_or_default("flux_capacitor").name, "object");
  EXPECT_EQ(kind_or_default("").name, "object");
  EXPECT_EQ(kind_or_default("___").name, "object");
  EXPECT_EQ(kind_or_default(std::string(100000, 'x')).name, "object");
  for (const Kind& kind : all_kinds()) EXPECT_EQ(kind_or_default(kind.name).name, kind.name);
  EXPECT_EQ(find_kind("area_rug"), nullptr);  // exact names only
}

TEST(Catalogue, FlagsAgreeWithSupport) {
  std::set<SupportKind> seen;
  for (const Kind& kind : all_kinds()) {
    seen.insert(kind.support);
    EXPECT_FALSE(kind.default_material.empty()) << kind.name;
    if (kind.flat) {
      EXPECT_EQ(kind.support, SupportKind::Floor) << kind.name;
    }
    if (kind.support == SupportKind::Ceiling || kind.support == SupportKind::OnTop) {
      EXPECT_FALSE(kind.against_wall) << kind.name;
    }
    if (kind.support == SupportKind::Wall) {
      EXPECT_TRUE(kind.against_wall) << kind.name;
    }
    EXPECT_EQ(kind.flat, kind.shape == Shape::Rug) << kind.name;
  }
  EXPECT_EQ(seen.size(), 4u);
}

}  // namespace
}  // namespace metaspatial::scene
