#pragma once

#include "protocol/mqtt/broker_url.hpp"
#include "service/upstream/embedded/child_process.hpp"
#include "tests/unit/upstream/temporary_directory.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace lobbyd::upstream {

// A real broker on a Unix socket in a directory of its own, which keeps what it saved from start to start.
class Mosquitto {
 public:
  // `configuration` is added to its file. Throws std::runtime_error when it cannot be started.
  explicit Mosquitto(boost::asio::any_io_executor executor, const std::string& configuration = "");

  void start();
  // As kill -9: nothing is saved.
  void kill() { process_.reset(); }
  // As SIGTERM: sessions and retained messages are saved.
  void stop();

  mqtt::BrokerUrl endpoint() const;

 private:
  boost::asio::any_io_executor executor_;
  TemporaryDirectory directory_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace lobbyd::upstream
