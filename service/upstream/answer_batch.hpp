#pragma once

#include "service/upstream/lifeline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <utility>
#include <vector>

namespace lobbyd::upstream {

// Answers that must not be given from within the call that they answer: all of one turn are given together in the
// next one. Those still waiting when the batch is destroyed are dropped.
template <typename Handler, typename Answer>
class AnswerBatch {
 public:
  explicit AnswerBatch(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  void add(Handler handler, Answer answer) {
    if (!handler) {
      return;
    }
    if (!std::exchange(posted_, true)) {
      boost::asio::post(executor_, lifeline_.guard([this] {
        posted_ = false;
        give();
      }));
    }
    waiting_.emplace_back(std::move(handler), std::move(answer));
  }

  // For a caller who calls give() before the turn ends.
  void gather(Handler handler, Answer answer) {
    if (handler) {
      waiting_.emplace_back(std::move(handler), std::move(answer));
    }
  }

  void give() {
    // What a handler adds belongs to the next turn.
    auto answers = std::exchange(waiting_, {});
    for (auto& [handler, answer] : answers) {
      handler(std::move(answer));
    }
  }

  void clear() { waiting_.clear(); }

 private:
  boost::asio::any_io_executor executor_;
  bool posted_ = false;
  std::vector<std::pair<Handler, Answer>> waiting_;
  Lifeline lifeline_;
};

}  // namespace lobbyd::upstream
