#pragma once

#include "tests/integration/harness/process.hpp"
#include "tests/integration/harness/tcp_socket.hpp"
#include "tests/integration/harness/temporary_directory.hpp"
#include "tests/support/certificates.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace lobbyd::integration {

/// How the daemon reaches the broker. The tests' own MQTT clients always use TCP.
enum class Carrier { tcp, tls, websocket, websocket_tls };
std::string name(Carrier carrier);
/// LOBBYD_TEST_CARRIER ("tcp", "tls", "ws", "wss"), else TCP: the whole suite can be run over each.
Carrier default_carrier();

/// The authority that has signed the brokers' certificates, for the daemon to trust.
test::Authority& authority();

struct MosquittoOptions {
  bool persistence = false;
  bool allow_anonymous = true;
  std::string extra_config = {};  // further lines; without any, all limits are Mosquitto's own defaults
  Carrier carrier = default_carrier();
};

/// A real Mosquitto on a loopback port of its own, which it keeps over restarts.
class Mosquitto {
 public:
  /// Starts at once unless `started` is false: then the port is only chosen, and refuses connections.
  explicit Mosquitto(MosquittoOptions options = {}, bool started = true);

  void start();   ///< returns when connections are accepted
  void stop();    ///< SIGTERM: an orderly end, the state saved if persistence is on
  void kill();    ///< SIGKILL
  void freeze();  ///< SIGSTOP: connections stay up, but nothing answers
  void thaw();

  const Endpoint& endpoint() const { return endpoint_; }
  /// For the daemon.
  std::string url() const;

  /// A folder that the configuration may refer to (`extra_config` can name files in it through add_file()).
  std::string add_file(const std::string& name, std::string_view text) { return directory_.write(name, text).string(); }
  void set_extra_config(std::string lines) { options_.extra_config = std::move(lines); }

 private:
  std::string configuration() const;
  void end(int signal);

  MosquittoOptions options_;
  TemporaryDirectory directory_;
  Endpoint endpoint_;
  std::uint16_t carrier_port_ = 0;  // of the second listener, where the carrier is not TCP
  std::unique_ptr<Process> process_;
};

}  // namespace lobbyd::integration
