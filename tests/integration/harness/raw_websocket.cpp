#include "tests/integration/harness/raw_websocket.hpp"

#include <array>
#include <stdexcept>

namespace lobbyd::integration {
namespace {

constexpr std::array<unsigned char, 4> masking_key{0x37, 0xfa, 0x21, 0x3d};

std::string big_endian(std::uint64_t value, int bytes) {
  std::string result;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) result += static_cast<char>(value >> shift & 255);
  return result;
}

std::uint64_t from_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

// How many bytes of extended length follow the two first bytes (RFC 6455 §5.2).
std::size_t length_bytes(unsigned char length) {
  return length == 127 ? 8 : length == 126 ? 2 : 0;
}

}  // namespace

std::string encode(const RawFrame& frame) {
  const auto first =
      (frame.final ? 0x80U : 0U) | static_cast<unsigned>(frame.reserved) << 4 | static_cast<unsigned>(frame.opcode);
  const auto size = frame.payload.size();
  const unsigned mask_bit = frame.masked ? 0x80U : 0U;
  std::string result{static_cast<char>(first)};
  if (frame.longest_length || size > 65535) {
    result += static_cast<char>(mask_bit | 127U);
    result += big_endian(size, 8);
  } else if (size > 125) {
    result += static_cast<char>(mask_bit | 126U);
    result += big_endian(size, 2);
  } else {
    result += static_cast<char>(mask_bit | size);
  }
  if (!frame.masked) return result + frame.payload;
  result.append(reinterpret_cast<const char*>(masking_key.data()), masking_key.size());
  for (std::size_t i = 0; i < size; ++i) {
    result += static_cast<char>(static_cast<unsigned char>(frame.payload[i]) ^ masking_key[i % masking_key.size()]);
  }
  return result;
}

RawWebSocket::RawWebSocket(const Endpoint& endpoint, const HttpRequest& request, std::optional<int> receive_buffer)
    : socket_(endpoint, receive_buffer) {
  auto response = exchange(socket_, endpoint, request);
  if (response.status != 101) throw std::runtime_error("upgrade refused: " + std::to_string(response.status));
  buffer_ = std::move(response.body);
}

bool RawWebSocket::fill(std::size_t size, Deadline deadline) {
  while (buffer_.size() < size) {
    const auto bytes = socket_.receive(deadline);
    if (bytes.empty()) return false;
    buffer_ += bytes;
  }
  return true;
}

std::optional<RawFrame> RawWebSocket::receive(Deadline deadline) {
  if (!fill(2, deadline)) return std::nullopt;
  const auto first = static_cast<unsigned char>(buffer_[0]);
  const auto second = static_cast<unsigned char>(buffer_[1]);
  const bool masked = (second & 0x80U) != 0;
  const auto extended = length_bytes(second & 0x7fU);
  const auto head = 2 + extended + (masked ? masking_key.size() : 0);
  if (!fill(head, deadline)) return std::nullopt;
  const auto size = extended == 0 ? second & 0x7fU : from_big_endian(std::string_view(buffer_).substr(2, extended));
  if (!fill(head + size, deadline)) return std::nullopt;
  RawFrame frame{.opcode = static_cast<Opcode>(first & 0x0fU),
                 .payload = buffer_.substr(head, size),
                 .final = (first & 0x80U) != 0,
                 .reserved = static_cast<std::uint8_t>(first >> 4 & 7U),
                 .masked = masked,
                 .longest_length = extended == 8};
  buffer_.erase(0, head + size);
  return frame;
}

Closing RawWebSocket::wait_closed(Deadline deadline) {
  while (const auto frame = receive(deadline)) {
    if (frame->opcode != Opcode::close) continue;
    if (frame->payload.size() < 2) return {1005, ""};
    return {static_cast<std::uint16_t>(from_big_endian(std::string_view(frame->payload).substr(0, 2))),
            frame->payload.substr(2)};
  }
  return {};
}

}  // namespace lobbyd::integration
