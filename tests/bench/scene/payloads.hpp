#pragma once

// What games send, made to a size: the same bytes each time.

#include <cstddef>
#include <string>
#include <string_view>

namespace lobbyd::bench {

// The state of players as JSON, which is what most games send: within a notification each of its quotes is escaped.
inline std::string json_payload(std::size_t size) {
  constexpr std::string_view player = R"({"id":"player-17","x":103.25,"y":-7.5,"hp":96,"weapon":"laser"},)";
  constexpr std::string_view around_filling = R"([""])";
  std::string text = "[";
  while (text.size() + player.size() + around_filling.size() <= size) {
    text += player;
  }
  return text + '"' + std::string(size - text.size() - (around_filling.size() - 1), 'x') + "\"]";
}

// A chat's text, with nothing to escape.
inline std::string ascii_payload(std::size_t size) {
  constexpr std::string_view words = "the quick brown fox jumps over the lazy dog; ";
  std::string text;
  while (text.size() < size) {
    text += words.substr(0, size - text.size());
  }
  return text;
}

// Characters of two to four bytes among ASCII; the end may be filled up.
inline std::string utf8_payload(std::size_t size) {
  constexpr std::string_view words = "Größe и мир, 勝利の女神 \U0001F3AE ";
  std::string text;
  while (text.size() + words.size() <= size) {
    text += words;
  }
  return text.append(size - text.size(), '.');
}

// No UTF-8 from its first byte on.
inline std::string binary_payload(std::size_t size) {
  std::string bytes;
  for (std::size_t index = 0; index < size; ++index) {
    bytes.push_back(static_cast<char>((0xFF + index * 37) & 0xFF));
  }
  return bytes;
}

}  // namespace lobbyd::bench
