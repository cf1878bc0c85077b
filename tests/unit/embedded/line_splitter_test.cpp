#include "service/upstream/embedded/line_splitter.hpp"

#include "service/upstream/embedded/recent_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace lobbyd::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LineSplitterTest : public ::testing::Test {
 protected:
  void feed(std::string_view bytes) {
    splitter_.feed(bytes, [this](std::string_view line) { lines_.emplace_back(line); });
  }
  void flush() {
    splitter_.flush([this](std::string_view line) { lines_.emplace_back(line); });
  }

  LineSplitter splitter_{8};
  std::vector<std::string> lines_;
};

TEST_F(LineSplitterTest, CutsAtLineEnds) {
  feed("one\ntwo\r\nthree\n");
  EXPECT_THAT(lines_, ElementsAre("one", "two", "three"));
}

TEST_F(LineSplitterTest, JoinsWhatCameInPieces) {
  feed("o");
  feed("ne");
  EXPECT_THAT(lines_, IsEmpty());
  feed("\n");
  EXPECT_THAT(lines_, ElementsAre("one"));
}

TEST_F(LineSplitterTest, SkipsEmptyLines) {
  feed("\n\n\r\none\n\n");
  EXPECT_THAT(lines_, ElementsAre("one"));
}

TEST_F(LineSplitterTest, CutsALineThatIsTooLong) {
  feed("0123456789abcdef!\nx\n");
  EXPECT_THAT(lines_, ElementsAre("01234567", "89abcdef", "!", "x"));
}

TEST_F(LineSplitterTest, FlushHandsOnTheUnfinishedLineOnce) {
  feed("end");
  flush();
  flush();
  EXPECT_THAT(lines_, ElementsAre("end"));
}

TEST(RecentLines, KeepsTheLastOnes) {
  RecentLines lines(2);
  EXPECT_EQ(lines.joined(), "none");
  lines.add("one");
  lines.add("two");
  lines.add("three");
  EXPECT_EQ(lines.joined(), "two | three");
  lines.clear();
  EXPECT_EQ(lines.joined(), "none");
}

}  // namespace
}  // namespace lobbyd::upstream
