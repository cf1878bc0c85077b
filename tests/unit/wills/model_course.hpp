#pragma once

// One course: some daemons, some clients and a broker, all faults and all chance from one seed.
//
//   storm      clients come, leave, move and are lost; daemons are killed, drained, cut off and stand still; the broker
//              is restarted, with and without its memory
//   recovery   nothing breaks any more, and after a while everything has to be as it should
//
// What is checked, for each client's connection (a *session*), of which each has wills of its own:
//
//   - no will of one that is served, or that left in order, is published;
//   - none of one that was registered is published behind the moment in which a later session of the client is;
//   - those of one that was lost, and whose client has not come again, are published, once; twice only if who published
//     was disturbed in it;
//   - in the end each entry is that of a client that is served, and each of these has one.
//
// Daemons that were taken for dead are excused from the first three, but have to tell their clients; and only those
// that were cut off or stood still may be taken for dead. Clients that move from or to a daemon in the moment of its
// death are excused, too. What the broker forgets nobody can know.

#include "tests/unit/simulation/journal.hpp"
#include "tests/unit/wills/model_broker.hpp"
#include "tests/unit/wills/model_daemon.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::hub::model {

class Course final : private ModelClients {
 public:
  // `everything` gets a line for each thing that happens; may be null.
  Course(std::uint32_t seed, std::ostream* everything);
  Course(const Course&) = delete;
  Course& operator=(const Course&) = delete;
  ~Course() = default;

  // The rules that were broken.
  std::vector<std::string> run();
  std::size_t published() const { return published_; }

 private:
  struct Kinds {
    bool daemons_die = false;
    bool daemons_drain = false;
    bool links_break = false;
    bool daemons_are_cut_off = false;
    bool broker_restarts = false;
    bool broker_forgets = false;
    bool reads_are_cut = false;
    bool clocks_differ = false;
    Duration delay{0};
  };
  struct Session {
    enum class End { none, leaving, left, taken_over, lost, killed };

    std::string client;
    ModelDaemon* daemon = nullptr;
    std::vector<api::WillParams> wills;
    End end = End::none;
    bool away = false;  // the client is gone, and its daemon may not know yet
    TimePoint came{};
    std::optional<TimePoint> answered;    // `connect`
    std::optional<TimePoint> registered;  // for the first time
    std::optional<TimePoint> ended;
    bool mourned = false;     // it was told
    bool excused = false;     // its daemon was taken for dead
    bool forgotten = false;   // the broker has lost what it had, since
    bool followed = false;    // the client has come again
    bool superseded = false;  // behind its registration, and that session has been registered
    std::vector<int> copies;  // of each will, that were published
    int disturbances = 0;
    int attempts = 0;
  };

  static Kinds kinds_from(Dice& dice);
  void storm();
  void act();
  void act_on_clients();
  void act_on_daemons();
  void act_on_broker();
  void start_daemon(const std::string& name);
  void excuse_those_who_move(const ModelDaemon& daemon);
  void kill(ModelDaemon& daemon);
  void drain(ModelDaemon& daemon);
  void come(const std::string& client);
  void go(std::size_t session);
  void lose_later(std::size_t session);
  std::vector<api::WillParams> some_wills(std::size_t session);
  ModelDaemon* some_daemon();
  std::optional<std::size_t> some_session();
  std::optional<std::size_t> session_at(const ModelDaemon& daemon, const std::string& client) const;
  void end(Session& session, Session::End how);
  // Which of two connections is the later is told by the daemons' clocks where neither knew of the other.
  Duration clocks_apart() const;
  void answer(Session& session);

  void on_registered(ModelDaemon& daemon, const std::string& client) override;
  void on_released(ModelDaemon& daemon, const std::string& client) override;
  void on_taken_over(ModelDaemon& daemon, const std::string& client) override;
  void on_mourned(ModelDaemon& daemon, const std::string& client) override;
  void on_publishing(ModelDaemon& daemon, const api::WillParams& will) override;
  void on_disturbed(ModelDaemon& daemon, const api::WillParams& will) override;
  void on_will(const std::string& topic, const std::string& text);
  void on_declared_dead(const std::string& instance, std::uint64_t epoch);

  void check();
  void check_session(std::size_t number);
  void check_entries();
  std::string name_of(std::size_t session) const;
  void expect(bool condition, std::size_t session, const std::string& rule);

  Dice dice_;
  Kinds kinds_;
  Schedule schedule_;
  simulation::Journal journal_;
  ModelBroker broker_;
  std::vector<std::string> names_;
  std::vector<std::string> clients_;
  std::vector<std::unique_ptr<ModelDaemon>> daemons_;  // all runs
  std::map<std::string, ModelDaemon*> running_;        // the last of each name
  std::vector<Session> sessions_;
  std::map<std::pair<const ModelDaemon*, std::string>, std::vector<std::size_t>> releasing_;
  std::set<std::pair<std::string, std::uint64_t>> dead_;
  int acts_left_;
  bool storm_is_over_ = false;
  std::size_t published_ = 0;
};

}  // namespace lobbyd::hub::model
