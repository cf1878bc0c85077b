#include "service/hub/hub.hpp"

#include "service/hub/client.hpp"
#include "service/hub/client_table.hpp"
#include "service/hub/fan_out.hpp"
#include "service/hub/live_messages.hpp"
#include "service/hub/names.hpp"
#include "service/hub/origins.hpp"
#include "service/hub/pending.hpp"
#include "service/hub/publishing.hpp"
#include "service/hub/reading_again.hpp"
#include "service/hub/request_checks.hpp"
#include "service/hub/retained_call.hpp"
#include "service/hub/retained_link.hpp"
#include "service/hub/subscribing.hpp"
#include "service/hub/subscriptions.hpp"
#include "service/hub/will_keeper.hpp"
#include "service/schedule/earliest.hpp"
#include "service/upstream/lifeline.hpp"

#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace lobbyd::hub {

namespace {

using Clock = std::chrono::steady_clock;

template <class Result>
void refuse(Answer<Result>& answer, api::Error error) {
  answer(std::unexpected(std::move(error)));
}

std::uint64_t unix_milliseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

// What the wills need of lane `own`, on one connection, where an order holds: the filters that are held, the echo, and
// two of a read.
Options what_is_possible(Options options, const upstream::BrokerTraits& broker) {
  if (options.shared_wills && !broker.filters.has_room(WillTopics::filters_held + 2)) {
    spdlog::warn("wills are kept by this daemon alone, and do not survive it: that takes {} filters on a connection",
                 WillTopics::filters_held + 3);
    options.shared_wills = false;
  }
  return options;
}

}  // namespace

class Hub::Implementation final : public upstream::BrokerEvents {
 public:
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  virtual ~Implementation() { clients_.abandon_all(); }
  Implementation(boost::asio::any_io_executor executor, Options options, upstream::BrokerOptions broker)
      : options_(what_is_possible(std::move(options), broker.traits)),
        names_(ClosedNames(options_.prefix, options_.shared_filters), broker.traits.topics),
        broker_(executor, with_will(std::move(broker)), *this),
        subscriptions_(broker_),
        checks_(options_, names_, broker_, subscriptions_),
        retained_(broker_, names_, options_, [this] { arm_timer(); }),
        subscribing_(options_, subscriptions_, retained_.reader()),
        live_(
            names_, subscriptions_, fan_out_, subscribing_, [this](std::string_view origin) { return find(origin); },
            options_.joined_bytes),
        reading_again_(subscriptions_, retained_.reader(), fan_out_, &Clock::now),
        publishing_(options_, origins_, broker_, subscriptions_),
        wills_(options_, epoch_, broker_, retained_, checks_, publishing_, [this] { arm_timer(); }),
        deadlines_(options_.request_timeout),
        timer_(executor) {}

  void start(StatusHandler on_status, std::move_only_function<void()> on_namesake) {
    on_status_ = std::move(on_status);
    retained_.start();
    wills_.start(std::move(on_namesake));
  }

  void stop(std::chrono::milliseconds deadline, std::move_only_function<void()> done) {
    stopped_ = std::move(done);
    for (Client* client : clients_.clients()) {
      detach(*client, Departure::drained, {});
    }
    const auto now = Clock::now();
    stop_by_ = now + deadline;
    // A broker that is being stopped takes no more publishes.
    wills_.stop(stop_by_, now, [this] { stop_broker(); });
  }

  const upstream::Broker& broker() const { return broker_; }
  const Publishing& publishing() const { return publishing_; }
  WillKeeper& wills() { return wills_; }

  // Clients -----------------------------------------------------------------------------------------------------------

  Client& attach(std::string client_id, std::string user, Receiver& receiver, std::optional<api::WillParams> will,
                 std::chrono::seconds longest_delay) {
    Client& client = open(clients_.add(std::move(client_id), std::move(user), receiver));
    client.will = std::move(will);
    client.longest_delay = longest_delay;
    wills_.arrive(client, Clock::now());
    return client;
  }

  void detach(Client& client, Departure departure, Answer<std::monostate> answer) {
    const std::shared_ptr<Client> leaving = remove(client);
    const auto now = Clock::now();
    deadlines_.add(wills_.leave(leaving, departure, now, std::move(answer)), now);
    arm_timer();
  }

  void lose(Client& client) {
    if (!std::exchange(client.lost, true)) {
      wills_.lose(client.shared_from_this(), Clock::now());
      arm_timer();
    }
  }

