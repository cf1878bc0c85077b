#pragma once

#include "protocol/mqtt/client.hpp"
#include "tests/unit/simulation/dice.hpp"
#include "tests/unit/simulation/journal.hpp"
#include "tests/unit/simulation/records.hpp"
#include "tests/unit/simulation/schedule.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::simulation {

// Who uses the client: publishes, takes messages at once or later and in any order, and wants filters to be held, for
// which it asks again after the loss of a connection.
class Application final : public mqtt::ClientEvents {
 public:
  using Filters = std::map<std::string, mqtt::QoS>;

  Application(Schedule& schedule, Journal& journal, Dice& dice);

  // Once, before anything else. `flush` is called when there may be output outside of the client's events.
  void attach(mqtt::Client& client, std::function<void()> flush);
  void link_lost();

  void publish();
  // Gives up what is in flight.
  void abandon();
  void change_filters();
  // From here on messages are taken at once.
  void hurry();

  bool is_idle() const;
  Filters wanted() const;
  // Whether what the broker has told is what it holds.
  bool is_right_about(const Filters& held) const;
  // How often the client has told of a session that is surely new.
  unsigned new_sessions() const { return new_sessions_; }
  const NumbersByQos& reported() const { return reported_; }
  const NumbersByQos& taken() const { return taken_; }
  // QoS 1 and 2, by number.
  const std::set<unsigned>& published() const { return published_; }
  const std::map<unsigned, mqtt::ReasonCode>& answered() const { return answered_; }
  const std::set<unsigned>& abandoned() const { return abandoned_; }

  void on_connected(const mqtt::ServerLimits& limits) override;
  void on_publish(const mqtt::Publish& publish) override;
  void on_published(mqtt::Tag tag, mqtt::ReasonCode reason) override;
  void on_subscribed(mqtt::Tag tag, std::span<const mqtt::ReasonCode> reasons) override;
  void on_unsubscribed(mqtt::Tag tag, std::span<const mqtt::ReasonCode> reasons) override;
  void on_failed(const mqtt::Failure& failure) override;

 private:
  using Held = std::optional<mqtt::QoS>;  // empty: not held
  struct Filter {
    std::string_view name;
    Held wanted;
    Held standing;                     // at the broker
    bool is_sure = true;               // of that
    std::optional<mqtt::Tag> pending;  // the request under way
    Held asked;                        // by it

    bool is_as_wanted() const { return !pending && is_sure && standing == wanted; }
  };

  void take_later();
  void take_one();
  void pursue();
  void ask(Filter& filter);
  void settle(mqtt::Tag tag, mqtt::ReasonCode reason);

  Schedule& schedule_;
  Journal& journal_;
  Dice& dice_;
  mqtt::Client* client_ = nullptr;
  std::function<void()> flush_;
  bool hurries_ = false;
  unsigned last_number_ = 0;
  unsigned new_sessions_ = 0;
  std::array<Filter, 3> filters_;
  std::vector<std::pair<std::uint16_t, Message>> untaken_;
  NumbersByQos reported_;
  NumbersByQos taken_;
  std::set<unsigned> published_;
  std::map<unsigned, mqtt::ReasonCode> answered_;
  std::set<unsigned> abandoned_;
};

}  // namespace lobbyd::simulation
