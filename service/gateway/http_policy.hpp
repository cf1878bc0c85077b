#pragma once

// What a listener answers to an HTTP request, decided without I/O: which paths there are, which Host names and Origins
// are served, and whether a WebSocket may begin (RFC 6455 §4.2).

#include "protocol/websocket/extensions.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::gateway {

struct HttpRefusal {
  unsigned status = 400;
  std::string text;  // plain English, for the body
};

struct OriginPolicy {
  // Exact origins, "SCHEME://*.DOMAIN", or "*".
  std::vector<std::string> allow;

  // `origin` and `host` as the headers have them. Loopback origins and those of the same host always pass.
  bool allows(std::string_view origin, std::string_view host) const;
};

// The name in a Host header or an authority, without port and brackets, in lower case.
std::string host_name(std::string_view authority);
bool is_loopback_name(std::string_view name);

struct UpgradeRequest {
  std::string_view host;
  std::optional<std::string_view> origin;
  std::string_view connection;
  std::string_view upgrade;
  std::string_view version;                 // Sec-WebSocket-Version
  std::string_view key;                     // Sec-WebSocket-Key
  std::optional<std::string> subprotocols;  // of all headers of that name, joined by commas
  std::optional<std::string> extensions;    // likewise
};

// What is spoken on a WebSocket.
enum class Speech : std::uint8_t {
  api,     // docs/api.md
  godot,   // Godot's signalling demo
  peerjs,  // PeerServer
};

struct UpgradeAnswer {
  std::string accept;                                  // Sec-WebSocket-Accept
  std::string subprotocol;                             // empty: the client offered none, and none is answered
  std::optional<websocket::DeflateAgreement> deflate;  // none: messages are not compressed
  Speech speech = Speech::api;
  std::string query = {};  // of the request's target, behind the question mark
};

inline constexpr std::string_view subprotocol = "lobbyd.v1";

// A page of another site that resolves its name to loopback must not reach a listener meant for this machine.
std::expected<void, HttpRefusal> check_host(std::string_view host, bool loopback_listener);
// `compression`: whether it is agreed upon with clients that offer it; else what they offer is not looked at.
// The clients of other protocols know nothing of ours: of the subprotocols that they offer the first is answered.
std::expected<UpgradeAnswer, HttpRefusal> check_upgrade(const UpgradeRequest& request, const OriginPolicy& origins,
                                                        bool compression, Speech speech = Speech::api);

}  // namespace lobbyd::gateway
