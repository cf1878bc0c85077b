#include "protocol/websocket/decoder.hpp"

#include "protocol/websocket/deflate.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::websocket {
namespace {

constexpr unsigned final_bit = 0x80;
constexpr unsigned reserved_bits = 0x70;
constexpr unsigned opcode_bits = 0x0F;
constexpr unsigned masked_bit = 0x80;
constexpr unsigned length_bits = 0x7F;

constexpr std::size_t start_size = 2;
constexpr std::size_t key_size = 4;

unsigned to_byte(char byte) {
  return static_cast<unsigned char>(byte);
}

std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) {
    value = value << 8 | to_byte(byte);
  }
  return value;
}

Fault protocol_error(std::string_view rule) {
  return {FaultCode::protocol_error, rule};
}
Fault invalid_utf8(std::string_view rule) {
  return {FaultCode::invalid_utf8, rule};
}
Fault not_utf8() {
  return invalid_utf8("RFC 6455 §8.1: a text message is UTF-8");
}
Fault too_large() {
  return {FaultCode::too_large, "RFC 6455 §7.4.1: the message is larger than the server accepts"};
}

bool is_known(Opcode opcode) {
  switch (opcode) {
    case Opcode::continuation:
    case Opcode::text:
    case Opcode::binary:
    case Opcode::close:
    case Opcode::ping:
    case Opcode::pong:
      return true;
  }
  return false;
}

// RFC 6455 §7.4: the codes that may be sent, those of IANA's registry, of libraries (3xxx) and of applications (4xxx).
bool may_be_received(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

// Grows by doubling, since a header alone must not make the server set memory aside, and never beyond `bound`.
void append(std::vector<char>& buffer, std::string_view chunk, std::size_t bound) {
  const std::size_t needed = buffer.size() + chunk.size();
  if (needed > buffer.capacity()) {
    buffer.reserve(std::clamp(2 * buffer.capacity(), needed, bound));
  }
  buffer.insert(buffer.end(), chunk.begin(), chunk.end());
}

}  // namespace

std::expected<std::optional<Event>, Fault> Decoder::next(std::span<char>& input) {
  release_handed_over();
  while (!finished_) {
    if (!in_payload_) {
      const auto complete = read_header(input);
      if (!complete) {
        return fail(complete.error());
      }
      if (!*complete) {
        return std::nullopt;
      }
    }
    Step step = read_payload(input);
    if (!step) {
      return fail(step.error());
    }
    if (*step || in_payload_) {
      return step;
    }
  }
  input = {};
  return std::nullopt;
}

// What the last call handed over is used up by now.
void Decoder::release_handed_over() {
  if (!message_open_) {
    message_ = std::vector<char>();
  }
  if (!in_payload_ || !is_control(header_opcode())) {
    control_ = std::vector<char>();
  }
}

Decoder::Step Decoder::fail(Fault fault) {
  finished_ = true;
  message_open_ = false;
  in_payload_ = false;
  release_handed_over();
  return std::unexpected(fault);
}

Opcode Decoder::header_opcode() const {
  return static_cast<Opcode>(to_byte(header_[0]) & opcode_bits);
}

bool Decoder::header_is_final() const {
  return (to_byte(header_[0]) & final_bit) != 0;
}

std::size_t Decoder::header_length() const {
  const unsigned length = to_byte(header_[1]) & length_bits;
  return start_size + (length == 127 ? 8 : length == 126 ? 2 : 0) + key_size;
}

// True once the header is complete and everything that it says is allowed.
std::expected<bool, Fault> Decoder::read_header(std::span<char>& input) {
  const auto take_up_to = [&](std::size_t wanted) {
    const std::size_t count = std::min(wanted - header_size_, input.size());
    std::ranges::copy(input.first(count), header_.begin() + header_size_);
    header_size_ = static_cast<std::uint8_t>(header_size_ + count);
    input = input.subspan(count);
    return header_size_ == wanted;
  };
  if (header_size_ < start_size) {
    if (!take_up_to(start_size)) {
      return false;
    }
    if (const auto fault = check_start()) {
      return std::unexpected(*fault);
    }
  }
  // A length that is refused needs no masking key.
  if (const std::size_t length_end = header_length() - key_size; header_size_ <= length_end) {
    if (!take_up_to(length_end)) {
      return false;
    }
    if (const auto fault = read_length()) {
      return std::unexpected(*fault);
    }
  }
  if (!take_up_to(header_length())) {
    return false;
  }
  start_frame();
  return true;
}

std::optional<Fault> Decoder::check_start() const {
  const Opcode opcode = header_opcode();
  const bool may_be_compressed = inflater_ != nullptr && !is_control(opcode) && opcode != Opcode::continuation;
  if ((to_byte(header_[0]) & reserved_bits & ~(may_be_compressed ? compressed_bit : 0)) != 0) {
    return protocol_error("RFC 6455 §5.2: reserved bits are 0 without an extension that uses them");
  }
  if (!is_known(opcode)) {
    return protocol_error("RFC 6455 §5.2: the opcode is reserved");
  }
  if ((to_byte(header_[1]) & masked_bit) == 0) {
    return protocol_error("RFC 6455 §5.1: a client masks its frames");
  }
  if (is_control(opcode)) {
    if (!header_is_final()) {
      return protocol_error("RFC 6455 §5.5: a control frame is not fragmented");
    }
    if ((to_byte(header_[1]) & length_bits) > max_control_payload) {
      return protocol_error("RFC 6455 §5.5: a control frame has 125 bytes at most");
    }
  } else if (opcode == Opcode::continuation && !message_open_) {
    return protocol_error("RFC 6455 §5.4: a continuation has a message to continue");
  } else if (opcode != Opcode::continuation && message_open_) {
    return protocol_error("RFC 6455 §5.4: a message ends before the next one begins");
  }
  return std::nullopt;
}

