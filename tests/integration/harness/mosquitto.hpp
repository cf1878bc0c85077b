#pragma once

#include "tests/integration/harness/broker_server.hpp"
#include "tests/integration/harness/carrier.hpp"
#include "tests/integration/harness/temporary_directory.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lobbyd::integration {

struct MosquittoOptions {
  bool persistence = false;
  bool allow_anonymous = true;
  std::string extra_config = {};  // further lines; without any, all limits are Mosquitto's own defaults
  Carrier carrier = default_carrier();
};

/// A real Mosquitto on a loopback port of its own. An orderly stop saves its state if persistence is on.
class Mosquitto final : public BrokerServer {
 public:
  /// Starts at once unless `started` is false: then the port is only chosen, and refuses connections.
  explicit Mosquitto(MosquittoOptions options = {}, bool started = true);

  void start() override;
  std::string url() const override;

  /// A folder that the configuration may refer to (`extra_config` can name files in it through add_file()).
  std::string add_file(const std::string& name, std::string_view text) { return directory_.write(name, text).string(); }
  void set_extra_config(std::string lines) { options_.extra_config = std::move(lines); }
  /// From the next start on; the file's path. Behind set_extra_config().
  std::string log_everything();

 private:
  std::string configuration() const;

  MosquittoOptions options_;
  TemporaryDirectory directory_;
  std::uint16_t carrier_port_ = 0;  // of the second listener, where the carrier is not TCP
};

}  // namespace lobbyd::integration
