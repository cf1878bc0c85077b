// The program: reads the command line and the configuration, runs the daemon, and waits for a signal.

#include "config/command_line.hpp"
#include "config/load.hpp"
#include "config/print.hpp"
#include "service/apps_settings.hpp"
#include "service/daemon.hpp"
#include "service/data_directory.hpp"
#include "service/health/heartbeats.hpp"
#include "service/health/pulse.hpp"
#include "service/health/watchdog.hpp"
#include "service/healthcheck.hpp"
#include "service/status_report.hpp"
#include "service/system/service_manager.hpp"
#include "service/telemetry/logging.hpp"
#include "service/version.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <sys/resource.h>
#include <utility>

namespace lobbyd {

namespace {

constexpr int exit_failed = 1;
constexpr int exit_bad_configuration = 2;

int report(const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) {
    std::cerr << config::to_string(problem) << '\n';
  }
  return exit_bad_configuration;
}

int fail(const std::string& why) {
  std::cerr << "lobbyd: " << why << '\n';
  return exit_failed;
}

std::string_view level_name(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::trace:
      return "trace";
    case config::LogLevel::debug:
      return "debug";
    case config::LogLevel::info:
      return "info";
    case config::LogLevel::warning:
      return "warning";
    case config::LogLevel::error:
      return "error";
  }
  return "info";
}

// Every client needs a descriptor; the usual soft limit of 1,024 is there for programs that use select().
void raise_descriptor_limit(std::size_t clients) {
  constexpr std::size_t others = 256;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return;
  }
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < clients + others) {
    spdlog::warn(
        "only {} files may be open, too few for [limits] max_clients = {}: raise the limit (ulimit -Hn, "
        "LimitNOFILE) or lower max_clients",
        limit.rlim_max, clients);
  }
}

class Stopping {
 public:
  Stopping(Daemon& daemon, boost::asio::io_context& context, const ServiceManager& manager)
      : daemon_(daemon), context_(context), manager_(manager) {}

  // False where it is under way already.
  bool begin() {
    if (std::exchange(begun_, true)) {
      return false;
    }
    spdlog::info("stopping: clients are told, and their connections closed");
    manager_.stopping();
    daemon_.stop([this] { context_.stop(); });
    return true;
  }

 private:
  Daemon& daemon_;
  boost::asio::io_context& context_;
  const ServiceManager& manager_;
  bool begun_ = false;
};

// The first signal asks for an orderly end, a second one ends at once.
void watch_signals(boost::asio::signal_set& signals, Daemon& daemon, const ServiceManager& manager,
                   Stopping& stopping) {
  signals.async_wait([&](const boost::system::error_code& error, int signal) {
    if (error) {
      return;
    }
    if (signal == SIGHUP) {
      manager.reloading();
      daemon.reload();
      manager.ready();
    } else if (!stopping.begin()) {
      spdlog::warn("a second signal: ending at once");
      std::_Exit(EXIT_FAILURE);
    }
    watch_signals(signals, daemon, manager, stopping);
  });
}

// It is told twice as often as it wants to be.
std::optional<health::Watchdog::Supervisor> supervisor(const ServiceManager& manager) {
  if (!manager.watchdog_time()) {
    return std::nullopt;
  }
  return health::Watchdog::Supervisor{.interval = *manager.watchdog_time() / 2,
                                      .all_turn = [&manager] { manager.alive(); }};
}

int run(const config::Loaded& loaded, apps::AppsSettings services) {
  const ServiceManager manager = ServiceManager::from_environment();
  const config::Config& config = loaded.config;
  telemetry::set_up_logging(level_name(config.log.level), config.log.format == config::LogFormat::json
                                                              ? telemetry::LogFormat::json
                                                              : telemetry::LogFormat::text);
  for (const std::string& warning : loaded.warnings) {
    spdlog::warn("{}", warning);
  }
  raise_descriptor_limit(config.limits.max_clients);
  const auto directory = DataDirectory::open(config.data_dir);
  if (!directory) {
    return fail(directory.error());
  }
  const auto kept_name = directory->instance_name();
  const auto complete = config::with_passwords(config);
  if (!kept_name || !complete) {
    return fail(!kept_name ? kept_name.error() : complete.error());
  }
  const std::string instance = config.instance.name.empty() ? *kept_name : config.instance.name;

  boost::asio::io_context context(1);
  boost::asio::signal_set signals(context, SIGINT, SIGTERM, SIGHUP);
  health::Heartbeats heartbeats;
  Daemon daemon(context, *complete, std::move(services), *directory, instance, heartbeats);
  std::optional<StatusReport> status_report;
  const auto announce = [&] {
    std::cout << daemon.ready_line() << '\n' << std::flush;
    manager.ready();
    status_report.emplace(context, manager, [&daemon] { return daemon.status(); });
  };
  Stopping stopping(daemon, context, manager);
  int status = EXIT_SUCCESS;
  const auto give_up = [&] {
    status = exit_failed;
    stopping.begin();
  };
  if (const auto started = daemon.start(announce, give_up); !started) {
    return fail(started.error());
  }
  watch_signals(signals, daemon, manager, stopping);
  spdlog::info("lobbyd {} is instance \"{}\", with broker {}, data in {}", version, instance,
               config::without_query(config.broker.url), config.data_dir.string());
  spdlog::info("[auth] mode is \"open\": every client may name itself as it likes, and nobody is checked");
  const health::Pulse pulse(context, heartbeats.add("home", std::chrono::steady_clock::now()));
  const health::Watchdog watchdog(heartbeats, supervisor(manager));
  context.run();
  spdlog::info("stopped");
  return status;
}

int healthcheck(const config::Config& config) {
  if (!config.admin) {
    return fail("there is no admin listener to ask; give its address with --admin");
  }
  const auto healthy = check_health(*config.admin);
  return healthy ? EXIT_SUCCESS : fail(healthy.error());
}

int carry_out(const config::CommandLine& command_line) {
  switch (command_line.action) {
    case config::Action::help:
      std::cout << command_line.help;
      return EXIT_SUCCESS;
    case config::Action::version:
      std::cout << "lobbyd " << version << '\n';
      return EXIT_SUCCESS;
    default:
      break;
  }
  const auto loaded = config::load(command_line, config::process_environment());
  if (!loaded) {
    return report(loaded.error());
  }
  auto services = apps_settings(loaded->config);
  if (!services) {
    return report({services.error()});
  }
  switch (command_line.action) {
    case config::Action::check_config:
      for (const std::string& warning : loaded->warnings) {
        std::cerr << "warning: " << warning << '\n';
      }
      std::cout << "the configuration is right\n";
      return EXIT_SUCCESS;
    case config::Action::print_config:
      std::cout << config::print(loaded->config);
      return EXIT_SUCCESS;
    case config::Action::healthcheck:
      return healthcheck(loaded->config);
    default:
      return run(*loaded, *std::move(services));
  }
}

}  // namespace

}  // namespace lobbyd

int main(int argc, char** argv) {
  // A client or a broker that went away shows as an error of the write.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const auto command_line = lobbyd::config::parse_command_line(argc, argv);
    return command_line ? lobbyd::carry_out(*command_line) : lobbyd::report({command_line.error()});
  } catch (const std::exception& error) {
    return lobbyd::fail(error.what());
  }
}
