#include "service/upstream/transport/tls_client.hpp"

#include <boost/system/error_code.hpp>
#include <openssl/ssl.h>

#include <utility>

namespace lobbyd::upstream {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

std::unexpected<std::string> unusable(std::string_view key, const std::string& file, const error_code& error) {
  return std::unexpected(std::string(key) + ": " + file + " cannot be used: " + error.message());
}

}  // namespace

std::expected<void, std::string> TlsClient::load() {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  error_code error;
  if (!options_.ca_file.empty()) {
    context->load_verify_file(options_.ca_file, error);
    if (error) return unusable("ca_file", options_.ca_file, error);
  } else {
    context->set_default_verify_paths(error);
    if (error) return unusable("ca_file", "the system's list of authorities", error);
  }
  if (!options_.cert_file.empty()) {
    context->use_certificate_chain_file(options_.cert_file, error);
    if (error) return unusable("cert_file", options_.cert_file, error);
    context->use_private_key_file(options_.key_file, ssl::context::pem, error);
    if (error) return unusable("key_file", options_.key_file, error);
  }
  context->set_verify_mode(options_.verify ? ssl::verify_peer : ssl::verify_none);
  context_ = std::move(context);
  return {};
}

}  // namespace lobbyd::upstream
