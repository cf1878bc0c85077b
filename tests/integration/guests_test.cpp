// Clients that speak other protocols: Godot's signalling demo at /godot-signaling, PeerServer's at /peerjs (api.md,
// "WebRTC signalling"), on one instance and between two.

#include "tests/integration/harness/pair.hpp"
#include "tests/integration/harness/unique_name.hpp"
#include "tests/integration/harness/websocket_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace lobbyd::integration {
namespace {

class GodotPeer {
 public:
  explicit GodotPeer(const Endpoint& daemon) : socket_(daemon, {.path = "/godot-signaling"}) {}

  void send(int type, int id, const std::string& data) {
    socket_.send_text(Json{{"type", type}, {"id", id}, {"data", data}}.dump());
  }
  Json next() {
    const auto frame = socket_.receive();
    if (!frame) throw std::runtime_error("the connection has ended");
    return Json::parse(*frame);
  }
  /// The next message, which is to be of this type.
  Json next(int type) {
    Json message = next();
    EXPECT_EQ(message.at("type"), type) << message;
    return message;
  }
  WebSocketClient& socket() { return socket_; }

 private:
  WebSocketClient socket_;
};

enum Godot : std::uint8_t { join, id, peer_connect, peer_disconnect, offer, answer, candidate, seal };

class GodotGuestTest : public SharedPairTest {
 protected:
  /// The first peer of a lobby of its own.
  std::unique_ptr<GodotPeer> make_lobby(bool mesh) {
    auto host = std::make_unique<GodotPeer>(first());
    host->send(join, mesh ? 0 : 1, "");
    const Json its_id = host->next(id);
    EXPECT_EQ(its_id.at("id"), 1);
    EXPECT_EQ(its_id.at("data"), mesh ? "true" : "");
    lobby_ = host->next(join).at("data");
    return host;
  }
  std::string lobby_;
};

TEST_F(GodotGuestTest, PeersOfALobbyOnTwoInstancesHearOfEachOther) {
  const auto host = make_lobby(true);
  GodotPeer guest(second());
  guest.send(join, 0, lobby_);
  const int its_id = guest.next(id).at("id");
  EXPECT_GT(its_id, 1);
  EXPECT_EQ(guest.next(peer_connect).at("id"), 1);
  EXPECT_EQ(guest.next(join).at("data"), lobby_) << "the last message of a join";
  EXPECT_EQ(host->next(peer_connect).at("id"), its_id);

  guest.send(offer, 1, "sdp of the guest");
  const Json offered = host->next(offer);
  EXPECT_EQ(offered.at("id"), its_id);
  EXPECT_EQ(offered.at("data"), "sdp of the guest");
  host->send(answer, its_id, "sdp of the host");
  const Json answered = guest.next(answer);
  EXPECT_EQ(answered.at("id"), 1);
  EXPECT_EQ(answered.at("data"), "sdp of the host");

  guest.socket().drop();
  EXPECT_EQ(host->next(peer_disconnect).at("id"), its_id);
}

TEST_F(GodotGuestTest, TheEndOfTheHostEndsItsLobby) {
  auto host = make_lobby(false);
  GodotPeer guest(second());
  guest.send(join, 1, lobby_);
  EXPECT_EQ(guest.next(id).at("data"), "");
  EXPECT_EQ(guest.next(peer_connect).at("id"), 1);
  guest.next(join);
  host.reset();
  EXPECT_EQ(guest.socket().wait_closed(), (Closing{4000, "Room host has disconnected"}));
}

TEST_F(GodotGuestTest, AllAreToldThatTheHostHasSealedTheLobby) {
  const auto host = make_lobby(true);
  GodotPeer guest(second());
  guest.send(join, 0, lobby_);
  for (const int type : {id, peer_connect, join}) guest.next(type);
  host->next(peer_connect);
  host->send(seal, 0, "");
  host->next(seal);
  guest.next(seal);
  GodotPeer late(second());
  late.send(join, 0, lobby_);
  EXPECT_EQ(late.socket().wait_closed(), (Closing{4000, "Lobby is sealed"}));
}

TEST_F(GodotGuestTest, EachFaultClosesWithItsText) {
  const auto host = make_lobby(false);
  const auto closing_after = [&](const auto& act) {
    GodotPeer peer(first());
    act(peer);
    return peer.socket().wait_closed();
  };
  const auto joined = [&](GodotPeer& peer) {
    peer.send(join, 0, lobby_);
    for (const int type : {id, peer_connect, join}) peer.next(type);
  };
  EXPECT_EQ(closing_after([](GodotPeer&) {}), (Closing{4000, "Have not joined lobby yet"}));
  EXPECT_EQ(closing_after([](GodotPeer& peer) { peer.send(join, 0, "nowhere"); }),
            (Closing{4000, "Lobby does not exists"}));
  EXPECT_EQ(closing_after([](GodotPeer& peer) { peer.send(join, 0, "no/name"); }),
            (Closing{4000, "Lobby does not exists"}));
  EXPECT_EQ(closing_after([](GodotPeer& peer) { peer.send(offer, 1, ""); }),
            (Closing{4000, "Invalid message when not in a lobby"}));
  EXPECT_EQ(closing_after([](GodotPeer& peer) { peer.socket().send_text("hello"); }),
            (Closing{4000, "Invalid message format"}));
  EXPECT_EQ(closing_after([](GodotPeer& peer) { peer.socket().send_binary("hello"); }),
            (Closing{4000, "Invalid transfer mode, must be text"}));
  EXPECT_EQ(closing_after([&](GodotPeer& peer) {
              joined(peer);
              peer.send(join, 0, lobby_);
            }),
            (Closing{4000, "Already in a lobby"}));
  EXPECT_EQ(closing_after([&](GodotPeer& peer) {
              joined(peer);
              peer.send(seal, 0, "");
            }),
            (Closing{4000, "Only host can seal the lobby"}));
  EXPECT_EQ(closing_after([&](GodotPeer& peer) {
              joined(peer);
              peer.send(offer, 77, "");
            }),
            (Closing{4000, "Invalid destination"}));
  EXPECT_EQ(closing_after([&](GodotPeer& peer) {
              joined(peer);
              peer.send(99, 1, "");
            }),
            (Closing{4000, "Invalid command"}));
}

class PeerJsGuestTest : public SharedPairTest {
 protected:
  std::unique_ptr<WebSocketClient> peer(const Endpoint& daemon, const std::string& peer_id,
                                        const std::string& token = "secret") {
    return std::make_unique<WebSocketClient>(
        daemon, WebSocketOptions{.path = "/peerjs?key=peerjs&id=" + peer_id + "&token=" + token + "&version=1.5.4"});
  }
  static Json next(WebSocketClient& socket) {
    const auto frame = socket.receive();
    if (!frame) throw std::runtime_error("the connection has ended");
    return Json::parse(*frame);
  }
  std::unique_ptr<WebSocketClient> opened(const Endpoint& daemon, const std::string& peer_id) {
    auto socket = peer(daemon, peer_id);
    EXPECT_EQ(next(*socket), Json({{"type", "OPEN"}}));
    return socket;
  }
  static void send(WebSocketClient& socket, const Json& message) { socket.send_text(message.dump()); }

