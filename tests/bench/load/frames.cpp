#include "tests/bench/load/frames.hpp"

#include <array>
#include <cstdint>

namespace lobbyd::load {
namespace {

using websocket::Opcode;

constexpr std::array<char, 4> masking_key{0x37, 0x51, 0x21, 0x3d};
constexpr unsigned char mask_bit = 0x80;

std::uint64_t from_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

void FrameClient::upgrade(std::string_view path, std::string_view subprotocol) {
  upgraded_ = false;
  std::string& out = output();
  out += "GET ";
  out += path;
  out += " HTTP/1.1\r\nHost: " + server().authority() +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: bG9iYnlkLWJlbmNoLWtleQ==\r\n";
  if (!subprotocol.empty()) out += "Sec-WebSocket-Protocol: " + std::string(subprotocol) + "\r\n";
  out += "\r\n";
}

void FrameClient::send_frame(Opcode opcode, std::string_view payload) {
  std::string& out = output();
  const std::size_t begin = out.size();
  websocket::append_header(out, opcode, payload.size());
  out[begin + 1] = static_cast<char>(static_cast<unsigned char>(out[begin + 1]) | mask_bit);
  out.append(masking_key.data(), masking_key.size());
  out += payload;
  websocket::apply_mask(std::span(out).last(payload.size()), masking_key, 0);
}

std::size_t FrameClient::on_bytes(std::span<char> bytes) {
  std::size_t used = 0;
  if (!upgraded_) {
    used = read_upgrade(bytes);
    if (used == 0) return 0;
    upgraded_ = true;
    on_upgraded();
  }
  while (is_open()) {
    const std::size_t size = read_frame(bytes.subspan(used));
    if (size == 0) break;
    used += size;
  }
  return used;
}

std::size_t FrameClient::read_upgrade(std::span<char> bytes) {
  const std::string_view text(bytes.data(), bytes.size());
  const auto end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  if (!text.starts_with("HTTP/1.1 101")) fail("was not upgraded: " + std::string(text.substr(0, text.find('\r'))));
  return end + 4;
}

std::size_t FrameClient::read_frame(std::span<char> bytes) {
  const std::string_view text(bytes.data(), bytes.size());
  if (text.size() < 2) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  const auto second = static_cast<unsigned char>(text[1]);
  const std::size_t extended = second == 127 ? 8 : second == 126 ? 2 : 0;
  const std::size_t header = 2 + extended;
  if (text.size() < header) return 0;
  const std::uint64_t size = extended == 0 ? second : from_big_endian(text.substr(2, extended));
  if (text.size() - header < size) return 0;
  const auto payload = bytes.subspan(header, size);
  const auto opcode = static_cast<Opcode>(first & 0x0FU);
  if ((first & 0xF0U) != 0x80U || second > 127) fail("got a frame that is not a whole message");
  switch (opcode) {
    case Opcode::text:
    case Opcode::binary:
      on_frame(payload);
      break;
    case Opcode::ping:
      send_frame(Opcode::pong, {payload.data(), payload.size()});
      break;
    case Opcode::pong:
      break;
    default:
      fail("was closed with " + std::to_string(from_big_endian(text.substr(header, 2))) + " " +
           std::string(text.substr(header + 2, size > 2 ? size - 2 : 0)));
  }
  return header + size;
}

}  // namespace lobbyd::load
