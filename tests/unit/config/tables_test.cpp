#include "config/print.hpp"
#include "config/table_schema.hpp"
#include "tests/unit/config/loading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// [[boards]] and [[ice]].
namespace lobbyd::config::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Tables, AreKeptInTheirOrder) {
  const Config config = loaded(R"(
[[boards]]
name = "daily.*"
order = "asc"
operator = "last"
submit = "right"
reset = "daily"
time_zone = "Europe/Berlin"
max_entries = 10
keep_periods = 3
[[boards]]
name = "GAME"
topic = "{board}/{player}/score"
[[ice]]
urls = ["stun:a", "turns:b:5349"]
secret = "s"
old_secret = "o"
ttl = 3600
)")
                            .config;
  ASSERT_EQ(config.boards.size(), 2U);
  EXPECT_EQ(config.boards[0], (Board{.name = "daily.*",
                                     .order = BoardOrder::ascending,
                                     .scoring = BoardOperator::last,
                                     .submit = BoardSubmit::right,
                                     .reset = BoardReset::daily,
                                     .time_zone = "Europe/Berlin",
                                     .topic = {},
                                     .max_entries = 10,
                                     .keep_periods = 3}));
  EXPECT_EQ(config.boards[1].name, "GAME");
  EXPECT_EQ(config.boards[1].topic, "{board}/{player}/score");
  ASSERT_EQ(config.ice.size(), 1U);
  EXPECT_EQ(config.ice[0].urls, (std::vector<std::string>{"stun:a", "turns:b:5349"}));
  EXPECT_EQ(config.ice[0].ttl, std::chrono::hours(1));
}

TEST(Tables, MayBeWrittenInline) {
  EXPECT_EQ(loaded("boards = [{name = \"a\"}, {name = \"b\"}]\n").config.boards.size(), 2U);
  EXPECT_THAT(loaded("boards = []\nice = []\n").config.boards, IsEmpty());
}

struct Case {
  std::string toml;
  std::string problem;
};
class WrongTable : public ::testing::TestWithParam<Case> {};

TEST_P(WrongTable, StopsTheStart) {
  EXPECT_THAT(problems(GetParam().toml), ElementsAre(HasSubstr(GetParam().problem)));
}

INSTANTIATE_TEST_SUITE_P(
    Tables, WrongTable,
    ::testing::Values(
        Case{"[[boards]]\nname = 5\n", "lobbyd.toml:2: boards.name: must be a string"},
        Case{"[[boards]]\nnmae = \"x\"\n", "boards.nmae: there is no such key; did you mean boards.name?"},
        Case{"[boards]\n", "boards: must be an array of tables, each headed [[boards]]"},
        Case{"[[boards]]\nname = \"a b\"\n", "boards.name: must be 1 to 64 of the characters"},
        Case{"[[boards]]\norder = \"up\"\n", "boards.order: must be \"desc\" or \"asc\""},
        Case{"[[boards]]\noperator = \"max\"\n", "boards.operator: must be \"best\", \"last\" or \"sum\""},
        Case{"[[boards]]\nmax_entries = 0\n", "boards.max_entries: must be"},
        Case{"[[boards]]\ntime_zone = \"../etc\"\n", "boards.time_zone: must be the name of a time zone"},
        Case{"[[boards]]\noperator = \"sum\"\ntopic = \"{board}/{player}\"\n", "boards.topic: a board with operator"},
        Case{"[[boards]]\nreset = \"daily\"\ntopic = \"{board}/{player}\"\n", "must hold {period}"},
        Case{"[[ice]]\nurls = \"stun:x\"\n", "ice.urls: must be an array of strings"},
        Case{"[[ice]]\nurls = [\"http://x\"]\n", "ice.urls: must be addresses that begin with stun:"},
        Case{"[[ice]]\n", "each [[ice]] must say its urls"},
        Case{"[[ice]]\nurls = [\"turn:x\"]\nsecret = \"s\"\nusername = \"u\"\n", "ice.secret makes credentials"}));

TEST(Tables, ArePrintedSoThatTheyCanBeLoadedAgainAndWithoutSecrets) {
  const Config config = loaded(
                            "[[boards]]\nname = \"a\"\nreset = \"weekly\"\n[[ice]]\nurls = "
                            "[\"stun:x\"]\n[[ice]]\nurls = [\"turn:x\"]\nsecret = \"hunter2\"\n")
                            .config;
  const std::string printed = print(config);
  EXPECT_THAT(printed, Not(HasSubstr("hunter2")));
  const Config again = loaded(printed).config;
  EXPECT_EQ(again.boards, config.boards);
  ASSERT_EQ(again.ice.size(), 2U);
  EXPECT_EQ(again.ice[0], config.ice[0]);
}

TEST(Tables, HaveNoVariables) {
  EXPECT_THAT(loaded("", {{"LOBBYD_BOARDS_NAME", "x"}}).warnings, ElementsAre(HasSubstr("LOBBYD_BOARDS_NAME")));
}

}  // namespace
}  // namespace lobbyd::config::testing
