#include "tests/unit/scores/world.hpp"

#include "tests/unit/simulation/dice.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace lobbyd::scores::test {
namespace {

using namespace std::chrono_literals;

constexpr int events = 120;
constexpr auto longest_unrest = 10min;
constexpr auto longest_skew = 20'000ms;

std::string entries_of(const Board& board) {
  std::string text;
  for (const Entry& entry : board.top(board.total())) {
    text += std::to_string(entry.rank) + ". " + std::string(entry.player) + ' ' + std::to_string(entry.score) + ' ' +
            std::string(entry.data) + ' ' + entry.time.text() + '\n';
  }
  return text;
}

}  // namespace

World::World(std::uint32_t seed, std::ostream* everything)
    : dice_(seed), journal_(schedule_, everything), broker_(schedule_, dice_, journal_), players_(2 + dice_.below(7)) {
  PlayerRules& rules = settings_.rules;
  rules.scoring = std::array{Operator::best, Operator::last, Operator::sum}[dice_.below(3)];
  rules.order = dice_.one_in(2) ? Order::descending : Order::ascending;
  rules.mirrored = rules.scoring != Operator::sum && dice_.one_in(2);
  settings_.max_entries = dice_.one_in(3) ? 1 + dice_.below(4) : 1000;
  course_ = {.breaks = dice_.one_in(2),
             .removals = dice_.one_in(2),
             .outsiders = dice_.one_in(3),
             .memory_loss = dice_.one_in(8)};
  const unsigned count = 2 + dice_.below(4);
  for (unsigned number = 0; number < count; ++number) {
    BoardSettings settings = settings_;
    settings.rules.instance = "i" + std::to_string(number);
    const auto skew = dice_.up_to(2 * longest_skew) - longest_skew;
    instances_.push_back(std::make_unique<ModelInstance>(settings, skew, schedule_, broker_, journal_));
  }
  outsider_ = broker_.connect({.on_message = [](const std::string&, const std::string&) {}, .on_retained_end = [] {}});
}