  api::WillState regain(Client& client, std::optional<api::WillParams> will, std::chrono::seconds longest_delay) {
    client.lost = false;
    // It stands in the broker as it was: the new claim takes its place.
    const bool survives = !will && client.will && wills_.stands(client);
    client.longest_delay = longest_delay;
    if (will) {
      client.will = std::move(will);
    }
    wills_.arrive(client, Clock::now());
    arm_timer();
    if (!client.will) {
      return api::WillState::none;
    }
    return survives ? api::WillState::registered : api::WillState::pending;
  }

  const RequestChecks& checks() const { return checks_; }
  const Names& names() const { return names_; }

  // Services ----------------------------------------------------------------------------------------------------------

  Client& attach_service(Receiver& receiver) { return open(clients_.add_service(receiver)); }

  void detach_service(Client& service) {
    publishing_.close_publisher(*remove(service));
    arm_timer();
  }

  void subscribe_service(Client& service, std::vector<std::string> filters, Answer<api::SubscribeResult> answer) {
    api::SubscribeParams params{.filters = std::move(filters), .qos = 1};
    // What it misses during a break of the link a service asks for itself.
    params.retained = false;
    deadlines_.add(subscribing_.subscribe(service, std::move(params), true, std::move(answer)), Clock::now());
    arm_timer();
  }

  void unsubscribe_service(Client& service, const std::vector<std::string>& filters) {
    for (const std::string& filter : filters) {
      subscriptions_.remove(service, filter);
    }
    arm_timer();
  }

  void publish_service(Client& service, upstream::Message message, Answer<std::monostate> answer) {
    deadlines_.add(publishing_.publish(service, std::move(message), std::move(answer)), Clock::now());
    arm_timer();
  }

  void read_closed(Client& service, std::vector<std::string> filters, Answer<RetainedResult> answer) {
    read(service, std::move(filters), std::move(answer));
  }

  void set_service_wills(Client& client, std::vector<api::WillParams> wills) {
    client.service_wills = std::move(wills);
    wills_.renew(client, Clock::now());
    arm_timer();
  }

  // Requests ----------------------------------------------------------------------------------------------------------

  void subscribe(Client& client, api::SubscribeParams params, Answer<api::SubscribeResult> answer) {
    if (auto allowed = checks_.subscribe(client, params); !allowed) {
      return refuse(answer, std::move(allowed.error()));
    }
    params.qos = std::min(params.qos, static_cast<std::uint8_t>(options_.max_qos));
    const auto& capabilities = broker_.capabilities();
    const bool read = params.retained && (!capabilities || capabilities->retain);
    deadlines_.add(subscribing_.subscribe(client, std::move(params), read, std::move(answer)), Clock::now());
    arm_timer();
  }

  void unsubscribe(Client& client, const api::UnsubscribeParams& params, Answer<std::monostate> answer) {
    if (auto allowed = checks_.unsubscribe(client, params); !allowed) {
      return refuse(answer, std::move(allowed.error()));
    }
    for (const std::string& filter : params.filters) {
      subscriptions_.remove(client, filter);
    }
    answer(std::monostate{});
    arm_timer();
  }

  void publish(Client& client, api::PublishParams params, Answer<api::PublishResult> answer) {
    if (auto allowed = checks_.publish(params); !allowed) {
      return refuse(answer, std::move(allowed.error()));
    }
    const auto now = Clock::now();
    deadlines_.add(publishing_.publish(client, std::move(params), now, std::move(answer)), now);
    arm_timer();
  }

  void read_retained(Client& client, std::string filter, Answer<RetainedResult> answer) {
    if (auto allowed = checks_.read_retained(filter); !allowed) {
      return refuse(answer, std::move(allowed.error()));
    }
    read(client, {std::move(filter)}, std::move(answer));
  }

 private:
  Client& open(Client& client) {
    client.publisher = broker_.open_publisher();
    return client;
  }

  std::shared_ptr<Client> remove(Client& client) {
    std::shared_ptr<Client> leaving = clients_.remove(client);
    leaving->hold_back.take();
    reading_again_.forget(*leaving);
    retained_.reader().forget(&client, Clock::now());
    subscriptions_.remove_all(*leaving);
    leaving->order.end_all_subscribes();
    return leaving;
  }

  const Client* find(std::string_view origin) const { return clients_.find(origins_.serial_of(origin).value_or(0)); }

  void stop_broker() {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(stop_by_ - Clock::now());
    broker_.stop(std::max(left, std::chrono::milliseconds(0)), std::exchange(stopped_, nullptr));
  }

  upstream::BrokerOptions with_will(upstream::BrokerOptions broker) const {
    broker.will = WillKeeper::own_will(options_, epoch_);
    return broker;
  }

