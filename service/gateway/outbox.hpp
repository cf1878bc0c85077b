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

#include "service/hub/message.hpp"
#include "service/hub/ring.hpp"

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
  explicit Outbox(const Limits& limits) : limits_(limits) {}

  // `messages`: how many the frame stands for, which go, or give way, together.
  Push push(Frame frame, Class frame_class, const FilterName& filter = {}, std::string_view topic = {},
            std::uint32_t messages = 1);

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

 private:
  using Newest = std::unordered_map<std::string, std::uint64_t>;
  struct Entry {
    Frame frame;  // null where it gave way
    FilterName filter;
    const Newest::value_type* newest;  // of `latest` that are the newest of their topic
    std::uint32_t messages;
    Class frame_class;
  };

  Push push_retained(Entry entry);
  void account(const Entry& entry);
  void release(const Entry& entry);
  bool falls_behind() const { return bytes_ >= limits_.bytes / 8; }
  static bool gives_way(Class frame_class) { return frame_class == Class::droppable || frame_class == Class::latest; }
  Entry& entry(std::uint64_t number) { return entries_[static_cast<std::size_t>(number - first_)]; }
  void append(Entry entry);
  void pop_front();
  void drop(Entry& entry);
  void forget_newest(Entry& entry);
  bool make_room(std::size_t size);
  void replace_older(const std::string& topic);
  void compact();

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
