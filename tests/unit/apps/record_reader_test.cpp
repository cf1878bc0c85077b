#include "service/apps/record_reader.hpp"

#include "service/apps/record_writer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

class RecordReaderTest : public testing::Test {
 protected:
  RecordReader read(std::string_view payload, std::size_t most = 1000) { return {reader_, payload, most}; }

  api::JsonReader reader_;
};

TEST_F(RecordReaderTest, WantsAJsonObjectWithinItsBound) {
  EXPECT_TRUE(read("{}").right());
  for (const char* payload : {"", "[]", "1", "null", "{", "{}x", "\xFF"}) {
    EXPECT_FALSE(read(payload).right()) << payload;
  }
  EXPECT_TRUE(read(R"({"a":1})", 7).right());
  EXPECT_FALSE(read(R"({"a":1})", 6).right());
}

TEST_F(RecordReaderTest, ReadsWhatIsThere) {
  auto fields = read(R"({"t":"text","c":"Ann:1","p":"ann@home","i":"east-1","n":-3,"f":true,"j":{"x":[1,2.5]}})");
  EXPECT_EQ(fields.text("t", 4), "text");
  EXPECT_EQ(fields.client_id("c"), "Ann:1");
  EXPECT_EQ(fields.player("p"), "ann@home");
  EXPECT_EQ(fields.instance("i"), "east-1");
  EXPECT_EQ(fields.number("n", -3, 3), -3);
  EXPECT_TRUE(fields.flag("f"));
  EXPECT_FALSE(fields.flag("absent"));
  EXPECT_EQ(fields.json("j", 100), R"({"x":[1,2.5]})");
  EXPECT_EQ(fields.json("absent", 100), "null");
  EXPECT_TRUE(fields.has("t"));
  EXPECT_FALSE(fields.has("absent"));
  EXPECT_TRUE(fields.right());
}

TEST_F(RecordReaderTest, ReadsTimes) {
  const HybridTime time(123'456, 7);
  auto fields = read(RecordWriter().time("at", time).take());
  EXPECT_EQ(fields.time("at"), time);
  EXPECT_TRUE(fields.right());
  for (const char* payload : {R"({"at":"0000000000000000"})", R"({"at":"1"})", R"({"at":1})", "{}"}) {
    auto wrong = read(payload);
    EXPECT_FALSE(wrong.time("at"));
    EXPECT_FALSE(wrong.right()) << payload;
  }
}

TEST_F(RecordReaderTest, OneFaultMakesTheWholeRecordWrong) {
  const std::string long_name(65, 'x');
  const auto wrong = [&](std::string_view payload, auto ask) {
    auto fields = read(payload);
    ask(fields);
    EXPECT_FALSE(fields.right()) << payload;
    fields.flag("absent");
    EXPECT_FALSE(fields.right()) << "and so it stays";
  };
  wrong("{}", [](RecordReader& fields) { fields.text("t", 9); });
  wrong(R"({"t":"too long"})", [](RecordReader& fields) { fields.text("t", 7); });
  wrong(R"({"t":1})", [](RecordReader& fields) { fields.text("t", 7); });
  wrong(R"({"c":"a b"})", [](RecordReader& fields) { fields.client_id("c"); });
  wrong(R"({"c":")" + long_name + "\"}", [](RecordReader& fields) { fields.player("c"); });
  wrong(R"({"i":""})", [](RecordReader& fields) { fields.instance("i"); });
  wrong(R"({"i":"a/b"})", [](RecordReader& fields) { fields.instance("i"); });
  wrong(R"({"n":4})", [](RecordReader& fields) { fields.number("n", -3, 3); });
  wrong(R"({"n":1.5})", [](RecordReader& fields) { fields.number("n", -3, 3); });
  wrong(R"({"n":18446744073709551615})", [](RecordReader& fields) { fields.number("n", 0, 3); });
  wrong(R"({"f":false})", [](RecordReader& fields) { fields.flag("f"); });
  wrong(R"({"f":1})", [](RecordReader& fields) { fields.flag("f"); });
  wrong(R"({"j":[1,2,3]})", [](RecordReader& fields) { fields.json("j", 6); });
}

TEST_F(RecordReaderTest, WhatIsNotAskedForIsIgnored) {
  auto fields = read(R"({"n":1,"of a later version":{}})");
  EXPECT_EQ(fields.number("n", 0, 1), 1);
  EXPECT_TRUE(fields.right());
}

TEST_F(RecordReaderTest, AWriterWritesWhatIsRead) {
  RecordWriter writer;
  writer.text("t", "a \"b\"\n").json("j", "[1]").number("n", -5).flag("f", true).flag("left out", false);
  const std::string json = writer.take();
  EXPECT_EQ(json, R"({"t":"a \"b\"\n","j":[1],"n":-5,"f":true})");
  EXPECT_EQ(RecordWriter().members(R"("a":1)").number("b", 2).members(R"("c":3)").take(), R"({"a":1,"b":2,"c":3})");
}

}  // namespace
}  // namespace lobbyd::apps