  void read(Client& asker, std::vector<std::string> filters, Answer<RetainedResult> answer) {
    const auto now = Clock::now();
    deadlines_.add(ask_for_retained(retained_.reader(), asker, std::move(filters), now, std::move(answer)), now);
    arm_timer();
  }

  // upstream::BrokerEvents --------------------------------------------------------------------------------------------

  void on_status(const upstream::BrokerStatus& status) override {
    clients_.tell(status);
    if (on_status_) {
      on_status_(status);
    }
  }

  void on_lane_up(upstream::LaneId lane, bool session_present) override {
    if (lane == upstream::LaneId::subscriptions) {
      forgetful_ = forgetful_ || !session_present;
      const upstream::Capabilities capabilities = broker_.capabilities(lane);
      subscriptions_.upstream().on_lane_up(capabilities);
      subscribing_.set_retain_as_published(capabilities.protocol == mqtt::Version::v5);
    }
  }

  void on_lane_restored(upstream::LaneId lane) override {
    const auto now = Clock::now();
    if (lane == upstream::LaneId::own) {
      retained_.on_own_lane_restored(now);
    } else if (lane == upstream::LaneId::subscriptions) {
      retained_.on_clients_lane_restored();
      if (broker_.capabilities()->retain) {
        deadlines_.add(reading_again_.start(), now);
      }
      tell_services(std::exchange(forgetful_, false));
    }
    wills_.on_lane_restored(lane, now);
    arm_timer();
  }

  void on_lane_down(upstream::LaneId lane) override {
    live_.flush();
    if (lane == upstream::LaneId::own) {
      retained_.on_own_lane_down(Clock::now());
    }
    wills_.on_lane_down(lane);
  }

  void on_message(upstream::LaneId lane, const mqtt::Publish& message) override {
    const auto now = Clock::now();
    if (wills_.take(lane, message, now)) {
      return;
    }
    if (retained_.concerns(lane, message)) {
      live_.flush();  // it tells what has come before it
      retained_.take(lane, message, now);
    } else {
      live_.take(lane, message, now);
    }
  }

  void tell_services(bool forgetful) {
    for (Client* service : clients_.services()) {
      service->receiver->on_restored(forgetful);
    }
  }

  void on_batch_end() override {
    live_.flush();
    arm_timer();
  }

  // Time --------------------------------------------------------------------------------------------------------------

  void arm_timer() {
    deadlines_.trim();
    if (!narrow_at_ && subscriptions_.upstream().may_narrow()) {
      narrow_at_ = Clock::now() + options_.narrow_after;
    }
    const Due next =
        earliest({retained_.reader().next_timeout(), deadlines_.next(), wills_.next_timeout(), narrow_at_});
    if (!next || (armed_ && *armed_ <= *next)) {
      return;
    }
    armed_ = next;
    timer_.expires_at(*next);
    timer_.async_wait(lifeline_.guard([this](const boost::system::error_code& error) {
      if (!error) {
        on_timer();
      }
    }));
  }

  void on_timer() {
    armed_.reset();
    const auto now = Clock::now();
    retained_.reader().handle_timeout(now);
    deadlines_.expire(now);
    wills_.handle_timeout(now);
    if (narrow_at_ && *narrow_at_ <= now) {
      narrow_at_.reset();
      subscriptions_.upstream().narrow();
    }
    arm_timer();
  }

  Options options_;
  std::uint64_t epoch_ = unix_milliseconds();  // of this run
  Names names_;
  upstream::Broker broker_;
  Subscriptions subscriptions_;
  RequestChecks checks_;
  RetainedLink retained_;
  Subscribing subscribing_;
  FanOut fan_out_;
  LiveMessages live_;
  ReadingAgain reading_again_;
  Origins origins_;
  Publishing publishing_;
  WillKeeper wills_;
  Deadlines deadlines_;
  boost::asio::steady_timer timer_;
  std::optional<Clock::time_point> armed_;
  std::optional<Clock::time_point> narrow_at_;
  bool forgetful_ = false;  // some session has been made anew since the lane of the filters was restored last
  Clock::time_point stop_by_;
  std::move_only_function<void()> stopped_;  // once told to stop, until the broker is
  ClientTable clients_;
  StatusHandler on_status_;
  upstream::Lifeline lifeline_;
};

Hub::Hub(boost::asio::any_io_executor executor, Options options, upstream::BrokerOptions broker)
    : implementation_(std::make_unique<Implementation>(std::move(executor), std::move(options), std::move(broker))) {}
Hub::~Hub() = default;

