// However a stream is cut, the decoder makes the same of it, and keeps its promises about memory and text.
//
// The first byte of the input chooses the chunks, the rest is what a client sends.

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

void check_memory(std::string_view stream) {
  Decoder decoder(limits);
  for (const char& byte : stream) {
    test::feed(decoder, {std::string_view(&byte, 1)});
    require(decoder.buffered_bytes() <= limits.max_message_bytes + max_control_payload);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const test::Transcript whole = test::decode(stream, limits);
  for (const test::Received& event : whole.events) {
    check_event(event);
  }
  require(test::decode_in_chunks(stream, 1, limits) == whole);
  require(test::decode_in_chunks(stream, 1U + data[0], limits) == whole);
  check_memory(stream);
  return 0;
}
