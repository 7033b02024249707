#include "metaspatial/assets/gltf_reader.hpp"

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <utility>

#include "metaspatial/assets/gltf_material.hpp"
#include "metaspatial/assets/gltf_source.hpp"
#include "metaspatial/assets/mesh_repair.hpp"
#include "metaspatial/base/files.hpp"

namespace metaspatial::assets {
namespace {

using Eigen::Matrix4d;

constexpr float kFarthest = 1e7F;
constexpr std::size_t kMaxDepth = 512;

enum class Mode { Triangles = 4, Strip = 5, Fan = 6 };

std::optional<Eigen::VectorXd> numbers(const Json* json, int count) {
  if (json == nullptr || !json->is_array() || json->size() != static_cast<std::size_t>(count)) return {};
  Eigen::VectorXd result(count);
  for (int i = 0; i < count; ++i) {
    const Json& entry = (*json)[static_cast<std::size_t>(i)];
    if (!entry.is_number()) return {};
    result[i] = entry.get<double>();
    if (!std::isfinite(result[i]) || std::abs(result[i]) > 1e12) return {};
  }
  return result;
}

class ModelReader {
 public:
  explicit ModelReader(GltfSource source) : source_(std::move(source)), materials_(source_, notes_) {}

  Result<GltfModel> read(int scene);

 private:
  struct Visit {
    std::size_t node = 0;
    std::size_t depth = 0;
    Matrix4d parent = Matrix4d::Identity();
  };

  Result<std::vector<std::size_t>> roots(int scene, std::string& name);
  Result<Matrix4d> local_transform(const Json& node, std::size_t index);
  Result<void> place_nodes(const std::vector<std::size_t>& roots);
  Result<void> add_mesh(std::size_t node, const Json& json, std::size_t mesh);
  Result<void> add_primitive(const Json& primitive, const std::string& what, const Matrix4d& transform,
                             const std::vector<Matrix4d>& joints);
  Result<std::vector<Matrix4d>> joint_matrices(std::size_t skin);
  Result<std::vector<std::array<std::uint32_t, 3>>> triangles(const Json& primitive, const std::string& what,
                                                              Mode mode, std::size_t vertices);
  /// Attribute `name` of a primitive, `components` numbers for each of `vertices`; nothing if it is not
  /// there.
  Result<std::optional<GltfSource::Floats>> attribute(const Json& primitive, const std::string& what,
                                                      const std::string& name, std::size_t vertices,
                                                      std::size_t least_components);
  Result<void> skin_vertices(const Json& primitive, const std::string& what,
                             const std::vector<Matrix4d>& joints, Mesh& part);
  Result<std::uint16_t> material(std::optional<std::size_t> index);
  [[nodiscard]] tl::unexpected<Error> bad(const std::string& message) const { return source_.bad(message); }
  void append(Mesh&& part);

