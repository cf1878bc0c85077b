#pragma once

// A request that waits for its answer, and the deadlines of all that wait.

#include "service/hub/client.hpp"
#include "service/hub/hub.hpp"

#include <chrono>
#include <deque>
#include <expected>
#include <memory>
#include <optional>
#include <utility>

namespace lobbyd::hub {

class Expiring {
 public:
  virtual ~Expiring() = default;
  // No effect once answered.
  virtual void expire() = 0;
};

template <class Result>
class Pending : public Expiring {
 public:
  Pending(Client& asker, Answer<Result> answer) : client(asker.shared_from_this()), answer_(std::move(answer)) {}

  bool answered() const { return !answer_; }
  // The first call answers, unless the client has gone; further ones have no effect.
  void settle(std::expected<Result, api::Error> result) {
    if (Answer<Result> answer = std::exchange(answer_, {}); answer && client->receiver != nullptr) {
      answer(std::move(result));
    }
  }
  void expire() override {
    settle(std::unexpected(
        api::Error{api::Reason::timeout, "the broker did not answer in time; what was asked for may still happen"}));
  }

  const std::shared_ptr<Client> client;

 private:
  Answer<Result> answer_;
};

// All requests have the same time, so they expire in the order in which they came.
class Deadlines {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit Deadlines(std::chrono::milliseconds timeout) : timeout_(timeout) {}

  void add(std::weak_ptr<Expiring> request, TimePoint now) { queue_.emplace_back(now + timeout_, std::move(request)); }
  std::optional<TimePoint> next() const { return queue_.empty() ? std::nullopt : std::optional(queue_.front().first); }
  void expire(TimePoint now) {
    while (!queue_.empty() && queue_.front().first <= now) {
      const std::shared_ptr<Expiring> request = queue_.front().second.lock();
      queue_.pop_front();
      if (request) {
        request->expire();
      }
    }
  }
  // Forgets those in front that are answered and gone, so that the queue is no longer than what waits.
  void trim() {
    while (!queue_.empty() && queue_.front().second.expired()) {
      queue_.pop_front();
    }
  }

 private:
  std::chrono::milliseconds timeout_;
  std::deque<std::pair<TimePoint, std::weak_ptr<Expiring>>> queue_;
};

}  // namespace lobbyd::hub
