#pragma once

// What waits to be sent on one publish connection: a FIFO per publisher, and the publishers served in turn by bytes
// (deficit round robin), so that one publisher's burst does not stand before the others.
//
// A publisher's order is kept: its QoS 0 message behind its own QoS 1 message waits for the latter's turn. Where no
// QoS 1 or 2 message may be sent, publishers whose next message is of QoS 0 go on being served.
//
// Bounds: `messages` and `bytes` count what waits and what is in flight, until settled(): else a broker with a wide
// receive maximum that stops answering could make the daemon hold any amount.

#include "service/upstream/broker_types.hpp"
#include "service/upstream/message.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace lobbyd::upstream {

struct QueuedPublish {
  Message message;
  PublishHandler handler;
  std::size_t weight = 0;
};

class PublishQueue {
 public:
  struct Limits {
    std::size_t messages = 20'000;
    std::size_t bytes = 32U << 20U;
    // On top, for what publishers leave behind: nobody could be told that it was refused.
    std::size_t last_messages = 20'000;
    std::size_t last_bytes = 32U << 20U;
    // From so much on publishers should wait before they bring more: long before the bounds, so that what waits is sent
    // within seconds, and enough for a connection that is busy to stay so.
    std::size_t crowd_messages = messages / 16;
    std::size_t crowd_bytes = bytes / 16;
    std::size_t quantum = 16U << 10U;  // bytes that a publisher may send in its turn
  };

  explicit PublishQueue(Limits limits) : limits_(limits) {}

  // The queue takes message and handler only if there is room for them.
  bool push(PublisherId publisher, Message& message, PublishHandler& handler);

  // The next message; its weight counts until settled(). `window_open`: whether QoS 1 and 2 may be sent now.
  std::optional<QueuedPublish> pop(bool window_open);
  void settled(std::size_t weight);

  // Takes the waiting messages of QoS 0 out, and settles them.
  std::vector<QueuedPublish> take_qos_0();
  // Takes all waiting messages out, and settles them.
  std::vector<QueuedPublish> take_all();

  // Whether nothing waits; what is in flight does not count.
  bool empty() const { return flows_.empty(); }
  // Whether something waits for the window.
  bool waits_for_window() const { return !windowed_.empty(); }
  bool crowded() const { return messages_ >= limits_.crowd_messages || bytes_ >= limits_.crowd_bytes; }
  // What the bounds apply to.
  std::size_t messages() const { return messages_; }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Flow {
    std::list<QueuedPublish> waiting;  // never empty; most have one, for which a deque would take memory three times
    std::size_t deficit = 0;           // bytes that may still be sent in this turn
    std::uint64_t turn = 0;
  };
  // Publishers in the order of their turns.
  using Round = std::map<std::uint64_t, PublisherId>;

  Round& round_of(const Flow& flow);
  void give_turn(PublisherId publisher, Flow& flow);
  Round* next_round(bool window_open);
  QueuedPublish take_head(Round& round, Round::iterator place, Flow& flow);

  Limits limits_;
  std::unordered_map<PublisherId, Flow> flows_;
  // Every flow is in one of them, by the QoS of its head and with its own turn as the key: two rounds with one order,
  // so that those who wait for the window cost nothing while it is closed.
  Round free_;
  Round windowed_;
  std::uint64_t last_turn_ = 0;
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace lobbyd::upstream
