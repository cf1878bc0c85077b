#pragma once

// The wills of all clients, kept by all daemons together in the broker, so that they outlive each of them. Pure: what
// comes from the broker goes in, what is to be written comes out, time is a parameter.
//
// For each client with a will there is one retained entry (`WillEntry`), owned by the daemon that serves it. All
// daemons listen to all entries, on one connection each, on which they write them, too: so what a daemon writes comes
// back to it in the broker's order with what others write, and all agree on what came first.
//
//   - A later claim by another daemon takes the client over.
//   - To publish a client's wills its owner marks the entry (`leaving`) and waits until the mark comes back. Only if
//     nobody has claimed the client before it are they published, and the entry emptied. Whoever claims the client
//     behind the mark waits for that. So no will of a client that is served is ever published.
//   - Daemons that have died are found out by `Instances`. Then the others mark their entries as their own, one after
//     the other in an order that all know: that of the first counts.
//   - Before anything is done about what others own, all entries are read, and only a whole set counts.
//
// Without a broker's help (`Options::shared` is false, or it does not do what is needed) wills are kept here alone.

#include "service/hub/wills/entry.hpp"
#include "service/hub/wills/holding.hpp"
#include "service/hub/wills/instance_record.hpp"
#include "service/hub/wills/instances.hpp"
#include "service/hub/wills/outgoing.hpp"
#include "service/hub/wills/standings.hpp"
#include "service/hub/wills/topics.hpp"
#include "service/schedule/agenda.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace lobbyd::hub {

class WillRegistry final : private Instances::Port {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // What the registry does to the world. Called from within its functions; must not call back, but may ask for
  // `next_timeout`.
  class Port {
   public:
    virtual std::uint64_t unix_time() const = 0;  // milliseconds
    // Retained at QoS 1; empty text deletes. False where there is no room at the moment.
    virtual bool write(const std::string& topic, const std::string& text) = 0;
    // Of a text that the broker takes.
    virtual std::size_t max_bytes() const = 0;
    // Not retained; may get lost.
    virtual void send(const std::string& topic, const std::string& text) = 0;
    // All that is retained; `on_read` answers.
    virtual void read(const std::vector<std::string>& filters) = 0;
    // Publishes the wills in order, behind all that the client published, and then writes `then` to `topic` as `write`
    // does, on the same connection; without `then` nothing. `on_published` answers.
    virtual void publish(const std::string& client, std::vector<api::WillParams> wills, const std::string& topic,
                         std::optional<std::string> then) = 0;

    // The client's wills survive this daemon from now on. Also told again.
    virtual void on_registered(const std::string& client) = 0;
    // The client of `release` has no wills in the broker any more.
    virtual void on_released(const std::string& client) = 0;
    // Another daemon serves the client: it is not held here any more.
    virtual void on_taken_over(const std::string& client) = 0;
    // The claim of this daemon stands in the place of another's, which may be dead: that had these wills.
    virtual void on_inherited(const std::string& client, std::vector<api::WillParams> wills) = 0;
    // The client is served here, and its entry has gone while there was no link, though the broker has forgotten
    // nothing: it was taken over, and then left there. It is not held here any more.
    virtual void on_vanished(const std::string& client) = 0;
    // The client is served here, and its wills were published all the same: this daemon was taken for dead.
    virtual void on_mourned(const std::string& client) = 0;
    // A client that was lost has come to another daemon, or another sees to its wills.
    virtual void on_forgotten(const std::string& client) = 0;
    // Another daemon of this name was here before.
    virtual void on_duplicate() = 0;

   protected:
    ~Port() = default;
  };

  struct Options {
    std::string prefix;
    std::string instance;
    std::uint64_t epoch = 0;  // 0: the time of the start
    bool shared = true;
    Instances::Times times{.grace = std::chrono::seconds(2), .patience = std::chrono::seconds(20)};
    std::chrono::milliseconds turn{2000};  // so much later than the one before it a daemon sees to a dead one's client
    Standings::Limits standings = {};
    std::size_t most_lost = 100'000;  // clients that wait for their delays; the next one does not wait
    std::size_t most_lost_bytes = 64U << 20U;
  };

  WillRegistry(Options options, Port& port);
  WillRegistry(const WillRegistry&) = delete;
  WillRegistry& operator=(const WillRegistry&) = delete;
  ~WillRegistry() = default;

