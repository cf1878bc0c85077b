#include "tests/integration/harness/aedes.hpp"

#include <filesystem>
#include <stdexcept>

namespace lobbyd::integration {
namespace {

const std::filesystem::path folder = LOBBYD_AEDES_FOLDER;

}  // namespace

std::optional<std::string> Aedes::missing() {
  if (find_program("node").empty()) return "Node.js";
  if (!std::filesystem::exists(folder / "node_modules" / "aedes")) return "Aedes (npm ci in " + folder.string() + ")";
  return std::nullopt;
}

Aedes::Aedes(Carrier carrier, bool started) {
  if (has_tls(carrier)) throw std::runtime_error("Aedes is tested over tcp and ws");
  const auto ports = free_ports(2);
  endpoint_ = {"127.0.0.1", ports[0]};
  if (has_websocket(carrier)) websocket_port_ = ports[1];
  if (started) start();
}

std::string Aedes::url() const {
  return websocket_port_ == 0 ? BrokerServer::url() : "ws://127.0.0.1:" + std::to_string(websocket_port_);
}

void Aedes::start() {
  Command command{.program = "node", .arguments = {(folder / "server.mjs").string(), std::to_string(endpoint_.port)}};
  if (websocket_port_ != 0) command.arguments.push_back(std::to_string(websocket_port_));
  process_ = std::make_unique<Process>(command);
  if (!process_->output().wait_line("ready", deadline_in(scaled(std::chrono::seconds(20))))) {
    throw DeadlineExceeded("Aedes did not start: " + process_->errors().text());
  }
}

}  // namespace lobbyd::integration
