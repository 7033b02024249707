// Model::load and Model::save: a model as a directory of the form that the Hugging Face hub has.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include <ATen/Functions.h>
#include <fmt/format.h>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/vlm/safetensors.hpp"
#include "metaspatial/vlm/tensor_files.hpp"
#include "metaspatial/vlm/weights.hpp"

namespace metaspatial::vlm {

namespace {

constexpr std::string_view kSingle = "model.safetensors";
constexpr std::string_view kIndex = "model.safetensors.index.json";
constexpr std::string_view kConfig = "config.json";
constexpr std::string_view kStaged = ".incomplete";

/// Buffers that old versions of transformers wrote among the weights; they follow from config.json.
bool is_known_buffer(const std::string& name) {
  return name.ends_with(".inv_freq");
}

/// A weight and the tensor of the files that it comes from.
struct Source {
  at::Tensor* target;
  const TensorView* view;
};

/// Finds every weight of the model in the files.
///
/// Errors   InvalidInput in one line if anything is missing, of another shape, or too much.
Result<std::vector<Source>> match_weights(Model::Impl& model, const SafetensorsFile& file,
                                          const std::string& where) {
  const auto& tensors = file.tensors();
  std::vector<Source> sources;
  std::set<std::string> used;
  std::string problem;
  const TensorView* embedding = nullptr;
  visit_weights(
      model, [&](const std::string& name, at::Tensor& tensor, const std::vector<std::int64_t>& shape, Init) {
        if (!problem.empty()) return;
        const TensorView* view = nullptr;
        for (const std::string& candidate : names_in_files(name)) {
          const auto found = tensors.find(candidate);
          if (found == tensors.end()) continue;
          if (view != nullptr) {
            problem = fmt::format("tensor '{}' is there twice, also as '{}'", name, candidate);
            return;
          }
          view = &found->second;
          used.insert(candidate);
          if (view->shape != shape) {
            problem = fmt::format("tensor '{}' has shape {}; config.json asks for {}", candidate,
                                  shape_text(view->shape), shape_text(shape));
            return;
          }
          if (!is_floating(view->dtype)) {
            problem = fmt::format("tensor '{}' holds integers; expected F32, BF16 or F16", candidate);
            return;
          }
        }
        if (view == nullptr) {
          problem = fmt::format("tensor '{}' {} is missing", name, shape_text(shape));
          return;
        }
        if (&tensor == &model.embedding) embedding = view;
        sources.push_back({&tensor, view});
      });
  if (!problem.empty()) return invalid(problem, where);
  for (const auto& [name, view] : tensors) {
    if (used.contains(name) || is_known_buffer(name)) continue;
    if (model.config.tie_word_embeddings && name == "lm_head.weight") {
      // Some programs write both of two tied tensors.
      if (!same_bytes(file, view, *embedding))
        return invalid(
            "tensor 'lm_head.weight' is not the embedding, though config.json says tie_word_embeddings",
            where);
      continue;
    }
    return invalid(fmt::format("tensor {} {} has no place in the model that config.json describes",
                               shown(name), shape_text(view.shape)),
                   where);
  }
  return sources;
}

/// What is written of one weight.
struct SavedWeight {
  std::string name;
  at::Tensor tensor;
  const Linear* adapted = nullptr;  ///< merged when it is written
  at::ScalarType type = at::kFloat;

