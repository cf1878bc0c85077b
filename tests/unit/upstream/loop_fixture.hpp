#pragma once

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>

namespace lobbyd::upstream {

// A test that drives its own loop.
class LoopTest : public ::testing::Test {
 protected:
  // Turns the loop until the condition holds; false if it does not within the deadline.
  template <typename Condition>
  bool run_until(const Condition& condition, std::chrono::milliseconds deadline = std::chrono::seconds(20)) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
      const auto left = end - std::chrono::steady_clock::now();
      if (left.count() <= 0) return false;
      if (loop_.stopped()) loop_.restart();
      loop_.run_one_for(left);
    }
    return true;
  }

  // Runs what is ready now.
  void run_ready() {
    if (loop_.stopped()) loop_.restart();
    loop_.poll();
  }

  boost::asio::io_context loop_;
};

}  // namespace lobbyd::upstream
