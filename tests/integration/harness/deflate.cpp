#include "tests/integration/harness/deflate.hpp"

#include <stdexcept>
#include <zlib.h>

namespace lobbyd::integration {
namespace {

constexpr std::string_view tail("\x00\x00\xff\xff", 4);

// Feeds all of `input` to `step`, deflate or inflate, and returns what it makes of it.
template <typename Step>
std::string run(z_stream& stream, std::string input, Step step) {
  std::string output;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  do {
    std::string part(65536, '\0');
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = static_cast<uInt>(part.size());
    const int result = step(&stream, Z_SYNC_FLUSH);
    if (result != Z_OK && result != Z_BUF_ERROR) throw std::runtime_error("zlib says " + std::to_string(result));
    output += part.substr(0, part.size() - stream.avail_out);
  } while (stream.avail_out == 0);
  return output;
}

}  // namespace

std::string deflated(std::string_view message) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY);
  auto output = run(stream, std::string(message), deflate);
  deflateEnd(&stream);
  return output.substr(0, output.size() - tail.size());
}

std::string inflated(std::string_view payload, int window_bits) {
  z_stream stream{};
  inflateInit2(&stream, -window_bits);
  auto output = run(stream, std::string(payload).append(tail), inflate);
  inflateEnd(&stream);
  return output;
}

}  // namespace lobbyd::integration
