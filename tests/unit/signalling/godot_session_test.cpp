#include "service/apps/signalling/godot_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const GodotSession::TimePoint start{};

class GodotSessionTest : public testing::Test {
 protected:
  auto receive(std::string_view text) { return session_.receive(reader_, text); }
  GodotFault fault(std::string_view text) { return receive(text).error(); }
  GodotSession::Output on(const SignalEvent& event) { return session_.on_event(reader_, "lobby", event, now_); }
  void join(SignalMode mode = SignalMode::mesh, PeerId id = 1) {
    ASSERT_TRUE(receive(R"({"type":0,"id":0,"data":""})"));
    on(PeerAccepted{.client_id = "c", .id = id, .mode = mode, .host = 1, .peers = {}});
  }

  api::JsonReader reader_;
  GodotSession session_{start};
  GodotSession::TimePoint now_ = start;
};

TEST_F(GodotSessionTest, BeginsWithAJoin) {
  const auto request = receive(R"({"type":0,"id":0,"data":""})");
  const auto& join = std::get<GodotSession::JoinLobby>(*request);
  EXPECT_EQ(join.lobby, "");
  EXPECT_TRUE(join.mesh);
}

TEST_F(GodotSessionTest, AnyIdButZeroAsksForClientAndServer) {
  const auto request = receive(R"({"type":0.0,"id":1.0,"data":"name"})");
  const auto& join = std::get<GodotSession::JoinLobby>(*request);
  EXPECT_EQ(join.lobby, "name");
  EXPECT_FALSE(join.mesh);
}

TEST_F(GodotSessionTest, WhatComesBeforeAJoinIsAFault) {
  EXPECT_EQ(fault(R"({"type":4,"id":1,"data":""})"), GodotFault::needs_lobby);
  EXPECT_EQ(fault(R"({"type":9,"id":1,"data":""})"), GodotFault::needs_lobby);
  EXPECT_EQ(fault("hello"), GodotFault::invalid_format);
  ASSERT_TRUE(receive(R"({"type":0,"id":0,"data":""})"));
  EXPECT_EQ(fault(R"({"type":7,"id":0,"data":""})"), GodotFault::needs_lobby) << "it is not in yet";
  EXPECT_EQ(fault(R"({"type":0,"id":0,"data":""})"), GodotFault::already_in_lobby);
}

TEST_F(GodotSessionTest, WhoJoinsGetsItsIdThenThePeersThenTheLobby) {
  ASSERT_TRUE(receive(R"({"type":0,"id":0,"data":"lobby"})"));
  const auto out = on(
      PeerAccepted{.client_id = "c", .id = 77, .mode = SignalMode::mesh, .host = 1, .peers = {{.id = 1}, {.id = 5}}});
  EXPECT_THAT(out.frames, ElementsAre(R"({"type":1,"id":77,"data":"true"})", R"({"type":2,"id":1,"data":""})",
                                      R"({"type":2,"id":5,"data":""})", R"({"type":0,"id":0,"data":"lobby"})"));
  EXPECT_FALSE(out.closing);
}

TEST_F(GodotSessionTest, InClientAndServerModeTheIdHasNoData) {
  ASSERT_TRUE(receive(R"({"type":0,"id":1,"data":""})"));
  const auto out = on(PeerAccepted{.client_id = "c", .id = 1, .mode = SignalMode::host, .host = 1, .peers = {}});
  EXPECT_THAT(out.frames, ElementsAre(R"({"type":1,"id":1,"data":""})", R"({"type":0,"id":0,"data":"lobby"})"));
}

TEST_F(GodotSessionTest, RelaysAsJsonStrings) {
  join();
  const auto request = receive(R"({"type":6,"id":5,"data":"\nmid\n0\nsdp"})");
  const auto& sending = std::get<SignalRoom::Sending>(*request);
  EXPECT_EQ(sending.to, 5);
  EXPECT_EQ(sending.type, "candidate");
  EXPECT_EQ(sending.data, R"("\nmid\n0\nsdp")");
  const auto out =
      on(PeerMessage{"c", {.to = 1, .to_claim = {}, .from = 5, .type = sending.type, .data = sending.data}});
  EXPECT_THAT(out.frames, ElementsAre(R"({"type":6,"id":5,"data":"\nmid\n0\nsdp"})"));
}

TEST_F(GodotSessionTest, PassesOverWhatItHasNoWordsFor) {
  join();
  for (const auto& [type, data] : {std::pair{"other", "\"x\""}, std::pair{"offer", "{}"}}) {
    EXPECT_THAT(on(PeerMessage{"c", {.to = 1, .to_claim = {}, .from = 5, .type = type, .data = data}}).frames,
                IsEmpty());
  }
}

