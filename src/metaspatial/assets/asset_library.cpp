#include "metaspatial/assets/asset_library.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "metaspatial/assets/asset_metadata.hpp"
#include "metaspatial/assets/gltf_reader.hpp"
#include "metaspatial/assets/library_schema.hpp"
#include "metaspatial/assets/mesh_repair.hpp"
#include "metaspatial/assets/normalise.hpp"
#include "metaspatial/assets/sqlite.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::assets {
namespace {

constexpr std::size_t kKeptModels = 32;
constexpr int kPreviewTexture_px = 512;
constexpr double kMostStretch = 2.5;
constexpr double kThinnest_m = 0.05;
constexpr const char* kIsDamaged = "is damaged: its contents do not match their checksum; import it again";

/// Quoted words for FTS5, joined; nothing that a query could mean is left in them.
std::string fts_query(const std::vector<std::string>& words, std::string_view joint,
                      std::string_view after = "") {
  std::string query;
  for (const std::string& word : words) {
    if (!query.empty()) query += joint;
    query += '"' + word + '"';
    query += after;
  }
  return query;
}

struct Fit {
  double distance = 0;
  double stretch = 1;
  bool possible = false;
};

Fit fit(const scene::Vec3& asset_m, const scene::Vec3& object_m) {
  std::array<double, 3> logs{};
  for (int axis = 0; axis < 3; ++axis)
    logs[static_cast<std::size_t>(axis)] =
        std::log(std::max(object_m[axis], kThinnest_m) / std::max(asset_m[axis], kThinnest_m));
  const double spread = std::ranges::max(logs) - std::ranges::min(logs);
  const double mean = std::abs(logs[0] + logs[1] + logs[2]) / 3;
  const double most = std::log(kMostStretch);
  return {spread + mean / 2, std::exp(spread), spread <= most && mean <= most};
}

}  // namespace

Result<void> check_schema(const Database& database, std::string_view where) {
  METASPATIAL_TRY(const std::int64_t application, database.number("PRAGMA application_id"));
  METASPATIAL_TRY(const std::int64_t version, database.number("PRAGMA user_version"));
  if (application != kApplicationId) return invalid("is no asset library", std::string(where));
  if (version != kSchemaVersion)
    return invalid(fmt::format("is an asset library of version {}; expected {}", version, kSchemaVersion),
                   std::string(where));
  return {};
}

std::string checksum_of(std::string_view bytes) {
  return fmt::format("{:016x}", hash_bytes(bytes));
}

struct AssetLibrary::State {
  Database database;
  std::string where;
  std::vector<AssetInfo> assets;                           ///< by name
  std::map<std::int64_t, std::size_t> index_of;            ///< from row ids
  std::vector<std::pair<std::int64_t, std::string>> rows;  ///< id and checksum, per asset
  std::map<std::string, std::vector<std::size_t>, std::less<>> of_kind;

  std::mutex mutex;  ///< of the database
  using Key = std::pair<std::string, Detail>;
  std::mutex models_mutex;
  std::list<std::pair<Key, std::shared_ptr<const Model>>> models;  ///< most recently used first

  [[nodiscard]] Result<void> read_index();
  /// BM25 rank (higher is better) of the assets that a query finds.
  [[nodiscard]] Result<std::map<std::size_t, double>> ranks(const std::string& query);
};

Result<void> AssetLibrary::State::read_index() {
  METASPATIAL_TRY(
      Statement statement,
      database.prepare("SELECT id, name, kind, tags, description, license, source, notes, length_m, "
                       "width_m, height_m, front_known, triangles, preview_triangles, checksum "
                       "FROM assets ORDER BY name"));
  while (true) {
    METASPATIAL_TRY(const bool row, statement.step());
    if (!row) break;
    AssetInfo info;
    info.name = statement.text(1);
    info.kind = statement.text(2);
    info.tags = statement.text(3);
    info.description = statement.text(4);
    info.license = statement.text(5);
    info.source = statement.text(6);
    info.notes = statement.text(7);
    info.size_m = scene::Vec3(statement.real(8), statement.real(9), statement.real(10));
    info.front_known = statement.whole(11) != 0;
    info.triangles = statement.whole(12);
    info.preview_triangles = statement.whole(13);
    if (!info.size_m.allFinite() || !(info.size_m.minCoeff() >= 0) || !(info.size_m.maxCoeff() > 0))
      return invalid("is damaged: asset '" + info.name + "' has no size; import it again", where);
    index_of.emplace(statement.whole(0), assets.size());
    rows.emplace_back(statement.whole(0), statement.text(14));
    if (!info.kind.empty()) of_kind[info.kind].push_back(assets.size());
    assets.push_back(std::move(info));
  }
  if (!std::ranges::is_sorted(assets, {}, &AssetInfo::name))  // bytewise, as SQLite does
    return invalid("is damaged: its names are out of order; import again into a new one", where);
  return {};
}

