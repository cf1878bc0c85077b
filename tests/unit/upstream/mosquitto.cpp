#include "tests/unit/upstream/mosquitto.hpp"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace lobbyd::upstream {

Mosquitto::Mosquitto(boost::asio::any_io_executor executor, const std::string& configuration)
    : executor_(std::move(executor)) {
  std::ofstream file(directory_.path() / "mosquitto.conf");
  // Without `user root` it would give the rights to its own directory away when the tests run as root.
  file << "listener 0 " << endpoint().path << "\n"
       << "allow_anonymous true\n"
       << "user root\n"
       << "persistence true\n"
       << "persistence_location " << directory_.path().string() << "/\n"
       << configuration;
  file.close();
  start();
}

void Mosquitto::start() {
  const char* const path = std::getenv("PATH");
  const Command command{find_program("mosquitto", path != nullptr ? path : ""),
                        {"-c", (directory_.path() / "mosquitto.conf").string()},
                        directory_.path().string()};
  auto started = ChildProcess::start(executor_, command, [](std::string_view) {}, [](ExitStatus) {});
  if (!started) throw std::runtime_error(started.error());
  process_ = std::move(*started);
}

void Mosquitto::stop() {
  process_->end(std::chrono::seconds(10));
  process_.reset();
}

mqtt::BrokerUrl Mosquitto::endpoint() const {
  return {mqtt::Carrier::unix_socket, {}, 0, (directory_.path() / "socket").string()};
}

}  // namespace lobbyd::upstream
