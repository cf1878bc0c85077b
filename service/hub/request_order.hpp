#pragma once

// The order of one client's requests: a publish is sent after the subscribes that came before it have been
// answered, and is answered after all that came before it; a subscribe is sent after the publishes that came before it
// have been answered, but for those of QoS 0, of which no answer tells that the broker has them, and waits for no other
// subscribe. A barrier holds publishes as a subscribe does, but is nobody's
// request. A publish whose request has timed out is excused: answers and subscribes need not wait for it any longer,
// but what has to come after everything (a will) still does. Pure; actions run from within the calls.

#include "protocol/mqtt/types.hpp"
#include "service/hub/ring.hpp"

#include <cstdint>
#include <functional>

namespace lobbyd::hub {

class RequestOrder {
 public:
  using Ticket = std::uint64_t;
  using Send = std::move_only_function<void(Ticket)>;
  using Answer = std::move_only_function<void()>;

  // Runs `send` now, or when the last publish of QoS 1 or 2 before it has been answered or excused.
  Ticket begin_subscribe(Send send);
  // Also of one that has not been sent: it is not sent any more.
  void end_subscribe(Ticket ticket);

  Ticket begin_barrier();
  void end_barrier(Ticket ticket);

  // The client is gone: nothing waits for its subscribes any more, none is sent, and they are not to be ended.
  void end_all_subscribes();

  // Whether a publish would have to wait.
  bool holds_back() const { return holding_ > 0 || waiting_ > 0; }
  // Runs `send` now, or when the last subscribe before it has ended.
  Ticket begin_publish(mqtt::QoS qos, Send send);
  // A place for what has nothing to send, but is answered in its turn.
  Ticket begin_reply();
  // Of a publish that was sent, or a reply: runs `answer` now, or when all that came before has been answered or
  // excused.
  void answer(Ticket ticket, Answer answer);
  // Its request was answered without it. No effect once it has been answered.
  void excuse(Ticket ticket);
  // Runs `action` now, or when all that came before has been answered, whatever became of its requests.
  void after_all(Answer action);

  // Drops all actions: nothing comes after it. What waits here may be all that keeps the client, and so this object.
  void abandon();

  bool empty() const { return slots_.empty(); }

 private:
  enum class State : std::uint8_t {
    asking,  // a subscribe that has not been sent
    subscribing,
    barred,
    waiting,  // a publish that has not been sent
    sent,
    answered
  };
  struct Slot {
    State state;
    Send send;              // while asking or waiting
    Answer answer;          // once answered
    bool confirmed = true;  // by the broker: not at QoS 0
    bool after_all = false;
    bool excused = false;
  };

  static bool holds_back(State state) {
    return state == State::asking || state == State::subscribing || state == State::barred;
  }
  static bool holds_subscribes(const Slot& slot) {
    return (slot.state == State::waiting || slot.state == State::sent) && slot.confirmed && !slot.excused;
  }
  Ticket begin(State state);
  Slot& slot(Ticket ticket) { return slots_[static_cast<std::size_t>(ticket - first_)]; }
  void answer_front();
  void answer_behind_excused();
  void send_publishes();
  void send_subscribes();
  void advance();

  Ring<Slot> slots_;
  Ticket first_ = 0;         // of the slot in front
  std::size_t holding_ = 0;  // slots that hold publishes back
  std::size_t asking_ = 0;
  std::size_t waiting_ = 0;
  std::size_t excused_ = 0;
  bool advancing_ = false;
  bool changed_ = false;  // from within an action
};

}  // namespace lobbyd::hub
