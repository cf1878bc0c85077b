#include "service/upstream/transport/errors.hpp"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <string>

namespace lobbyd::upstream {
namespace {

class CertificateCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "certificate"; }
  std::string message(int code) const override {
    return std::string("the broker's certificate is not accepted: ") + X509_verify_cert_error_string(code) + hint(code);
  }

 private:
  static const char* hint(int code) {
    switch (code) {
      case X509_V_ERR_HOSTNAME_MISMATCH:
      case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "; it was made for another name than the URL's";
      case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
      case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return "; give the authority that signed it as ca_file";
      default:
        return "";
    }
  }
};

class HttpCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "http"; }
  std::string message(int status) const override {
    return "the server answers the WebSocket handshake with HTTP " + std::to_string(status) +
           (status == 404 ? "; look at the URL's path" : "");
  }
};

class WebSocketCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "websocket"; }
  std::string message(int error) const override {
    switch (static_cast<WebSocketError>(error)) {
      case WebSocketError::no_subprotocol:
        return "the server does not speak MQTT at the URL's path: it did not agree on the subprotocol";
      case WebSocketError::text_frame:
        break;
    }
    return "the server sent a text frame, which MQTT does not have";
  }
};

}  // namespace

std::error_code certificate_error(long code) {
  static const CertificateCategory category;
  return {static_cast<int>(code), category};
}

std::error_code http_status_error(unsigned status) {
  static const HttpCategory category;
  return {static_cast<int>(status), category};
}

std::error_code make_error_code(WebSocketError error) {
  static const WebSocketCategory category;
  return {static_cast<int>(error), category};
}

}  // namespace lobbyd::upstream
