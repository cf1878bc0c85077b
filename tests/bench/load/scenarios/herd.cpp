// All clients subscribe at once to a filter with many retained messages, as after a restart, while others, subscribed
// before, get live messages.

#include "tests/bench/load/scenarios/stages.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <sys/eventfd.h>

namespace lobbyd::load {
namespace {

constexpr std::array targets{Kind::lobbyd, Kind::mosquitto};
constexpr double live_rate = 100;  // messages a second
const std::string herd_filter = "bench/herd/+";
const std::string live_topic = "bench/live";
const std::string last_filter = "bench/last";
constexpr std::size_t asking_at_once = 32;
// Of the herd's sockets: small, so that the generator's own work delays no live message.
constexpr std::size_t events_at_once = 8;
// The log then has a line for each SUBSCRIBE. Not for Mosquitto alone, where it would also have two million others, and
// each client sends its own.
const std::string log_packets = "log_type all\n";

// Counts the answers at QoS 1.
class Answers final : public Receiver {
 public:
  void on_message(Client& /*client*/, std::string_view /*payload*/, Time /*read_at*/) override {}
  void on_published(Client& /*client*/) override { ++count; }
  std::size_t count = 0;
};

// Subscribes, a few at each turn of the loop, as fast as that goes. Counts what comes to each, and how long it took
// from the beginning on until all had come.
class Herd final : public Receiver, private Pollee {
 public:
  // `loop` is that of others, in which the fleet's own is nested.
  Herd(Loop& loop, Loop& own_loop, Fleet& fleet, std::size_t retained)
      : loop_(loop), own_loop_(own_loop), fleet_(fleet), retained_(retained), counts_(fleet.size()) {
    fleet.set_receiver(this);
    fleet.on_each_subscribed([this](Client& client) { on_subscribed(client); });
  }
  Herd(const Herd&) = delete;
  Herd& operator=(const Herd&) = delete;
  ~Herd() override { stop_asking(); }

  void start() {
    begin_ = Clock::now();
    always_ready_ = integration::FileDescriptor(::eventfd(1, EFD_CLOEXEC));
    loop_.add(always_ready_.get(), *this, EPOLLIN);
  }
  // A server may send them behind the answer; all of them have to come.
  bool is_served() const { return served_ == counts_.size() && fleet_.is_subscribed(); }
  const Histogram& waits() const { return waits_; }
  std::size_t answered_too_early() const { return answered_too_early_; }

 private:
  void on_events(std::uint32_t /*events*/) override {
    static const std::vector filters{herd_filter};
    for (std::size_t i = 0; i < asking_at_once && asked_ < fleet_.size(); ++i) fleet_[asked_++].subscribe(filters);
    own_loop_.turn(Clock::now());
    if (asked_ == fleet_.size()) stop_asking();
  }
  void flush() override {}
  void stop_asking() {
    if (!always_ready_) return;
    loop_.remove(always_ready_.get(), *this);
    always_ready_.reset();
  }
  void on_message(Client& client, std::string_view /*payload*/, Time read_at) override {
    if (++counts_[client.number()] > retained_) throw std::runtime_error("a retained message came twice");
    if (counts_[client.number()] < retained_) return;
    ++served_;
    waits_.add(read_at - begin_);
  }
  void on_subscribed(const Client& client) {
    if (counts_[client.number()] < retained_) ++answered_too_early_;
  }

