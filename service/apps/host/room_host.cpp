#include "service/apps/host/room_host.hpp"

#include "service/apps/host/results.hpp"
#include "service/apps/record_writer.hpp"
#include "service/hub/client.hpp"
#include "service/schedule/earliest.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lobbyd::apps {
namespace {

// Whoever comes back soon finds the room as it is.
constexpr std::chrono::seconds kept_idle{60};
// Of a result, besides the entries of its lists and the room's name.
constexpr std::size_t envelope = 128;

std::size_t room_for_lists(const Caller& caller, std::string_view room) {
  return caller.result_bytes - std::min(caller.result_bytes, envelope + room.size());
}

std::string method_of(const RoomEvent& event) {
  if (std::holds_alternative<MessageArrived>(event)) {
    return "room.message";
  }
  if (std::holds_alternative<MessageDeleted>(event)) {
    return "room.deleted";
  }
  return std::holds_alternative<MemberJoined>(event) ? "room.joined" : "room.left";
}

}  // namespace

RoomHost::RoomHost(Context& context, Waker& waker, const std::string& name, RoomSettings settings)
    : context_(context),
      waker_(waker),
      room_(context.surroundings, name, settings),
      feed_(context, waker, static_cast<FeedListener&>(*this)) {
  note_use();
  feed_.keep({room_.filter()});
}

bool RoomHost::concerns(const std::string& client_id) const {
  return clients_.contains(client_id);
}

// Joining and leaving -------------------------------------------------------------------------------------------------

void RoomHost::join(hub::Client& client, api::RoomJoinParams params, const Caller& caller, Answer answer) {
  if (is_joining(client.id)) {
    return answer(std::unexpected(api::Error{api::Reason::bad_state, "the last room.join has not been answered yet"}));
  }
  clients_.emplace(client.id, &client);
  note_use();
  Joining joining{.client_id = client.id,
                  .params = std::move(params),
                  .caller = caller,
                  .answer = std::move(answer),
                  .deadline = Context::now().steady + request_time};
  waker_.wake_at(joining.deadline);
  if (room_.loaded()) {
    begin(std::move(joining));
  } else {
    early_.push_back(std::move(joining));
  }
}

void RoomHost::begin(Joining joining) {
  const std::string client_id = joining.client_id;
  hub::Client& client = *clients_.find(client_id)->second;
  RoomOutput out;
  const auto begun = room_.join(
      {.client_id = client_id, .player = client.user, .name = joining.params.name, .data = joining.params.data},
      Context::now(), out);
  joining_.insert_or_assign(client_id, std::move(joining));
  if (!begun) {
    return refuse(client_id, begun.error());
  }
  context_.renew_wills(client);
  settle(std::move(out), [this, client_id](auto taken) {
    if (!taken) {
      RoomOutput left;
      std::ignore = room_.leave(client_id, DepartureReason::lost, left);
      settle(std::move(left));
      refuse(client_id, std::move(taken.error()));
    }
  });
}

bool RoomHost::is_joining(const std::string& client_id) const {
  return joining_.contains(client_id) ||
         std::ranges::any_of(early_, [&](const Joining& joining) { return joining.client_id == client_id; });
}

void RoomHost::when_joined(const std::string& client_id, std::move_only_function<void()> act) {
  const auto joining = joining_.find(client_id);
  Joining& one =
      joining != joining_.end() ? joining->second : *std::ranges::find(early_, client_id, &Joining::client_id);
  one.then.push_back(std::move(act));
}

void RoomHost::end(Joining joining, std::expected<std::string, api::Error> result) {
  joining.answer(std::move(result));
  for (auto& act : joining.then) {
    act();
  }
}

void RoomHost::complete(const std::string& client_id) {
  if (auto node = joining_.extract(client_id)) {
    std::string result = join_result(node.mapped());
    end(std::move(node.mapped()), std::move(result));
  }
}

void RoomHost::refuse(const std::string& client_id, api::Error error) {
  auto node = joining_.extract(client_id);
  if (!room_.is_member_here(client_id)) {
    forget(client_id);
  }
  if (node) {
    end(std::move(node.mapped()), std::unexpected(std::move(error)));
  }
}

