#include "service/hub/hub.hpp"

#include "service/hub/client.hpp"
#include "service/hub/fan_out.hpp"
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
#include "service/upstream/lifeline.hpp"

#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace lobbyd::hub {

namespace {

using Clock = std::chrono::steady_clock;

template <class Result>
void refuse(Answer<Result>& answer, api::Error error) {
  answer(std::unexpected(std::move(error)));
}

struct ReadCall : Pending<RetainedResult> {
  ReadCall(RetainedReader& its_reader, Client& asker, Answer<RetainedResult> answer)
      : Pending(asker, std::move(answer)), reader(its_reader) {}
  void expire() override {
    reader.cancel(ticket, Clock::now());
    Pending::expire();
  }

  RetainedReader& reader;
  RetainedReader::Ticket ticket = 0;
};

}  // namespace

class Hub::Implementation final : public upstream::BrokerEvents {
 public:
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  // What waits in a client's order keeps the client, and with it the order.
  virtual ~Implementation() {
    std::vector<std::shared_ptr<Client>> last;
    for (Client* client : *living_) {
      last.push_back(client->shared_from_this());
    }
    for (const std::shared_ptr<Client>& client : last) {
      client->order.abandon();
    }
  }
  Implementation(boost::asio::any_io_executor executor, Options options, upstream::BrokerOptions broker)
      : options_(std::move(options)),
        names_(options_.prefix, broker.traits.topics),
        broker_(executor, std::move(broker), *this),
        subscriptions_(broker_),
        checks_(options_, names_, broker_, subscriptions_),
        retained_(broker_, names_, options_, [this] { arm_timer(); }),
        subscribing_(options_, subscriptions_, retained_.reader()),
        live_(
            subscriptions_, fan_out_, subscribing_, [this](std::string_view origin) { return find(origin); },
            options_.joined_bytes),
        reading_again_(subscriptions_, retained_.reader(), fan_out_, &Clock::now),
        publishing_(options_, origins_, broker_, subscriptions_),
        deadlines_(options_.request_timeout),
        timer_(executor),
        stop_timer_(executor) {}

  void start(StatusHandler on_status) {
    on_status_ = std::move(on_status);
    retained_.start();
    broker_.start();
  }

  void stop(std::chrono::milliseconds deadline, std::move_only_function<void()> done) {
    stopped_ = std::move(done);
    while (!clients_.empty()) {
      detach(*clients_.begin()->second, Departure::lost, {});
    }
    publishing_.fire_all_wills();
    stop_timer_.expires_after(deadline);
    stop_timer_.async_wait(lifeline_.guard([this](const boost::system::error_code& error) {
      if (!error) {
        stop_broker();
      }
    }));
    // A broker that is being stopped takes no more publishes.
    publishing_.when_wills_are_sent([this] { stop_broker(); });
  }

  const upstream::Broker& broker() const { return broker_; }
  const Publishing& publishing() const { return publishing_; }

  // Clients -----------------------------------------------------------------------------------------------------------

  Client& attach(std::string client_id, std::string user, Receiver& receiver, std::optional<api::WillParams> will) {
    std::shared_ptr<Client> client(new Client(std::move(client_id), std::move(user), receiver),
                                   [living = living_](Client* gone) {
                                     living->erase(gone);
                                     delete gone;
                                   });
    living_->insert(client.get());
    client->will = std::move(will);
    client->publisher = broker_.open_publisher();
    client->serial = ++serials_;
    publishing_.arrive(*client);
    Client& attached = *client;
    clients_.emplace(attached.serial, std::move(client));
    return attached;
  }

  void detach(Client& client, Departure departure, Answer<std::monostate> answer) {
    const std::shared_ptr<Client> leaving = std::move(clients_.extract(client.serial).mapped());
    if (leaving->lost && departure != Departure::lost) {
      publishing_.arrive(*leaving);
    }
    leaving->receiver = nullptr;
    leaving->hold_back.take();
    reading_again_.forget(*leaving);
    retained_.reader().forget(&client, Clock::now());
    subscriptions_.remove_all(*leaving);
    leaving->order.end_all_subscribes();
    const bool fires = departure == Departure::lost || departure == Departure::disconnected_with_will;
    std::optional<api::WillParams> will = fires && !leaving->lost ? due_will(*leaving) : std::nullopt;
    if (will && departure == Departure::disconnected_with_will) {
      will->delay = {};
    }
    const auto now = Clock::now();
    deadlines_.add(publishing_.leave(leaving, std::move(will), now, std::move(answer)), now);
    arm_timer();
  }

  void lose(Client& client, std::chrono::seconds longest) {
    if (std::exchange(client.lost, true)) {
      return;
    }
    if (std::optional<api::WillParams> will = due_will(client)) {
      will->delay = std::min(will->delay, longest);
      publishing_.lose(client.shared_from_this(), std::move(*will), Clock::now());
      arm_timer();
    }
  }

  void regain(Client& client, std::optional<api::WillParams> will) {
    client.lost = false;
    if (will) {
      client.will = std::move(will);
    }
    publishing_.arrive(client);
  }

