#pragma once

// Frames from the server to a client (RFC 6455 §5): never masked, never fragmented. A frame does not depend on who
// receives it, so one encoded frame may be sent to any number of clients.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lobbyd::websocket {

// RFC 6455 §5.2
enum class Opcode : std::uint8_t { continuation = 0x0, text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xA };

// RFC 7692 §6: of the first reserved bit, which a compressed message has in its first frame.
inline constexpr unsigned compressed_bit = 0x40;

constexpr bool is_control(Opcode opcode) {
  return static_cast<std::uint8_t>(opcode) >= 0x8;
}

// RFC 6455 §5.5: the largest payload of a control frame.
inline constexpr std::size_t max_control_payload = 125;

// Two bytes of a Close payload are the code (RFC 6455 §5.5.1).
inline constexpr std::size_t max_close_reason = max_control_payload - 2;

// Server frames carry 2, 4 or 10 bytes before the payload.
constexpr std::size_t header_size(std::size_t payload_size) {
  return payload_size < 126 ? 2 : payload_size <= 0xFFFF ? 4 : 10;
}

// Appends the header of a final, unmasked frame; the caller appends the payload. Control frames take at most
// `max_control_payload` bytes.
void append_header(std::string& out, Opcode opcode, std::size_t payload_size);

std::string encode_frame(Opcode opcode, std::string_view payload);

// Appends a frame whose payload `write` appends to the string.
template <class Write>
void append_frame(std::string& out, Opcode opcode, Write write);

// The payload of the first of `frames`, which the functions here have made; the next one begins behind it.
std::string_view first_payload(std::string_view frames);
// What stands behind the first `count` of them.
std::string_view skip_frames(std::string_view frames, std::size_t count);

// A reason longer than `max_close_reason` is cut between two characters. It must be UTF-8.
std::string encode_close(std::uint16_t code, std::string_view reason);

// Masks or unmasks in place (RFC 6455 §5.3): the two are one operation. `offset` is the place of data[0] within the
// frame's payload.
using MaskingKey = std::span<const char, 4>;
void apply_mask(std::span<char> data, MaskingKey key, std::size_t offset);

// Where the payload is written first: a header's place, and what is put there when the payload's size is known.
enum class Coding : std::uint8_t { plain, compressed };
inline constexpr std::size_t header_room = header_size(126);
void put_header(std::string& out, std::size_t begin, Opcode opcode, Coding coding = Coding::plain);

template <class Write>
void append_frame(std::string& out, Opcode opcode, Write write) {
  const std::size_t begin = out.size();
  out.append(header_room, '\0');
  write(out);
  put_header(out, begin, opcode);
}

}  // namespace lobbyd::websocket