  std::string ann_ = unique_name("ann");
  std::string bob_ = unique_name("bob");
};

TEST_F(PeerJsGuestTest, PeersOnTwoInstancesReachEachOther) {
  const auto ann = opened(first(), ann_);
  const auto bob = opened(second(), bob_);
  send(*ann, {{"type", "OFFER"}, {"dst", bob_}, {"payload", {{"sdp", "s"}}}});
  EXPECT_EQ(next(*bob), Json({{"type", "OFFER"}, {"src", ann_}, {"dst", bob_}, {"payload", {{"sdp", "s"}}}}));
  send(*bob, {{"type", "ANSWER"}, {"dst", ann_}, {"payload", 1}});
  EXPECT_EQ(next(*ann), Json({{"type", "ANSWER"}, {"src", bob_}, {"dst", ann_}, {"payload", 1}}));
}

TEST_F(PeerJsGuestTest, AnIdThatIsTakenOnAnotherInstanceIsRefused) {
  const auto ann = opened(first(), ann_);
  const auto twin = peer(second(), ann_, "another");
  EXPECT_EQ(next(*twin).at("type"), "ID-TAKEN");
  EXPECT_EQ(twin->wait_closed().code, 1000);
  const auto bob = opened(second(), bob_);
  send(*bob, {{"type", "CANDIDATE"}, {"dst", ann_}});
  EXPECT_EQ(next(*ann).at("src"), bob_) << "whoever has it keeps it";
}

TEST_F(PeerJsGuestTest, TheSameTokenTakesAnIdUpAgain) {
  const auto before = opened(first(), ann_);
  const auto after = opened(second(), ann_);
  EXPECT_EQ(before->wait_closed().code, 1000);
  const auto bob = opened(first(), bob_);
  send(*bob, {{"type", "OFFER"}, {"dst", ann_}});
  EXPECT_EQ(next(*after).at("src"), bob_);
}

TEST_F(PeerJsGuestTest, AMessageWaitsForWhoComesAndExpiresForWhoDoesNot) {
  const auto ann = opened(first(), ann_);
  send(*ann, {{"type", "OFFER"}, {"dst", bob_}});
  const auto bob = opened(second(), bob_);
  EXPECT_EQ(next(*bob).at("src"), ann_);
  const std::string nobody = unique_name("nobody");
  send(*ann, {{"type", "OFFER"}, {"dst", nobody}});
  EXPECT_EQ(next(*ann), Json({{"type", "EXPIRE"}, {"src", nobody}, {"dst", ann_}}));
}

TEST_F(PeerJsGuestTest, OfMessagesToNobodyOnlySomeWait) {
  const auto ann = opened(first(), ann_);
  const std::string nobody = unique_name("nobody");
  const auto name = [&](int number) { return nobody + std::to_string(number); };
  for (int number = 0; number < 200; ++number) {
    send(*ann, {{"type", "OFFER"}, {"dst", name(number)}, {"payload", std::string(60'000, 'x')}});
  }
  EXPECT_EQ(next(*ann).at("type"), "EXPIRE") << "8 MiB wait already";
  const auto late = opened(first(), name(0));
  EXPECT_EQ(next(*late).at("src"), ann_) << "the first ones wait still";
}

TEST_F(PeerJsGuestTest, WhatIsWrongIsAnsweredWithAnError) {
  for (const char* query : {"", "?key=peerjs&id=a", "?key=other&id=a&token=t", "?key=peerjs&id=.a&token=t"}) {
    WebSocketClient socket(first(), {.path = "/peerjs" + std::string(query)});
    EXPECT_EQ(next(socket).at("type"), "ERROR") << query;
    EXPECT_EQ(socket.wait_closed().code, 1000) << query;
  }
}

// A client of whatever protocol has one place.
TEST(GuestLimitsTest, GuestsCountForTheBoundsOfClients) {
  for (const char* bound : {"max_clients", "max_clients_per_ip"}) {
    Stack stack("[limits]\n" + std::string(bound) + " = 2\n");
    auto godot = std::make_unique<GodotPeer>(stack.daemon.listen());
    godot->send(join, 0, "");
    godot->next(id);
    WebSocketClient peerjs(stack.daemon.listen(), {.path = "/peerjs?key=peerjs&id=a&token=t"});
    ASSERT_TRUE(peerjs.receive()) << bound;
    const auto is_refused = [&] {
      WebSocketClient third(stack.daemon.listen(), {.path = "/godot-signaling"});
      third.send_text(R"({"type":0,"id":0,"data":""})");
      const bool refused = !third.receive();
      EXPECT_TRUE(!refused || third.wait_closed().code == 1013) << bound;
      return refused;
    };
    EXPECT_TRUE(is_refused()) << bound;
    EXPECT_THROW(RpcClient(stack.daemon.listen()).connect(), std::runtime_error) << bound;
    godot.reset();
    EXPECT_TRUE(eventually([&] { return !is_refused(); })) << bound << ": the place is free again";
  }
}

}  // namespace
}  // namespace lobbyd::integration
