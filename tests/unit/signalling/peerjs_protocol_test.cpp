#include "service/apps/signalling/peerjs_protocol.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

auto query(std::string_view text) {
  return read_peerjs_query(text, "peerjs");
}

TEST(PeerJsQuery, NamesTheClient) {
  EXPECT_EQ(query("key=peerjs&id=ann-1&token=t0k&version=1.5.4"), (PeerJsClient{.id = "ann-1", .token = "t0k"}));
  EXPECT_EQ(query("token=a%2Fb%c3%a4&id=my+own%20id&key=peerjs"),
            (PeerJsClient{.id = "my own id", .token = "a/b\xC3\xA4"}));
  EXPECT_EQ(query("id=first&key=peerjs&id=last&token=t")->id, "last");
}

TEST(PeerJsQuery, NeedsAllThree) {
  for (const char* text : {"", "key=peerjs", "key=peerjs&id=a", "key=peerjs&token=t", "id=a&token=t",
                           "key=peerjs&id=&token=t", "key=peerjs&id=a&token=", "&&&=", "key"}) {
    EXPECT_EQ(query(text).error(), PeerJsFault::invalid_parameters) << text;
  }
}

TEST(PeerJsQuery, WantsItsKey) {
  EXPECT_EQ(query("key=other&id=a&token=t").error(), PeerJsFault::invalid_key);
}

TEST(PeerJsQuery, WantsAnIdAndATokenThatCanBeKept) {
  EXPECT_EQ(query("key=peerjs&id=a%2Fb&token=t").error(), PeerJsFault::invalid_id);
  EXPECT_EQ(query("key=peerjs&id=a&token=%FF").error(), PeerJsFault::invalid_id);
  EXPECT_EQ(query("key=peerjs&id=a&token=" + std::string(max_peerjs_token_bytes + 1, 't')).error(),
            PeerJsFault::invalid_id);
  EXPECT_EQ(query("key=peerjs&id=a%2&token=t").error(), PeerJsFault::invalid_id) << "no escape";
}

TEST(PeerJsIds, AreWordsAsTheClientWantsThem) {
  for (const char* id : {"a", "A9", "a b", "a-b_c d", "6f9619ff-8b86-d011-b42d-00c04fc964ff"}) {
    EXPECT_TRUE(is_peerjs_id(id)) << id;
  }
  for (const char* id : {"", " a", "a ", "-a", "a-", "a--b", "a b  c", "a/b", "a.b", "\xC3\xA4"}) {
    EXPECT_FALSE(is_peerjs_id(id)) << id;
  }
  EXPECT_TRUE(is_peerjs_id(std::string(max_peerjs_id_bytes, 'x')));
  EXPECT_FALSE(is_peerjs_id(std::string(max_peerjs_id_bytes + 1, 'x')));
}

class PeerJsMessageTest : public testing::Test {
 protected:
  auto read(std::string_view text) { return read_peerjs(reader_, text); }

  api::JsonReader reader_;
};

TEST_F(PeerJsMessageTest, IsReadAsTheClientSendsIt) {
  EXPECT_EQ(read(R"({"type":"HEARTBEAT"})"), (PeerJsMessage{.type = PeerJsType::heartbeat}));
  EXPECT_EQ(read(R"({"type":"OFFER","payload":{"sdp":{"type":"offer"},"connectionId":"dc_1"},"dst":"bob"})"),
            (PeerJsMessage{.type = PeerJsType::offer,
                           .destination = "bob",
                           .payload = R"({"sdp":{"type":"offer"},"connectionId":"dc_1"})"}));
  EXPECT_EQ(read(R"({"type":"LEAVE"})"), (PeerJsMessage{.type = PeerJsType::leave}));
  EXPECT_EQ(read(R"({"type":"CANDIDATE","dst":5,"src":"forged"})"), (PeerJsMessage{.type = PeerJsType::candidate}));
}

TEST_F(PeerJsMessageTest, AllElseIsPassedOver) {
  for (const char* text : {"", "hello", "[]", "{}", R"({"type":5})", R"({"type":"offer"})", R"({"type":"OPEN"})",
                           R"({"type":"ID-TAKEN"})", R"({"type":"ERROR"})", "\xFF"}) {
    EXPECT_EQ(read(text), std::nullopt) << text;
  }
  EXPECT_EQ(read(R"({"type":"OFFER","dst":")" + std::string(max_peerjs_id_bytes + 1, 'x') + "\"}"), std::nullopt);
  EXPECT_EQ(read(R"({"type":"OFFER","payload":")" + std::string(max_peerjs_payload_bytes, 'x') + "\"}"), std::nullopt);
}

TEST_F(PeerJsMessageTest, IsWrittenAsTheServerSendsIt) {
  EXPECT_EQ(write_peerjs_open(), R"({"type":"OPEN"})");
  EXPECT_EQ(write_peerjs_id_taken(), R"({"type":"ID-TAKEN","payload":{"msg":"ID is taken"}})");
  EXPECT_EQ(write_peerjs_error(text(PeerJsFault::invalid_key)),
            R"({"type":"ERROR","payload":{"msg":"Invalid key provided"}})");
  EXPECT_EQ(write_peerjs("ann", {.type = PeerJsType::answer, .destination = "bob", .payload = "{}"}),
            R"({"type":"ANSWER","src":"ann","dst":"bob","payload":{}})");
  EXPECT_EQ(write_peerjs("ann", {.type = PeerJsType::expire, .destination = "bob"}),
            R"({"type":"EXPIRE","src":"ann","dst":"bob"})");
}

}  // namespace
}  // namespace lobbyd::apps
