#include "tests/integration/harness/mosquitto.hpp"

#include <signal.h>
#include <unistd.h>
#include <utility>

namespace lobbyd::integration {

Mosquitto::Mosquitto(MosquittoOptions options, bool started)
    : options_(std::move(options)), endpoint_{"127.0.0.1", free_port()} {
  if (started) start();
}

std::string Mosquitto::configuration() const {
  std::string text = "listener " + std::to_string(endpoint_.port) + " 127.0.0.1\n";
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

void Mosquitto::stop() {
  end(SIGTERM);
}

void Mosquitto::kill() {
  end(SIGKILL);
}

void Mosquitto::freeze() {
  process_->signal(SIGSTOP);
}

void Mosquitto::thaw() {
  process_->signal(SIGCONT);
}

void Mosquitto::end(int signal) {
  process_->signal(signal);
  if (!process_->wait()) throw DeadlineExceeded("mosquitto does not end");
  process_.reset();
}

}  // namespace lobbyd::integration
