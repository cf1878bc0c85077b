#include "service/gateway/outbox.hpp"

#include "service/gateway/history.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::gateway {

namespace {

// More are not named in an `overflow` notification.
constexpr std::size_t max_named_filters = 16;

}  // namespace

Outbox::Outbox(const Limits& limits) : limits_(limits) {}
Outbox::~Outbox() = default;

Outbox::Push Outbox::push(Frame frame, Class frame_class, const FilterName& filter, std::string_view topic,
                          std::uint32_t messages) {
  const std::size_t size = frame->size();
  Entry entry{std::move(frame), filter, nullptr, messages, frame_class};
  const std::string latest_of(frame_class == Class::latest ? topic : std::string_view());
  if (frame_class == Class::latest && falls_behind()) {
    replace_older(latest_of);
  }
  if (!has_room(frame_class, size)) {
    if (!gives_way(frame_class)) {
      lose(entry);
      return Push::full;
    }
    drop(entry);
    return Push::dropped;
  }
  if (frame_class == Class::latest) {
    set_newest(entry, latest_of);
  }
  append(std::move(entry));
  return Push::queued;
}

bool Outbox::has_room(Class frame_class, std::size_t size) {
  if (is_away()) {
    return has_room_away(frame_class, size);
  }
  switch (frame_class) {
    case Class::last:
      return true;
    case Class::retained:
      return retained_frames_ == 0 ||
             (retained_frames_ < limits_.retained_frames && retained_bytes_ + size <= limits_.retained_bytes);
    default:
      return bytes_ == 0 || fits(size) || make_room(size);
  }
}

bool Outbox::fits(std::size_t size) const {
  return (is_away() ? held_bytes() : bytes_) + size <= limits_.bytes;
}

void Outbox::append(Entry entry) {
  account(entry);
  entries_.push_back(std::move(entry));
}

Outbox::Losses& Outbox::losses() {
  if (!losses_) {
    losses_ = std::make_unique<Losses>();
  }
  return *losses_;
}

void Outbox::account(const Entry& entry) {
  const std::size_t size = entry.frame->size();
  if (entry.frame_class == Class::retained) {
    ++retained_frames_;
    retained_bytes_ += size;
  } else {
    bytes_ += size;
  }
  if (entry.frame_class == Class::retained || entry.frame_class == Class::notice) {
    owed_bytes_ += size;
  }
}

void Outbox::release(const Entry& entry) {
  const std::size_t size = entry.frame->size();
  if (entry.frame_class == Class::retained) {
    --retained_frames_;
    retained_bytes_ -= size;
  } else {
    bytes_ -= size;
  }
  if (entry.frame_class == Class::retained || entry.frame_class == Class::notice) {
    owed_bytes_ -= size;
  }
}

// Writing -------------------------------------------------------------------------------------------------------------

std::span<iovec> Outbox::gather(std::span<iovec> pieces) const {
  std::size_t count = 0;
  std::size_t skipped = begun_;
  for (auto entry = entries_.begin(); entry != entries_.end() && count < pieces.size(); ++entry) {
    if (entry->frame) {
      const auto left = std::string_view(*entry->frame).substr(std::exchange(skipped, 0));
      // The system's type is for reading, too.
      pieces[count++] = {const_cast<char*>(left.data()), left.size()};
    }
  }
  return pieces.first(count);
}

void Outbox::written(std::size_t bytes) {
  while (!entries_.empty()) {
    Entry& front = entries_.front();
    const std::size_t left = front.frame ? front.frame->size() - begun_ : 0;
    if (bytes < left) {
      break;
    }
    bytes -= left;
    pop_front();
  }
  if (bytes > 0) {
    Entry& front = entries_.front();
    if (begun_ == 0) {
      release(front);
      forget_newest(front);
    }
    begun_ += bytes;
  }
  next_droppable_ = std::max(next_droppable_, first_ + (begun_ > 0 ? 1 : 0));
}

