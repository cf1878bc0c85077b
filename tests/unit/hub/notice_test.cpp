#include "service/hub/notice.hpp"

#include "protocol/websocket/frame.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::hub {
namespace {

TEST(Notice, IsFramedOnceForAllWhoTakeTheSame) {
  websocket::Deflater deflater({.min_bytes = 10});
  const Notice notice("score", std::string(500, 'x'));
  const Frame plain = notice.frame(nullptr);
  const Frame compressed = notice.frame(&deflater);
  EXPECT_EQ(*plain, websocket::encode_frame(websocket::Opcode::text, std::string(500, 'x')));
  EXPECT_LT(compressed->size(), plain->size());
  EXPECT_EQ(notice.frame(nullptr), plain);
  EXPECT_EQ(notice.frame(&deflater), compressed);
}

TEST(Notice, OfAStateHasASubject) {
  const Notice state("score", "{}", "board");
  EXPECT_EQ(state.mode(), api::Delivery::latest);
  EXPECT_EQ(state.subject(), "board");
  EXPECT_EQ(Notice("room.left", "{}").mode(), api::Delivery::queue);
}

}  // namespace
}  // namespace lobbyd::hub
