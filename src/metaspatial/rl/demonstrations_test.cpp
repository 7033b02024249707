#include "metaspatial/rl/demonstrations.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "metaspatial/curate/flawed.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/render/render.hpp"
#include "metaspatial/reward/response.hpp"

namespace metaspatial::rl {
namespace {

class DemonstrationsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    env_.picture_px = 112;
    auto source = eval::RoomSource::open(METASPATIAL_SOURCE_DIR "/data/descriptions/heldout.json", 3);
    ASSERT_TRUE(source);
    for (std::uint64_t i = 0; i < 12; ++i) rooms_.push_back(source->room(i));
    auto processor = vlm::Processor::load(METASPATIAL_SOURCE_DIR "/models/nano-base");
    ASSERT_TRUE(processor) << processor.error().message;
    processor_ = std::make_unique<vlm::Processor>(std::move(*processor));
  }
  Demonstration taught(const eval::SolvedRoom& room, const DemonstrationConfig& config, Rng& rng) {
    auto made = demonstrate(room, device_, env_, *processor_, config, rng);
    EXPECT_TRUE(made.has_value());
    return made ? *std::move(made) : Demonstration{};
  }
  /// What the loss is on.
  std::string learned_text(const Demonstration& demonstration, std::size_t g) {
    std::string text;
    const vlm::Sequence& suffix = demonstration.group.suffixes[g];
    for (std::size_t k = 0; k < suffix.ids.size(); ++k)
      if (demonstration.weights[g][k] > 0) text += processor_->tokenizer().token_bytes(suffix.ids[k]);
    return text;
  }

  env::EnvConfig env_;
  std::vector<eval::SolvedRoom> rooms_;
  std::shared_ptr<render::Device> device_ = std::make_shared<render::Device>();
  std::unique_ptr<vlm::Processor> processor_;
};

TEST_F(DemonstrationsTest, OtherKindsHaveTheSameFaultsInEveryLayout) {
  Rng rng(5);
  std::size_t changed = 0;
  for (const auto& room : rooms_) {
    const scene::SceneGraph other = with_other_kinds(room.graph, 1.0, rng);
    ASSERT_EQ(other.objects.size(), room.graph.objects.size());
    std::set<std::string> ids;
    for (std::size_t i = 0; i < other.objects.size(); ++i) {
      changed += other.objects[i].kind != room.graph.objects[i].kind ? 1 : 0;
      EXPECT_EQ(other.objects[i].kind, scene::kind_from_id(other.objects[i].id));
      EXPECT_TRUE(ids.insert(other.objects[i].id).second) << other.objects[i].id;
    }
    for (int k = 0; k < 5; ++k) {
      scene::Layout layout = room.solution;
      if (k > 0)
        for (auto& pose : layout.poses)
          pose.position_m.head<2>() += 0.2 * k * scene::Vec2(rng.normal(), rng.normal());
      const auto before = physics::check(room.graph, layout, physics::physical_rules());
      const auto after = physics::check(other, layout, physics::physical_rules());
      ASSERT_EQ(before.faults.size(), after.faults.size());
      for (std::size_t f = 0; f < before.faults.size(); ++f) {
        EXPECT_EQ(before.faults[f].kind, after.faults[f].kind);
        EXPECT_EQ(before.faults[f].magnitude, after.faults[f].magnitude);
      }
    }
  }
  EXPECT_GT(changed, 20U);
}

TEST_F(DemonstrationsTest, AnswersAreFaultlessAndNameTheObjectsOfTheQuestion) {
  DemonstrationConfig config;
  config.renamed = 0.5;
  config.candidates = 3;
  config.corrections = 0;
  for (std::uint64_t i = 0; i < rooms_.size(); ++i) {
    Rng rng{7, i};
    const Demonstration demonstration = taught(rooms_[i], config, rng);
    // The first numbers drawn decide the names, so that the test can make the same graph.
    Rng again{7, i};
    const scene::SceneGraph graph = with_other_kinds(rooms_[i].graph, config.renamed, again);
    std::string text = learned_text(demonstration, 0);
    text.resize(text.size() - std::string("<|im_end|>").size());
    const auto parsed = reward::parse_response(graph, text);
    ASSERT_TRUE(parsed.readable()) << parsed.reason << "\n" << text;
    EXPECT_TRUE(physics::check(graph, parsed.layout, physics::physical_rules()).faults.empty());
  }
}

