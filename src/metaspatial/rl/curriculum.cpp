#include "metaspatial/rl/curriculum.hpp"

#include <fmt/format.h>

#include <string>

#include "metaspatial/base/config.hpp"

namespace metaspatial::rl {

CurriculumStage Curriculum::at(double progress) const {
  for (const CurriculumStage& stage : stages)
    if (progress < stage.until) return stage;
  return {};
}

bool allows(const CurriculumStage& stage, const scene::SceneGraph& graph) {
  const auto objects = static_cast<int>(graph.objects.size());
  return (stage.max_objects == 0 || objects <= stage.max_objects) &&
         (stage.max_floor_m2 == 0 || graph.size.length_m * graph.size.width_m <= stage.max_floor_m2);
}

Result<Curriculum> read_curriculum(const Json& json, std::string_view key, std::string_view where) {
  Curriculum curriculum;
  if (json.is_null()) return curriculum;
  const std::string place(where);
  if (!json.is_array())
    return invalid(
        fmt::format("key '{}': expected a list such as [{{\"until\": 0.3, \"max_objects\": 6}}]", key),
        place);
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string name = fmt::format("{}[{}]", key, i);
    if (!json[i].is_object()) return invalid(fmt::format("key '{}': expected an object", name), place);
    CurriculumStage stage;
    ConfigReader reader(json[i], fmt::format("{}, {}", where, name));
    reader.read("until", stage.until, 1e-6, 1);
    reader.read("max_objects", stage.max_objects, 0, 1000);
    reader.read("max_floor_m2", stage.max_floor_m2, 0, 1e6);
    reader.read("max_turns", stage.max_turns, 0, 64);
    METASPATIAL_TRY_VOID(reader.finish());
    if (!curriculum.stages.empty() && stage.until <= curriculum.stages.back().until)
      return invalid(fmt::format("key '{}.until': expected more than {}, where the stage before it ends",
                                 name, curriculum.stages.back().until),
                     place);
    curriculum.stages.push_back(stage);
  }
  return curriculum;
}

}  // namespace metaspatial::rl
