#include "protocol/websocket/decoder.hpp"
#include "protocol/websocket/frame.hpp"
#include "tests/bench/scene/client_frame.hpp"
#include "tests/bench/scene/payloads.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace lobbyd::bench {
namespace {

void encode_frame(benchmark::State& state) {
  const std::string payload = ascii_payload(static_cast<std::size_t>(state.range()));
  for (auto _ : state) {
    benchmark::DoNotOptimize(websocket::encode_frame(websocket::Opcode::text, payload));
  }
  state.SetBytesProcessed(state.iterations() * state.range());
}
BENCHMARK(encode_frame)->Arg(128)->Arg(16384);

// A key of zeros, which leaves the frame as it is for the next time.
void unmask_and_decode(benchmark::State& state, std::string (*make_payload)(std::size_t)) {
  std::string frame = client_frame(make_payload(static_cast<std::size_t>(state.range())), {});
  websocket::Decoder decoder({});
  for (auto _ : state) {
    std::span<char> input(frame);
    benchmark::DoNotOptimize(decoder.next(input).value().value().payload.size());
  }
  state.SetBytesProcessed(state.iterations() * state.range());
}
BENCHMARK_CAPTURE(unmask_and_decode, ascii, ascii_payload)->Arg(128)->Arg(16384);
BENCHMARK_CAPTURE(unmask_and_decode, utf8, utf8_payload)->Arg(128)->Arg(16384);

}  // namespace
}  // namespace lobbyd::bench
