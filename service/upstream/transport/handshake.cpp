#include "service/upstream/transport/handshake.hpp"

#include "service/upstream/transport/errors.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/websocket/error.hpp>
#include <openssl/x509_vfy.h>

namespace lobbyd::upstream {

bool expect_host(SSL* session, const std::string& host, bool verify) {
  boost::system::error_code not_numeric;
  boost::asio::ip::make_address(host, not_numeric);
  const bool is_name = static_cast<bool>(not_numeric);
  bool expected = !is_name || SSL_set_tlsext_host_name(session, host.c_str()) == 1;
  if (verify) {
    X509_VERIFY_PARAM* parameters = SSL_get0_param(session);
    // A zone says how the address is reached from here; certificates do not know it.
    const std::string address = host.substr(0, host.find('%'));
    expected = expected && (is_name ? X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size())
                                    : X509_VERIFY_PARAM_set1_ip_asc(parameters, address.c_str())) == 1;
  }
  return expected;
}

std::error_code explain_handshake(SSL* session, const boost::system::error_code& error) {
  const long verdict = SSL_get_verify_result(session);
  const bool refused = error.category() == boost::asio::error::get_ssl_category() && verdict != X509_V_OK;
  return refused ? certificate_error(verdict) : std::error_code(error);
}

std::string host_header(const mqtt::BrokerUrl& url) {
  std::string host = mqtt::bracketed_host(url.host);
  if (url.port != mqtt::default_port(url.carrier)) {
    host += ":" + std::to_string(url.port);
  }
  return host;
}

std::error_code judge_handshake(const boost::system::error_code& error,
                                const boost::beast::websocket::response_type& answer) {
  namespace websocket = boost::beast::websocket;
  if (error == websocket::error::upgrade_declined) {
    return http_status_error(answer.result_int());
  }
  if (error) {
    return error;
  }
  const auto protocol = answer[boost::beast::http::field::sec_websocket_protocol];
  return protocol == "mqtt" ? std::error_code() : std::error_code(WebSocketError::no_subprotocol);
}

}  // namespace lobbyd::upstream