  [[nodiscard]] std::int64_t bytes() const {
    return tensor.numel() * static_cast<std::int64_t>(c10::elementSize(type));
  }
  [[nodiscard]] at::Tensor value() const {
    const at::Tensor whole =
        adapted == nullptr ? tensor : merged_weight(flattened(*adapted)).reshape(tensor.sizes());
    return whole.detach().to(at::kCPU, type).contiguous();
  }
};

std::vector<SavedWeight> saved_weights(const Model::Impl& model, std::optional<at::ScalarType> type) {
  std::vector<SavedWeight> weights;
  std::pair<std::string, const Linear*> map;
  visit_maps_and_weights(
      model,
      [&](const std::string& name, const at::Tensor& tensor, const auto&, Init) {
        const bool adapted = map.second != nullptr && map.second->adapted() && name == map.first + ".weight";
        weights.push_back(
            {name, tensor, adapted ? map.second : nullptr, type.value_or(tensor.scalar_type())});
      },
      [&](const std::string& name, const Linear& linear) {
        map = {name, &linear};
      });
  return weights;
}

/// The weights, in their order, cut where a file would grow too large.
std::vector<std::vector<const SavedWeight*>> split(const std::vector<SavedWeight>& weights,
                                                   std::int64_t max_bytes) {
  std::vector<std::vector<const SavedWeight*>> files(1);
  std::int64_t bytes = 0;
  for (const SavedWeight& weight : weights) {
    if (!files.back().empty() && bytes + weight.bytes() > max_bytes) {
      files.emplace_back();
      bytes = 0;
    }
    files.back().push_back(&weight);
    bytes += weight.bytes();
  }
  return files;
}

/// The type of most of the bytes, as config.json names it.
std::string type_name(const std::vector<SavedWeight>& weights) {
  std::map<std::string, std::int64_t> bytes;
  for (const SavedWeight& weight : weights)
    bytes[weight.type == at::kBFloat16 ? "bfloat16"
          : weight.type == at::kHalf   ? "float16"
                                       : "float32"] += weight.bytes();
  return std::max_element(bytes.begin(), bytes.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

/// "model-00002-of-00005.safetensors".
bool is_shard(const std::string& name) {
  constexpr std::string_view form = "model-#####-of-#####.safetensors";
  return name.size() == form.size() && std::equal(form.begin(), form.end(), name.begin(), [](char f, char n) {
           return f == '#' ? n >= '0' && n <= '9' : f == n;
         });
}

/// Left by a save that was interrupted.
bool is_leftover(const std::string& name) {
  return (name.starts_with("model") || name.starts_with(kConfig)) && name.find(kStaged) != std::string::npos;
}

/// New files of a directory that wait under other names until all are there.
class StagedFiles {
 public:
  explicit StagedFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}
  StagedFiles(const StagedFiles&) = delete;
  StagedFiles& operator=(const StagedFiles&) = delete;
  ~StagedFiles() {
    std::error_code ignored;
    for (const std::string& name : waiting_) std::filesystem::remove(staged(name), ignored);
  }
  /// Where the file that will have this name is to be written.
  std::filesystem::path add(const std::string& name) {
    waiting_.insert(name);
    return staged(name);
  }
  /// Gives a file its name.
  Result<void> place(const std::string& name) {
    std::error_code error;
    std::filesystem::rename(staged(name), directory_ / name, error);
    if (error) return fail(ErrorCode::Io, "cannot rename: " + error.message(), (directory_ / name).string());
    waiting_.erase(name);
    return {};
  }
  [[nodiscard]] bool exists(std::string_view name) const {
    std::error_code ignored;
    return std::filesystem::exists(directory_ / name, ignored);
  }
  Result<void> remove(std::string_view name) const {
    std::error_code error;
    std::filesystem::remove(directory_ / name, error);
    if (error) return fail(ErrorCode::Io, "cannot remove: " + error.message(), (directory_ / name).string());
    return {};
  }
  /// Makes the names so far last through a crash, before any that come after.
  void sync() const {
    const int fd = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
  }

 private:
  [[nodiscard]] std::filesystem::path staged(const std::string& name) const {
    return directory_ / (name + std::string(kStaged));
  }
  std::filesystem::path directory_;
  std::set<std::string> waiting_;
};

/// Removes weight files that are not the model's.
Result<void> remove_others(const std::filesystem::path& directory, const StagedFiles& files,
                           const std::set<std::string>& wanted) {
  std::error_code error;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error))
    names.push_back(entry.path().filename().string());
  if (error) return fail(ErrorCode::Io, "cannot list: " + error.message(), directory.string());
  for (const std::string& name : names) {
    const bool ours = name == kSingle || name == kIndex || is_shard(name) || is_leftover(name);
    if (ours && !wanted.contains(name)) METASPATIAL_TRY_VOID(files.remove(name));
  }
  return {};
}

}  // namespace

