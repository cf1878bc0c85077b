#include "tests/unit/websocket/client_frames.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

// However the network cuts a stream, the same is received.
namespace lobbyd::websocket::test {
namespace {

std::string long_stream() {
  return client_frame(Opcode::text, R"({"jsonrpc":"2.0"})") + client_frame(Opcode::ping, "") +
         fragment(Opcode::text, "gr\u00fc\u00df") + client_frame(Opcode::ping, "within") +
         fragment(Opcode::continuation, "") + client_frame(Opcode::continuation, " dich \U0001F3AE") +
         client_frame(Opcode::binary, std::string(130, '\xff')) + client_frame(Opcode::text, "") +
         client_frame(Opcode::pong, std::string(125, 'p')) + client_frame(Opcode::close, close_payload(1001, "ade")) +
         client_frame(Opcode::text, "late");
}

std::vector<std::string> streams() {
  const std::string good = client_frame(Opcode::text, "a\u20ac") + fragment(Opcode::binary, "b");
  return {
      long_stream(),
      good + client_frame(Opcode::text, "c"),
      good + client_frame(Opcode::close, close_payload(1005)),
      good + client_frame(Opcode::close, close_payload(1000, "\xff")),
      good + client_frame(Opcode::ping, "x", {.reserved = 2}),
      good + client_frame(Opcode::continuation, std::string(300, 'x')),
      good + client_frame(Opcode::continuation, "x", {.length_bytes = 2}),
      client_frame(Opcode::text, "good, then \xed\xa0\x80 bad"),
      client_frame(Opcode::text, "cut within \xf0\x9f\x8e"),
      client_frame(Opcode::text, "unmasked", {.masked = false}),
  };
}

constexpr Limits limits{.max_message_bytes = 200};

TEST(DecoderSplit, EveryCutInTwoGivesTheSame) {
  for (const std::string& bytes : streams()) {
    const Transcript whole = decode(bytes, limits);
    ASSERT_FALSE(whole.events.empty() && !whole.fault);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      Decoder decoder(limits);
      const std::string_view view(bytes);
      EXPECT_EQ(feed(decoder, {view.substr(0, cut), view.substr(cut)}), whole) << cut;
    }
  }
}

TEST(DecoderSplit, ChunksOfEverySizeGiveTheSame) {
  for (const std::string& bytes : streams()) {
    const Transcript whole = decode(bytes, limits);
    for (std::size_t size = 1; size < 40; ++size) {
      EXPECT_EQ(decode_in_chunks(bytes, size, limits), whole) << size;
    }
  }
}

TEST(DecoderSplit, EveryCutInThreeGivesTheSame) {
  const std::string bytes = fragment(Opcode::text, "gr\u00fc") + client_frame(Opcode::ping, "within") +
                            client_frame(Opcode::continuation, "\u00df\U0001F3AE", {.key = "\xff\x01\x80\x7f"});
  const Transcript whole = decode(bytes, limits);
  ASSERT_EQ(whole.events.size(), 2U);
  for (std::size_t first = 0; first <= bytes.size(); ++first) {
    for (std::size_t second = first; second <= bytes.size(); ++second) {
      Decoder decoder(limits);
      const std::string_view view(bytes);
      const Transcript parts =
          feed(decoder, {view.substr(0, first), view.substr(first, second - first), view.substr(second)});
      ASSERT_EQ(parts, whole) << first << " " << second;
    }
  }
}

TEST(DecoderSplit, RandomStreamsCutAtRandomGiveTheSame) {
  std::mt19937 random(20240229);
  const auto below = [&](std::size_t bound) { return random() % bound; };
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (std::size_t frames = 1 + below(6); frames > 0; --frames) {
      const Opcode opcodes[] = {Opcode::text, Opcode::binary, Opcode::continuation, Opcode::ping, Opcode::pong};
      bytes += client_frame(opcodes[below(5)], std::string(below(60), 'r'), {.final = below(3) > 0});
    }
    if (below(3) == 0) {
      bytes[below(bytes.size())] = static_cast<char>(below(256));
    }
    std::vector<std::string_view> chunks;
    for (std::string_view rest = bytes; !rest.empty();) {
      chunks.push_back(rest.substr(0, 1 + below(30)));
      rest.remove_prefix(chunks.back().size());
    }
    Decoder decoder(limits);
    ASSERT_EQ(feed(decoder, chunks), decode(bytes, limits)) << round;
  }
}

}  // namespace
}  // namespace lobbyd::websocket::test
