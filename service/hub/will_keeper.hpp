#pragma once

// Joins the registry of wills to the broker and to the clients: its messages travel on the daemon's own lane, the wills
// on the publish connection of their client. Before anything else it looks whether another daemon of this name lives.
//
// One loop, as the hub.

#include "protocol/api/params.hpp"
#include "protocol/api/results.hpp"
#include "protocol/mqtt/packets.hpp"
#include "service/hub/client.hpp"
#include "service/hub/hub.hpp"
#include "service/hub/pending.hpp"
#include "service/hub/publishing.hpp"
#include "service/hub/request_checks.hpp"
#include "service/hub/retained_link.hpp"
#include "service/hub/service_wills.hpp"
#include "service/hub/wills/namesake.hpp"
#include "service/hub/wills/registry.hpp"
#include "service/upstream/broker.hpp"
#include "service/upstream/publish_pace.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace lobbyd::hub {

class WillKeeper final : private WillRegistry::Port, private Namesake::Port {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Registered = std::move_only_function<void(api::WillState)>;
  using Done = std::move_only_function<void()>;

  // What the connection of lane `own` carries as its MQTT will; none where wills are not shared.
  static std::optional<mqtt::WillOptions> own_will(const Options& options, std::uint64_t epoch);

  // `on_timeout_changed`: `next_timeout` may be another now.
  WillKeeper(const Options& options, std::uint64_t epoch, upstream::Broker& broker, RetainedLink& retained,
             const RequestChecks& checks, Publishing& publishing, Done on_timeout_changed);
  WillKeeper(const WillKeeper&) = delete;
  WillKeeper& operator=(const WillKeeper&) = delete;
  ~WillKeeper() = default;

  // Starts the broker, perhaps later: `on_namesake` is called instead where another daemon of this name lives, and also
  // if that is found out later.
  void start(Done on_namesake);

  // Clients -----------------------------------------------------------------------------------------------------------

  // Perhaps again, when it was lost and has stayed attached.
  void arrive(Client& client, TimePoint now);
  // The wills of services have changed.
  void renew(Client& client, TimePoint now);
  void set_service_wills_source(const ServiceWills& source) { service_wills_ = &source; }
  // The client's connection is lost, and it stays attached.
  void lose(const std::shared_ptr<Client>& client, TimePoint now);
  // Whether its wills outlive this daemon now.
  bool stands(const Client& client) const { return registry_.stands(client.id); }
  // Answers once it is known, at the latest after 5 s; perhaps at once. Right behind `arrive`.
  void when_registered(Client& client, TimePoint now, Registered answer);
  // As Hub::detach. Returns what waits, for its deadline.
  std::shared_ptr<Expiring> leave(const std::shared_ptr<Client>& client, Departure departure, TimePoint now,
                                  Answer<std::monostate> answer);
  bool held_elsewhere(const std::string& client_id) const { return registry_.held_elsewhere(client_id); }
  bool has_lost_clients() const { return registry_.has_lost_clients(); }

  // The broker --------------------------------------------------------------------------------------------------------

  void on_lane_restored(upstream::LaneId lane, TimePoint now);
  void on_lane_down(upstream::LaneId lane);
  // False where the message is for others.
  bool take(upstream::LaneId lane, const mqtt::Publish& message, TimePoint now);

  // Calls `done` when all has been done for those that have gone, at the latest at `deadline`.
  void stop(TimePoint deadline, TimePoint now, Done done);

  std::optional<TimePoint> next_timeout() const;
  void handle_timeout(TimePoint now);

 private:
  struct Present {
    Client* client = nullptr;
    bool waits = false;  // the registry will tell
    Registered answer;
    TimePoint until;  // the answer waits
  };
  struct Departed {
    std::shared_ptr<Client> client;
    std::shared_ptr<Farewell> farewell;
  };
  enum class Happened : std::uint8_t { registered, released, taken_over, vanished, mourned, forgotten, published };
  struct Event {
    Happened what;
    std::string client;
  };

  // WillRegistry::Port
  std::uint64_t unix_time() const override;
  bool write(const std::string& topic, const std::string& text) override;
  std::size_t max_bytes() const override;
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
  // Namesake::Port
  void ask(const std::string& nonce) override;

  bool shared() const { return options_.shared_wills; }
  static upstream::Message retained_message(const std::string& topic, const std::string& text);
  void look_at_namesake();
  void take_visit(const mqtt::Publish& message, TimePoint now);
  void on_read(const RetainedSet& set, TimePoint now);
  static std::vector<api::WillParams> wills_of(const Client& client);
  std::vector<upstream::Message> permitted(const std::string& client, std::vector<api::WillParams> wills) const;
  // For every call of the registry: it must not be called from within itself.
  template <class Function>
  void enter(TimePoint now, const Function& function) {
    const bool outer = std::exchange(inside_, true);
    function();
    inside_ = outer;
    if (!outer) {
      settle(now);
    }
  }
  void settle(TimePoint now);
  void tell(const Event& event, TimePoint now);
  void answer(Present& present, bool registered);
  void mourn(const std::shared_ptr<Client>& client, std::shared_ptr<Farewell> farewell, std::chrono::milliseconds after,
             bool at_once, TimePoint now);
  void bury(const std::string& client);
  void rest(Client& client);
  bool mourns(const Client& client) const;
  void forget(const Client& client);
  void continue_stop(TimePoint now);

  const Options& options_;
  upstream::Broker& broker_;
  RetainedLink& retained_;
  const RequestChecks& checks_;
  Publishing& publishing_;
  Done on_timeout_changed_;
  Done on_namesake_;
  const ServiceWills* service_wills_ = nullptr;  // null: there are no services
  upstream::PublishPace pace_;
  upstream::PublisherId publisher_{};  // for wills of clients that were never here
  std::unordered_map<std::string, Present> present_;
  std::unordered_map<std::string, Departed> departed_;
  std::unordered_multimap<std::string, std::shared_ptr<Farewell>> releases_;
  std::deque<std::pair<TimePoint, std::string>> patience_;  // until when `connect` waits, in order
  std::deque<Event> events_;  // what the registry has told and is still to be done, when its function has returned
  bool inside_ = false;       // the registry
  Done stopped_;
  TimePoint stop_by_;
  bool left_ = false;
  std::optional<Namesake> namesake_;  // until it has been looked for
  WillRegistry registry_;
};

}  // namespace lobbyd::hub
