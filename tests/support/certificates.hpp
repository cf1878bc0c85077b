#pragma once

// Certificates made for one test: an authority of its own, and what it signs.

#include <filesystem>
#include <memory>
#include <string>

namespace lobbyd::test {

struct CertificateRequest {
  std::string subject = "localhost";
  std::string alternative_names = "DNS:localhost,IP:127.0.0.1,IP:::1";  // as OpenSSL writes subjectAltName
  bool expired = false;
};

// The files that hold a certificate and its private key, in PEM.
struct CertificateFiles {
  std::string certificate;
  std::string key;
};

class Authority {
 public:
  // Writes into the directory, which outlives this. Throws std::runtime_error.
  explicit Authority(std::filesystem::path directory, const std::string& name = "authority");
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;
  ~Authority();

  // The certificate to trust.
  const std::string& file() const { return file_; }
  // `name` is that of the files.
  CertificateFiles issue(const std::string& name, const CertificateRequest& request = {});

 private:
  struct Pair;

  std::filesystem::path directory_;
  std::string file_;
  std::unique_ptr<Pair> pair_;
};

}  // namespace lobbyd::test
