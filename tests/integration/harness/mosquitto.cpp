#include "tests/integration/harness/mosquitto.hpp"

#include <unistd.h>
#include <utility>

namespace lobbyd::integration {

Mosquitto::Mosquitto(MosquittoOptions options, bool started) : options_(std::move(options)) {
  endpoint_ = {"127.0.0.1", free_port()};
  while (options_.carrier != Carrier::tcp && (carrier_port_ == 0 || carrier_port_ == endpoint_.port)) {
    carrier_port_ = free_port();
  }
  if (started) start();
}

std::string Mosquitto::log_everything() {
  std::string file = add_file("log", "");
  options_.extra_config += "log_type all\nlog_dest stderr\nlog_dest file " + file + "\n";
  return file;
}

std::string Mosquitto::url() const {
  // The certificate is for the name, too.
  return options_.carrier == Carrier::tcp ? "tcp://" + endpoint_.authority()
                                          : scheme(options_.carrier) + "localhost:" + std::to_string(carrier_port_);
}

std::string Mosquitto::configuration() const {
  std::string text = "listener " + std::to_string(endpoint_.port) + " 127.0.0.1\n";
  if (options_.carrier != Carrier::tcp) text += "listener " + std::to_string(carrier_port_) + " 127.0.0.1\n";
  if (has_websocket(options_.carrier)) text += "protocol websockets\n";
  if (has_tls(options_.carrier)) {
    text += "certfile " + broker_certificate().certificate + "\nkeyfile " + broker_certificate().key + "\n";
    text += "cafile " + authority().file() + "\n";
  }
  text += options_.allow_anonymous ? "allow_anonymous true\n" : "allow_anonymous false\n";
  // As root it would become a user who may not write into the test's folder.
  if (::geteuid() == 0) text += "user root\n";
  if (options_.persistence) text += "persistence true\npersistence_location " + directory_.path().string() + "/\n";
  return text + options_.extra_config;
}

void Mosquitto::start() {
  const auto file = directory_.write("mosquitto.conf", configuration());
  process_ = std::make_unique<Process>(Command{.program = "mosquitto", .arguments = {"-c", file.string()}});
  if (!process_->errors().wait_line(" running")) {
    throw DeadlineExceeded("mosquitto did not start: " + process_->errors().text());
  }
}

}  // namespace lobbyd::integration