TEST_F(DemonstrationsTest, ClearanceIsTheFreeStripThroughTheObject) {
  // A room of 4 x 3 m; by hand: the shelf against the south wall has the bed (x 0 to 2) to its left and the
  // door's swing (x 3 to 3.8) to its right; in front of it the rug begins at y 0.5.
  scene::SceneGraph graph;
  graph.size = {4, 3, 2.6};
  const auto add = [&](const char* id, scene::Vec3 size_m) {
    scene::SceneObject object;
    object.id = id;
    object.kind = scene::kind_from_id(id);
    object.size_m = size_m;
    graph.objects.push_back(object);
  };
  add("bed_1", {2, 1.5, 0.5});
  add("rug_1", {3, 2, 0.02});
  add("bookshelf_1", {0.8, 0.4, 1.8});
  add("painting_1", {0.6, 0.1, 0.4});
  scene::Opening door;
  door.id = "door_1";
  door.wall = scene::Wall::South;
  door.centre_m = 3.4;
  door.width_m = 0.8;
  graph.openings = {door};
  scene::Layout layout;
  layout.poses = {{{1, 0.75, 0.25}, 0}, {{2, 1.5, 0.01}, 0}, {{2.5, 0.2, 0.9}, 0}, {{1, 0.05, 2.2}, 0}};
  EXPECT_EQ(clearance_text(graph, layout, 0), "room x 0 3 y 0 3");
  EXPECT_EQ(clearance_text(graph, layout, 2), "room x 2 3 y 0 0.5");
  EXPECT_EQ(clearance_text(graph, layout, 3),
            "room x 0 4 y 0 3");  // above the bed and beside the shelf's top
  layout.poses[2].yaw_rad = scene::rad_from_deg(90);
  layout.poses[2].position_m = {0.2, 2.6, 0.9};
  EXPECT_EQ(clearance_text(graph, layout, 2), "room x 0 0.5 y 1.5 3");  // beside the rug, behind the bed
}

TEST_F(DemonstrationsTest, AnswersWithClearancesAreReadAndWrittenInWholePieces) {
  DemonstrationConfig config;
  config.clearance = true;
  config.corrections = 0;
  DemonstrationConfig without = config;
  without.clearance = false;
  for (std::uint64_t i = 0; i < rooms_.size(); ++i) {
    Rng rng{7, i}, again{7, i};
    const Demonstration demonstration = taught(rooms_[i], config, rng);
    std::string text = learned_text(demonstration, 0);
    text.resize(text.size() - std::string("<|im_end|>").size());
    const auto parsed = reward::parse_response(rooms_[i].graph, text);
    ASSERT_TRUE(parsed.readable()) << parsed.reason << "\n" << text;
    EXPECT_TRUE(physics::check(rooms_[i].graph, parsed.layout, physics::physical_rules()).faults.empty());
    // Seven tokens per object, and one before them: "; " or where "why" opens.
    EXPECT_EQ(
        demonstration.group.suffixes[0].ids.size(),
        taught(rooms_[i], without, again).group.suffixes[0].ids.size() + 8 * rooms_[i].graph.objects.size());
  }
}

TEST_F(DemonstrationsTest, ReasoningCanBeLeftOut) {
  DemonstrationConfig config;
  config.corrections = 0;
  DemonstrationConfig without = config;
  without.reasoning = false;
  for (std::uint64_t i = 0; i < rooms_.size(); ++i) {
    Rng rng{7, i}, again{7, i};
    const std::string reasoned = learned_text(taught(rooms_[i], config, rng), 0);
    const std::string bare = learned_text(taught(rooms_[i], without, again), 0);
    EXPECT_NE(reasoned.find("\"why\""), std::string::npos) << reasoned;
    EXPECT_EQ(bare.find("\"why\""), std::string::npos) << bare;
  }
}

TEST_F(DemonstrationsTest, TheModelsOwnAnswerIsWhatIsCorrected) {
  DemonstrationConfig config;
  config.answers = 0;
  config.own = 1.0;
  config.unreadable = 0.0;
  Rng chance(13);
  for (const auto& room : rooms_) {
    const scene::Layout own = curate::random_layout(room.graph, chance);
    Rng rng(15);
    auto made = demonstrate(room, device_, env_, *processor_, config, rng, own);
    ASSERT_TRUE(made);
    ASSERT_EQ(made->group.suffixes.size(), 1U);
    const std::string dialogue = processor_->tokenizer().decode(made->group.suffixes[0].ids);
    EXPECT_EQ(dialogue.find(env::answer_text(room.graph, own, {})), 0U) << dialogue;
  }
}

TEST_F(DemonstrationsTest, LookingTeachesTheOpeningsOfThePictureAndNothingElse) {
  DemonstrationConfig config;
  config.looking = 1.0;
  for (std::uint64_t i = 0; i < rooms_.size(); ++i) {
    Rng rng{9, i};
    const Demonstration demonstration = taught(rooms_[i], config, rng);
    ASSERT_EQ(demonstration.group.suffixes.size(), 1U);
    EXPECT_EQ(demonstration.group.prefix.images.size(), 1U);
    EXPECT_EQ(learned_text(demonstration, 0),
              "<think>" + env::openings_text(rooms_[i].graph) + "</think><answer>[");
    EXPECT_LT(demonstration.group.prefix.ids.size(), 100U);
    const std::string question = processor_->tokenizer().decode(demonstration.group.prefix.ids);
    EXPECT_EQ(question.find("door_"), std::string::npos) << "the question must not tell what is to be seen";
  }
}

TEST_F(DemonstrationsTest, WhatAGreyPictureHidesIsNotNamed) {
  DemonstrationConfig config;
  config.blank = 1.0;
  config.corrections = 0;
  for (const bool told : {false, true}) {
    eval::SolvedRoom room = rooms_.front();
    room.graph.openings_in_text = told;
    Rng rng(11);
    const std::string text = learned_text(taught(room, config, rng), 0);
    EXPECT_EQ(text.substr(0, text.find("</think>")),
              "<think>" + (told ? env::openings_text(room.graph) : ""));
  }
}

}  // namespace
}  // namespace metaspatial::rl