  const RequestChecks& checks() const { return checks_; }

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
    if (retained_.reader().full()) {
      return refuse(answer, {api::Reason::broker_unavailable, "too many reads wait for the broker; try again later"});
    }
    const auto call = std::make_shared<ReadCall>(retained_.reader(), client, std::move(answer));
    const auto now = Clock::now();
    call->ticket = retained_.reader().request(&client, {std::move(filter)}, now,
                                              [call](const RetainedSet& set) { answer_read(*call, set); });
    deadlines_.add(call, now);
    arm_timer();
  }

 private:
  std::optional<api::WillParams> due_will(const Client& client) const {
    if (client.will && !checks_.will(*client.will)) {
      spdlog::warn("the will of client \"{}\" is not published: its topic \"{}\" is closed now", client.id,
                   client.will->topic);
      return std::nullopt;
    }
    return client.will;
  }

  const Client* find(std::string_view origin) const {
    const auto found = clients_.find(origins_.serial_of(origin).value_or(0));
    return found == clients_.end() ? nullptr : found->second.get();
  }

  void stop_broker() {
    if (stopped_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(stop_timer_.expiry() - Clock::now());
      stop_timer_.cancel();
      broker_.stop(std::max(left, std::chrono::milliseconds(0)), std::exchange(stopped_, nullptr));
    }
  }

  static void answer_read(ReadCall& call, const RetainedSet& set) {
    if (set.refused) {
      return call.settle(std::unexpected(api::broker_refused(
          "the broker refused the filter", static_cast<std::uint8_t>(*set.refused), mqtt::name(*set.refused))));
    }
    RetainedResult result{.messages = set.messages, .complete = set.complete};
    std::ranges::sort(result.messages, {}, [](const MessagePtr& message) { return message->topic(); });
    call.settle(std::move(result));
  }

  // upstream::BrokerEvents --------------------------------------------------------------------------------------------

  void on_status(const upstream::BrokerStatus& status) override {
    for (const auto& [serial, client] : clients_) {
      client->receiver->on_broker_status(status);
    }
    if (on_status_) {
      on_status_(status);
    }
  }

  void on_lane_up(upstream::LaneId lane, bool) override {
    if (lane == upstream::LaneId::subscriptions) {
      const upstream::Capabilities capabilities = broker_.capabilities(lane);
      subscriptions_.upstream().on_lane_up(capabilities);
      subscribing_.set_retain_as_published(capabilities.protocol == mqtt::Version::v5);
    }
  }

  void on_lane_restored(upstream::LaneId lane) override {
    const auto now = Clock::now();
    if (lane == upstream::LaneId::own) {
      retained_.on_own_lane_restored(now);
    } else if (lane == upstream::LaneId::subscriptions && broker_.capabilities()->retain) {
      deadlines_.add(reading_again_.start(), now);
    }
    arm_timer();
  }

  void on_lane_down(upstream::LaneId lane) override {
    live_.flush();
    if (lane == upstream::LaneId::own) {
      retained_.on_own_lane_down();
    }
  }

  void on_message(upstream::LaneId lane, const mqtt::Publish& message) override {
    const auto now = Clock::now();
    if (retained_.concerns(lane, message)) {
      live_.flush();  // it tells what has come before it
      retained_.take(lane, message, now);
    } else if (!names_.is_closed(message.topic)) {
      live_.take(lane, message, now);
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
    std::optional<Clock::time_point> next;
    for (const auto& due :
         {retained_.reader().next_timeout(), deadlines_.next(), publishing_.next_will(), narrow_at_}) {
      if (due && (!next || *due < *next)) {
        next = due;
      }
    }
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
    publishing_.fire_wills(now);
    if (narrow_at_ && *narrow_at_ <= now) {
      narrow_at_.reset();
      subscriptions_.upstream().narrow();
    }
    arm_timer();
  }

  // Those attached, and those of whom requests are under way; an answer on its way may outlive the hub with one.
  std::shared_ptr<std::unordered_set<Client*>> living_ = std::make_shared<std::unordered_set<Client*>>();
  Options options_;
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
  Deadlines deadlines_;
  boost::asio::steady_timer timer_;
  std::optional<Clock::time_point> armed_;
  std::optional<Clock::time_point> narrow_at_;
  boost::asio::steady_timer stop_timer_;
  std::move_only_function<void()> stopped_;                             // once told to stop, until the broker is
  std::uint64_t serials_ = 0;                                           // the first is 1
  std::unordered_map<std::uint64_t, std::shared_ptr<Client>> clients_;  // by their serials
  StatusHandler on_status_;
  upstream::Lifeline lifeline_;
};

Hub::Hub(boost::asio::any_io_executor executor, Options options, upstream::BrokerOptions broker)
    : implementation_(std::make_unique<Implementation>(std::move(executor), std::move(options), std::move(broker))) {}
Hub::~Hub() = default;

void Hub::start(StatusHandler on_status) {
  implementation_->start(std::move(on_status));
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
Client& Hub::attach(std::string client_id, std::string user, Receiver& receiver, std::optional<api::WillParams> will) {
  return implementation_->attach(std::move(client_id), std::move(user), receiver, std::move(will));
}
void Hub::detach(Client& client, Departure departure, Answer<std::monostate> answer) {
  implementation_->detach(client, departure, std::move(answer));
}
void Hub::hand_over(Client& client, Receiver& receiver) {
  client.receiver = &receiver;
}
void Hub::lose(Client& client, std::chrono::seconds longest) {
  implementation_->lose(client, longest);
}
void Hub::regain(Client& client, std::optional<api::WillParams> will) {
  implementation_->regain(client, std::move(will));
}
bool Hub::has_will(const Client& client) const {
  return client.will.has_value();
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
  return implementation_->publishing().next_will().has_value();
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
void Hub::read_retained(Client& client, std::string filter, Answer<RetainedResult> answer) {
  implementation_->read_retained(client, std::move(filter), std::move(answer));
}

}  // namespace lobbyd::hub
