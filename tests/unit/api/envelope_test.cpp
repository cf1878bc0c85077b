#include "protocol/api/envelope.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::api {
namespace {

const Id null_id{Id::Null()};

// Its requests are valid until the next call.
Incoming incoming_of(std::string_view text) {
  static JsonReader reader;
  return parse_frame(reader, text);
}

Call only_call(std::string_view text) {
  Incoming incoming = incoming_of(text);
  EXPECT_FALSE(incoming.batch) << text;
  EXPECT_EQ(incoming.calls.size(), 1U) << text;
  return std::move(incoming.calls.front());
}

std::string params_text(const Request& request) {
  std::string text;
  append_json(text, *request.params);
  return text;
}

std::string echo(const Id& id) {
  std::string text;
  id.append_to(text);
  return text;
}

TEST(Envelope, ReadsARequest) {
  const Call call = only_call(R"({"jsonrpc":"2.0","id":7,"method":"ping","params":{"a":[1]}})");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->id, Id(7));
  EXPECT_EQ(call->method, "ping");
  EXPECT_EQ(params_text(*call), R"({"a":[1]})");
}

TEST(Envelope, TakesAbsentAndNullParamsAsNone) {
  for (const char* text :
       {R"({"jsonrpc":"2.0","id":1,"method":"ping"})", R"({"jsonrpc":"2.0","id":1,"method":"ping","params":null})",
        R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{}})"}) {
    const Call call = only_call(text);
    ASSERT_TRUE(call) << text;
    EXPECT_EQ(params_text(*call), "{}") << text;
  }
}

TEST(Envelope, ToleratesUnknownAndRepeatedMembers) {
  const Call call = only_call(R"({"trace":{},"id":1,"method":"a","jsonrpc":"2.0","method":"b","id":2,"result":0})");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->id, Id(2));
  EXPECT_EQ(call->method, "b");
}

TEST(Envelope, KnowsARequestThatWantsNoAnswer) {
  const Call call = only_call(R"({"jsonrpc":"2.0","method":"publish"})");
  ASSERT_TRUE(call);
  EXPECT_TRUE(call->id.absent());
}

TEST(Envelope, EchoesIds) {
  const std::pair<std::string, std::string> ids[] = {
      {"null", "null"},
      {"0", "0"},
      {"-1", "-1"},
      {"1.0", "1"},
      {"-3.0", "-3"},
      {"1e2", "100"},
      {"9007199254740992", "9007199254740992"},
      {"-9007199254740992", "-9007199254740992"},
      {"9007199254740992.0", "9007199254740992"},
      {R"("")", R"("")"},
      {R"("abc")", R"("abc")"},
      {R"("1")", R"("1")"},
      {R"("\u00e9\n\"")", "\"\u00e9\\n\\\"\""},
      {'"' + std::string(max_id_bytes, 'x') + '"', '"' + std::string(max_id_bytes, 'x') + '"'},
  };
  for (const auto& [sent, echoed] : ids) {
    const Call call = only_call(R"({"jsonrpc":"2.0","method":"m","id":)" + sent + "}");
    ASSERT_TRUE(call) << sent;
    EXPECT_FALSE(call->id.absent()) << sent;
    EXPECT_EQ(echo(call->id), echoed);
  }
}

TEST(Envelope, RefusesIdsThatItCannotEcho) {
  const std::string ids[] = {"1.5",
                             "true",
                             "[]",
                             "[1]",
                             "{}",
                             "9007199254740993",
                             "-9007199254740993",
                             "9223372036854775807",
                             "-9223372036854775808",
                             "18446744073709551615",
                             "18446744073709551616",
                             "1e300",
                             "0.1",
                             '"' + std::string(max_id_bytes + 1, 'x') + '"',
                             '"' + std::string(max_id_bytes + 2, '\\') + '"'};
  for (const std::string& id : ids) {
    const Call call = only_call(R"({"jsonrpc":"2.0","method":"m","id":)" + id + "}");
    ASSERT_FALSE(call) << id;
    EXPECT_EQ(call.error().id, null_id) << id;
    EXPECT_EQ(call.error().error.reason, Reason::invalid_request) << id;
  }
}

