#include "metaspatial/rl/checkpoint.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <system_error>
#include <vector>

#include "metaspatial/base/files.hpp"
#include "metaspatial/rl/nano.hpp"
#include "metaspatial/vlm/safetensors.hpp"

namespace metaspatial::rl {

namespace {

constexpr std::string_view kPrefix = "global_step_";

std::vector<std::pair<std::int64_t, std::filesystem::path>> checkpoints(const std::filesystem::path& run) {
  std::vector<std::pair<std::int64_t, std::filesystem::path>> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(run / "checkpoints", error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    std::int64_t step = 0;
    const char* begin = name.data() + kPrefix.size();
    const char* end = name.data() + name.size();
    const auto parsed = std::from_chars(begin, end, step);
    if (parsed.ec == std::errc() && parsed.ptr == end) found.emplace_back(step, entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// The model as it can be loaded: whole with its tokenizer and configs, or the adapter alone.
Result<void> save_model(const vlm::Model& model, const std::filesystem::path& model_files,
                        const std::filesystem::path& folder) {
  if (model.adapter()) return model.save_adapter(folder);
  METASPATIAL_TRY_VOID(model.save(folder));
  return copy_model_files(model_files, folder);
}

/// Has `write` fill `temporary`, and puts it in the place of `target`. If that fails nothing is left of it.
Result<void> replace_folder(const std::filesystem::path& target, const std::filesystem::path& temporary,
                            const std::function<Result<void>(const std::filesystem::path&)>& write) {
  std::error_code error;
  std::filesystem::remove_all(temporary, error);
  auto written = write(temporary);
  if (!written) {
    std::filesystem::remove_all(temporary, error);
    return written;
  }
  std::filesystem::remove_all(target, error);
  std::filesystem::rename(temporary, target, error);
  if (error) return fail(ErrorCode::Io, "cannot rename: " + error.message(), target.string());
  return {};
}

}  // namespace

std::filesystem::path checkpoint_path(const std::filesystem::path& run, std::int64_t step) {
  return run / "checkpoints" / fmt::format("{}{}", kPrefix, step);
}

Result<void> write_tensors(const std::filesystem::path& path,
                           const std::map<std::string, at::Tensor>& tensors) {
  std::map<std::string, vlm::TensorView> views;
  for (const auto& [name, tensor] : tensors) {
    const auto* bytes = static_cast<const std::byte*>(tensor.data_ptr());
    views[name] = {vlm::DType::F32, tensor.sizes().vec(), {bytes, static_cast<std::size_t>(tensor.nbytes())}};
  }
  return vlm::write_safetensors(path, views);
}

Result<void> save_checkpoint(const std::filesystem::path& run, std::int64_t step, const vlm::Model& model,
                             const std::map<std::string, at::Tensor>& optimizer_state, const Json& state,
                             const std::filesystem::path& model_files, int keep,
                             const std::function<Result<void>(const std::filesystem::path&)>& more) {
  const auto write = [&](const std::filesystem::path& folder) -> Result<void> {
    METASPATIAL_TRY_VOID(save_model(model, model_files, folder));
    METASPATIAL_TRY_VOID(write_tensors(folder / "optimizer.safetensors", optimizer_state));
    if (more) METASPATIAL_TRY_VOID(more(folder));
    return write_file_atomic(folder / "state.json", dump_json(state, 1) + "\n");
  };
  METASPATIAL_TRY_VOID(replace_folder(checkpoint_path(run, step), run / "checkpoints" / "incomplete", write));
  std::error_code error;
  auto all = checkpoints(run);
  for (std::size_t i = 0; i + static_cast<std::size_t>(std::max(1, keep)) < all.size(); ++i)
    std::filesystem::remove_all(all[i].second, error);
  return {};
}

Result<void> save_best(const std::filesystem::path& run, std::int64_t step, double grade,
                       const vlm::Model& model, const std::filesystem::path& model_files) {
  return replace_folder(
      run / "best", run / "best.incomplete", [&](const std::filesystem::path& folder) -> Result<void> {
        METASPATIAL_TRY_VOID(save_model(model, model_files, folder));
        return write_file_atomic(folder / "best.json",
                                 dump_json(Json{{"step", step}, {"val/reward", grade}}, 1) + "\n");
      });
}

Result<std::optional<FoundCheckpoint>> find_checkpoint(const std::filesystem::path& run) {
  const auto all = checkpoints(run);
  if (all.empty()) return std::optional<FoundCheckpoint>();
  const auto& [step, directory] = all.back();
  METASPATIAL_TRY(const std::string text, read_file(directory / "state.json"));
  METASPATIAL_TRY(Json state, parse_json(text, (directory / "state.json").string()));
  return std::optional<FoundCheckpoint>(FoundCheckpoint{directory, step, std::move(state)});
}

Result<void> load_optimizer(const std::filesystem::path& checkpoint, std::int64_t steps, AdamW& optimizer) {
  const auto path = checkpoint / "optimizer.safetensors";
  METASPATIAL_TRY(const vlm::SafetensorsFile file, vlm::SafetensorsFile::open(path));
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, view] : file.tensors()) {
    if (view.dtype != vlm::DType::F32) return invalid("expected float32 tensors", path.string());
    // from_blob only reads: restore() copies out of the mapped file.
    tensors[name] = at::from_blob(const_cast<std::byte*>(view.bytes.data()), view.shape, at::kFloat);
  }
  auto restored = optimizer.restore(tensors, steps);
  if (!restored) return invalid(restored.error().message, path.string());
  return {};
}

}  // namespace metaspatial::rl
