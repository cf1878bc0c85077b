#include "config/command_line.hpp"

#include "config/text.hpp"
#include "config/usage.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace lobbyd::config {

namespace {

struct Option {
  std::string_view name;
  std::string_view value;  ///< empty for a flag
  std::string_view description;
};

/// The library has its own help, but that differs between the versions that distributions have.
constexpr std::array options = {
    Option{"--config", "FILE", "read this configuration file (default: $LOBBYD_CONFIG, or none)"},
    Option{"--listen", "ADDR:PORT", "serve game clients here; may be given several times; port 0 takes a free one"},
    Option{"--admin", "ADDR:PORT", "serve the operator here"},
    Option{"--no-admin", "", "serve no operator's listener"},
    Option{"--broker", "URL",
           "use this broker: tcp://, ssl://, ws:// or wss://HOST[:PORT], unix:///PATH, or embedded:"},
    Option{"--data-dir", "DIR", "keep state here"},
    Option{"--threads", "N", "serve with so many threads (0: one per core, at most 4)"},
    Option{"--log-level", "LEVEL", "trace, debug, info, warning or error"},
    Option{"--log-format", "FORMAT", "text or json"},
    Option{"--check-config", "", "check the configuration and exit with 0 or 2"},
    Option{"--print-config", "", "print the configuration in force, as a commented file, and exit"},
    Option{"--version", "", "print the version and exit"},
    Option{"--help", "", "print this and exit"},
};

std::string description_of(std::string_view name) {
  return std::string(std::ranges::find(options, name, &Option::name)->description);
}

/// Flags that ask for something else than to run; at most one of them makes sense.
struct Requests {
  bool check_config = false;
  bool print_config = false;
  bool version = false;
  bool help = false;
  bool no_admin = false;
};

void declare(CLI::App& app, CommandLine& result, Requests& requests) {
  const auto text = [&](std::string_view name, auto& target) {
    return app.add_option(std::string(name), target, description_of(name));
  };
  const auto flag = [&](std::string_view name, bool& target) {
    return app.add_flag(std::string(name), target, description_of(name));
  };
  text("--config", result.config_file);
  text("--listen", result.listen)->expected(1)->take_all();
  auto* admin = text("--admin", result.admin);
  flag("--no-admin", requests.no_admin)->excludes(admin);
  text("--broker", result.broker);
  text("--data-dir", result.data_dir);
  text("--threads", result.threads);
  text("--log-level", result.log_level);
  text("--log-format", result.log_format);
  auto* check = flag("--check-config", requests.check_config);
  flag("--print-config", requests.print_config)->excludes(check);
  flag("--version", requests.version);
  app.add_flag("-h,--help", requests.help, description_of("--help"));
}

Action chosen_action(const Requests& requests, bool healthcheck) {
  if (requests.help) {
    return Action::help;
  }
  if (requests.version) {
    return Action::version;
  }
  if (requests.check_config) {
    return Action::check_config;
  }
  if (requests.print_config) {
    return Action::print_config;
  }
  return healthcheck ? Action::healthcheck : Action::run;
}

}  // namespace

std::string usage() {
  constexpr std::size_t column = 26;
  std::string text =
      "lobbyd [OPTION]...                         run the daemon\n"
      "lobbyd healthcheck [--admin ADDR:PORT]     ask a running daemon how it is; exits with 0 or 1\n\n";
  for (const Option& option : options) {
    std::string left = "  " + std::string(option.name);
    if (!option.value.empty()) {
      left += " " + std::string(option.value);
    }
    left.resize(std::max(left.size() + 2, column), ' ');
    text += left + std::string(option.description) + "\n";
  }
  return text;
}

std::expected<CommandLine, Problem> parse_command_line(int argc, const char* const* argv) {
  CommandLine result;
  Requests requests;
  CLI::App app;
  app.set_help_flag();
  declare(app, result, requests);
  const auto* healthcheck = app.add_subcommand("healthcheck")->fallthrough();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return std::unexpected(Problem{.source = "command line",
                                   .line = 0,
                                   .column = 0,
                                   .key = {},
                                   .message = std::string(trimmed(error.what())) + " (see lobbyd --help)"});
  }
  if (requests.no_admin) {
    result.admin = "";
  }
  result.action = chosen_action(requests, healthcheck->parsed());
  if (result.action == Action::help) {
    result.help = usage();
  }
  return result;
}

}  // namespace lobbyd::config
