#include "config/toml_file.hpp"

#include "tests/unit/config/loading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lobbyd::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::vector<Setting> settings(std::string_view text) {
  return parse_toml(text, "x.toml").value();
}

std::vector<std::string> paths(std::string_view text) {
  std::vector<std::string> result;
  for (const Setting& setting : settings(text)) {
    result.push_back(setting.path + ":" + std::to_string(setting.origin.line));
  }
  return result;
}

TEST(TomlFile, ListsSettingsInTheOrderOfTheLines) {
  EXPECT_THAT(paths("z = 1\n[b]\ny = 2\nx = 3\n[a]\nw = 4\n"),
              ElementsAre("z:1", "b:2", "b.y:3", "b.x:4", "a:5", "a.w:6"));
}

TEST(TomlFile, KnowsDottedKeysInlineTablesAndArraysOfTables) {
  EXPECT_THAT(paths("a.b = 1\nc = {d = 2}\n[[e]]\nf = 1\n[[e]]\nf = 2\n"),
              ElementsAre("a:1", "a.b:1", "c:2", "c.d:2", "e:3", "e.f:4", "e:5", "e.f:6"));
}

TEST(TomlFile, KeepsQuotedKeysApartFromDottedOnes) {
  EXPECT_THAT(paths("\"a.b\" = 1\n"), ElementsAre("\"a.b\":1"));
}

TEST(TomlFile, TellsTypesApart) {
  const auto all = settings("a = true\nb = 7\nc = \"x\"\nd = [\"x\", \"y\"]\ne = []\n");
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(std::get<Value>(all[0].content), Value(true));
  EXPECT_EQ(std::get<Value>(all[1].content), Value(std::int64_t{7}));
  EXPECT_EQ(std::get<Value>(all[2].content), Value(std::string("x")));
  EXPECT_EQ(std::get<Value>(all[3].content), Value(TextList{"x", "y"}));
  EXPECT_EQ(std::get<Value>(all[4].content), Value(TextList{}));
}

TEST(TomlFile, NamesWhatNoKeyTakes) {
  const auto what = [](std::string_view text) { return std::get<Unfit>(settings(text).at(0).content).what; };
  EXPECT_EQ(what("a = 1.5"), "a number with a fraction");
  EXPECT_EQ(what("a = 2026-02-03"), "a date or time");
  EXPECT_EQ(what("a = 07:32:00"), "a date or time");
  EXPECT_EQ(what("a = [1, 2]"), "an array that holds other things than strings");
  EXPECT_EQ(what("a = [\"x\", 2]"), "an array that holds other things than strings");
  EXPECT_EQ(what("a = [[\"x\"]]"), "an array that holds other things than strings");
}

TEST(TomlFile, GivesThePlaceOfASyntaxError) {
  const auto result = parse_toml("listen = [\"a\"]\nadmin = \n", "x.toml");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().source, "x.toml");
  EXPECT_EQ(result.error().line, 2U);
  EXPECT_GT(result.error().column, 0U);
  EXPECT_THAT(to_string(result.error()), StartsWith("x.toml:2: is not TOML: "));
}

TEST(TomlFile, RefusesDuplicatesAndBadUtf8) {
  EXPECT_FALSE(parse_toml("a = 1\na = 2\n", "x"));
  EXPECT_FALSE(parse_toml("a = \"\xFF\"\n", "x"));
}

TEST(TomlFile, SurvivesDeepNesting) {
  EXPECT_FALSE(parse_toml("a = " + std::string(100'000, '[') + std::string(100'000, ']'), "x"));
}

TEST(TomlFile, SaysWhyAFileCannotBeRead) {
  const testing::TemporaryDirectory directory;
  EXPECT_EQ(read_toml_file(directory.path() / "absent").error().message, "cannot be read: No such file or directory");
  EXPECT_EQ(read_toml_file(directory.path()).error().message, "cannot be read: Is a directory");
}

TEST(TomlFile, ReadsNoMoreThanTheLimit) {
  const testing::TemporaryDirectory directory;
  const auto file = directory.write("file", "12345");
  EXPECT_EQ(read_bounded(file, 5).value(), "12345");
  EXPECT_EQ(read_bounded(file, 4).error(), "is larger than 4 bytes");
  const auto large = directory.write("large", std::string(1024 * 1024 + 1, '#'));
  EXPECT_THAT(read_toml_file(large).error().message, HasSubstr("is larger than 1048576 bytes"));
}

}  // namespace
}  // namespace lobbyd::config
