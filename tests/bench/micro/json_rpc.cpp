#include "protocol/api/base64.hpp"
#include "protocol/api/envelope.hpp"
#include "protocol/api/params.hpp"
#include "tests/bench/scene/payloads.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>

namespace lobbyd::bench {
namespace {

// A frame with one `publish`, to its typed parameters. `member`: the payload with its name.
void parse_publish(benchmark::State& state, const std::string& member) {
  const std::string frame =
      R"({"jsonrpc":"2.0","id":1234,"method":"publish","params":{"topic":"game/room/1/state","qos":1,)" + member + "}}";
  api::JsonReader reader;
  for (auto _ : state) {
    const api::Incoming incoming = api::parse_frame(reader, frame);
    const api::Request& request = incoming.calls.front().value();
    benchmark::DoNotOptimize(api::parse_params(request.method, *request.params).value());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(frame.size()));
}
BENCHMARK_CAPTURE(parse_publish, ascii_128, R"("payload":")" + ascii_payload(128) + '"');
BENCHMARK_CAPTURE(parse_publish, ascii_16384, R"("payload":")" + ascii_payload(16384) + '"');
BENCHMARK_CAPTURE(parse_publish, utf8_1024, R"("payload":")" + utf8_payload(1024) + '"');
BENCHMARK_CAPTURE(parse_publish, json_1024, R"("payload":)" + json_payload(1024));
BENCHMARK_CAPTURE(parse_publish, base64_1024, R"("payload_base64":")" + api::encode_base64(binary_payload(1024)) + '"');

}  // namespace
}  // namespace lobbyd::bench
