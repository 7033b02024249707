#include "metaspatial/vlm/safetensors.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"

namespace metaspatial::vlm {

namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian and mapped as it is");

// Looked up by key in a tree: an insertion-ordered object is quadratic in a hostile header's entries.
using HeaderJson = nlohmann::json;

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the public format's own limit
constexpr int kMaxHeaderDepth = 4;
constexpr int kMaxIndexDepth = 16;
constexpr std::size_t kMaxNameBytes = 1024;
constexpr std::size_t kMaxRank = 16;
constexpr std::uint64_t kAlignment = 8;

struct DTypeName {
  DType dtype;
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<DTypeName, 4> kDTypes{
    {{DType::F32, "F32", 4}, {DType::BF16, "BF16", 2}, {DType::F16, "F16", 2}, {DType::I64, "I64", 8}}};

const DTypeName& named(DType dtype) {
  return *std::find_if(kDTypes.begin(), kDTypes.end(),
                       [&](const DTypeName& entry) { return entry.dtype == dtype; });
}

std::string errno_text() {
  return std::generic_category().message(errno);
}

/// Bytes of a tensor of this shape; nothing if they do not fit 63 bits or a size is negative.
std::optional<std::uint64_t> size_of(const std::vector<std::int64_t>& shape, std::uint64_t item_bytes) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::uint64_t bytes = item_bytes;
  bool empty = false;
  for (const std::int64_t n : shape) {
    if (n < 0) return std::nullopt;
    empty = empty || n == 0;
  }
  if (empty) return 0;
  for (const std::int64_t n : shape) {
    if (static_cast<std::uint64_t>(n) > kMax / bytes) return std::nullopt;
    bytes *= static_cast<std::uint64_t>(n);
  }
  return bytes;
}

std::optional<std::uint64_t> unsigned_number(const HeaderJson& json) {
  if (!json.is_number_unsigned()) return std::nullopt;
  const auto value = json.get<std::uint64_t>();
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return value;
}

Result<HeaderJson> parse_header(std::string_view text, int max_depth, const std::string& where) {
  if (json_depth(text) > max_depth)
    return invalid(fmt::format("the header's JSON is nested deeper than {} levels", max_depth), where);
  try {
    auto json = HeaderJson::parse(text);
    if (!json.is_object()) return invalid("the header is not a JSON object", where);
    return json;
  } catch (const HeaderJson::exception&) {
    return invalid("the header is not valid JSON", where);
  }
}

struct FileDescriptor {
  int fd;
  explicit FileDescriptor(int opened) : fd(opened) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd >= 0) ::close(fd);
  }
};

struct Mapped {
  void* address;
  std::size_t size;
};

Result<Mapped> map_file(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0)
    return fail(errno == ENOENT || errno == ENOTDIR ? ErrorCode::NotFound : ErrorCode::Io,
                fmt::format("cannot open: {}", errno_text()), path.string());
  struct stat info {};
  if (::fstat(file.fd, &info) != 0 || !S_ISREG(info.st_mode))
    return invalid("expected a regular file", path.string());
  if (info.st_size == 0) return invalid("is empty; expected a safetensors file", path.string());
  const auto size = static_cast<std::size_t>(info.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (address == MAP_FAILED)
    return fail(ErrorCode::OutOfMemory, fmt::format("cannot map {} bytes: {}", size, errno_text()),
                path.string());
  return Mapped{address, size};
}

}  // namespace

std::string shown(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, 80)) out.push_back(static_cast<unsigned char>(c) < 0x20 ? '?' : c);
  return out + (text.size() > 80 ? "...'" : "'");
}

