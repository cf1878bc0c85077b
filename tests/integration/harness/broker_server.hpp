#pragma once

#include "tests/integration/harness/process.hpp"
#include "tests/integration/harness/tcp_socket.hpp"

#include <memory>
#include <string>

namespace lobbyd::integration {

/// A real broker's process, which a test starts and ends as it likes. Its port stays the same over restarts.
class BrokerServer {
 public:
  BrokerServer(const BrokerServer&) = delete;
  BrokerServer& operator=(const BrokerServer&) = delete;
  virtual ~BrokerServer() = default;

  virtual void start() = 0;  ///< returns when connections are accepted
  void stop();               ///< SIGTERM: an orderly end
  void kill();               ///< SIGKILL
  void freeze();             ///< SIGSTOP: connections stay up, but nothing answers
  void thaw();

  /// MQTT on TCP, for the tests' own clients.
  const Endpoint& endpoint() const { return endpoint_; }
  /// For the daemon.
  virtual std::string url() const { return "tcp://" + endpoint_.authority(); }

 protected:
  BrokerServer() = default;

  Endpoint endpoint_;
  std::unique_ptr<Process> process_;  // none while it does not run

 private:
  void end(int signal);
};

}  // namespace lobbyd::integration
