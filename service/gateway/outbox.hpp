#pragma once

// What waits to be written to one client, in order: bounded, with a rule for when it is full. Pure.
//
//   - QoS 0 messages give way, the oldest first, and are counted; those of `latest` subscriptions give way to newer
//     ones of their topic as soon as the client falls behind.
//   - QoS 1 and 2 messages, answers and notices never give way: when they do not fit, the client has to be closed.
//   - Retained copies that a subscribe brings never give way either. One read may bring many more bytes than live
//     messages may take, so they have bounds of their own.
//   - An empty outbox takes any one frame.
//
// What a client has asked for and not taken is what it is `owed`: while that is much, its further requests wait.
//
// A frame that the socket has begun to take counts no more, and stays. An empty outbox holds no memory.
//
// That of a session which can be taken up again (`remember`) counts the session's notifications as the socket takes
// them, and keeps the last of them: see History. They take half as much again as what may wait. When the connection
// ends it goes on without one (`surrender`), until it is handed to another one (`continue_behind`, `append`). Meanwhile
// all that it holds, retained copies and what was sent among it, takes as much as may wait else: QoS 0 gives way first,
// then what was sent, the oldest first. Where that is not enough a notification is lost, and with it the session
// (`has_lost`).

#include "service/hub/message.hpp"
#include "service/hub/ring.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <sys/uio.h>
#include <unordered_map>
#include <vector>

namespace lobbyd::gateway {

using hub::Frame;

// The text of the filter that brought a message, shared with the hub.
using FilterName = std::shared_ptr<const std::string>;

class History;

class Outbox {
 public:
  enum class Class : std::uint8_t {
    notice,  // and answers
    reliable,
    droppable,
    latest,
    retained,
    last,  // a Close frame: always taken
  };
  // full: the client has to be closed as a slow consumer.
  enum class Push : std::uint8_t { queued, dropped, full };

  struct Limits {
    std::size_t bytes = 512U << 10U;
    std::size_t retained_frames = 200'000;
    std::size_t retained_bytes = 160U << 20U;
  };

  struct Overflow {
    std::uint64_t dropped = 0;
    std::vector<std::string> filters;
  };

  // The limits must outlive it.
  explicit Outbox(const Limits& limits);
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox();

  // `messages`: how many of the session's notifications the frame stands for, which go, or give way, together; none
  // where it is not one of those that are counted.
  Push push(Frame frame, Class frame_class, const FilterName& filter = {}, std::string_view topic = {},
            std::uint32_t messages = 0);

  bool empty() const { return entries_.empty(); }
  // Of all but retained copies.
  std::size_t bytes() const { return bytes_; }
  // Answers, notices and retained copies.
  std::size_t owed_bytes() const { return owed_bytes_; }
  // Memory is held for so many.
  std::size_t entries() const { return entries_.size(); }
  // The bytes that are to be written next, for a gathered write: in as many pieces as there is room for, at the front
  // of `pieces`. They are not to be written to.
  std::span<iovec> gather(std::span<iovec> pieces) const;
  // The socket has taken so many of them.
  void written(std::size_t bytes);
  // Whether it has taken a part of a frame.
  bool in_frame() const { return begun_ > 0; }
  // Drops all but a frame that the socket has begun to take.
  void clear();

  // What was dropped since the last call.
  Overflow take_overflow();

  // A session's, from its first notification on.
  void remember();
  bool remembers() const { return history_ != nullptr; }
  // The session ends, and what waits is sent all the same.
  void forget();
  // The client has all notifications up to this number.
  void acknowledge(std::uint64_t received);
  // Forgets what the client must have, or be gone: see History::forget_old.
  void forget_old(std::chrono::steady_clock::time_point now, std::chrono::seconds age);

  // The connection ends, or the outbox never had one: what there is of a session's notifications goes on in the one
  // returned, without a connection. What is not counted stays, with a frame that the socket has begun to take. None
  // where it does not remember.
  std::unique_ptr<Outbox> surrender();
  // Whether a session's notification was lost.
  bool has_lost() const;
  // Of a session's: whether all notifications behind this number are there, and no more were sent.
  bool can_continue_behind(std::uint64_t received) const;
  // They are the next to be sent, and the outbox is for a connection again.
  void continue_behind(std::uint64_t received);
  // What came later, for the same client. Where this outbox remembers nothing it goes on with the other's memory.
  void append(Outbox& later);
  // Of all that it holds, with what it remembers.
  std::size_t held_bytes() const;
  // The number of the last notification that waits; of a session's.
  std::uint64_t last_number() const;

 private:
  using Newest = std::unordered_map<std::string, std::uint64_t>;
  struct Entry {
    Frame frame;  // null where it gave way
    FilterName filter;
    const Newest::value_type* newest;  // of `latest` that are the newest of their topic
    std::uint32_t messages;
    Class frame_class;
  };

  bool has_room(Class frame_class, std::size_t size);
  bool has_room_away(Class frame_class, std::size_t size);
  bool fits(std::size_t size) const;
  bool make_room(std::size_t size);
  void forget_for(std::size_t size);
  void lose(const Entry& entry);
  void fit_away();
  bool is_away() const;
  void account(const Entry& entry);
  void release(const Entry& entry);
  bool falls_behind() const { return bytes_ >= limits_.bytes / 8; }
  static bool gives_way(Class frame_class) { return frame_class == Class::droppable || frame_class == Class::latest; }
  Entry& entry(std::uint64_t number) { return entries_[static_cast<std::size_t>(number - first_)]; }
  void append(Entry entry);
  void take(Entry& entry, Outbox& from);
  void take_losses(Outbox& from);
  void pop_front();
  void remember_sent(const Entry& entry);
  void drop(Entry& entry);
  void set_newest(Entry& entry, const std::string& topic);
  void forget_newest(Entry& entry);
  void replace_older(const std::string& topic);
  void compact();
  void close_gaps();

  // What few clients ever need.
  struct Losses {
    Newest newest;  // of `latest`, by topic: the entry's number
    std::uint64_t dropped = 0;
    std::set<std::string> dropped_filters;
  };
  Losses& losses();

  const Limits& limits_;
  hub::Ring<Entry> entries_;
  std::unique_ptr<Losses> losses_;
  std::unique_ptr<History> history_;  // of a session that can be taken up again
  std::size_t begun_ = 0;             // bytes of the front that the socket has taken
  std::uint64_t first_ = 0;           // counts entries; the number of the one in front
  std::uint64_t next_droppable_ = 0;  // none before it may give way
  std::size_t bytes_ = 0;             // of all but retained copies
  std::size_t retained_frames_ = 0;
  std::size_t retained_bytes_ = 0;
  std::size_t owed_bytes_ = 0;
  std::size_t gaps_ = 0;  // entries that gave way
};

}  // namespace lobbyd::gateway
