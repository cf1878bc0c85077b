#pragma once

// What is known of one topic.

#include <cstdint>
#include <utility>

namespace lobbyd::scores {

// A default value stands for an empty topic.
template <typename Value>
class Copy {
 public:
  // What the topic ought to hold.
  const Value& value() const { return value_; }
  bool is_empty() const { return value_ == Value{}; }
  // The broker has been told, and the value has not come back yet: until then the topic is seen as it was before.
  bool is_sent() const { return state_ == State::sent; }
  bool is_settled() const { return state_ == State::held; }
  // Not seen since the reading began.
  bool is_unread() const { return unread_; }

  // The topic was seen, and this is what it ought to hold then; `held`: whether it does.
  void see(Value value, bool held) {
    const bool changed = value != value_;
    unread_ = false;
    value_ = std::move(value);
    if (held) {
      state_ = State::held;
    } else if (changed || state_ == State::held) {
      state_ = State::differs;
    }
  }

  // It ought to hold something else from now on.
  void change(Value value) {
    if (value != value_) {
      value_ = std::move(value);
      state_ = State::differs;
    }
  }

  // It holds what cannot be read. An empty one is better left alone: a later version may know what that is.
  void spoil() { see(value_, is_empty()); }

  // True: the broker is to be told, once more where that has not come back, and it counts as sent.
  bool send() {
    const bool needed = state_ != State::held;
    state_ = needed ? State::sent : State::held;
    return needed;
  }

  // What was sent before may be lost.
  void begin_reading() {
    unread_ = true;
    state_ = state_ == State::sent ? State::differs : state_;
  }
  // Whether a whole reading has shown that the topic is empty.
  bool end_reading() { return std::exchange(unread_, false) && !is_sent(); }

 private:
  enum class State : std::uint8_t { held, differs, sent };

  Value value_{};
  State state_ = State::held;
  bool unread_ = false;
};

}  // namespace lobbyd::scores
