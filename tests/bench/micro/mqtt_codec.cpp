#include "protocol/mqtt/decoder.hpp"
#include "tests/bench/scene/packets.hpp"
#include "tests/bench/scene/payloads.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lobbyd::bench {
namespace {

constexpr std::uint32_t any_size = 0xFFFFFFFF;
constexpr std::array<std::uint32_t, 1> ids{17};

// As a broker sends it, at QoS 1 with a subscription identifier.
mqtt::Publish publish_of(std::string_view payload) {
  mqtt::Publish publish;
  publish.topic = "game/room/1/state";
  publish.payload = payload;
  publish.qos = mqtt::QoS::at_least_once;
  publish.packet_id = 1234;
  publish.subscription_ids = ids;
  return publish;
}

// All packets in `bytes`.
void decode(mqtt::Decoder& decoder, std::string_view bytes) {
  while (!bytes.empty()) {
    const mqtt::FixedHeader header = mqtt::read_fixed_header(bytes, any_size).value().value();
    benchmark::DoNotOptimize(decoder.decode_publish(header, bytes.substr(header.size, header.remaining_length)));
    bytes.remove_prefix(header.packet_size());
  }
}

void encode_publish(benchmark::State& state) {
  const std::string payload = json_payload(128);
  const mqtt::Publish publish = publish_of(payload);
  std::string out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(mqtt::encode(publish, mqtt::Version::v5, out));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(encode_publish);

void decode_publish(benchmark::State& state) {
  const std::string bytes = encoded(publish_of(json_payload(128)));
  mqtt::Decoder decoder;
  for (auto _ : state) {
    decode(decoder, bytes);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(decode_publish);

void decode_read_of_64_kib(benchmark::State& state) {
  const std::string packet = encoded(publish_of(json_payload(128)));
  const std::size_t packets = (std::size_t{64} << 10U) / packet.size();
  std::string bytes;
  for (std::size_t count = 0; count < packets; ++count) {
    bytes += packet;
  }
  mqtt::Decoder decoder;
  for (auto _ : state) {
    decode(decoder, bytes);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(packets));
}
BENCHMARK(decode_read_of_64_kib);

}  // namespace
}  // namespace lobbyd::bench