  Loop& loop_;
  Loop& own_loop_;
  Fleet& fleet_;
  std::size_t retained_;
  std::vector<std::size_t> counts_;
  integration::FileDescriptor always_ready_;
  Time begin_;
  std::size_t asked_ = 0;
  std::size_t served_ = 0;
  std::size_t answered_too_early_ = 0;
  Histogram waits_;
};

void publish_retained(Loop& loop, Fleet& publisher, std::size_t count, std::size_t payload_size) {
  Answers answers;
  publisher.set_receiver(&answers);
  const std::string payload(payload_size, 'x');
  for (std::size_t i = 0; i < count; ++i) {
    publisher[0].publish(
        {.topic = "bench/herd/" + std::to_string(i), .payload = payload, .qos = QoS::at_least_once, .retain = true});
  }
  loop.run_until([&] { return answers.count == count; }, Clock::now() + std::chrono::seconds(10), "PUBACKs");
  publisher.set_receiver(nullptr);
}

// Until the broker has logged that it got `last_filter`.
std::size_t subscribes_at_broker(Loop& loop, const Target& target) {
  Fleet last(loop, target, 1, Fleet::Way::direct);
  last.subscribe([](std::uint32_t) { return std::vector{last_filter}; });
  const std::string log = target.broker_log_until(last_filter);
  constexpr std::string_view line = "Received SUBSCRIBE";
  std::size_t count = 0;
  for (auto at = log.find(line); at != std::string::npos; at = log.find(line, at + line.size())) ++count;
  return count;
}

void measure(Round& round, Kind kind, std::size_t clients, std::size_t retained) {
  const std::string what = std::to_string(clients) + " clients, " + std::to_string(retained) + " retained messages";
  Loop loop;
  Loop herd_loop(events_at_once);
  loop.nest(herd_loop);
  const Target target(kind, round.settings(), kind == Kind::lobbyd ? log_packets : "");
  Fleet publisher(loop, target, 1, Fleet::Way::direct);
  publish_retained(loop, publisher, retained, round.settings().payload_size);
  Fleet watchers(loop, target, round.scaled<std::size_t>(100, 5));
  watchers.subscribe([](std::uint32_t) { return std::vector{live_topic}; });
  Traffic live(loop, target, watchers,
               {.receivers_each = watchers.size(), .payload_size = round.settings().payload_size},
               [&](std::uint32_t, std::uint32_t, const std::string& payload) {
                 publisher[0].publish({.topic = live_topic, .payload = payload});
               });
  Fleet fleet(herd_loop, target, clients);
  Herd herd(loop, herd_loop, fleet, retained);

  const auto quiet = round.scaled<std::uint64_t>(300, 3);
  const Outcome before = live.run_paced(live_rate, [=](std::uint64_t sent) { return sent < quiet; });
  round.add_latency(what + ": live messages before", name(kind), before.latency);
  const std::size_t subscribes = kind == Kind::lobbyd ? subscribes_at_broker(loop, target) : 0;
  herd.start();
  const Time deadline = Clock::now() + std::chrono::seconds(120);
  const Outcome outcome = live.run_paced(live_rate, [&](std::uint64_t) {
    if (Clock::now() > deadline) throw DeadlineExceeded("the herd was not served");
    return !herd.is_served();
  });
  round.add_latency(what + ": live messages meanwhile", name(kind), outcome.latency);
  round.add_latency(what + ": all retained messages", name(kind), herd.waits());
  // What lobbyd's API promises, and MQTT does not.
  if (kind == Kind::lobbyd && herd.answered_too_early() > 0) {
    throw std::runtime_error("a subscribe was answered before all retained messages had come");
  }
  const std::size_t caused = kind == Kind::lobbyd ? subscribes_at_broker(loop, target) - subscribes - 1 : clients;
  round.add(what, kind, "SUBSCRIBEs at the broker", static_cast<double>(caused));
  round.add(what, kind, "CPU µs/delivery",
            outcome.usage.server.count() * 1e6 / static_cast<double>(clients * retained));
  round.add(what, kind, "server's highest MiB", static_cast<double>(highest_resident_bytes(target.server())) / 1048576);
  round.add(what, kind, "generator's CPU %", outcome.usage.generator_share() * 100);
}

}  // namespace

void run_herd(Round& round) {
  for (const Kind kind : targets) {
    if (!round.wants(kind)) continue;
    measure(round, kind, round.scaled<std::size_t>(10'000, 20), round.scaled<std::size_t>(200, 10));
  }
}

}  // namespace lobbyd::load
