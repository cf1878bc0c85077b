#include "service/hub/retained_reader.hpp"

#include "tests/bench/scene/payloads.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lobbyd::bench {
namespace {

constexpr hub::RetainedReader::TimePoint now{};

hub::MessagePtr copy_of(const std::string& topic, const std::string& payload) {
  mqtt::Publish publish;
  publish.topic = topic;
  publish.payload = payload;
  publish.retain = true;
  return std::make_shared<const hub::Message>(publish, now);
}

// A reader, and a broker that answers in order.
class Scene final : private hub::RetainedReader::Port {
 public:
  Scene() {
    reader_.on_link_up({}, now);
    answer({});
  }

  void read(const std::vector<hub::MessagePtr>& copies) {
    std::size_t given = 0;
    reader_.request(this, {"game/#"}, now, [&](const hub::RetainedSet& set) { given = set.messages.size(); });
    answer(copies);
    benchmark::DoNotOptimize(given);
  }

 private:
  void answer(const std::vector<hub::MessagePtr>& copies) {
    const std::string nonce = nonce_;
    reader_.on_subscribed(nonce, {}, now);
    for (const hub::MessagePtr& copy : copies) {
      reader_.on_retained(copy, now);
    }
    reader_.on_retained(copy_of("mark", nonce), now);
    reader_.on_echo(nonce, now);
    reader_.on_barrier(nonce, now);
  }

  void publish_mark(const std::string& nonce) override { nonce_ = nonce; }
  void subscribe(const std::vector<std::string>&, const std::string&) override {}
  void publish_echo(const std::string&) override {}
  void unsubscribe(const std::vector<std::string>&) override {}
  void on_timeout_changed() override {}

  std::string nonce_;
  hub::RetainedReader reader_{*this, "mark", {.messages = 200'000, .bytes = std::size_t{128} << 20U}};
};

// One read that brings so many retained messages.
void read_retained(benchmark::State& state) {
  Scene scene;
  std::vector<hub::MessagePtr> copies;
  for (std::int64_t number = 0; number < state.range(); ++number) {
    copies.push_back(copy_of("game/player/" + std::to_string(number), json_payload(128)));
  }
  for (auto _ : state) {
    scene.read(copies);
  }
  state.SetItemsProcessed(state.iterations() * state.range());
}
BENCHMARK(read_retained)->Arg(1)->Arg(1000);

}  // namespace
}  // namespace lobbyd::bench
