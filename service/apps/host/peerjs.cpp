#include "service/apps/host/peerjs.hpp"

#include "service/apps/record_reader.hpp"
#include "service/apps/record_writer.hpp"
#include "service/apps/topic_levels.hpp"
#include "service/hub/client.hpp"
#include "service/schedule/earliest.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::apps {
namespace {

constexpr std::chrono::milliseconds look_interval{500};
// Somebody who was there is not looked for again for so long.
constexpr std::chrono::seconds known_time{2};
constexpr std::size_t max_record_bytes = 1024;
constexpr std::size_t max_incoming_bytes = max_peerjs_payload_bytes + 1024;
// Messages to those who are not there.
constexpr std::size_t max_waiting_bytes = 8U << 20U;

std::optional<PeerJsType> type_of(std::string_view name) {
  for (const PeerJsType type :
       {PeerJsType::offer, PeerJsType::answer, PeerJsType::candidate, PeerJsType::leave, PeerJsType::expire}) {
    if (word(type) == name) {
      return type;
    }
  }
  return std::nullopt;
}

}  // namespace

PeerJs::PeerJs(Context& context) : context_(context), feed_(context, static_cast<FeedListener&>(*this)) {}

std::string PeerJs::topic(std::string_view id, std::string_view what) const {
  return context_.surroundings.prefix + "peerjs/" + std::string(id) + '/' + std::string(what);
}

bool PeerJs::is_owner_topic(std::string_view text) const {
  const auto levels = topic_levels<3>(context_.surroundings.prefix, text);
  return levels && (*levels)[0] == "peerjs" && is_peerjs_id((*levels)[1]) && (*levels)[2] == "owner";
}

// Ids -----------------------------------------------------------------------------------------------------------------

void PeerJs::open(hub::Client& client, const PeerJsClient& peer, PeerJsVoice& voice) {
  if (const auto present = locals_.find(peer.id); present != locals_.end()) {
    if (present->second.own.token != peer.token) {
      return voice.on_denied(PeerJsVoice::End::taken);
    }
    end(peer.id, PeerJsVoice::End::taken_up_again);
  }
  Owner own{.at = {}, .instance = context_.surroundings.instance, .token = peer.token};
  locals_.emplace(peer.id, Local{.client = &client, .voice = &voice, .own = std::move(own), .seen = std::nullopt});
  ids_.emplace(&client, peer.id);
  feed_.add({topic(peer.id, "+")}, [this, id = peer.id, its_voice = &voice](auto read) {
    const auto local = locals_.find(id);
    if (local == locals_.end() || local->second.voice != its_voice) {
      return;
    }
    if (!read) {
      return end(id, PeerJsVoice::End::unavailable);
    }
    claim(id);
  });
}

void PeerJs::claim(const std::string& id) {
  Local& local = locals_.find(id)->second;
  if (local.seen && local.seen->token != local.own.token) {
    return end(id, PeerJsVoice::End::taken);
  }
  local.read = true;
  local.own.at = context_.surroundings.clock.tick(Context::now().unix_ms);
  context_.renew_wills(*local.client);
  write(id, local.own);
}

void PeerJs::write(const std::string& id, const Owner& owner) {
  RecordWriter record;
  record.time("at", owner.at).text("instance", owner.instance).text("token", owner.token);
  feed_.publish({.topic = topic(id, "owner"), .payload = record.take()});
}

void PeerJs::on_owner(const std::string& id, std::string_view payload) {
  const auto found = locals_.find(id);
  if (found == locals_.end()) {
    return;
  }
  Local& local = found->second;
  RecordReader record(context_.surroundings.reader, payload, max_record_bytes);
  Owner owner{.at = record.time("at"),
              .instance = record.instance("instance"),
              .token = record.text("token", max_peerjs_token_bytes)};
  const bool right = record.right() && context_.surroundings.clock.observe(owner.at, Context::now().unix_ms);
  if (!local.read) {
    local.seen = right ? std::optional(std::move(owner)) : std::nullopt;
  } else if (right && owner.instance == local.own.instance && owner.at == local.own.at) {
    if (!std::exchange(local.open, true)) {
      local.voice->on_open();
    }
  } else if (right && owner.instance == local.own.instance) {
    // One that was on its way when this one took its place.
  } else if (right && owner.token == local.own.token) {
    end(id, PeerJsVoice::End::taken_up_again);
  } else if (local.open) {
    write(id, local.own);
  } else if (right) {
    end(id, PeerJsVoice::End::taken);
  }
}

std::optional<PeerJs::Local> PeerJs::take_out(const std::string& id) {
  auto node = locals_.extract(id);
  if (!node) {
    return std::nullopt;
  }
  ids_.erase(node.mapped().client);
  feed_.remove({topic(id, "+")});
  return std::move(node.mapped());
}

void PeerJs::end(const std::string& id, PeerJsVoice::End why) {
  if (const auto local = take_out(id)) {
    context_.renew_wills(*local->client);
    local->voice->on_denied(why);
  }
}

void PeerJs::close(const std::string& id, const PeerJsVoice& voice, bool silent) {
  const auto local = locals_.find(id);
  if (local == locals_.end() || local->second.voice != &voice) {
    return;
  }
  const auto closed = take_out(id);
  if (closed->read && !silent) {
    feed_.publish(clearing(topic(id, "owner")));
  }
}

