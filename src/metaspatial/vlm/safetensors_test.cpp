#include "metaspatial/vlm/safetensors.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/base/rng.hpp"

namespace metaspatial::vlm {
namespace {

class Safetensors : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() /
                 ("metaspatial_safetensors_" + std::to_string(::getpid()) + "_" +
                  testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  void put(const std::string& name, std::string_view bytes) {
    ASSERT_TRUE(write_file_atomic(directory_ / name, bytes));
  }
  std::string get(const std::string& name) { return *read_file(directory_ / name); }

  // The error of a file of this header and data, or "no error".
  std::string error_of(std::string_view header, std::string_view data, std::int64_t header_bytes = -1) {
    const auto size = static_cast<std::uint64_t>(header_bytes < 0 ? static_cast<std::int64_t>(header.size())
                                                                  : header_bytes);
    std::string file(8, '\0');
    std::memcpy(file.data(), &size, 8);
    file += header;
    file += data;
    put("test.safetensors", file);
    const auto read = SafetensorsFile::open(directory_ / "test.safetensors");
    return read ? "no error" : to_string(read.error());
  }
  std::filesystem::path directory_;
};

TensorView view(const std::vector<float>& values, std::vector<std::int64_t> shape) {
  return {DType::F32, std::move(shape), std::as_bytes(std::span(values))};
}

TEST_F(Safetensors, WritesTheFormatByteForByte) {
  const std::vector<float> b{1.0F, -2.0F};
  const std::vector<float> a{0.5F};
  ASSERT_TRUE(write_safetensors(directory_ / "x.safetensors", {{"b", view(b, {2, 1})}, {"a", view(a, {})}},
                                {{"format", "pt"}}));
  std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"data_offsets":[0,4],"dtype":"F32","shape":[]},)"
      R"("b":{"data_offsets":[4,12],"dtype":"F32","shape":[2,1]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::string expected(8, '\0');
  expected[0] = static_cast<char>(header.size());
  expected += header;
  expected += std::string(
      "\x00\x00\x00\x3F"
      "\x00\x00\x80\x3F"
      "\x00\x00\x00\xC0",
      12);
  EXPECT_EQ(get("x.safetensors"), expected);
}

TEST_F(Safetensors, ReadsWhatItWrites) {
  Rng rng(1);
  std::vector<float> weights(60);
  for (auto& weight : weights) weight = static_cast<float>(rng.normal());
  const std::vector<std::int64_t> steps{-5, 7};
  const std::vector<std::uint16_t> halves{1, 2, 3};
  const std::map<std::string, TensorView> tensors{
      {"model.layers.0.weight", view(weights, {3, 4, 5})},
      {"empty", view({}, {0, 7})},
      {"halves", {DType::BF16, {3}, std::as_bytes(std::span(halves))}},
      {"more", {DType::F16, {3, 1}, std::as_bytes(std::span(halves))}},
      {"steps", {DType::I64, {2}, std::as_bytes(std::span(steps))}}};
  const auto path = directory_ / "sub" / "x.safetensors";
  ASSERT_TRUE(write_safetensors(path, tensors));
  auto opened = SafetensorsFile::open(path);
  ASSERT_TRUE(opened) << to_string(opened.error());
  SafetensorsFile file = std::move(*opened);
  ASSERT_EQ(file.tensors().size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    const auto& read = file.tensors().at(name);
    EXPECT_EQ(read.dtype, tensor.dtype);
    EXPECT_EQ(read.shape, tensor.shape);
    ASSERT_EQ(read.bytes.size(), tensor.bytes.size());
    EXPECT_TRUE(std::equal(read.bytes.begin(), read.bytes.end(), tensor.bytes.begin()));
  }
  // Nothing but the file itself is left behind.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path.parent_path()), {}), 1);
}

TEST_F(Safetensors, RefusesToWriteWhatDoesNotFit) {
  const std::vector<float> two{1.0F, 2.0F};
  const auto path = directory_ / "x.safetensors";
  put("x.safetensors", "old");
  EXPECT_FALSE(write_safetensors(path, {{"a", view(two, {3})}}));
  EXPECT_FALSE(write_safetensors(path, {{"a", view(two, {-2})}}));
  EXPECT_FALSE(write_safetensors(path, {{"", view(two, {2})}}));
  EXPECT_FALSE(write_safetensors(path, {{"\xFF", view(two, {2})}}));
  EXPECT_EQ(get("x.safetensors"), "old");
  EXPECT_FALSE(write_safetensors("/proc/nowhere/x.safetensors", {{"a", view(two, {2})}}));
}

