// The input as a compressed message: however it is cut, the same comes of it, within the limits. The input as a
// message: what is compressed decompresses to it.

#include "protocol/websocket/decoder.hpp"
#include "protocol/websocket/deflate.hpp"
#include "protocol/websocket/utf8.hpp"
#include "tests/unit/websocket/client_frames.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace lobbyd::websocket;

constexpr Limits limits{.max_message_bytes = 40'000};

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

void check_decompressing(std::string_view payload, Inflater& inflater) {
  const test::FrameOptions whole{.reserved = test::compressed};
  const test::FrameOptions first{.final = false, .reserved = test::compressed};
  const std::size_t middle = payload.size() / 2;
  const test::Transcript transcript = test::decode(test::client_frame(Opcode::text, payload, whole), limits, &inflater);
  const test::Transcript in_fragments =
      test::decode(test::client_frame(Opcode::text, payload.substr(0, middle), first) +
                       test::client_frame(Opcode::continuation, payload.substr(middle)),
                   limits, &inflater);
  require(transcript == in_fragments);
  require(transcript.events.size() == (transcript.fault ? 0 : 1));
  for (const test::Received& event : transcript.events) {
    require(event.payload.size() <= limits.max_message_bytes && is_valid_utf8(event.payload));
  }
}

void check_compressing(std::string_view message, Deflater& deflater, Inflater& inflater) {
  const std::string frame = encode_frame(Opcode::binary, message);
  const auto compressed = deflater.compress(frame + frame);
  if (!compressed) {
    return;
  }
  require(compressed->size() < 2 * frame.size());
  const std::string_view payload = first_payload(*compressed);
  const test::FrameOptions marked{.reserved = test::compressed};
  const test::Transcript transcript = test::decode(test::client_frame(Opcode::binary, payload, marked),
                                                   {.max_message_bytes = message.size()}, &inflater);
  require(transcript.events.size() == 1 && transcript.events[0].payload == message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Inflater inflater;
  static Deflater small({.window_bits = 9, .level = 1, .min_bytes = 0});
  static Deflater large({.window_bits = 15, .level = 6, .min_bytes = 0});
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_decompressing(input, inflater);
  check_compressing(input, small, inflater);
  check_compressing(input, large, inflater);
  return 0;
}