std::string RoomHost::join_result(const Joining& joining) const {
  const std::size_t bytes = room_for_lists(joining.caller, name());
  const Moment now = Context::now();
  const auto members =
      room_.members(joining.client_id, std::nullopt, {.entries = api::max_page_entries, .bytes = bytes / 2});
  Page messages;
  if (joining.params.history > 0) {
    const std::size_t used = members->entries.size();
    if (auto page =
            room_.history(joining.client_id, {}, {.entries = joining.params.history, .bytes = bytes - used}, now)) {
      messages = *std::move(page);
    }
  }
  RecordWriter result;
  result.text("room", name());
  append_list(result, "members", *members);
  append_entries(result, "history", messages);
  return result.take();
}

void RoomHost::leave(hub::Client& client, Answer answer) {
  RoomOutput out;
  const auto left = room_.leave(client.id, DepartureReason::left, out);
  if (!left) {
    return answer(std::unexpected(left.error()));
  }
  refuse(client.id, {api::Reason::bad_state, "the client has left the room again"});
  forget(client.id);
  settle(std::move(out), answer_empty(std::move(answer)));
}

void RoomHost::drop(const std::string& client_id, bool silent) {
  std::erase_if(early_, [&](const Joining& joining) { return joining.client_id == client_id; });
  joining_.erase(client_id);
  clients_.erase(client_id);
  note_use();
  RoomOutput out;
  std::ignore = room_.leave(client_id, DepartureReason::lost, out);
  if (!silent) {
    settle(std::move(out));
  }
}

void RoomHost::forget(const std::string& client_id) {
  if (const auto node = clients_.extract(client_id)) {
    note_use();
    context_.renew_wills(*node.mapped());
  }
}

void RoomHost::note_use() {
  if (clients_.empty()) {
    idle_since_ = Context::now().steady;
    waker_.wake_at(*idle_since_ + kept_idle);
  } else {
    idle_since_.reset();
  }
}

// Messages ------------------------------------------------------------------------------------------------------------

void RoomHost::send(hub::Client& client, api::RoomSendParams params, Answer answer) {
  RoomOutput out;
  const auto sent =
      room_.send(client.id, {.body = std::move(params.body), .key = std::move(params.key)}, Context::now(), out);
  if (!sent) {
    return answer(std::unexpected(sent.error()));
  }
  settle(std::move(out), [this, sent = *sent, answer = std::move(answer)](auto taken) mutable {
    if (!taken) {
      room_.on_send_failed(sent.id);
      return answer(std::unexpected(std::move(taken.error())));
    }
    answer(RecordWriter().text("id", sent.id).number("time", sent.time_ms).take());
  });
}

void RoomHost::history(hub::Client& client, const api::RoomHistoryParams& params, const Caller& caller,
                       Answer& answer) const {
  const auto page = room_.history(client.id, {.after = params.after, .before = params.before, .cursor = params.cursor},
                                  {.entries = params.limit, .bytes = room_for_lists(caller, {})}, Context::now());
  answer(page ? std::expected<std::string, api::Error>(write_list("messages", *page)) : std::unexpected(page.error()));
}

void RoomHost::members(hub::Client& client, const api::RoomMembersParams& params, const Caller& caller,
                       Answer& answer) const {
  const auto page =
      room_.members(client.id, params.cursor, {.entries = params.limit, .bytes = room_for_lists(caller, {})});
  answer(page ? std::expected<std::string, api::Error>(write_list("members", *page)) : std::unexpected(page.error()));
}

void RoomHost::remove(hub::Client& client, const api::RoomDeleteParams& params, const Caller& caller, Answer answer) {
  RoomOutput out;
  const auto removed = room_.remove(client.id, caller.rights.moderator, params.id, Context::now(), out);
  if (!removed) {
    return answer(std::unexpected(removed.error()));
  }
  settle(std::move(out), answer_empty(std::move(answer)));
}

void RoomHost::kick(hub::Client& client, const api::RoomKickParams& params, Answer answer) {
  RoomOutput out;
  const auto kicked = room_.kick(client.id, {.client_id = params.client_id, .out = params.out}, Context::now(), out);
  if (!kicked) {
    return answer(std::unexpected(kicked.error()));
  }
  settle(std::move(out), answer_empty(std::move(answer)));
}

// The broker ----------------------------------------------------------------------------------------------------------

void RoomHost::on_message(std::string_view topic, std::string_view payload) {
  RoomOutput out;
  const Moment now = Context::now();
  room_.on_message(topic, payload, now, out);
  settle(std::move(out));
  follow(now);
}