Result<std::map<std::size_t, double>> AssetLibrary::State::ranks(const std::string& query) {
  std::map<std::size_t, double> result;
  if (query.empty()) return result;
  const std::lock_guard lock(mutex);
  METASPATIAL_TRY(Statement statement,
                  database.prepare("SELECT rowid, bm25(words, 4.0, 4.0, 2.0, 1.0) FROM words "
                                   "WHERE words MATCH ?1"));
  statement.bind(1, query);
  while (true) {
    METASPATIAL_TRY(const bool row, statement.step());
    if (!row) return result;
    if (const auto found = index_of.find(statement.whole(0)); found != index_of.end())
      result.emplace(found->second, std::max(0.0, -statement.real(1)));
  }
}

AssetLibrary::AssetLibrary(std::unique_ptr<State> state) : state_(std::move(state)) {}
AssetLibrary::~AssetLibrary() = default;

Result<std::shared_ptr<const AssetLibrary>> AssetLibrary::open(const std::filesystem::path& folder) {
  auto state = std::make_unique<State>();
  const std::filesystem::path file = folder / kLibraryFile;
  state->where = file.string();
  METASPATIAL_TRY(state->database, Database::open(file, Database::Mode::Read));
  METASPATIAL_TRY_VOID(check_schema(state->database, state->where));
  METASPATIAL_TRY_VOID(state->read_index());
  return std::shared_ptr<const AssetLibrary>(new AssetLibrary(std::move(state)));
}

const std::vector<AssetInfo>& AssetLibrary::all() const {
  return state_->assets;
}

const AssetInfo* AssetLibrary::info(std::string_view name) const {
  const auto found = std::ranges::lower_bound(
      state_->assets, name, {}, [](const AssetInfo& info) { return std::string_view(info.name); });
  return found != state_->assets.end() && found->name == name ? &*found : nullptr;
}

Result<std::vector<AssetInfo>> AssetLibrary::search(std::string_view text) const {
  const std::vector<std::string> words = words_of(text);
  if (words.empty()) return state_->assets;
  METASPATIAL_TRY(const auto ranks, state_->ranks(fts_query(words, " AND ", "*")));
  std::vector<std::pair<double, std::size_t>> order;
  for (const auto& [index, rank] : ranks) order.emplace_back(-rank, index);
  std::ranges::sort(order);
  std::vector<AssetInfo> result;
  for (const auto& [rank, index] : order) result.push_back(state_->assets[index]);
  return result;
}

Result<std::optional<AssetRef>> AssetLibrary::find(const scene::SceneObject& object) const {
  const auto ref_of = [&](std::size_t index) {
    const AssetInfo& info = state_->assets[index];
    AssetRef ref{info.name, false, 0, 1};
    Fit best = fit(info.size_m, object.size_m);
    if (!info.front_known) {
      const Fit turned = fit(scene::Vec3(info.size_m.y(), info.size_m.x(), info.size_m.z()), object.size_m);
      ref.quarter_turn = turned.distance < best.distance - 1e-9;
      if (ref.quarter_turn) best = turned;
    }
    ref.stretch = best.stretch;
    return std::pair(ref, best);
  };
  if (!object.size_m.allFinite()) return std::nullopt;
  if (!object.asset.empty())
    if (const AssetInfo* named = info(object.asset)) {
      AssetRef ref = ref_of(static_cast<std::size_t>(named - state_->assets.data())).first;
      ref.score = 1;
      return ref;
    }
  const scene::Kind& kind = scene::kind_or_default(object.kind);
  std::vector<std::string> words = words_of(object.kind);
  if (words.empty()) return std::nullopt;
  std::vector<std::size_t> candidates;
  if (scene::find_kind(kind.name) != nullptr) {
    const auto found = state_->of_kind.find(kind.name);
    if (found == state_->of_kind.end()) return std::nullopt;
    candidates = found->second;
  } else {
    METASPATIAL_TRY(const auto named, state_->ranks("{name tags} : (" + fts_query(words, " AND ") + ")"));
    for (const auto& [index, rank] : named) candidates.push_back(index);
  }
  for (const std::string_view text : {std::string_view(object.style), std::string_view(object.material)})
    for (std::string& word : words_of(text)) words.push_back(std::move(word));
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  constexpr std::size_t kMostWords = 32;
  words.resize(std::min(words.size(), kMostWords));
  METASPATIAL_TRY(const auto ranks, state_->ranks(fts_query(words, " OR ")));
  std::optional<AssetRef> best;
  for (const std::size_t index : candidates) {
    auto [ref, how] = ref_of(index);
    if (!how.possible) continue;
    const auto found = ranks.find(index);
    const double rank = found == ranks.end() ? 0 : found->second;
    ref.score = (0.5 + 0.5 * rank / (1 + rank)) * std::exp(-how.distance);
    if (!best || ref.score > best->score) best = std::move(ref);  // candidates come by name
  }
  return best;
}

