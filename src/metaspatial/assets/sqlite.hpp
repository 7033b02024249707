#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "metaspatial/base/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

/// SQLite in move-only handles: internal to the asset library.
namespace metaspatial::assets {

class Statement;

class Database {
 public:
  enum class Mode { Read, Write, Create };

  /// Errors   NotFound if there is no such file (unless it is created), InvalidInput if it is no database,
  /// Io.
  [[nodiscard]] static Result<Database> open(const std::filesystem::path& path, Mode mode);

  [[nodiscard]] Result<void> run(const std::string& sql);
  [[nodiscard]] Result<Statement> prepare(std::string_view sql) const;
  [[nodiscard]] Result<std::int64_t> number(std::string_view sql) const;
  [[nodiscard]] std::int64_t last_row() const;
  /// The error that SQLite reports now.
  [[nodiscard]] tl::unexpected<Error> failure() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::string where_;
};

/// A prepared statement. Bind, then step; columns and parameters are numbered from 0 and 1, as SQLite does.
class Statement {
 public:
  void bind(int parameter, std::string_view text);
  void bind(int parameter, double number);
  void bind(int parameter, std::int64_t number);
  /// The bytes must live until the statement is done.
  void bind_blob(int parameter, std::string_view bytes);
  /// True: there is a row; false: done.
  [[nodiscard]] Result<bool> step();
  void reset();

  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::int64_t whole(int column) const;
  [[nodiscard]] std::string blob(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };
  const Database* database_ = nullptr;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

}  // namespace metaspatial::assets
