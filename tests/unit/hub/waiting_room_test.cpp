#include "service/hub/waiting_room.hpp"

#include <gtest/gtest.h>

namespace lobbyd::hub {
namespace {

TEST(WaitingRoom, HasRoomUpToItsBound) {
  WaitingRoom room(100, 60);
  std::size_t anna = 0;
  std::size_t bert = 0;
  EXPECT_TRUE(room.enter(anna, 60));
  EXPECT_TRUE(room.enter(bert, 40));
  EXPECT_FALSE(room.enter(bert, 1));
  EXPECT_EQ(bert, 40U);
  room.leave(anna, 10);
  EXPECT_TRUE(room.enter(bert, 10));
  EXPECT_FALSE(room.enter(bert, 1));
}

TEST(WaitingRoom, AClientHasAShareAlone) {
  WaitingRoom room(100, 20);
  std::size_t anna = 0;
  EXPECT_TRUE(room.enter(anna, 15));
  EXPECT_FALSE(room.enter(anna, 6));
  EXPECT_TRUE(room.enter(anna, 5));
  std::size_t bert = 0;
  EXPECT_TRUE(room.enter(bert, 20));
  room.leave(anna, 15);
  EXPECT_EQ(anna, 5U);
  EXPECT_TRUE(room.enter(anna, 15));
}

TEST(WaitingRoom, OneMessageMayBeLargerThanTheShare) {
  WaitingRoom room(100, 20);
  std::size_t anna = 0;
  EXPECT_TRUE(room.enter(anna, 90));
  EXPECT_FALSE(room.enter(anna, 1));
  std::size_t bert = 0;
  EXPECT_FALSE(room.enter(bert, 90));
  EXPECT_TRUE(room.enter(bert, 10));
}

TEST(WaitingRoom, WhatWeighsNothingAlwaysHasRoom) {
  WaitingRoom room(10, 10);
  std::size_t anna = 0;
  EXPECT_TRUE(room.enter(anna, 10));
  EXPECT_TRUE(room.enter(anna, 0));
}

}  // namespace
}  // namespace lobbyd::hub
