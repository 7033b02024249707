#include "metaspatial/assets/asset_import.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "metaspatial/assets/asset_metadata.hpp"
#include "metaspatial/assets/library_schema.hpp"
#include "metaspatial/assets/model_glb.hpp"
#include "metaspatial/assets/normalise.hpp"
#include "metaspatial/assets/simplify.hpp"
#include "metaspatial/assets/sqlite.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/base/rng.hpp"

namespace metaspatial::assets {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxFiles = 1'000'000;

bool is_model(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".glb" || extension == ".gltf";
}

Result<std::vector<fs::path>> model_files(const fs::path& from) {
  std::error_code error;
  if (fs::is_regular_file(from, error)) {
    if (!is_model(from)) return invalid("is no model; expected a .glb or .gltf file", from.string());
    return std::vector<fs::path>{from};
  }
  if (!fs::is_directory(from, error))
    return fail(ErrorCode::NotFound, "is not there; expected a folder of models", from.string());
  std::vector<fs::path> files;
  fs::recursive_directory_iterator at(from, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (at.depth() >= kMaxDepth) at.disable_recursion_pending();
    if (at->is_symlink(error) || !at->is_regular_file(error) || !is_model(at->path())) continue;
    files.push_back(at->path());
    if (files.size() > kMaxFiles) return invalid("has more than a million models", from.string());
  }
  if (error) return fail(ErrorCode::Io, "cannot be read: " + error.message(), from.string());
  if (files.empty()) return invalid("has no .glb or .gltf file in it", from.string());
  std::ranges::sort(files);
  return files;
}

/// Text that SQLite and JSON can hold: bytes that are not UTF-8 become U+FFFD, zeros blanks.
std::string clean(std::string text) {
  std::ranges::replace(text, '\0', ' ');
  const Result<Json> value = parse_json(dump_json(Json(text)), "text");
  return value && value->is_string() ? value->get<std::string>() : std::string();
}

/// A name of lower-case letters, digits and underscores.
std::string slug(std::string_view text) {
  std::string result;
  for (const std::string& word : words_of(text)) {
    std::string plain;
    for (const char c : word)
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) plain += c;
    if (plain.empty() || result.size() + plain.size() > 60) continue;
    result += (result.empty() ? "" : "_") + plain;
  }
  return result;
}

/// A file, read and made ready; nothing of it is in the library yet.
struct Prepared {
  AssetInfo info;
  std::string style_words;  ///< style and material, searched with the description
  std::string glb;
  std::string content;  ///< hash of the file and what it names
  std::string inputs;   ///< hash of everything that decides what is stored
};

/// What the index holds of an asset that the file belongs to.
struct Known {
  std::int64_t id = 0;
  std::string name;
  std::string inputs;
};

class Importer {
 public:
  Importer(Database database, std::string where, const fs::path& root, const ImportOptions& options)
      : database_(std::move(database)), where_(std::move(where)), metadata_(root), options_(options) {}

  Result<void> prepare_schema();
  Result<ImportedAsset> import(const fs::path& file);

 private:
  Result<Prepared> prepare(const fs::path& file, const std::string& source, std::optional<Known>& known);
  Result<std::optional<Known>> find_known(const std::string& content, const std::string& source);
  Result<std::string> free_name(const std::string& wanted);
  Result<void> store(const Prepared& prepared, const std::optional<Known>& known);

  Database database_;
  std::string where_;
  AssetMetadataFiles metadata_;
  const ImportOptions& options_;
};

Result<void> Importer::prepare_schema() {
  METASPATIAL_TRY_VOID(database_.run("BEGIN IMMEDIATE"));
  METASPATIAL_TRY(const std::int64_t tables, database_.number("SELECT count(*) FROM sqlite_master"));
  METASPATIAL_TRY(const std::int64_t version, database_.number("PRAGMA user_version"));
  const auto ready = tables == 0 && version == 0 ? create_schema(database_) : check_schema(database_, where_);
  METASPATIAL_TRY_VOID(database_.run(ready ? "COMMIT" : "ROLLBACK"));
  return ready;
}

Result<std::optional<Known>> Importer::find_known(const std::string& content, const std::string& source) {
  METASPATIAL_TRY(Statement statement,
                  database_.prepare("SELECT id, name, inputs FROM assets WHERE content = ?1 OR "
                                    "source = ?2 ORDER BY content = ?1 DESC, id LIMIT 1"));
  statement.bind(1, content);
  statement.bind(2, source);
  METASPATIAL_TRY(const bool row, statement.step());
  if (!row) return std::nullopt;
  return Known{statement.whole(0), statement.text(1), statement.text(2)};
}

Result<std::string> Importer::free_name(const std::string& wanted) {
  METASPATIAL_TRY(Statement statement, database_.prepare("SELECT 1 FROM assets WHERE name = ?1"));
  for (int number = 1;; ++number) {
    const std::string name = number == 1 ? wanted : fmt::format("{}_{}", wanted, number);
    statement.reset();
    statement.bind(1, name);
    METASPATIAL_TRY(const bool taken, statement.step());
    if (!taken) return name;
  }
}

