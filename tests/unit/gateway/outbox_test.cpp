#include "service/gateway/outbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace lobbyd::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Class = Outbox::Class;
using Push = Outbox::Push;

Frame frame(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

FilterName filter(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

// As a socket that takes so many whole frames.
std::vector<std::string> take(Outbox& outbox, std::size_t max_frames = 1000) {
  std::vector<iovec> pieces(max_frames);
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  for (const iovec& piece : outbox.gather(pieces)) {
    texts.emplace_back(static_cast<const char*>(piece.iov_base), piece.iov_len);
    bytes += piece.iov_len;
  }
  outbox.written(bytes);
  return texts;
}

TEST(Outbox, CountsEveryMessageOfAFrameThatGivesWay) {
  const Outbox::Limits limits{.bytes = 10};
  Outbox outbox(limits);
  outbox.push(frame("1111"), Class::droppable, filter("a"), {}, 3);
  outbox.push(frame("2222"), Class::droppable, filter("a"), {}, 2);
  EXPECT_EQ(outbox.push(frame("333333"), Class::droppable, filter("a"), {}, 4), Push::queued);
  EXPECT_EQ(outbox.take_overflow().dropped, 3U);
  EXPECT_THAT(take(outbox), ElementsAre("2222", "333333"));
}

TEST(Outbox, KeepsTheOrderOfAllClasses) {
  const Outbox::Limits limits{.bytes = 1000};
  Outbox outbox(limits);
  outbox.push(frame("1"), Class::notice);
  outbox.push(frame("2"), Class::droppable);
  outbox.push(frame("3"), Class::retained);
  outbox.push(frame("4"), Class::reliable);
  outbox.push(frame("5"), Class::latest, {}, "t");
  EXPECT_THAT(take(outbox), ElementsAre("1", "2", "3", "4", "5"));
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0U);
}

TEST(Outbox, GivesInPortions) {
  const Outbox::Limits limits{.bytes = 1000};
  Outbox outbox(limits);
  for (const char* text : {"aaaa", "bbbb", "cccc"}) {
    outbox.push(frame(text), Class::reliable);
  }
  EXPECT_THAT(take(outbox, 1), ElementsAre("aaaa"));
  EXPECT_EQ(outbox.bytes(), 8U);
  outbox.written(6);
  EXPECT_EQ(outbox.bytes(), 0U) << "what the socket has begun to take counts no more";
  EXPECT_TRUE(outbox.in_frame());
  EXPECT_THAT(take(outbox), ElementsAre("cc"));
  EXPECT_FALSE(outbox.in_frame());
  EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, AFrameThatTheSocketHasBegunToTakeStays) {
  for (const Class kind : {Class::droppable, Class::latest}) {
    const Outbox::Limits limits{.bytes = 10};
    Outbox outbox(limits);
    outbox.push(frame("begun"), kind, {}, "t");
    outbox.written(1);
    outbox.push(frame("222222"), kind, {}, "t");
    outbox.push(frame("333333"), kind, {}, "t");
    EXPECT_EQ(outbox.take_overflow().dropped, 1U);
    outbox.push(frame("last"), Class::last);
    outbox.written(1);
    outbox.clear();
    EXPECT_THAT(take(outbox), ElementsAre("gun"));
    EXPECT_TRUE(outbox.empty());
    EXPECT_EQ(outbox.bytes(), 0U);
  }
}

TEST(Outbox, WhenFullTheOldestQos0MessagesGiveWayAndAreCounted) {
  const Outbox::Limits limits{.bytes = 10};
  Outbox outbox(limits);
  outbox.push(frame("1111"), Class::droppable, filter("a/#"));
  outbox.push(frame("2222"), Class::droppable, filter("b"));
  EXPECT_EQ(outbox.push(frame("3333"), Class::reliable), Push::queued);
  EXPECT_EQ(outbox.push(frame("4444"), Class::droppable, filter("c")), Push::queued);
  EXPECT_THAT(take(outbox), ElementsAre("3333", "4444"));
  const auto overflow = outbox.take_overflow();
  EXPECT_EQ(overflow.dropped, 2U);
  EXPECT_THAT(overflow.filters, ElementsAre("a/#", "b"));
  EXPECT_EQ(outbox.take_overflow().dropped, 0U);
}

TEST(Outbox, AQos0MessageThatFindsNoRoomIsItselfDropped) {
  const Outbox::Limits limits{.bytes = 10};
  Outbox outbox(limits);
  outbox.push(frame("11111111"), Class::reliable);
  EXPECT_EQ(outbox.push(frame("2222"), Class::droppable, filter("a")), Push::dropped);
  EXPECT_EQ(outbox.take_overflow().dropped, 1U);
  EXPECT_THAT(take(outbox), ElementsAre("11111111"));
}

TEST(Outbox, WhatMustNotBeLostMakesItFull) {
  for (const Class kept : {Class::reliable, Class::notice}) {
    const Outbox::Limits limits{.bytes = 10};
    Outbox outbox(limits);
    EXPECT_EQ(outbox.push(frame("11111111"), kept), Push::queued);
    EXPECT_EQ(outbox.push(frame("2222"), kept), Push::full);
  }
}

TEST(Outbox, OneFrameLargerThanAllFitsIntoAnEmptyOutbox) {
  const Outbox::Limits limits{.bytes = 10};
  Outbox outbox(limits);
  EXPECT_EQ(outbox.push(frame(std::string(100, 'x')), Class::notice), Push::queued);
  EXPECT_EQ(outbox.push(frame("1"), Class::notice), Push::full);
}

TEST(Outbox, ALargeQos0MessageFitsIntoAnEmptyOutboxToo) {
  for (const Class kind : {Class::droppable, Class::latest}) {
    const Outbox::Limits limits{.bytes = 10};
    Outbox outbox(limits);
    EXPECT_EQ(outbox.push(frame(std::string(100, 'x')), kind, {}, "t"), Push::queued);
  }
}

TEST(Outbox, WhatWillNeverFitMakesNothingElseGiveWay) {
  const Outbox::Limits limits{.bytes = 10};
  Outbox outbox(limits);
  outbox.push(frame("1"), Class::droppable);
  EXPECT_EQ(outbox.push(frame(std::string(100, 'x')), Class::droppable), Push::dropped);
  EXPECT_THAT(take(outbox), ElementsAre("1"));
  EXPECT_EQ(outbox.take_overflow().dropped, 1U);
}

TEST(Outbox, ACloseFrameIsAlwaysTaken) {
  const Outbox::Limits limits{.bytes = 10, .retained_frames = 1};
  Outbox outbox(limits);
  outbox.push(frame("0123456789"), Class::notice);
  outbox.push(frame("kept"), Class::retained);
  EXPECT_EQ(outbox.push(frame("close"), Class::last), Push::queued);
  EXPECT_THAT(take(outbox), ElementsAre("0123456789", "kept", "close"));
  EXPECT_EQ(outbox.bytes(), 0U);
}

TEST(Outbox, OwedIsWhatTheClientHasAskedFor) {
  const Outbox::Limits limits{.bytes = 1000};
  Outbox outbox(limits);
  outbox.push(frame("1"), Class::notice);
  outbox.push(frame("22"), Class::retained);
  outbox.push(frame("333"), Class::reliable);
  outbox.push(frame("4444"), Class::droppable);
  EXPECT_EQ(outbox.owed_bytes(), 3U);
  take(outbox, 1);
  EXPECT_EQ(outbox.owed_bytes(), 2U);
  take(outbox);
  EXPECT_EQ(outbox.owed_bytes(), 0U);
}

TEST(Outbox, RetainedCopiesAreBoundedInBytesOfTheirOwn) {
  const Outbox::Limits limits{.bytes = 10, .retained_bytes = 150};
  Outbox outbox(limits);
  EXPECT_EQ(outbox.push(frame(std::string(100, 'x')), Class::retained), Push::queued);
  EXPECT_EQ(outbox.push(frame(std::string(100, 'y')), Class::retained), Push::full);
  take(outbox);
  EXPECT_EQ(outbox.push(frame(std::string(200, 'z')), Class::retained), Push::queued) << "the only one";
}

TEST(Outbox, RetainedCopiesAreBoundedInNumber) {
  const Outbox::Limits limits{.bytes = 10, .retained_frames = 2};
  Outbox outbox(limits);
  EXPECT_EQ(outbox.push(frame(std::string(100, 'x')), Class::retained), Push::queued);
  EXPECT_EQ(outbox.push(frame(std::string(100, 'y')), Class::retained), Push::queued);
  EXPECT_EQ(outbox.push(frame("z"), Class::retained), Push::full);
  EXPECT_EQ(outbox.push(frame("live"), Class::droppable), Push::queued);
  take(outbox, 1);
  EXPECT_EQ(outbox.push(frame("z"), Class::retained), Push::queued);
}

TEST(Outbox, LatestKeepsTheNewestOfATopicOnceTheClientFallsBehind) {
  const Outbox::Limits limits{.bytes = 80};
  Outbox outbox(limits);
  outbox.push(frame("x1"), Class::latest, filter("f"), "x");
  outbox.push(frame("x2"), Class::latest, filter("f"), "x");
  EXPECT_EQ(outbox.take_overflow().dropped, 0U) << "a client that keeps up gets all";
  outbox.push(frame("padding.padding"), Class::notice);
  outbox.push(frame("y1"), Class::latest, filter("f"), "y");
  outbox.push(frame("x3"), Class::latest, filter("f"), "x");
  outbox.push(frame("x4"), Class::latest, filter("f"), "x");
  EXPECT_THAT(take(outbox), ElementsAre("x1", "padding.padding", "y1", "x4"));
  EXPECT_EQ(outbox.take_overflow().dropped, 2U);
}

TEST(Outbox, AClientThatStallsForEverCostsABoundedAmount) {
  const Outbox::Limits limits{.bytes = 1000};
  Outbox outbox(limits);
  outbox.push(frame("stays"), Class::reliable);
  for (int message = 0; message < 100'000; ++message) {
    outbox.push(frame("0123456789"), message % 2 == 0 ? Class::droppable : Class::latest, {},
                std::to_string(message % 7));
    ASSERT_LE(outbox.bytes(), 1000U);
    ASSERT_LE(outbox.entries(), 400U);
  }
}

TEST(Outbox, CountsRightInRandomUse) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    const Outbox::Limits limits{.bytes = 500, .retained_frames = 20};
    Outbox outbox(limits);
    std::uint64_t pushed = 0;
    std::uint64_t taken = 0;
    std::uint64_t dropped = 0;
    for (int step = 0; step < 3000; ++step) {
      if (random() % 4 == 0) {
        taken += take(outbox, random() % 20).size();
      } else {
        const auto result = outbox.push(frame(std::string(1 + random() % 60, 'x')), static_cast<Class>(random() % 6),
                                        {}, std::to_string(random() % 5));
        pushed += result == Push::full ? 0 : 1;
      }
      dropped += outbox.take_overflow().dropped;
    }
    taken += take(outbox, 100'000).size();
    EXPECT_EQ(pushed, taken + dropped) << "seed " << seed;
    EXPECT_EQ(outbox.bytes(), 0U) << "seed " << seed;
    EXPECT_EQ(outbox.owed_bytes(), 0U) << "seed " << seed;
    EXPECT_TRUE(outbox.empty());
  }
}

}  // namespace
}  // namespace lobbyd::gateway
