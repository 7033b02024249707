#include "metaspatial/physics/use.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "metaspatial/physics/rules.hpp"
#include "metaspatial/physics/test_room.hpp"

namespace metaspatial::physics {
namespace {

using scene::Element;
using scene::kPi;
using scene::ObjectRef;
using scene::Pose;
using scene::rad_from_deg;
using scene::SceneObject;

std::vector<std::string> said(const SceneGraph& graph, const Layout& layout, FaultGroup group) {
  std::vector<std::string> words;
  for (const Fault& fault : check(graph, layout).faults)
    if (group_of(fault.kind) == group) words.push_back(describe(graph, fault) + "; " + remedy(graph, fault));
  return words;
}
using Words = std::vector<std::string>;

TEST(Facing, TheAngleIsToTheNearestPartOfTheTarget) {
  const Box chair(Vec3(0.5, 0.5, 0.9), at(3, 1, 0.45));
  const auto angle = [&](double x, double y, double length) {
    return scene::deg_from_rad(facing_angle_rad(chair, Box(Vec3(length, 0.5, 0.7), at(x, y, 0.35))));
  };
  EXPECT_DOUBLE_EQ(angle(3, 3, 1), 0);       // ahead
  EXPECT_DOUBLE_EQ(angle(3.4, 3, 1), 0);     // its left end is ahead
  EXPECT_NEAR(angle(5, 1, 1), 80.54, 0.01);  // to the right: its near front corner, atan2(1.5, 0.25)
  EXPECT_NEAR(angle(1, 1, 1), -80.54, 0.01);
  EXPECT_NEAR(std::abs(angle(3, -1, 1)), 180 - std::atan2(0.5, 1.75) * 180 / kPi, 0.01);  // behind
  EXPECT_DOUBLE_EQ(angle(3, 1, 1), 0);  // on the same spot there is no direction
}

TEST(Facing, WhatTheQuestionSays) {
  SceneGraph graph = room({thing("armchair_1", {0.8, 0.8, 0.9}), thing("bookshelf_1", {1, 0.3, 2})});
  graph.objects[0].facing = Element::NorthWall;
  EXPECT_EQ(said(graph, {{at(3, 2, 0.45, 20), at(1, 3.85, 1, 180)}}, FaultGroup::Use), Words{});
  EXPECT_EQ(said(graph, {{at(3, 2, 0.45, 100), at(1, 3.85, 1, 180)}}, FaultGroup::Use),
            Words{"armchair_1 is turned 100 degrees away from the north_wall; a turn of 100 degrees "
                  "counterclockwise would point it there"});
  graph.objects[0].facing = ObjectRef{1};
  EXPECT_EQ(said(graph, {{at(1, 2, 0.45), at(1, 3.85, 1, 180)}}, FaultGroup::Use), Words{});
  EXPECT_EQ(said(graph, {{at(1, 2, 0.45, 270), at(1, 3.85, 1, 180)}}, FaultGroup::Use).size(), 1U);
}

TEST(Function, AChairBelongsToTheNearestDesk) {
  const SceneGraph graph = room({thing("office_chair_1", {0.5, 0.5, 1}), thing("desk_1", {1.2, 0.6, 0.75}),
                                 thing("desk_2", {1.2, 0.6, 0.75})});
  const Pose desk_1 = at(1, 0.3, 0.375);
  const Pose desk_2 = at(5, 3.7, 0.375, 180);
  EXPECT_EQ(said(graph, {{at(1, 1, 0.5, 180), desk_1, desk_2}}, FaultGroup::Use), Words{});
  // A metre too far: 3.7 - 0.3 - 1.9 - 0.25 = 1.25 m between them; the other desk is further.
  EXPECT_EQ(said(graph, {{at(5, 1.9, 0.5, 0), desk_1, desk_2}}, FaultGroup::Use),
            Words{"office_chair_1 is 1.25 m away from desk_2; 0.75 m north would bring it near"});
  // With its back to it.
  EXPECT_EQ(said(graph, {{at(5, 3, 0.5, 180), desk_1, desk_2}}, FaultGroup::Use).size(), 1U);
  // In a room without a desk nothing is asked of it.
  const SceneGraph alone = room({thing("office_chair_1", {0.5, 0.5, 1})});
  EXPECT_EQ(said(alone, {{at(5, 2.2, 0.5, 0)}}, FaultGroup::Use), Words{});
}

TEST(Function, ASofaLooksAtItsScreenUnlessTheQuestionSaysOtherwise) {
  SceneGraph graph = room({thing("sofa_1", {2, 0.9, 0.8}), thing("tv_stand_1", {1.5, 0.4, 0.5})});
  const Pose screen = at(3, 0.2, 0.25, 0);
  EXPECT_EQ(said(graph, {{at(3, 3, 0.4, 180), screen}}, FaultGroup::Use), Words{});
  EXPECT_EQ(said(graph, {{at(3, 3, 0.4, 0), screen}}, FaultGroup::Use).size(), 1U);
  graph.objects[0].facing = Element::NorthWall;
  EXPECT_EQ(said(graph, {{at(3, 3, 0.4, 0), screen}}, FaultGroup::Use), Words{});
}

TEST(Access, AWardrobeNeedsItsFrontAndABedOneSide) {
  const SceneGraph graph = room({thing("wardrobe_1", {1, 0.6, 2}), thing("bed_1", {1.6, 2, 0.6})});
  // The wardrobe looks north from the south wall, the bed lies before it: 0.1 m of the 0.2 m strip is left,
  // over 0.9 of its width of 1 m, and all of it over the rest: 55 % free, 25 % of 1 m lacking.
  const Layout before{{at(1, 0.3, 1), at(1.2 + 0.7 - 0.8 + 0.3, 0.6 + 0.1 + 1, 0.3)}};
  const Words words = said(graph, before, FaultGroup::Use);
  ASSERT_EQ(words.size(), 1U);
  EXPECT_EQ(words[0].substr(0, 63), "the front of wardrobe_1 is 55 % free: bed_1 is in the way; a fr");
  const Report report = check(graph, before);
  EXPECT_NEAR(report.objects[0].use_m, 0.25, 1e-9);
  EXPECT_TRUE(report.objects[0].unusable && !report.objects[0].faulty());
  EXPECT_EQ(said(graph, {{at(1, 0.3, 1), at(4, 2, 0.3)}}, FaultGroup::Use), Words{});
  // One side of the bed at the wall: the other will do. Both and the foot blocked: a fault.
  EXPECT_EQ(said(graph, {{at(1, 0.3, 1), at(5.2, 2.9, 0.3)}}, FaultGroup::Use), Words{});
  SceneGraph narrow = graph;
  narrow.size.length_m = 1.7;
  EXPECT_EQ(said(narrow, {{at(0.85, 0.3, 1), at(0.85, 3, 0.3)}}, FaultGroup::Use),
            Words{"the left side of bed_1 is 25 % free: a wall is in the way; a free strip of 0.20 m there "
                  "would do"});
}

TEST(Access, ThingsOneOverTheOtherCoverAStripOnce) {
  // 0.3 m of the front's 1 m is covered, by a chest and a shelf above it: 70 % free, 10 % lacking.
  const SceneGraph graph = room({thing("wardrobe_1", {1, 0.6, 2}), thing("chest_1", {0.3, 0.3, 0.5}),
                                 thing("wall_shelf_1", {0.3, 0.3, 0.3})});
  SceneGraph hung = graph;
  hung.objects[2].on_floor = false;
  EXPECT_NEAR(check(hung, {{at(3, 0.3, 1), at(3, 0.75, 0.25), at(3, 0.75, 1)}}).objects[0].use_m, 0.1, 1e-9);
}

TEST(Access, WhatTheQuestionPutsCloseIsNotInTheWay) {
  SceneGraph graph = room({thing("workbench_1", {1.5, 0.7, 0.9}), thing("stool_1", {0.8, 0.4, 0.5})});
  const Layout layout{{at(3, 0.35, 0.45), at(3, 0.92, 0.25)}};
  EXPECT_EQ(said(graph, layout, FaultGroup::Use).size(), 1U);
  graph.objects[1].relations = {{scene::Preposition::InFront, ObjectRef{0}, true}};
  EXPECT_EQ(said(graph, layout, FaultGroup::Use), Words{});
}

TEST(Access, RugsLampsAndChairsAtDesksAreNotInTheWay) {
  const SceneGraph graph = room({thing("desk_1", {1.2, 0.6, 0.75}), thing("office_chair_1", {0.6, 0.6, 1}),
                                 thing("rug_1", {2, 2, 0.02}), thing("pendant_light_1", {0.4, 0.4, 0.5})});
  EXPECT_EQ(said(graph, {{at(3, 0.3, 0.375), at(3, 0.95, 0.5, 180), at(3, 1.5, 0.01), at(3, 0.8, 2.75)}},
                 FaultGroup::Use),
            Words{});
}

TEST(Alignment, AngleFlushnessAndRows) {
  const SceneGraph graph = room({thing("wardrobe_1", {1, 0.6, 2})});
  const auto words = [&](const Pose& pose) { return said(graph, {{pose}}, FaultGroup::Alignment); };
  EXPECT_EQ(words(at(3, 0.3, 1)), Words{});
  EXPECT_EQ(words(at(3, 2, 1)), Words{});  // free-standing
  EXPECT_EQ(words(at(3, 0.42, 1)),
            Words{"wardrobe_1 stands 0.12 m off the wall behind it; 0.12 m south would put it at the wall"});
  EXPECT_EQ(words(at(3, 0.6, 1)),
            Words{"wardrobe_1 stands 0.30 m off the wall behind it; 0.10 m north would set it free"});
  EXPECT_EQ(words(at(3, 2, 1, 93)), Words{});
  EXPECT_EQ(
      words(at(3, 2, 1, 110)),
      Words{"wardrobe_1 stands 20 degrees askew; a turn of 20 degrees counterclockwise would straighten it"});
  // Beside a desk that is turned as it is, it is parallel to its neighbour: then they are askew together only
  // to the walls, and each excuses the other.
  const SceneGraph pair = room({thing("wardrobe_1", {1, 0.6, 2}), thing("desk_1", {1, 0.6, 0.75})});
  EXPECT_EQ(said(pair, {{at(2, 2, 1, 20), at(3.2, 1.6, 0.375, 20)}}, FaultGroup::Alignment), Words{});

  const SceneGraph row =
      room({thing("dining_chair_1", {0.5, 0.5, 0.9}), thing("dining_chair_2", {0.5, 0.5, 0.9}),
            thing("dining_chair_3", {0.5, 0.5, 0.9})});
  const auto in_row = [&](double y) {
    return said(row, {{at(1, 1, 0.45), at(2, y, 0.45), at(3, 1, 0.45)}}, FaultGroup::Alignment);
  };
  EXPECT_EQ(in_row(1.02), Words{});
  EXPECT_EQ(in_row(1.1), Words{"dining_chair_2 is 0.10 m out of its row; 0.10 m south would put it in line"});
  EXPECT_EQ(in_row(1.5), Words{});  // apart from them
}

TEST(Alignment, LookingStraightAtWhatItFacesIsNoAngle) {
  SceneGraph graph = room({thing("armchair_1", {0.8, 0.8, 0.9}), thing("bookshelf_1", {1, 0.3, 2})});
  graph.objects[0].facing = ObjectRef{1};
  const double bearing = std::atan2(2.0, 1.5) * 180 / kPi;
  EXPECT_EQ(said(graph, {{at(1, 2.35, 0.45, bearing), at(3, 3.85, 1, 180)}}, FaultGroup::Alignment), Words{});
  EXPECT_EQ(
      said(graph, {{at(1, 2.35, 0.45, bearing - 20), at(3, 3.85, 1, 180)}}, FaultGroup::Alignment).size(),
      1U);
}

}  // namespace
}  // namespace metaspatial::physics
