#include "metaspatial/app/yaml_config.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "metaspatial/base/config.hpp"
#include "metaspatial/base/files.hpp"

namespace metaspatial::app {

namespace {

constexpr std::size_t kLargestConfig = std::size_t{1} << 20;
constexpr int kDeepestConfig = 32;

/// A YAML scalar as JSON: numbers, true and false, null, else text; quoted scalars are always text.
Json scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;
  auto parsed = parse_json(text, "scalar");
  if (parsed && (parsed->is_number() || parsed->is_boolean() || parsed->is_null())) return *parsed;
  double number = 0;
  if (YAML::convert<double>::decode(node, number)) return number;  // 1e-3, .5
  return text;
}

Result<Json> convert(const YAML::Node& node, const std::string& where, int depth) {
  if (depth > kDeepestConfig) return invalid("is nested too deep", where);
  switch (node.Type()) {
    case YAML::NodeType::Map: {
      Json out = Json::object();
      for (const auto& item : node) {
        if (!item.first.IsScalar())
          return invalid(fmt::format("line {}: a key is not text", item.first.Mark().line + 1), where);
        if (out.contains(item.first.Scalar()))
          return invalid(
              fmt::format("line {}: key '{}' stands twice", item.first.Mark().line + 1, item.first.Scalar()),
              where);
        METASPATIAL_TRY(out[item.first.Scalar()], convert(item.second, where, depth + 1));
      }
      return out;
    }
    case YAML::NodeType::Sequence: {
      Json out = Json::array();
      for (const auto& item : node) {
        METASPATIAL_TRY(Json value, convert(item, where, depth + 1));
        out.push_back(std::move(value));
      }
      return out;
    }
    case YAML::NodeType::Scalar:
      return scalar(node);
    default:
      return Json();
  }
}

}  // namespace

Result<Json> parse_config(const std::string& text, const std::string& where) {
  // Aliases let a small file grow without end; configs have no need of them.
  if (text.find('&') != std::string::npos || text.find('*') != std::string::npos)
    return invalid("holds a YAML anchor or alias; these are not read", where);
  Json config;
  try {
    METASPATIAL_TRY(config, convert(YAML::Load(text), where, 0));
  } catch (const YAML::Exception& error) {
    return invalid(fmt::format("line {}: {}", error.mark.line + 1, error.msg), where);
  }
  if (config.is_null()) config = Json::object();
  if (!config.is_object()) return invalid("is not a config; expected keys and values", where);
  return config;
}

Result<Json> read_config(const std::filesystem::path& path, std::span<const std::string> overrides) {
  Json config = Json::object();
  if (!path.empty()) {
    METASPATIAL_TRY(const std::string text, read_file(path, kLargestConfig));
    METASPATIAL_TRY(config, parse_config(text, path.string()));
  }
  for (const std::string& assignment : overrides) METASPATIAL_TRY_VOID(apply_override(config, assignment));
  return config;
}

}  // namespace metaspatial::app
