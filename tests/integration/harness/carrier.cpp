#include "tests/integration/harness/carrier.hpp"

#include "tests/integration/harness/temporary_directory.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

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

std::string scheme(Carrier carrier) {
  return look_up(carrier).scheme;
}

bool has_tls(Carrier carrier) {
  return carrier == Carrier::tls || carrier == Carrier::websocket_tls;
}

bool has_websocket(Carrier carrier) {
  return carrier == Carrier::websocket || carrier == Carrier::websocket_tls;
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

const test::CertificateFiles& broker_certificate() {
  return trust().broker;
}

}  // namespace lobbyd::integration
