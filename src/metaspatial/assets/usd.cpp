#include "metaspatial/assets/usd.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <set>

#include "metaspatial/assets/image_codec.hpp"

namespace metaspatial::assets {
namespace {

/// The shortest text that reads back as the same number.
template <typename T>
void add_number(std::string& out, T value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}
std::string text_of(double value) {
  std::string text;
  add_number(text, value);
  return text;
}
std::string text_of(float value) {
  std::string text;
  add_number(text, value);
  return text;
}
template <typename Vector>
void add_tuple(std::string& out, const Vector& v) {
  out += '(';
  for (int i = 0; i < v.size(); ++i) {
    if (i > 0) out += ", ";
    add_number(out, v[i]);
  }
  out += ')';
}
template <typename Vector>
std::string tuple(const Vector& v) {
  std::string text;
  add_tuple(text, v);
  return text;
}
template <typename Vector>
std::string tuples(const std::vector<Vector>& values) {
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ", ";
    add_tuple(text, values[i]);
  }
  return text + ']';
}

/// A string literal; what would end it, or is no text, is escaped or left out.
std::string literal(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n')
      result += "\\n";
    else if (code >= 0x20 && code != 0x7f)
      result += c;
  }
  return result + '"';
}

/// Identifiers that are unique among their siblings.
class Names {
 public:
  std::string unique(std::string_view wish) {
    std::string base;
    for (const char c : wish.substr(0, 80)) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      base += plain ? c : '_';
    }
    if (base.empty() || (base[0] >= '0' && base[0] <= '9')) base.insert(0, 1, '_');
    std::string name = base;
    for (int i = 2; !taken_.insert(name).second; ++i) name = base + '_' + std::to_string(i);
    return name;
  }

 private:
  std::set<std::string> taken_;
};

std::string_view wrap_token(Texture::Wrap wrap) {
  switch (wrap) {
    case Texture::Wrap::Repeat:
      break;
    case Texture::Wrap::Clamp:
      return "clamp";
    case Texture::Wrap::Mirror:
      return "mirror";
  }
  return "repeat";
}

class Layer {
 public:
  Layer(const ExportScene& room, std::string_view texture_folder)
      : room_(room), texture_folder_(texture_folder) {}

  std::string write();

 private:
  /// One line, indented as deep as we are.
  void line(std::string_view text) {
    out_.append(4 * depth_, ' ');
    out_ += text;
    out_ += '\n';
  }
  void open(const std::string& head, const std::vector<std::string>& metadata = {}) {
    if (metadata.empty()) {
      line(head);
    } else {
      line(head + " (");
      ++depth_;
      for (const std::string& entry : metadata) line(entry);
      --depth_;
      line(")");
    }
    line("{");
    ++depth_;
  }
  void close() {
    --depth_;
    line("}");
  }
  void material(const ExportMaterial& material, const std::string& name, const std::string& path,
                bool vertex_colors);
  void texture(const std::string& path, std::string_view name, int image, bool is_color,
               const std::string& scale, const std::string& bias, const std::vector<std::string>& outputs);
  void prototype(const ExportMesh& mesh, const std::string& name);
  void node(const ExportNode& node, Names& names);
  void light(const RoomLight& light, Names& names);
  void camera(const ExportCamera& camera, Names& names);
  void transform(const Vec3f& x, const Vec3f& y, const Vec3f& z, const Vec3f& origin);

  const ExportScene& room_;
  std::string texture_folder_;
  std::string out_;
  std::size_t depth_ = 0;
  std::vector<std::string> prototypes_;  ///< the path of each mesh
};

void Layer::texture(const std::string& path, std::string_view name, int image, bool is_color,
                    const std::string& scale, const std::string& bias,
                    const std::vector<std::string>& outputs) {
  const ExportImage& picture = room_.images[static_cast<std::size_t>(image)];
  open("def Shader \"" + std::string(name) + "\"");
  line("uniform token info:id = \"UsdUVTexture\"");
  line("asset inputs:file = @./" + texture_folder_ + picture.name + (picture.jpeg ? ".jpg" : ".png") + "@");
  line("float2 inputs:st.connect = <" + path + "/st.outputs:result>");
  line("token inputs:wrapS = \"" + std::string(wrap_token(picture.wrap_u)) + "\"");
  line("token inputs:wrapT = \"" + std::string(wrap_token(picture.wrap_v)) + "\"");
  line(std::string("token inputs:sourceColorSpace = \"") + (is_color ? "sRGB" : "raw") + "\"");
  line("float4 inputs:scale = " + scale);
  if (!bias.empty()) line("float4 inputs:bias = " + bias);
  for (const std::string& output : outputs) line(output);
  close();
}

