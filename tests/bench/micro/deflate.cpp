#include "protocol/websocket/deflate.hpp"

#include "protocol/api/message_writer.hpp"
#include "protocol/websocket/decoder.hpp"
#include "protocol/websocket/frame.hpp"
#include "tests/bench/scene/client_frame.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <random>
#include <span>
#include <string>

namespace lobbyd::bench {
namespace {

// Players who differ: what repeats is what repeats in games' messages, the names of the fields.
std::string players(std::size_t size) {
  std::mt19937 random(1);
  const auto below = [&](unsigned bound) { return std::to_string(random() % bound); };
  std::string text = "[";
  while (text.size() < size) {
    text += R"({"id":"player-)" + below(10'000) + R"(","x":)" + below(1'000) + "." + below(100) + R"(,"y":-)" +
            below(1'000) + "." + below(100) + R"(,"hp":)" + below(100) + R"(,"weapon":"laser"},)";
  }
  return text.substr(0, size);
}

std::string notification(std::size_t payload_size) {
  const std::string payload = players(payload_size);
  std::string frame;
  websocket::append_frame(frame, websocket::Opcode::text, [&](std::string& out) {
    api::append_message_notification(out, {.topic = "game/room/1/state", .payload = payload}, {});
  });
  return frame;
}

void compress(benchmark::State& state) {
  const std::string frame = notification(static_cast<std::size_t>(state.range(0)));
  websocket::Deflater deflater({.level = static_cast<int>(state.range(1)), .min_bytes = 0});
  std::size_t size = 0;
  for (auto _ : state) {
    size = deflater.compress(frame).value().size();
  }
  state.counters["plain_bytes"] = static_cast<double>(frame.size());
  state.counters["ratio"] = static_cast<double>(size) / static_cast<double>(frame.size());
}
BENCHMARK(compress)->ArgNames({"payload", "level"})->ArgsProduct({{32, 128, 512, 4096, 65536}, {1, 3, 6}});

void decompress(benchmark::State& state) {
  websocket::Deflater deflater({.min_bytes = 0});
  const std::string compressed = deflater.compress(notification(static_cast<std::size_t>(state.range()))).value();
  std::string frame = client_frame(std::string(websocket::first_payload(compressed)), {});
  frame[0] = compressed[0];
  websocket::Inflater inflater;
  websocket::Decoder decoder({.max_message_bytes = 1U << 20U}, &inflater);
  for (auto _ : state) {
    std::span<char> input(frame);
    benchmark::DoNotOptimize(decoder.next(input).value().value().payload.size());
  }
}
BENCHMARK(decompress)->ArgName("payload")->Arg(128)->Arg(512)->Arg(4096);

}  // namespace
}  // namespace lobbyd::bench
