#include "service/gateway/threads/request_window.hpp"

#include <gtest/gtest.h>

namespace lobbyd::gateway {
namespace {

constexpr std::uint64_t part = RequestWindow::size / 8;

TEST(RequestWindowTest, SmallRequestsCountForMoreThanTheirBytes) {
  api::JsonReader reader;
  EXPECT_GT(RequestWindow::cost(read_requests(reader, "1")), 100U);
  EXPECT_GE(RequestWindow::cost(read_requests(reader, std::string(10'000, ' '))), 10'000U);
}

TEST(RequestWindowTest, OneFrameOfAnySizeIsTaken) {
  RequestWindow window;
  EXPECT_FALSE(window.is_used_up());
  window.use(10 * RequestWindow::size);
  EXPECT_TRUE(window.is_used_up());
}

// Both ends, with a way of some length between them.
TEST(RequestWindowTest, WhoeverWaitsForPaymentHasItDue) {
  RequestWindow socket;
  RequestWindow session;
  for (int round = 0; round < 1000; ++round) {
    while (!socket.is_used_up()) {
      socket.use(part + static_cast<std::uint64_t>(round));
      session.use(part + static_cast<std::uint64_t>(round));
    }
    ASSERT_TRUE(session.is_payment_due());
    socket.pay(session.pay_all());
    ASSERT_FALSE(socket.is_used_up());
    ASSERT_FALSE(session.is_payment_due());
  }
}

TEST(RequestWindowTest, NothingIsPaidForALittle) {
  RequestWindow session;
  session.use(3 * part);
  EXPECT_FALSE(session.is_payment_due());
  session.use(part);
  EXPECT_TRUE(session.is_payment_due());
}

TEST(RequestWindowTest, APaymentMayBeLate) {
  RequestWindow socket;
  socket.use(6 * part);
  socket.use(4 * part);
  socket.pay(6 * part);
  EXPECT_FALSE(socket.is_used_up());
  socket.use(4 * part);
  EXPECT_TRUE(socket.is_used_up());
}

}  // namespace
}  // namespace lobbyd::gateway