void Layer::material(const ExportMaterial& m, const std::string& name, const std::string& path,
                     bool vertex_colors) {
  open("def Material \"" + name + "\"", {"displayName = " + literal(m.name)});
  line("token outputs:surface.connect = <" + path + "/surface.outputs:surface>");
  open("def Shader \"surface\"");
  line("uniform token info:id = \"UsdPreviewSurface\"");
  line("int inputs:useSpecularWorkflow = 0");
  const bool has_alpha = m.base_color_image >= 0 && (m.blend || m.alpha_cutoff > 0);
  if (m.base_color_image >= 0)
    line("color3f inputs:diffuseColor.connect = <" + path + "/base_color.outputs:rgb>");
  else if (vertex_colors)
    line("color3f inputs:diffuseColor.connect = <" + path + "/vertex_color.outputs:result>");
  else
    line("color3f inputs:diffuseColor = " + tuple(m.base_color));
  if (m.metallic_roughness_image >= 0) {
    line("float inputs:roughness.connect = <" + path + "/metallic_roughness.outputs:g>");
    line("float inputs:metallic.connect = <" + path + "/metallic_roughness.outputs:b>");
  } else {
    line("float inputs:roughness = " + text_of(m.roughness));
    line("float inputs:metallic = " + text_of(m.metallic));
  }
  if (has_alpha)
    line("float inputs:opacity.connect = <" + path + "/base_color.outputs:a>");
  else if (m.opacity < 1)
    line("float inputs:opacity = " + text_of(m.opacity));
  if (m.alpha_cutoff > 0) line("float inputs:opacityThreshold = " + text_of(m.alpha_cutoff));
  if (m.emission_image >= 0)
    line("color3f inputs:emissiveColor.connect = <" + path + "/emission.outputs:rgb>");
  else if (m.emission.maxCoeff() > 0)
    line("color3f inputs:emissiveColor = " + tuple(m.emission));
  if (m.normal_image >= 0) line("normal3f inputs:normal.connect = <" + path + "/normal.outputs:rgb>");
  line("token outputs:surface");
  close();
  if (m.textured()) {
    open("def Shader \"st\"");
    line("uniform token info:id = \"UsdPrimvarReader_float2\"");
    line("string inputs:varname = \"st\"");
    line("float2 outputs:result");
    close();
  }
  const auto four = [](const Vec3f& v, float w) { return tuple(Eigen::Vector4f(v.x(), v.y(), v.z(), w)); };
  if (m.base_color_image >= 0)
    texture(path, "base_color", m.base_color_image, true, four(m.base_color, m.opacity), "",
            {"float3 outputs:rgb", "float outputs:a"});
  else if (vertex_colors) {
    open("def Shader \"vertex_color\"");
    line("uniform token info:id = \"UsdPrimvarReader_float3\"");
    line("string inputs:varname = \"displayColor\"");
    line("float3 outputs:result");
    close();
  }
  if (m.metallic_roughness_image >= 0)
    texture(path, "metallic_roughness", m.metallic_roughness_image, false,
            four(Vec3f(1, m.roughness, m.metallic), 1), "", {"float outputs:g", "float outputs:b"});
  if (m.normal_image >= 0)
    texture(path, "normal", m.normal_image, false, "(2, 2, 2, 1)", "(-1, -1, -1, 0)", {"float3 outputs:rgb"});
  if (m.emission_image >= 0)
    texture(path, "emission", m.emission_image, true, four(m.emission, 1), "", {"float3 outputs:rgb"});
  close();
}

