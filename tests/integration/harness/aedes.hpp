#pragma once

#include "tests/integration/harness/broker_server.hpp"
#include "tests/integration/harness/carrier.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lobbyd::integration {

/// Aedes, a broker on Node.js (tests/brokers/aedes), with all its state in memory. Carriers: TCP and WebSocket.
class Aedes final : public BrokerServer {
 public:
  /// What has to be installed first; nullopt where it can be started.
  static std::optional<std::string> missing();

  explicit Aedes(Carrier carrier, bool started = true);
  void start() override;
  std::string url() const override;

 private:
  std::uint16_t websocket_port_ = 0;  // 0 where the carrier is TCP
};

}  // namespace lobbyd::integration
