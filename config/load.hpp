#pragma once

#include "config/command_line.hpp"
#include "config/config.hpp"
#include "config/problem.hpp"

#include <expected>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace lobbyd::config {

using Environment = std::map<std::string, std::string, std::less<>>;

/// The variables of this process.
Environment process_environment();

struct Loaded {
  Config config;
  std::vector<std::string> warnings;  ///< whole sentences, to be logged at start
};

/// Defaults, overridden by the file, that by the environment, that by the command line. Either everything is right, or
/// all problems of all sources come back together.
std::expected<Loaded, std::vector<Problem>> load(const CommandLine& command_line, const Environment& environment);

/// The password to use with the broker: `password`, or the first line of `password_file`; empty where there is none.
/// load() has tried it once; it is read again at each call, so that a changed file is noticed. The error is a sentence.
std::expected<std::string, std::string> broker_password(const Broker& broker);

/// With each broker's password from its file, where it has one, in `password`. The error is a sentence.
std::expected<Config, std::string> with_passwords(Config config);

/// Where state goes when no source says so: $STATE_DIRECTORY (systemd), $XDG_STATE_HOME/lobbyd, /var/lib/lobbyd for
/// root, ~/.local/state/lobbyd. Empty when none of these can be told.
std::filesystem::path default_data_dir(const Environment& environment, bool is_root);

}  // namespace lobbyd::config
