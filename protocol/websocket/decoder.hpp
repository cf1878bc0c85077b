#pragma once

// The receiving half of a WebSocket server (RFC 6455 §5, §6.2, §7; RFC 7692 §6.2, §7.2.2), without I/O.
//
//   std::span<char> input(buffer, received);
//   for (;;) {
//     const auto event = decoder.next(input);
//     if (!event) return close_with(event.error());
//     if (!*event) break;               // all of `input` is used up: read more
//     handle(**event);
//   }
//
// Memory: a message that lies in `input` whole, in one frame, is unmasked where it is and handed over as a view. Only
// what has arrived of an incomplete message is kept, never more than `Limits::max_message_bytes`, and the memory is
// given back when the message has been handed over. An idle decoder owns no heap memory. A compressed message is kept
// as it comes, and decompressed when it is whole.

#include "protocol/websocket/frame.hpp"
#include "protocol/websocket/utf8.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lobbyd::websocket {

class Inflater;

struct Limits {
  // The payload of one message, all its fragments together; of a compressed one as it comes, and decompressed.
  std::size_t max_message_bytes = 65536;
};

// The code that stands for a Close frame without one (RFC 6455 §7.1.5). It is never sent.
inline constexpr std::uint16_t no_status_received = 1005;

// What a client sent: a whole message (text, binary) or a control frame (ping, pong, close), never a fragment.
// `payload` is valid until the next call of `next`, and no longer than the input buffer is left alone. A text is
// UTF-8; the payload of a Close is its reason, UTF-8, too.
struct Event {
  Opcode opcode = Opcode::text;
  std::string_view payload;
  std::uint16_t close_code = 0;  // of a Close only
};

// The close codes of RFC 6455 §7.4.1 that a breach of the protocol leads to.
enum class FaultCode : std::uint16_t { protocol_error = 1002, invalid_utf8 = 1007, too_large = 1009 };

struct Fault {
  FaultCode code = FaultCode::protocol_error;
  std::string_view rule;  // plain English, with the section of the standard; a literal
  bool operator==(const Fault&) const = default;
};

class Decoder {
 public:
  // `inflater`: where permessage-deflate is agreed upon; it may serve many decoders, and must outlive them.
  explicit Decoder(Limits limits, Inflater* inflater = nullptr) : limits_(limits), inflater_(inflater) {}

  // Takes the bytes that make up the next event from the front of `input`, and writes to them (unmasking). Without an
  // event nothing is left of `input`. After a Close and after a Fault the client has no more to say (RFC 6455 §5.5.1,
  // §7.1.7): all further input is dropped.
  std::expected<std::optional<Event>, Fault> next(std::span<char>& input);

  // The heap memory held for what is incomplete.
  std::size_t buffered_bytes() const { return message_.capacity() + control_.capacity(); }

 private:
  using Step = std::expected<std::optional<Event>, Fault>;

  void release_handed_over();
  std::expected<bool, Fault> read_header(std::span<char>& input);
  std::optional<Fault> check_start() const;
  std::optional<Fault> read_length();
  void start_frame();
  Step read_payload(std::span<char>& input);
  Step control_payload(std::string_view chunk);
  Step data_payload(std::string_view chunk);
  std::optional<Fault> decompress(std::string_view compressed);
  Step close_event(std::string_view payload);
  Step fail(Fault fault);

  Opcode header_opcode() const;
  bool header_is_final() const;
  std::size_t header_length() const;

  Limits limits_;
  Inflater* inflater_;

  // 2 bytes, up to 8 of extended length, 4 of masking key. While a payload is being read the header stays here.
  std::array<char, 14> header_{};
  std::uint8_t header_size_ = 0;
  bool in_payload_ = false;
  bool finished_ = false;

  // Set from a data frame that is not final until the end of the final one.
  bool message_open_ = false;
  bool compressed_ = false;
  Opcode message_opcode_ = Opcode::text;
  Utf8Validator utf8_;

  std::uint64_t payload_size_ = 0;  // of the current frame
  std::uint64_t payload_read_ = 0;

  std::vector<char> message_;
  std::vector<char> control_;
};

}  // namespace lobbyd::websocket
