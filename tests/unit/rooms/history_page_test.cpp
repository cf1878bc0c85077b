#include "service/apps/rooms/history_page.hpp"

#include "tests/unit/rooms/messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lobbyd::apps {
namespace {

using test::id_at;
using test::message_at;
using test::start_ms;
using testing::ElementsAre;
using testing::IsEmpty;

class HistoryPageTest : public testing::Test {
 protected:
  void add(MessagePtr message) {
    const std::string author(author_of(message->id));
    history_.put({author, slot_++}, std::move(message), start_ms);
  }
  std::expected<Page, api::Error> ask(const HistoryQuery& query, std::size_t limit = 100,
                                      std::string_view life = "life") {
    return make_history_page(history_, life, query, {.entries = limit, .bytes = 100'000}, start_ms);
  }
  // The ids on the page.
  static std::vector<std::string> ids(const std::expected<Page, api::Error>& page) {
    std::vector<std::string> found;
    for (std::size_t at = page->entries.find("\"id\":\""); at != std::string::npos;
         at = page->entries.find("\"id\":\"", at + 1)) {
      const std::size_t begin = at + 6;
      found.push_back(page->entries.substr(begin, page->entries.find('"', begin) - begin));
    }
    return found;
  }
  static api::Reason fault(const std::expected<Page, api::Error>& page) { return page.error().reason; }

  RoomHistory history_{{.messages = 20}};
  std::uint32_t slot_ = 0;
};

TEST_F(HistoryPageTest, ShowsAMessageAsClientsSeeIt) {
  EXPECT_EQ(write_message(*message_at(1)), R"({"id":")" + id_at(1) +
                                               R"(","from":"c1","player":"ann","name":"Ann","text":"hello","time":)" +
                                               std::to_string(start_ms + 1000) + '}');
}

TEST_F(HistoryPageTest, BeginsWithTheLatestAndGoesBack) {
  for (int second = 0; second < 5; ++second) {
    add(message_at(second));
  }
  const auto latest = ask({}, 2);
  EXPECT_THAT(ids(latest), ElementsAre(id_at(3), id_at(4)));
  const auto before = ask({.cursor = latest->next}, 2);
  EXPECT_THAT(ids(before), ElementsAre(id_at(1), id_at(2)));
  const auto first = ask({.cursor = before->next}, 2);
  EXPECT_THAT(ids(first), ElementsAre(id_at(0)));
  EXPECT_EQ(first->next, std::nullopt);
}

TEST_F(HistoryPageTest, GoesBackFromAMessageThatMayBeGone) {
  for (int second = 0; second < 5; ++second) {
    add(message_at(second));
  }
  EXPECT_THAT(ids(ask({.before = id_at(2)})), ElementsAre(id_at(0), id_at(1)));
  EXPECT_THAT(ids(ask({.before = id_at(100)}, 1)), ElementsAre(id_at(4)));
  EXPECT_THAT(ids(ask({.before = id_at(0)})), IsEmpty());
}

TEST_F(HistoryPageTest, GoesForwardFromAMessage) {
  for (int second = 0; second < 6; ++second) {
    add(message_at(second));
  }
  const auto first = ask({.after = id_at(1)}, 2);
  EXPECT_THAT(ids(first), ElementsAre(id_at(2), id_at(3)));
  const auto second = ask({.cursor = first->next}, 2);
  EXPECT_THAT(ids(second), ElementsAre(id_at(4), id_at(5)));
  EXPECT_EQ(second->next, std::nullopt);
  EXPECT_THAT(ids(ask({.after = id_at(5)})), IsEmpty());
}

TEST_F(HistoryPageTest, GoesForwardFromAMessageThatIsGone) {
  add(message_at(3));
  add(message_at(4));
  EXPECT_THAT(ids(ask({.after = id_at(1)})), ElementsAre(id_at(3), id_at(4)));
  EXPECT_THAT(ids(ask({.after = id_at(9)})), IsEmpty());
}

TEST_F(HistoryPageTest, BringsWhatCameLate) {
  add(message_at(1, "a"));
  add(message_at(3, "a"));
  add(message_at(2, "b"));
  EXPECT_THAT(ids(ask({.after = id_at(3, "a")})), ElementsAre(id_at(2, "b")));
}

TEST_F(HistoryPageTest, BringsWhatComesLateBetweenTwoPages) {
  for (int second = 10; second < 14; ++second) {
    add(message_at(second, "a"));
  }
  const auto first = ask({.after = id_at(10, "a")}, 2);
  EXPECT_THAT(ids(first), ElementsAre(id_at(11, "a"), id_at(12, "a")));
  add(message_at(11, "b"));
  EXPECT_THAT(ids(ask({.cursor = first->next})), ElementsAre(id_at(11, "b"), id_at(13, "a")));
}

// It may have come behind it on the instance that the client was on.
TEST_F(HistoryPageTest, BringsWhatTheSenderHadNotSeen) {
  add(message_at(1, "b"));
  add(message_at(2, "b"));
  add(message_at(3, "a", id_at(1, "b")));
  EXPECT_THAT(ids(ask({.after = id_at(3, "a")})), ElementsAre(id_at(2, "b")));
  add(message_at(4, "a", id_at(3, "a")));
  EXPECT_THAT(ids(ask({.after = id_at(4, "a")})), IsEmpty());
}

TEST_F(HistoryPageTest, ACursorOfAnotherLifeGoesOnBehindTheLatestMessage) {
  for (int second = 0; second < 4; ++second) {
    add(message_at(second));
  }
  const auto first = ask({.after = id_at(0)}, 2, "before");
  EXPECT_THAT(ids(ask({.cursor = first->next}, 100, "after")), ElementsAre(id_at(3)));
}

TEST_F(HistoryPageTest, LeavesOutDeletedMessages) {
  add(message_at(1));
  add(message_at(2));
  history_.put({"b", 0}, Deletion{.target = id_at(1), .id = id_at(3, "b")}, start_ms);
  EXPECT_THAT(ids(ask({})), ElementsAre(id_at(2)));
  EXPECT_THAT(ids(ask({.after = id_at(1)})), ElementsAre(id_at(2))) << "it is known where it was";
}

TEST_F(HistoryPageTest, IsBoundedInBytes) {
  for (int second = 0; second < 5; ++second) {
    add(message_at(second));
  }
  const std::size_t size = write_message(*message_at(0)).size();
  const auto page = make_history_page(history_, "life", {}, {.entries = 100, .bytes = 2 * size + 1}, start_ms);
  EXPECT_THAT(ids(page), ElementsAre(id_at(3), id_at(4)));
  EXPECT_TRUE(page->next);
}

TEST_F(HistoryPageTest, PassesOverWhatNoPageCanHold) {
  add(message_at(0));
  add(message_at(1, "a", {}, "\"text\":\"" + std::string(1'000, 'x') + '"'));
  add(message_at(2));
  const auto page = make_history_page(history_, "life", {}, {.entries = 100, .bytes = 600}, start_ms);
  EXPECT_THAT(ids(page), ElementsAre(id_at(0), id_at(2)));
  EXPECT_EQ(page->left_out, 1U);
  EXPECT_EQ(page->next, std::nullopt);
}

TEST_F(HistoryPageTest, FaultsAreTold) {
  EXPECT_EQ(fault(ask({.after = "x"})), api::Reason::invalid_params);
  EXPECT_EQ(fault(ask({.before = ""})), api::Reason::invalid_params);
  EXPECT_EQ(fault(ask({.after = id_at(1), .before = id_at(2)})), api::Reason::invalid_params);
  for (const char* cursor : {"", "x", "b:", "b:x", "a:", "a:life", "a:life:1", "a:life:x:0000000000050001-a",
                             "a:life:1:x", "a:life:-1:0000000000050001-a"}) {
    EXPECT_EQ(fault(ask({.cursor = cursor})), api::Reason::invalid_params) << cursor;
  }
}

}  // namespace
}  // namespace lobbyd::apps
