#pragma once

// Compressed messages (RFC 7692, permessage-deflate), without context takeover: each message is compressed by itself,
// so that one compressed frame may be sent to any number of clients, and no connection has a state to keep. A
// compressor and a decompressor serve all connections of a thread.

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::websocket {

struct DeflateOptions {
  int window_bits = 15;         // 9 to 15: the base-2 logarithm of how far a match reaches back, in bytes
  int level = 3;                // 1, fast, to 9, small
  std::size_t min_bytes = 256;  // smaller messages stay as they are
};

// Some 256 KiB. One thread.
class Deflater {
 public:
  // Throws std::runtime_error where there is no memory for it.
  explicit Deflater(const DeflateOptions& options);
  ~Deflater();

  // `frames`: one or several, one behind the other, which the functions in frame.hpp have made. Each message that is
  // large enough, and that gets smaller, is compressed (RFC 7692 §7.2.1); the others stay as they are (§6.1). Nothing
  // where that is true of all.
  std::optional<std::string> compress(std::string_view frames);

 private:
  struct Stream;
  bool append_compressed(std::string_view payload);

  std::size_t min_bytes_;
  std::unique_ptr<Stream> stream_;
  std::string out_;
};

// Some 60 KiB. One thread.
class Inflater {
 public:
  // Throws std::runtime_error where there is no memory for it.
  Inflater();
  ~Inflater();

  // A message's payload, whole. It is to stay until `next` has come to its end, or another message begins.
  void begin(std::string_view payload);

  // The next part of what it decompresses to (RFC 7692 §7.2.2), valid until the next call; empty at the end. Nothing
  // where it is no whole DEFLATE stream. A part is 16 KiB at most, so that the caller can stop where it gets too much.
  std::optional<std::string_view> next();

 private:
  struct Stream;

  std::unique_ptr<Stream> stream_;
  bool in_tail_ = false;  // reads what each message has lost at its end
  bool ended_ = false;
  std::array<char, 16U << 10U> buffer_{};
};

}  // namespace lobbyd::websocket