struct FaultCase {
  const char* text = "";
  Reason reason = Reason::internal;
  Id id = null_id;
};

TEST(Envelope, RefusesWhatIsNoRequest) {
  const FaultCase cases[] = {
      {"", Reason::parse_error},
      {"hello", Reason::parse_error},
      {"{", Reason::parse_error},
      {R"({"jsonrpc":"2.0","method":"m","id":1)", Reason::parse_error},
      {R"([{"jsonrpc":"2.0","method":"m"},{"jsonrpc":"2.0","method")", Reason::parse_error},
      {"null", Reason::invalid_request},
      {"true", Reason::invalid_request},
      {"1", Reason::invalid_request},
      {"\"text\"", Reason::invalid_request},
      {"{}", Reason::invalid_request},
      {"[]", Reason::invalid_request},
      {R"({"id":3})", Reason::invalid_request, Id(3)},
      {R"({"method":"m","id":3})", Reason::invalid_request, Id(3)},
      {R"({"jsonrpc":2.0,"method":"m","id":3})", Reason::invalid_request, Id(3)},
      {R"({"jsonrpc":"1.0","method":"m","id":3})", Reason::invalid_request, Id(3)},
      {R"({"jsonrpc":null,"method":"m","id":"x"})", Reason::invalid_request, Id("x")},
      {R"({"jsonrpc":"2.0","id":3})", Reason::invalid_request, Id(3)},
      {R"({"jsonrpc":"2.0","method":1,"id":3})", Reason::invalid_request, Id(3)},
      {R"({"jsonrpc":"2.0","method":null,"id":3})", Reason::invalid_request, Id(3)},
      {R"({"jsonrpc":"2.0","method":["m"]})", Reason::invalid_request},
      {R"({"jsonrpc":"2.0","result":{},"id":3})", Reason::invalid_request, Id(3)},
      {R"({"jsonrpc":"2.0","error":{"code":1,"message":""},"id":null})", Reason::invalid_request},
      {R"({"jsonrpc":"2.0","method":1,"params":"bar"})", Reason::invalid_request},
      {R"({"jsonrpc":"2.0","method":"m","params":[],"id":3})", Reason::invalid_params, Id(3)},
      {R"({"jsonrpc":"2.0","method":"m","params":[1,2],"id":"a"})", Reason::invalid_params, Id("a")},
      {R"({"jsonrpc":"2.0","method":"m","params":"x","id":3})", Reason::invalid_params, Id(3)},
      {R"({"jsonrpc":"2.0","method":"m","params":0,"id":null})", Reason::invalid_params},
      {R"({"jsonrpc":"2.0","method":"m","params":false})", Reason::invalid_params, Id()},
  };
  for (const FaultCase& c : cases) {
    const Call call = only_call(c.text);
    ASSERT_FALSE(call) << c.text;
    EXPECT_EQ(call.error().error.reason, c.reason) << c.text;
    EXPECT_EQ(call.error().id, c.id) << c.text;
    EXPECT_FALSE(call.error().error.message.empty());
  }
}

TEST(Envelope, SaysThatParametersAreGivenByName) {
  const Call call = only_call(R"({"jsonrpc":"2.0","method":"m","params":[1],"id":3})");
  EXPECT_NE(call.error().error.message.find("by name"), std::string::npos);
}

TEST(Envelope, RefusesDeepNestingWithoutExhaustingTheStack) {
  const Call call = only_call(R"({"jsonrpc":"2.0","id":1,"method":"m","params":)" + std::string(1000000, '['));
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().error.reason, Reason::parse_error);
  EXPECT_EQ(call.error().id, null_id);
}

TEST(Batch, GivesEachElementInOrder) {
  const Incoming incoming =
      incoming_of(R"([{"jsonrpc":"2.0","method":"a","id":1},1,{"jsonrpc":"2.0","method":"b"},{"foo":"boo"},[],)"
                  R"({"jsonrpc":"2.0","method":"c","params":[],"id":"5"}])");
  EXPECT_TRUE(incoming.batch);
  ASSERT_EQ(incoming.calls.size(), 6U);
  EXPECT_EQ(incoming.calls[0]->method, "a");
  EXPECT_EQ(incoming.calls[1].error().error.reason, Reason::invalid_request);
  EXPECT_EQ(incoming.calls[1].error().id, null_id);
  EXPECT_TRUE(incoming.calls[2]->id.absent());
  EXPECT_EQ(incoming.calls[3].error().error.reason, Reason::invalid_request);
  EXPECT_EQ(incoming.calls[4].error().error.reason, Reason::invalid_request);
  EXPECT_EQ(incoming.calls[5].error().error.reason, Reason::invalid_params);
  EXPECT_EQ(incoming.calls[5].error().id, Id("5"));
}

