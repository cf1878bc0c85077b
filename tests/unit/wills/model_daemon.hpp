#pragma once

// One run of a daemon: a registry, its two connections (one on which it listens and writes, one that publishes wills),
// and what the shell around a registry does.

#include "service/hub/wills/registry.hpp"
#include "tests/unit/simulation/journal.hpp"
#include "tests/unit/wills/model_broker.hpp"
#include "tests/unit/wills/model_link.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lobbyd::hub::model {

// What clients, and whoever watches, see of daemons.
class ModelClients {
 public:
  virtual void on_registered(ModelDaemon& daemon, const std::string& client) = 0;
  virtual void on_released(ModelDaemon& daemon, const std::string& client) = 0;
  virtual void on_taken_over(ModelDaemon& daemon, const std::string& client) = 0;
  virtual void on_mourned(ModelDaemon& daemon, const std::string& client) = 0;
  // The daemon begins to publish this will; the publishing is disturbed when the daemon or its connection ends before
  // the entry is emptied.
  virtual void on_publishing(ModelDaemon& daemon, const api::WillParams& will) = 0;
  virtual void on_disturbed(ModelDaemon& daemon, const api::WillParams& will) = 0;

 protected:
  ~ModelClients() = default;
};

struct Surroundings {
  Schedule& schedule;
  Dice& dice;
  simulation::Journal& journal;
  ModelBroker& broker;
  ModelClients& clients;
  Duration delay;  // of a packet, at most
  bool reads_are_cut;
};

class ModelDaemon final : private WillRegistry::Port {
 public:
  ModelDaemon(Surroundings surroundings, std::string name, Duration skew);
  ModelDaemon(const ModelDaemon&) = delete;
  ModelDaemon& operator=(const ModelDaemon&) = delete;
  virtual ~ModelDaemon() = default;

  const std::string& name() const { return name_; }
  std::uint64_t epoch() const { return registry_.epoch(); }
  bool is_up() const { return !ended_; }
  bool is_draining() const { return draining_; }
  bool stands_still() const { return around_.schedule.now() < paused_until_; }
  // It was cut off, or stood still, or has just begun: its silence may be taken for death.
  bool may_seem_dead(TimePoint now) const;
  void clear_of_trouble() { healed_ = true; }
  bool is_settled() const;

  // Clients: as the gateway does it. `connect` returns whether an answer has to be waited for.
  bool connect(const std::string& client, std::vector<api::WillParams> wills);
  void disconnect(const std::string& client);
  void lose(const std::string& client, Duration after);

  // Faults.
  void kill();
  void drain();
  void cut_own();
  void cut_publishing();
  void partition(Duration time);
  void pause(Duration time);

  // Links.
  void on_link_up(const LinkPtr& link);
  void on_link_lost(const LinkPtr& link);
  void on_message(const LinkPtr& link, const std::string& topic, const std::string& text);
  void on_read(const LinkPtr& link, const ModelBroker::Retained& copies, bool whole);

 private:
  struct Job {
    std::string client;
    std::vector<api::WillParams> wills;
    std::string topic;
    std::optional<std::string> then;
    std::size_t done = 0;  // wills that were answered
  };

  std::uint64_t unix_time() const override;
  bool write(const std::string& topic, const std::string& text) override;
  std::size_t max_bytes() const override { return 1U << 20U; }
  void send(const std::string& topic, const std::string& text) override;
  void read(const std::vector<std::string>& filters) override;
  void publish(const std::string& client, std::vector<api::WillParams> wills, const std::string& topic,
               std::optional<std::string> then) override;
  void on_registered(const std::string& client) override;
  void on_released(const std::string& client) override;
  void on_taken_over(const std::string& client) override;
  void on_inherited(const std::string& client, std::vector<api::WillParams> wills) override;
  void on_vanished(const std::string& client) override;
  void on_mourned(const std::string& client) override;
  void on_forgotten(const std::string& client) override;
  void on_duplicate() override;

  void connect_link(LinkPtr& link, bool own);
  void connect_later(bool own);
  void lose_link(const LinkPtr& link, Duration broker_knows);
  void drop(LinkPtr& link);
  void send_job();
  void on_answered(const LinkPtr& link);
  void look_whether_drained();
  void end();
  void arm();
  void note(const std::string& text);

  Surroundings around_;
  std::string name_;
  Duration skew_;
  bool ended_ = false;
  bool draining_ = false;
  bool left_ = false;
  bool healed_ = false;
  TimePoint drain_until_{};
  TimePoint paused_until_{};
  TimePoint partitioned_until_{};
  TimePoint troubled_{};
  LinkPtr own_;
  LinkPtr publishing_;
  bool own_up_ = false;
  bool publishing_up_ = false;
  std::deque<Job> jobs_;
  std::uint64_t armed_ = 0;
  WillRegistry registry_;
};

}  // namespace lobbyd::hub::model
