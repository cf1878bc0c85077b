#include "service/hub/fan_out.hpp"

#include "service/hub/client.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace lobbyd::bench {
namespace {

class NoReceiver final : public hub::Receiver {
 public:
  void deliver(const hub::Delivery&) override {}
  void on_broker_status(const upstream::BrokerStatus&) override {}
  void on_displaced(bool) override {}
  void on_wills_published() override {}
};

// So many clients, each with so many filters that match; the copy names all of them.
void fan_out(benchmark::State& state) {
  const auto members = static_cast<std::size_t>(state.range(0));
  NoReceiver receiver;
  std::deque<hub::Client> clients;
  std::vector<hub::Filter> filters(static_cast<std::size_t>(state.range(1)));
  std::vector<hub::Filter*> matched;
  std::vector<std::uint32_t> ids;
  std::uint64_t since = 0;
  for (std::size_t number = 0; number < members; ++number) {
    clients.emplace_back("player", "user", receiver);
  }
  for (hub::Filter& filter : filters) {
    filter.id = static_cast<std::uint32_t>(ids.size() + 1);
    ids.push_back(filter.id);
    matched.push_back(&filter);
    for (hub::Client& client : clients) {
      filter.members.push_back({.client = &client, .since = ++since});
    }
  }
  hub::FanOut fan_out;
  for (auto _ : state) {
    benchmark::DoNotOptimize(fan_out.select(matched, ids, nullptr).data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(fan_out)
    ->ArgNames({"members", "filters"})
    ->ArgsProduct({{1, 8, 1000, 10000}, {1}})
    ->ArgsProduct({{8, 1000}, {4}});

}  // namespace
}  // namespace lobbyd::bench