/// A mesh with its materials inside, so that a reference to it brings them along.
void Layer::prototype(const ExportMesh& mesh, const std::string& name) {
  const std::string path = "/prototypes/" + name;
  prototypes_.push_back(path);
  open("def Xform \"" + name + "\"", {"displayName = " + literal(mesh.name)});
  std::vector<std::string> paths;
  Names names;
  open("def Scope \"materials\"");
  for (const ExportPart& part : mesh.parts) {
    const ExportMaterial& m = room_.materials[static_cast<std::size_t>(part.material)];
    const std::string id = names.unique(m.name);
    paths.push_back(path + "/materials/" + id);
    material(m, id, paths.back(), !part.colors.empty());
  }
  close();
  Names parts;
  for (std::size_t k = 0; k < mesh.parts.size(); ++k) {
    const ExportPart& part = mesh.parts[k];
    const ExportMaterial& m = room_.materials[static_cast<std::size_t>(part.material)];
    Vec3f low = part.positions_m[0];
    Vec3f high = low;
    for (const Vec3f& p : part.positions_m) {
      low = low.cwiseMin(p);
      high = high.cwiseMax(p);
    }
    open("def Mesh \"part_" + parts.unique(m.name) + "\"", {"prepend apiSchemas = [\"MaterialBindingAPI\"]"});
    line("uniform bool doubleSided = 1");
    line("float3[] extent = [" + tuple(low) + ", " + tuple(high) + "]");
    std::string text = "int[] faceVertexCounts = [";
    for (std::size_t t = 0; t < part.indices.size() / 3; ++t) text += t > 0 ? ", 3" : "3";
    line(text + ']');
    text = "int[] faceVertexIndices = [";
    for (std::size_t i = 0; i < part.indices.size(); ++i) {
      if (i > 0) text += ", ";
      add_number(text, part.indices[i]);
    }
    line(text + ']');
    line("rel material:binding = <" + paths[k] + ">");
    const auto per_vertex = [&](const std::string& declaration) {
      line(declaration + " (");
      line("    interpolation = \"vertex\"");
      line(")");
    };
    per_vertex("normal3f[] normals = " + tuples(part.normals));
    line("point3f[] points = " + tuples(part.positions_m));
    if (!part.colors.empty()) {
      std::vector<Vec3f> colors;
      for (const Vec3f& c : part.colors) colors.push_back(c.cwiseProduct(m.base_color));
      per_vertex("color3f[] primvars:displayColor = " + tuples(colors));
    } else {
      line("color3f[] primvars:displayColor = [" + tuple(m.base_color) + "]");
    }
    if (!part.uvs.empty()) {
      std::vector<Eigen::Vector2f> st;
      for (const Eigen::Vector2f& uv : part.uvs) st.emplace_back(uv.x(), 1 - uv.y());
      per_vertex("texCoord2f[] primvars:st = " + tuples(st));
    }
    line("uniform token subdivisionScheme = \"none\"");
    close();
  }
  close();
}

void Layer::node(const ExportNode& node, Names& names) {
  std::vector<std::string> metadata;
  const bool is_object = node.role == ExportNode::Role::Object;
  metadata.push_back("displayName = " + literal(node.name));
  metadata.emplace_back("kind = \"component\"");
  if (node.mesh >= 0) {
    const auto index = static_cast<std::size_t>(node.mesh);
    if (room_.meshes[index].uses > 1) metadata.emplace_back("instanceable = true");
    metadata.push_back("prepend references = <" + prototypes_[index] + ">");
  }
  metadata.emplace_back("customData = {");
  metadata.push_back("    string id = " + literal(node.name));
  if (is_object) {
    const Json& object = room_.objects[node.object];
    for (const char* key : {"kind", "style", "material"})
      metadata.push_back("    string " + std::string(key) + " = " + literal(object[key].get<std::string>()));
    const Json& size = object["size_m"];
    metadata.push_back(
        "    double3 size_m = " +
        tuple(scene::Vec3(size[0].get<double>(), size[1].get<double>(), size[2].get<double>())));
  }
  metadata.emplace_back("}");
  open("def Xform \"" + names.unique(node.name) + "\"", metadata);
  if (is_object) {
    line("double3 xformOp:translate = " + tuple(node.position_m));
    line("double xformOp:rotateZ = " + text_of(-node.yaw_rad * 180 / std::numbers::pi));
    line("uniform token[] xformOpOrder = [\"xformOp:translate\", \"xformOp:rotateZ\"]");
  }
  close();
}

