#include "service/hub/will_keeper.hpp"

#include "service/schedule/earliest.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace lobbyd::hub {

namespace {

using upstream::LaneId;

// For `connect`. A broker that is down is not waited for at all.
constexpr std::chrono::seconds patience{5};
// Of a packet besides the text: topic, properties, headers.
constexpr std::size_t packet_overhead = 512;
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

upstream::Message retained(const std::string& topic, const std::string& text) {
  upstream::Message message{.topic = topic, .payload = text, .qos = mqtt::QoS::at_least_once};
  message.retain = true;
  return message;
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

template <class Function>
void WillKeeper::enter(TimePoint now, const Function& function) {
  const bool outer = std::exchange(inside_, true);
  function();
  inside_ = outer;
  if (!outer) {
    settle(now);
  }
}

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
    broker_.publish_on(LaneId::visit, retained(retained_.mark_topic(), namesake_->nonce()));
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

// The registry's port -------------------------------------------------------------------------------------------------

std::uint64_t WillKeeper::unix_time() const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

bool WillKeeper::write(const std::string& topic, const std::string& text) {
  const auto now = std::chrono::steady_clock::now();
  if (!pace_.open(now) || !broker_.publish_on(LaneId::own, retained(topic, text))) {
    return false;
  }
  pace_.spend(1, now);
  return true;
}

std::size_t WillKeeper::max_bytes() const {
  const std::size_t packet = broker_.capabilities(LaneId::own).maximum_packet_size;
  return packet == 0 ? std::numeric_limits<std::size_t>::max() : packet - std::min(packet, packet_overhead);
}

void WillKeeper::send(const std::string& topic, const std::string& text) {
  broker_.publish_on(LaneId::own, {.topic = topic, .payload = text});
}

void WillKeeper::read(const std::vector<std::string>& filters) {
  retained_.read_closed(filters, std::chrono::steady_clock::now(),
                        [this](const RetainedSet& set) { on_read(set, std::chrono::steady_clock::now()); });
}

void WillKeeper::on_read(const RetainedSet& set, TimePoint now) {
  if (set.refused || !retained_.reader().finds_by_wildcard()) {
    return enter(now, [&] { registry_.on_refused(now); });
  }
  std::vector<WillRegistry::Copy> copies;
  copies.reserve(set.messages.size());
  for (const MessagePtr& message : set.messages) {
    copies.push_back({.topic = message->topic(), .text = message->payload()});
  }
  enter(now, [&] { registry_.on_read(copies, set.complete != api::Completeness::truncated, now); });
}

// What a client may publish may have changed since it named its will, and what stands in the broker may be anybody's.
std::vector<upstream::Message> WillKeeper::permitted(const std::string& client,
                                                     std::vector<api::WillParams> wills) const {
  std::vector<upstream::Message> messages;
  for (api::WillParams& will : wills) {
    if (service_wills_ != nullptr && service_wills_->is_service_will(client, will)) {
      if (auto before = service_wills_->before_will(will)) {
        messages.push_back(*std::move(before));
      }
    } else if (!checks_.will(will)) {
      spdlog::warn("a will of client \"{}\" is not published: its topic \"{}\" is closed", client, will.topic);
      continue;
    }
    messages.push_back(Publishing::will_message(std::move(will)));
  }
  return messages;
}

void WillKeeper::publish(const std::string& client, std::vector<api::WillParams> wills, const std::string& topic,
                         std::optional<std::string> then) {
  std::optional<upstream::Message> last;
  if (then) {
    last = retained(topic, *then);
  }
  Publishing::Leaving leaving{
      .wills = permitted(client, std::move(wills)), .last = std::move(last), .farewell = nullptr, .done = nullptr};
  leaving.done = [this, client] {
    events_.push_back({Happened::published, client});
    if (!inside_) {
      settle(std::chrono::steady_clock::now());
    }
  };
  if (auto node = departed_.extract(client)) {
    leaving.farewell = std::move(node.mapped().farewell);
    publishing_.leave(node.mapped().client, std::move(leaving));
  } else {
    publishing_.publish_all(publisher_, std::move(leaving));
  }
}

// Its own will is silent, since it is here. What services cleared is not: a dead daemon's records would stay for ever.
// Those that it has here by now are its own again.
void WillKeeper::on_inherited(const std::string& client, std::vector<api::WillParams> wills) {
  const auto present = present_.find(client);
  const auto is_its_own = [&](const api::WillParams& will) {
    return present != present_.end() &&
           std::ranges::any_of(present->second.client->service_wills,
                               [&](const api::WillParams& own) { return own.topic == will.topic; });
  };
  std::erase_if(wills, [&](const api::WillParams& will) {
    return service_wills_ == nullptr || !service_wills_->is_service_will(client, will) || is_its_own(will);
  });
  publishing_.publish_all(
      publisher_,
      {.wills = permitted(client, std::move(wills)), .last = std::nullopt, .farewell = nullptr, .done = [] {}});
}
void WillKeeper::on_registered(const std::string& client) {
  events_.push_back({Happened::registered, client});
}
void WillKeeper::on_released(const std::string& client) {
  events_.push_back({Happened::released, client});
}
void WillKeeper::on_taken_over(const std::string& client) {
  events_.push_back({Happened::taken_over, client});
}
void WillKeeper::on_vanished(const std::string& client) {
  events_.push_back({Happened::vanished, client});
}
void WillKeeper::on_mourned(const std::string& client) {
  events_.push_back({Happened::mourned, client});
}
void WillKeeper::on_forgotten(const std::string& client) {
  events_.push_back({Happened::forgotten, client});
}

void WillKeeper::on_duplicate() {
  if (Done told = std::exchange(on_namesake_, nullptr)) {
    told();
  }
}

// What it tells -------------------------------------------------------------------------------------------------------

void WillKeeper::settle(TimePoint now) {
  while (!events_.empty()) {
    const Event event = std::move(events_.front());
    events_.pop_front();
    tell(event, now);
  }
  continue_stop(now);
  on_timeout_changed_();
}

void WillKeeper::tell(const Event& event, TimePoint now) {
  const auto present = present_.find(event.client);
  switch (event.what) {
    case Happened::registered:
      return present == present_.end() ? void() : answer(present->second, true);
    case Happened::released:
      for (auto found = releases_.find(event.client); found != releases_.end(); found = releases_.find(event.client)) {
        releases_.extract(found).mapped()->settle(std::monostate{});
      }
      return;
    case Happened::forgotten:
      return bury(event.client);
    case Happened::published:
      return enter(now, [&] { registry_.on_published(event.client, now); });
    case Happened::taken_over:
    case Happened::vanished:
    case Happened::mourned:
      break;
  }
  if (present == present_.end()) {
    return;
  }
  Receiver& receiver = *present->second.client->receiver;
  if (event.what == Happened::mourned) {
    receiver.on_wills_published();
  } else {
    receiver.on_displaced(event.what == Happened::vanished);
  }
}

void WillKeeper::answer(Present& present, bool registered) {
  if (Registered told = std::exchange(present.answer, nullptr)) {
    const bool has_will = present.client->will.has_value();
    told(!has_will ? api::WillState::none : registered ? api::WillState::registered : api::WillState::pending);
  }
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
