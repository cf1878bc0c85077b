// Clients that come, are let in, and go, as fast as the server takes them, while others, which stay, send to
// themselves.

#include "tests/bench/load/scenarios/stages.hpp"

#include <array>

namespace lobbyd::load {
namespace {

constexpr std::array targets{Kind::lobbyd, Kind::mosquitto};
constexpr std::uint32_t coming_at_once = 64;
constexpr std::uint32_t first_number = 1'000;  // apart from those who stay
constexpr double rate = 500;                   // messages a second, of all who stay

class Churn final : private Observer {
 public:
  Churn(Loop& loop, const Target& target) : loop_(loop), target_(target) {}

  // Lets those go who have been let in, and others come in their place.
  void step() {
    while (clients_.size() < coming_at_once) come(first_number + static_cast<std::uint32_t>(clients_.size()));
    served_ += let_in_.size();
    for (const std::uint32_t number : let_in_) {
      clients_[number - first_number]->reopen();
    }
    let_in_.clear();
  }
  std::size_t served() const { return served_; }

 private:
  void come(std::uint32_t number) { clients_.push_back(target_.client(loop_, *this, number)); }
  void on_ready(Client& client) override { let_in_.push_back(client.number()); }
  void on_subscribed(Client& /*client*/) override {}
  void on_message(Client& /*client*/, std::string_view /*payload*/, Time /*read_at*/) override {}
  void on_published(Client& /*client*/) override {}

  Loop& loop_;
  const Target& target_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::uint32_t> let_in_;
  std::size_t served_ = 0;
};

void measure(Round& round, Kind kind) {
  Loop loop;
  const Target target(kind, round.settings());
  Fleet residents(loop, target, round.scaled<std::size_t>(100, 5));
  const auto topic_of = [](std::uint32_t number) { return "bench/own/" + std::to_string(number); };
  residents.subscribe([&](std::uint32_t number) { return std::vector{topic_of(number)}; });
  Traffic traffic(loop, target, residents, {.streams = residents.size(), .payload_size = round.settings().payload_size},
                  [&](std::uint32_t number, std::uint32_t, const std::string& payload) {
                    residents[number].publish({.topic = topic_of(number), .payload = payload});
                  });
  const Clock::duration time = round.scaled(std::chrono::milliseconds(4'000), std::chrono::milliseconds(100));
  const std::string echo = std::to_string(residents.size()) + " clients that send to themselves";

  Time end = Clock::now() + time;
  const Outcome quiet = traffic.run_paced(rate, [&](std::uint64_t) { return Clock::now() < end; });
  round.add_latency(echo + ", alone", name(kind), quiet.latency);

  Churn churn(loop, target);
  end = Clock::now() + time;
  const Outcome busy = traffic.run_paced(rate, [&](std::uint64_t) {
    churn.step();
    return Clock::now() < end;
  });
  round.add_latency(echo + ", while others come and go", name(kind), busy.latency);
  const auto served = static_cast<double>(churn.served());
  const std::string what = std::to_string(coming_at_once) + " at once come and go";
  round.add(what, kind, "clients/s", served / busy.usage.elapsed.count());
  round.add(what, kind, "CPU µs/client", busy.usage.server.count() * 1e6 / served);
  round.add(what, kind, "server's CPU %", busy.usage.server / busy.usage.elapsed * 100);
  round.add(what, kind, "generator's CPU %", busy.usage.generator_share() * 100);
}

}  // namespace

void run_churn(Round& round) {
  for (const Kind kind : targets) {
    if (round.wants(kind)) measure(round, kind);
  }
}

}  // namespace lobbyd::load
