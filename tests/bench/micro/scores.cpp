#include "protocol/api/json_reader.hpp"
#include "service/apps/hybrid_clock.hpp"
#include "service/apps/scores/board.hpp"
#include "service/apps/scores/score_record.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <malloc.h>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::bench {
namespace {

constexpr std::int64_t start_ms = 1'770'000'000'000;

std::string player_of(std::size_t number) {
  return "player-" + std::to_string(number);
}

// Boards of so many players, as the broker has it.
std::vector<std::pair<std::string, std::string>> records_of(std::size_t players) {
  std::vector<std::pair<std::string, std::string>> records;
  std::mt19937 engine(1);
  for (std::size_t number = 0; number < players; ++number) {
    records.emplace_back(player_of(number),
                         scores::write_record({.score = static_cast<double>(engine() % 1'000'000),
                                               .time = scores::HybridTime(start_ms + static_cast<std::int64_t>(number)),
                                               .data = R"({"level":3})"}));
  }
  return records;
}

class LoadedBoard {
 public:
  explicit LoadedBoard(const std::vector<std::pair<std::string, std::string>>& records)
      : board_(std::make_unique<scores::Board>(
            scores::BoardSettings{.rules = {}, .max_entries = std::max<std::size_t>(records.size(), 1)}, clock_,
            reader_)) {
    board_->begin_reading();
    for (const auto& [player, payload] : records) {
      board_->see_record(player, payload, now());
    }
    board_->end_reading(now());
  }

  scores::Board& operator*() { return *board_; }
  scores::Board* operator->() { return board_.get(); }
  static scores::Moment now() { return {.steady = {}, .unix_ms = start_ms + 1'000'000}; }

 private:
  apps::HybridClock clock_;
  api::JsonReader reader_;
  std::unique_ptr<scores::Board> board_;
};

void load_board(benchmark::State& state) {
  const auto records = records_of(static_cast<std::size_t>(state.range()));
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::size_t before = mallinfo2().uordblks;
    LoadedBoard board(records);
    benchmark::DoNotOptimize(board->total());
    bytes = mallinfo2().uordblks - before;
  }
  state.SetItemsProcessed(state.iterations() * state.range());
  state.counters["bytes_per_entry"] = static_cast<double>(bytes) / static_cast<double>(state.range());
}
BENCHMARK(load_board)->Arg(100'000)->Unit(benchmark::kMillisecond);

// A score that is better than the player's, and comes back from the broker.
void submit_score(benchmark::State& state) {
  const auto players = static_cast<std::size_t>(state.range());
  LoadedBoard board(records_of(players));
  double score = 0;
  std::size_t player = 0;
  for (auto _ : state) {
    player = (player + 7919) % players;
    const auto current = board->get(player_of(player));
    score = current->score + 10;
    const auto change = board->submit({.player = player_of(player), .score = score}, LoadedBoard::now());
    benchmark::DoNotOptimize(change->outcome.rank);
    for (const scores::Publication& publication : change->publications) {
      board->see_record(publication.player, publication.payload, LoadedBoard::now());
    }
  }
}
BENCHMARK(submit_score)->Arg(1000)->Arg(100'000);

void scores_around(benchmark::State& state) {
  const auto players = static_cast<std::size_t>(state.range());
  LoadedBoard board(records_of(players));
  std::size_t player = 0;
  for (auto _ : state) {
    player = (player + 7919) % players;
    benchmark::DoNotOptimize(board->around(player_of(player), 11));
  }
}
BENCHMARK(scores_around)->Arg(1000)->Arg(100'000);

void scores_top(benchmark::State& state) {
  const auto players = static_cast<std::size_t>(state.range());
  LoadedBoard board(records_of(players));
  std::size_t offset = 0;
  for (auto _ : state) {
    offset = (offset + 7919) % players;
    benchmark::DoNotOptimize(board->top(100, offset));
  }
}
BENCHMARK(scores_top)->Arg(1000)->Arg(100'000);

}  // namespace
}  // namespace lobbyd::bench
