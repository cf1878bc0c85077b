#pragma once

// One way between two loops on two threads: what one turn of the sender produced is handed over with one lock and at
// most one wake-up, and the receiver handles all that has come at once.
//
// What is handed over has a weight, and is numbered by it: a position is the weight of all that was handed over up to
// there. The channel has no bound of its own; the sender keeps to one by `unhandled` and the two ways to wait.

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace lobbyd::gateway {

template <class Batch>
class Channel {
 public:
  using Position = std::uint64_t;
  using Handle = std::function<void(std::span<Batch> batches)>;

  // `handle` runs on the receiver's loop, `on_room` on the sender's. Both loops' contexts must outlive the channel, and
  // run nothing any more when it goes.
  Channel(boost::asio::io_context& sender, boost::asio::io_context& receiver, Handle handle,
          std::function<void()> on_room = {})
      : sender_(sender), receiver_(receiver), handle_(std::move(handle)), on_room_(std::move(on_room)) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // For the sender's thread alone.
  void put(Batch batch, std::uint64_t weight) {
    put_ += weight;
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(batch));
    waiting_end_ = put_;
    if (waiting_.size() == 1) {
      boost::asio::post(receiver_, [this] { take(); });
    }
  }
  Position end() const { return put_; }
  Position handled() const { return handled_.load(std::memory_order_acquire); }
  std::uint64_t unhandled() const { return put_ - handled(); }
  // Stops the sender's thread. False where the receiver has not come so far by then.
  bool wait_until_handled(Position position, std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return progress_.wait_for(lock, limit, [&] { return handled() >= position; });
  }
  // `on_room` comes, once, when so little is unhandled. False where it is so little already.
  bool tell_when_unhandled_is(std::uint64_t weight) {
    const std::scoped_lock lock(mutex_);
    room_at_ = put_ > weight ? put_ - weight : 0;
    asked_ = handled() < room_at_;
    return asked_;
  }

 private:
  void take() {
    std::vector<Batch> batches;
    Position end = 0;
    {
      const std::scoped_lock lock(mutex_);
      batches.swap(waiting_);
      end = waiting_end_;
    }
    handle_(batches);
    batches.clear();
    const std::scoped_lock lock(mutex_);
    handled_.store(end, std::memory_order_release);
    progress_.notify_one();
    if (asked_ && end >= room_at_) {
      asked_ = false;
      boost::asio::post(sender_, [this] { on_room_(); });
    }
  }

  boost::asio::io_context& sender_;
  boost::asio::io_context& receiver_;
  Handle handle_;
  std::function<void()> on_room_;
  Position put_ = 0;  // the sender's

  std::mutex mutex_;
  std::condition_variable progress_;
  std::vector<Batch> waiting_;
  Position waiting_end_ = 0;
  std::atomic<Position> handled_ = 0;
  Position room_at_ = 0;
  bool asked_ = false;
};

}  // namespace lobbyd::gateway
