// Whatever a client offers in Sec-WebSocket-Extensions, the answer is one that the standard allows.

#include "protocol/websocket/extensions.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lobbyd::websocket;
  const auto offers = parse_extensions(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!offers) {
    return 0;
  }
  if (const auto agreement = agree_on_deflate(*offers)) {
    const auto answer = parse_extensions(agreement->answer);
    require(answer && answer->size() == 1);
    require(agree_on_deflate(*answer)->answer == agreement->answer);
    require(agreement->window_bits >= 9 && agreement->window_bits <= 15);
  }
  return 0;
}
