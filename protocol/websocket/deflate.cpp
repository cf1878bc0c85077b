#include "protocol/websocket/deflate.hpp"

#include "protocol/websocket/frame.hpp"

#include <stdexcept>
#include <utility>
#include <zlib.h>

namespace lobbyd::websocket {
namespace {

// RFC 7692 §7.2.1: of the empty block that ends a message; it is not sent.
constexpr std::string_view tail("\x00\x00\xff\xff", 4);

// Of memory that a message larger than most has taken.
constexpr std::size_t kept_bytes = 64U << 10U;

// zlib's default: its tables are cleared for each message, and larger ones gain little.
constexpr int memory_level = 8;

void require(int result) {
  if (result != Z_OK) {
    throw std::runtime_error(std::string("zlib cannot begin: ") + zError(result));
  }
}

// zlib reads it only, whatever its type says.
void set_input(z_stream& stream, std::string_view input) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  stream.avail_in = static_cast<uInt>(input.size());
}

void set_output(z_stream& stream, char* data, std::size_t size) {
  stream.next_out = reinterpret_cast<Bytef*>(data);
  stream.avail_out = static_cast<uInt>(size);
}

// Where a stream may end: behind a block, at the end of a byte (see Z_BLOCK in zlib.h).
bool is_between_blocks(const z_stream& stream) {
  constexpr int behind_a_block = 128;
  constexpr int last_block_and_unused_bits = 64 + 63;
  return (stream.data_type & (behind_a_block | last_block_and_unused_bits)) == behind_a_block;
}

}  // namespace

// Compressing ---------------------------------------------------------------------------------------------------------

struct Deflater::Stream : z_stream {
  Stream() : z_stream{} {}
  ~Stream() { deflateEnd(this); }
  Stream(const Stream&) = delete;
};

Deflater::Deflater(const DeflateOptions& options) : min_bytes_(options.min_bytes), stream_(std::make_unique<Stream>()) {
  require(
      deflateInit2(stream_.get(), options.level, Z_DEFLATED, -options.window_bits, memory_level, Z_DEFAULT_STRATEGY));
}

Deflater::~Deflater() = default;

std::optional<std::string> Deflater::compress(std::string_view frames) {
  out_.clear();
  bool any = false;
  while (!frames.empty()) {
    const std::string_view payload = first_payload(frames);
    const auto size = static_cast<std::size_t>(payload.data() + payload.size() - frames.data());
    const std::size_t begin = out_.size();
    if (payload.size() >= min_bytes_ && append_compressed(payload)) {
      put_header(out_, begin, static_cast<Opcode>(frames[0] & 0x0F), Coding::compressed);
      any = true;
    } else {
      out_.append(frames.substr(0, size));
    }
    frames.remove_prefix(size);
  }
  // A copy that takes no more memory than it has bytes: it may wait for a while.
  auto result = any ? std::optional(out_) : std::nullopt;
  if (out_.capacity() > kept_bytes) {
    out_ = std::string();
  }
  return result;
}

// Behind the room for a header. False, and nothing is appended, where that would not be smaller.
bool Deflater::append_compressed(std::string_view payload) {
  const std::size_t begin = out_.size();
  out_.resize(begin + header_room + payload.size() + tail.size());
  char* const room = out_.data() + begin + header_room;
  deflateReset(stream_.get());
  set_input(*stream_, payload);
  set_output(*stream_, room, payload.size() + tail.size());
  deflate(stream_.get(), Z_SYNC_FLUSH);
  // All has been written only if there is room left, and then it is smaller.
  const bool smaller = stream_->avail_out > 0;
  const std::size_t size = payload.size() - stream_->avail_out;
  out_.resize(smaller ? begin + header_room + size : begin);
  return smaller;
}

// Decompressing -------------------------------------------------------------------------------------------------------

struct Inflater::Stream : z_stream {
  Stream() : z_stream{} {}
  ~Stream() { inflateEnd(this); }
  Stream(const Stream&) = delete;
};

Inflater::Inflater() : stream_(std::make_unique<Stream>()) {
  require(inflateInit2(stream_.get(), -MAX_WBITS));
}

Inflater::~Inflater() = default;

void Inflater::begin(std::string_view payload) {
  inflateReset(stream_.get());
  set_input(*stream_, payload);
  in_tail_ = false;
  ended_ = false;
}

std::optional<std::string_view> Inflater::next() {
  z_stream& stream = *stream_;
  set_output(stream, buffer_.data(), buffer_.size());
  while (!ended_ && stream.avail_out == buffer_.size()) {
    if (stream.avail_in == 0 && !std::exchange(in_tail_, true)) {
      set_input(stream, tail);
    }
    const int result = inflate(&stream, Z_SYNC_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END) {
      return std::nullopt;
    }
    ended_ = in_tail_ && stream.avail_in == 0 && (result == Z_STREAM_END || is_between_blocks(stream));
    if (result == Z_STREAM_END) {
      // RFC 7692 §7.2.3.4: behind a block that says it is the last one there may be others.
      inflateReset(&stream);
    }
  }
  return std::string_view(buffer_.data(), buffer_.size() - stream.avail_out);
}

}  // namespace lobbyd::websocket
