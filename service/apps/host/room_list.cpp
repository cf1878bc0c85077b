#include "service/apps/host/room_list.hpp"

#include "service/apps/host/results.hpp"
#include "service/apps/rooms/room_topics.hpp"
#include "service/schedule/earliest.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::apps {
namespace {

constexpr std::chrono::seconds kept_unused{60};
// Of a result, besides the rooms.
constexpr std::size_t envelope = 128;

}  // namespace

void RoomList::list(const hub::Client& client, api::RoomListParams params, const Caller& caller, Answer answer_with) {
  used_ = Context::now().steady;
  if (!feed_) {
    feed_.emplace(context_, static_cast<FeedListener&>(*this));
    feed_->keep({RoomTopics::all_members(context_.surroundings.prefix)});
  }
  if (read_) {
    return answer(params, caller, answer_with);
  }
  waiting_.push_back({.client = &client,
                      .params = std::move(params),
                      .caller = caller,
                      .answer = std::move(answer_with),
                      .deadline = used_ + request_time});
  context_.wake_at(waiting_.back().deadline);
}

void RoomList::answer(const api::RoomListParams& params, const Caller& caller, Answer& answer_with) const {
  const std::size_t bytes = caller.result_bytes - std::min(caller.result_bytes, envelope);
  const auto page =
      directory_.page({.prefix = params.prefix, .cursor = params.cursor}, {.entries = params.limit, .bytes = bytes});
  answer_with(page ? std::expected<std::string, api::Error>(write_list("rooms", *page))
                   : std::unexpected(page.error()));
}

void RoomList::forget(const hub::Client& client) {
  std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.client == &client; });
}

void RoomList::on_reading() {
  read_ = false;
  directory_.clear();
}

void RoomList::on_message(std::string_view topic, std::string_view payload) {
  directory_.on_message(context_.surroundings, topic, payload);
}

void RoomList::on_read(bool /*forgetful*/) {
  read_ = true;
  context_.wake_at(used_ + kept_unused);
  for (Waiting& waiting : std::exchange(waiting_, {})) {
    answer(waiting.params, waiting.caller, waiting.answer);
  }
}

void RoomList::on_unread(const api::Error& error) {
  for (Waiting& waiting : std::exchange(waiting_, {})) {
    waiting.answer(std::unexpected(error));
  }
}

std::optional<Moment::TimePoint> RoomList::next_timeout() const {
  if (!feed_) {
    return std::nullopt;
  }
  return earliest({used_ + kept_unused, feed_->next_timeout(), waiting_.empty() ? Due() : waiting_.front().deadline});
}

void RoomList::handle_timeout(Moment::TimePoint now) {
  while (!waiting_.empty() && waiting_.front().deadline <= now) {
    Waiting late = std::move(waiting_.front());
    waiting_.pop_front();
    late.answer(std::unexpected(timed_out()));
  }
  if (feed_ && waiting_.empty() && now - used_ >= kept_unused) {
    feed_.reset();
    read_ = false;
    directory_.clear();
  } else if (feed_) {
    feed_->handle_timeout(now);
  }
}

}  // namespace lobbyd::apps
