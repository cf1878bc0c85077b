#include "protocol/api/base64.hpp"

#include "tests/bench/scene/payloads.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>

namespace lobbyd::bench {
namespace {

void encode_base64(benchmark::State& state) {
  const std::string bytes = binary_payload(static_cast<std::size_t>(state.range()));
  std::string text;
  for (auto _ : state) {
    text.clear();
    api::append_base64(text, bytes);
    benchmark::DoNotOptimize(text.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range());
}
BENCHMARK(encode_base64)->Arg(128)->Arg(16384);

void decode_base64(benchmark::State& state) {
  const std::string text = api::encode_base64(binary_payload(static_cast<std::size_t>(state.range())));
  for (auto _ : state) {
    benchmark::DoNotOptimize(api::decode_base64(text));
  }
  state.SetBytesProcessed(state.iterations() * state.range());
}
BENCHMARK(decode_base64)->Arg(128)->Arg(16384);

}  // namespace
}  // namespace lobbyd::bench
