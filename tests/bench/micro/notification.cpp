#include "protocol/api/message_writer.hpp"
#include "protocol/websocket/frame.hpp"
#include "tests/bench/scene/payloads.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>

namespace lobbyd::bench {
namespace {

// A message as the frame that all its receivers share.
void notification(benchmark::State& state, std::string (*make_payload)(std::size_t), api::PayloadForm form) {
  const std::string payload = make_payload(static_cast<std::size_t>(state.range()));
  const api::MessageView message{.topic = "game/room/1/state", .payload = payload};
  for (auto _ : state) {
    std::string frame;
    websocket::append_frame(frame, websocket::Opcode::text,
                            [&](std::string& out) { api::append_message_notification(out, message, form); });
    benchmark::DoNotOptimize(frame.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range());
}
BENCHMARK_CAPTURE(notification, ascii, ascii_payload, api::PayloadForm::automatic)->Arg(128)->Arg(16384);
BENCHMARK_CAPTURE(notification, utf8, utf8_payload, api::PayloadForm::automatic)->Arg(128)->Arg(16384);
BENCHMARK_CAPTURE(notification, json, json_payload, api::PayloadForm::automatic)->Arg(128)->Arg(16384);
BENCHMARK_CAPTURE(notification, binary, binary_payload, api::PayloadForm::automatic)->Arg(128)->Arg(16384);

}  // namespace
}  // namespace lobbyd::bench