std::vector<std::string> World::run() {
  for (const auto& instance : instances_) {
    instance->connect();
  }
  for (int count = 0; count < events; ++count) {
    pass(dice_.up_to(dice_.one_in(10) ? 8'000ms : 200ms));
    happen();
  }
  heal();
  const std::size_t published = broker_.history().size();
  pass(longest_unrest);
  const std::size_t quiet = broker_.history().size();
  published_to_settle_ = quiet - published;
  pass(longest_unrest);
  journal_.expect(broker_.history().size() == quiet, "everybody comes to rest");
  check("in the end", false);
  check_nothing_lost();
  pass(std::chrono::milliseconds(removal_cleared_ms) + longest_unrest);
  check("when the removals are old", true);
  const auto is_removal = [](const auto& entry) { return entry.second.starts_with(R"({"removed")"); };
  // Those of players who have a score again, in a topic of its own, are cleared at the next reading.
  const bool own_topics = settings_.rules.mirrored || settings_.rules.scoring == Operator::sum;
  journal_.expect(own_topics || std::ranges::none_of(broker_.retained(), is_removal), "removals are cleared away");
  return journal_.broken();
}

void World::happen() {
  ModelInstance& instance = *instances_[dice_.below(static_cast<unsigned>(instances_.size()))];
  if (!instance.is_connected()) {
    if (instance.can_connect() && dice_.one_in(3)) instance.connect();
    return;
  }
  if (course_.outsiders && dice_.one_in(6)) return interfere();
  if (course_.breaks && dice_.one_in(12)) return dice_.one_in(2) ? instance.kill() : instance.lose_connection();
  if (course_.memory_loss && dice_.one_in(40)) return lose_memory();
  if (!instance.is_serving()) return;
  if (course_.removals && dice_.one_in(8)) return instance.remove(player());
  submit(instance);
}

void World::submit(ModelInstance& instance) {
  const std::string name = player();
  const double score = dice_.below(20) - 4.0;
  const std::string data = dice_.one_in(3) ? std::to_string(dice_.below(3)) : "";
  const auto outcome = instance.submit({.player = name, .score = score, .data = data});
  if (!outcome) {
    journal_.expect(false, "a score is taken");
    return;
  }
  const auto [known, is_new] = expected_.try_emplace(name, score);
  if (settings_.rules.scoring == Operator::sum) {
    known->second += is_new ? 0 : score;
  } else if (settings_.rules.better(score, known->second)) {
    known->second = score;
  }
}

void World::interfere() {
  const std::string name = player();
  const std::string garbage = dice_.one_in(2) ? "{}" : "nonsense";
  std::string topic = settings_.rules.mirrored ? topics_.number(name) : topics_.record(name);
  std::string payload = settings_.rules.mirrored ? std::to_string(dice_.below(20)) : garbage;
  switch (dice_.below(5)) {
    case 0:
      payload = garbage;
      break;
    case 1:
      topic = topics_.record(name);
      [[fallthrough]];
    case 2:
      payload = "";
      break;
    case 3:
      if (!broker_.history().empty()) {
        std::tie(topic, payload) = broker_.history()[dice_.below(static_cast<unsigned>(broker_.history().size()))];
      }
      break;
    default:
      break;
  }
  journal_.note("an outsider publishes " + topic + " = " + payload);
  broker_.publish(outsider_, topic, payload);
}

void World::lose_memory() {
  journal_.note("the broker loses its memory");
  for (const auto& instance : instances_) {
    if (instance->is_connected()) instance->lose_connection();
  }
  pass(ModelBroker::longest_way);
  broker_.forget_everything();
}

void World::heal() {
  journal_.note("from here on all goes well");
  pass(2 * ModelBroker::longest_way);
  for (const auto& instance : instances_) {
    if (!instance->is_connected()) instance->connect();
  }
}

void World::pass(std::chrono::milliseconds time) {
  const TimePoint end = schedule_.now() + time;
  schedule_.at(end, [] {});
  schedule_.run_until([&] { return schedule_.now() >= end; }, end);
}

void World::check(const std::string& when, bool removals_are_old) {
  const Board& first = instances_.front()->board();
  std::string all = entries_of(first);
  journal_.note(when + ":\n" + all);
  for (const auto& instance : instances_) {
    journal_.expect(instance->is_serving(), "all have read the board");
    const std::string theirs = entries_of(instance->board());
    journal_.expect(theirs == all, when + " all have the same entries; " + instance->name() + " has\n" + theirs);
  }
  apps::HybridClock clock;
  api::JsonReader reader;
  Board fresh(settings_, clock, reader);
  const Moment now = instances_.front()->now();
  fresh.begin_reading();
  for (const auto& [topic, payload] : broker_.retained()) {
    topics_.show(fresh, topic, payload, now);
  }
  fresh.end_reading(now);
  journal_.expect(entries_of(fresh) == all, when + " who comes anew has the same entries:\n" + entries_of(fresh));
  const Moment later{.steady = now.steady + 60s, .unix_ms = now.unix_ms + 60'000};
  // Of removals those that nobody knows any more.
  const auto clears = [](const Publication& publication) { return publication.payload.empty(); };
  const auto said = fresh.take_due(later, broker_.retained().size() + 1);
  journal_.expect(removals_are_old ? std::ranges::all_of(said, clears) : said.empty(),
                  when + " who comes anew has nothing to say");
  journal_.expect(first.total() <= settings_.max_entries, "a board has a bounded number of entries");
}

void World::check_nothing_lost() {
  if (course_.breaks || course_.removals || course_.outsiders || course_.memory_loss ||
      settings_.rules.scoring == Operator::last) {
    return;
  }
  const Board& board = instances_.front()->board();
  if (settings_.max_entries < players_ && settings_.rules.scoring == Operator::sum) {
    return;  // a sum begins anew when a player comes back
  }
  journal_.expect(board.total() == std::min(expected_.size(), settings_.max_entries), "all players are there");
  for (const Entry& entry : board.top(board.total())) {
    journal_.expect(entry.score == expected_.at(std::string(entry.player)), "no submission is lost");
  }
}

}  // namespace lobbyd::scores::test
