// Descriptions: files of them, and what the designer makes of any words in any room.
//
// Input    a file if it opens with '['; else four bytes (seed, length, width, height) and a description.

#include <cmath>
#include <string>
#include <string_view>

#include "bytes.hpp"
#include "invariants.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/curate/designer.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::fuzz {
namespace {

void check_design(const scene::RoomDescription& description, std::uint64_t seed, bool solve) {
  Rng rng(seed);
  if (!solve) {
    const Result<scene::SceneGraph> graph = curate::design_room(description, rng);
    if (!graph) return;
    check_graph(*graph);
    METASPATIAL_CHECK(!graph->objects.empty() && graph->objects.size() <= 12, "4 to 12 objects");
    for (const scene::SceneObject& object : graph->objects)
      METASPATIAL_CHECK(object.size_m.minCoeff() > 0 && object.file_yaw_rad, "sizes and yaws are stated");
    return;
  }
  const Result<curate::FurnishedRoom> room = curate::design_and_solve(description, rng);
  if (!room) return;
  check_graph(room->graph);
  check_layout(room->graph, room->layout);
  METASPATIAL_CHECK(physics::check(room->graph, room->layout, physics::physical_rules()).faults.empty(),
                    "the layout has no physical fault");
}

void check_file(std::string_view text) {
  const Result<scene::DescriptionFile> file = scene::read_descriptions(text, "file");
  if (!file) return;
  int designed = 0;
  for (const auto& entry : file->entries) {
    if (!entry) {
      METASPATIAL_CHECK(
          !entry.error().message.empty() && entry.error().message.find('\n') == std::string::npos,
          "an error is one line");
      continue;
    }
    for (const double side_m : {entry->size.length_m, entry->size.width_m, entry->size.height_m})
      METASPATIAL_CHECK(side_m > 0 && side_m <= 1000, "a room has a size");
    METASPATIAL_CHECK(!entry->description.empty(), "a description has words");
    if (designed++ == 0) check_design(*entry, 1, false);
  }
}

}  // namespace
}  // namespace metaspatial::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = metaspatial::fuzz::text_of(data, size);
  if (text.starts_with('[')) {
    metaspatial::fuzz::check_file(text);
    return 0;
  }
  metaspatial::fuzz::Bytes bytes(text);
  const unsigned seed = bytes.byte();
  metaspatial::scene::RoomDescription description;
  description.size = {0.05 * (20 + bytes.byte()), 0.05 * (20 + bytes.byte()), 1.7 + 0.05 * bytes.byte()};
  description.description = std::string(bytes.rest());
  metaspatial::fuzz::check_design(description, seed, seed % 8 == 0);
  return 0;
}