  GltfSource source_;
  std::set<std::string> notes_;
  GltfMaterials materials_;
  std::vector<std::optional<Matrix4d>> global_;  ///< per node; nothing: not in the scene
  std::vector<std::size_t> order_;               ///< nodes of the scene, parents first
  std::map<std::size_t, std::vector<Matrix4d>> skins_;
  std::map<std::size_t, std::uint16_t> material_index_;
  std::vector<GltfMaterial> read_materials_;
  GltfModel result_;
};

Result<std::vector<std::size_t>> ModelReader::roots(int scene, std::string& name) {
  std::vector<std::size_t> result;
  const std::size_t scenes = source_.count("scenes");
  if (scenes > 0) {
    const std::size_t which = scene >= 0 ? static_cast<std::size_t>(scene)
                                         : gltf_whole(gltf_member(&source_.json(), "scene")).value_or(0);
    METASPATIAL_TRY(const Json* json, source_.element("scenes", which));
    name = gltf_text(gltf_member(json, "name"));
    const Json* nodes = gltf_member(json, "nodes");
    if (nodes && nodes->is_array())
      for (const Json& entry : *nodes) {
        const auto index = gltf_whole(&entry);
        if (!index) return bad("a scene's list of nodes holds something that is no index");
        result.push_back(*index);
      }
    if (scenes > 1 && scene < 0)
      notes_.insert("of " + std::to_string(scenes) + " scenes the default one is read");
    return result;
  }
  std::vector<bool> is_child(source_.count("nodes"));
  for (std::size_t i = 0; i < is_child.size(); ++i) {
    METASPATIAL_TRY(const Json* json, source_.element("nodes", i));
    const Json* children = gltf_member(json, "children");
    if (children && children->is_array())
      for (const Json& child : *children)
        if (const auto index = gltf_whole(&child); index && *index < is_child.size()) is_child[*index] = true;
  }
  for (std::size_t i = 0; i < is_child.size(); ++i)
    if (!is_child[i]) result.push_back(i);
  return result;
}

Result<Matrix4d> ModelReader::local_transform(const Json& node, std::size_t index) {
  const std::string what = "node " + std::to_string(index);
  if (const Json* json = gltf_member(&node, "matrix")) {
    const auto values = numbers(json, 16);
    if (!values) return bad(what + " has a matrix that is not 16 numbers");
    return Matrix4d(Eigen::Map<const Matrix4d>(values->data()));  // column by column, as Eigen has it
  }
  Eigen::Affine3d transform = Eigen::Affine3d::Identity();
  if (const Json* json = gltf_member(&node, "translation")) {
    const auto values = numbers(json, 3);
    if (!values) return bad(what + " has a translation that is not 3 numbers");
    transform.translate(Eigen::Vector3d(*values));
  }
  if (const Json* json = gltf_member(&node, "rotation")) {
    const auto values = numbers(json, 4);
    if (!values || !(values->norm() > 1e-6)) return bad(what + " has a rotation that is no quaternion");
    Eigen::Quaterniond turn((*values)[3], (*values)[0], (*values)[1], (*values)[2]);
    turn.normalize();
    transform.rotate(turn);
  }
  if (const Json* json = gltf_member(&node, "scale")) {
    const auto values = numbers(json, 3);
    if (!values) return bad(what + " has a scale that is not 3 numbers");
    transform.scale(Eigen::Vector3d(*values));
  }
  return transform.matrix();
}

Result<void> ModelReader::place_nodes(const std::vector<std::size_t>& roots) {
  const std::size_t count = source_.count("nodes");
  if (count > source_.limits().max_nodes)
    return bad("has " + std::to_string(count) + " nodes; at most " +
               std::to_string(source_.limits().max_nodes) + " are read");
  global_.assign(count, {});
  std::vector<Visit> open;
  for (auto root = roots.rbegin(); root != roots.rend(); ++root)
    open.push_back({*root, 0, Matrix4d::Identity()});
  while (!open.empty()) {
    const Visit visit = open.back();
    open.pop_back();
    METASPATIAL_TRY(const Json* json, source_.element("nodes", visit.node));
    if (global_[visit.node])
      return bad("node " + std::to_string(visit.node) +
                 " is reached twice: a cycle, or a child of two parents; expected a tree");
    if (visit.depth > kMaxDepth)
      return bad("nodes are nested deeper than " + std::to_string(kMaxDepth) + " levels");
    METASPATIAL_TRY(const Matrix4d local, local_transform(*json, visit.node));
    global_[visit.node] = visit.parent * local;
    order_.push_back(visit.node);
    const Json* children = gltf_member(json, "children");
    if (!children || !children->is_array()) continue;
    if (children->size() > count) return bad("node " + std::to_string(visit.node) + " has too many children");
    for (auto child = children->rbegin(); child != children->rend(); ++child) {
      const auto index = gltf_whole(&*child);
      if (!index) return bad("node " + std::to_string(visit.node) + " has a child that is no index");
      open.push_back({*index, visit.depth + 1, *global_[visit.node]});
    }
    if (open.size() > count + 1) return bad("nodes are reached twice: a cycle, or children of two parents");
  }
  return {};
}

Result<std::vector<Matrix4d>> ModelReader::joint_matrices(std::size_t skin) {
  if (const auto found = skins_.find(skin); found != skins_.end()) return found->second;
  METASPATIAL_TRY(const Json* json, source_.element("skins", skin));
  const std::string what = "skin " + std::to_string(skin);
  const Json* joints = gltf_member(json, "joints");
  if (!joints || !joints->is_array() || joints->empty() || joints->size() > source_.limits().max_nodes)
    return bad(what + " has no joints");
  std::vector<Matrix4d> result(joints->size(), Matrix4d::Identity());
  if (const auto inverse = gltf_whole(gltf_member(json, "inverseBindMatrices"))) {
    METASPATIAL_TRY(const GltfSource::Floats values, source_.floats(*inverse));
    if (values.components != 16 || values.count < result.size())
      return bad(what + " has fewer inverse bind matrices than joints");
    for (std::size_t i = 0; i < result.size(); ++i)
      result[i] = Eigen::Map<const Eigen::Matrix4f>(values.values.data() + 16 * i).cast<double>();
  }
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto node = gltf_whole(&(*joints)[i]);
    if (!node || *node >= global_.size())
      return bad(what + " has the joint " + std::to_string(node.value_or(0)) + ", which is no node");
    if (global_[*node]) result[i] = *global_[*node] * result[i];
  }
  notes_.insert("skinned meshes are read in their rest pose");
  skins_.emplace(skin, result);
  return result;
}

Result<std::optional<GltfSource::Floats>> ModelReader::attribute(const Json& primitive,
                                                                 const std::string& what,
                                                                 const std::string& name,
                                                                 std::size_t vertices,
                                                                 std::size_t least_components) {
  const Json* json = gltf_member(gltf_member(&primitive, "attributes"), name);
  if (json == nullptr) return std::nullopt;
  const auto index = gltf_whole(json);
  if (!index) return bad(what + " has an attribute " + name + " that is no index");
  METASPATIAL_TRY(const std::size_t count, source_.accessor_count(*index));
  if (count != vertices)
    return bad(what + " has " + std::to_string(vertices) + " positions, but " + std::to_string(count) +
               " of " + name);
  METASPATIAL_TRY(GltfSource::Floats values, source_.floats(*index));
  if (values.components < least_components || values.components > 4)
    return bad(what + " has an attribute " + name + " of the wrong type");
  return values;
}

Result<std::vector<std::array<std::uint32_t, 3>>> ModelReader::triangles(const Json& primitive,
                                                                         const std::string& what, Mode mode,
                                                                         std::size_t vertices) {
  std::vector<std::uint32_t> indices;
  if (const Json* json = gltf_member(&primitive, "indices")) {
    const auto accessor = gltf_whole(json);
    if (!accessor) return bad(what + " has indices that are no accessor");
    METASPATIAL_TRY(GltfSource::Wholes values, source_.wholes(*accessor));
    if (values.components != 1) return bad(what + " has indices that are no scalars");
    indices = std::move(values.values);
  } else {
    indices.resize(vertices);
    for (std::size_t i = 0; i < vertices; ++i) indices[i] = static_cast<std::uint32_t>(i);
  }
  for (const std::uint32_t index : indices)
    if (index >= vertices)
      return bad(what + " has the index " + std::to_string(index) + ", but only " + std::to_string(vertices) +
                 " vertices");
  std::vector<std::array<std::uint32_t, 3>> result;
  const std::size_t count = indices.size() < 3        ? 0
                            : mode == Mode::Triangles ? indices.size() / 3
                                                      : indices.size() - 2;
  if (count > source_.limits().max_triangles - result_.model.mesh.triangles.size())
    return bad("has more than " + std::to_string(source_.limits().max_triangles) + " triangles");
  result.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::array<std::uint32_t, 3> t{};
    if (mode == Mode::Triangles)
      t = {indices[3 * i], indices[3 * i + 1], indices[3 * i + 2]};
    else if (mode == Mode::Strip)
      t = {indices[i], indices[i + 1 + i % 2], indices[i + 2 - i % 2]};
    else
      t = {indices[i + 1], indices[i + 2], indices[0]};
    if (t[0] != t[1] && t[1] != t[2] && t[0] != t[2]) result.push_back(t);
  }
  return result;
}

