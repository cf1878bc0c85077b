#include "service/hub/will_keeper.hpp"

#include "service/schedule/earliest.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::hub {

namespace {

using upstream::LaneId;

// For `connect`. A broker that is down is not waited for at all.
constexpr std::chrono::seconds patience{5};
// Of the time for stopping, for saying so at the end.
constexpr std::chrono::milliseconds last_words{500};

WillRegistry::Options registry_options(const Options& options, std::uint64_t epoch) {
  WillRegistry::Options registry;
  registry.prefix = options.prefix;
  registry.instance = options.instance;
  registry.epoch = epoch;
  registry.shared = options.shared_wills;
  registry.times = {.grace = options.will_grace,
                    .patience = std::max<std::chrono::milliseconds>(options.will_grace, upstream::longest_reconnect)};
  return registry;
}

std::uint32_t half(std::uint32_t rate) {
  return rate == 1 ? 1 : rate / 2;
}

}  // namespace

std::optional<mqtt::WillOptions> WillKeeper::own_will(const Options& options, std::uint64_t epoch) {
  if (!options.shared_wills) {
    return std::nullopt;
  }
  return mqtt::WillOptions{.topic = WillTopics(options.prefix, options.instance).gone(epoch), .payload = {}};
}

WillKeeper::WillKeeper(const Options& options, std::uint64_t epoch, upstream::Broker& broker, RetainedLink& retained,
                       const RequestChecks& checks, Publishing& publishing, Done on_timeout_changed)
    : options_(options),
      broker_(broker),
      retained_(retained),
      checks_(checks),
      publishing_(publishing),
      on_timeout_changed_(std::move(on_timeout_changed)),
      pace_(half(broker.traits().publish_rate)),
      registry_(registry_options(options, epoch), *this) {}

void WillKeeper::start(Done on_namesake) {
  on_namesake_ = std::move(on_namesake);
  publisher_ = broker_.open_publisher();
  if (!shared()) {
    return broker_.start();
  }
  for (const std::string& filter : registry_.topics().held()) {
    broker_.hold(LaneId::own, filter, mqtt::QoS::at_most_once, 0, [this](mqtt::ReasonCode reason) {
      if (mqtt::is_failure(reason)) {
        const auto now = std::chrono::steady_clock::now();
        enter(now, [&] { registry_.on_refused(now); });
      }
    });
  }
  namesake_.emplace(std::to_string(registry_.epoch()) + "-visit", options_.will_grace,
                    static_cast<Namesake::Port&>(*this));
  broker_.visit();
  for (const std::string& topic :
       {registry_.topics().ask(options_.instance), registry_.topics().answer(options_.instance)}) {
    broker_.hold(LaneId::visit, topic, mqtt::QoS::at_most_once, 0, {});
  }
}

// Clients -------------------------------------------------------------------------------------------------------------

void WillKeeper::arrive(Client& client, TimePoint now) {
  publishing_.arrive(client);
  bury(client.id);
  Present& present = present_[client.id];
  present = {.client = &client, .waits = false, .answer = {}, .until = {}};
  enter(now, [&] { present.waits = registry_.claim(client.id, wills_of(client), now); });
}

std::vector<api::WillParams> WillKeeper::wills_of(const Client& client) {
  std::vector<api::WillParams> wills;
  if (client.will) {
    wills.push_back(*client.will);
    wills.back().delay = std::min(wills.back().delay, client.longest_delay);
  }
  const bool is_kept = client.longest_delay != std::chrono::seconds::max();
  for (const api::WillParams& will : client.service_wills) {
    wills.push_back(will);
    if (will.delay == Hub::while_kept) {
      wills.back().delay = is_kept ? client.longest_delay : std::chrono::seconds(0);
    }
  }
  return wills;
}

