#include "service/apps/signalling/peer_claims.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

using namespace std::chrono_literals;
using Order = PeerClaims::Order;
using Result = PeerClaims::Result;

const PeerClaims::TimePoint start{};

PeerRecord claim(std::int64_t at, std::string instance, bool confirmed = false) {
  return {.at = HybridTime(at), .instance = std::move(instance), .client_id = "c", .confirmed = confirmed};
}

std::string holder(const PeerClaims& claims, PeerId id = 5) {
  const auto* found = claims.find(id);
  return found == nullptr ? "" : found->record.instance;
}

TEST(PeerClaims, WhereThereIsAnOrderTheFirstWins) {
  PeerClaims claims(Order::broker);
  EXPECT_EQ(claims.put(5, claim(9, "a"), false, start), Result::held);
  EXPECT_TRUE(claims.find(5)->settled);
  EXPECT_EQ(claims.put(5, claim(1, "b"), false, start), Result::refused) << "though it has the smaller time";
  EXPECT_EQ(holder(claims), "a");
  EXPECT_FALSE(claims.may_win(claim(1, "b"), *claims.find(5)));
  EXPECT_EQ(claims.put(6, claim(1, "b"), false, start), Result::held);
  claims.free(5);
  EXPECT_EQ(claims.put(5, claim(10, "b"), false, start), Result::held);
}

TEST(PeerClaims, WhereThereIsNoneTheSmallestTimeWins) {
  for (const bool reversed : {false, true}) {
    PeerClaims claims(Order::time);
    claims.put(5, reversed ? claim(3, "b") : claim(2, "b"), false, start);
    EXPECT_FALSE(claims.find(5)->settled);
    EXPECT_EQ(claims.next_timeout(), start + 500ms);
    claims.put(5, reversed ? claim(2, "b") : claim(3, "b"), false, start + 1ms);
    EXPECT_EQ(claims.find(5)->record.at, HybridTime(2));
    EXPECT_EQ(claims.take_settled(start + 499ms), std::nullopt);
    EXPECT_EQ(claims.take_settled(start + 501ms), 5);
    EXPECT_EQ(claims.take_settled(start + 501ms), std::nullopt);
    EXPECT_EQ(claims.next_timeout(), std::nullopt);
    EXPECT_EQ(claims.put(5, claim(1, "c"), false, start + 501ms), Result::refused) << "it comes too late";
  }
}

TEST(PeerClaims, OfTheSameTimeTheSmallerInstanceWins) {
  PeerClaims claims(Order::time);
  claims.put(5, claim(2, "b"), false, start);
  EXPECT_FALSE(claims.may_win(claim(2, "c"), *claims.find(5)));
  EXPECT_TRUE(claims.may_win(claim(2, "a"), *claims.find(5)));
  EXPECT_EQ(claims.put(5, claim(2, "a"), false, start), Result::replaced);
  EXPECT_EQ(holder(claims), "a");
}

TEST(PeerClaims, WhatIsConfirmedWins) {
  for (const Order order : {Order::broker, Order::time}) {
    PeerClaims claims(order);
    claims.put(5, claim(1, "a"), false, start);
    EXPECT_EQ(claims.put(5, claim(2, "b", true), false, start), Result::replaced);
    EXPECT_TRUE(claims.find(5)->settled);
    EXPECT_EQ(claims.put(5, claim(1, "a"), false, start), Result::refused);
    EXPECT_EQ(claims.put(5, claim(3, "c", true), false, start), Result::refused);
    EXPECT_EQ(claims.put(5, claim(1, "a", true), false, start), Result::replaced) << "of two the earlier";
  }
}

TEST(PeerClaims, TheHoldersRecordMayChange) {
  PeerClaims claims(Order::broker);
  claims.put(5, claim(1, "a"), false, start);
  PeerRecord sealed = claim(1, "a");
  sealed.sealed = true;
  EXPECT_EQ(claims.put(5, sealed, false, start), Result::updated);
  EXPECT_TRUE(claims.find(5)->record.sealed);
}

TEST(PeerClaims, WhatTheBrokerKeepsCounts) {
  PeerClaims claims(Order::broker);
  claims.put(5, claim(1, "a"), false, start);
  EXPECT_EQ(claims.put(5, claim(2, "b"), true, start), Result::replaced);
  EXPECT_EQ(holder(claims), "b");
}

TEST(PeerClaims, ALostHolderGivesWay) {
  PeerClaims claims(Order::broker);
  claims.put(5, claim(1, "a"), false, start);
  claims.find(5)->lost = start + 1s;
  EXPECT_EQ(claims.next_timeout(), start + 1s);
  EXPECT_TRUE(claims.lost(start + 999ms).empty());
  EXPECT_EQ(claims.lost(start + 1s).size(), 1U);
  EXPECT_EQ(claims.put(5, claim(1, "a"), false, start), Result::updated);
  EXPECT_EQ(claims.find(5)->lost, std::nullopt) << "it is back";
  claims.find(5)->lost = start + 1s;
  EXPECT_EQ(claims.put(5, claim(2, "b"), false, start), Result::replaced);
}

TEST(PeerClaims, TellWhoCameBefore) {
  PeerClaims ordered(Order::broker);
  ordered.put(5, claim(9, "a"), false, start);
  ordered.put(6, claim(1, "b"), false, start);
  EXPECT_TRUE(ordered.came_before(*ordered.find(5), *ordered.find(6)));
  PeerClaims unordered(Order::time);
  unordered.put(5, claim(9, "a"), false, start);
  unordered.put(6, claim(1, "b"), false, start);
  EXPECT_TRUE(unordered.came_before(*unordered.find(6), *unordered.find(5)));
}

TEST(PeerClaims, AreBounded) {
  PeerClaims claims(Order::broker);
  for (std::size_t count = 0; count < PeerClaims::most; ++count) {
    claims.put(static_cast<PeerId>(count + 1), claim(1, "a"), false, start);
  }
  EXPECT_EQ(claims.put(1'000'000, claim(1, "a"), false, start), Result::full);
  EXPECT_EQ(claims.size(), PeerClaims::most);
}

}  // namespace
}  // namespace lobbyd::apps
