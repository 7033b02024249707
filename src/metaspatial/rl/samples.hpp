#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/eval/report.hpp"
#include "metaspatial/eval/rollout.hpp"
#include "metaspatial/render/room_scene.hpp"

/// What a model answers in a few rooms over a run: lines of samples.jsonl, and their place in the report.
namespace metaspatial::rl {

/// The line of a validation: {"step", "rooms": [{"room", "turns": [{"response", "reward", "format",
/// "physics", "looks", "faults", "layout"}]}]}, of the first trajectory of each of the first `rooms` groups.
/// No pictures: they follow from rooms and layouts. What is not there is null.
[[nodiscard]] Json sample_line(std::int64_t step, std::span<const eval::RolloutGroup> groups,
                               std::size_t rooms = 4);

/// The rooms of the last line, with what the first line has for the same rooms beside it, and their pictures.
///
/// Shape    one sample per room of the last line; none without lines.
/// Errors   InvalidInput for a line that sample_line() does not write.
[[nodiscard]] Result<std::vector<eval::ReportSample>> report_samples(
    std::span<const Json> lines, const std::shared_ptr<render::Device>& device);

/// A room with a layout, if there is one, as the report shows it.
[[nodiscard]] Image portrait(const render::RoomScene& room, const std::optional<scene::Layout>& layout);

/// The faults of a turn, one sentence each; of an unreadable answer why it is one.
[[nodiscard]] std::vector<std::string> faults_in_words(const env::Turn& turn, const scene::SceneGraph& graph);

}  // namespace metaspatial::rl
