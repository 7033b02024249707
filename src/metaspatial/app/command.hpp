#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <string>

#include "metaspatial/base/error.hpp"

/// What every command of the two programs has in common.
namespace metaspatial::app {

/// What a command does once its arguments are read: the exit code, or an error for `run_program` to print.
using Action = std::function<Result<int>()>;

/// The command line of a program: commands are added, then run_program reads the arguments and runs the
/// chosen one.
struct Program {
  explicit Program(const std::string& description) : cli(description, "metaspatial") {}
  CLI::App cli;
  Action action;  ///< set by the chosen command

  /// A command with an example at the end of its help.
  ///
  /// `run` is called when the command is chosen; what it borrows must live as long as the Program.
  CLI::App* add(const std::string& name, const std::string& description, const std::string& example,
                Action run);
};

/// Reads the arguments, runs the command and returns the process's exit code. Trouble is one line on stderr,
/// "metaspatial: <where>: <message>".
[[nodiscard]] int run_program(Program& program, int argc, char** argv);

/// Prints the line and returns the exit code of an error.
int report_error(const Error& error);

}  // namespace metaspatial::app
