#include "metaspatial/app/command.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "metaspatial/app/exit_code.hpp"

namespace metaspatial::app {
namespace {

/// Control characters of a hostile name or message must not reach the terminal, and an error is one line.
std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

}  // namespace

CLI::App* Program::add(const std::string& name, const std::string& description, const std::string& example,
                       Action run) {
  CLI::App* command = cli.add_subcommand(name, description);
  command->footer("Example:\n  " + example);
  command->callback([this, run = std::move(run)] { action = run; });
  return command;
}

int report_error(const Error& error) {
  std::fprintf(stderr, "metaspatial: %s\n", one_line(to_string(error)).c_str());
  return exit_code(error.code);
}

int run_program(Program& program, int argc, char** argv) {
  try {
    program.cli.require_subcommand(0, 1);
    try {
      program.cli.parse(argc, argv);
    } catch (const CLI::Success& request) {  // --help, --version
      return program.cli.exit(request);
    } catch (const CLI::ParseError& error) {
      const auto chosen = program.cli.get_subcommands();
      const std::string help =
          chosen.empty() ? "metaspatial --help" : "metaspatial " + chosen[0]->get_name() + " --help";
      return report_error({ErrorCode::Usage, std::string(error.what()) + " (" + help + ")", "usage"});
    }
    if (!program.action) {
      std::fputs(program.cli.help().c_str(), stderr);
      return kExitUsage;
    }
    // What is logged never gets between the lines of a result.
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()));
    const Result<int> code = program.action();
    if (!code) return report_error(code.error());
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      return report_error({ErrorCode::Io, std::strerror(errno), "standard output"});
    return *code;
  } catch (const std::bad_alloc&) {
    return report_error({ErrorCode::OutOfMemory, "out of memory", {}});
  } catch (const std::exception& error) {
    return report_error({ErrorCode::Io, error.what(), "unexpected"});
  }
}

}  // namespace metaspatial::app
