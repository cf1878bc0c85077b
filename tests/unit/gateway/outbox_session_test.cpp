// Outboxes of sessions that are taken up again.

#include "protocol/websocket/frame.hpp"
#include "service/gateway/outbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using Class = Outbox::Class;
using Push = Outbox::Push;
using Texts = std::vector<std::string>;

Frame frames(const Texts& payloads) {
  std::string joined;
  for (const std::string& payload : payloads) {
    joined += websocket::encode_frame(websocket::Opcode::text, payload);
  }
  return std::make_shared<const std::string>(std::move(joined));
}

// What the socket takes of it, at most so many bytes.
std::string take(Outbox& outbox, std::size_t max_bytes = 1U << 30U) {
  std::array<iovec, 8> pieces{};
  std::string taken;
  while (!outbox.empty() && taken.size() < max_bytes) {
    std::string now;
    for (const iovec& piece : outbox.gather(pieces)) {
      now.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    }
    now.resize(std::min(now.size(), max_bytes - taken.size()));
    outbox.written(now.size());
    taken += now;
  }
  return taken;
}

// The payloads of the whole frames among these bytes.
Texts payloads(std::string_view bytes) {
  Texts result;
  while (bytes.size() >= 2) {
    const std::size_t length = static_cast<unsigned char>(bytes[1]);
    const std::size_t header = length == 126 ? 4 : 2;
    if (bytes.size() < header) {
      break;
    }
    const std::size_t size =
        length == 126 ? static_cast<unsigned char>(bytes[2]) * 256U + static_cast<unsigned char>(bytes[3]) : length;
    if (bytes.size() < header + size) {
      break;
    }
    result.emplace_back(bytes.substr(header, size));
    bytes.remove_prefix(header + size);
  }
  return result;
}

class OutboxSession : public testing::Test {
 protected:
  OutboxSession() { outbox_->remember(); }

  Push push(const std::string& text, Class frame_class = Class::reliable) {
    return outbox_->push(frames({text}), frame_class, nullptr, {}, 1);
  }
  Texts taken() { return payloads(take(*outbox_)); }
  void lose_connection() { outbox_ = outbox_->surrender(); }
  // On a new connection, which has answered already.
  void resume(std::uint64_t received) {
    ASSERT_TRUE(outbox_->can_continue_behind(received));
    outbox_->continue_behind(received);
    auto next = std::make_unique<Outbox>(limits_);
    next->push(frames({"answer"}), Class::notice);
    next->append(*outbox_);
    outbox_ = std::move(next);
  }

  Outbox::Limits limits_{.bytes = 1000};
  std::unique_ptr<Outbox> outbox_ = std::make_unique<Outbox>(limits_);
};

TEST_F(OutboxSession, WhatWasNotReceivedIsSentAgainInOrderAndBeforeWhatWaits) {
  push("1");
  push("2", Class::droppable);
  push("3", Class::retained);
  taken();
  push("4");
  lose_connection();
  push("5");
  resume(1);
  EXPECT_THAT(taken(), ElementsAre("answer", "2", "3", "4", "5"));
  push("6");
  lose_connection();
  EXPECT_EQ(outbox_->last_number(), 6U);
  resume(5);
  EXPECT_THAT(taken(), ElementsAre("answer", "6"));
}

TEST_F(OutboxSession, WhatIsNotCountedIsNotSentAgain) {
  push("1");
  outbox_->push(frames({"answer"}), Class::notice);
  outbox_->push(frames({"too_large"}), Class::reliable);
  taken();
  outbox_->push(frames({"another answer"}), Class::notice);
  push("2");
  const auto connection = std::move(outbox_);
  outbox_ = connection->surrender();
  EXPECT_EQ(payloads(take(*connection)), Texts{"another answer"}) << "stays with the connection";
  resume(0);
  EXPECT_THAT(taken(), ElementsAre("answer", "1", "2"));
}

