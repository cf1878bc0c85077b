#pragma once

// What is said and looked at while the layers above TCP are made.

#include "protocol/mqtt/broker_url.hpp"

#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/system/error_code.hpp>
#include <openssl/ssl.h>

#include <string>
#include <system_error>

namespace lobbyd::upstream {

// The broker's name is sent (SNI, RFC 6066 §3) and, with `verify`, must be in its certificate (RFC 6125). False where
// TLS could not be told so: then there must be no handshake.
[[nodiscard]] bool expect_host(SSL* session, const std::string& host, bool verify);

// The reason behind "certificate verify failed", where that is what happened.
std::error_code explain_handshake(SSL* session, const boost::system::error_code& error);

// With the port where it is not the scheme's own (RFC 9110 §7.2).
std::string host_header(const mqtt::BrokerUrl& url);

// Whether the server has agreed to speak MQTT.
std::error_code judge_handshake(const boost::system::error_code& error,
                                const boost::beast::websocket::response_type& answer);

inline void offer_mqtt(boost::beast::websocket::request_type& request) {
  request.set(boost::beast::http::field::sec_websocket_protocol, "mqtt");
  request.set(boost::beast::http::field::user_agent, "lobbyd");
}

template <typename Stream>
void prepare_websocket(Stream& stream) {
  namespace websocket = boost::beast::websocket;
  stream.set_option(websocket::stream_base::decorator(&offer_mqtt));
  stream.binary(true);
  // Frames are read in parts, and MQTT's own limit bounds what is kept of them.
  stream.read_message_max(0);
  stream.auto_fragment(false);
}

}  // namespace lobbyd::upstream