  const WillTopics& topics() const { return topics_; }
  std::uint64_t epoch() const { return self_.epoch; }

  // Clients -----------------------------------------------------------------------------------------------------------

  // The client is here, with these wills (its own, and those of services): all of them, or none. False where there is
  // nothing to be done, and so `on_registered` does not come.
  bool claim(const std::string& client, std::vector<api::WillParams> wills, TimePoint now);
  // The client has left in order: its wills are not published, unless they are leaving already, after it was lost.
  // `on_released` answers, perhaps from within.
  void release(const std::string& client, TimePoint now);
  // The connection is lost. The delays run from `after` on; `at_once` leaves them out. False where it has no wills.
  bool lose(const std::string& client, std::chrono::milliseconds after, bool at_once, TimePoint now);
  // Whether a claim that is not answered yet has hopes to be.
  bool hopeful() const;
  // Whether what was claimed for the client last stands in the broker, and is not about to leave it.
  bool stands(const std::string& client) const;
  // Whether another daemon that lives has the client.
  bool held_elsewhere(const std::string& client) const;

  bool has_lost_clients() const { return lost_ > 0; }

  // The broker
  // ----------------------------------------------------------------------------------------------------------

  // What `topics().held()` asks for comes from here on.
  void on_link_up(TimePoint now);
  void on_link_down();
  // The broker does not let us do what is needed.
  void on_refused(TimePoint now);
  // One that was just written, not one kept from before. False where it is none of these.
  bool on_message(std::string_view topic, std::string_view text, TimePoint now);
  struct Copy {
    std::string_view topic;
    std::string_view text;
  };
  // `whole`: surely nothing is missing.
  void on_read(const std::vector<Copy>& copies, bool whole, TimePoint now);
  void on_published(const std::string& client, TimePoint now);

  // The end -----------------------------------------------------------------------------------------------------------

  // No client comes any more. Where nobody else could see to those that wait they do not wait.
  void begin_leaving(TimePoint now);
  // Whether nothing has to be done any more, of what can be done until `deadline`.
  bool settled(TimePoint deadline) const;
  // The rest is left to others, whose delays begin `after`. To be called when it is settled, or the time is over; and
  // then it settles once more.
  void leave(std::chrono::seconds after, TimePoint now);

  std::optional<TimePoint> next_timeout() const;
  void handle_timeout(TimePoint now);

 private:
  enum class Mode : std::uint8_t { alone, down, reading, working };
  using Holdings = std::unordered_map<std::string, Holding>;
  using Held = Holdings::iterator;

  // Instances::Port
  void ask(const std::string& instance) override;
  void declare_dead(const Owner& owner, TimePoint now) override;
  void on_death(const std::string& instance, TimePoint now) override;

  // Reading, and what comes
  bool unaided() const { return mode_ == Mode::alone || (mode_ != Mode::down && given_up_); }
  void begin_read();
  void give_up(TimePoint now);
  void take_records(const std::vector<Copy>& copies, TimePoint now);
  void take_own_record(std::string_view text, TimePoint now);
  void take_entries(const std::vector<Copy>& copies, TimePoint now);
  void take_touched(TimePoint now);
  void look_at_all(TimePoint now);
  void on_record(std::string_view instance, std::string_view text, TimePoint now);
  void on_own_record(std::string_view text, TimePoint now);
  void on_answer(std::string_view instance, std::string_view text, TimePoint now);
  void on_other_self(std::uint64_t epoch, TimePoint now);
  // How it came: kept by the broker, written by another just now, or by this daemon.
  enum class Came : std::uint8_t { kept, live, back };
  void on_entry(const std::string& client, std::string_view text, Came came, TimePoint now);
  std::optional<WillEntry> parse(std::string_view text) const;
  bool stand(const std::string& client, const WillEntry& entry, std::string_view text, Came came);
  void inherit(const std::string& client, const WillEntry& entry, const Standing& before);
  bool put_back_wiped(const std::string& client, Came came, TimePoint now);
  void defend(const std::string& client, TimePoint now);
  void write_record(InstanceState state, std::chrono::seconds wait, TimePoint now);
  void set_epoch(std::uint64_t at_least);
  void renew(TimePoint now);
  void on_lost(const std::string& topic, TimePoint now);
  void say_goodbye(TimePoint now);
  // Of an epoch, or the time of a claim: no daemon's clock is so much ahead.
  bool is_plausible(std::uint64_t time) const;
  // While a set is taken after the link was made: what is missing has been taken out by somebody.
  bool nothing_forgotten() const { return mode_ == Mode::reading && !memory_lost_ && !found_dead_; }

