#include "service/gateway/http_policy.hpp"

#include "protocol/api/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace lobbyd::gateway {

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <class Matches>
bool any_token(std::string_view list, Matches matches) {
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t comma = std::min(list.find(',', start), list.size());
    if (matches(trim(list.substr(start, comma - start)))) {
      return true;
    }
    start = comma + 1;
  }
  return false;
}

bool has_token(std::string_view list, std::string_view wanted) {
  return any_token(list, [&](std::string_view token) { return lower(token) == wanted; });
}

std::string first_token(std::string_view list) {
  std::string first;
  any_token(list, [&](std::string_view token) {
    first = token;
    return true;
  });
  return first;
}

// RFC 6455 §4.2.2, step 5.4
std::string accept_key(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
    throw std::runtime_error("SHA-1 is not available in this OpenSSL");
  }
  return api::encode_base64(std::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

std::string_view authority_of(std::string_view origin) {
  const std::size_t scheme_end = origin.find("://");
  return scheme_end == std::string_view::npos ? std::string_view{} : origin.substr(scheme_end + 3);
}

bool matches_origin(std::string_view pattern, std::string_view origin) {
  if (pattern == "*" || pattern == origin) {
    return true;
  }
  const std::size_t star = pattern.find("://*.");
  if (star == std::string_view::npos) {
    return false;
  }
  const std::string_view scheme = pattern.substr(0, star + 3);
  const std::string_view domain = pattern.substr(star + 4);  // ".example.org"
  return origin.starts_with(scheme) && origin.ends_with(domain) && origin.size() > scheme.size() + domain.size();
}

}  // namespace

std::string host_name(std::string_view authority) {
  if (authority.starts_with('[')) {
    return lower(authority.substr(1, authority.find(']') - 1));
  }
  return lower(authority.substr(0, authority.find(':')));
}

bool is_loopback_name(std::string_view name) {
  const bool numeric = name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string_view::npos;
  return numeric || name == "localhost" || name == "::1" || name.ends_with(".localhost");
}

bool OriginPolicy::allows(std::string_view origin, std::string_view host) const {
  const std::string lowered = lower(origin);
  const std::string_view authority = authority_of(lowered);
  if (!authority.empty() && (is_loopback_name(host_name(authority)) || host_name(authority) == host_name(host))) {
    return true;
  }
  return std::ranges::any_of(allow,
                             [&](const std::string& pattern) { return matches_origin(lower(pattern), lowered); });
}

std::expected<void, HttpRefusal> check_host(std::string_view host, bool loopback_listener) {
  if (loopback_listener && !is_loopback_name(host_name(host))) {
    return std::unexpected(
        HttpRefusal{403, "This listener is for this machine alone: the Host must be localhost, 127.0.0.1 or [::1].\n"});
  }
  return {};
}

std::expected<UpgradeAnswer, HttpRefusal> check_upgrade(const UpgradeRequest& request, const OriginPolicy& origins,
                                                        bool compression, Speech speech) {
  if (!has_token(request.connection, "upgrade") || !has_token(request.upgrade, "websocket")) {
    return std::unexpected(HttpRefusal{426, "This is a WebSocket endpoint: connect with a WebSocket client.\n"});
  }
  if (request.version != "13") {
    return std::unexpected(HttpRefusal{426, "WebSocket version 13 is spoken here.\n"});
  }
  if (const auto key = api::decode_base64(request.key); !key || key->size() != 16) {
    return std::unexpected(HttpRefusal{400, "Sec-WebSocket-Key must be 16 bytes in base64.\n"});
  }
  if (request.origin && !origins.allows(*request.origin, request.host)) {
    return std::unexpected(
        HttpRefusal{403, "This origin is not allowed; the operator can add it to [origins] allow.\n"});
  }
  UpgradeAnswer answer{
      .accept = accept_key(request.key), .subprotocol = {}, .deflate = {}, .speech = speech, .query = {}};
  if (request.subprotocols && speech != Speech::api) {
    answer.subprotocol = first_token(*request.subprotocols);
  } else if (request.subprotocols) {
    if (!any_token(*request.subprotocols, [](std::string_view token) { return token == subprotocol; })) {
      return std::unexpected(HttpRefusal{400, "The subprotocol spoken here is lobbyd.v1; offer it, or none.\n"});
    }
    answer.subprotocol = subprotocol;
  }
  if (compression && request.extensions) {
    const auto offers = websocket::parse_extensions(*request.extensions);
    if (!offers) {
      return std::unexpected(HttpRefusal{400, "Sec-WebSocket-Extensions must be as in RFC 6455 §9.1.\n"});
    }
    answer.deflate = websocket::agree_on_deflate(*offers);
  }
  return answer;
}

}  // namespace lobbyd::gateway
