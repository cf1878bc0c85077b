#include "protocol/websocket/frame.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace lobbyd::websocket {
namespace {

constexpr unsigned final_fragment = 0x80;

void append_big_endian(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;) {
    out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
  }
}

std::string_view cut_between_characters(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) {
    return text;
  }
  std::size_t end = max_bytes;
  const auto inside_character = [&](std::size_t place) {
    return (static_cast<unsigned char>(text[place]) & 0xC0) == 0x80;
  };
  while (end > 0 && inside_character(end)) {
    --end;
  }
  return text.substr(0, end);
}

}  // namespace

void append_header(std::string& out, Opcode opcode, std::size_t payload_size) {
  out.push_back(static_cast<char>(final_fragment | static_cast<unsigned>(opcode)));
  switch (header_size(payload_size)) {
    case 2:
      out.push_back(static_cast<char>(payload_size));
      break;
    case 4:
      out.push_back(126);
      append_big_endian(out, payload_size, 2);
      break;
    default:
      out.push_back(127);
      append_big_endian(out, payload_size, 8);
  }
}

// Most frames leave the payload where it is.
void put_header(std::string& out, std::size_t begin, Opcode opcode, Coding coding) {
  std::string header;
  append_header(header, opcode, out.size() - begin - header_room);
  if (coding == Coding::compressed) {
    header[0] = static_cast<char>(static_cast<unsigned char>(header[0]) | compressed_bit);
  }
  out.replace(begin, header_room, header);
}

std::string_view first_payload(std::string_view frames) {
  const auto byte = [&](std::size_t place) { return static_cast<unsigned char>(frames[place]); };
  const std::size_t extended = byte(1) == 127 ? 8 : byte(1) == 126 ? 2 : 0;
  std::size_t size = extended == 0 ? byte(1) : 0;
  for (std::size_t i = 0; i < extended; ++i) {
    size = size << 8U | byte(2 + i);
  }
  return frames.substr(2 + extended, size);
}

std::string encode_frame(Opcode opcode, std::string_view payload) {
  std::string frame;
  frame.reserve(header_size(payload.size()) + payload.size());
  append_header(frame, opcode, payload.size());
  frame.append(payload);
  return frame;
}

std::string_view skip_frames(std::string_view frames, std::size_t count) {
  for (; count > 0; --count) {
    const std::string_view payload = first_payload(frames);
    frames.remove_prefix(static_cast<std::size_t>(payload.data() - frames.data()) + payload.size());
  }
  return frames;
}

std::string encode_close(std::uint16_t code, std::string_view reason) {
  std::string payload;
  append_big_endian(payload, code, 2);
  payload.append(cut_between_characters(reason, max_close_reason));
  return encode_frame(Opcode::close, payload);
}

void apply_mask(std::span<char> data, MaskingKey key, std::size_t offset) {
  std::array<char, sizeof(std::uint64_t)> rotated{};
  for (std::size_t i = 0; i < rotated.size(); ++i) {
    rotated[i] = key[(offset + i) % key.size()];
  }
  const auto mask = std::bit_cast<std::uint64_t>(rotated);
  std::size_t done = 0;
  for (; data.size() - done >= sizeof(mask); done += sizeof(mask)) {
    std::uint64_t word = 0;
    std::memcpy(&word, data.data() + done, sizeof(word));
    word ^= mask;
    std::memcpy(data.data() + done, &word, sizeof(word));
  }
  for (std::size_t i = 0; done + i < data.size(); ++i) {
    data[done + i] = static_cast<char>(data[done + i] ^ rotated[i]);
  }
}

}  // namespace lobbyd::websocket
