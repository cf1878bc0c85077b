#include "service/gateway/handshakes.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <utility>

namespace lobbyd::gateway {
namespace {

class Silent final : public HttpConnection {
 public:
  void abort() override {
    aborted = true;
    over();
  }
  void when_over(std::function<void()> its_over) override { over_ = std::move(its_over); }
  void over() { std::exchange(over_, nullptr)(); }

  bool aborted = false;

 private:
  std::function<void()> over_;
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
  const auto second = std::make_shared<Silent>();
  handshakes.add(first);
  handshakes.add(second);
  second->over();
  const auto third = std::make_shared<Silent>();
  EXPECT_FALSE(handshakes.add(third));
  EXPECT_FALSE(first->aborted);
  EXPECT_TRUE(handshakes.add(std::make_shared<Silent>()));
  EXPECT_TRUE(first->aborted);
}

TEST(Handshakes, AreKeptUntilTheyAreOver) {
  Handshakes handshakes(2);
  auto it = std::make_shared<Silent>();
  const std::weak_ptr<Silent> seen = it;
  Silent& silent = *it;
  handshakes.add(std::move(it));
  EXPECT_FALSE(seen.expired());
  silent.over();
  EXPECT_TRUE(seen.expired());
}

}  // namespace
}  // namespace lobbyd::gateway
