#include "metaspatial/app/reference_commands.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metaspatial/base/files.hpp"
#include "metaspatial/physics/reference_rules.hpp"
#include "metaspatial/reward/reference_reward.hpp"

namespace metaspatial::app {
namespace {

using namespace physics::reference;
using Fields = std::vector<std::pair<std::string, PyValue>>;

PyValue error_value(const PyError& error) {
  return make_dict({{"class", PyValue(name(error.kind))}, {"message", PyValue(error.message)}});
}

// Python's open(): the class of what goes wrong with the file itself.
PyResult<std::string> read_scene_bytes(const std::filesystem::path& path) {
  Result<std::string> bytes = read_file(path);
  if (bytes) return *std::move(bytes);
  const auto kind =
      bytes.error().code == ErrorCode::NotFound ? PyErrorKind::FileNotFoundError : PyErrorKind::OSError;
  return tl::unexpected<PyError>(PyError{kind, to_string(bytes.error())});
}

// The recorded rows hold numbers that are not finite as texts, because strict JSON has none.
PyValue from_recorded(const PyValue& value) {
  const auto* text = value.as<std::string>();
  if (text == nullptr) return value;
  if (*text == "NaN" || *text == "Infinity" || *text == "-Infinity") return *parse_py_json(*text);
  return value;
}
PyValue elements_from_recorded(const PyValue& value) {
  if (const auto* list = value.as<PyValue::List>()) {
    PyValue::List elements;
    for (const PyValue& element : *list) elements.push_back(from_recorded(element));
    return PyValue(std::move(elements));
  }
  if (const auto* dict = value.as<Dict>()) {
    Fields fields;
    for (std::size_t i = 0; i < dict->size(); ++i) {
      fields.emplace_back(dict->keys()[i], from_recorded(dict->values()[i]));
    }
    return make_dict(std::move(fields));
  }
  return from_recorded(value);
}

// Calls write(row) for every line that is not blank; `write` may throw PyError, which becomes the row's
// error.
template <typename Write>
Result<void> for_each_row(const ReferenceRun& run, std::ostream& out, std::string_view name_key,
                          Write write) {
  METASPATIAL_TRY(const std::string text, read_file(run.list));
  std::size_t line_number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    ++line_number;
    if (strip(line).empty()) continue;
    Fields fields;
    try {
      PyResult<PyValue> row = parse_py_json_bytes(line);
      if (!row) throw std::move(row).error();
      if (const auto* dict = row->template as<Dict>()) {
        if (const PyValue* row_name = dict->find(name_key)) fields.emplace_back(name_key, *row_name);
      }
      write(*row, fields);
    } catch (const PyError& error) {
      fields.emplace_back("line", PyValue(line_number));
      fields.emplace_back("error", error_value(error));
    }
    const PyValue result = make_dict(std::move(fields));
    if (run.json) {
      out << dump_py_json(result) << '\n';
      continue;
    }
    // A line of words: the plain values, and how many there are of the rest.
    std::string words;
    const Dict& values = *result.as<Dict>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const PyValue& value = values.values()[i];
      const auto* word = value.as<std::string>();
      const auto* part = value.as<Dict>();
      std::string shown = word != nullptr ? *word : dump_py_json(value);
      if (part != nullptr && part->find("ratio") != nullptr) shown = dump_py_json(*part->find("ratio"));
      if (value.as<PyValue::List>() != nullptr || value.is_none()) continue;
      words += fmt::format("{}{}: {}", words.empty() ? "" : "  ", values.keys()[i], shown);
    }
    out << words << '\n';
  }
  if (!out.flush()) return fail(ErrorCode::Io, "the output cannot be written");
  return {};
}

const std::string& text_of(const PyValue& row, std::string_view key) {
  const PyValue& value = item(row, key);
  if (const auto* text = value.as<std::string>()) return *text;
  throw PyError{PyErrorKind::TypeError,
                fmt::format("field '{}' must be a text, not {}", key, value.type_name())};
}

PyValue id_of(const PyValue::List& entries, std::size_t i) {
  const auto* dict = i < entries.size() ? entries[i].as<Dict>() : nullptr;
  const PyValue* id = dict != nullptr ? dict->find("new_object_id") : nullptr;
  return id != nullptr ? *id : PyValue();
}

PyValue collision_value(const Collisions& collisions, const PyValue::List& entries) {
  const auto pair_of = [&](const std::array<std::size_t, 2>& pair) {
    return PyValue(PyValue::List{id_of(entries, pair[0]), id_of(entries, pair[1])});
  };
  const auto indices_of = [](const std::array<std::size_t, 2>& pair) {
    return PyValue(PyValue::List{PyValue(pair[0]), PyValue(pair[1])});
  };
  if (collisions.error) {
    return make_dict({{"error", error_value(*collisions.error)},
                      {"at_indices", indices_of(collisions.error_at)},
                      {"at", pair_of(collisions.error_at)}});
  }
  PyValue::List pairs;
  PyValue::List indices;
  for (const auto& pair : collisions.pairs) {
    pairs.push_back(pair_of(pair));
    indices.push_back(indices_of(pair));
  }
  Fields fields = {{"ratio", PyValue(collisions.ratio)},
                   {"pairs", PyValue(std::move(pairs))},
                   {"pair_indices", PyValue(std::move(indices))}};
  if (collisions.count > collisions.pairs.size())
    fields.emplace_back("pairs_in_all", PyValue(collisions.count));
  return make_dict(std::move(fields));
}

