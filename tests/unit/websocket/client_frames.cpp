#include "tests/unit/websocket/client_frames.hpp"

#include <algorithm>
#include <ostream>

namespace lobbyd::websocket::test {

std::string client_frame(Opcode opcode, std::string_view payload, const FrameOptions& options) {
  const std::uint64_t length = options.told_length.value_or(payload.size());
  const std::size_t length_bytes = options.length_bytes.value_or(length < 126 ? 0 : length <= 0xFFFF ? 2 : 8);
  const unsigned masked = options.masked ? 0x80 : 0;
  std::string frame;
  frame.push_back(static_cast<char>((options.final ? 0x80 : 0) | options.reserved << 4 | static_cast<int>(opcode)));
  frame.push_back(static_cast<char>(masked | (length_bytes == 0 ? length : length_bytes == 2 ? 126 : 127)));
  for (std::size_t i = length_bytes; i-- > 0;) {
    frame.push_back(static_cast<char>(length >> (8 * i) & 0xFF));
  }
  if (options.masked) {
    frame.append(options.key);
  }
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame.push_back(options.masked ? static_cast<char>(payload[i] ^ options.key[i % 4]) : payload[i]);
  }
  return frame;
}

std::string fragment(Opcode opcode, std::string_view payload) {
  return client_frame(opcode, payload, {.final = false});
}

std::string deflated(std::string_view message) {
  Deflater deflater({.min_bytes = 0});
  const auto frame = deflater.compress(encode_frame(Opcode::text, message));
  return std::string(first_payload(frame.value()));
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return payload.append(reason);
}

std::ostream& operator<<(std::ostream& out, const Received& received) {
  return out << "{opcode " << static_cast<int>(received.opcode) << ", " << received.payload.size() << " bytes \""
             << received.payload.substr(0, 40) << "\", code " << received.close_code << "}";
}

std::ostream& operator<<(std::ostream& out, const Transcript& transcript) {
  for (const Received& received : transcript.events) {
    out << received << " ";
  }
  if (transcript.fault) {
    out << "fault " << static_cast<int>(transcript.fault->code) << " " << transcript.fault->rule;
  }
  return out;
}

Transcript feed(Decoder& decoder, const std::vector<std::string_view>& chunks) {
  Transcript transcript;
  for (const std::string_view chunk : chunks) {
    std::vector<char> buffer(chunk.begin(), chunk.end());
    std::span<char> input(buffer);
    for (;;) {
      const auto event = decoder.next(input);
      if (!event) {
        transcript.fault = event.error();
        continue;
      }
      if (!*event) {
        break;
      }
      transcript.events.push_back({(*event)->opcode, std::string((*event)->payload), (*event)->close_code});
    }
    std::ranges::fill(buffer, '#');
  }
  return transcript;
}

Transcript decode(std::string_view bytes, Limits limits, Inflater* inflater) {
  Decoder decoder(limits, inflater);
  return feed(decoder, {bytes});
}

Transcript decode_in_chunks(std::string_view bytes, std::size_t chunk_size, Limits limits, Inflater* inflater) {
  std::vector<std::string_view> chunks;
  for (std::size_t start = 0; start < bytes.size(); start += chunk_size) {
    chunks.push_back(bytes.substr(start, chunk_size));
  }
  Decoder decoder(limits, inflater);
  return feed(decoder, chunks);
}

}  // namespace lobbyd::websocket::test
