#include "service/hub/hub_core.hpp"

#include "service/schedule/earliest.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace lobbyd::hub {

namespace {

using upstream::LaneId;

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

upstream::BrokerOptions with_will(upstream::BrokerOptions broker, const Options& options, std::uint64_t epoch) {
  broker.will = WillKeeper::own_will(options, epoch);
  return broker;
}

}  // namespace

Hub::Core::Core(boost::asio::any_io_executor executor, Options its_options, upstream::BrokerOptions broker_options)
    : options(what_is_possible(std::move(its_options), broker_options.traits)),
      epoch(unix_milliseconds()),
      names(ClosedNames(options.prefix, options.shared_filters), broker_options.traits.topics),
      broker(executor, with_will(std::move(broker_options), options, epoch), *this),
      subscriptions(broker),
      checks(options, names, broker, subscriptions),
      retained(broker, names, options, [this] { follow(); }),
      subscribing(options, subscriptions, retained.reader()),
      live(
          names, subscriptions, fan_out, subscribing, [this](std::string_view origin) { return find(origin); },
          options.joined_bytes),
      reading_again(subscriptions, retained.reader(), fan_out, &Clock::now),
      publishing(options, origins, broker, subscriptions),
      wills(options, epoch, broker, retained, checks, publishing, [this] { follow(); }),
      deadlines(options.request_timeout),
      timer_(executor) {}

Hub::Core::~Core() {
  clients.abandon_all();
}

void Hub::Core::start(StatusHandler on_status_change, std::move_only_function<void()> on_namesake) {
  on_status_ = std::move(on_status_change);
  retained.start();
  wills.start(std::move(on_namesake));
}

void Hub::Core::stop(std::chrono::milliseconds deadline, std::move_only_function<void()> done) {
  stopped_ = std::move(done);
  const auto now = Clock::now();
  stop_by_ = now + deadline;
  // A broker that is being stopped takes no more publishes.
  wills.stop(stop_by_, now, [this] { stop_broker(); });
}

void Hub::Core::stop_broker() {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(stop_by_ - Clock::now());
  broker.stop(std::max(left, std::chrono::milliseconds(0)), std::exchange(stopped_, nullptr));
}

// Clients -------------------------------------------------------------------------------------------------------------

Client& Hub::Core::open(Client& client) {
  client.publisher = broker.open_publisher();
  return client;
}

std::shared_ptr<Client> Hub::Core::remove(Client& client) {
  std::shared_ptr<Client> leaving = clients.remove(client);
  leaving->hold_back.take();
  reading_again.forget(*leaving);
  retained.reader().forget(&client, Clock::now());
  subscriptions.remove_all(*leaving);
  leaving->order.end_all_subscribes();
  return leaving;
}

const Client* Hub::Core::find(std::string_view origin) const {
  return clients.find(origins.serial_of(origin).value_or(0));
}

void Hub::Core::tell_services(bool forgetful) {
  for (Client* service : clients.services()) {
    service->receiver->on_restored(forgetful);
  }
}

// The broker ----------------------------------------------------------------------------------------------------------

void Hub::Core::on_status(const upstream::BrokerStatus& status) {
  clients.tell(status);
  if (on_status_) {
    on_status_(status);
  }
}

void Hub::Core::on_lane_up(LaneId lane, bool session_present) {
  if (lane == LaneId::subscriptions) {
    forgetful_ = forgetful_ || !session_present;
    const upstream::Capabilities capabilities = broker.capabilities(lane);
    subscriptions.upstream().on_lane_up(capabilities);
    subscribing.set_retain_as_published(capabilities.protocol == mqtt::Version::v5);
  }
}

void Hub::Core::on_lane_restored(LaneId lane) {
  const auto now = Clock::now();
  if (lane == LaneId::own) {
    retained.on_own_lane_restored(now);
  } else if (lane == LaneId::subscriptions) {
    retained.on_clients_lane_restored();
    if (broker.capabilities()->retain) {
      deadlines.add(reading_again.start(), now);
    }
    tell_services(std::exchange(forgetful_, false));
  }
  wills.on_lane_restored(lane, now);
  follow();
}

void Hub::Core::on_lane_down(LaneId lane) {
  live.flush();
  if (lane == LaneId::own) {
    retained.on_own_lane_down(Clock::now());
  }
  wills.on_lane_down(lane);
}

void Hub::Core::on_message(LaneId lane, const mqtt::Publish& message) {
  const auto now = Clock::now();
  if (wills.take(lane, message, now)) {
    return;
  }
  if (retained.concerns(lane, message)) {
    live.flush();  // it tells what has come before it
    retained.take(lane, message, now);
  } else {
    live.take(lane, message, now);
  }
}

void Hub::Core::on_batch_end() {
  live.flush();
  follow();
}

// Time ----------------------------------------------------------------------------------------------------------------

void Hub::Core::follow(const std::shared_ptr<Expiring>& request) {
  deadlines.add(request, Clock::now());
  follow();
}

void Hub::Core::follow() {
  deadlines.trim();
  if (!narrow_at_ && subscriptions.upstream().may_narrow()) {
    narrow_at_ = Clock::now() + options.narrow_after;
  }
  const Due next = earliest({retained.reader().next_timeout(), deadlines.next(), wills.next_timeout(), narrow_at_});
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

void Hub::Core::on_timer() {
  armed_.reset();
  const auto now = Clock::now();
  retained.reader().handle_timeout(now);
  deadlines.expire(now);
  wills.handle_timeout(now);
  if (narrow_at_ && *narrow_at_ <= now) {
    narrow_at_.reset();
    subscriptions.upstream().narrow();
  }
  follow();
}

}  // namespace lobbyd::hub
