#include "tests/unit/wills/model_course.hpp"

#include "service/hub/wills/entry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace lobbyd::hub::model {

namespace {

constexpr int acts = 120;
constexpr Duration short_pause{300};
constexpr Duration longest_pause{12'000};
constexpr Duration longest_absence{15'000};
constexpr Duration connect_patience{5'000};
constexpr Duration moving{3'000};
constexpr Duration most_apart{4'000};  // daemons' clocks
// The longest delay of a will, what others take to find a daemon dead after a break of their own links, and the turns.
constexpr Duration time_to_settle{150'000};

}  // namespace

Course::Kinds Course::kinds_from(Dice& dice) {
  constexpr std::array<Duration, 4> delays = {Duration(0), Duration(2), Duration(40), Duration(250)};
  Kinds kinds;
  kinds.daemons_die = !dice.one_in(4);
  kinds.daemons_drain = dice.one_in(2);
  kinds.links_break = dice.one_in(2);
  kinds.daemons_are_cut_off = dice.one_in(3);
  kinds.broker_restarts = dice.one_in(3);
  kinds.broker_forgets = dice.one_in(2);
  kinds.reads_are_cut = dice.one_in(4);
  kinds.clocks_differ = dice.one_in(3);
  kinds.delay = delays[dice.below(4)];
  return kinds;
}

Course::Course(std::uint32_t seed, std::ostream* everything)
    : dice_(seed),
      kinds_(kinds_from(dice_)),
      journal_(schedule_, everything),
      broker_(schedule_, dice_, journal_),
      acts_left_(acts) {
  broker_.on_will = [this](const std::string& topic, const std::string& text) { on_will(topic, text); };
  broker_.on_declared_dead = [this](const std::string& instance, std::uint64_t epoch) {
    on_declared_dead(instance, epoch);
  };
  const unsigned daemons = 1 + dice_.below(4);
  for (unsigned index = 0; index < daemons; ++index) {
    names_.push_back(std::string("d") + static_cast<char>('0' + index));
  }
  const unsigned clients = 1 + dice_.below(6);
  for (unsigned index = 0; index < clients; ++index) {
    clients_.push_back(std::string("c") + static_cast<char>('0' + index));
  }
}

std::vector<std::string> Course::run() {
  for (const std::string& name : names_) start_daemon(name);
  storm();
  schedule_.run_until([this] { return storm_is_over_; }, TimePoint::max());
  journal_.note("recovery");
  if (!broker_.is_up()) broker_.start(ModelBroker::Memory::kept);
  // Those that are draining end first.
  schedule_.after(Duration(10'000), [this] {
    const bool all = dice_.one_in(2);
    for (const std::string& name : names_) {
      const bool some = std::ranges::any_of(running_, [](const auto& run) { return run.second->is_up(); });
      if (!running_[name]->is_up() && (all || !some)) start_daemon(name);
    }
  });
  const TimePoint end = schedule_.now() + time_to_settle;
  schedule_.at(end, [] {});
  schedule_.run_until([this, end] { return schedule_.now() >= end; }, end);
  check();
  return journal_.broken();
}

// The storm -----------------------------------------------------------------------------------------------------------

void Course::storm() {
  if (--acts_left_ < 0) {
    storm_is_over_ = true;
    return;
  }
  act();
  schedule_.after(dice_.up_to(dice_.one_in(10) ? longest_pause : short_pause), [this] { storm(); });
}

void Course::act() {
  const unsigned choice = dice_.below(100);
  if (choice < 75) return act_on_clients();
  if (choice < 95) return act_on_daemons();
  act_on_broker();
}

void Course::act_on_clients() {
  const unsigned choice = dice_.below(100);
  const auto session = some_session();
  if (choice < 55 || !session) return come(clients_[dice_.below(static_cast<unsigned>(clients_.size()))]);
  if (choice < 75) return go(*session);
  lose_later(*session);
}

void Course::act_on_daemons() {
  const std::string& name = names_[dice_.below(static_cast<unsigned>(names_.size()))];
  ModelDaemon* const daemon = running_[name];
  if (!daemon->is_up()) return start_daemon(name);
  if (daemon->is_draining()) return;
  switch (dice_.below(8)) {
    case 0:
    case 1:
      if (kinds_.daemons_die) kill(*daemon);
      return;
    case 2:
      if (kinds_.daemons_drain) drain(*daemon);
      return;
    case 3:
      if (kinds_.links_break) daemon->cut_own();
      return;
    case 4:
      if (kinds_.links_break) daemon->cut_publishing();
      return;
    case 5:
      if (kinds_.daemons_are_cut_off) daemon->partition(dice_.up_to(longest_absence));
      return;
    case 6:
      if (kinds_.daemons_are_cut_off) daemon->pause(dice_.up_to(longest_absence));
      return;
    default:
      return;
  }
}

void Course::act_on_broker() {
  if (dice_.one_in(2)) return broker_.save();
  if (!kinds_.broker_restarts || !broker_.is_up()) return;
  const bool in_order = dice_.one_in(2);
  auto memory = ModelBroker::Memory::kept;
  if (kinds_.broker_forgets && dice_.one_in(2)) {
    memory = dice_.one_in(2) ? ModelBroker::Memory::none : ModelBroker::Memory::saved_once;
    for (Session& session : sessions_) session.forgotten = true;
  }
  journal_.note(std::string("broker: ") + (in_order ? "stops" : "is killed") +
                (memory == ModelBroker::Memory::none         ? ", and forgets all"
                 : memory == ModelBroker::Memory::saved_once ? ", and forgets what is not saved"
                                                             : ""));
  broker_.stop(in_order);
  schedule_.after(dice_.up_to(longest_absence), [this, memory] {
    if (!broker_.is_up()) broker_.start(memory);
  });
}

void Course::start_daemon(const std::string& name) {
  const Surroundings around{schedule_, dice_, journal_, broker_, *this, kinds_.delay, kinds_.reads_are_cut};
  const Duration skew = kinds_.clocks_differ ? dice_.up_to(most_apart) - most_apart / 2 : Duration(0);
  daemons_.push_back(std::make_unique<ModelDaemon>(around, name, skew));
  running_[name] = daemons_.back().get();
}

// One daemon's end in the very moment in which a client moves from or to it is more than the entry can tell: see
// docs/guarantees.md.
void Course::excuse_those_who_move(const ModelDaemon& daemon) {
  const TimePoint recent = schedule_.now() - moving;
  const auto is_moving = [&](const Session& session) {
    return session.came >= recent || (session.ended && *session.ended >= recent);
  };
  for (const std::string& client : clients_) {
    const auto moves = [&](bool here) {
      return std::ranges::any_of(sessions_, [&](const Session& session) {
        return session.client == client && (session.daemon == &daemon) == here && is_moving(session);
      });
    };
    if (!moves(true) || !moves(false)) continue;
    for (Session& session : sessions_) session.excused |= session.client == client;
  }
}

void Course::kill(ModelDaemon& daemon) {
  excuse_those_who_move(daemon);
  for (Session& session : sessions_) {
    if (session.daemon == &daemon) end(session, Session::End::killed);
  }
  daemon.kill();
}

void Course::drain(ModelDaemon& daemon) {
  excuse_those_who_move(daemon);
  for (Session& session : sessions_) {
    if (session.daemon == &daemon && session.end == Session::End::none) {
      end(session, Session::End::lost);
      daemon.lose(session.client, Duration(1'000));
    }
  }
  daemon.drain();
}

// Clients -------------------------------------------------------------------------------------------------------------

std::vector<api::WillParams> Course::some_wills(std::size_t session) {
  constexpr std::array<int, 4> delays = {0, 0, 3, 25};
  std::vector<api::WillParams> wills;
  const unsigned count = dice_.one_in(6) ? 0 : dice_.one_in(4) ? 2 : 1;
  for (unsigned index = 0; index < count; ++index) {
    wills.push_back({.topic = "w/" + sessions_[session].client,
                     .payload = std::to_string(session) + ":" + std::to_string(index),
                     .qos = 1,
                     .retain = false,
                     .delay = std::chrono::seconds(delays[dice_.below(4)])});
  }
  return wills;
}

ModelDaemon* Course::some_daemon() {
  ModelDaemon* const daemon = running_[names_[dice_.below(static_cast<unsigned>(names_.size()))]];
  return daemon->is_up() && !daemon->is_draining() && !daemon->stands_still() ? daemon : nullptr;
}

std::optional<std::size_t> Course::some_session() {
  std::vector<std::size_t> present;
  for (std::size_t number = 0; number < sessions_.size(); ++number) {
    const Session& session = sessions_[number];
    if (session.end == Session::End::none && !session.away && !session.daemon->stands_still())
      present.push_back(number);
  }
  if (present.empty()) return std::nullopt;
  return present[dice_.below(static_cast<unsigned>(present.size()))];
}

std::optional<std::size_t> Course::session_at(const ModelDaemon& daemon, const std::string& client) const {
  for (std::size_t number = sessions_.size(); number-- > 0;) {
    const Session& session = sessions_[number];
    if (session.daemon == &daemon && session.client == client && session.end == Session::End::none) return number;
  }
  return std::nullopt;
}

void Course::end(Session& session, Session::End how) {
  if (session.end != Session::End::none && session.end != Session::End::leaving) return;
  if (how == Session::End::killed && session.end == Session::End::leaving) return;
  session.end = how;
  session.ended = schedule_.now();
}

void Course::come(const std::string& client) {
  ModelDaemon* const daemon = some_daemon();
  if (daemon == nullptr) return;
  // Its former connection, wherever that was, is dead, or another device has it.
  const bool moves = !dice_.one_in(3);
  for (std::size_t number = 0; moves && number < sessions_.size(); ++number) {
    if (sessions_[number].client == client && sessions_[number].end == Session::End::none) lose_later(number);
  }
  if (const auto older = session_at(*daemon, client)) {
    end(sessions_[*older], Session::End::taken_over);
    daemon->disconnect(client);
  }
  const std::size_t number = sessions_.size();
  sessions_.emplace_back();
  sessions_[number].client = client;
  sessions_[number].came = schedule_.now();
  sessions_[number].daemon = daemon;
  sessions_[number].wills = some_wills(number);
  sessions_[number].copies.resize(sessions_[number].wills.size());
  journal_.note(name_of(number) + " comes to " + daemon->name() + " with " +
                std::to_string(sessions_[number].wills.size()) + " wills");
  for (std::size_t older = 0; older < number; ++older) {
    if (sessions_[older].client != client) continue;
    sessions_[older].followed = true;
    // Or it was the other way round: see clocks_apart().
    sessions_[number].followed |= kinds_.clocks_differ && sessions_[older].came + clocks_apart() >= schedule_.now();
  }
  const std::vector<api::WillParams> wills = sessions_[number].wills;
  if (!daemon->connect(client, wills)) {
    answer(sessions_[number]);
  } else {
    schedule_.after(connect_patience, [this, number] {
      if (sessions_[number].end == Session::End::none) answer(sessions_[number]);
    });
  }
}

void Course::answer(Session& session) {
  if (!session.answered) session.answered = schedule_.now();
}

void Course::go(std::size_t number) {
  Session& session = sessions_[number];
  journal_.note(name_of(number) + " leaves");
  session.end = Session::End::leaving;
  releasing_[{session.daemon, session.client}].push_back(number);
  session.daemon->disconnect(session.client);
}

void Course::lose_later(std::size_t number) {
  sessions_[number].away = true;
  schedule_.after(dice_.up_to(dice_.one_in(3) ? longest_pause : short_pause), [this, number] {
    Session& session = sessions_[number];
    if (session.end != Session::End::none || !session.daemon->is_up()) return;
    if (session.daemon->stands_still()) return lose_later(number);
    journal_.note(name_of(number) + " is lost");
    end(session, Session::End::lost);
    session.daemon->lose(session.client, Duration(0));
  });
}

Duration Course::clocks_apart() const {
  return kinds_.clocks_differ ? most_apart : Duration(0);
}

// What is seen --------------------------------------------------------------------------------------------------------

void Course::on_registered(ModelDaemon& daemon, const std::string& client) {
  const auto number = session_at(daemon, client);
  if (!number) return;
  Session& session = sessions_[*number];
  answer(session);
  const bool first = !session.registered;
  if (first) {
    journal_.note(name_of(*number) + " is registered");
    session.registered = schedule_.now();
  }
  for (Session& other : sessions_) {
    if (&other == &session || other.client != client) continue;
    // It is here again, if perhaps with a connection that is older.
    other.followed |= other.end != Session::End::none;
    other.superseded |= first && other.registered && *other.registered + clocks_apart() < session.came;
  }
}

void Course::on_released(ModelDaemon& daemon, const std::string& client) {
  for (const std::size_t number : std::exchange(releasing_[{&daemon, client}], {})) {
    journal_.note(name_of(number) + " has left");
    end(sessions_[number], Session::End::left);
  }
}

void Course::on_taken_over(ModelDaemon& daemon, const std::string& client) {
  if (const auto number = session_at(daemon, client)) end(sessions_[*number], Session::End::taken_over);
}

void Course::on_mourned(ModelDaemon& daemon, const std::string& client) {
  if (const auto number = session_at(daemon, client)) {
    sessions_[*number].mourned = true;
    // It outlives those that came later.
    sessions_[*number].superseded = false;
  }
}

namespace {

std::pair<std::size_t, std::size_t> parse(const std::string& text) {
  std::size_t session = 0;
  std::size_t index = 0;
  const char* const end = text.data() + text.size();
  const auto colon = std::from_chars(text.data(), end, session).ptr;
  std::from_chars(colon + 1, end, index);
  return {session, index};
}

}  // namespace

void Course::on_publishing(ModelDaemon&, const api::WillParams& will) {
  ++sessions_[parse(will.payload).first].attempts;
}

void Course::on_disturbed(ModelDaemon&, const api::WillParams& will) {
  ++sessions_[parse(will.payload).first].disturbances;
}

void Course::on_will(const std::string&, const std::string& text) {
  const auto [number, index] = parse(text);
  Session& session = sessions_[number];
  ++published_;
  ++session.copies[index];
  journal_.note("the will " + text + " of " + name_of(number) + " is published");
  if (session.excused || session.forgotten) return;
  expect(session.end != Session::End::none || session.away, number, "is served, and its will was published");
  expect(session.end != Session::End::left, number, "has left in order, and its will was published");
  if (session.disturbances > 0) return;
  expect(!session.superseded, number, "had been followed by a later connection when its will was published");
}

void Course::on_declared_dead(const std::string& instance, std::uint64_t epoch) {
  // Said again where the broker has forgotten it.
  if (!dead_.emplace(instance, epoch).second) return;
  for (const auto& daemon : daemons_) {
    if (daemon->name() != instance || daemon->epoch() != epoch || !daemon->is_up()) continue;
    journal_.demand(daemon->may_seem_dead(schedule_.now()), "a daemon that was there was taken for dead");
    for (Session& session : sessions_) {
      if (session.daemon == daemon.get()) session.excused = true;
    }
  }
}

// What came of it -----------------------------------------------------------------------------------------------------

std::string Course::name_of(std::size_t session) const {
  return "session " + std::to_string(session) + " of " + sessions_[session].client;
}

void Course::expect(bool condition, std::size_t session, const std::string& rule) {
  journal_.expect(condition, condition ? "" : name_of(session) + " " + rule);
}

void Course::check() {
  for (const auto& [name, daemon] : running_) {
    journal_.expect(daemon->is_settled(), "a daemon has not come to rest");
  }
  for (std::size_t number = 0; number < sessions_.size(); ++number) check_session(number);
  check_entries();
}

void Course::check_session(std::size_t number) {
  const Session& session = sessions_[number];
  if (session.end == Session::End::none) {
    expect(session.answered.has_value(), number, "was never answered");
    expect(session.registered || session.wills.empty(), number, "was never registered");
    const bool mourned = std::ranges::any_of(session.copies, [](int copies) { return copies > 0; });
    expect(!mourned || session.mourned || session.away, number, "was not told that its will was published");
  }
  expect(session.end != Session::End::leaving || !session.daemon->is_up(), number, "was not let go");
  const bool was_lost = session.end == Session::End::lost || session.end == Session::End::killed;
  if (!was_lost || session.forgotten) return;
  // What is not registered goes with its daemon.
  const bool could_be_known = session.registered || session.daemon->is_up();
  for (const int copies : session.copies) {
    if (!session.followed && could_be_known && !session.excused) {
      expect(copies > 0, number, "was lost, and its will never published");
    }
    if (!session.excused) expect(copies <= 1 + session.disturbances, number, "has had its will published twice");
  }
}

void Course::check_entries() {
  std::map<std::string, std::pair<std::string, std::uint64_t>> expected;
  for (const Session& session : sessions_) {
    if (session.end != Session::End::none || session.wills.empty() || !session.daemon->is_up()) continue;
    journal_.expect(!expected.contains(session.client), "two connections of one client are served");
    expected[session.client] = {session.daemon->name(), session.daemon->epoch()};
  }
  std::map<std::string, std::pair<std::string, std::uint64_t>> found;
  for (const auto& [topic, text] : broker_.retained()) {
    if (!topic.starts_with("p/will/")) continue;
    const auto entry = parse_entry(text);
    journal_.expect(entry.has_value(), "an entry that nobody can read");
    if (!entry) continue;
    journal_.expect(!entry->leaving, "an entry is marked, and nobody publishes");
    found[topic.substr(7)] = {entry->owner.instance, entry->owner.epoch};
  }
  for (const auto& [client, owner] : expected) {
    journal_.expect(found.contains(client), "a client that is served has no entry: " + client);
    journal_.expect(!found.contains(client) || found[client] == owner, "an entry of another owner: " + client);
  }
  for (const auto& [client, owner] : found) {
    journal_.expect(expected.contains(client), "an entry of a client that is not there: " + client);
  }
}

}  // namespace lobbyd::hub::model
