#include "service/apps/signalling/ice_servers.hpp"

#include "protocol/api/base64.hpp"
#include "protocol/api/json.hpp"
#include "service/apps/record_writer.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstddef>
#include <stdexcept>

namespace lobbyd::apps {
namespace {

std::string hmac_sha1(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
           text.size(), digest.data(), &size) == nullptr) {
    throw std::runtime_error("OpenSSL has no HMAC-SHA1");
  }
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string write_urls(const std::vector<std::string>& urls) {
  std::string list = "[";
  for (const std::string& url : urls) {
    list += list.size() == 1 ? "" : ",";
    api::append_json_string(list, url);
  }
  return list + ']';
}

std::string write_server(const IceServer& server, const TurnCredential& credential) {
  RecordWriter fields;
  fields.json("urls", write_urls(server.urls));
  if (!credential.username.empty()) {
    fields.text("username", credential.username).text("credential", credential.credential);
  }
  return fields.take();
}

}  // namespace

TurnCredential make_turn_credential(std::string_view secret, std::string_view user, std::int64_t expiry_s) {
  std::string username = std::to_string(expiry_s) + ':' + std::string(user);
  std::string credential = api::encode_base64(hmac_sha1(secret, username));
  return {.username = std::move(username), .credential = std::move(credential)};
}

std::string write_ice_servers(const std::vector<IceServer>& servers, std::string_view user, std::int64_t now_ms) {
  std::string list = "[";
  const auto add = [&](const IceServer& server, const TurnCredential& credential) {
    list += list.size() == 1 ? "" : ",";
    list += write_server(server, credential);
  };
  for (const IceServer& server : servers) {
    if (server.secrets.empty()) {
      add(server, {.username = server.username, .credential = server.credential});
    }
    for (const std::string& secret : server.secrets) {
      constexpr std::int64_t ms_per_second = 1000;
      add(server, make_turn_credential(secret, user, now_ms / ms_per_second + server.ttl.count()));
    }
  }
  return list + ']';
}

}  // namespace lobbyd::apps
