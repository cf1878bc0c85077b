#include "service/gateway/outbox.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::gateway {

namespace {

// More are not named in an `overflow` notification.
constexpr std::size_t max_named_filters = 16;

}  // namespace

Outbox::Push Outbox::push(Frame frame, Class frame_class, FilterName filter, std::string_view topic,
                          std::uint32_t messages) {
  const std::size_t size = frame->size();
  Entry entry{std::move(frame), frame_class, messages, std::move(filter), {}};
  if (frame_class == Class::retained) {
    return push_retained(std::move(entry));
  }
  if (frame_class == Class::latest) {
    entry.topic = topic;
    if (falls_behind()) {
      replace_older(entry.topic);
    }
  }
  if (bytes_ > 0 && bytes_ + size > limits_.bytes && frame_class != Class::last && !make_room(size)) {
    if (!gives_way(frame_class)) {
      return Push::full;
    }
    drop(entry);
    return Push::dropped;
  }
  if (frame_class == Class::latest) {
    newest_[entry.topic] = first_ + entries_.size();
  }
  account(entry);
  entries_.push_back(std::move(entry));
  return Push::queued;
}

Outbox::Push Outbox::push_retained(Entry entry) {
  const bool fits =
      retained_frames_ < limits_.retained_frames && retained_bytes_ + entry.frame->size() <= limits_.retained_bytes;
  if (!fits && retained_frames_ > 0) {
    return Push::full;
  }
  account(entry);
  entries_.push_back(std::move(entry));
  return Push::queued;
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

void Outbox::take(std::vector<Frame>& out, std::size_t max_frames, std::size_t max_bytes) {
  std::size_t taken = 0;
  while (!entries_.empty() && out.size() < max_frames && taken < max_bytes) {
    Entry& entry = entries_.front();
    if (entry.frame) {
      taken += entry.frame->size();
      release(entry);
      forget_newest(entry, first_);
      out.push_back(std::move(entry.frame));
    } else {
      --gaps_;
    }
    entries_.pop_front();
    ++first_;
  }
  next_droppable_ = std::max(next_droppable_, first_);
  if (entries_.empty()) {
    // An idle client keeps no memory for what it once had waiting.
    entries_.shrink_to_fit();
  }
}

void Outbox::clear() {
  *this = Outbox(limits_);
}

Outbox::Overflow Outbox::take_overflow() {
  Overflow overflow{.dropped = std::exchange(dropped_, 0), .filters = {}};
  overflow.filters.assign(dropped_filters_.begin(), dropped_filters_.end());
  dropped_filters_.clear();
  return overflow;
}

void Outbox::drop(Entry& entry) {
  dropped_ += entry.messages;
  if (entry.filter && dropped_filters_.size() < max_named_filters) {
    dropped_filters_.insert(*entry.filter);
  }
  entry.frame.reset();
  entry.filter.reset();
}

void Outbox::forget_newest(const Entry& entry, std::uint64_t number) {
  if (entry.frame_class != Class::latest) {
    return;
  }
  if (const auto newest = newest_.find(entry.topic); newest != newest_.end() && newest->second == number) {
    newest_.erase(newest);
  }
}

bool Outbox::make_room(std::size_t size) {
  if (size > limits_.bytes) {
    return false;
  }
  for (; next_droppable_ < first_ + entries_.size() && bytes_ + size > limits_.bytes; ++next_droppable_) {
    Entry& entry = entries_[static_cast<std::size_t>(next_droppable_ - first_)];
    if (entry.frame && gives_way(entry.frame_class)) {
      release(entry);
      forget_newest(entry, next_droppable_);
      drop(entry);
      ++gaps_;
    }
  }
  compact();
  return bytes_ + size <= limits_.bytes;
}

void Outbox::replace_older(const std::string& topic) {
  const auto newest = newest_.find(topic);
  if (newest == newest_.end()) {
    return;
  }
  Entry& older = entries_[static_cast<std::size_t>(newest->second - first_)];
  release(older);
  drop(older);
  ++gaps_;
  newest_.erase(newest);
  compact();
}

// Gaps behind a frame that stays would pile up for as long as the client stalls.
void Outbox::compact() {
  if (gaps_ < 64 || gaps_ < entries_.size() / 2) {
    return;
  }
  std::erase_if(entries_, [](const Entry& entry) { return !entry.frame; });
  gaps_ = 0;
  next_droppable_ = first_;
  for (std::size_t at = 0; at < entries_.size(); ++at) {
    if (entries_[at].frame_class == Class::latest) {
      newest_[entries_[at].topic] = first_ + at;
    }
  }
}

}  // namespace lobbyd::gateway
