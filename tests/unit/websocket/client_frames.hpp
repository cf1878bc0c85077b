#pragma once

// The client's side of a WebSocket connection, for tests: masked frames, and what a decoder makes of them.

#include "protocol/websocket/decoder.hpp"
#include "protocol/websocket/deflate.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::websocket::test {

// How a frame differs from an ordinary one.
struct FrameOptions {
  bool final = true;
  bool masked = true;
  std::uint8_t reserved = 0;                      // RSV1 to RSV3 as the three low bits
  std::optional<std::size_t> length_bytes = {};   // 0, 2 or 8 bytes of extended length; the shortest if not set
  std::optional<std::uint64_t> told_length = {};  // instead of the payload's
  std::string_view key = "\x37\xfa\x21\x3d";
};

std::string client_frame(Opcode opcode, std::string_view payload, const FrameOptions& options = {});
std::string fragment(Opcode opcode, std::string_view payload);

// Of a compressed message (RFC 7692 §6): RSV1.
inline constexpr std::uint8_t compressed = 4;
// The payload of a message, as a client compresses it.
std::string deflated(std::string_view message);

// The payload of a Close frame.
std::string close_payload(std::uint16_t code, std::string_view reason = {});

struct Received {
  Opcode opcode = Opcode::text;
  std::string payload = {};
  std::uint16_t close_code = 0;
  bool operator==(const Received&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Received& received);

struct Transcript {
  std::vector<Received> events;
  std::optional<Fault> fault;
  bool operator==(const Transcript&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Transcript& transcript);

// Feeds `bytes` to `decoder`, every chunk from a buffer of its own that is overwritten before the next.
Transcript feed(Decoder& decoder, const std::vector<std::string_view>& chunks);

Transcript decode(std::string_view bytes, Limits limits = {}, Inflater* inflater = nullptr);
Transcript decode_in_chunks(std::string_view bytes, std::size_t chunk_size, Limits limits = {},
                            Inflater* inflater = nullptr);

}  // namespace lobbyd::websocket::test
