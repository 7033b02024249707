#include "metaspatial/assets/export_scene.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <numbers>
#include <set>
#include <utility>

#include "metaspatial/assets/image_codec.hpp"
#include "metaspatial/assets/library.hpp"
#include "metaspatial/assets/pattern.hpp"
#include "metaspatial/assets/room_shell.hpp"

namespace metaspatial::assets {
namespace {

using scene::Wall;

constexpr double kFarthest_m = 1e6;
constexpr std::size_t kMaxBytes = std::size_t{3} << 30;  // lengths in a GLB have 32 bits
// Rooms in files stand open: no ceiling sends light back, and readers do not set the exposure for us. Chosen
// by looking at Cycles' pictures beside ours.
constexpr float kLightGain = 4;

/// Text that JSON can hold: bytes that are not UTF-8 become U+FFFD.
std::string clean(const std::string& text) {
  const Result<Json> value = parse_json(dump_json(Json(text)), "text");
  return value && value->is_string() ? value->get<std::string>() : std::string();
}

double finite(double value) {
  return std::isfinite(value) ? value : 0.0;
}

/// What tells two materials apart.
std::string material_key(const Material& m) {
  std::string key = m.name;
  const auto add = [&key](const auto& value) {
    key += '|';
    key.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  for (const float value :
       {m.base_color.x(), m.base_color.y(), m.base_color.z(), m.roughness, m.metallic, m.emission.x(),
        m.emission.y(), m.emission.z(), m.opacity, m.normal_scale, m.alpha_cutoff})
    add(value);
  add(m.pattern);
  for (const Texture* texture : {m.base_color_texture.get(), m.metallic_roughness_texture.get(),
                                 m.normal_texture.get(), m.emission_texture.get()})
    add(texture);
  return key;
}

std::string_view pattern_name(Pattern pattern) {
  switch (pattern) {
    case Pattern::None:
      break;
    case Pattern::Wood:
      return "wood";
    case Pattern::Planks:
      return "planks";
    case Pattern::Tiles:
      return "tiles";
    case Pattern::Weave:
      return "weave";
    case Pattern::Marble:
      return "marble";
    case Pattern::Brick:
      return "brick";
  }
  return "plain";
}

/// Tangents that follow u, summed over the triangles of each vertex: for meshes whose file had none.
std::vector<Eigen::Vector4f> tangents_of(const ExportPart& part) {
  std::vector<Vec3f> along(part.positions_m.size(), Vec3f::Zero());
  std::vector<float> side(part.positions_m.size(), 0.0F);
  for (std::size_t t = 0; t + 2 < part.indices.size(); t += 3) {
    const std::uint32_t a = part.indices[t];
    const std::uint32_t b = part.indices[t + 1];
    const std::uint32_t c = part.indices[t + 2];
    const Vec3f e1 = part.positions_m[b] - part.positions_m[a];
    const Vec3f e2 = part.positions_m[c] - part.positions_m[a];
    const Eigen::Vector2f d1 = part.uvs[b] - part.uvs[a];
    const Eigen::Vector2f d2 = part.uvs[c] - part.uvs[a];
    const float area = d1.x() * d2.y() - d1.y() * d2.x();
    if (!(std::abs(area) > 0)) continue;
    const Vec3f u = (d2.y() * e1 - d1.y() * e2) * (area > 0 ? 1.0F : -1.0F);
    // v grows downwards in the picture, and the bitangent points up.
    const float handed = area > 0 ? -1.0F : 1.0F;
    for (const std::uint32_t i : {a, b, c}) {
      along[i] += u;
      side[i] += handed * e1.cross(e2).norm();
    }
  }
  std::vector<Eigen::Vector4f> tangents;
  tangents.reserve(along.size());
  for (std::size_t i = 0; i < along.size(); ++i) {
    const Vec3f& n = part.normals[i];
    Vec3f t = along[i] - along[i].dot(n) * n;
    if (!t.allFinite() || !(t.norm() > 1e-12F)) t = n.unitOrthogonal();
    t.normalize();
    tangents.emplace_back(t.x(), t.y(), t.z(), side[i] < 0 ? -1.0F : 1.0F);
  }
  return tangents;
}

class Collector {
 public:
  explicit Collector(ExportScene& out) : out_(out) {}

  int mesh(const Model& model, const std::string& name);
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  int material(const Material& material);
  int image(const std::shared_ptr<const Texture>& texture, std::string_view use);
  int pattern_image(std::string bytes, const std::string& name);
  std::string unique_name(std::string_view name);
  ExportPart part(const Model& model, std::size_t m);

  ExportScene& out_;
  std::map<std::string, int> materials_;
  std::map<const Texture*, int> textures_;
  std::map<std::string, int> patterns_;  ///< by their bytes
  std::set<std::string> image_names_;
  /// Keeps what `textures_` has the address of.
  std::vector<std::shared_ptr<const Texture>> alive_;
  std::size_t bytes_ = 0;
};

std::string Collector::unique_name(std::string_view name) {
  std::string base;
  for (const char c : name.substr(0, 40))
    base += std::isalnum(static_cast<unsigned char>(c)) && static_cast<unsigned char>(c) < 0x80 ? c : '_';
  std::string result = base;
  for (int i = 2; !image_names_.insert(result).second; ++i) result = base + '_' + std::to_string(i);
  return result;
}

int Collector::image(const std::shared_ptr<const Texture>& texture, std::string_view use) {
  if (!texture || texture->width_px <= 0 || texture->height_px <= 0) return -1;
  const auto [entry, is_new] = textures_.try_emplace(texture.get(), static_cast<int>(out_.images.size()));
  if (!is_new) return entry->second;
  alive_.push_back(texture);
  ExportImage image;
  image.name = unique_name(use);
  image.wrap_u = texture->wrap_u;
  image.wrap_v = texture->wrap_v;
  if (texture->encoded.starts_with("\x89PNG") || texture->encoded.starts_with("\xff\xd8\xff")) {
    image.jpeg = texture->encoded.starts_with("\xff\xd8\xff");
    image.bytes = texture->encoded;
  } else {
    image.bytes = png_of(texture->width_px, texture->height_px, 4, texture->rgba);
  }
  bytes_ += image.bytes.size();
  out_.images.push_back(std::move(image));
  return entry->second;
}

int Collector::pattern_image(std::string bytes, const std::string& name) {
  const auto [entry, is_new] = patterns_.try_emplace(std::move(bytes), static_cast<int>(out_.images.size()));
  if (!is_new) return entry->second;
  ExportImage image;
  image.name = unique_name(name);
  image.bytes = entry->first;
  bytes_ += image.bytes.size();
  out_.images.push_back(std::move(image));
  return entry->second;
}

int Collector::material(const Material& material) {
  const auto [entry, is_new] =
      materials_.try_emplace(material_key(material), static_cast<int>(out_.materials.size()));
  if (!is_new) return entry->second;
  const auto unit = [](float value) { return std::isfinite(value) ? std::clamp(value, 0.0F, 1.0F) : 0.0F; };
  const auto unit3 = [&](const Vec3f& v) { return Vec3f(unit(v.x()), unit(v.y()), unit(v.z())); };
  ExportMaterial m;
  m.name = clean(material.name);
  m.base_color = unit3(material.base_color);
  m.roughness = unit(material.roughness);
  m.metallic = unit(material.metallic);
  m.opacity = unit(material.opacity);
  m.alpha_cutoff = unit(material.alpha_cutoff);
  m.normal_scale = std::isfinite(material.normal_scale) ? material.normal_scale : 1.0F;
  if (material.emission.allFinite()) m.emission = material.emission.cwiseMax(0.0F);
  m.metallic_roughness_image = image(material.metallic_roughness_texture, m.name + "_roughness");
  m.normal_image = image(material.normal_texture, m.name + "_normal");
  m.emission_image = image(material.emission_texture, m.name + "_emission");
  m.base_color_image = image(material.base_color_texture, m.name + "_color");
  m.blend = m.opacity < 1;
  if (m.base_color_image >= 0) {
    const std::vector<std::uint8_t>& rgba = material.base_color_texture->rgba;
    for (std::size_t i = 3; i < rgba.size() && !m.blend; i += 4) m.blend = rgba[i] < 255;
  } else if (material.pattern != Pattern::None) {
    const PatternTexture texture = pattern_texture(material);
    const std::string name(pattern_name(material.pattern));
    m.base_color = unit3(texture.color_factor);
    m.base_color_image = pattern_image(texture.color_png, name);
    if (m.normal_image < 0 && !texture.normal_png.empty())
      m.normal_image = pattern_image(texture.normal_png, name + "_normal");
  }
  m.blend = m.blend && m.alpha_cutoff == 0;
  out_.materials.push_back(std::move(m));
  return entry->second;
}

/// The triangles of material `m`; no indices if there are none.
ExportPart Collector::part(const Model& model, std::size_t m) {
  const Mesh& source = model.mesh;
  const Material& look = model.materials[m];
  const bool projected = look.pattern != Pattern::None && !look.base_color_texture;
  const bool has_uvs = source.uvs.size() == source.positions_m.size();
  const bool has_tangents = source.tangents.size() == source.positions_m.size();
  const bool has_colors = source.colors.size() == source.positions_m.size();
  const PatternTile tile = tile_of(look.pattern);
  ExportPart part;
  bool used = false;
  bool textured = false;
  bool bumpy = false;
  // A corner that faces of different directions share gets a vertex for each projection.
  std::map<std::pair<std::uint32_t, int>, std::uint32_t> split;
  constexpr std::uint32_t kUnused = 0xffffffffU;
  std::vector<std::uint32_t> new_index(projected ? 0 : source.positions_m.size(), kUnused);
  for (std::size_t t = 0; t < source.triangles.size(); ++t) {
    if (source.material_of[t] != m) continue;
    std::array<std::uint32_t, 3> corners = source.triangles[t];
    if (corners[0] == corners[1] || corners[1] == corners[2] || corners[0] == corners[2]) continue;
    const Vec3f flat = (source.positions_m[corners[1]] - source.positions_m[corners[0]])
                           .cross(source.positions_m[corners[2]] - source.positions_m[corners[0]]);
    const Vec3f smooth = source.normals[corners[0]] + source.normals[corners[1]] + source.normals[corners[2]];
    // Viewers tell front from back by the order of the corners: it has to agree with the normals.
    if (flat.dot(smooth) < 0) std::swap(corners[1], corners[2]);
    if (!used) {
      used = true;
      part.material = material(look);
      const ExportMaterial& made = out_.materials[static_cast<std::size_t>(part.material)];
      textured = made.textured() && (projected || has_uvs);
      bumpy = textured && made.normal_image >= 0;
    }
    const Vec3f direction = flat.norm() > 0 ? Vec3f(flat.normalized()) : Vec3f(smooth);
    const Eigen::Matrix<float, 3, 2> axes = pattern_axes(look.pattern, direction);
    int u_axis = 0;
    int v_axis = 0;
    axes.col(0).maxCoeff(&u_axis);
    axes.col(1).maxCoeff(&v_axis);
    const int projection = 3 * u_axis + v_axis;
    for (const std::uint32_t corner : corners) {
      std::uint32_t& index =
          projected ? split.try_emplace({corner, projection}, kUnused).first->second : new_index[corner];
      if (index == kUnused) {
        index = static_cast<std::uint32_t>(part.positions_m.size());
        part.positions_m.push_back(source.positions_m[corner]);
        Vec3f normal = source.normals[corner];
        if (!normal.allFinite() || !(normal.norm() > 0.5F)) normal = flat;
        normal = normal.norm() > 0 ? Vec3f(normal.normalized()) : Vec3f(Vec3f::UnitZ());
        part.normals.push_back(normal);
        if (has_colors) part.colors.push_back(source.colors[corner].cwiseMax(0.0F).cwiseMin(1.0F));
        if (textured && !projected) part.uvs.push_back(source.uvs[corner]);
        if (textured && projected) {
          const Eigen::Vector2f uv_m = axes.transpose() * source.positions_m[corner];
          part.uvs.emplace_back(uv_m.x() / tile.u_m, 1 - uv_m.y() / tile.v_m);
        }
        if (bumpy && projected) {
          Vec3f u = axes.col(0) - axes.col(0).dot(normal) * normal;
          if (!(u.norm() > 1e-3F)) u = normal.unitOrthogonal();
          u.normalize();
          part.tangents.emplace_back(u.x(), u.y(), u.z(),
                                     normal.cross(u).dot(axes.col(1)) < 0 ? -1.0F : 1.0F);
        } else if (bumpy && has_tangents) {
          part.tangents.push_back(source.tangents[corner]);
        }
      }
      part.indices.push_back(index);
    }
  }
  if (bumpy && part.tangents.empty()) part.tangents = tangents_of(part);
  return part;
}

/// Adds a mesh; -1 if the model has no triangles.
int Collector::mesh(const Model& model, const std::string& name) {
  ExportMesh mesh;
  mesh.name = clean(name);
  for (std::size_t m = 0; m < model.materials.size(); ++m) {
    ExportPart next = part(model, m);
    if (next.indices.empty()) continue;
    bytes_ += 64 * next.positions_m.size() + 4 * next.indices.size();
    mesh.parts.push_back(std::move(next));
  }
  if (mesh.parts.empty()) return -1;
  out_.meshes.push_back(std::move(mesh));
  return static_cast<int>(out_.meshes.size()) - 1;
}

void add_node(ExportScene& out, ExportNode node) {
  if (node.mesh >= 0) ++out.meshes[static_cast<std::size_t>(node.mesh)].uses;
  out.nodes.push_back(std::move(node));
}

/// The nearest place from which a camera of this direction has the room's corners in its picture, with a
/// little air around them.
Vec3f fitted_origin(const ExportCamera& camera, const Vec3f& size_m) {
  constexpr float kMargin = 0.95F;
  const auto t = static_cast<float>(kWallThickness_m);
  // Each corner bounds the apex from both sides along an axis; the tightest two meet in it.
  const auto along = [&](const Vec3f& axis, float tangent) {
    float a = -1e9F;
    float b = -1e9F;
    for (const float x : {-t, size_m.x() + t})
      for (const float y : {-t, size_m.y() + t})
        for (const float z : {0.0F, size_m.z()}) {
          const Vec3f p(x, y, z);
          const float depth = tangent * camera.forward.dot(p);
          a = std::max(a, axis.dot(p) - depth);
          b = std::max(b, -axis.dot(p) - depth);
        }
    return std::pair{0.5F * (a - b), -(a + b) / (2 * tangent)};
  };
  const auto [x, depth_x] = along(camera.right, kMargin * camera.half_width);
  const auto [y, depth_y] = along(camera.up, kMargin * camera.half_height);
  return x * camera.right + y * camera.up + std::min(depth_x, depth_y) * camera.forward;
}

void add_shell(Collector& collector, ExportScene& out, const scene::SceneGraph& graph) {
  const RoomShell shell(graph);
  const auto add = [&](const std::string& name, Builder builder, ExportNode::Role role) {
    ExportNode node;
    node.name = clean(name);
    node.role = role;
    node.mesh = collector.mesh(std::move(builder).take(), name);
    if (node.mesh >= 0) add_node(out, std::move(node));
  };
  Builder floor;
  add_floor(floor, shell, shell.materials.wall);
  add("floor", std::move(floor), ExportNode::Role::Shell);
  for (const Wall wall : {Wall::South, Wall::North, Wall::East, Wall::West}) {
    Builder builder;
    for (const WallPiece& piece : shell.walls)
      if (piece.wall == wall) add_wall(builder, shell, piece, shell.size_m.z(), shell.materials.wall, true);
    add(std::string(scene::name(scene::element_of(wall))), std::move(builder), ExportNode::Role::Shell);
    for (const WallPiece& piece : shell.walls) {
      if (piece.wall != wall) continue;
      for (const Hole& hole : piece.holes) {
        Builder opening;
        if (hole.kind == scene::OpeningKind::Door)
          add_door(opening, shell, piece, hole);
        else
          add_window(opening, shell, piece, hole);
        add(graph.openings[hole.opening].id, std::move(opening), ExportNode::Role::Opening);
      }
    }
  }
  out.room = Json{{"name", clean(graph.room_name)},
                  {"wish", clean(graph.user_preference)},
                  {"size_m", {shell.size_m.x(), shell.size_m.y(), shell.size_m.z()}}};

  // From above the south side, looking down into the room over walls that stand.
  constexpr float kTangent = 0.36F;
  constexpr float kElevation_rad = 1.15F;
  ExportCamera overview;
  overview.name = "overview";
  overview.forward = Vec3f(0, std::cos(kElevation_rad), -std::sin(kElevation_rad));
  overview.right = Vec3f::UnitX();
  overview.up = overview.right.cross(overview.forward);
  overview.half_width = overview.half_height = kTangent;
  overview.origin = fitted_origin(overview, shell.size_m);
  out.cameras.push_back(std::move(overview));
}

}  // namespace

Result<ExportScene> export_scene(const scene::SceneGraph& graph, const scene::Layout& layout,
                                 const ExportOptions& options) {
  if (layout.poses.size() != graph.objects.size())
    return invalid("the layout has " + std::to_string(layout.poses.size()) + " poses; expected " +
                   std::to_string(graph.objects.size()) + ", one per object");
  ExportScene out;
  Collector collector(out);
  add_shell(collector, out, graph);
  ModelCache cache(graph.objects.size() + 1);
  std::map<std::shared_ptr<const Model>, int> meshes;
  for (std::size_t i = 0; i < graph.objects.size(); ++i) {
    const scene::SceneObject& object = graph.objects[i];
    const scene::Pose& pose = layout.poses[i];
    if (!pose.position_m.allFinite() || !std::isfinite(pose.yaw_rad) ||
        pose.position_m.cwiseAbs().maxCoeff() > kFarthest_m)
      return invalid("its pose is not finite or too far away; expected metres within 1000 km", object.id);
    const auto [entry, is_new] =
        meshes.try_emplace(options.model_of ? options.model_of(object) : cache.get(object), -1);
    if (is_new) entry->second = collector.mesh(*entry->first, object.kind);
    ExportNode node;
    node.name = clean(object.id);
    node.role = ExportNode::Role::Object;
    node.mesh = entry->second;
    node.position_m = pose.position_m;
    node.yaw_rad = std::remainder(pose.yaw_rad, 2 * std::numbers::pi);
    node.object = i;
    add_node(out, std::move(node));
    out.objects.push_back(
        Json{{"id", clean(object.id)},
             {"kind", clean(object.kind)},
             {"style", clean(object.style)},
             {"material", clean(object.material)},
             {"size_m", {finite(object.size_m.x()), finite(object.size_m.y()), finite(object.size_m.z())}}});
    if (collector.bytes() > kMaxBytes) return invalid("the room's meshes need more than 3 GB", object.id);
  }
  for (RoomLight& light : room_lights(graph, &layout)) {
    light.name = clean(light.name);
    light.radiance *= kLightGain;
    if (light.position_m.allFinite() && light.radiance.allFinite()) out.lights.push_back(std::move(light));
  }
  for (const ExportCamera& camera : options.cameras)
    if (camera.origin.allFinite() && camera.forward.allFinite()) out.cameras.push_back(camera);
  return out;
}

}  // namespace metaspatial::assets
