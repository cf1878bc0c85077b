#include "tests/integration/harness/daemon.hpp"

#include "tests/integration/harness/broker.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <regex>
#include <signal.h>
#include <utility>

namespace lobbyd::integration {
namespace {

Endpoint to_endpoint(const std::string& host, const std::string& port) {
  const bool bracketed = host.starts_with('[');
  return {bracketed ? host.substr(1, host.size() - 2) : host, static_cast<std::uint16_t>(std::stoi(port))};
}

// The daemon may take its time for draining (ten seconds, by default) before it must have ended.
Deadline stop_deadline() {
  return deadline_in(scaled(std::chrono::seconds(20)));
}

}  // namespace

std::optional<unsigned> chosen_threads() {
  const char* const chosen = std::getenv("LOBBYD_TEST_THREADS");
  return chosen == nullptr ? std::nullopt : std::optional(static_cast<unsigned>(std::stoul(chosen)));
}

Daemon::Daemon(DaemonOptions options) : options_(std::move(options)) {
  if (options_.data_directory.empty()) options_.data_directory = directory_.path() / "data";
  process_ = std::make_unique<Process>(command());
  wait_ready();
}

Daemon::~Daemon() {
  if (process_->wait(Clock::now())) return;  // its test has ended it, and looked at how it went
  process_->signal(SIGTERM);
  const auto status = process_->wait(stop_deadline());
  if (status != ExitStatus{}) {
    ADD_FAILURE() << "the daemon " << (status ? "did not exit with 0" : "did not end") << "; its log:\n" << log();
  }
}

Command Daemon::command() {
  Command result{.program = LOBBYD_BINARY, .arguments = {}, .environment = options_.environment};
  const auto add = [&](std::string name, std::string value) {
    result.arguments.push_back(std::move(name));
    result.arguments.push_back(std::move(value));
  };
  const bool needs_trust = options_.broker_url.starts_with("ssl://") || options_.broker_url.starts_with("wss://");
  if (needs_trust && options_.config.find("ca_file") == std::string::npos) {
    result.environment.emplace("LOBBYD_BROKER_CA_FILE", authority().file());
  }
  if (upstreams().size() == 1 && options_.config.find("protocol") == std::string::npos) {
    result.environment.emplace("LOBBYD_BROKER_PROTOCOL", protocol_name(upstreams().front()));
  }
  if (const auto threads = chosen_threads(); threads && options_.config.find("threads") == std::string::npos) {
    result.environment.emplace("LOBBYD_THREADS", std::to_string(*threads));
  }
  if (!options_.config.empty()) add("--config", directory_.write("lobbyd.toml", options_.config).string());
  for (const auto& address : options_.listen) add("--listen", address);
  if (options_.admin) {
    add("--admin", "127.0.0.1:0");
  } else {
    result.arguments.emplace_back("--no-admin");
  }
  if (!options_.broker_url.empty()) add("--broker", options_.broker_url);
  add("--data-dir", options_.data_directory.string());
  result.arguments.insert(result.arguments.end(), options_.arguments.begin(), options_.arguments.end());
  return result;
}

void Daemon::wait_ready() {
  const auto line = process_->output().wait_line("lobbyd ready");
  if (!line) throw std::runtime_error("the daemon did not become ready; its log:\n" + log());
  ready_line_ = *line;
  static const std::string address = R"((\[[0-9a-f:]+\]|[0-9.]+):([0-9]+))";
  static const std::regex listen_pattern("listen=ws://" + address + "/ws");
  static const std::regex admin_pattern("admin=http://" + address);
  std::smatch found;
  if (!std::regex_search(ready_line_, found, listen_pattern))
    throw std::runtime_error("no listener in: " + ready_line_);
  listen_ = to_endpoint(found[1], found[2]);
  if (std::regex_search(ready_line_, found, admin_pattern)) admin_ = to_endpoint(found[1], found[2]);
}

ExitStatus Daemon::terminate() {
  process_->signal(SIGTERM);
  const auto status = process_->wait(stop_deadline());
  if (!status) throw DeadlineExceeded("the daemon does not end after SIGTERM; its log:\n" + log());
  return *status;
}

void Daemon::kill() {
  process_->signal(SIGKILL);
  if (!process_->wait()) throw DeadlineExceeded("the daemon does not end after SIGKILL");
}

FinishedProcess run_daemon(std::vector<std::string> arguments, std::map<std::string, std::string> environment,
                           Deadline deadline) {
  return run({.program = LOBBYD_BINARY, .arguments = std::move(arguments), .environment = std::move(environment)},
             deadline);
}

}  // namespace lobbyd::integration
