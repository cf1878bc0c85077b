#include "service/apps/signalling/waiting_messages.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lobbyd::apps {
namespace {

using namespace std::chrono_literals;

const WaitingMessages::TimePoint start{};

SignalMessage message(PeerId from, std::string data = "1") {
  return {.to = 1, .to_claim = {}, .from = from, .type = "candidate", .data = std::move(data)};
}

std::vector<PeerId> taken(WaitingMessages& waiting) {
  std::vector<PeerId> senders;
  for (const SignalMessage& each : waiting.take([](const SignalMessage&) { return true; })) {
    senders.push_back(each.from);
  }
  return senders;
}

TEST(WaitingMessages, ComeOutInOrderWhenTheyAreReady) {
  WaitingMessages waiting;
  for (const PeerId from : {3, 4, 3}) {
    waiting.add(message(from), start);
  }
  const auto ready = waiting.take([](const SignalMessage& each) { return each.from == 3; });
  EXPECT_EQ(ready.size(), 2U);
  EXPECT_EQ(taken(waiting), std::vector<PeerId>({4}));
  EXPECT_EQ(waiting.size(), 0U);
}

TEST(WaitingMessages, WaitForHalfAMinute) {
  WaitingMessages waiting;
  EXPECT_EQ(waiting.next_timeout(), std::nullopt);
  waiting.add(message(3), start);
  waiting.add(message(4), start + 1s);
  EXPECT_EQ(waiting.next_timeout(), start + 30s);
  waiting.expire(start + 30s - 1ms);
  EXPECT_EQ(waiting.size(), 2U);
  waiting.expire(start + 30s);
  EXPECT_EQ(taken(waiting), std::vector<PeerId>({4}));
}

TEST(WaitingMessages, AreBoundedInNumber) {
  WaitingMessages waiting({.messages = 2});
  for (const PeerId from : {3, 4, 5}) {
    waiting.add(message(from), start);
  }
  EXPECT_EQ(taken(waiting), std::vector<PeerId>({4, 5}));
}

TEST(WaitingMessages, AreBoundedInBytes) {
  WaitingMessages waiting({.messages = 100, .bytes = 2'500});
  for (const PeerId from : {3, 4, 5}) {
    waiting.add(message(from, std::string(1'000, '1')), start);
  }
  EXPECT_EQ(taken(waiting), std::vector<PeerId>({4, 5}));
  waiting.add(message(6, std::string(3'000, '1')), start);
  EXPECT_EQ(waiting.size(), 0U);
  waiting.add(message(7), start);
  EXPECT_EQ(taken(waiting), std::vector<PeerId>({7})) << "what has gone does not count";
}

}  // namespace
}  // namespace lobbyd::apps
