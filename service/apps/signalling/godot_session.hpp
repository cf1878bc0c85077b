#pragma once

// One client of /godot-signaling: from its frames to what is asked of a SignalRoom, and from the room's events to
// frames. Pure; time is a parameter.
//
// A lobby is a room of the service `godot`; who makes it asks for the peer id 1, in a mesh as well. Data goes as JSON
// strings.
//
//     fresh ──JOIN──▶ joining ──accepted──▶ joined ──sealed──▶ sealed ──10 s──▶ (closed)

#include "protocol/api/json_reader.hpp"
#include "service/apps/signalling/godot_protocol.hpp"
#include "service/apps/signalling/signal_events.hpp"
#include "service/apps/signalling/signal_room.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lobbyd::apps {

class GodotSession {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds join_within{1};
  static constexpr std::chrono::seconds close_after_seal{10};

  // What a frame asks for.
  struct JoinLobby {
    std::string lobby;  // empty: a new one
    bool mesh = true;   // of a new one
  };
  struct Seal {};
  using Request = std::variant<JoinLobby, SignalRoom::Sending, Seal>;

  // What is to be sent, and then perhaps the end.
  struct Closing {
    std::uint16_t code = godot_fault_code;
    std::string_view reason;
  };
  struct Output {
    std::vector<std::string> frames;
    std::optional<Closing> closing;
  };

  explicit GodotSession(TimePoint now) : join_by_(now + join_within) {}

  std::expected<Request, GodotFault> receive(api::JsonReader& reader, std::string_view text);
  // Of its own client. `lobby`: the room's name.
  Output on_event(api::JsonReader& reader, std::string_view lobby, const SignalEvent& event, TimePoint now);

  std::optional<TimePoint> next_timeout() const;
  std::optional<Closing> handle_timeout(TimePoint now) const;

 private:
  enum class State : std::uint8_t { fresh, joining, joined };

  std::expected<Request, GodotFault> ask(const GodotMessage& message);
  static Closing seal_complete();
  bool ends_soon(TimePoint now) const;
  static std::vector<std::string> welcome(std::string_view lobby, const PeerAccepted& accepted);

  State state_ = State::fresh;
  TimePoint join_by_;
  std::optional<TimePoint> close_at_;  // once sealed
};

inline GodotSession::Closing closing(GodotFault fault) {
  return {.reason = text(fault)};
}

// What SignalRoom refuses, as this protocol has it.
GodotFault fault_of_join(const api::Error& error);
GodotFault fault_of_send(const api::Error& error);
GodotFault fault_of_seal(const api::Error& error);

// A name that nobody guesses.
std::string make_lobby_name(const SignalRoom::Random& random);

}  // namespace lobbyd::apps
