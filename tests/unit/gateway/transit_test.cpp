#include "service/gateway/threads/transit.hpp"

#include <gtest/gtest.h>

namespace lobbyd::gateway {
namespace {

using Class = Outbox::Class;

class TransitTest : public testing::Test {
 protected:
  bool fits(Class frame_class, std::size_t size) const { return transit_.fits(frame_class, size, limits_); }

  const Outbox::Limits limits_{.bytes = 1000, .retained_frames = 3, .retained_bytes = 500};
  Transit transit_;
};

TEST_F(TransitTest, AsMuchAsTheOutboxTakes) {
  transit_.add(Class::reliable, 600, 1);
  EXPECT_TRUE(fits(Class::droppable, 400));
  EXPECT_FALSE(fits(Class::droppable, 401));
  EXPECT_FALSE(fits(Class::notice, 401));
}

TEST_F(TransitTest, OneFrameOfAnySize) {
  EXPECT_TRUE(fits(Class::reliable, 5000));
  EXPECT_TRUE(fits(Class::retained, 5000));
  transit_.add(Class::reliable, 5000, 1);
  EXPECT_FALSE(fits(Class::reliable, 1));
  EXPECT_TRUE(fits(Class::retained, 5000));
}

TEST_F(TransitTest, RetainedCopiesHaveBoundsOfTheirOwn) {
  transit_.add(Class::retained, 300, 1);
  EXPECT_TRUE(fits(Class::retained, 200));
  EXPECT_FALSE(fits(Class::retained, 201));
  transit_.add(Class::retained, 1, 1);
  transit_.add(Class::retained, 1, 1);
  EXPECT_FALSE(fits(Class::retained, 1));
  EXPECT_TRUE(fits(Class::reliable, 1000));
}

TEST_F(TransitTest, CountsUntilTheLastHasArrived) {
  transit_.add(Class::reliable, 500, 10);
  transit_.add(Class::reliable, 500, 20);
  transit_.arrived(19);
  EXPECT_FALSE(fits(Class::reliable, 1));
  transit_.arrived(20);
  EXPECT_TRUE(fits(Class::reliable, 1000));
}

}  // namespace
}  // namespace lobbyd::gateway