TEST_F(OutboxSession, AFrameThatTheSocketHasBegunToTakeIsFinishedThereAndMayBeSentAgain) {
  push("12345678");
  push("second");
  take(*outbox_, 4);
  const auto connection = std::move(outbox_);
  outbox_ = connection->surrender();
  EXPECT_EQ(take(*connection), "345678");
  ASSERT_TRUE(outbox_->can_continue_behind(1)) << "it may have come whole";
  resume(0);
  EXPECT_THAT(taken(), ElementsAre("answer", "12345678", "second"));
}

TEST_F(OutboxSession, OfSeveralMessagesInOneFrameThoseThatAreMissingAreSentAgain) {
  outbox_->push(frames({"1", "2", "3"}), Class::droppable, nullptr, {}, 3);
  taken();
  push("4");
  taken();
  for (const std::uint64_t received : {0U, 1U, 2U, 3U, 4U}) {
    lose_connection();
    resume(received);
    Texts expected{"answer"};
    for (std::uint64_t number = received + 1; number <= 4; ++number) {
      expected.push_back(std::to_string(number));
    }
    EXPECT_EQ(taken(), expected);
  }
}

TEST_F(OutboxSession, NothingIsTakenUpThatWasNotSentOrIsForgotten) {
  push("1");
  push("2");
  push("3");
  take(*outbox_, 6);
  outbox_->acknowledge(1);
  lose_connection();
  EXPECT_FALSE(outbox_->can_continue_behind(0));
  EXPECT_TRUE(outbox_->can_continue_behind(1));
  EXPECT_TRUE(outbox_->can_continue_behind(2));
  EXPECT_FALSE(outbox_->can_continue_behind(3)) << "it waits";
}

TEST_F(OutboxSession, WhatIsOldIsForgotten) {
  const std::chrono::steady_clock::time_point start{100s};
  outbox_->forget_old(start, 60s);
  push("1");
  taken();
  outbox_->forget_old(start + 60s, 60s);
  push("2");
  taken();
  outbox_->forget_old(start + 119s, 60s);
  lose_connection();
  EXPECT_TRUE(outbox_->can_continue_behind(0));
  outbox_->forget_old(start + 120s, 60s);
  EXPECT_FALSE(outbox_->can_continue_behind(0));
  EXPECT_TRUE(outbox_->can_continue_behind(1));
}

TEST_F(OutboxSession, WhatWasSentTakesHalfAsMuchAsMayWait) {
  for (int number = 0; number < 100; ++number) {
    push(std::string(50, 'x'));
    taken();
    ASSERT_LE(outbox_->held_bytes(), 500U);
  }
  EXPECT_EQ(push(std::string(900, 'y')), Push::queued) << "beside it";
  EXPECT_EQ(push(std::string(200, 'y')), Push::full);
}

TEST_F(OutboxSession, WithoutAConnectionQos0GivesWayBeforeWhatWasSent) {
  push("sent");
  taken();
  lose_connection();
  for (int number = 0; number < 100; ++number) {
    push(std::to_string(number) + std::string(100, ' '), Class::droppable);
    ASSERT_LE(outbox_->held_bytes(), 1000U);
  }
  EXPECT_GT(outbox_->take_overflow().dropped, 50U);
  resume(0);
  EXPECT_EQ(taken()[1], "sent");
}

TEST_F(OutboxSession, WithoutAConnectionWhatMustNotBeLostTakesThePlaceOfTheOldest) {
  push(std::string(150, '1'));
  push(std::string(150, '2'));
  taken();
  lose_connection();
  push(std::string(300, '3'));
  EXPECT_TRUE(outbox_->can_continue_behind(0));
  push(std::string(300, '4'));
  EXPECT_FALSE(outbox_->can_continue_behind(0));
  EXPECT_TRUE(outbox_->can_continue_behind(1));
  push(std::string(100, '5'));
  EXPECT_EQ(push(std::string(150, '6')), Push::queued);
  EXPECT_TRUE(outbox_->can_continue_behind(2));
  EXPECT_FALSE(outbox_->has_lost());
  EXPECT_EQ(push(std::string(300, '7')), Push::full);
  EXPECT_TRUE(outbox_->has_lost());
  EXPECT_FALSE(outbox_->can_continue_behind(2)) << "there would be a gap";
}

