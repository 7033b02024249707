#include "metaspatial/app/scene_files.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "metaspatial/base/files.hpp"

namespace metaspatial::app {
namespace {

namespace fs = std::filesystem;

class SceneFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("metaspatial_scene_files_test_{}", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  static std::string text_of(int length_m) {
    return fmt::format(R"({{"size_of_room": {{"x": 9, "y": 9, "z": 3}}, "scene_graph": [{{
        "new_object_id": "box_1", "size_in_meters": {{"length": {}, "width": 1, "height": 1}}}}]}})",
                       length_m);
  }
  /// A scene of one box so long; written hours ago, for files that are young are read every time.
  void scene(const std::string& name, int length_m) const {
    const fs::path path = folder_ / name;
    ASSERT_TRUE(write_file_atomic(path, text_of(length_m)));
    fs::last_write_time(path, fs::last_write_time(path) - std::chrono::hours(length_m));
  }
  static double length_m(const SceneFiles::Entry& entry) {
    EXPECT_TRUE(*entry) << to_string(entry->error());
    return *entry ? (*entry)->graph.objects.front().size_m.x() : 0;
  }

  fs::path folder_;
};

TEST_F(SceneFilesTest, KeepTheMostRecentlyUsed) {
  for (int i = 1; i <= 4; ++i) scene(fmt::format("{}.json", i), i);
  SceneFiles files(folder_, 2);
  const auto get = [&](const std::vector<std::string>& names) {
    std::vector<SceneFiles::Wanted> wanted;
    for (const std::string& name : names) wanted.push_back({name, {}});
    return files.get(wanted);
  };
  // More at once than are kept: all of them are there for who asked.
  const auto all = get({"1.json", "2.json", "1.json", "3.json", "4.json"});
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(length_m(all[2]), 1);
  EXPECT_EQ(length_m(all[4]), 4);
  EXPECT_EQ(all[0], all[2]) << "one file is read once";
  EXPECT_EQ(files.size(), 2U);
  EXPECT_EQ(get({"3.json"})[0], all[3]);
  EXPECT_NE(get({"1.json"})[0], all[0]) << "dropped, and read again";
  EXPECT_EQ(get({"3.json"})[0], all[3]) << "it was used after 4.json";
  EXPECT_NE(get({"4.json"})[0], all[4]);
}

TEST_F(SceneFilesTest, AChangedFileIsReadAgain) {
  scene("a.json", 1);
  SceneFiles files(folder_);
  const std::vector<SceneFiles::Wanted> wanted{{"a.json", {}}};
  EXPECT_EQ(length_m(files.get(wanted)[0]), 1);
  scene("a.json", 2);
  EXPECT_EQ(length_m(files.get(wanted)[0]), 2);
  fs::remove(folder_ / "a.json");
  EXPECT_FALSE(*files.get(wanted)[0]);
  scene("a.json", 3);
  EXPECT_EQ(length_m(files.get(wanted)[0]), 3) << "a failure is not kept";
  // Written just now, twice within a step of the clock of the file system, and as long as before.
  for (int i = 4; i <= 9; ++i) {
    ASSERT_TRUE(write_file_atomic(folder_ / "a.json", text_of(i)));
    EXPECT_EQ(length_m(files.get(wanted)[0]), i);
  }
}

TEST_F(SceneFilesTest, TheSizeOfTheRoomBelongsToTheName) {
  scene("a.json", 1);
  SceneFiles files(folder_);
  const std::vector<SceneFiles::Wanted> wanted{
      {"a.json", {}}, {"a.json", scene::RoomSize{5, 4, 3}}, {"a.json", {}}};
  const auto entries = files.get(wanted);
  EXPECT_EQ(entries[0], entries[2]);
  EXPECT_NE(entries[0], entries[1]);
}

}  // namespace
}  // namespace metaspatial::app