TEST(Batch, OfOneIsABatch) {
  const Incoming incoming = incoming_of(R"([{"jsonrpc":"2.0","method":"a","id":1}])");
  EXPECT_TRUE(incoming.batch);
  ASSERT_EQ(incoming.calls.size(), 1U);
  EXPECT_TRUE(incoming.calls[0]);
}

std::string batch_of(std::size_t size) {
  std::string text = "[";
  for (std::size_t i = 0; i < size; ++i) {
    text += (i == 0 ? "" : ",");
    text += R"({"jsonrpc":"2.0","method":"ping","id":1})";
  }
  return text + "]";
}

TEST(Batch, IsBounded) {
  EXPECT_EQ(incoming_of(batch_of(max_batch_size)).calls.size(), max_batch_size);
  const Call call = only_call(batch_of(max_batch_size + 1));
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().error.reason, Reason::invalid_request);
  EXPECT_EQ(call.error().id, null_id);
}

TEST(Answer, CarriesTheResult) {
  EXPECT_EQ(write_result(Id(1), Json::object()), R"({"jsonrpc":"2.0","id":1,"result":{}})");
  EXPECT_EQ(write_result(Id("a\"b"), {{"time", 5}}), R"({"jsonrpc":"2.0","id":"a\"b","result":{"time":5}})");
  EXPECT_EQ(write_result_text(null_id, "[1]"), R"({"jsonrpc":"2.0","id":null,"result":[1]})");
}

TEST(Answer, CarriesTheError) {
  EXPECT_EQ(write_error(Id(2), {Reason::not_found, "no such filter"}),
            R"({"jsonrpc":"2.0","id":2,"error":{"code":404,"message":"no such filter",)"
            R"("data":{"reason":"not_found","temporary":false}}})");
}

TEST(Answer, IsWrittenEvenWhereTextIsNotUtf8) {
  const auto answer = Json::parse(write_error(Id(2), {Reason::internal, "a\xff"}));
  EXPECT_EQ(answer["error"]["message"], "a\uFFFD");
}

TEST(Answer, NamesNoIdForWhatHasNone) {
  EXPECT_TRUE(write_error(Id(), {Reason::internal, ""}).starts_with(R"({"jsonrpc":"2.0","id":null,)"));
}

TEST(JoinBatch, MakesOneArrayWhereItFits) {
  const std::string answers[] = {"{1}", "{22}", "{3}"};
  EXPECT_EQ(join_batch(answers, 100), std::vector<std::string>{"[{1},{22},{3}]"});
  EXPECT_EQ(join_batch(answers, 14), std::vector<std::string>{"[{1},{22},{3}]"});
}

TEST(JoinBatch, MakesSeveralArraysWhereOneDoesNotFit) {
  const std::string answers[] = {"{1}", "{22}", "{3}"};
  EXPECT_EQ(join_batch(answers, 13), (std::vector<std::string>{"[{1},{22}]", "[{3}]"}));
  EXPECT_EQ(join_batch(answers, 9), (std::vector<std::string>{"[{1}]", "[{22}]", "[{3}]"}));
  EXPECT_EQ(join_batch(answers, 1), (std::vector<std::string>{"[{1}]", "[{22}]", "[{3}]"}));
}

TEST(JoinBatch, MakesNothingOfNothing) {
  EXPECT_TRUE(join_batch({}, 100).empty());
}

TEST(Notification, CarriesMethodAndParams) {
  EXPECT_EQ(write_notification("broker", {{"name", "main"}}),
            R"({"jsonrpc":"2.0","method":"broker","params":{"name":"main"}})");
}

}  // namespace
}  // namespace lobbyd::api
