#pragma once

// What a hub is made of: its parts, joined to each other, to the broker's events and to the time. The verbs of Hub are
// carried out on it.

#include "service/hub/client.hpp"
#include "service/hub/client_table.hpp"
#include "service/hub/fan_out.hpp"
#include "service/hub/hub.hpp"
#include "service/hub/live_messages.hpp"
#include "service/hub/names.hpp"
#include "service/hub/origins.hpp"
#include "service/hub/pending.hpp"
#include "service/hub/publishing.hpp"
#include "service/hub/reading_again.hpp"
#include "service/hub/request_checks.hpp"
#include "service/hub/retained_link.hpp"
#include "service/hub/subscribing.hpp"
#include "service/hub/subscriptions.hpp"
#include "service/hub/will_keeper.hpp"
#include "service/upstream/lifeline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace lobbyd::hub {

struct Hub::Core final : private upstream::BrokerEvents {
  using Clock = std::chrono::steady_clock;

  Core(boost::asio::any_io_executor executor, Options its_options, upstream::BrokerOptions broker_options);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  virtual ~Core();

  // As Hub's; `stop` when the clients have been detached.
  void start(StatusHandler on_status_change, std::move_only_function<void()> on_namesake);
  void stop(std::chrono::milliseconds deadline, std::move_only_function<void()> done);

  // Its publisher is opened.
  Client& open(Client& client);
  // Nothing comes for it any more; its publisher stays.
  std::shared_ptr<Client> remove(Client& client);

  // To be called at the end of each verb: something may be due earlier than before.
  void follow();
  // The same, and the request has to be answered in time; null where it has been.
  void follow(const std::shared_ptr<Expiring>& request);

  Options options;
  std::uint64_t epoch;  // of this run
  Names names;
  upstream::Broker broker;
  Subscriptions subscriptions;
  RequestChecks checks;
  RetainedLink retained;
  Subscribing subscribing;
  FanOut fan_out;
  LiveMessages live;
  ReadingAgain reading_again;
  Origins origins;
  Publishing publishing;
  WillKeeper wills;
  Deadlines deadlines;
  ClientTable clients;

 private:
  const Client* find(std::string_view origin) const;
  void stop_broker();
  void tell_services(bool forgetful);
  void on_timer();

  // upstream::BrokerEvents
  void on_status(const upstream::BrokerStatus& status) override;
  void on_message(upstream::LaneId lane, const mqtt::Publish& message) override;
  void on_batch_end() override;
  void on_lane_up(upstream::LaneId lane, bool session_present) override;
  void on_lane_down(upstream::LaneId lane) override;
  void on_lane_restored(upstream::LaneId lane) override;

  boost::asio::steady_timer timer_;
  std::optional<Clock::time_point> armed_;
  std::optional<Clock::time_point> narrow_at_;
  bool forgetful_ = false;  // some session has been made anew since the lane of the filters was restored last
  Clock::time_point stop_by_;
  std::move_only_function<void()> stopped_;  // once told to stop, until the broker is
  StatusHandler on_status_;
  upstream::Lifeline lifeline_;
};

}  // namespace lobbyd::hub
