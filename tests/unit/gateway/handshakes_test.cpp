#include "service/gateway/handshakes.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace lobbyd::gateway {
namespace {

class Silent final : public HttpConnection {
 public:
  void abort() override { aborted = true; }

  bool aborted = false;
};

TEST(Handshakes, WhenThereAreTooManyTheOldestEnds) {
  Handshakes handshakes(2);
  const auto first = std::make_shared<Silent>();
  const auto second = std::make_shared<Silent>();
  const auto third = std::make_shared<Silent>();
  EXPECT_FALSE(handshakes.add(first));
  EXPECT_FALSE(handshakes.add(second));
  EXPECT_TRUE(handshakes.add(third));
  EXPECT_TRUE(first->aborted);
  EXPECT_FALSE(second->aborted);
  EXPECT_FALSE(third->aborted);
}

TEST(Handshakes, ThoseThatEndedByThemselvesCountNoMore) {
  Handshakes handshakes(2);
  const auto first = std::make_shared<Silent>();
  auto second = std::make_shared<Silent>();
  handshakes.add(first);
  handshakes.add(second);
  second.reset();
  const auto third = std::make_shared<Silent>();
  EXPECT_FALSE(handshakes.add(third));
  EXPECT_FALSE(first->aborted);
  EXPECT_TRUE(handshakes.add(std::make_shared<Silent>()));
  EXPECT_TRUE(first->aborted);
}

}  // namespace
}  // namespace lobbyd::gateway
