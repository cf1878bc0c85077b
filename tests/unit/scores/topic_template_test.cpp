#include "service/apps/scores/topic_template.hpp"

#include "protocol/mqtt/topic_match.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace lobbyd::scores {
namespace {

using Place = TopicTemplate::Place;

TopicTemplate of(std::string_view text) {
  return TopicTemplate::parse(text).value();
}

TEST(TopicTemplate, ReadsTopicsAndMakesThem) {
  const TopicTemplate numbers = of("{board}/{player}/score");
  const TopicNames names{.board = "tetris", .player = "ann@home"};
  EXPECT_EQ(numbers.topic(names), "tetris/ann@home/score");
  EXPECT_EQ(numbers.read("tetris/ann@home/score"), names);
}

TEST(TopicTemplate, PlacesMayStandInAnyOrder) {
  const TopicTemplate numbers = of("game/{period}/{player}/of/{board}");
  const TopicNames names{.board = "b", .period = "2026-02", .player = "p"};
  EXPECT_EQ(numbers.topic(names), "game/2026-02/p/of/b");
  EXPECT_EQ(numbers.read("game/2026-02/p/of/b"), names);
}

TEST(TopicTemplate, KnowsWhichPlacesItHas) {
  const TopicTemplate numbers = of("tetris/{player}");
  EXPECT_TRUE(numbers.has(Place::player));
  EXPECT_FALSE(numbers.has(Place::board));
  EXPECT_FALSE(numbers.has(Place::period));
}

TEST(TopicTemplate, OtherTopicsAreNotRead) {
  const TopicTemplate numbers = of("{board}/{player}/score");
  for (const std::string& topic :
       {std::string("tetris/ann"), std::string("tetris/ann/score/x"), std::string("tetris/ann/Score"), std::string(),
        std::string("/ann/score"), std::string("tetris//score"), std::string("tetris/a b/score"),
        std::string("tetris/änn/score"), "tetris/" + std::string(65, 'a') + "/score"}) {
    EXPECT_EQ(numbers.read(topic), std::nullopt) << topic;
  }
}

TEST(TopicTemplate, ItsFilterMatchesItsTopics) {
  const TopicTemplate numbers = of("{board}/{period}/{player}/score");
  EXPECT_EQ(numbers.filter({}), "+/+/+/score");
  const std::string filter = numbers.filter({.board = "tetris", .period = "all"});
  EXPECT_EQ(filter, "tetris/all/+/score");
  EXPECT_TRUE(mqtt::matches(filter, numbers.topic({.board = "tetris", .period = "all", .player = "ann"})));
}

TEST(TopicTemplate, TheDaemonsKeepRecordsUnderTheirPrefix) {
  const TopicTemplate records = TopicTemplate::of_records("lobby/");
  const TopicTemplate parts = TopicTemplate::of_parts("lobby/");
  const TopicNames names{.board = "b", .period = "2026-W06", .player = "p", .instance = "i"};
  EXPECT_EQ(records.topic(names), "lobby/score/b/2026-W06/p");
  EXPECT_EQ(parts.topic(names), "lobby/score/b/2026-W06/p/i");
  EXPECT_EQ(records.read(parts.topic(names)), std::nullopt);
  EXPECT_EQ(parts.read(parts.topic(names)), names);
  EXPECT_EQ(parts.filter({.board = "b", .period = "all"}), "lobby/score/b/all/+/+");
}

TEST(TopicTemplate, BadOnesAreRefusedWithAReason) {
  const std::pair<const char*, const char*> bad[] = {
      {"", "at least one character"}, {"{board}/score", "{player}"},
      {"{player}/{player}", "once"},  {"a{player}/b", "a{player}"},
      {"{user}/score", "{user}"},     {"{player}/{", "{"},
      {"{Player}/score", "{Player}"}, {"{player}/{instance}", "{instance}"},
      {"{player}/+", "wildcard"},     {"{player}/#", "wildcard"},
      {"$SYS/{player}", "broker"},
  };
  for (const auto& [text, reason] : bad) {
    const auto parsed = TopicTemplate::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().find(reason), std::string::npos) << text << ": " << parsed.error();
  }
  EXPECT_FALSE(TopicTemplate::parse("{player}/" + std::string(1024, 'x')));
}

TEST(ScoreNames, AreLevelsOfTopics) {
  EXPECT_TRUE(check_name("board", "tetris"));
  EXPECT_TRUE(check_name("player", "Ann_1.b:c@d-e"));
  for (const std::string& name : {std::string(), std::string("a/b"), std::string("+"), std::string("#"),
                                  std::string("a b"), std::string("\xC3\xA4"), std::string(65, 'a')}) {
    const auto checked = check_name("board", name);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().reason, api::Reason::bad_name);
    EXPECT_NE(checked.error().message.find("level of a topic"), std::string::npos);
  }
}

}  // namespace
}  // namespace lobbyd::scores