// Of a client that is lost and kept its wills have their time already; what it holds is claimed again when it is back.
void WillKeeper::renew(Client& client, TimePoint now) {
  const auto present = present_.find(client.id);
  if (present == present_.end() || present->second.client != &client) {
    return;
  }
  std::vector<api::WillParams> wills = wills_of(client);
  enter(now, [&] {
    if (wills.empty()) {
      registry_.release(client.id, now);
    } else {
      registry_.claim(client.id, std::move(wills), now);
    }
  });
}

void WillKeeper::when_registered(Client& client, TimePoint now, Registered answer_with) {
  Present& present = present_.find(client.id)->second;
  const bool can_be = broker_.status().state == upstream::BrokerState::connected;
  if (!present.waits || !can_be || !registry_.hopeful()) {
    return answer_with(client.will ? api::WillState::pending : api::WillState::none);
  }
  present.answer = std::move(answer_with);
  present.until = now + patience;
  patience_.emplace_back(present.until, client.id);
  on_timeout_changed_();
}

std::shared_ptr<Expiring> WillKeeper::leave(const std::shared_ptr<Client>& client, Departure departure, TimePoint now,
                                            Answer<std::monostate> answer) {
  auto farewell = std::make_shared<Farewell>(std::move(answer));
  const bool is_silent = departure == Departure::disconnected || departure == Departure::taken_over;
  if (client->lost && !is_silent) {
    rest(*client);
    farewell->settle(std::monostate{});
    return farewell;
  }
  forget(*client);
  if (is_silent) {
    if (mourns(*client)) {
      bury(client->id);
    } else {
      rest(*client);
    }
    releases_.emplace(client->id, farewell);
    enter(now, [&] { registry_.release(client->id, now); });
  } else {
    const bool at_once = departure == Departure::disconnected_with_will;
    const auto after = departure == Departure::drained ? reconnect_after : std::chrono::milliseconds(0);
    mourn(client, farewell, after, at_once, now);
  }
  return farewell;
}

void WillKeeper::lose(const std::shared_ptr<Client>& client, TimePoint now) {
  forget(*client);
  mourn(client, std::make_shared<Farewell>(nullptr), {}, false, now);
}

void WillKeeper::forget(const Client& client) {
  if (const auto found = present_.find(client.id); found != present_.end() && found->second.client == &client) {
    present_.erase(found);
  }
}

void WillKeeper::mourn(const std::shared_ptr<Client>& client, std::shared_ptr<Farewell> farewell,
                       std::chrono::milliseconds after, bool at_once, TimePoint now) {
  departed_[client->id] = {.client = client, .farewell = std::move(farewell)};
  bool mourned = false;
  enter(now, [&] { mourned = registry_.lose(client->id, after, at_once, now); });
  if (!mourned) {
    bury(client->id);
  }
}

// What was left is of no use any more.
void WillKeeper::bury(const std::string& client) {
  if (auto node = departed_.extract(client)) {
    rest(*node.mapped().client);
    node.mapped().farewell->settle(std::monostate{});
  }
}

// Its publisher is closed when the client is detached, and none of its wills is still to leave by it.
void WillKeeper::rest(Client& client) {
  if (client.receiver == nullptr && !mourns(client) && !client.will_leaves) {
    publishing_.close_publisher(client);
  }
}

// Whether its wills wait.
bool WillKeeper::mourns(const Client& client) const {
  const auto departed = departed_.find(client.id);
  return departed != departed_.end() && departed->second.client.get() == &client;
}

// The broker ----------------------------------------------------------------------------------------------------------

void WillKeeper::on_lane_restored(LaneId lane, TimePoint now) {
  if (lane == LaneId::visit && namesake_) {
    broker_.publish_on(LaneId::visit, retained_message(retained_.mark_topic(), namesake_->nonce()));
    broker_.subscribe_once(LaneId::visit, {registry_.topics().record(options_.instance), retained_.mark_topic()},
                           [](const auto&) {});
    namesake_->on_link_up(now);
    on_timeout_changed_();
  } else if (lane == LaneId::own && shared()) {
    const auto capabilities = broker_.capabilities(LaneId::own);
    enter(now, [&] {
      registry_.on_link_up(now);
      if (!capabilities.retain || !capabilities.wildcard) {
        registry_.on_refused(now);
      }
    });
  }
}

