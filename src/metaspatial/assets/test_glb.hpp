#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/base/json.hpp"

/// glTF files made by hand, for tests: what is wrong in them is wrong on purpose.
namespace metaspatial::assets {

class TestGlb {
 public:
  TestGlb() {
    json["asset"] = {{"version", "2.0"}};
    json["scene"] = 0;
    json["scenes"] = Json::array({Json{{"nodes", Json::array({0})}}});
    json["nodes"] = Json::array({Json{{"mesh", 0}}});
    json["meshes"] = Json::array({Json{{"primitives", Json::array()}}});
    json["buffers"] = Json::array({Json::object()});
    json["bufferViews"] = Json::array();
    json["accessors"] = Json::array();
  }

  Json json;
  std::string binary;

  template <typename T>
  std::size_t view(const std::vector<T>& values, std::size_t stride = 0) {
    binary.resize((binary.size() + 3) / 4 * 4);
    Json entry{{"buffer", 0}, {"byteOffset", binary.size()}, {"byteLength", values.size() * sizeof(T)}};
    if (stride > 0) entry["byteStride"] = stride;
    binary.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    json["bufferViews"].push_back(entry);
    return json["bufferViews"].size() - 1;
  }
  std::size_t view(std::string_view bytes) { return view(std::vector<char>(bytes.begin(), bytes.end())); }

  template <typename T>
  std::size_t accessor(const std::vector<T>& values, const char* type, std::size_t count, int component_type,
                       bool normalized = false) {
    Json entry{
        {"bufferView", view(values)}, {"componentType", component_type}, {"count", count}, {"type", type}};
    if (normalized) entry["normalized"] = true;
    json["accessors"].push_back(entry);
    return json["accessors"].size() - 1;
  }
  std::size_t floats(const std::vector<float>& values, const char* type, std::size_t components) {
    return accessor(values, type, values.size() / components, 5126);
  }
  std::size_t positions(const std::vector<float>& values) { return floats(values, "VEC3", 3); }

  /// A primitive of mesh 0 with these positions (an accessor); more may be added to what is returned.
  Json& primitive(std::size_t position) {
    json["meshes"][0]["primitives"].push_back(Json{{"attributes", {{"POSITION", position}}}});
    return json["meshes"][0]["primitives"].back();
  }

  /// A triangle in the plane z = 0, right angle at the origin, sides 1 along x and 2 along y, facing +Z.
  Json& triangle() { return primitive(positions({0, 0, 0, 1, 0, 0, 0, 2, 0})); }

  /// A closed box from lo to hi, 8 shared corners, 12 triangles, no normals.
  Json& box(std::initializer_list<float> lo_values, std::initializer_list<float> hi_values) {
    const std::vector<float> lo(lo_values);
    const std::vector<float> hi(hi_values);
    std::vector<float> corners;
    for (unsigned i = 0; i < 8; ++i)
      for (unsigned axis = 0; axis < 3; ++axis)
        corners.push_back((i >> axis & 1U) != 0 ? hi[axis] : lo[axis]);
    const std::vector<std::uint16_t> indices{0, 2, 1, 1, 2, 3, 4, 5, 6, 5, 7, 6, 0, 1, 4, 1, 5, 4,
                                             2, 6, 3, 3, 6, 7, 0, 4, 2, 2, 4, 6, 1, 3, 5, 3, 7, 5};
    const std::size_t position = positions(corners);
    const std::size_t index = accessor(indices, "SCALAR", indices.size(), 5123);
    Json& result = primitive(position);
    result["indices"] = index;
    return result;
  }

  [[nodiscard]] std::string glb() {
    json["buffers"][0]["byteLength"] = binary.size();
    return glb_of(json.dump(), binary);
  }
  static std::string glb_of(std::string text, std::string data) {
    text.resize((text.size() + 3) / 4 * 4, ' ');
    data.resize((data.size() + 3) / 4 * 4);
    std::string bytes = "glTF";
    const auto number = [&](std::size_t value) {
      const auto short_value = static_cast<std::uint32_t>(value);
      bytes.append(reinterpret_cast<const char*>(&short_value), 4);
    };
    number(2);
    number(12 + 8 + text.size() + (data.empty() ? 0 : 8 + data.size()));
    number(text.size());
    bytes += "JSON" + text;
    if (data.empty()) return bytes;
    number(data.size());
    bytes += std::string("BIN\0", 4) + data;
    return bytes;
  }
};

/// A PNG of 2 x 2 pixels: red, green / blue, white at half alpha.
[[nodiscard]] inline std::string test_png() {
  constexpr unsigned char kBytes[] = {
      137, 80, 78,  71,  13,  10, 26,  10,  0,   0,   0,   13,  73,  72, 68, 82,  0,  0,  0,
      2,   0,  0,   0,   2,   8,  6,   0,   0,   0,   114, 182, 13,  36, 0,  0,   0,  19, 73,
      68,  65, 84,  120, 218, 99, 248, 207, 192, 240, 31,  12,  129, 52, 8,  52,  0,  0,  73,
      73,  9,  120, 156, 81,  23, 146, 0,   0,   0,   0,   73,  69,  78, 68, 174, 66, 96, 130};
  return {reinterpret_cast<const char*>(kBytes), sizeof kBytes};
}

}  // namespace metaspatial::assets
