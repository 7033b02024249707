#include "metaspatial/rl/rollout_server.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "metaspatial/base/json.hpp"

namespace metaspatial::rl {

Result<void> run_hook(const std::string& command, const std::string& first, const std::string& second) {
  std::array<std::string, 6> words{"/bin/sh", "-c", command, "sync_command", first, second};
  std::array<char*, 7> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  pid_t child = 0;
  const std::string where = "worker.rollout.sync_command";
  if (const int error = ::posix_spawn(&child, "/bin/sh", nullptr, nullptr, arguments.data(), environ))
    return fail(ErrorCode::Io, fmt::format("no shell can be started: {}", std::strerror(error)), where);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return fail(ErrorCode::Io, "its shell cannot be waited for", where);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return invalid(WIFEXITED(status) ? fmt::format("exited with {}; expected 0", WEXITSTATUS(status))
                                   : fmt::format("was ended by signal {}", WTERMSIG(status)),
                 where);
}

Result<void> RolloutServer::load(const std::function<Result<void>(const std::filesystem::path&)>& save,
                                 std::int64_t step) {
  if (loaded_ == step) return {};
  const std::filesystem::path target = run_ / "rollout_weights";
  const std::filesystem::path temporary = run_ / "rollout_weights.incomplete";
  std::error_code error;
  std::filesystem::remove_all(temporary, error);
  METASPATIAL_TRY_VOID(save(temporary));
  std::filesystem::remove_all(target, error);
  std::filesystem::rename(temporary, target, error);
  if (error) return fail(ErrorCode::Io, "cannot rename: " + error.message(), target.string());
  const std::string folder = std::filesystem::absolute(target).string();
  if (sync_.lora_name.empty()) {
    METASPATIAL_TRY_VOID(run_hook(sync_.command, folder, std::to_string(step)));
  } else {
    METASPATIAL_CHECK(client_ != nullptr, "an adapter is loaded through a client");
    const Json body{{"lora_name", sync_.lora_name}, {"lora_path", folder}, {"load_inplace", true}};
    METASPATIAL_TRY_VOID(client_->post("/load_lora_adapter", body));
  }
  loaded_ = step;
  return {};
}

}  // namespace metaspatial::rl