TEST_F(OutboxSession, WithoutAConnectionRetainedCopiesTakeRoomToo) {
  push(std::string(600, 'r'), Class::retained);
  push(std::string(600, 'r'), Class::retained);
  lose_connection();
  EXPECT_TRUE(outbox_->has_lost()) << "a connection would have taken them";
}

TEST_F(OutboxSession, OneThatDidNotFitOnTheConnectionIsLost) {
  push(std::string(900, '1'));
  outbox_->push(frames({std::string(200, 'a')}), Class::notice);
  EXPECT_FALSE(outbox_->has_lost()) << "an answer is none of the notifications";
  push(std::string(200, '2'));
  lose_connection();
  EXPECT_TRUE(outbox_->has_lost());
}

TEST_F(OutboxSession, AFullOneFitsOnItsNextConnection) {
  for (int number = 1; number <= 10; ++number) {
    push(std::string(95, 'x'));
  }
  lose_connection();
  ASSERT_FALSE(outbox_->has_lost());
  resume(0);
  EXPECT_EQ(taken().size(), 11U);
}

TEST_F(OutboxSession, WhatCameLaterIsAppendedByTheSameRules) {
  push(std::string(700, '1'), Class::droppable);
  lose_connection();
  Outbox session(limits_);
  session.remember();
  const auto late = session.surrender();
  late->push(frames({std::string(400, '2')}), Class::latest, nullptr, "t", 1);
  late->push(frames({std::string(400, '3')}), Class::latest, nullptr, "t", 1);
  outbox_->append(*late);
  EXPECT_FALSE(outbox_->has_lost());
  EXPECT_EQ(outbox_->take_overflow().dropped, 2U);
  resume(0);
  EXPECT_EQ(taken().back().front(), '3');
}

TEST_F(OutboxSession, WhatWasDroppedIsToldOnTheNextConnection) {
  push("0");
  for (int number = 0; number < 20; ++number) {
    push(std::string(100, 'x'), Class::droppable);
  }
  lose_connection();
  resume(0);
  EXPECT_GT(outbox_->take_overflow().dropped, 5U);
}

// Courses -------------------------------------------------------------------------------------------------------------

// A server and a client with a link that is cut behind any byte. Messages bear numbers; what the client gets must be
// without a gap and in order, but for what it was told of.
class Course {
 public:
  explicit Course(unsigned seed) : random_(seed), limits_{.bytes = 300 + random_() % 2000} { begin(); }

  void run() {
    for (int step = 0; step < 3000 && !testing::Test::HasFailure(); ++step) {
      switch (random_() % 12) {
        case 0:
          acknowledge();
          break;
        case 1:
          now_ += std::chrono::seconds(random_() % 5);
          outbox_->forget_old(now_, 60s);
          break;
        case 2:
          cut();
          break;
        case 3:
        case 4:
        case 5:
          transmit(random_() % 400);
          break;
        default:
          push(*outbox_);
      }
      dropped_ += outbox_->take_overflow().dropped;
      if (outbox_->has_lost()) {
        begin();
      }
    }
    transmit(1U << 30U);
    dropped_ += outbox_->take_overflow().dropped;
    EXPECT_EQ(pushed_, received_ + dropped_);
  }

  int resumed() const { return resumed_; }
  int refused() const { return refused_; }

 private:
  // A new session.
  void begin() {
    outbox_ = std::make_unique<Outbox>(limits_);
    outbox_->remember();
    wire_.clear();
    arrived_.clear();
    pushed_ = received_ = dropped_ = 0;
    last_ = 0;
    reliable_.clear();
  }