void Outbox::pop_front() {
  Entry& front = entries_.front();
  if (history_) {
    remember_sent(front);
  }
  if (!front.frame) {
    --gaps_;
  } else if (begun_ == 0) {
    release(front);
    forget_newest(front);
  }
  begun_ = 0;
  entries_.pop_front();
  ++first_;
}

void Outbox::clear() {
  while (entries_.size() > (begun_ > 0 ? 1U : 0U)) {
    Entry& last = entries_.back();
    if (last.frame) {
      release(last);
      forget_newest(last);
    } else {
      --gaps_;
    }
    entries_.pop_back();
  }
  losses_.reset();
}

// Giving way ----------------------------------------------------------------------------------------------------------

Outbox::Overflow Outbox::take_overflow() {
  Overflow overflow;
  if (losses_) {
    overflow.dropped = std::exchange(losses_->dropped, 0);
    overflow.filters.assign(losses_->dropped_filters.begin(), losses_->dropped_filters.end());
    losses_->dropped_filters.clear();
    if (losses_->newest.empty()) {
      losses_.reset();
    }
  }
  return overflow;
}

void Outbox::drop(Entry& entry) {
  Losses& losses = this->losses();
  losses.dropped += std::max<std::uint32_t>(entry.messages, 1);
  if (entry.filter && losses.dropped_filters.size() < max_named_filters) {
    losses.dropped_filters.insert(*entry.filter);
  }
  entry.frame.reset();
  entry.filter.reset();
}

void Outbox::set_newest(Entry& entry, const std::string& topic) {
  const auto [newest, is_first] = losses().newest.try_emplace(topic, 0);
  if (!is_first) {
    this->entry(newest->second).newest = nullptr;
  }
  newest->second = first_ + entries_.size();
  entry.newest = &*newest;
}

void Outbox::forget_newest(Entry& entry) {
  if (const auto* newest = std::exchange(entry.newest, nullptr)) {
    losses_->newest.erase(newest->first);
  }
}

bool Outbox::make_room(std::size_t size) {
  if (size > limits_.bytes) {
    return false;
  }
  for (; next_droppable_ < first_ + entries_.size() && !fits(size); ++next_droppable_) {
    Entry& older = entry(next_droppable_);
    if (older.frame && gives_way(older.frame_class)) {
      release(older);
      forget_newest(older);
      drop(older);
      ++gaps_;
    }
  }
  compact();
  return fits(size);
}

void Outbox::replace_older(const std::string& topic) {
  if (!losses_) {
    return;
  }
  const auto newest = losses_->newest.find(topic);
  if (newest == losses_->newest.end()) {
    return;
  }
  Entry& older = entry(newest->second);
  release(older);
  forget_newest(older);
  drop(older);
  ++gaps_;
  compact();
}

// Gaps behind a frame that stays would pile up for as long as the client stalls.
void Outbox::compact() {
  if (gaps_ < 64 || gaps_ < entries_.size() / 2) {
    return;
  }
  close_gaps();
}

void Outbox::close_gaps() {
  entries_.erase_if([](const Entry& entry) { return !entry.frame; });
  gaps_ = 0;
  next_droppable_ = first_ + (begun_ > 0 ? 1 : 0);
  for (std::size_t at = 0; at < entries_.size(); ++at) {
    if (const auto* newest = entries_[at].newest) {
      losses_->newest[newest->first] = first_ + at;
    }
  }
}

// A session's ---------------------------------------------------------------------------------------------------------

bool Outbox::is_away() const {
  return history_ && history_->is_away();
}

void Outbox::lose(const Entry& entry) {
  if (history_ && entry.messages > 0) {
    history_->lose();
  }
}

void Outbox::remember_sent(const Entry& entry) {
  if (entry.frame && entry.messages > 0) {
    history_->add({entry.frame, entry.messages, entry.frame_class});
    while (history_->bytes() > limits_.bytes / 2) {
      history_->forget_oldest();
    }
  }
}

}  // namespace lobbyd::gateway