Result<std::uint16_t> ModelReader::material(std::optional<std::size_t> index) {
  const std::size_t key = index.value_or(std::numeric_limits<std::size_t>::max());
  if (const auto found = material_index_.find(key); found != material_index_.end()) return found->second;
  if (read_materials_.size() >= std::numeric_limits<std::uint16_t>::max())
    return bad("has more than 65535 materials");
  METASPATIAL_TRY(GltfMaterial read, materials_.read(index));
  const auto number = static_cast<std::uint16_t>(read_materials_.size());
  result_.model.materials.push_back(read.material);
  read_materials_.push_back(std::move(read));
  material_index_.emplace(key, number);
  return number;
}

Result<void> ModelReader::skin_vertices(const Json& primitive, const std::string& what,
                                        const std::vector<Matrix4d>& joints, Mesh& part) {
  const std::size_t vertices = part.positions_m.size();
  METASPATIAL_TRY(const auto weights, attribute(primitive, what, "WEIGHTS_0", vertices, 4));
  const auto index = gltf_whole(gltf_member(gltf_member(&primitive, "attributes"), "JOINTS_0"));
  if (!weights || !index) return bad(what + " has a skin, but no JOINTS_0 or WEIGHTS_0");
  METASPATIAL_TRY(const std::size_t count, source_.accessor_count(*index));
  if (count != vertices) return bad(what + " has JOINTS_0 for another number of vertices");
  METASPATIAL_TRY(const GltfSource::Wholes which, source_.wholes(*index));
  if (which.components != 4) return bad(what + " has JOINTS_0 of the wrong type");
  for (std::size_t v = 0; v < vertices; ++v) {
    Matrix4d sum = Matrix4d::Zero();
    double total = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const auto weight = static_cast<double>(weights->values[4 * v + k]);
      if (!(weight > 0) || !std::isfinite(weight)) continue;
      const std::uint32_t joint = which.values[4 * v + k];
      if (joint >= joints.size())
        return bad(what + " has the joint " + std::to_string(joint) + ", but its skin only " +
                   std::to_string(joints.size()));
      sum += weight * joints[joint];
      total += weight;
    }
    if (!(total > 0)) continue;
    sum /= total;
    part.positions_m[v] = (sum * part.positions_m[v].cast<double>().homogeneous()).head<3>().cast<float>();
    if (!part.normals.empty())
      part.normals[v] = (sum.topLeftCorner<3, 3>() * part.normals[v].cast<double>()).cast<float>();
  }
  return {};
}