Result<std::shared_ptr<const Model>> AssetLibrary::load(std::string_view name, Detail detail) const {
  const AssetInfo* found = info(name);
  if (found == nullptr)
    return fail(ErrorCode::NotFound, fmt::format("has no asset '{}'", name), state_->where);
  const State::Key key{found->name, detail};
  {
    const std::lock_guard lock(state_->models_mutex);
    const auto known = std::ranges::find(state_->models, key, [](const auto& entry) { return entry.first; });
    if (known != state_->models.end()) {
      state_->models.splice(state_->models.begin(), state_->models, known);
      return known->second;
    }
  }
  const auto& [row, checksum] = state_->rows[static_cast<std::size_t>(found - state_->assets.data())];
  const std::string where = fmt::format("{}, asset '{}'", state_->where, name);
  std::string bytes;
  {
    const std::lock_guard lock(state_->mutex);
    METASPATIAL_TRY(Statement statement,
                    state_->database.prepare("SELECT glb FROM models JOIN assets ON assets.id = asset "
                                             "WHERE asset = ?1 AND checksum = ?2"));
    statement.bind(1, row);  // what is imported anew may get the number of what it replaces
    statement.bind(2, checksum);
    METASPATIAL_TRY(const bool there, statement.step());
    if (!there)
      return fail(ErrorCode::NotFound, "has been removed or replaced since the library was opened", where);
    bytes = statement.blob(0);
  }
  if (checksum_of(bytes) != checksum) return invalid(kIsDamaged, where);
  GltfLimits limits;  // what was imported within the limits is read again, whatever its container adds
  limits.max_file_bytes = std::size_t{2} << 30;
  limits.max_vertices *= 4;
  limits.max_texture_pixels *= 4;
  if (detail == Detail::Preview) limits.max_texture_side_px = kPreviewTexture_px;
  const bool has_preview = found->preview_triangles < found->triangles;
  METASPATIAL_TRY(GltfModel gltf,
                  read_glb(bytes, where, limits, detail == Detail::Preview && has_preview ? 1 : 0));
  turn_from_gltf(gltf.model);
  auto model = std::make_shared<const Model>(std::move(gltf.model));
  const std::lock_guard lock(state_->models_mutex);
  const auto known = std::ranges::find(state_->models, key, [](const auto& entry) { return entry.first; });
  if (known != state_->models.end()) return known->second;
  state_->models.emplace_front(key, model);
  if (state_->models.size() > kKeptModels) state_->models.pop_back();
  return model;
}

Result<Model> AssetLibrary::fitted(const AssetRef& asset, const scene::Vec3& size_m, Detail detail) const {
  METASPATIAL_TRY(const std::shared_ptr<const Model> original, load(asset.name, detail));
  Model model = *original;
  if (asset.quarter_turn) {
    const auto turn = [](auto& v) {
      const float x = v.x();
      v.x() = -v.y();
      v.y() = x;
    };
    for (Vec3f& p : model.mesh.positions_m) turn(p);
    for (Vec3f& n : model.mesh.normals) turn(n);
    for (Eigen::Vector4f& t : model.mesh.tangents) turn(t);
    std::swap(model.size_m.x(), model.size_m.y());
  }
  // The box of what is drawn, exactly: a preview may be a little smaller than the model.
  Vec3f low = model.mesh.positions_m.front();
  Vec3f high = low;
  for (const Vec3f& p : model.mesh.positions_m) {
    low = low.cwiseMin(p);
    high = high.cwiseMax(p);
  }
  const Vec3f centre = 0.5F * (low + high);
  Vec3f scale = Vec3f::Ones();
  for (int axis = 0; axis < 3; ++axis) {
    const double wanted_m = size_m[axis];
    model.size_m[axis] =
        std::isfinite(wanted_m) ? static_cast<float>(std::clamp(wanted_m, 0.005, 100.0)) : 0.5F;
    const float side_m = high[axis] - low[axis];
    if (side_m > 1e-6F) scale[axis] = model.size_m[axis] / side_m;
  }
  const Vec3f half = 0.5F * model.size_m;
  for (Vec3f& p : model.mesh.positions_m) p = scale.cwiseProduct(p - centre).cwiseMin(half).cwiseMax(-half);
  for (Vec3f& n : model.mesh.normals) n = n.cwiseQuotient(scale).normalized();
  for (Eigen::Vector4f& t : model.mesh.tangents)
    t.head<3>() = scale.cwiseProduct(Vec3f(t.head<3>())).normalized();
  return model;
}

}  // namespace metaspatial::assets