Result<Model> Model::load(const std::filesystem::path& directory, const LoadOptions& options) {
  if (options.type && !is_storage_type(*options.type))
    return invalid("weights can be float32, bfloat16 or float16 in memory", directory.string());
  METASPATIAL_TRY(const VlmConfig config, load_config(directory));
  METASPATIAL_TRY(const SafetensorsFile file, SafetensorsFile::open(directory));
  auto impl = empty_model(config);
  METASPATIAL_TRY(const std::vector<Source> sources, match_weights(*impl, file, directory.string()));
  for (const auto& [target, view] : sources) {
    const bool widen = options.widen_float16 && view->dtype == DType::F16;
    METASPATIAL_TRY(
        at::Tensor tensor,
        read_tensor(file, *view, widen && !options.type ? at::kFloat : options.type, directory.string()));
    *target = options.device.is_cpu() ? tensor : tensor.to(options.device);
    target->set_requires_grad(true);
  }
  return Model(std::move(impl));
}

Result<void> Model::save(const std::filesystem::path& directory, const SaveOptions& options) const {
  const std::vector<SavedWeight> weights = saved_weights(*impl_, options.type);
  for (const SavedWeight& weight : weights)
    if (!is_storage_type(weight.type))
      return invalid("weights can be written as float32, bfloat16 or float16", directory.string());
  if (options.max_shard_bytes < 1) return invalid("a shard needs a size above 0", directory.string());
  const auto files = split(weights, options.max_shard_bytes);

  StagedFiles staged(directory);
  std::set<std::string> names;
  Json index{{"metadata", {{"total_size", std::int64_t{0}}}}, {"weight_map", Json::object()}};
  std::int64_t total = 0;
  std::map<std::string, std::string> file_of;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string name = files.size() == 1
                                 ? std::string(kSingle)
                                 : fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, files.size());
    std::map<std::string, TensorPlan> plans;
    std::map<std::string, const SavedWeight*> by_name;
    for (const SavedWeight* weight : files[i]) {
      plans[weight->name] = {dtype_of(weight->type), weight->tensor.sizes().vec()};
      by_name[weight->name] = weight;
      file_of[weight->name] = name;
      total += weight->bytes();
    }
    at::Tensor current;  // the bytes that are being written
    const auto bytes = [&](const std::string& weight) -> std::span<const std::byte> {
      current = by_name.at(weight)->value();
      return {static_cast<const std::byte*>(current.data_ptr()), current.nbytes()};
    };
    METASPATIAL_TRY_VOID(write_safetensors(staged.add(name), plans, bytes, {{"format", "pt"}}));
    names.insert(name);
  }
  const std::set<std::string> shards = names;
  Json config = config_json(impl_->config);
  config["torch_dtype"] = type_name(weights);
  METASPATIAL_TRY_VOID(write_file_atomic(staged.add(std::string(kConfig)), config.dump(2) + "\n"));
  if (files.size() > 1) {
    index["metadata"]["total_size"] = total;
    for (const auto& [weight, name] : file_of) index["weight_map"][weight] = name;
    METASPATIAL_TRY_VOID(write_file_atomic(staged.add(std::string(kIndex)), index.dump(2) + "\n"));
    names.insert(std::string(kIndex));
  }

  // Nothing was lost so far. A reader prefers the single file, then the index: that one is gone while any of
  // its files is another's, and the new one comes when its files are there.
  bool overwritten = false;
  for (const std::string& name : shards) overwritten = overwritten || (is_shard(name) && staged.exists(name));
  if (overwritten) METASPATIAL_TRY_VOID(staged.remove(kIndex));
  staged.sync();
  METASPATIAL_TRY_VOID(staged.place(std::string(kConfig)));
  for (const std::string& name : shards) METASPATIAL_TRY_VOID(staged.place(name));
  staged.sync();
  if (files.size() > 1) METASPATIAL_TRY_VOID(staged.place(std::string(kIndex)));
  staged.sync();
  if (names.contains(std::string(kSingle))) METASPATIAL_TRY_VOID(staged.remove(kIndex));  // before its shards
  return remove_others(directory, staged, names);
}

}  // namespace metaspatial::vlm
