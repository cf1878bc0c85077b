#pragma once

#include "tests/support/certificates.hpp"

#include <string>

namespace lobbyd::integration {

/// How the daemon reaches the broker. The tests' own MQTT clients always use TCP.
enum class Carrier { tcp, tls, websocket, websocket_tls };
std::string name(Carrier carrier);
/// Of a URL, with the slashes.
std::string scheme(Carrier carrier);
bool has_tls(Carrier carrier);
bool has_websocket(Carrier carrier);
/// LOBBYD_TEST_CARRIER ("tcp", "tls", "ws", "wss"), else TCP: the whole suite can be run over each.
Carrier default_carrier();

/// The authority that has signed the brokers' certificate, for the daemon to trust.
test::Authority& authority();
const test::CertificateFiles& broker_certificate();

}  // namespace lobbyd::integration
