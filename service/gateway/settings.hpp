#pragma once

// What the gateway is told by the configuration.

#include "protocol/websocket/deflate.hpp"
#include "service/gateway/http_policy.hpp"
#include "service/gateway/outbox.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace lobbyd::gateway {

struct Settings {
  std::string instance;
  std::string version;
  OriginPolicy origins;
  std::size_t threads = 1;                           // that serve clients, at least 1
  std::optional<websocket::DeflateOptions> deflate;  // none: no compression; the window is each client's

  std::size_t max_clients = 10'000;
  std::size_t max_clients_per_ip = 0;      // 0: no limit
  std::size_t max_message_bytes = 65'536;  // of what clients send
  std::size_t max_subscriptions = 100;
  std::uint8_t max_qos = 2;
  Outbox::Limits outbox;
  std::size_t memory = 0;              // bytes that the process may hold; 0: no limit
  std::chrono::seconds handshake{10};  // from accepting to `connect`
  std::chrono::seconds keep_alive{25};
  std::chrono::seconds session_expiry_max{300};
  std::chrono::milliseconds drain{5'000};
};

}  // namespace lobbyd::gateway