TEST_F(Safetensors, RefusesLyingHeaders) {
  const std::string data(8, 'x');
  const auto one = [](const char* fields) { return std::string("{\"t\":{") + fields + "}}"; };
  EXPECT_EQ(error_of(one(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])"), data), "no error");
  EXPECT_NE(error_of(one(R"("dtype":"F32","shape":[2],"data_offsets":[0,9])"), data).find("data_offsets"),
            std::string::npos);
  EXPECT_NE(error_of(one(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), data).find("data_offsets"),
            std::string::npos);
  EXPECT_NE(error_of(one(R"("dtype":"F32","shape":[2],"data_offsets":[-8,0])"), data).find("data_offsets"),
            std::string::npos);
  EXPECT_NE(error_of(one(R"("dtype":"F32","shape":[2],"data_offsets":[0])"), data).find("data_offsets"),
            std::string::npos);
  EXPECT_NE(error_of(one(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"), data).find("shape"),
            std::string::npos);
  EXPECT_NE(error_of(one(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"), data).find("shape"),
            std::string::npos);
  EXPECT_NE(error_of(one(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])"), data).find("shape"),
            std::string::npos);
  // 2^32 x 2^32 x 2 would be 8 bytes modulo 2^64.
  EXPECT_NE(error_of(one(R"("dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,8])"), data)
                .find("shape"),
            std::string::npos);
  EXPECT_NE(error_of(one(R"("dtype":"F64","shape":[1],"data_offsets":[0,8])"), data).find("dtype"),
            std::string::npos);
  EXPECT_NE(error_of(one(R"("dtype":"F32")"), data).find("'t'"), std::string::npos);
  EXPECT_NE(error_of(R"({"t":3})", data).find("'t'"), std::string::npos);
  EXPECT_NE(error_of(R"({"__metadata__":{"a":1}})", "").find("__metadata__"), std::string::npos);
  // Overlap, hole, and bytes that are no tensor's.
  EXPECT_NE(error_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                     R"("b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                     data)
                .find("'b'"),
            std::string::npos);
  EXPECT_NE(error_of(one(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"), data).find("begin at 4"),
            std::string::npos);
  EXPECT_NE(error_of(one(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])"), data).find("cover 4"),
            std::string::npos);
  // The header itself.
  EXPECT_NE(error_of("[]", "").find("object"), std::string::npos);
  EXPECT_NE(error_of("{\"t\":", "").find("JSON"), std::string::npos);
  EXPECT_NE(error_of(std::string(1000, '['), "").find("nested"), std::string::npos);
  EXPECT_NE(error_of("{}", "", 1000).find("header of 1000"), std::string::npos);
  EXPECT_NE(error_of("{}", "", std::int64_t{1} << 62).find("header of"), std::string::npos);
  put("short", "1234567");
  EXPECT_FALSE(SafetensorsFile::open(directory_ / "short"));
  put("empty", "");
  EXPECT_FALSE(SafetensorsFile::open(directory_ / "empty"));
  EXPECT_EQ(SafetensorsFile::open(directory_ / "missing").error().code, ErrorCode::NotFound);
  EXPECT_EQ(SafetensorsFile::open(directory_).error().code, ErrorCode::NotFound);
}

TEST_F(Safetensors, ReadsShardsThroughTheIndex) {
  const std::vector<float> one{1.0F};
  const std::vector<float> two{2.0F, 3.0F};
  ASSERT_TRUE(write_safetensors(directory_ / "m-1.safetensors", {{"a", view(one, {1})}}));
  ASSERT_TRUE(write_safetensors(directory_ / "m-2.safetensors", {{"b", view(two, {2})}}));
  const auto index = [&](std::string_view map) {
    put("model.safetensors.index.json",
        std::string(R"({"metadata":{"total_size":12},"weight_map":)") + std::string(map) + "}");
    auto file = SafetensorsFile::open(directory_);
    return file ? std::to_string(file->tensors().size()) + " tensors" : to_string(file.error());
  };
  EXPECT_EQ(index(R"({"a":"m-1.safetensors","b":"m-2.safetensors"})"), "2 tensors");
  EXPECT_NE(index(R"({"a":"m-2.safetensors"})").find("'a'"), std::string::npos);
  EXPECT_NE(index(R"({"a":"../m-1.safetensors"})").find("same folder"), std::string::npos);
  EXPECT_NE(index(R"({"a":"m-3.safetensors"})").find("m-3.safetensors"), std::string::npos);
  EXPECT_NE(index(R"({"a":1})").find("file name"), std::string::npos);
  EXPECT_NE(index("[]").find("weight_map"), std::string::npos);
}

TEST_F(Safetensors, FlippedAndCutFilesNeverCrash) {
  const std::vector<float> values(16, 1.5F);
  ASSERT_TRUE(
      write_safetensors(directory_ / "good", {{"a", view(values, {4, 4})}, {"b", view(values, {16})}}));
  const std::string good = get("good");
  Rng rng(29);
  int refused = 0;
  for (int round = 0; round < 400; ++round) {
    std::string file = good;
    for (std::size_t flips = 1 + rng.below(3); flips > 0; --flips)
      file[rng.below(160)] = static_cast<char>(rng.below(256));
    if (round % 4 == 0) file.resize(rng.below(file.size()));
    put("bad", file);
    const auto read = SafetensorsFile::open(directory_ / "bad");
    if (!read) {
      ++refused;
      continue;
    }
    unsigned sum = 0;
    for (const auto& [name, tensor] : read->tensors())
      for (const std::byte byte : tensor.bytes)
        sum += std::to_integer<unsigned>(byte);  // every byte can be read
    EXPECT_GT(sum, 0U);
  }
  EXPECT_GT(refused, 300);
}

}  // namespace
}  // namespace metaspatial::vlm
