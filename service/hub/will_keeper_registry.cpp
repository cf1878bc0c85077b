// What the registry of wills asks of the keeper, and tells it.

#include "service/hub/will_keeper.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace lobbyd::hub {

namespace {

using upstream::LaneId;

// Of a packet besides the text: topic, properties, headers.
constexpr std::size_t packet_overhead = 512;

}  // namespace

upstream::Message WillKeeper::retained_message(const std::string& topic, const std::string& text) {
  upstream::Message message{.topic = topic, .payload = text, .qos = mqtt::QoS::at_least_once};
  message.retain = true;
  return message;
}

// Asked
// -----------------------------------------------------------------------------------------------------------------

std::uint64_t WillKeeper::unix_time() const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

bool WillKeeper::write(const std::string& topic, const std::string& text) {
  const auto now = std::chrono::steady_clock::now();
  if (!pace_.open(now) || !broker_.publish_on(LaneId::own, retained_message(topic, text))) {
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
    last = retained_message(topic, *then);
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

// Told ----------------------------------------------------------------------------------------------------------------

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

}  // namespace lobbyd::hub
