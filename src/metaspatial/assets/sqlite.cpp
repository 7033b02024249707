#include "metaspatial/assets/sqlite.hpp"

#include <sqlite3.h>

#include <utility>

namespace metaspatial::assets {

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}
void Statement::Finalize::operator()(sqlite3_stmt* handle) const {
  sqlite3_finalize(handle);
}

tl::unexpected<Error> Database::failure() const {
  const std::string message = sqlite3_errmsg(handle_.get());
  switch (sqlite3_errcode(handle_.get()) & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return invalid("is damaged, or no asset library (" + message + "); import again into a new one",
                     where_);
    case SQLITE_ERROR:
      return invalid("is no asset library of this version (" + message + ")", where_);
    case SQLITE_NOMEM:
      return fail(ErrorCode::OutOfMemory, message, where_);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(ErrorCode::Io, "is being written by another process", where_);
    default:
      return fail(ErrorCode::Io, "cannot be used: " + message, where_);
  }
}

Result<Database> Database::open(const std::filesystem::path& path, Mode mode) {
  std::error_code error;
  if (mode != Mode::Create && !std::filesystem::is_regular_file(path, error))
    return fail(ErrorCode::NotFound, "is not there; expected an asset library", path.string());
  Database database;
  database.where_ = path.string();
  const int flags = mode == Mode::Read    ? SQLITE_OPEN_READONLY
                    : mode == Mode::Write ? SQLITE_OPEN_READWRITE
                                          : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  database.handle_.reset(handle);
  if (handle == nullptr) return fail(ErrorCode::OutOfMemory, "cannot be opened", path.string());
  if (code != SQLITE_OK) return database.failure();
  constexpr int kPatience_ms = 10000;
  sqlite3_busy_timeout(handle, kPatience_ms);
  // The file may come from anywhere: nothing in its schema may run functions or write where it should not.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return database;
}

Result<void> Database::run(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return failure();
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) const {
  Statement statement;
  statement.database_ = this;
  sqlite3_stmt* handle = nullptr;
  const int code =
      sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &handle, nullptr);
  statement.handle_.reset(handle);
  if (code != SQLITE_OK) return failure();
  return statement;
}

Result<std::int64_t> Database::number(std::string_view sql) const {
  METASPATIAL_TRY(Statement statement, prepare(sql));
  METASPATIAL_TRY(const bool row, statement.step());
  return row ? statement.whole(0) : 0;
}

std::int64_t Database::last_row() const {
  return sqlite3_last_insert_rowid(handle_.get());
}

void Statement::bind(int parameter, std::string_view text) {
  sqlite3_bind_text64(handle_.get(), parameter, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}
void Statement::bind(int parameter, double number) {
  sqlite3_bind_double(handle_.get(), parameter, number);
}
void Statement::bind(int parameter, std::int64_t number) {
  sqlite3_bind_int64(handle_.get(), parameter, number);
}
void Statement::bind_blob(int parameter, std::string_view bytes) {
  sqlite3_bind_blob64(handle_.get(), parameter, bytes.data(), bytes.size(), SQLITE_STATIC);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_->failure();
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
}

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column)))
               : std::string();
}
double Statement::real(int column) const {
  return sqlite3_column_double(handle_.get(), column);
}
std::int64_t Statement::whole(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}
std::string Statement::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column)))
               : std::string();
}

}  // namespace metaspatial::assets
