#include "tests/unit/simulation/simulation.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

namespace lobbyd::simulation {

using namespace mqtt;

namespace {

constexpr int acts = 500;
constexpr Duration longest_pause = std::chrono::seconds(20);
constexpr Duration short_pause{100};
constexpr Duration answer_timeout = std::chrono::seconds(30);
constexpr Duration longest_absence = std::chrono::seconds(30);

// A dead connection is found by keep alive (15 s at most here); an attempt that was under way has to fail twice over
// (10 s each for the connection and for CONNACK); and there are waits between attempts (10 s each).
constexpr Duration time_to_settle = std::chrono::seconds(60);

}  // namespace

Course Simulation::course_from(Dice& dice) {
  constexpr std::array<Duration, 4> delays = {Duration(0), Duration(20), Duration(400), Duration(9'000)};
  Course course;
  course.versions_change = dice.one_in(2);
  course.sessions_get_lost = dice.one_in(3);
  course.memory_gets_old = dice.one_in(6);
  course.some_are_refused = dice.one_in(3);
  course.some_are_abandoned = dice.one_in(4);
  course.keep_alive = static_cast<std::uint16_t>(1 + dice.below(10));
  course.base_delay = delays[dice.below(4)];
  course.added_delay = delays[dice.below(3)];
  return course;
}

ClientOptions Simulation::client_options() {
  ClientOptions options;
  options.client_id = "me";
  options.keep_alive = std::chrono::seconds(course_.keep_alive);
  options.answer_timeout = answer_timeout;
  options.session_expiry = 0xFFFFFFFF;
  options.receive_maximum = static_cast<std::uint16_t>(1 + dice_.below(6));
  options.send_maximum = static_cast<std::uint16_t>(1 + dice_.below(8));
  options.limits_3_1_1.receive_maximum = static_cast<std::uint16_t>(1 + dice_.below(8));
  options.topic_alias_maximum = 2;
  return options;
}

Simulation::Simulation(std::uint32_t seed, std::ostream* everything)
    : dice_(seed),
      course_(course_from(dice_)),
      journal_(schedule_, everything),
      shell_({schedule_, network_, journal_, dice_, application_}, client_options(), course_.versions_change),
      acts_left_(acts) {}

std::vector<std::string> Simulation::run() {
  if (course_.some_are_abandoned) broker_.client_may_abandon();
  shell_.start();
  schedule_.run_until([this] { return shell_.is_connected(); }, schedule_.now() + time_to_settle);
  journal_.demand(shell_.is_connected(), "no connection though nothing stands in its way");

  journal_.note("storm");
  network_.set_delays(course_.base_delay, course_.added_delay);
  storm();
  schedule_.run_until([this] { return storm_is_over_; }, TimePoint::max());

  journal_.note("recovery");
  network_.heal();
  broker_.stop_refusing();
  application_.hurry();
  const TimePoint healed = schedule_.now();
  const bool settled = schedule_.run_until([this] { return is_settled(); }, healed + time_to_settle);
  took_to_settle_ = std::chrono::duration_cast<Duration>(schedule_.now() - healed);
  journal_.demand(settled, "something is left unfinished when all faults are over");
  if (settled) check();
  return journal_.broken();
}

// The storm ---------------------------------------------------------------------------------------------------

void Simulation::storm() {
  if (--acts_left_ < 0) {
    storm_is_over_ = true;
    return;
  }
  act();
  check_filters();
  schedule_.after(dice_.up_to(dice_.one_in(12) ? longest_pause : short_pause), [this] { storm(); });
}

void Simulation::act() {
  const unsigned choice = dice_.below(100);
  if (choice < 35) return application_.publish();
  if (choice < 70) {
    return broker_.send({.qos = static_cast<QoS>(dice_.below(3)), .number = ++last_sent_});
  }
  if (choice < 80) return application_.change_filters();
  if (choice < 82) {
    if (course_.some_are_abandoned) application_.abandon();
    return;
  }
  if (choice < 84) return shell_.renew();
  if (choice < 92) return act_on_network();
  act_on_broker();
}

void Simulation::act_on_network() {
  const auto link = shell_.link();
  switch (dice_.below(5)) {
    case 0:
      journal_.note("network: requests for connections do not get through for a while");
      network_.set_passable(false);
      return schedule_.after(dice_.up_to(longest_absence), [this] { network_.set_passable(true); });
    case 1:
      if (link) network_.swallow(*link, Side::client);
      return journal_.note("network: nothing from the client arrives any more");
    case 2:
      if (link) network_.swallow(*link, Side::broker);
      return journal_.note("network: nothing from the broker arrives any more");
    default: {
      const Duration slow = dice_.one_in(2) ? short_pause : longest_pause;
      if (link) network_.cut(*link, dice_.up_to(short_pause), dice_.up_to(slow));
      return journal_.note("network: cut");
    }
  }
}

void Simulation::act_on_broker() {
  using Memory = ModelBroker::Memory;
  switch (dice_.below(8)) {
    case 0: {
      const bool forgets = course_.sessions_get_lost && dice_.one_in(2);
      const bool falls_back = course_.memory_gets_old && dice_.one_in(2);
      journal_.note(forgets      ? "broker: restart, all forgotten"
                    : falls_back ? "broker: restart, old"
                                 : "broker: restart");
      return broker_.restart(forgets      ? Memory::none
                             : falls_back ? Memory::saved_once
                                          : Memory::kept,
                             dice_.one_in(3), dice_.up_to(longest_absence));
    }
    case 1:
      return broker_.disconnect(ReasonCode::administrative_action);
    case 2:
      return broker_.save();
    default:
      return change_limits();
  }
}

void Simulation::change_limits() {
  ModelLimits limits;
  if (dice_.one_in(6)) limits.refusal = ReasonCode::server_busy;
  if (!dice_.one_in(4)) limits.receive_maximum = static_cast<std::uint16_t>(1 + dice_.below(6));
  limits.topic_alias_maximum = static_cast<std::uint16_t>(dice_.below(4));
  if (dice_.one_in(2)) limits.keep_alive = static_cast<std::uint16_t>(1 + dice_.below(10));
  limits.refuses_some = course_.some_are_refused;
  broker_.set_limits(limits);
}

void Simulation::check_filters() {
  if (!shell_.is_connected() || broker_.owner() != shell_.link()) return;
  const bool is_right = application_.is_right_about(broker_.session().subscriptions);
  journal_.expect(is_right, "the broker does not hold the filters that it was thought to hold");
}

bool Simulation::is_settled() {
  return shell_.is_connected() && network_.is_whole(*shell_.link()) && shell_.client().in_flight() == 0 &&
         broker_.is_idle() && application_.is_idle();
}

// What came of it ---------------------------------------------------------------------------------------------

void Simulation::check() {
  check_what_the_broker_has();
  check_what_the_application_has();
}

void Simulation::check_what_the_broker_has() {
  const ModelRecords& records = broker_.records();
  std::set<unsigned> accepted;
  for (const QoS qos : {QoS::at_most_once, QoS::at_least_once, QoS::exactly_once}) {
    expect_order(records.accepted[qos], records.refused, "messages out of order at the broker");
    accepted.insert(records.accepted[qos].begin(), records.accepted[qos].end());
  }
  expect_no_repetition(records.accepted[QoS::at_most_once], "QoS 0 twice at the broker");
  if (records.sessions_forgotten == 0) {
    expect_no_repetition(records.accepted[QoS::exactly_once], "QoS 2 twice at the broker");
  }
  for (const unsigned number : application_.published()) {
    const auto answer = application_.answered().find(number);
    const bool is_answered = answer != application_.answered().end();
    journal_.expect(is_answered != application_.abandoned().contains(number), "a message was not answered");
    const bool is_promised = is_answered && !is_failure(answer->second);
    journal_.expect(!is_promised || accepted.contains(number), "what was answered has not arrived");
  }
  journal_.expect(broker_.session().subscriptions == application_.wanted(), "the broker holds other filters");
}

void Simulation::check_what_the_application_has() {
  const NumbersByQos& reported = application_.reported();
  const NumbersByQos& taken = application_.taken();
  std::set<unsigned> all_taken;
  for (const QoS qos : {QoS::at_most_once, QoS::at_least_once, QoS::exactly_once}) {
    expect_order(reported[qos], {}, "messages out of order at the application");
    all_taken.insert(taken[qos].begin(), taken[qos].end());
  }
  expect_no_repetition(reported[QoS::at_most_once], "QoS 0 twice at the application");
  expect_no_repetition(taken[QoS::exactly_once], "QoS 2 twice at the application");
  // A session may be forgotten and another one begun without the client's ever hearing of it: then a message that comes
  // as a repetition may be taken for one of the session before.
  const ModelRecords& records = broker_.records();
  const bool some_began_unheard = application_.new_sessions() != records.sessions_forgotten + 1;
  const auto is_taken_or_mistaken = [&](unsigned number) {
    return all_taken.contains(number) || (some_began_unheard && records.sent_again.contains(number));
  };
  for (const unsigned number : records.finished) {
    journal_.expect(is_taken_or_mistaken(number), "acknowledged to the broker, and not taken");
  }
  for (const auto& [number, session] : records.begun) {
    const bool may_be_lost = session != records.sessions_forgotten;
    journal_.expect(may_be_lost || is_taken_or_mistaken(number), "a message never came to the application");
  }
}

// Of first arrivals: what comes again, or was refused before, comes later.
void Simulation::expect_order(const std::vector<unsigned>& numbers, const std::set<unsigned>& but,
                              std::string_view rule) {
  std::set<unsigned> seen;
  for (const unsigned number : numbers) {
    if (but.contains(number)) continue;
    const bool is_new = seen.insert(number).second;
    journal_.expect(!is_new || *seen.rbegin() == number, rule);
  }
}

void Simulation::expect_no_repetition(const std::vector<unsigned>& numbers, std::string_view rule) {
  journal_.expect(std::set<unsigned>(numbers.begin(), numbers.end()).size() == numbers.size(), rule);
}

bool Simulation::all_packet_ids_are_free() {
  constexpr int packet_ids = 65'535;
  // The handshakes of messages that were given up end after the course: nobody waits for them.
  schedule_.run_until([] { return false; }, schedule_.now() + time_to_settle);
  const Subscription subscription{.filter = topics[0]};
  const auto subscribe = [&] { return shell_.client().subscribe({&subscription, 1}, std::nullopt, 1).has_value(); };
  for (int taken = 0; taken < packet_ids; ++taken) {
    if (!subscribe()) return false;
  }
  return !subscribe();
}

}  // namespace lobbyd::simulation