Result<void> ModelReader::add_primitive(const Json& primitive, const std::string& what,
                                        const Matrix4d& transform, const std::vector<Matrix4d>& joints) {
  const Json* mode_json = gltf_member(&primitive, "mode");
  const auto mode_number = mode_json ? gltf_whole(mode_json) : std::size_t{4};
  if (!mode_number || *mode_number > 6) return bad(what + " has an unknown mode");
  if (*mode_number < 4) {
    notes_.insert("points and lines are left out");
    return {};
  }
  const auto mode = static_cast<Mode>(*mode_number);
  const auto position = gltf_whole(gltf_member(gltf_member(&primitive, "attributes"), "POSITION"));
  const bool draco =
      gltf_member(gltf_member(&primitive, "extensions"), "KHR_draco_mesh_compression") != nullptr;
  if (!position && !draco) return bad(what + " has no attribute POSITION");
  if (draco) {
    const auto accessor = position ? source_.element("accessors", *position) : Result<const Json*>(nullptr);
    if (!accessor || gltf_member(*accessor, "bufferView") == nullptr)
      return bad(what +
                 " is compressed with the extension 'KHR_draco_mesh_compression', which is not read; "
                 "save it without");
  }
  METASPATIAL_TRY(const std::size_t vertices, source_.accessor_count(*position));
  if (vertices > source_.limits().max_vertices - result_.model.mesh.positions_m.size())
    return bad("has more than " + std::to_string(source_.limits().max_vertices) + " vertices");
  METASPATIAL_TRY(const GltfSource::Floats positions, source_.floats(*position));
  if (positions.components != 3) return bad(what + " has positions that are no three numbers each");
  Mesh part;
  METASPATIAL_TRY(part.triangles, triangles(primitive, what, mode, vertices));
  if (part.triangles.empty()) return {};
  part.positions_m.resize(vertices);
  for (std::size_t v = 0; v < vertices; ++v)
    part.positions_m[v] = Eigen::Map<const Vec3f>(positions.values.data() + 3 * v);
  METASPATIAL_TRY(const auto normals, attribute(primitive, what, "NORMAL", vertices, 3));
  if (normals && normals->components == 3) {
    part.normals.resize(vertices);
    for (std::size_t v = 0; v < vertices; ++v)
      part.normals[v] = Eigen::Map<const Vec3f>(normals->values.data() + 3 * v);
  }
  Matrix4d place = transform;
  if (!joints.empty()) {
    METASPATIAL_TRY_VOID(skin_vertices(primitive, what, joints, part));
    place = Matrix4d::Identity();  // a skinned mesh stands where its joints do
  }
  const Eigen::Matrix3d linear = place.topLeftCorner<3, 3>();
  const double volume = linear.determinant();
  for (Vec3f& p : part.positions_m) {
    p = (linear * p.cast<double>() + place.topRightCorner<3, 1>()).cast<float>();
    if (!p.allFinite() || p.cwiseAbs().maxCoeff() > kFarthest)
      return bad(what + " has a position that is not finite or beyond 1e7");
  }
  if (volume < 0)
    for (auto& t : part.triangles) std::swap(t[1], t[2]);
  if (!part.normals.empty()) {
    // The cofactor matrix turns normals as the inverse transpose does, and exists if the matrix is singular.
    Eigen::Matrix3d turn;
    for (int i = 0; i < 3; ++i) turn.col(i) = linear.col((i + 1) % 3).cross(linear.col((i + 2) % 3));
    if (volume < 0) turn = -turn;
    for (Vec3f& n : part.normals) n = (turn * n.cast<double>()).normalized().cast<float>();
  }
  const Json* material_json = gltf_member(&primitive, "material");
  const auto material_number = gltf_whole(material_json);
  if (material_json && !material_number) return bad(what + " has a material that is no index");
  METASPATIAL_TRY(const std::uint16_t m, material(material_number));
  part.material_of.assign(part.triangles.size(), m);
  const GltfMaterial& look = read_materials_[m];
  if (look.textured) {
    const std::string set = "TEXCOORD_" + std::to_string(look.placement.set);
    METASPATIAL_TRY(const auto uvs, attribute(primitive, what, set, vertices, 2));
    if (uvs) {
      const float c = std::cos(look.placement.rotation_rad);
      const float s = std::sin(look.placement.rotation_rad);
      part.uvs.resize(vertices);
      for (std::size_t v = 0; v < vertices; ++v) {
        const Eigen::Vector2f uv = look.placement.scale.cwiseProduct(
            Eigen::Vector2f(uvs->values[uvs->components * v], uvs->values[uvs->components * v + 1]));
        const Eigen::Vector2f moved =
            look.placement.offset + Eigen::Vector2f(c * uv.x() + s * uv.y(), -s * uv.x() + c * uv.y());
        part.uvs[v] =
            moved.allFinite() && moved.cwiseAbs().maxCoeff() < kFarthest ? moved : Eigen::Vector2f(0, 0);
      }
    } else {
      notes_.insert("a textured part has no texture coordinates; its textures show one colour");
      part.uvs.assign(vertices, Eigen::Vector2f(0, 0));
    }
  }
  METASPATIAL_TRY(const auto colors, attribute(primitive, what, "COLOR_0", vertices, 3));
  if (colors) {
    part.colors.resize(vertices);
    for (std::size_t v = 0; v < vertices; ++v)
      for (std::size_t k = 0; k < 3; ++k) {
        const float value = colors->values[colors->components * v + k];
        part.colors[v][static_cast<int>(k)] = std::isfinite(value) ? std::clamp(value, 0.0F, 1.0F) : 1.0F;
      }
  }
  if (look.material.normal_texture && !part.uvs.empty()) {
    METASPATIAL_TRY(const auto tangents, attribute(primitive, what, "TANGENT", vertices, 4));
    if (tangents && joints.empty() && !part.normals.empty()) {
      part.tangents.resize(vertices);
      for (std::size_t v = 0; v < vertices; ++v) {
        const Eigen::Vector4f t = Eigen::Map<const Eigen::Vector4f>(tangents->values.data() + 4 * v);
        const Eigen::Vector3d along = linear * t.head<3>().cast<double>();
        part.tangents[v].head<3>() = along.normalized().cast<float>();
        part.tangents[v].w() = (t.w() < 0) != (volume < 0) ? -1.0F : 1.0F;
      }
    }
  }
  mend_normals(part, result_.model.mesh.positions_m.size() + 3 * part.triangles.size() <=
                         source_.limits().max_vertices);
  if (look.material.normal_texture && !part.uvs.empty()) mend_tangents(part);
  append(std::move(part));
  return {};
}