void Hub::start(StatusHandler on_status, std::move_only_function<void()> on_namesake) {
  implementation_->start(std::move(on_status), std::move(on_namesake));
}
void Hub::stop(std::chrono::milliseconds deadline, std::move_only_function<void()> done) {
  implementation_->stop(deadline, std::move(done));
}
const upstream::BrokerStatus& Hub::broker_status() const {
  return implementation_->broker().status();
}
const std::optional<upstream::Capabilities>& Hub::broker_capabilities() const {
  return implementation_->broker().capabilities();
}
Client& Hub::attach(std::string client_id, std::string user, Receiver& receiver, std::optional<api::WillParams> will,
                    std::chrono::seconds longest_delay) {
  return implementation_->attach(std::move(client_id), std::move(user), receiver, std::move(will), longest_delay);
}
void Hub::detach(Client& client, Departure departure, Answer<std::monostate> answer) {
  implementation_->detach(client, departure, std::move(answer));
}
void Hub::hand_over(Client& client, Receiver& receiver) {
  client.receiver = &receiver;
}
void Hub::lose(Client& client) {
  implementation_->lose(client);
}
api::WillState Hub::regain(Client& client, std::optional<api::WillParams> will, std::chrono::seconds longest_delay) {
  return implementation_->regain(client, std::move(will), longest_delay);
}
void Hub::when_will_is_known(Client& client, std::move_only_function<void(api::WillState)> answer) {
  implementation_->wills().when_registered(client, Clock::now(), std::move(answer));
}
bool Hub::is_served_elsewhere(const std::string& client_id) const {
  return implementation_->wills().held_elsewhere(client_id);
}
std::vector<api::Subscription> Hub::subscriptions(const Client& client) const {
  std::vector<api::Subscription> subscriptions;
  for (const HeldFilter& held : client.filters) {
    const Member& member = held.filter->members[held.member];
    subscriptions.push_back({.filter = held.filter->text,
                             .qos = static_cast<std::uint8_t>(member.qos),
                             .delivery = member.mode,
                             .no_local = member.no_local});
  }
  return subscriptions;
}
bool Hub::has_delayed_wills() const {
  return implementation_->wills().has_lost_clients();
}
bool Hub::has_wills_on_their_way() const {
  return implementation_->publishing().has_wills_on_their_way();
}
std::expected<void, api::Error> Hub::check_will(const api::WillParams& will) const {
  return implementation_->checks().will(will);
}
void Hub::subscribe(Client& client, api::SubscribeParams params, Answer<api::SubscribeResult> answer) {
  implementation_->subscribe(client, std::move(params), std::move(answer));
}
void Hub::unsubscribe(Client& client, const api::UnsubscribeParams& params, Answer<std::monostate> answer) {
  implementation_->unsubscribe(client, params, std::move(answer));
}
void Hub::publish(Client& client, api::PublishParams params, Answer<api::PublishResult> answer) {
  implementation_->publish(client, std::move(params), std::move(answer));
}
bool Hub::crowded(const Client& client) const {
  return implementation_->broker().crowded(client.publisher);
}
void Hub::set_service_wills_source(const ServiceWills& source) {
  implementation_->wills().set_service_wills_source(source);
}
Client& Hub::attach_service(Receiver& receiver) {
  return implementation_->attach_service(receiver);
}
void Hub::detach_service(Client& service) {
  implementation_->detach_service(service);
}
void Hub::subscribe_service(Client& service, std::vector<std::string> filters, Answer<api::SubscribeResult> answer) {
  implementation_->subscribe_service(service, std::move(filters), std::move(answer));
}
void Hub::unsubscribe_service(Client& service, const std::vector<std::string>& filters) {
  implementation_->unsubscribe_service(service, filters);
}
void Hub::publish_service(Client& service, upstream::Message message, Answer<std::monostate> answer) {
  implementation_->publish_service(service, std::move(message), std::move(answer));
}
void Hub::read_closed(Client& service, std::vector<std::string> filters, Answer<RetainedResult> answer) {
  implementation_->read_closed(service, std::move(filters), std::move(answer));
}
void Hub::set_service_wills(Client& client, std::vector<api::WillParams> wills) {
  implementation_->set_service_wills(client, std::move(wills));
}
std::expected<void, api::Error> Hub::check_level(std::string_view name) const {
  return implementation_->names().check_level(name);
}
void Hub::read_retained(Client& client, std::string filter, Answer<RetainedResult> answer) {
  implementation_->read_retained(client, std::move(filter), std::move(answer));
}

}  // namespace lobbyd::hub
