#pragma once

#include "tests/integration/harness/broker_server.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lobbyd::integration {

struct RabbitMqNode;

/// RabbitMQ with its MQTT plugin, on TCP. A node takes seconds to start, so those that a test leaves running serve the
/// next ones, each on a virtual host of its own, which has a port of its own and knows nothing of the others. A restart
/// keeps queues, and after an orderly stop also retained messages.
class RabbitMq final : public BrokerServer {
 public:
  /// What has to be installed first; nullopt where it can be started.
  static std::optional<std::string> missing();

  explicit RabbitMq(bool started = true);
  ~RabbitMq() override;
  void start() override;

 private:
  std::unique_ptr<RabbitMqNode> node_;
};

}  // namespace lobbyd::integration