PyValue constraint_value(const Constraints& constraints, const PyValue::List& entries) {
  PyValue::List violating;
  for (const std::size_t i : constraints.violating) violating.push_back(id_of(entries, i));
  if (!constraints.error) {
    return make_dict({{"ratio", PyValue(constraints.ratio)}, {"violating", PyValue(std::move(violating))}});
  }
  Fields fields = {{"error", error_value(*constraints.error)}};
  if (constraints.error_at) {
    fields.emplace_back("at_index", PyValue(*constraints.error_at));
    fields.emplace_back("at", id_of(entries, *constraints.error_at));
  }
  fields.emplace_back("violating_before_error", PyValue(std::move(violating)));
  return make_dict(std::move(fields));
}

PyValue positions_value(std::vector<PossiblePositions> positions, const PyValue::List& entries) {
  PyValue::List all;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    Fields fields = {{"index", PyValue(i)}, {"id", id_of(entries, i)}};
    if (positions[i].error) {
      fields.emplace_back("error", error_value(*positions[i].error));
    } else {
      PyValue::List boxes;
      for (Box& box : positions[i].boxes) {
        boxes.emplace_back(
            PyValue::List(std::make_move_iterator(box.begin()), std::make_move_iterator(box.end())));
      }
      fields.emplace_back("boxes", PyValue(std::move(boxes)));
      fields.emplace_back("rotation", std::move(positions[i].rotation));
    }
    all.push_back(make_dict(std::move(fields)));
  }
  return PyValue(std::move(all));
}

}  // namespace

Result<void> check_reference(const ReferenceRun& run, std::ostream& out) {
  return for_each_row(run, out, "file", [&](const PyValue& row, Fields& fields) {
    const PyValue room = elements_from_recorded(item(row, "room_dimensions"));
    PyResult<std::string> bytes = read_scene_bytes(run.scenes / text_of(row, "file"));
    if (!bytes) throw std::move(bytes).error();
    PyResult<PyValue> scene = parse_py_json_bytes(*bytes);
    if (!scene) throw std::move(scene).error();
    const PyValue::List none;
    const auto* list = scene->as<PyValue::List>();
    const PyValue::List& entries = list != nullptr ? *list : none;
    fields.emplace_back("entries", PyValue(entries.size()));
    fields.emplace_back("objects", PyValue(entries.size() > 6 ? entries.size() - 6 : std::size_t{0}));
    fields.emplace_back("collision", collision_value(check_collisions(*scene), entries));
    fields.emplace_back("constraint", constraint_value(check_constraints(*scene, room), entries));
    fields.emplace_back("possible_positions", positions_value(possible_positions(*scene, room), entries));
  });
}

Result<void> score_reference(const ReferenceRun& run, std::ostream& out) {
  using namespace reward::reference;
  return for_each_row(run, out, "id", [&](const PyValue& row, Fields& fields) {
    const std::filesystem::path path = run.scenes / text_of(row, "scene");
    const auto* row_fields = row.as<Dict>();
    const PyValue* missing = row_fields->find("room_missing");
    const SceneReader read_scene = [&]() -> PyResult<std::string> {
      if (missing != nullptr && truthy(*missing)) {
        return tl::unexpected<PyError>(PyError{PyErrorKind::FileNotFoundError, "No such file or directory"});
      }
      return read_scene_bytes(path);
    };
    JudgeOutcome judge;
    const PyValue* raises = row_fields->find("judge_raises");
    judge.raises = raises != nullptr && !raises->is_none();
    if (const PyValue* reply = row_fields->find("judge_reply"); reply != nullptr && !reply->is_none()) {
      PyResult<PyValue> grades = read_judge_reply(text_of(row, "judge_reply"));
      judge.raises = judge.raises || !grades;
      if (grades) judge.grades = *std::move(grades);
    } else if (const PyValue* grades = row_fields->find("grades")) {
      judge.grades = from_recorded(*grades);
    }
    const Score score = reward::reference::score(text_of(row, "response"), read_scene,
                                                 elements_from_recorded(item(row, "size_of_room")), judge);
    if (score.format) fields.emplace_back("format_reward", PyValue(*score.format));
    if (score.format_error) fields.emplace_back("format_error", error_value(*score.format_error));
    if (score.total) fields.emplace_back("total", PyValue(*score.total));
    if (score.total_error) {
      fields.emplace_back("total_error",
                          make_dict({{"class", PyValue(physics::reference::name(score.total_error->kind))},
                                     {"message", PyValue(score.total_error->message)},
                                     {"stage", PyValue(reward::reference::name(score.error_stage))}}));
    }
    fields.emplace_back("judge_called", PyValue(score.judge_called));
    PyValue judged;
    if (score.judge_result)
      judged = score.judge_result->as<Dict>() != nullptr ? PyValue("grades") : *score.judge_result;
    fields.emplace_back("judge_result", std::move(judged));
    fields.emplace_back("collision_ratio",
                        score.collision_ratio ? PyValue(*score.collision_ratio) : PyValue());
    fields.emplace_back("constraint_ratio",
                        score.constraint_ratio ? PyValue(*score.constraint_ratio) : PyValue());
  });
}

}  // namespace metaspatial::app