void PeerJs::append_wills(const hub::Client& client, std::vector<Publication>& wills) const {
  const auto id = ids_.find(&client);
  if (id != ids_.end() && locals_.find(id->second)->second.read) {
    wills.push_back(clearing(topic(id->second, "owner")));
  }
}

// Messages ------------------------------------------------------------------------------------------------------------

void PeerJs::send(const std::string& source, PeerJsMessage message) {
  if (!is_peerjs_id(message.destination)) {
    return;
  }
  const std::string destination = message.destination;
  const Moment::TimePoint now = Context::now().steady;
  Waiting waiting{.source = source, .message = std::move(message), .until = now + patience};
  if (waiting_bytes_ + waiting.weight() > max_waiting_bytes) {
    return expire(waiting);
  }
  waiting_bytes_ += waiting.weight();
  Queue& queue = queues_[destination];
  queue.messages.push_back(std::move(waiting));
  if (queue.known_until > now || locals_.contains(destination)) {
    send_all(destination, queue);
  } else if (!queue.looking) {
    look(destination);
  }
}

// As PeerServer tells the sender of a message that nobody has fetched.
void PeerJs::expire(const Waiting& waiting) {
  if (const auto source = locals_.find(waiting.source); source != locals_.end()) {
    source->second.voice->on_message(waiting.message.destination,
                                     {.type = PeerJsType::expire, .destination = waiting.source});
  }
}

void PeerJs::look(const std::string& destination) {
  Queue& queue = queues_[destination];
  queue.looking = true;
  feed_.look({topic(destination, "owner")}, [this, destination](const auto& result) {
    const auto found = queues_.find(destination);
    if (found == queues_.end()) {
      return;
    }
    found->second.looking = false;
    const Moment::TimePoint now = Context::now().steady;
    if (result && !result->messages.empty()) {
      found->second.known_until = now + known_time;
      send_all(destination, found->second);
    } else {
      found->second.look_again = now + look_interval;
      context_.wake_at(found->second.look_again);
    }
  });
}

void PeerJs::send_all(const std::string& destination, Queue& queue) {
  for (Waiting& waiting : std::exchange(queue.messages, {})) {
    waiting_bytes_ -= waiting.weight();
    RecordWriter record;
    record.text("src", waiting.source).text("type", word(waiting.message.type));
    if (!waiting.message.payload.empty()) {
      record.json("payload", waiting.message.payload);
    }
    feed_.publish({.topic = topic(destination, "in"), .payload = record.take(), .retain = false});
  }
  context_.wake_at(Context::now().steady + known_time);
}

void PeerJs::on_incoming(const std::string& id, std::string_view payload) {
  const auto local = locals_.find(id);
  if (local == locals_.end() || !local->second.open) {
    return;
  }
  RecordReader record(context_.surroundings.reader, payload, max_incoming_bytes);
  const std::string source = record.text("src", max_peerjs_id_bytes);
  const auto type = type_of(record.text("type", max_peerjs_id_bytes));
  PeerJsMessage message{.type = type.value_or(PeerJsType::expire), .destination = id};
  if (record.has("payload")) {
    message.payload = record.json("payload", max_peerjs_payload_bytes);
  }
  if (record.right() && type) {
    local->second.voice->on_message(source, message);
  }
}

// The broker ----------------------------------------------------------------------------------------------------------

void PeerJs::on_message(std::string_view text, std::string_view payload) {
  const auto levels = topic_levels<3>(context_.surroundings.prefix, text);
  if (!levels) {
    return;
  }
  const std::string id((*levels)[1]);
  if ((*levels)[2] == "owner") {
    on_owner(id, payload);
  } else if ((*levels)[2] == "in") {
    on_incoming(id, payload);
  }
}

// What the broker has forgotten, or somebody else has cleared meanwhile, is written again.
void PeerJs::on_read(bool forgetful) {
  for (const auto& [id, local] : locals_) {
    if (forgetful && local.open) {
      write(id, local.own);
    }
  }
}

std::optional<Moment::TimePoint> PeerJs::next_timeout() const {
  Due next = feed_.next_timeout();
  for (const auto& [destination, queue] : queues_) {
    next = queue.messages.empty()
               ? earliest({next, queue.known_until})
               : earliest({next, queue.looking ? Due() : queue.look_again, queue.messages.front().until});
  }
  return next;
}

void PeerJs::handle_timeout(Moment::TimePoint now) {
  feed_.handle_timeout(now);
  std::vector<std::string> to_look;
  for (auto& [destination, queue] : queues_) {
    while (!queue.messages.empty() && queue.messages.front().until <= now) {
      const Waiting late = std::move(queue.messages.front());
      queue.messages.pop_front();
      waiting_bytes_ -= late.weight();
      expire(late);
    }
    if (!queue.messages.empty() && !queue.looking && queue.look_again <= now) {
      to_look.push_back(destination);
    }
  }
  for (const std::string& destination : to_look) {
    look(destination);
  }
  std::erase_if(queues_, [&](const auto& entry) {
    return entry.second.messages.empty() && !entry.second.looking && entry.second.known_until <= now;
  });
}

}  // namespace lobbyd::apps
