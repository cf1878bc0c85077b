#include "tests/integration/harness/mosquitto.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <signal.h>
#include <stdexcept>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace lobbyd::integration {
namespace {

struct CarrierName {
  Carrier carrier;
  const char* name;
  const char* scheme;
};
constexpr std::array<CarrierName, 4> carriers = {{{Carrier::tcp, "tcp", "tcp://"},
                                                  {Carrier::tls, "tls", "ssl://"},
                                                  {Carrier::websocket, "ws", "ws://"},
                                                  {Carrier::websocket_tls, "wss", "wss://"}}};

const CarrierName& look_up(Carrier carrier) {
  return *std::ranges::find(carriers, carrier, &CarrierName::carrier);
}

bool has_tls(Carrier carrier) {
  return carrier == Carrier::tls || carrier == Carrier::websocket_tls;
}

struct Trust {
  TemporaryDirectory directory;
  test::Authority authority{directory.path()};
  test::CertificateFiles broker = authority.issue("broker");
};

Trust& trust() {
  static Trust trust;
  return trust;
}

}  // namespace

std::string name(Carrier carrier) {
  return look_up(carrier).name;
}

Carrier default_carrier() {
  const char* const chosen = std::getenv("LOBBYD_TEST_CARRIER");
  const auto found = std::ranges::find(carriers, std::string_view(chosen == nullptr ? "tcp" : chosen),
                                       [](const CarrierName& carrier) { return std::string_view(carrier.name); });
  if (found == carriers.end()) throw std::runtime_error("LOBBYD_TEST_CARRIER must be tcp, tls, ws or wss");
  return found->carrier;
}

test::Authority& authority() {
  return trust().authority;
}

Mosquitto::Mosquitto(MosquittoOptions options, bool started)
    : options_(std::move(options)), endpoint_{"127.0.0.1", free_port()} {
  while (options_.carrier != Carrier::tcp && (carrier_port_ == 0 || carrier_port_ == endpoint_.port)) {
    carrier_port_ = free_port();
  }
  if (started) start();
}

std::string Mosquitto::url() const {
  // The certificate is for the name, too.
  return options_.carrier == Carrier::tcp
             ? "tcp://" + endpoint_.authority()
             : std::string(look_up(options_.carrier).scheme) + "localhost:" + std::to_string(carrier_port_);
}

std::string Mosquitto::configuration() const {
  std::string text = "listener " + std::to_string(endpoint_.port) + " 127.0.0.1\n";
  if (options_.carrier != Carrier::tcp) text += "listener " + std::to_string(carrier_port_) + " 127.0.0.1\n";
  if (options_.carrier == Carrier::websocket || options_.carrier == Carrier::websocket_tls) {
    text += "protocol websockets\n";
  }
  if (has_tls(options_.carrier)) {
    text += "certfile " + trust().broker.certificate + "\nkeyfile " + trust().broker.key + "\n";
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
