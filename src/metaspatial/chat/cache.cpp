#include "metaspatial/chat/cache.hpp"

#include <sqlite3.h>

#include <string_view>
#include <system_error>

namespace metaspatial::chat {

namespace {

constexpr int kBusy_ms = 5000;
// "MSch": tells our files from other programs' databases, which are left alone.
constexpr int kApplicationId = 0x4d536368;
constexpr int kVersion = 1;

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

Statement prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(database, sql, -1, &statement, nullptr);
  return Statement(statement);
}

void set_text(const Statement& statement, int at, std::string_view text) {
  sqlite3_bind_text64(statement.get(), at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

std::string column(const Statement& statement, int at) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), at));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement.get(), at))};
}

/// A whole number that a query gives; nothing if it gives none.
std::optional<int> number(sqlite3* database, const char* sql) {
  const Statement statement = prepare(database, sql);
  if (statement == nullptr || sqlite3_step(statement.get()) != SQLITE_ROW) return std::nullopt;
  return sqlite3_column_int(statement.get(), 0);
}

}  // namespace

void Cache::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Error Cache::trouble(std::string_view what) const {
  const int code = sqlite3_errcode(database_.get()) & 0xff;
  const bool damaged = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
  return Error{damaged ? ErrorCode::InvalidInput : ErrorCode::Io,
               std::string(what) + ": " + sqlite3_errmsg(database_.get()), path_};
}

Result<void> Cache::execute(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return tl::unexpected(trouble("the cache cannot be used"));
  return {};
}

Result<void> Cache::prepare_tables() {
  // The first look at the file: anything but a database fails here.
  const auto tables = number(database_.get(), "SELECT count(*) FROM sqlite_master");
  if (!tables) return tl::unexpected(trouble("the cache cannot be used"));
  const int id = number(database_.get(), "PRAGMA application_id").value_or(0);
  const int version = number(database_.get(), "PRAGMA user_version").value_or(0);
  if (*tables > 0 && (id != kApplicationId || version != kVersion))
    return invalid(id != kApplicationId ? "this is another program's database; expected a cache of replies"
                                        : "this cache is of another version; expected version 1",
                   path_);
  // Turning the log on wants the file alone and does not wait for it: another process may be at it as well.
  Result<void> logged = execute("PRAGMA journal_mode=WAL");
  for (int attempt = 0; !logged && attempt < 50; ++attempt) {
    if ((sqlite3_errcode(database_.get()) & 0xff) != SQLITE_BUSY) break;
    sqlite3_sleep(20);
    logged = execute("PRAGMA journal_mode=WAL");
  }
  METASPATIAL_TRY_VOID(logged);
  METASPATIAL_TRY_VOID(execute("PRAGMA synchronous=NORMAL"));
  if (*tables > 0) return {};
  // Two processes may make it at once: the second finds it there.
  METASPATIAL_TRY_VOID(
      execute("BEGIN IMMEDIATE;"
              "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, model TEXT NOT NULL,"
              " text TEXT NOT NULL, finish_reason TEXT NOT NULL, prompt_tokens INTEGER NOT NULL,"
              " completion_tokens INTEGER NOT NULL, estimated INTEGER NOT NULL) WITHOUT ROWID;"
              "PRAGMA application_id=1297310568;"
              "PRAGMA user_version=1;"
              "COMMIT"));
  static_assert(kApplicationId == 1297310568 && kVersion == 1);
  return {};
}

Result<std::unique_ptr<Cache>> Cache::open(const std::filesystem::path& path) {
  std::unique_ptr<Cache> cache(new Cache);
  cache->path_ = path.string();
  if (path.has_parent_path()) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error)
      return fail(ErrorCode::Io, "the cache's folder cannot be made: " + error.message(), path.string());
  }
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(path.empty() ? ":memory:" : cache->path_.c_str(), &database,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  cache->database_.reset(database);
  if (database == nullptr) return fail(ErrorCode::OutOfMemory, "no memory for the cache", path.string());
  if (code != SQLITE_OK) return tl::unexpected(cache->trouble("the cache cannot be opened"));
  sqlite3_busy_timeout(database, kBusy_ms);
  METASPATIAL_TRY_VOID(cache->prepare_tables());
  return cache;
}

Result<std::optional<ChatReply>> Cache::find(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  const Statement statement = prepare(database_.get(),
                                      "SELECT text, finish_reason, prompt_tokens, completion_tokens, "
                                      "estimated FROM replies WHERE key = ?");
  if (statement == nullptr) return tl::unexpected(trouble("the cache cannot be read"));
  set_text(statement, 1, key);
  const int code = sqlite3_step(statement.get());
  if (code == SQLITE_DONE) return std::optional<ChatReply>();
  if (code != SQLITE_ROW) return tl::unexpected(trouble("the cache cannot be read"));
  ChatReply reply;
  reply.text = column(statement, 0);
  reply.finish_reason = column(statement, 1);
  reply.tokens.prompt = sqlite3_column_int64(statement.get(), 2);
  reply.tokens.completion = sqlite3_column_int64(statement.get(), 3);
  reply.tokens.estimated = sqlite3_column_int(statement.get(), 4) != 0;
  reply.cached = true;
  return std::optional(std::move(reply));
}

Result<void> Cache::store(const std::string& key, const std::string& model, const ChatReply& reply) {
  const std::scoped_lock lock(mutex_);
  const Statement statement =
      prepare(database_.get(), "INSERT OR REPLACE INTO replies VALUES (?,?,?,?,?,?,?)");
  if (statement == nullptr) return tl::unexpected(trouble("the cache cannot be written"));
  set_text(statement, 1, key);
  set_text(statement, 2, model);
  set_text(statement, 3, reply.text);
  set_text(statement, 4, reply.finish_reason);
  sqlite3_bind_int64(statement.get(), 5, reply.tokens.prompt);
  sqlite3_bind_int64(statement.get(), 6, reply.tokens.completion);
  sqlite3_bind_int(statement.get(), 7, reply.tokens.estimated ? 1 : 0);
  if (sqlite3_step(statement.get()) != SQLITE_DONE)
    return tl::unexpected(trouble("the cache cannot be written"));
  return {};
}

Result<void> Cache::erase(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  const Statement statement = prepare(database_.get(), "DELETE FROM replies WHERE key = ?");
  if (statement == nullptr) return tl::unexpected(trouble("the cache cannot be written"));
  set_text(statement, 1, key);
  if (sqlite3_step(statement.get()) != SQLITE_DONE)
    return tl::unexpected(trouble("the cache cannot be written"));
  return {};
}

}  // namespace metaspatial::chat
