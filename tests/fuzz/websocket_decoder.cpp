// However a stream is cut, the decoder makes the same of it, and keeps its promises about memory and text.
//
// The first byte of the input chooses the chunks, the rest is what a client sends: once where compression is not agreed
// upon, and once where it is.

#include "protocol/websocket/decoder.hpp"
#include "protocol/websocket/utf8.hpp"
#include "tests/unit/websocket/client_frames.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace {

using namespace lobbyd::websocket;

constexpr Limits limits{.max_message_bytes = 300};

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

void check_event(const test::Received& event) {
  require(event.payload.size() <= (is_control(event.opcode) ? max_control_payload : limits.max_message_bytes));
  if (event.opcode == Opcode::text || event.opcode == Opcode::close) {
    require(is_valid_utf8(event.payload));
  }
}

void check_memory(std::string_view stream, Inflater* inflater) {
  Decoder decoder(limits, inflater);
  for (const char& byte : stream) {
    test::feed(decoder, {std::string_view(&byte, 1)});
    require(decoder.buffered_bytes() <= limits.max_message_bytes + max_control_payload);
  }
}

test::Transcript check(std::string_view stream, std::size_t chunk_size, Inflater* inflater) {
  test::Transcript whole = test::decode(stream, limits, inflater);
  for (const test::Received& event : whole.events) {
    check_event(event);
  }
  require(test::decode_in_chunks(stream, 1, limits, inflater) == whole);
  require(test::decode_in_chunks(stream, chunk_size, limits, inflater) == whole);
  check_memory(stream, inflater);
  return whole;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  static Inflater inflater;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const test::Transcript plain = check(stream, 1U + data[0], nullptr);
  const test::Transcript compressed = check(stream, 1U + data[0], &inflater);
  require(plain.fault || compressed == plain);
  return 0;
}