TEST_F(GodotSessionTest, FaultsInALobby) {
  join();
  EXPECT_EQ(fault(R"({"type":1,"id":1,"data":""})"), GodotFault::invalid_command);
  EXPECT_EQ(fault(R"({"type":8,"id":1,"data":""})"), GodotFault::invalid_command);
  EXPECT_EQ(fault(R"({"type":260,"id":1,"data":""})"), GodotFault::invalid_command);
  EXPECT_EQ(fault(R"({"type":4,"id":0,"data":""})"), GodotFault::invalid_destination);
  EXPECT_EQ(fault(R"({"type":4,"id":2147483648,"data":""})"), GodotFault::invalid_destination);
  EXPECT_EQ(fault(R"({"type":0,"id":0,"data":"x"})"), GodotFault::already_in_lobby);
}

TEST_F(GodotSessionTest, TellsOfPeersThatComeAndGo) {
  join();
  EXPECT_THAT(on(PeerCame{"c", {.id = 5}}).frames, ElementsAre(R"({"type":2,"id":5,"data":""})"));
  EXPECT_THAT(on(PeerWent{"c", {.id = 5}}).frames, ElementsAre(R"({"type":3,"id":5,"data":""})"));
}

TEST_F(GodotSessionTest, ClosesWithoutItsHost) {
  join(SignalMode::mesh, 5);
  const auto out = on(PeerWent{"c", {.id = 1}});
  EXPECT_THAT(out.frames, IsEmpty());
  ASSERT_TRUE(out.closing);
  EXPECT_EQ(out.closing->code, 4000);
  EXPECT_EQ(out.closing->reason, "Room host has disconnected");
  EXPECT_EQ(on(PeerDropped{"c", 5}).closing->reason, "Room host has disconnected");
}

TEST_F(GodotSessionTest, SealsAndClosesAWhileLater) {
  join();
  EXPECT_TRUE(std::holds_alternative<GodotSession::Seal>(*receive(R"({"type":7,"id":0,"data":""})")));
  EXPECT_EQ(session_.next_timeout(), std::nullopt);
  EXPECT_THAT(on(RoomSealed{"c"}).frames, ElementsAre(R"({"type":7,"id":0,"data":""})"));
  EXPECT_EQ(session_.next_timeout(), start + 10s);
  EXPECT_FALSE(session_.handle_timeout(start + 9s));
  const auto closing = session_.handle_timeout(start + 10s);
  ASSERT_TRUE(closing);
  EXPECT_EQ(closing->code, 1000);
  EXPECT_EQ(closing->reason, "Seal complete");
}

// Another instance may close its own a moment earlier.
TEST_F(GodotSessionTest, AtTheEndOfASealedLobbyNobodyIsSaidToHaveGone) {
  join();
  on(RoomSealed{"c"});
  now_ = start + GodotSession::close_after_seal - 100ms;
  EXPECT_THAT(on(PeerWent{"c", {.id = 7}}).frames, IsEmpty());
  EXPECT_EQ(on(PeerWent{"c", {.id = host_peer}}).closing->reason, "Seal complete");
  EXPECT_EQ(on(PeerDropped{.client_id = "c", .id = 9}).closing->code, 1000);
}

TEST_F(GodotSessionTest, WaitsASecondForAJoin) {
  EXPECT_EQ(session_.next_timeout(), start + 1s);
  EXPECT_FALSE(session_.handle_timeout(start + 999ms));
  EXPECT_EQ(session_.handle_timeout(start + 1s)->reason, "Have not joined lobby yet");
  ASSERT_TRUE(receive(R"({"type":0,"id":0,"data":""})"));
  EXPECT_EQ(session_.next_timeout(), std::nullopt) << "the answer may take longer";
  EXPECT_FALSE(session_.handle_timeout(start + 1h));
}

TEST_F(GodotSessionTest, RefusalsAreClosings) {
  ASSERT_TRUE(receive(R"({"type":0,"id":0,"data":"x"})"));
  EXPECT_EQ(on(PeerRefused{"c", {api::Reason::conflict, ""}}).closing->reason, "Lobby is sealed");
  EXPECT_EQ(fault_of_join({api::Reason::not_found, ""}), GodotFault::lobby_does_not_exist);
  EXPECT_EQ(fault_of_join({api::Reason::too_many, ""}), GodotFault::too_many_peers);
  EXPECT_EQ(fault_of_join({api::Reason::broker_unavailable, ""}), GodotFault::server_error);
  EXPECT_EQ(fault_of_send({api::Reason::not_found, ""}), GodotFault::invalid_destination);
  EXPECT_EQ(fault_of_send({api::Reason::too_large, ""}), GodotFault::invalid_format);
  EXPECT_EQ(fault_of_seal({api::Reason::forbidden, ""}), GodotFault::only_host_can_seal);
}

TEST(GodotLobbies, HaveNamesThatNobodyGuesses) {
  std::uint32_t number = 0;
  const std::string name = make_lobby_name([&] { return number++; });
  EXPECT_EQ(name, "ABCDEFGHIJKLMNOPQRST");
  number = 61;
  EXPECT_EQ(make_lobby_name([&] { return number; }), std::string(20, '9'));
}

}  // namespace
}  // namespace lobbyd::apps
