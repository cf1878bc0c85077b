// What an outbox does for a session that can be taken up again.

#include "service/gateway/history.hpp"
#include "service/gateway/outbox.hpp"

#include <utility>

namespace lobbyd::gateway {

void Outbox::remember() {
  history_ = std::make_unique<History>();
}

void Outbox::forget() {
  history_.reset();
}

void Outbox::acknowledge(std::uint64_t received) {
  if (history_) {
    history_->acknowledge(received);
  }
}

void Outbox::forget_old(std::chrono::steady_clock::time_point now, std::chrono::seconds age) {
  if (history_) {
    history_->forget_old(now, age);
  }
}

bool Outbox::has_lost() const {
  return history_ && history_->has_lost();
}

bool Outbox::can_continue_behind(std::uint64_t received) const {
  return history_->can_continue_behind(received);
}

std::size_t Outbox::held_bytes() const {
  return bytes_ + retained_bytes_ + (history_ ? history_->bytes() : 0);
}

std::uint64_t Outbox::last_number() const {
  std::uint64_t number = history_->sent();
  for (const Entry& entry : entries_) {
    number += entry.frame ? entry.messages : 0;
  }
  return number;
}

// Without a connection ------------------------------------------------------------------------------------------------

std::unique_ptr<Outbox> Outbox::surrender() {
  if (!history_) {
    return nullptr;
  }
  if (begun_ > 0) {
    // Its client may get it whole, or may not.
    remember_sent(entries_.front());
    entries_.front().messages = 0;
  }
  auto rest = std::make_unique<Outbox>(limits_);
  for (Entry& entry : entries_) {
    if (entry.frame && entry.messages > 0) {
      rest->take(entry, *this);
    }
  }
  close_gaps();
  rest->take_losses(*this);
  rest->history_ = std::move(history_);
  rest->history_->set_away(true);
  rest->fit_away();
  return rest;
}

void Outbox::take(Entry& entry, Outbox& from) {
  const std::string latest_of = entry.newest != nullptr ? entry.newest->first : std::string();
  const bool newest = entry.newest != nullptr;
  from.release(entry);
  from.forget_newest(entry);
  Entry taken = std::exchange(entry, {});
  if (newest) {
    set_newest(taken, latest_of);
  }
  append(std::move(taken));
}

void Outbox::take_losses(Outbox& from) {
  const Overflow overflow = from.take_overflow();
  if (overflow.dropped > 0) {
    losses().dropped += overflow.dropped;
    losses().dropped_filters.insert(overflow.filters.begin(), overflow.filters.end());
  }
}

bool Outbox::has_room_away(Class frame_class, std::size_t size) {
  const bool has_room = fits(size) || make_room(size);
  const bool nothing_waits = bytes_ + retained_bytes_ == 0;
  if (!has_room && (nothing_waits || !gives_way(frame_class))) {
    forget_for(size);
  }
  return nothing_waits || fits(size);
}

void Outbox::forget_for(std::size_t size) {
  while (!fits(size) && !history_->is_empty()) {
    history_->forget_oldest();
  }
}

void Outbox::fit_away() {
  make_room(0);
  forget_for(0);
  if (!fits(0) && entries_.size() - gaps_ > 1) {
    history_->lose();
  }
}

// With one again ------------------------------------------------------------------------------------------------------

void Outbox::continue_behind(std::uint64_t received) {
  hub::Ring<Entry> waiting = std::exchange(entries_, {});
  for (History::Record& record : history_->take_behind(received)) {
    append({std::move(record.frame), nullptr, nullptr, record.notifications, record.frame_class});
  }
  for (Entry& entry : waiting) {
    entries_.push_back(std::move(entry));
  }
  close_gaps();
  history_->set_away(false);
}

void Outbox::append(Outbox& later) {
  for (Entry& entry : later.entries_) {
    if (entry.frame) {
      take(entry, later);
    }
  }
  later.close_gaps();
  take_losses(later);
  if (!history_) {
    history_ = std::move(later.history_);
  } else if (later.has_lost()) {
    history_->lose();
  }
  if (is_away()) {
    fit_away();
  }
}

}  // namespace lobbyd::gateway
