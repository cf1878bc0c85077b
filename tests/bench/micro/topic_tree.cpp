#include "service/hub/topic_tree.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <vector>

namespace lobbyd::bench {
namespace {

// Every tenth has a wildcard.
std::string filter_of(std::size_t number) {
  const std::string room = "game/room/" + std::to_string(number);
  return number % 10 == 0 ? room + "/+" : room + "/state";
}

hub::TopicTree<std::size_t> tree_of(std::size_t filters) {
  hub::TopicTree<std::size_t> tree;
  for (std::size_t number = 0; number < filters; ++number) {
    tree.insert(filter_of(number), number);
  }
  tree.insert("game/#", filters);
  tree.insert("+/room/+/state", filters + 1);
  return tree;
}

// Topics that three filters match.
void match(benchmark::State& state) {
  const auto filters = static_cast<std::size_t>(state.range());
  const hub::TopicTree<std::size_t> tree = tree_of(filters);
  std::vector<std::string> topics;
  for (std::size_t count = 0; count < 1000; ++count) {
    topics.push_back("game/room/" + std::to_string(count * 7919 % filters) + "/state");
  }
  std::vector<std::size_t> found;
  std::size_t next = 0;
  for (auto _ : state) {
    found.clear();
    tree.match(topics[next], found);
    benchmark::DoNotOptimize(found.data());
    next = (next + 1) % topics.size();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(match)->Arg(10)->Arg(1000)->Arg(100000);

void subscribe_and_unsubscribe(benchmark::State& state) {
  hub::TopicTree<std::size_t> tree = tree_of(static_cast<std::size_t>(state.range()));
  const std::string filter = "game/room/another/state";
  for (auto _ : state) {
    tree.insert(filter, 0);
    benchmark::DoNotOptimize(tree.erase(filter, 0));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(subscribe_and_unsubscribe)->Arg(10)->Arg(1000)->Arg(100000);

}  // namespace
}  // namespace lobbyd::bench
