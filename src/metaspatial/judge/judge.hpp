#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "metaspatial/judge/grades.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/render/room_scene.hpp"
#include "metaspatial/scene/graph.hpp"

/// Grades for how a furnished room works and looks: by a vision-language model, or measured by rules.
namespace metaspatial::judge {

/// A furnished room to be graded. Borrowed: everything must outlive the call.
struct Question {
  const scene::SceneGraph* graph = nullptr;
  const scene::Layout* layout = nullptr;
  const render::RoomScene* room = nullptr;  ///< the same room, prepared for pictures; null: made if needed
};

/// One category of a verdict.
struct CategoryGrade {
  double mean = 1;      ///< in [1, 10]
  double spread = 0;    ///< standard deviation of the samples (n - 1); 0 for one sample
  std::string comment;  ///< of the first sample that has one
};

/// What a judge made of a room.
struct Verdict {
  std::array<CategoryGrade, 5> categories;  ///< in the order of kGradeNames
  int samples = 1;                          ///< asked for
  int failed = 0;                           ///< of these, without grades
  int cached = 0;                           ///< of these, from the cache
  [[nodiscard]] Grades grades() const;
};

/// Why there is none. It is never turned into a grade.
struct JudgeFailure {
  std::string reason;  ///< one line
  int samples = 1;
  int failed = 1;
};

using JudgeOutcome = tl::expected<Verdict, JudgeFailure>;

/// What was used since the judge was made. All zero for the measured one.
struct JudgeUsage {
  std::int64_t requests = 0;
  std::int64_t cache_hits = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t estimated = 0;  ///< requests whose tokens are a guess
  double cost = 0;
};

/// Gives grades to furnished rooms.
///
/// Threads  safe from several at once.
class Judge {
 public:
  virtual ~Judge() = default;
  /// Grades a batch; what can run at once does.
  ///
  /// Shape    one outcome per question, in order. REQUIRES one pose per object.
  [[nodiscard]] virtual std::vector<JudgeOutcome> grade(std::span<const Question> questions,
                                                        const std::stop_token& stop = {}) const = 0;
  /// "measured", or the model's name: tables must say which.
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual JudgeUsage usage() const { return {}; }
};

/// The measured judge (docs/JUDGE.md). `rules` are the tolerances; use and alignment it measures in its own
/// way.
[[nodiscard]] std::shared_ptr<const Judge> make_measured_judge(const physics::Rules& rules);

}  // namespace metaspatial::judge