void WillKeeper::on_lane_down(LaneId lane) {
  if (lane == LaneId::visit && namesake_) {
    namesake_->on_link_down();
  } else if (lane == LaneId::own) {
    registry_.on_link_down();
  }
}

bool WillKeeper::take(LaneId lane, const mqtt::Publish& message, TimePoint now) {
  if (lane == LaneId::visit) {
    take_visit(message, now);
    return true;
  }
  // Retained copies are the reader's.
  if (lane != LaneId::own || !shared() || message.retain || !registry_.topics().parse(message.topic)) {
    return false;
  }
  enter(now, [&] { registry_.on_message(message.topic, message.payload, now); });
  return true;
}

void WillKeeper::take_visit(const mqtt::Publish& message, TimePoint now) {
  if (namesake_ && message.topic == retained_.mark_topic()) {
    namesake_->on_mark(message.payload);
  }
  const auto topic = registry_.topics().parse(message.topic);
  if (!namesake_ || !topic) {
    return;
  }
  switch (topic->kind) {
    case WillTopics::Kind::record:
      namesake_->on_record(message.payload);
      break;
    case WillTopics::Kind::ask:
      namesake_->on_ask(message.payload, now);
      break;
    case WillTopics::Kind::answer:
      namesake_->on_answer(message.payload);
      break;
    case WillTopics::Kind::entry:
    case WillTopics::Kind::gone:
      break;
  }
  look_at_namesake();
  on_timeout_changed_();
}

void WillKeeper::look_at_namesake() {
  if (!namesake_ || namesake_->verdict() == Namesake::Verdict::unknown) {
    return;
  }
  const bool lives = namesake_->verdict() == Namesake::Verdict::lives;
  namesake_.reset();
  lives ? on_duplicate() : broker_.start();
}

void WillKeeper::ask(const std::string& nonce) {
  const upstream::Message question{.topic = registry_.topics().ask(options_.instance), .payload = nonce};
  broker_.publish_on(LaneId::visit, question);
}

// The end -------------------------------------------------------------------------------------------------------------

void WillKeeper::stop(TimePoint deadline, TimePoint now, Done done) {
  stop_by_ = deadline;
  stopped_ = std::move(done);
  namesake_.reset();
  enter(now, [&] { registry_.begin_leaving(now); });
}

void WillKeeper::continue_stop(TimePoint now) {
  if (!stopped_) {
    return;
  }
  const TimePoint leave_by = stop_by_ - last_words;
  if (!left_ && (registry_.settled(leave_by) || now >= leave_by)) {
    left_ = true;
    registry_.leave(std::chrono::ceil<std::chrono::seconds>(reconnect_after), now);
  }
  if (left_ && (registry_.settled(stop_by_) || now >= stop_by_)) {
    std::exchange(stopped_, nullptr)();
  }
}

std::optional<WillKeeper::TimePoint> WillKeeper::next_timeout() const {
  const Due stop = left_ ? stop_by_ : stop_by_ - last_words;
  return earliest({registry_.next_timeout(), namesake_ ? namesake_->next_timeout() : Due(),
                   patience_.empty() ? Due() : patience_.front().first, stopped_ ? stop : Due()});
}

void WillKeeper::handle_timeout(TimePoint now) {
  if (namesake_) {
    namesake_->handle_timeout(now);
    look_at_namesake();
  }
  while (!patience_.empty() && patience_.front().first <= now) {
    const std::string client = std::move(patience_.front().second);
    patience_.pop_front();
    if (const auto present = present_.find(client); present != present_.end() && present->second.until <= now) {
      answer(present->second, false);
    }
  }
  enter(now, [&] { registry_.handle_timeout(now); });
}

}  // namespace lobbyd::hub
