#include "service/apps/host/players.hpp"

#include "protocol/api/envelope.hpp"
#include "service/apps/host/results.hpp"
#include "service/apps/record_reader.hpp"
#include "service/apps/topic_levels.hpp"
#include "service/hub/client.hpp"
#include "service/schedule/earliest.hpp"

#include <limits>
#include <ranges>
#include <utility>
#include <vector>

namespace lobbyd::apps {
namespace {

// An instance that is slower than that does not have the player as far as the sender is concerned.
constexpr std::chrono::seconds patience{2};
constexpr std::size_t max_payload_bytes = api::max_message_data_bytes + 1024;
constexpr std::size_t max_asked = 10'000;
constexpr std::size_t max_early_bytes = 8U << 20U;

api::Error not_there(const std::string& player) {
  return {api::Reason::not_found, "the player " + player + " has no connection"};
}

}  // namespace

Players::Players(Context& context) : context_(context), feed_(context, static_cast<FeedListener&>(*this)) {
  feed_.keep({context_.surroundings.prefix + "player/+/send"});
}

std::string Players::got_topic(std::string_view instance) const {
  return context_.surroundings.prefix + "player/" + std::string(instance) + "/got";
}

void Players::arrive(hub::Client& client) {
  connections_.emplace(std::pair(std::string_view(client.user), client.serial), &client);
}

void Players::drop(const hub::Client& client) {
  connections_.erase({client.user, client.serial});
}

auto Players::connections_of(std::string_view player) const {
  return std::ranges::subrange(connections_.lower_bound({player, 0}),
                               connections_.upper_bound({player, std::numeric_limits<std::uint64_t>::max()}));
}

void Players::carry_out(hub::Client& client, const api::PlayerSendParams& params, const Caller& /*caller*/,
                        Answer answer) {
  if (auto possible = context_.hub.check_level(params.player); !possible) {
    return answer(std::unexpected(std::move(possible.error())));
  }
  const bool is_here = !connections_of(params.player).empty();
  if (asked_.size() >= max_asked || early_bytes_ >= max_early_bytes) {
    return answer(std::unexpected(
        api::Error{api::Reason::broker_unavailable, "too many messages to players are on their way; try again later"}));
  }
  const std::int64_t number = ++last_number_;
  RecordWriter record;
  record.text("from", client.user).json("data", params.data);
  if (!is_here) {
    record.text("instance", context_.surroundings.instance).number("id", number);
  }
  const Moment::TimePoint deadline = Context::now().steady + request_time;
  asked_.emplace(number, Asked{.player = params.player, .answer = std::move(answer), .deadline = deadline});
  context_.wake_at(deadline);
  Sending sending{.number = number, .player = params.player, .payload = record.take(), .is_here = is_here};
  if (early_.empty() && (is_here || listens_)) {
    return send(std::move(sending));
  }
  early_bytes_ += sending.payload.size();
  early_.push_back(std::move(sending));
  if (early_.size() == 1) {
    listen();
  }
}

void Players::listen() {
  feed_.add({got_topic(context_.surroundings.instance)}, [this](const auto& read) {
    listens_ = read.has_value();
    early_bytes_ = 0;
    for (Sending& sending : std::exchange(early_, {})) {
      if (read || sending.is_here) {
        send(std::move(sending));
      } else {
        settle(sending.number, std::unexpected(read.error()));
      }
    }
  });
}

void Players::send(Sending sending) {
  feed_.publish({.topic = context_.surroundings.prefix + "player/" + sending.player + "/send",
                 .payload = std::move(sending.payload),
                 .retain = false},
                [this, number = sending.number, is_here = sending.is_here](auto taken) {
                  if (!taken) {
                    settle(number, std::unexpected(std::move(taken.error())));
                  } else if (is_here) {
                    settle(number, std::string(empty_result));
                  } else {
                    on_taken(number);
                  }
                });
}

void Players::on_taken(std::int64_t number) {
  if (const auto asked = asked_.find(number); asked != asked_.end()) {
    asked->second.sent = true;
    asked->second.deadline = Context::now().steady + patience;
    context_.wake_at(asked->second.deadline);
  }
}

void Players::settle(std::int64_t number, std::expected<std::string, api::Error> result) {
  if (auto node = asked_.extract(number)) {
    node.mapped().answer(std::move(result));
  }
}

void Players::on_message(std::string_view topic, std::string_view payload) {
  const auto levels = topic_levels<3>(context_.surroundings.prefix, topic);
  if (!levels) {
    return;
  }
  if ((*levels)[2] == "send") {
    on_sent(std::string((*levels)[1]), payload);
  } else {
    on_got(payload);
  }
}

void Players::on_sent(const std::string& player, std::string_view payload) {
  const auto connections = connections_of(player);
  if (connections.empty()) {
    return;
  }
  RecordReader record(context_.surroundings.reader, payload, max_payload_bytes);
  const std::string from = record.player("from");
  const std::string data = record.json("data", api::max_message_data_bytes);
  const bool asks = record.has("id");
  const std::string instance = asks ? record.instance("instance") : std::string();
  const std::int64_t id = asks ? record.number("id", 0, api::max_safe_integer) : 0;
  if (!record.right()) {
    return;
  }
  const std::string params = RecordWriter().text("from", from).json("data", data).take();
  const hub::Notice notice("player.message", api::write_notification_text("player.message", params));
  for (const auto& [name, client] : connections) {
    client->receiver->notify(notice);
  }
  if (asks) {
    feed_.publish({.topic = got_topic(instance), .payload = RecordWriter().number("id", id).take(), .retain = false});
  }
}

void Players::on_got(std::string_view payload) {
  RecordReader record(context_.surroundings.reader, payload, max_payload_bytes);
  const std::int64_t id = record.number("id", 0, api::max_safe_integer);
  if (record.right()) {
    settle(id, std::string(empty_result));
  }
}

std::optional<Moment::TimePoint> Players::next_timeout() const {
  Due next = feed_.next_timeout();
  for (const auto& [number, asked] : asked_) {
    next = earliest({next, asked.deadline});
  }
  return next;
}

void Players::handle_timeout(Moment::TimePoint now) {
  feed_.handle_timeout(now);
  std::vector<std::int64_t> late;
  for (const auto& [number, asked] : asked_) {
    if (asked.deadline <= now) {
      late.push_back(number);
    }
  }
  for (const std::int64_t number : late) {
    const Asked& asked = asked_.find(number)->second;
    settle(number, std::unexpected(asked.sent ? not_there(asked.player) : timed_out()));
  }
}

}  // namespace lobbyd::apps
