#pragma once

// What the daemon needs to speak TLS to a broker: whom to trust, and how to show who it is.

#include <boost/asio/ssl/context.hpp>

#include <expected>
#include <memory>
#include <string>

namespace lobbyd::upstream {

struct TlsOptions {
  std::string ca_file = {};    // PEM, the authorities to trust; empty: those of the system
  std::string cert_file = {};  // PEM, the chain that shows who we are; empty: none is shown
  std::string key_file = {};   // PEM, of the first certificate in cert_file
  bool verify = true;          // the broker's certificate, and that it was made for the URL's host
};

// TLS 1.2 and newer (RFC 8996). One loop.
class TlsClient {
 public:
  explicit TlsClient(TlsOptions options) : options_(std::move(options)) {}

  // Reads the files; connections made from now on use them. Where one cannot be used everything stays as it was, and
  // the error is a sentence that names the key and the file. To be called once before the first connection.
  std::expected<void, std::string> load();

  bool verifies() const { return options_.verify; }
  // Connections keep the one that they began with.
  std::shared_ptr<boost::asio::ssl::context> context() const { return context_; }

 private:
  TlsOptions options_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace lobbyd::upstream
