#include "metaspatial/judge/judge.hpp"

#include <optional>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/judge/measured.hpp"

namespace metaspatial::judge {

namespace {

class MeasuredJudge final : public Judge {
 public:
  explicit MeasuredJudge(const physics::Rules& rules) : rules_(rules) {
    rules_.use = rules_.alignment = false;  // it looks at use and order in its own way
  }

  [[nodiscard]] std::vector<JudgeOutcome> grade(std::span<const Question> questions,
                                                const std::stop_token&) const override {
    std::vector<JudgeOutcome> outcomes(questions.size(), Verdict{});
    parallel_for(questions.size(), [&](std::size_t i) {
      const Question& q = questions[i];
      const physics::Report report = physics::check(*q.graph, *q.layout, rules_);
      const Grades grades = measured_grades(*q.graph, *q.layout, report, nullptr);
      for (std::size_t c = 0; c < grades.values.size(); ++c)
        outcomes[i]->categories[c].mean = grades.values[c];
    });
    return outcomes;
  }
  [[nodiscard]] std::string name() const override { return "measured"; }

 private:
  physics::Rules rules_;
};

}  // namespace

double Grades::mean01() const {
  double sum = 0;
  for (const double value : values) sum += (value - 1) / 9;
  return sum / static_cast<double>(values.size());
}

Grades Verdict::grades() const {
  Grades grades;
  for (std::size_t c = 0; c < categories.size(); ++c) grades.values[c] = categories[c].mean;
  return grades;
}

std::shared_ptr<const Judge> make_measured_judge(const physics::Rules& rules) {
  return std::make_shared<MeasuredJudge>(rules);
}

}  // namespace metaspatial::judge
