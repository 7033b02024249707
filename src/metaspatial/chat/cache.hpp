#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "metaspatial/base/error.hpp"
#include "metaspatial/chat/chat.hpp"

struct sqlite3;

namespace metaspatial::chat {

/// Replies by the key of what was asked, in an SQLite file (version 1, see docs/FORMATS.md) or in memory.
/// Holds keys, models' names, replies and token counts; no prompt, no picture, no API key.
///
/// Threads  safe from several at once; several processes may share a file.
class Cache {
 public:
  /// Opens or makes the file; an empty path is memory.
  ///
  /// Errors   InvalidInput if the file is no SQLite database, a damaged one, or another program's; Io.
  [[nodiscard]] static Result<std::unique_ptr<Cache>> open(const std::filesystem::path& path);

  /// Errors   Io; a damaged file.
  [[nodiscard]] Result<std::optional<ChatReply>> find(const std::string& key);
  /// The last one of a key counts.
  ///
  /// Errors   Io: disk full, read-only, locked by another process for more than 5 s.
  [[nodiscard]] Result<void> store(const std::string& key, const std::string& model, const ChatReply& reply);
  /// Forgets a reply, so that the next one who asks asks the model.
  [[nodiscard]] Result<void> erase(const std::string& key);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  Cache() = default;
  [[nodiscard]] Error trouble(std::string_view what) const;
  [[nodiscard]] Result<void> execute(const char* sql);
  [[nodiscard]] Result<void> prepare_tables();

  std::mutex mutex_;
  std::string path_;
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace metaspatial::chat