void Layer::transform(const Vec3f& x, const Vec3f& y, const Vec3f& z, const Vec3f& origin) {
  std::string text = "matrix4d xformOp:transform = (";
  for (const Vec3f* row : {&x, &y, &z, &origin}) {
    const bool last = row == &origin;
    text += tuple(Eigen::Vector4d(static_cast<double>(row->x()), static_cast<double>(row->y()),
                                  static_cast<double>(row->z()), last ? 1.0 : 0.0));
    text += last ? ")" : ", ";
  }
  line(text);
  line("uniform token[] xformOpOrder = [\"xformOp:transform\"]");
}

void Layer::light(const RoomLight& light, Names& names) {
  const float most = light.radiance.maxCoeff();
  if (!(most > 0)) return;
  constexpr float kLampRadius_m = 0.05F;
  open((light.area ? "def RectLight \"" : "def SphereLight \"") + names.unique(light.name) + "\"",
       {"displayName = " + literal(light.name)});
  line("color3f inputs:color = " + tuple(Vec3f((light.radiance / most).cwiseMax(0.0F))));
  if (light.area) {
    line("float inputs:width = " + text_of(2 * light.half_u_m.norm()));
    line("float inputs:height = " + text_of(2 * light.half_v_m.norm()));
    line("float inputs:intensity = " + text_of(most));
    // A light shines along its -Z.
    const Vec3f back = -light.normal.normalized();
    const Vec3f right = light.half_u_m.normalized();
    transform(right, back.cross(right), back, light.position_m);
  } else {
    // A ball that shows its disc sends the lamp's intensity.
    line("float inputs:radius = " + text_of(kLampRadius_m));
    line("float inputs:intensity = " +
         text_of(most / (std::numbers::pi_v<float> * kLampRadius_m * kLampRadius_m)));
    line("double3 xformOp:translate = " + tuple(scene::Vec3(light.position_m.cast<double>())));
    line("uniform token[] xformOpOrder = [\"xformOp:translate\"]");
  }
  close();
}

void Layer::camera(const ExportCamera& camera, Names& names) {
  constexpr float kFocalLength = 35;  // tenths of a unit, as the apertures: only their ratio is seen
  open("def Camera \"" + names.unique(camera.name) + "\"");
  line("float2 clippingRange = (0.05, 10000)");
  line("float focalLength = " + text_of(kFocalLength));
  line("float horizontalAperture = " + text_of(2 * kFocalLength * camera.half_width));
  line("float verticalAperture = " + text_of(2 * kFocalLength * camera.half_height));
  line("token projection = \"perspective\"");
  transform(camera.right, camera.up, -camera.forward, camera.origin);
  close();
}

std::string Layer::write() {
  out_ = "#usda 1.0\n";
  line("(");
  line("    customLayerData = {");
  line("        string creator = \"MetaSpatial\"");
  line("    }");
  line("    defaultPrim = \"room\"");
  line("    metersPerUnit = 1");
  line("    upAxis = \"Z\"");
  line(")");
  line("");
  // A class is not drawn; its meshes are where they are referred to.
  open("class Scope \"prototypes\"");
  Names prototype_names;
  for (const ExportMesh& mesh : room_.meshes) prototype(mesh, prototype_names.unique(mesh.name));
  close();
  line("");
  std::vector<std::string> metadata = {
      "displayName = " + literal(room_.room["name"].get<std::string>()), "kind = \"assembly\"",
      "customData = {", "    string wish = " + literal(room_.room["wish"].get<std::string>()), "}"};
  open("def Xform \"room\"", metadata);
  const auto group = [&](const std::string& name, auto&& members) {
    open("def Xform \"" + name + "\"", {"kind = \"group\""});
    Names names;
    members(names);
    close();
  };
  group("shell", [&](Names& names) {
    for (const ExportNode& n : room_.nodes)
      if (n.role == ExportNode::Role::Shell) node(n, names);
  });
  group("openings", [&](Names& names) {
    for (const ExportNode& n : room_.nodes)
      if (n.role == ExportNode::Role::Opening) node(n, names);
  });
  group("furniture", [&](Names& names) {
    for (const ExportNode& n : room_.nodes)
      if (n.role == ExportNode::Role::Object) node(n, names);
  });
  group("lights", [&](Names& names) {
    for (const RoomLight& l : room_.lights) light(l, names);
  });
  group("cameras", [&](Names& names) {
    for (const ExportCamera& c : room_.cameras) camera(c, names);
  });
  close();
  return std::move(out_);
}