void RoomHost::on_read(bool forgetful) {
  RoomOutput out;
  const Moment now = Context::now();
  room_.end_reading(forgetful, now, out);
  settle(std::move(out));
  sweep({});
  for (Joining& joining : std::exchange(early_, {})) {
    begin(std::move(joining));
  }
  follow(now);
}

// When the room has to see to something by itself.
void RoomHost::follow(Moment now) {
  if (const Due next = room_.next_timeout(now)) {
    waker_.wake_at(*next);
  }
}

void RoomHost::on_unread(const api::Error& error) {
  for (Joining& joining : std::exchange(early_, {})) {
    forget(joining.client_id);
    end(std::move(joining), std::unexpected(error));
  }
}

// What comes of it ----------------------------------------------------------------------------------------------------

void RoomHost::settle(RoomOutput out, Feed::Done done) {
  const bool is_awaited = static_cast<bool>(done);
  if (is_awaited) {
    feed_.publish_all(std::move(out.publications), std::move(done));
  } else {
    for (Publication& publication : out.publications) {
      feed_.publish(std::move(publication));
    }
  }
  for (const RoomEvent& event : out.events) {
    tell(event);
  }
}

void RoomHost::tell(const RoomEvent& event) {
  if (const auto* completed = std::get_if<JoinCompleted>(&event)) {
    complete(completed->client_id);
  } else if (const auto* refused = std::get_if<JoinRefused>(&event)) {
    refuse(refused->client_id, refused->error);
  } else if (const auto* expelled = std::get_if<Expelled>(&event)) {
    tell_one(expelled->client_id, event);
    forget(expelled->client_id);
  } else if (const auto* elsewhere = std::get_if<TakenOver>(&event)) {
    forget(elsewhere->client_id);
  } else if (const auto* joined = std::get_if<MemberJoined>(&event)) {
    tell_members(event, joined->member->client_id);
  } else if (const auto* left = std::get_if<MemberLeft>(&event)) {
    tell_members(event, left->client_id);
  } else {
    tell_members(event, {});
  }
}

void RoomHost::tell_members(const RoomEvent& event, std::string_view but) {
  std::optional<hub::Notice> notice;
  for (const auto& [client_id, client] : clients_) {
    if (client_id == but || !room_.is_member_here(client_id)) {
      continue;
    }
    if (!notice) {
      notice.emplace(method_of(event), write_notification(name(), event));
    }
    client->receiver->notify(*notice);
  }
}

void RoomHost::tell_one(const std::string& client_id, const RoomEvent& event) {
  if (const auto client = clients_.find(client_id); client != clients_.end()) {
    client->second->receiver->notify(hub::Notice(method_of(event), write_notification(name(), event)));
  }
}

// Upkeep --------------------------------------------------------------------------------------------------------------

void RoomHost::sweep(const std::set<std::string, std::less<>>& gone) {
  to_sweep_.insert(gone.begin(), gone.end());
  if (room_.loaded() && !to_sweep_.empty()) {
    RoomOutput out;
    room_.sweep(std::exchange(to_sweep_, {}), Context::now(), out);
    settle(std::move(out));
  }
}

bool RoomHost::is_over(Moment::TimePoint now) const {
  return idle_since_ && now - *idle_since_ >= kept_idle;
}

std::optional<Moment::TimePoint> RoomHost::next_timeout(Moment now) const {
  Due next = earliest({room_.next_timeout(now), feed_.next_timeout(), idle_since_ ? *idle_since_ + kept_idle : Due(),
                       early_.empty() ? Due() : early_.front().deadline});
  for (const auto& [client_id, joining] : joining_) {
    next = earliest({next, joining.deadline});
  }
  return next;
}

void RoomHost::handle_timeout(Moment now) {
  feed_.handle_timeout(now.steady);
  while (!early_.empty() && early_.front().deadline <= now.steady) {
    Joining joining = std::move(early_.front());
    early_.pop_front();
    forget(joining.client_id);
    end(std::move(joining), std::unexpected(timed_out()));
  }
  std::vector<std::string> late;
  for (const auto& [client_id, joining] : joining_) {
    if (joining.deadline <= now.steady) {
      late.push_back(client_id);
    }
  }
  for (const std::string& client_id : late) {
    RoomOutput left;
    if (!room_.is_member_here(client_id)) {
      std::ignore = room_.leave(client_id, DepartureReason::lost, left);
    }
    settle(std::move(left));
    refuse(client_id, timed_out());
  }
  RoomOutput out;
  room_.handle_timeout(now, out);
  settle(std::move(out));
}

}  // namespace lobbyd::apps
