#pragma once

// What clients are told of STUN and TURN servers: [[ice]] of the configuration, with credentials that TURN servers take
// for a limited time ("A REST API For Access To TURN Services", draft-uberti-behave-turn-rest-00, as coturn and others
// have it). Pure.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps {

struct IceServer {
  std::vector<std::string> urls;
  std::string username = {};
  std::string credential = {};
  // Shared with the TURN server: then credentials are made. While a secret is replaced by another there are both, and
  // clients get credentials of each, whichever of them the server knows.
  std::vector<std::string> secrets = {};
  std::chrono::seconds ttl{std::chrono::hours(24)};
};

struct TurnCredential {
  std::string username;    // EXPIRY:USER, in Unix seconds
  std::string credential;  // base64 of the username's HMAC-SHA1 by the secret

  bool operator==(const TurnCredential&) const = default;
};

TurnCredential make_turn_credential(std::string_view secret, std::string_view user, std::int64_t expiry_s);

// [{urls, username?, credential?}, …] for one user, as RTCPeerConnection takes it.
std::string write_ice_servers(const std::vector<IceServer>& servers, std::string_view user, std::int64_t now_ms);

}  // namespace lobbyd::apps