  // Clients that are held
  WillEntry new_claim(const std::string& client, std::uint64_t later_than, std::vector<api::WillParams> wills) const;
  bool fits(const Holding& holding) const;
  void put(Held held, TimePoint now);
  void claim_anew(Held held, std::uint64_t later_than, TimePoint now);
  void look_at(const std::string& client, TimePoint now);
  void look_at(Held held, TimePoint now);
  void react(Held held, const WillEntry* entry, bool live, TimePoint now);
  void on_overwritten(Held held, TimePoint now);
  void react_served(Held held, const WillEntry* entry, TimePoint now);
  void react_waiting(Held held, const WillEntry* entry, TimePoint now);
  void react_marking(Held held, const WillEntry* entry, bool live, TimePoint now);
  void react_releasing(Held held, const WillEntry* entry, TimePoint now);
  bool mourned(Held held, TimePoint now);
  void note_mourner(Held held, const std::optional<Owner>& owner, TimePoint now);
  void mourn(Held held, const WillEntry& mark, TimePoint now);
  void confirm(Held held, TimePoint now);
  void empty(Held held, TimePoint now);
  void put_back(const std::string& client, TimePoint now);
  void count_lost(Holding& holding);
  void uncount_lost(Holding& holding);
  void look_at_releasing(Held held, TimePoint now);
  static TimePoint due(const Holding& holding);
  void look_at_waiting(Held held, TimePoint now);
  void mark(Held held, TimePoint now);
  void publish_marked(TimePoint now);
  void publish_unaided(Held held, TimePoint now);
  static std::vector<api::WillParams> take_wills(Holding& holding, TimePoint until);
  void finish(Held held, TimePoint now);
  void forget(Held held);
  void erase(Held held);

  // Those of daemons that have died
  void look_at_orphan(const std::string& client, TimePoint now);
  void look_at_orphans(TimePoint now);
  void end_mourning(TimePoint now);
  void sweep(TimePoint now);

  Options options_;
  Port& port_;
  WillTopics topics_;
  Owner self_;
  Instances instances_;
  Outgoing outgoing_;
  Standings standings_;
  Holdings holdings_;
  Agenda agenda_;                   // not all who are on it still need it
  std::deque<std::string> marked_;  // clients whose wills wait to be published
  std::size_t publishing_ = 0;
  std::size_t lost_ = 0;  // holdings of clients that were lost here
  std::size_t lost_bytes_ = 0;

  Mode mode_ = Mode::down;
  bool read_under_way_ = false;
  bool read_again_ = false;
  std::optional<TimePoint> next_read_;  // after one that was cut
  std::optional<TimePoint> give_up_at_;
  bool given_up_ = false;                    // for now the broker does not help
  std::unordered_set<std::string> touched_;  // topics: written since the read began
  // Daemons whose death came later than the last whole read began, and earlier than the one under way.
  std::set<std::string, std::less<>> died_;
  std::set<std::string, std::less<>> died_before_read_;
  std::set<std::uint64_t> own_epochs_;
  std::string own_record_;  // as it was written last
  std::uint64_t record_count_ = 0;
  std::uint64_t kept_count_ = 0;          // of the last one that has stood in the broker; 0: none
  std::optional<TimePoint> next_record_;  // something was written since
  bool record_seen_ = false;              // on this link
  bool memory_lost_ = false;              // while a set is taken: the broker has forgotten what it had
  bool found_dead_ = false;               // until a set has been taken: this daemon was taken for dead
  bool taking_ = false;                   // a set
  bool leaving_ = false;                  // no client comes any more
  // What is here is the others', whose delays begin so much later.
  std::optional<std::chrono::seconds> left_;
  bool full_ = false;  // there are too many entries, and that has been said
  std::optional<TimePoint> next_sweep_;
  std::uint64_t nonces_ = 0;
};

}  // namespace lobbyd::hub
