#include "tests/bench/load/target.hpp"

#include "tests/bench/load/bare_client.hpp"
#include "tests/bench/load/lobbyd_client.hpp"
#include "tests/bench/load/mqtt_client.hpp"
#include "tests/integration/harness/http_client.hpp"

#include <stdexcept>
#include <unistd.h>
#include <utility>
#include <vector>

namespace lobbyd::load {
namespace {

using integration::Command;
using integration::Process;

Command pinned(const Settings& settings, const std::string& cores, const std::string& program,
               std::vector<std::string> arguments) {
  if (settings.smoke) return {.program = program, .arguments = std::move(arguments)};
  arguments.insert(arguments.begin(), {"-c", cores, program});
  return {.program = "taskset", .arguments = std::move(arguments)};
}

// The number behind `before` in `line`.
std::uint16_t port_in(const std::string& line, std::string_view before) {
  const auto at = line.find(before);
  if (at == std::string::npos) throw std::runtime_error("no port in: " + line);
  return static_cast<std::uint16_t>(std::stoi(line.substr(at + before.size())));
}

template <class Made>
std::unique_ptr<Client> opened(Loop& loop, Observer& observer, std::uint32_t number, const Endpoint& server) {
  auto client = std::make_unique<Made>(loop, observer, number);
  client->open(server);
  return client;
}

}  // namespace

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::lobbyd:
      return "lobbyd";
    case Kind::mosquitto:
      return "mosquitto";
    case Kind::bare_write:
      return "bare-write";
    case Kind::bare_writev:
      return "bare-writev";
  }
  std::unreachable();
}

Target::Target(Kind kind, const Settings& settings, const std::string& broker_settings) : kind_(kind) {
  switch (kind) {
    case Kind::lobbyd:
      start_lobbyd(settings, broker_settings);
      break;
    case Kind::mosquitto:
      server_ = start_mosquitto(settings, settings.server_cores, broker_settings);
      break;
    case Kind::bare_write:
    case Kind::bare_writev:
      start_bare(settings);
      break;
  }
}

// No message may be lost to the broker's limits, and none wait for a delayed TCP acknowledgement.
std::unique_ptr<Process> Target::start_mosquitto(const Settings& settings, const std::string& cores,
                                                 const std::string& lines) {
  const std::string program = integration::find_program("mosquitto");
  if (program.empty()) throw std::runtime_error("no such program: mosquitto");
  constexpr int attempts = 5;  // another program may take the ports
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const auto ports = integration::free_ports(2);
    direct_ = {.host = "127.0.0.1", .port = ports[0]};
    websocket_ = {.host = "127.0.0.1", .port = ports[1]};
    std::string text = "listener " + std::to_string(direct_.port) + " 127.0.0.1\n";
    text += "listener " + std::to_string(websocket_.port) + " 127.0.0.1\nprotocol websockets\n";
    text += "allow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\nconnection_messages false\n";
    if (::geteuid() == 0) text += "user root\n";
    const auto file = directory_.write("mosquitto.conf", text + lines);
    auto process = std::make_unique<Process>(pinned(settings, cores, program, {"-c", file.string()}));
    if (process->errors().wait_line(" running")) return process;
    if (attempt + 1 == attempts) throw std::runtime_error("mosquitto did not start: " + process->errors().text());
  }
  std::unreachable();
}

void Target::start_lobbyd(const Settings& settings, const std::string& broker_settings) {
  broker_ = start_mosquitto(settings, std::to_string(settings.load_core), broker_settings);
  Command command = pinned(
      settings, settings.server_cores, settings.lobbyd.string(),
      {"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--broker", "tcp://" + direct_.authority(), "--data-dir",
       (directory_.path() / "data").string(), "--log-level", "warning", "--threads", std::to_string(settings.threads)});
  command.environment = {{"LOBBYD_LIMITS_MAX_CLIENTS", "1000000"},
                         {"LOBBYD_LIMITS_PUBLISH_RATE", "0"},
                         {"LOBBYD_LIMITS_REQUEST_RATE", "0"}};
  server_ = std::make_unique<Process>(command);
  const auto ready = server_->output().wait_line("lobbyd ready");
  if (!ready) throw std::runtime_error("lobbyd did not start: " + server_->errors().text());
  websocket_ = {.host = "127.0.0.1", .port = port_in(*ready, "listen=ws://127.0.0.1:")};
  const Endpoint admin{.host = "127.0.0.1", .port = port_in(*ready, "admin=http://127.0.0.1:")};
  // It listens before it has reached the broker, and what is published at QoS 0 before that is lost.
  if (!integration::eventually([&] { return integration::http_get(admin, "/readyz").status == 200; })) {
    throw std::runtime_error("lobbyd does not reach its broker: " + server_->errors().text());
  }
}

void Target::start_bare(const Settings& settings) {
  server_ = std::make_unique<Process>(pinned(settings, settings.server_cores, settings.bare.string(),
                                             {kind_ == Kind::bare_write ? "write" : "writev"}));
  const auto ready = server_->output().wait_line("port ");
  if (!ready) throw std::runtime_error("bench_bare did not start: " + server_->errors().text());
  direct_ = {.host = "127.0.0.1", .port = port_in(*ready, "port ")};
  websocket_ = direct_;
}

std::unique_ptr<Client> Target::client(Loop& loop, Observer& observer, std::uint32_t number) const {
  switch (kind_) {
    case Kind::lobbyd:
      return opened<LobbydClient>(loop, observer, number, websocket_);
    case Kind::mosquitto:
      return opened<MqttWebSocketClient>(loop, observer, number, websocket_);
    default:
      return opened<BareClient>(loop, observer, number, websocket_);
  }
}

std::unique_ptr<Client> Target::direct_client(Loop& loop, Observer& observer, std::uint32_t number) const {
  if (is_bare(kind_)) return client(loop, observer, number);
  return opened<MqttClient>(loop, observer, number, direct_);
}

std::optional<pid_t> Target::broker() const {
  if (!broker_) return std::nullopt;
  return broker_->id();
}

std::string Target::broker_log_until(std::string_view part) const {
  auto& log = (broker_ ? broker_ : server_)->errors();
  if (!log.wait_line(part)) throw std::runtime_error("the broker has not logged " + std::string(part));
  return log.text();
}

}  // namespace lobbyd::load