Result<std::map<std::string, TensorView>> read_safetensors(std::span<const std::byte> file,
                                                           const std::string& where) {
  if (file.size() < 8)
    return invalid(fmt::format("is {} bytes; expected at least the 8 of a safetensors header", file.size()),
                   where);
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, file.data(), 8);
  if (header_bytes > kMaxHeaderBytes || header_bytes > file.size() - 8)
    return invalid(
        fmt::format("names a header of {} bytes; expected at most {} and no more than the file holds",
                    header_bytes, kMaxHeaderBytes),
        where);
  const auto data = file.subspan(8 + static_cast<std::size_t>(header_bytes));
  METASPATIAL_TRY(const HeaderJson header, parse_header({reinterpret_cast<const char*>(file.data() + 8),
                                                         static_cast<std::size_t>(header_bytes)},
                                                        kMaxHeaderDepth, where));

  struct Extent {
    std::uint64_t begin;
    std::uint64_t end;
    const std::string* name;
  };
  std::vector<Extent> extents;
  std::map<std::string, TensorView> tensors;
  for (auto entry = header.begin(); entry != header.end(); ++entry) {
    const std::string& name = entry.key();
    if (name == "__metadata__") {
      if (!entry->is_object()) return invalid("__metadata__ is not an object of strings", where);
      for (const auto& text : *entry)
        if (!text.is_string()) return invalid("__metadata__ is not an object of strings", where);
      continue;
    }
    const auto bad = [&](std::string_view expected) {
      return invalid(fmt::format("tensor {}: expected {}", shown(name), expected), where);
    };
    if (name.empty() || name.size() > kMaxNameBytes) return bad("a name of 1 to 1024 bytes");
    if (!entry->is_object() || !entry->contains("dtype") || !entry->contains("shape") ||
        !entry->contains("data_offsets"))
      return bad("an object with dtype, shape and data_offsets");
    const auto& dtype_json = (*entry)["dtype"];
    const auto dtype = std::find_if(kDTypes.begin(), kDTypes.end(), [&](const DTypeName& known) {
      return dtype_json == std::string(known.name);
    });
    if (dtype == kDTypes.end()) return bad("dtype F32, BF16, F16 or I64");
    TensorView view;
    view.dtype = dtype->dtype;
    const auto& shape_json = (*entry)["shape"];
    if (!shape_json.is_array() || shape_json.size() > kMaxRank) return bad("a shape of at most 16 sizes");
    for (const auto& n : shape_json) {
      const auto size = unsigned_number(n);
      if (!size) return bad("a shape of whole numbers");
      view.shape.push_back(static_cast<std::int64_t>(*size));
    }
    const auto& offsets = (*entry)["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2) return bad("data_offsets [begin, end]");
    const auto begin = unsigned_number(offsets[0]);
    const auto end = unsigned_number(offsets[1]);
    if (!begin || !end || *begin > *end || *end > data.size())
      return bad(fmt::format("data_offsets within the {} bytes of data", data.size()));
    if (size_of(view.shape, dtype->bytes) != *end - *begin)
      return bad(fmt::format("a shape of as many bytes as its data, {}", *end - *begin));
    view.bytes = data.subspan(static_cast<std::size_t>(*begin), static_cast<std::size_t>(*end - *begin));
    extents.push_back({*begin, *end, &name});
    tensors.emplace(name, std::move(view));
  }
  // The format allows neither overlap nor holes: every byte of the data is one tensor's.
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  std::uint64_t covered = 0;
  for (const Extent& extent : extents) {
    if (extent.begin != covered)
      return invalid(fmt::format("tensor {}: its data begin at {}; expected {}, where the one before ends",
                                 shown(*extent.name), extent.begin, covered),
                     where);
    covered = extent.end;
  }
  if (covered != data.size())
    return invalid(fmt::format("holds {} bytes of data; its tensors cover {}", data.size(), covered), where);
  return tensors;
}

Result<std::map<std::string, std::string>> read_safetensors_index(std::string_view text,
                                                                  const std::string& where) {
  METASPATIAL_TRY(const HeaderJson index, parse_header(text, kMaxIndexDepth, where));
  const auto weight_map = index.find("weight_map");
  if (weight_map == index.end() || !weight_map->is_object())
    return invalid("key 'weight_map': expected an object of tensor names and file names", where);
  std::map<std::string, std::string> files;
  for (auto entry = weight_map->begin(); entry != weight_map->end(); ++entry) {
    if (!entry->is_string())
      return invalid(fmt::format("weight_map {}: expected a file name", shown(entry.key())), where);
    const auto& file = entry->get_ref<const std::string&>();
    // Only files beside the index: a name must not lead elsewhere.
    if (file.empty() || file.size() > 255 || file == "." || file == ".." ||
        file.find('/') != std::string::npos || file.find('\0') != std::string::npos)
      return invalid(fmt::format("weight_map {}: expected the name of a file in the same folder, not {}",
                                 shown(entry.key()), shown(file)),
                     where);
    files.emplace(entry.key(), file);
  }
  return files;
}

std::size_t item_bytes(DType dtype) {
  return named(dtype).bytes;
}

SafetensorsFile::~SafetensorsFile() {
  for (const Mapping& mapping : mappings_) ::munmap(mapping.address, mapping.size);
}

SafetensorsFile::SafetensorsFile(SafetensorsFile&& other) noexcept
    : mappings_(std::exchange(other.mappings_, {})), tensors_(std::exchange(other.tensors_, {})) {}

SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&& other) noexcept {
  std::swap(mappings_, other.mappings_);
  std::swap(tensors_, other.tensors_);
  return *this;
}

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& file_or_directory) {
  SafetensorsFile result;
  const auto add = [&](const std::filesystem::path& path) -> Result<std::map<std::string, TensorView>> {
    METASPATIAL_TRY(const Mapped mapped, map_file(path));
    result.mappings_.push_back({mapped.address, mapped.size});
    return read_safetensors({static_cast<const std::byte*>(mapped.address), mapped.size}, path.string());
  };

  std::error_code ignored;
  if (!std::filesystem::is_directory(file_or_directory, ignored)) {
    METASPATIAL_TRY(result.tensors_, add(file_or_directory));
    return result;
  }
  const auto single = file_or_directory / "model.safetensors";
  const auto index_path = file_or_directory / "model.safetensors.index.json";
  if (std::filesystem::exists(single, ignored) || !std::filesystem::exists(index_path, ignored)) {
    METASPATIAL_TRY(result.tensors_, add(single));
    return result;
  }

  METASPATIAL_TRY(const std::string index_text,
                  read_file(index_path, static_cast<std::size_t>(kMaxHeaderBytes)));
  METASPATIAL_TRY(const auto files, read_safetensors_index(index_text, index_path.string()));
  std::map<std::string, std::map<std::string, TensorView>> shards;
  for (const auto& [name, file] : files) {
    auto shard = shards.find(file);
    if (shard == shards.end()) {
      METASPATIAL_TRY(auto tensors, add(file_or_directory / file));
      shard = shards.emplace(file, std::move(tensors)).first;
    }
    const auto tensor = shard->second.find(name);
    if (tensor == shard->second.end())
      return invalid(fmt::format("weight_map: tensor {} is not in {}", shown(name), shown(file)),
                     index_path.string());
    result.tensors_.emplace(name, tensor->second);
  }
  // What a shard holds besides would be read by some programs and not by others.
  for (const auto& [file, tensors] : shards) {
    for (const auto& [name, view] : tensors) {
      const auto listed = files.find(name);
      if (listed == files.end())
        return invalid(fmt::format("weight_map: tensor {} of {} is missing", shown(name), shown(file)),
                       index_path.string());
      if (listed->second != file)
        return invalid(fmt::format("tensor {} is in two files, {} and {}", shown(name), shown(listed->second),
                                   shown(file)),
                       index_path.string());
    }
  }
  return result;
}

void SafetensorsFile::drop(std::span<const std::byte> bytes) const {
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  // Whole pages only; their neighbours' bytes come back from the file when they are read.
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data()) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(bytes.data() + bytes.size());
  if (end > begin) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

Result<void> write_safetensors(const std::filesystem::path& path,
                               const std::map<std::string, TensorPlan>& tensors, const TensorBytes& bytes,
                               const std::map<std::string, std::string>& metadata) {
  HeaderJson header = HeaderJson::object();  // sorted by name, as the data are
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t end = 0;
  for (const auto& [name, plan] : tensors) {
    const auto size = size_of(plan.shape, named(plan.dtype).bytes);
    if (name.empty() || name.size() > kMaxNameBytes || name == "__metadata__" || !size)
      return invalid(fmt::format("tensor {}: expected a name and a shape", shown(name)), path.string());
    header[name] = {
        {"dtype", named(plan.dtype).name}, {"shape", plan.shape}, {"data_offsets", {end, end + *size}}};
    end += *size;
  }
  std::string start;
  try {
    start = header.dump();
  } catch (const HeaderJson::exception&) {
    return invalid("a name or the metadata are not UTF-8", path.string());
  }
  // Spaces up to a multiple of 8, so that the data begin aligned.
  start.resize((start.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  const std::uint64_t header_bytes = start.size();
  if (header_bytes > kMaxHeaderBytes)
    return invalid("the header is larger than the format allows", path.string());
  start.insert(0, reinterpret_cast<const char*>(&header_bytes), 8);

  METASPATIAL_TRY(FileWriter file, FileWriter::create(path));
  METASPATIAL_TRY_VOID(file.write(start));
  for (const auto& [name, plan] : tensors) {
    const std::span<const std::byte> data = bytes(name);
    if (size_of(plan.shape, named(plan.dtype).bytes) != data.size())
      return invalid(fmt::format("tensor {}: expected as many bytes as its shape says", shown(name)),
                     path.string());
    METASPATIAL_TRY_VOID(file.write({reinterpret_cast<const char*>(data.data()), data.size()}));
  }
  return file.commit();
}

Result<void> write_safetensors(const std::filesystem::path& path,
                               const std::map<std::string, TensorView>& tensors,
                               const std::map<std::string, std::string>& metadata) {
  std::map<std::string, TensorPlan> plans;
  for (const auto& [name, view] : tensors) plans[name] = {view.dtype, view.shape};
  return write_safetensors(
      path, plans, [&](const std::string& name) { return tensors.at(name).bytes; }, metadata);
}

}  // namespace metaspatial::vlm