/// A ZIP file of stored files, each at a multiple of 64 bytes.
///
/// Source   APPNOTE.TXT 6.3 of PKWARE, 4.3.7 to 4.3.16; USDZ File Format Specification, layout.
class Package {
 public:
  void add(const std::string& name, std::string_view bytes) {
    const std::size_t header = bytes_.size();
    const std::uint32_t crc = crc32_of(bytes);
    // An extra field of the wanted length pads the header; it has at least its own four bytes.
    std::size_t extra = (64 - (header + 30 + name.size()) % 64) % 64;
    if (extra > 0 && extra < 4) extra += 64;
    number(bytes_, 0x04034b50, 4);
    fields(bytes_, crc, bytes.size(), name.size(), extra);
    bytes_ += name;
    if (extra > 0) {
      number(bytes_, 0x1986, 2);
      number(bytes_, extra - 4, 2);
      bytes_.append(extra - 4, '\0');
    }
    bytes_ += bytes;
    number(directory_, 0x02014b50, 4);
    number(directory_, 10, 2);
    fields(directory_, crc, bytes.size(), name.size(), 0);
    number(directory_, 0, 2);  // comment
    number(directory_, 0, 2);  // disk
    number(directory_, 0, 2);  // internal attributes
    number(directory_, 0, 4);  // external attributes
    number(directory_, header, 4);
    directory_ += name;
    ++count_;
  }
  std::string finish() && {
    const std::size_t start = bytes_.size();
    bytes_ += directory_;
    number(bytes_, 0x06054b50, 4);
    number(bytes_, 0, 4);
    number(bytes_, count_, 2);
    number(bytes_, count_, 2);
    number(bytes_, directory_.size(), 4);
    number(bytes_, start, 4);
    number(bytes_, 0, 2);
    return std::move(bytes_);
  }

 private:
  static void number(std::string& out, std::size_t value, int width) {
    for (int i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  }
  /// From the version needed to the length of the extra field; a fixed date, so that bytes repeat.
  static void fields(std::string& out, std::uint32_t crc, std::size_t size, std::size_t name,
                     std::size_t extra) {
    number(out, 10, 2);
    number(out, 0, 2);
    number(out, 0, 2);
    number(out, 0, 2);
    number(out, 0x21, 2);  // 1980-01-01
    number(out, crc, 4);
    number(out, size, 4);
    number(out, size, 4);
    number(out, name, 2);
    number(out, extra, 2);
  }

  std::string bytes_;
  std::string directory_;
  std::size_t count_ = 0;
};

}  // namespace

Result<UsdFiles> room_usda(const scene::SceneGraph& graph, const scene::Layout& layout,
                           const ExportOptions& options, std::string_view texture_folder) {
  METASPATIAL_TRY(const ExportScene room, export_scene(graph, layout, options));
  UsdFiles files;
  files.layer = Layer(room, texture_folder).write();
  for (const ExportImage& image : room.images)
    files.textures.emplace_back(std::string(texture_folder) + image.name + (image.jpeg ? ".jpg" : ".png"),
                                image.bytes);
  return files;
}

Result<std::string> room_usdz(const scene::SceneGraph& graph, const scene::Layout& layout,
                              const ExportOptions& options) {
  METASPATIAL_TRY(const UsdFiles files, room_usda(graph, layout, options, "textures/"));
  std::size_t total = files.layer.size();
  for (const auto& [name, bytes] : files.textures) total += bytes.size();
  if (total > (std::size_t{3} << 30)) return invalid("the room needs more than 3 GB, too much for a .usdz");
  Package package;
  package.add("room.usda", files.layer);
  for (const auto& [name, bytes] : files.textures) package.add(name, bytes);
  return std::move(package).finish();
}

}  // namespace metaspatial::assets
