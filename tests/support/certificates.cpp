#include "tests/support/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <utility>

namespace lobbyd::test {

namespace {

constexpr long day = 24L * 60 * 60;

template <auto function>
struct Freer {
  template <class Type>
  void operator()(Type* object) const {
    function(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<&EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<&X509_free>>;
using File = std::unique_ptr<std::FILE, Freer<&std::fclose>>;

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("cannot make a certificate: ") + what);
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  require(extension != nullptr, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate begin_certificate(EVP_PKEY* key, const std::string& subject, bool expired) {
  static long serial = 0;
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -2 * day);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), expired ? -day : day);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
  return certificate;
}

std::string write_certificate(const std::filesystem::path& path, X509* certificate) {
  const File file(std::fopen(path.c_str(), "w"));
  require(file && PEM_write_X509(file.get(), certificate) == 1, path.c_str());
  return path.string();
}

std::string write_key(const std::filesystem::path& path, EVP_PKEY* key) {
  const File file(std::fopen(path.c_str(), "w"));
  require(file && PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, path.c_str());
  return path.string();
}

}  // namespace

struct Authority::Pair {
  Key key;
  Certificate certificate;
};

Authority::Authority(std::filesystem::path directory, const std::string& name) : directory_(std::move(directory)) {
  pair_ = std::make_unique<Pair>();
  pair_->key.reset(EVP_EC_gen("P-256"));
  pair_->certificate = begin_certificate(pair_->key.get(), name, false);
  X509* certificate = pair_->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  require(X509_sign(certificate, pair_->key.get(), EVP_sha256()) != 0, "signature");
  file_ = write_certificate(directory_ / (name + ".pem"), certificate);
}

Authority::~Authority() = default;

CertificateFiles Authority::issue(const std::string& name, const CertificateRequest& request) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = begin_certificate(key.get(), request.subject, request.expired);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(pair_->certificate.get()));
  add_extension(certificate.get(), pair_->certificate.get(), NID_basic_constraints, "CA:FALSE");
  if (!request.alternative_names.empty()) {
    add_extension(certificate.get(), pair_->certificate.get(), NID_subject_alt_name, request.alternative_names);
  }
  require(X509_sign(certificate.get(), pair_->key.get(), EVP_sha256()) != 0, "signature");
  return {write_certificate(directory_ / (name + ".crt"), certificate.get()),
          write_key(directory_ / (name + ".key"), key.get())};
}

}  // namespace lobbyd::test