void ModelReader::append(Mesh&& part) {
  Mesh& mesh = result_.model.mesh;
  const std::size_t before = mesh.positions_m.size();
  const std::size_t added = part.positions_m.size();
  const auto join = [&](auto& all, auto& some, const auto& filler) {
    if (all.empty() && some.empty()) return;
    all.resize(before, filler);
    some.resize(added, filler);
    all.insert(all.end(), some.begin(), some.end());
  };
  join(mesh.uvs, part.uvs, Eigen::Vector2f(0, 0));
  join(mesh.colors, part.colors, Vec3f(Vec3f::Ones()));
  join(mesh.tangents, part.tangents, Eigen::Vector4f(1, 0, 0, 1));
  mesh.positions_m.insert(mesh.positions_m.end(), part.positions_m.begin(), part.positions_m.end());
  mesh.normals.insert(mesh.normals.end(), part.normals.begin(), part.normals.end());
  for (auto t : part.triangles) {
    for (std::uint32_t& corner : t) corner += static_cast<std::uint32_t>(before);
    mesh.triangles.push_back(t);
  }
  mesh.material_of.insert(mesh.material_of.end(), part.material_of.begin(), part.material_of.end());
}

Result<void> ModelReader::add_mesh(std::size_t node, const Json& json, std::size_t mesh) {
  METASPATIAL_TRY(const Json* mesh_json, source_.element("meshes", mesh));
  const Json* primitives = gltf_member(mesh_json, "primitives");
  if (!primitives || !primitives->is_array())
    return bad("mesh " + std::to_string(mesh) + " has no primitives");
  std::vector<Matrix4d> joints;
  if (const auto skin = gltf_whole(gltf_member(&json, "skin"))) {
    METASPATIAL_TRY(joints, joint_matrices(*skin));
  }
  for (std::size_t i = 0; i < primitives->size(); ++i) {
    const std::string what = "mesh " + std::to_string(mesh) + ", primitive " + std::to_string(i);
    if (!(*primitives)[i].is_object()) return bad(what + " is no JSON object");
    if (gltf_member(&(*primitives)[i], "targets") != nullptr) notes_.insert("morph targets are left out");
    METASPATIAL_TRY_VOID(add_primitive((*primitives)[i], what, *global_[node], joints));
  }
  return {};
}