Result<Prepared> Importer::prepare(const fs::path& file, const std::string& source,
                                   std::optional<Known>& known) {
  METASPATIAL_TRY(const Json json, metadata_.find(file));
  METASPATIAL_TRY(GltfModel gltf, read_gltf_file(file, options_.limits));
  Prepared result;
  result.content = fmt::format("{:016x}", gltf.content_hash);
  result.inputs =
      fmt::format("{:016x}", hash_bytes(fmt::format("{}|{}|{}|{}|{}|{}", kSchemaVersion, result.content,
                                                    dump_json(json), fmt::join(options_.tags, ","),
                                                    options_.preview_triangles, options_.preview_error)));
  METASPATIAL_TRY(known, find_known(result.content, source));
  result.info.source = source;
  if (known && known->inputs == result.inputs) return result;

  AssetMetadata metadata = read_asset_metadata(json);
  const std::string stem = file.stem().string();
  if (metadata.license.empty()) metadata.license = gltf.license;
  const std::string scene_name =
      gltf.name;  // often "Scene" or "Cube.001": it says little, but it may say a kind
  const scene::Vec3 extent = gltf.model.size_m.cast<double>();
  const bool z_up = metadata.up.ends_with('Z');
  const scene::Kind* kind = kind_of_asset(metadata, stem, scene_name,
                                          z_up ? extent : scene::Vec3(extent.x(), extent.z(), extent.y()));
  Result<NormalisedAsset> asset = normalised(std::move(gltf), metadata, kind);
  if (!asset) return invalid(asset.error().message, file.string());
  const Model preview = simplified(asset->model, options_.preview_triangles, options_.preview_error);

  AssetInfo& info = result.info;
  info.name = slug(metadata.name.empty() ? stem : metadata.name);
  if (info.name.empty()) info.name = slug(stem);
  if (info.name.empty()) info.name = "asset";
  info.kind = kind ? std::string(kind->name) : std::string();
  std::vector<std::string> tags;
  const auto add_tags = [&](const std::vector<std::string>& list) {
    for (const std::string& tag : list)
      if (std::string text = clean(tag); std::ranges::find(tags, text) == tags.end())
        tags.push_back(std::move(text));
  };
  add_tags(options_.tags);
  add_tags(metadata.tags);
  if (!metadata.category.empty()) tags.push_back(clean(metadata.category));
  info.tags = fmt::format("{}", fmt::join(tags, ", "));
  info.description = clean(metadata.description);
  info.license = clean(metadata.license);
  info.notes = clean(fmt::format("{}", fmt::join(asset->notes, "; ")));
  info.size_m = asset->model.size_m.cast<double>();
  info.front_known = asset->front_known;
  info.triangles = static_cast<std::int64_t>(asset->model.mesh.triangles.size());
  info.preview_triangles = static_cast<std::int64_t>(preview.mesh.triangles.size());
  result.style_words =
      clean(metadata.name + " " + scene_name + " " + metadata.style + " " + metadata.material);
  const bool has_preview = info.preview_triangles < info.triangles;
  METASPATIAL_TRY(result.glb, model_glb(asset->model, has_preview ? &preview : nullptr, info.name));
  return result;
}

Result<void> Importer::store(const Prepared& p, const std::optional<Known>& known) {
  // Also what was imported from this file before and had other contents goes.
  for (const char* sql :
       {"DELETE FROM words WHERE rowid IN (SELECT id FROM assets WHERE id = ?1 OR source = ?2)",
        "DELETE FROM models WHERE asset IN (SELECT id FROM assets WHERE id = ?1 OR source = ?2)",
        "DELETE FROM assets WHERE id = ?1 OR source = ?2"}) {
    METASPATIAL_TRY(Statement remove, database_.prepare(sql));
    remove.bind(1, known ? known->id : std::int64_t{-1});
    remove.bind(2, p.info.source);
    METASPATIAL_TRY([[maybe_unused]] const bool row, remove.step());
  }
  METASPATIAL_TRY(
      Statement asset,
      database_.prepare("INSERT INTO assets(name, kind, tags, description, license, source, notes, "
                        "length_m, width_m, height_m, front_known, triangles, preview_triangles, "
                        "content, inputs, checksum) "
                        "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)"));
  const std::string checksum = checksum_of(p.glb);
  int parameter = 0;
  for (const std::string& text : {p.info.name, p.info.kind, p.info.tags, p.info.description, p.info.license,
                                  p.info.source, p.info.notes})
    asset.bind(++parameter, text);
  for (int axis = 0; axis < 3; ++axis) asset.bind(++parameter, p.info.size_m[axis]);
  for (const std::int64_t number :
       {std::int64_t{p.info.front_known ? 1 : 0}, p.info.triangles, p.info.preview_triangles})
    asset.bind(++parameter, number);
  for (const std::string& text : {p.content, p.inputs, checksum}) asset.bind(++parameter, text);
  METASPATIAL_TRY([[maybe_unused]] const bool asset_row, asset.step());
  const std::int64_t id = database_.last_row();
  METASPATIAL_TRY(Statement model, database_.prepare("INSERT INTO models(asset, glb) VALUES(?1, ?2)"));
  model.bind(1, id);
  model.bind_blob(2, p.glb);
  METASPATIAL_TRY([[maybe_unused]] const bool model_row, model.step());
  METASPATIAL_TRY(Statement words,
                  database_.prepare("INSERT INTO words(rowid, name, kind, tags, description) "
                                    "VALUES(?1, ?2, ?3, ?4, ?5)"));
  const auto spaced = [](std::string text) {
    std::ranges::replace(text, '_', ' ');
    return text;
  };
  words.bind(1, id);
  words.bind(2, spaced(p.info.name));
  words.bind(3, spaced(p.info.kind));
  words.bind(4, p.info.tags);
  words.bind(5, p.info.description + " " + p.style_words);
  METASPATIAL_TRY([[maybe_unused]] const bool words_row, words.step());
  return {};
}

