#pragma once

// The protocol of PeerServer, as /peerjs speaks it with the unmodified client of the npm package `peerjs`. Pure.
//
// A client opens a WebSocket to /peerjs?key=KEY&id=ID&token=TOKEN, with an id of its own or one that GET /KEY/id has
// given it. It is answered with OPEN, ID-TAKEN or ERROR, and from then on sends HEARTBEAT, and messages to other
// clients, each as one JSON object a text frame.

#include "protocol/api/json_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::apps {

inline constexpr std::size_t max_peerjs_id_bytes = 64;
inline constexpr std::size_t max_peerjs_token_bytes = 128;
inline constexpr std::size_t max_peerjs_payload_bytes = 64U << 10U;  // JSON text

enum class PeerJsType : std::uint8_t {
  // from the server alone
  open,
  id_taken,
  error,
  // from clients
  heartbeat,
  // from client to client, or by the server in the name of one
  offer,
  answer,
  candidate,
  leave,
  expire,  // the message that this client has sent could not be delivered
};
std::string_view word(PeerJsType type);

struct PeerJsMessage {
  PeerJsType type = PeerJsType::heartbeat;
  std::string destination = {};  // a client's id, or empty
  std::string payload = {};      // JSON text, or empty where there is none

  bool operator==(const PeerJsMessage&) const = default;
};

struct PeerJsClient {
  std::string id;
  std::string token;

  bool operator==(const PeerJsClient&) const = default;
};

// Why a client is sent ERROR and closed.
enum class PeerJsFault : std::uint8_t { invalid_parameters, invalid_key, invalid_id, too_many };
std::string_view text(PeerJsFault fault);

// As the client wants its ids: letters and digits, and single spaces, dashes and underscores between them.
bool is_peerjs_id(std::string_view id);

// The part of the request's target behind the question mark; `key` is the one that is served.
std::expected<PeerJsClient, PeerJsFault> read_peerjs_query(std::string_view query, std::string_view key);

// Nothing for what PeerServer passes over in silence: what is no message, or none that a client sends.
std::optional<PeerJsMessage> read_peerjs(api::JsonReader& reader, std::string_view text);

std::string write_peerjs_open();
std::string write_peerjs_id_taken();
std::string write_peerjs_error(std::string_view message);
// To the message's destination.
std::string write_peerjs(std::string_view source, const PeerJsMessage& message);

}  // namespace lobbyd::apps