Result<GltfModel> ModelReader::read(int scene) {
  METASPATIAL_TRY(const std::vector<std::size_t> top, roots(scene, result_.name));
  METASPATIAL_TRY_VOID(place_nodes(top));
  for (const std::size_t node : order_) {
    METASPATIAL_TRY(const Json* json, source_.element("nodes", node));
    const Json* mesh = gltf_member(json, "mesh");
    if (mesh == nullptr) continue;
    const auto index = gltf_whole(mesh);
    if (!index) return bad("node " + std::to_string(node) + " has a mesh that is no index");
    METASPATIAL_TRY_VOID(add_mesh(node, *json, *index));
  }
  Model& model = result_.model;
  if (model.mesh.triangles.empty()) return bad("has no triangles in its scene");
  drop_unused_vertices(model.mesh);
  Vec3f low = model.mesh.positions_m.front();
  Vec3f high = low;
  for (const Vec3f& p : model.mesh.positions_m) {
    low = low.cwiseMin(p);
    high = high.cwiseMax(p);
  }
  result_.low = low;
  model.size_m = high - low;
  if (!(model.size_m.maxCoeff() > 1e-6F)) return bad("has no extent: all its vertices are in one place");
  if (result_.name.empty() && top.size() == 1) {
    METASPATIAL_TRY(const Json* json, source_.element("nodes", top.front()));
    result_.name = gltf_text(gltf_member(json, "name"));
  }
  const Json* asset = gltf_member(&source_.json(), "asset");
  const Json* extras = gltf_member(asset, "extras");
  result_.license = gltf_text(gltf_member(extras, "license"));
  if (result_.license.empty()) result_.license = gltf_text(gltf_member(asset, "copyright"));
  result_.license.resize(std::min<std::size_t>(result_.license.size(), 200));
  result_.notes.assign(notes_.begin(), notes_.end());
  result_.content_hash = source_.content_hash();
  return std::move(result_);
}

Result<GltfModel> read(std::string_view bytes, const std::filesystem::path& folder, std::string_view where,
                       const GltfLimits& limits, int scene) {
  try {
    METASPATIAL_TRY(GltfSource source, GltfSource::open(bytes, folder, where, limits));
    return ModelReader(std::move(source)).read(scene);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::OutOfMemory, "needs more memory than there is", std::string(where));
  }
}

}  // namespace

Result<GltfModel> read_glb(std::string_view bytes, std::string_view where, const GltfLimits& limits,
                           int scene) {
  return read(bytes, {}, where, limits, scene);
}

Result<GltfModel> read_gltf_file(const std::filesystem::path& path, const GltfLimits& limits) {
  METASPATIAL_TRY(const std::string bytes, read_file(path, limits.max_file_bytes));
  const std::filesystem::path folder =
      path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  return read(bytes, folder, path.string(), limits, -1);
}

}  // namespace metaspatial::assets
