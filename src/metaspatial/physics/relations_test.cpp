#include "metaspatial/physics/relations.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "metaspatial/physics/rules.hpp"
#include "metaspatial/physics/test_room.hpp"

namespace metaspatial::physics {
namespace {

using scene::Element;
using scene::ObjectRef;
using scene::Pose;
using scene::Preposition;
using scene::Relation;
using scene::SceneObject;

std::vector<std::string> said(const SceneGraph& graph) {
  std::vector<std::string> words;
  for (const RoomFault& fault : room_faults(graph)) words.push_back(describe(graph, fault));
  return words;
}
using Words = std::vector<std::string>;

TEST(RoomFaults, ContradictionsAreNamedAndNotCounted) {
  const SceneObject bed = thing("bed_1", {2, 1.6, 0.5});
  const auto with = [&](std::vector<Relation> relations, bool on_floor = true) {
    return room({bed, thing("chest_1", {0.8, 0.5, 0.5}, std::move(relations), on_floor)});
  };
  const Relation north{Preposition::On, Element::NorthWall, true};
  const Relation south{Preposition::On, Element::SouthWall, true};
  const Relation east{Preposition::On, Element::EastWall, true};
  const Relation left{Preposition::LeftOf, ObjectRef{0}, true};
  const Relation right{Preposition::RightOf, ObjectRef{0}, false};
  const Relation behind{Preposition::Behind, ObjectRef{0}, false};
  EXPECT_EQ(said(with({north, south})), (Words{"chest_1 cannot be on the north_wall and on the south_wall",
                                               "chest_1 cannot be on the south_wall and on the north_wall"}));
  EXPECT_EQ(said(with({north, east})), Words{});  // a corner
  EXPECT_EQ(said(with({left, right})), (Words{"chest_1 cannot be close left of bed_1 and right of bed_1",
                                              "chest_1 cannot be right of bed_1 and close left of bed_1"}));
  EXPECT_EQ(said(with({right, behind})),
            Words{});  // diagonally behind: both only need the projections to meet
  EXPECT_EQ(said(with({{Preposition::On, ObjectRef{0}, true}})),
            Words{});  // a bed has things in its box: a chest between its posts is on the floor
  const SceneGraph table = room({thing("dining_table_1", {1.5, 1, 0.75}),
                                 thing("vase_1", {0.2, 0.2, 0.3}, {{Preposition::On, ObjectRef{0}, true}})});
  EXPECT_EQ(said(table), Words{"vase_1 cannot be on dining_table_1 and on the floor"});
  EXPECT_EQ(said(with({{Preposition::Behind, Element::NorthWall, true}})),
            Words{"chest_1 cannot be behind the north_wall in this room"});
  EXPECT_EQ(said(room({thing("crate_1", {1, 1, 1}, {{Preposition::On, ObjectRef{1}, true}}, false),
                       thing("crate_2", {1, 1, 1}, {{Preposition::On, ObjectRef{0}, true}}, false)}))
                .size(),
            2U);

  const SceneGraph graph = with({north, south});
  const Report report = check(graph, {{Pose{Vec3(3, 2, 0.25), 0}, Pose{Vec3(3, 3.75, 0.25), 0}}});
  EXPECT_EQ(report.unsatisfiable_relations, 2);
  EXPECT_EQ(report.broken_relations, 0);
}

TEST(RoomFaults, AThingAsLongAsTheRoomIsWideTouchesBothWalls) {
  const Relation north{Preposition::On, Element::NorthWall, true};
  const Relation south{Preposition::On, Element::SouthWall, true};
  EXPECT_EQ(said(room({thing("counter_1", {4, 0.6, 0.9}, {north, south})})), Words{});
  // Its diagonal is 4.1 m: turned by some degrees it touches both.
  EXPECT_EQ(said(room({thing("counter_1", {3.95, 1.1, 0.9}, {north, south})})), Words{});
  EXPECT_EQ(said(room({thing("counter_1", {2.5, 0.6, 0.9}, {north, south})})).size(), 2U);
}

TEST(Support, CushionsOnSofasAndBooksInShelves) {
  const Rules physical = physical_rules();
  const SceneGraph sofa =
      room({thing("sofa_1", {2, 0.9, 0.8}),
            thing("cushion_1", {0.4, 0.4, 0.2}, {{Preposition::On, ObjectRef{0}, true}}, false)});
  const auto faults = [&](double z) {
    return check(sofa, {{Pose{Vec3(3, 2, 0.4), 0}, Pose{Vec3(3, 2, z), 0}}}, physical).faults.size();
  };
  EXPECT_EQ(faults(0.5), 0U);  // on the seat
  EXPECT_EQ(faults(0.9), 0U);  // on the back
  EXPECT_EQ(faults(1.5), 2U);  // above: neither on it nor held
  const SceneGraph shelf =
      room({thing("bookshelf_1", {1, 0.3, 2}),
            thing("book_stack_1", {0.3, 0.2, 0.3}, {{Preposition::InMiddle, ObjectRef{0}, true}}, false)});
  EXPECT_EQ(check(shelf, {{Pose{Vec3(3, 0.15, 1), 0}, Pose{Vec3(3, 0.15, 1.2), 0}}}, physical).faults.size(),
            0U);
  // A table has no inside.
  const SceneGraph table =
      room({thing("dining_table_1", {1.5, 1, 0.75}),
            thing("vase_1", {0.2, 0.2, 0.3}, {{Preposition::On, ObjectRef{0}, true}}, false)});
  EXPECT_EQ(check(table, {{Pose{Vec3(3, 2, 0.375), 0}, Pose{Vec3(3, 2, 0.5), 0}}}, physical).faults.size(),
            2U);
}

TEST(Support, ARugHoldsThingsOnlyWhereItLies) {
  const SceneGraph graph = room({thing("rug_1", {2, 2, 0.02}), thing("chair_1", {0.5, 0.5, 0.9})});
  const auto faulty = [&](double rug_z, double chair_bottom) {
    const Report report = check(
        graph, {{Pose{Vec3(3, 2, rug_z), 0}, Pose{Vec3(3, 2, chair_bottom + 0.45), 0}}}, physical_rules());
    return std::pair(report.objects[0].faulty(), report.objects[1].faulty());
  };
  EXPECT_EQ(faulty(0.01, 0.02), std::pair(false, false));
  EXPECT_EQ(faulty(0.31, 0.32), std::pair(true, true));  // a flying carpet
}

TEST(Overlap, UnderSolidThingsIsNoPlace) {
  const auto with = [](const char* id) {
    return room({thing(id, {1.2, 0.8, 0.8}),
                 thing("crate_1", {0.4, 0.4, 0.4}, {{Preposition::Under, ObjectRef{0}, true}})});
  };
  const Layout layout{{Pose{Vec3(3, 2, 0.4), 0}, Pose{Vec3(3, 2, 0.2), 0}}};
  EXPECT_EQ(check(with("desk_1"), layout, physical_rules()).faults.size(), 0U);
  const SceneGraph solid = with("wardrobe_1");
  EXPECT_EQ(check(solid, layout, physical_rules()).colliding_pairs, 1);
  EXPECT_EQ(said(solid), Words{"crate_1 cannot be under wardrobe_1 in this room"});
}

TEST(Support, ABoardAcrossTwoCrates) {
  const Rules physical = physical_rules();
  const SceneGraph graph = room({thing("crate_1", {0.4, 0.4, 0.5}), thing("crate_2", {0.4, 0.4, 0.5}),
                                 thing("board_1", {2, 0.3, 0.05}, {}, false)});
  const auto support = [&](double x) {
    return check(graph,
                 {{Pose{Vec3(1, 1, 0.25), 0}, Pose{Vec3(2.4, 1, 0.25), 0}, Pose{Vec3(x, 1, 0.525), 0}}},
                 physical)
        .objects[2]
        .support_m;
  };
  EXPECT_DOUBLE_EQ(support(1.7), 0);
  // Beyond the second crate's far edge at 2.6 m, and no longer touching the first.
  EXPECT_NEAR(support(2.9), 0.3, 1e-9);
}

}  // namespace
}  // namespace metaspatial::physics
