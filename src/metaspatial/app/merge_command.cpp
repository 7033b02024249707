#include "metaspatial/app/merge_command.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "metaspatial/app/exit_code.hpp"
#include "metaspatial/rl/nano.hpp"
#include "metaspatial/vlm/model.hpp"

namespace metaspatial::app {

namespace {

struct MergeArguments {
  std::string model;
  std::string adapter;
  std::string output;
  std::string type;
  std::string shard_size = "5GB";
};

/// "5GB", "500MB", "2GiB", "1000000": bytes, as transformers counts them.
std::optional<std::int64_t> parse_size(std::string_view text) {
  struct Unit {
    std::string_view name;
    double bytes;
  };
  static constexpr std::array<Unit, 8> kUnits{{{"GiB", 0x1p30},
                                               {"MiB", 0x1p20},
                                               {"KiB", 0x1p10},
                                               {"TB", 1e12},
                                               {"GB", 1e9},
                                               {"MB", 1e6},
                                               {"KB", 1e3},
                                               {"", 1}}};
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    const std::string_view number = text.substr(0, text.size() - unit.name.size());
    double value = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != number.data() + number.size()) return std::nullopt;
    const double bytes = value * unit.bytes;
    if (!(bytes >= 1 && bytes <= 1e15)) return std::nullopt;
    return static_cast<std::int64_t>(bytes);
  }
  return std::nullopt;
}

Result<int> merge(const MergeArguments& arguments) {
  vlm::SaveOptions options;
  options.type.reset();  // as stored
  if (arguments.type == "float32") options.type = at::kFloat;
  if (arguments.type == "bfloat16") options.type = at::kBFloat16;
  if (arguments.type == "float16") options.type = at::kHalf;
  const auto size = parse_size(arguments.shard_size);
  if (!size)
    return fail(ErrorCode::Usage,
                fmt::format("--max-shard-size {}: expected a size such as 5GB", arguments.shard_size));
  options.max_shard_bytes = *size;
  METASPATIAL_TRY(vlm::Model model, vlm::Model::load(arguments.model, {.type = std::nullopt}));
  if (!arguments.adapter.empty()) METASPATIAL_TRY_VOID(model.load_adapter(arguments.adapter));
  METASPATIAL_TRY_VOID(model.save(arguments.output, options));
  METASPATIAL_TRY_VOID(rl::copy_model_files(arguments.model, arguments.output));
  fmt::print("model: {}\n", arguments.output);
  return kExitDone;
}

}  // namespace

void add_merge_command(Program& program) {
  auto arguments = std::make_shared<MergeArguments>();
  CLI::App* command = program.add(
      "merge", "Merge a LoRA adapter into its model; or write a model in another type or in shards",
      "metaspatial merge --model Qwen2.5-VL-3B-Instruct --adapter runs/rooms/adapter --dtype bfloat16 -o "
      "merged",
      [arguments]() -> Result<int> { return merge(*arguments); });
  command->add_option("--model", arguments->model, "model directory in the Hugging Face form")->required();
  command->add_option("--adapter", arguments->adapter, "directory of an adapter in PEFT's form");
  command->add_option("--dtype", arguments->type, "of the weights written; as they are stored if left out")
      ->check(CLI::IsMember({"float32", "bfloat16", "float16"}));
  command->add_option("--max-shard-size", arguments->shard_size, "of one file of weights: 5GB, 500MB, 2GiB");
  command->add_option("-o,--output", arguments->output, "directory of the new model")->required();
}

}  // namespace metaspatial::app