  void push(Outbox& outbox) {
    const auto frame_class = static_cast<Class>(random_() % 5);
    if (random_() % 6 == 0) {
      outbox.push(frames({"uncounted" + std::string(random_() % 30, ' ')}), Class::notice);
      return;
    }
    if (frame_class == Class::notice) {
      return;
    }
    const bool single = frame_class == Class::latest || random_() % 3 > 0;
    const auto count = static_cast<std::uint32_t>(single ? 1 : 1 + random_() % 5);
    Texts texts;
    for (std::uint32_t index = 0; index < count; ++index) {
      texts.push_back(std::to_string(++next_) + std::string(random_() % 150, ' '));
      if (frame_class == Class::reliable || frame_class == Class::retained) {
        reliable_.insert(next_);
      }
    }
    pushed_ += count;
    Frame frame = frames(texts);
    largest_ = std::max(largest_, frame->size());
    outbox.push(std::move(frame), frame_class, nullptr, std::to_string(random_() % 3), count);
  }

  void acknowledge() { outbox_->acknowledge(received_ - std::min<std::uint64_t>(received_, random_() % 5)); }

  // What the client has not got stays on the wire.
  void transmit(std::size_t bytes) {
    wire_ += take(*outbox_, bytes);
    receive(random_() % (wire_.size() + 1));
    if (bytes == 1U << 30U) {
      receive(wire_.size());
    }
  }

  void receive(std::size_t bytes) {
    arrived_ += wire_.substr(0, bytes);
    wire_.erase(0, bytes);
    std::size_t used = 0;
    for (const std::string& payload : payloads(arrived_)) {
      used += websocket::header_size(payload.size()) + payload.size();
      if (!payload.starts_with("uncounted")) {
        take_message(std::stoull(payload));
      }
    }
    arrived_.erase(0, used);
  }

  void take_message(std::uint64_t number) {
    ASSERT_GT(number, last_) << "twice, or out of order";
    const auto next = reliable_.upper_bound(last_);
    ASSERT_TRUE(next == reliable_.end() || *next >= number) << "a gap before " << number;
    last_ = number;
    ++received_;
  }

  void cut() {
    std::unique_ptr<Outbox> rest = outbox_->surrender();
    // The connection may write on, orderly, before it is gone.
    if (random_() % 2 == 0) {
      wire_ += take(*outbox_);
    }
    receive(random_() % (wire_.size() + 1));
    wire_.clear();
    arrived_.clear();
    outbox_ = std::move(rest);
    wait_without_connection();
    ASSERT_TRUE(outbox_->held_bytes() <= std::max(limits_.bytes, largest_) || outbox_->has_lost());
    if (!outbox_->can_continue_behind(received_)) {
      ++refused_;
      return begin();
    }
    ++resumed_;
    outbox_->continue_behind(received_);
    auto next = std::make_unique<Outbox>(limits_);
    next->push(frames({"uncounted"}), Class::notice);
    next->append(*outbox_);
    outbox_ = std::move(next);
  }

  void wait_without_connection() {
    for (std::size_t count = random_() % 6; count > 0; --count) {
      push(*outbox_);
    }
    if (random_() % 2 == 0) {
      Outbox session(limits_);
      session.remember();
      const auto late = session.surrender();
      for (std::size_t count = random_() % 4; count > 0; --count) {
        push(*late);
      }
      outbox_->append(*late);
    }
  }

  std::mt19937 random_;
  Outbox::Limits limits_;
  std::unique_ptr<Outbox> outbox_;
  std::chrono::steady_clock::time_point now_{1000s};
  std::string wire_;     // handed to the socket
  std::string arrived_;  // of a frame that is not whole yet
  std::uint64_t next_ = 0;
  std::set<std::uint64_t> reliable_;
  std::size_t largest_ = 0;
  std::uint64_t pushed_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t last_ = 0;
  int resumed_ = 0;
  int refused_ = 0;
};

TEST(OutboxCourses, NothingIsMissingAndNothingComesTwiceWhereverTheLinkIsCut) {
  int resumed = 0;
  int refused = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Course course(seed);
    course.run();
    if (HasFailure()) {
      return;
    }
    resumed += course.resumed();
    refused += course.refused();
  }
  EXPECT_GT(resumed, 10'000);
  EXPECT_GT(refused, 100) << "also that is tried";
}

}  // namespace
}  // namespace lobbyd::gateway
