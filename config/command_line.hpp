#pragma once

#include "config/problem.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lobbyd::config {

enum class Action {
  run,
  check_config,  ///< load, report, exit
  print_config,  ///< load, print(), exit
  help,          ///< print CommandLine::help, exit 0
  version,
  healthcheck,  ///< ask the admin listener of the loaded configuration (or of --admin), exit 0 or 1
};

/// What was asked for on the command line. The settings are still text: load() reads and checks them together with the
/// other sources, so that one run names all mistakes.
struct CommandLine {
  Action action = Action::run;
  std::filesystem::path config_file;  ///< empty: $LOBBYD_CONFIG, or no file
  std::vector<std::string> listen;    ///< empty: not given
  std::optional<std::string> admin;   ///< "" after --no-admin
  std::optional<std::string> broker;
  std::optional<std::string> data_dir;
  std::optional<std::string> threads;
  std::optional<std::string> log_level;
  std::optional<std::string> log_format;
  std::string help;  ///< the text to print, for Action::help alone
};

/// `argv` as main() gets it. An error is an unknown option, a missing value and the like (exit status 2).
std::expected<CommandLine, Problem> parse_command_line(int argc, const char* const* argv);

}  // namespace lobbyd::config