std::optional<Fault> Decoder::read_length() {
  const unsigned length = to_byte(header_[1]) & length_bits;
  const std::string_view extended(header_.data() + start_size, header_length() - start_size - key_size);
  payload_size_ = extended.empty() ? length : read_big_endian(extended);
  if (payload_size_ >> 63 != 0) {
    return protocol_error("RFC 6455 §5.2: the most significant bit of a length is 0");
  }
  if ((length == 126 && payload_size_ < 126) || (length == 127 && payload_size_ <= 0xFFFF)) {
    return protocol_error("RFC 6455 §5.2: a length is written in as few bytes as possible");
  }
  if (!is_control(header_opcode()) && payload_size_ > limits_.max_message_bytes - message_.size()) {
    return too_large();
  }
  return std::nullopt;
}

void Decoder::start_frame() {
  in_payload_ = true;
  payload_read_ = 0;
  const Opcode opcode = header_opcode();
  if (opcode == Opcode::text || opcode == Opcode::binary) {
    message_open_ = true;
    message_opcode_ = opcode;
    compressed_ = (to_byte(header_[0]) & compressed_bit) != 0;
    utf8_.reset();
  }
}

Decoder::Step Decoder::read_payload(std::span<char>& input) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(payload_size_ - payload_read_, input.size()));
  const std::span<char> chunk = input.first(count);
  input = input.subspan(count);
  const MaskingKey key(header_.data() + header_length() - key_size, key_size);
  apply_mask(chunk, key, static_cast<std::size_t>(payload_read_));
  payload_read_ += count;
  if (payload_read_ == payload_size_) {
    in_payload_ = false;
    header_size_ = 0;
  }
  const std::string_view bytes(chunk.data(), chunk.size());
  return is_control(header_opcode()) ? control_payload(bytes) : data_payload(bytes);
}

Decoder::Step Decoder::control_payload(std::string_view chunk) {
  std::string_view payload = chunk;
  if (in_payload_ || !control_.empty()) {
    append(control_, chunk, max_control_payload);
    payload = std::string_view(control_.data(), control_.size());
  }
  if (in_payload_) {
    return std::nullopt;
  }
  if (header_opcode() == Opcode::close) {
    return close_event(payload);
  }
  return Event{header_opcode(), payload};
}

Decoder::Step Decoder::data_payload(std::string_view chunk) {
  const bool text = message_opcode_ == Opcode::text;
  if (text && !compressed_ && !utf8_.feed(chunk)) {
    return std::unexpected(not_utf8());
  }
  const bool message_ends = !in_payload_ && header_is_final();
  std::string_view payload = chunk;
  if (!message_ends || !message_.empty()) {
    append(message_, chunk, limits_.max_message_bytes);
    payload = std::string_view(message_.data(), message_.size());
  }
  if (!message_ends) {
    return std::nullopt;
  }
  message_open_ = false;
  if (compressed_) {
    if (const auto fault = decompress(payload)) {
      return std::unexpected(*fault);
    }
    payload = std::string_view(message_.data(), message_.size());
  }
  if (text && !utf8_.complete()) {
    return std::unexpected(invalid_utf8("RFC 6455 §8.1: a text message does not end within a character"));
  }
  return Event{message_opcode_, payload};
}

// Into `message_`, which may hold what is compressed. Part after part, so that what decompresses to far more than the
// server accepts costs no more than what it accepts.
std::optional<Fault> Decoder::decompress(std::string_view compressed) {
  std::vector<char> message;
  inflater_->begin(compressed);
  for (;;) {
    const auto part = inflater_->next();
    if (!part) {
      return protocol_error("RFC 7692 §7.2.2: a compressed message is a whole DEFLATE stream");
    }
    if (part->empty()) {
      break;
    }
    if (part->size() > limits_.max_message_bytes - message.size()) {
      return too_large();
    }
    if (message_opcode_ == Opcode::text && !utf8_.feed(*part)) {
      return not_utf8();
    }
    append(message, *part, limits_.max_message_bytes);
  }
  message_ = std::move(message);
  return std::nullopt;
}

// RFC 6455 §5.5.1, §7.4
Decoder::Step Decoder::close_event(std::string_view payload) {
  finished_ = true;
  message_open_ = false;
  if (payload.empty()) {
    return Event{Opcode::close, {}, no_status_received};
  }
  if (payload.size() == 1) {
    return std::unexpected(protocol_error("RFC 6455 §5.5.1: a close payload begins with a code of two bytes"));
  }
  const auto code = static_cast<std::uint16_t>(read_big_endian(payload.substr(0, 2)));
  if (!may_be_received(code)) {
    return std::unexpected(protocol_error("RFC 6455 §7.4: the close code may not be sent"));
  }
  if (!is_valid_utf8(payload.substr(2))) {
    return std::unexpected(invalid_utf8("RFC 6455 §5.5.1: a close reason is UTF-8"));
  }
  return Event{Opcode::close, payload.substr(2), code};
}

}  // namespace lobbyd::websocket