Result<ImportedAsset> Importer::import(const fs::path& file) {
  std::error_code error;
  const fs::path real = fs::canonical(file, error);
  const std::string source = clean(error ? file.string() : real.string());
  std::optional<Known> known;
  METASPATIAL_TRY(Prepared prepared, prepare(file, source, known));
  ImportedAsset result;
  if (known && known->inputs == prepared.inputs) {
    result.info.name = known->name;
    result.info.source = source;
    result.outcome = ImportOutcome::Unchanged;
    return result;
  }
  METASPATIAL_TRY_VOID(database_.run("BEGIN IMMEDIATE"));
  const auto stored = [&]() -> Result<void> {
    METASPATIAL_TRY(known, find_known(prepared.content, source));  // another process may have been faster
    if (known) {
      prepared.info.name = known->name;
    } else {
      METASPATIAL_TRY(prepared.info.name, free_name(prepared.info.name));
    }
    return store(prepared, known);
  }();
  if (!stored) {
    static_cast<void>(database_.run("ROLLBACK"));
    return tl::unexpected<Error>(stored.error());
  }
  METASPATIAL_TRY_VOID(database_.run("COMMIT"));
  result.info = std::move(prepared.info);
  result.outcome = known ? ImportOutcome::Updated : ImportOutcome::Added;
  return result;
}

}  // namespace

Result<void> create_schema(Database& database) {
  return database.run(fmt::format(
      "PRAGMA application_id = {}; PRAGMA user_version = {};"
      "CREATE TABLE assets(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, "
      "tags TEXT NOT NULL, description TEXT NOT NULL, license TEXT NOT NULL, source TEXT NOT NULL, "
      "notes TEXT NOT NULL, length_m REAL NOT NULL, width_m REAL NOT NULL, height_m REAL NOT NULL, "
      "front_known INTEGER NOT NULL, triangles INTEGER NOT NULL, preview_triangles INTEGER NOT NULL, "
      "content TEXT NOT NULL, inputs TEXT NOT NULL, checksum TEXT NOT NULL);"
      "CREATE INDEX by_content ON assets(content);"
      "CREATE INDEX by_source ON assets(source);"
      "CREATE TABLE models(asset INTEGER PRIMARY KEY, glb BLOB NOT NULL);"
      "CREATE VIRTUAL TABLE words USING fts5(name, kind, tags, description, "
      "tokenize = 'porter unicode61');",
      kApplicationId, kSchemaVersion));
}

Result<ImportReport> import_assets(const fs::path& from, const fs::path& library,
                                   const ImportOptions& options,
                                   const std::function<void(std::size_t, std::size_t)>& progress) {
  METASPATIAL_TRY(const std::vector<fs::path> files, model_files(from));
  std::error_code error;
  fs::create_directories(library, error);
  if (error) return fail(ErrorCode::Io, "cannot be made: " + error.message(), library.string());
  const fs::path file = library / kLibraryFile;
  METASPATIAL_TRY(Database database, Database::open(file, Database::Mode::Create));
  const fs::path root = fs::is_directory(from, error) ? from : from.parent_path();
  Importer importer(std::move(database), file.string(), root, options);
  METASPATIAL_TRY_VOID(importer.prepare_schema());
  ImportReport report;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (progress) progress(i, files.size());
    Result<ImportedAsset> imported = importer.import(files[i]);
    if (imported) {
      report.assets.push_back(*std::move(imported));
      continue;
    }
    Error trouble = imported.error();
    // Trouble of the library itself is not one model's.
    if (trouble.where == file.string()) return tl::unexpected<Error>(std::move(trouble));
    if (trouble.where.empty()) trouble.where = files[i].string();
    report.failures.push_back(std::move(trouble));
  }
  return report;
}

}  // namespace metaspatial::assets
