#include "service/gateway/threads/orders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace lobbyd::gateway {
namespace {

using testing::ElementsAre;
using Class = Outbox::Class;

class OrdersTest : public testing::Test {
 protected:
  // Each frame is one object.
  const Frame& frame(const std::string& text) {
    Frame& made = frames_[text];
    if (!made) {
      made = std::make_shared<const std::string>(text);
    }
    return made;
  }
  void send(ConnectionSlot slot, const std::string& text, Class frame_class = Class::droppable,
            const FilterName& filter = {}) {
    behind_[slot] = orders_.send(slot, behind_[slot], frame(text), frame_class, filter, "topic", 1);
  }
  void close(ConnectionSlot slot) {
    orders_.add(Orders::Close{slot, api::CloseCode::normal, {}});
    behind_[slot] = static_cast<std::uint32_t>(orders_.size());
  }

  // Each order as "FRAME: RECEIVERS".
  std::vector<std::string> sent() {
    std::vector<std::string> all;
    for (const Orders::Order& order : orders_.orders()) {
      const auto* sending = std::get_if<Orders::Send>(&order);
      std::string text = sending == nullptr ? "-" : *sending->frame + ":";
      for (std::uint32_t index = sending == nullptr ? Orders::no_receiver : sending->first;
           index != Orders::no_receiver; index = orders_.receiver(index).next) {
        text += " " + std::to_string(orders_.receiver(index).slot);
      }
      all.push_back(text);
    }
    return all;
  }

  std::map<std::string, Frame> frames_;
  std::map<ConnectionSlot, std::uint32_t> behind_;
  Orders orders_;
};

TEST_F(OrdersTest, AFrameThatManyGetGoesInOnce) {
  send(1, "a");
  send(2, "a");
  send(5, "a");
  EXPECT_THAT(sent(), ElementsAre("a: 1 2 5"));
  EXPECT_EQ(frame("a").use_count(), 2);
}

TEST_F(OrdersTest, FormsOfOneMessageMayAlternate) {
  for (ConnectionSlot slot = 1; slot < 7; slot += 3) {
    send(slot, "text");
    send(slot + 1, "base64");
    send(slot + 2, "text", Class::reliable);
  }
  EXPECT_THAT(sent(), ElementsAre("text: 1 4", "base64: 2 5", "text: 3 6"));
}

TEST_F(OrdersTest, EachConnectionsOrderIsKept) {
  send(1, "a");
  send(2, "b");
  send(2, "a");
  send(3, "b");
  EXPECT_THAT(sent(), ElementsAre("a: 1", "b: 2 3", "a: 2"));
}

TEST_F(OrdersTest, TheSameFrameTwiceForOneConnectionStaysTwo) {
  send(1, "a");
  send(1, "a");
  EXPECT_THAT(sent(), ElementsAre("a: 1", "a: 1"));
}

TEST_F(OrdersTest, NothingIsSentBehindAClose) {
  send(1, "a");
  send(2, "b");
  close(2);
  send(2, "a");
  EXPECT_THAT(sent(), ElementsAre("a: 1", "b: 2", "-", "a: 2"));
}

TEST_F(OrdersTest, WhatTheFilterIsDecides) {
  const auto one = std::make_shared<const std::string>("#");
  const auto other = std::make_shared<const std::string>("#");
  send(1, "a", Class::droppable, one);
  send(2, "a", Class::droppable, other);
  send(3, "a", Class::droppable, one);
  EXPECT_THAT(sent(), ElementsAre("a: 1 3", "a: 2"));
}

TEST_F(OrdersTest, TheTopicGoesWithLatestAlone) {
  send(1, "a", Class::latest);
  send(1, "b", Class::reliable);
  EXPECT_EQ(std::get<Orders::Send>(orders_.orders()[0]).topic, "topic");
  EXPECT_EQ(std::get<Orders::Send>(orders_.orders()[1]).topic, "");
}

TEST_F(OrdersTest, AFrameWeighsOnceAndItsReceiversLittle) {
  const std::string text(1000, 'x');
  send(0, text);
  const auto of_one = orders_.weight();
  EXPECT_GE(of_one, 1000U);
  for (ConnectionSlot slot = 1; slot < 800; ++slot) {
    send(slot, text);
  }
  EXPECT_EQ(orders_.weight(), of_one + 100);
}

}  // namespace
}  // namespace lobbyd::gateway
