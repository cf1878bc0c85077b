#pragma once

// The notifications of a session, counted from its first as they are handed to the socket, and those of them that its
// client may not have got: so that they can be sent again on another connection, from any number on. Pure.
//
// What the client has acknowledged is forgotten, what has been there for a while, and the oldest where it is too much.
// Who asks for what is forgotten learns that it is: there is never a gap.

#include "service/gateway/outbox.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lobbyd::gateway {

class History {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // A frame that stands for so many of the session's notifications, each in a WebSocket frame of its own.
  struct Record {
    Frame frame;
    std::uint32_t notifications;
    Outbox::Class frame_class;
  };

  // The last number that was handed to the socket.
  std::uint64_t sent() const { return sent_; }
  bool is_empty() const { return records_.empty(); }
  // Of what is remembered, with what remembering costs.
  std::size_t bytes() const { return bytes_; }

  void add(Record record);
  // There is one.
  void forget_oldest();
  // The client has all up to this number. One that was not sent yet is ignored.
  void acknowledge(std::uint64_t received);
  // Forgets what is twice as old as `age`, and nothing that is younger. Called again and again.
  void forget_old(TimePoint now, std::chrono::seconds age);

  // One was lost, and never gets a number: the session cannot be taken up again.
  void lose() { lost_ = true; }
  bool has_lost() const { return lost_; }
  bool can_continue_behind(std::uint64_t received) const {
    return !lost_ && received >= forgotten_ && received <= sent_;
  }
  // What comes behind this number; it has not been sent any more.
  std::vector<Record> take_behind(std::uint64_t received);

  // Whether there is no connection: see Outbox.
  bool is_away() const { return away_; }
  void set_away(bool away) { away_ = away; }

 private:
  hub::Ring<Record> records_;  // of all numbers behind `forgotten_`, up to `sent_`
  std::uint64_t sent_ = 0;
  std::uint64_t forgotten_ = 0;  // the last number before the oldest record
  std::size_t bytes_ = 0;
  TimePoint looked_;  // when what is old was last looked for
  std::uint64_t sent_then_ = 0;
  bool lost_ = false;
  bool away_ = false;
};

}  // namespace lobbyd::gateway
