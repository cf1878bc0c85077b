#include "service/apps/signalling/godot_session.hpp"

#include "protocol/api/json.hpp"

#include <cstddef>
#include <limits>
#include <utility>

namespace lobbyd::apps {
namespace {

constexpr std::size_t lobby_name_size = 20;

// The words by which those messages go from peer to peer.
std::string_view word_of(std::int64_t type) {
  switch (static_cast<GodotType>(type)) {
    case GodotType::offer:
      return "offer";
    case GodotType::answer:
      return "answer";
    case GodotType::candidate:
      return "candidate";
    default:
      return {};
  }
}

std::optional<GodotType> type_of(std::string_view word) {
  for (const GodotType type : {GodotType::offer, GodotType::answer, GodotType::candidate}) {
    if (word_of(static_cast<std::int64_t>(type)) == word) {
      return type;
    }
  }
  return std::nullopt;
}

// What another way in has sent, and this protocol has no words for, is passed over.
std::vector<std::string> relay(api::JsonReader& reader, const SignalMessage& message) {
  const auto type = type_of(message.type);
  const auto data = reader.read(message.data);
  const auto* text = data ? (*data)->get_if<std::string_view>() : nullptr;
  if (!type || text == nullptr) {
    return {};
  }
  return {write_godot(*type, message.from, *text)};
}

}  // namespace

std::expected<GodotSession::Request, GodotFault> GodotSession::receive(api::JsonReader& reader, std::string_view text) {
  auto message = read_godot(reader, text);
  if (!message) {
    return std::unexpected(message.error());
  }
  if (message->is(GodotType::join)) {
    if (state_ != State::fresh) {
      return std::unexpected(GodotFault::already_in_lobby);
    }
    state_ = State::joining;
    return JoinLobby{.lobby = std::move(message->data), .mesh = message->id == 0};
  }
  if (state_ != State::joined) {
    return std::unexpected(GodotFault::needs_lobby);
  }
  return ask(*message);
}

std::expected<GodotSession::Request, GodotFault> GodotSession::ask(const GodotMessage& message) {
  if (message.is(GodotType::seal)) {
    return Seal();
  }
  const std::string_view word =
      message.type > static_cast<std::int64_t>(GodotType::seal) ? std::string_view() : word_of(message.type);
  if (word.empty()) {
    return std::unexpected(GodotFault::invalid_command);
  }
  if (message.id < host_peer || message.id > std::numeric_limits<PeerId>::max()) {
    return std::unexpected(GodotFault::invalid_destination);
  }
  std::string data;
  api::append_json_string(data, message.data);
  return SignalRoom::Sending{.to = static_cast<PeerId>(message.id), .type = std::string(word), .data = std::move(data)};
}

GodotSession::Closing GodotSession::seal_complete() {
  constexpr std::uint16_t normal = 1000;
  return {.code = normal, .reason = godot_seal_complete};
}

// Instances differ by what their clocks and the broker bring about.
bool GodotSession::ends_soon(TimePoint now) const {
  constexpr std::chrono::seconds soon{2};
  return close_at_ && now >= *close_at_ - soon;
}

std::vector<std::string> GodotSession::welcome(std::string_view lobby, const PeerAccepted& accepted) {
  const bool mesh = accepted.mode == SignalMode::mesh;
  std::vector<std::string> frames{write_godot(GodotType::id, accepted.id, mesh ? "true" : "")};
  for (const PeerView& peer : accepted.peers) {
    frames.push_back(write_godot(GodotType::peer_connect, peer.id));
  }
  frames.push_back(write_godot(GodotType::join, 0, lobby));
  return frames;
}

GodotSession::Output GodotSession::on_event(api::JsonReader& reader, std::string_view lobby, const SignalEvent& event,
                                            TimePoint now) {
  Output out;
  if (const auto* accepted = std::get_if<PeerAccepted>(&event)) {
    state_ = State::joined;
    out.frames = welcome(lobby, *accepted);
  } else if (const auto* refused = std::get_if<PeerRefused>(&event)) {
    out.closing = closing(fault_of_join(refused->error));
  } else if (const auto* came = std::get_if<PeerCame>(&event)) {
    out.frames = {write_godot(GodotType::peer_connect, came->peer.id)};
  } else if (const auto* went = std::get_if<PeerWent>(&event)) {
    // In a mesh, too, there is no lobby without its host.
    if (ends_soon(now)) {
      // Those of other instances may be closed a moment before.
      out.closing = went->peer.id == host_peer ? std::optional(seal_complete()) : std::nullopt;
    } else if (went->peer.id == host_peer) {
      out.closing = closing(GodotFault::host_disconnected);
    } else {
      out.frames = {write_godot(GodotType::peer_disconnect, went->peer.id)};
    }
  } else if (const auto* message = std::get_if<PeerMessage>(&event)) {
    out.frames = relay(reader, message->message);
  } else if (std::holds_alternative<RoomSealed>(event)) {
    out.frames = {write_godot(GodotType::seal, 0)};
    close_at_ = now + close_after_seal;
  } else if (const auto* dropped = std::get_if<PeerDropped>(&event)) {
    const bool host_left = dropped->cause == PeerDropped::Cause::host_left;
    out.closing = host_left && ends_soon(now)
                      ? seal_complete()
                      : closing(host_left ? GodotFault::host_disconnected : GodotFault::server_error);
  }
  return out;
}

std::optional<GodotSession::TimePoint> GodotSession::next_timeout() const {
  return state_ == State::fresh ? std::optional(join_by_) : close_at_;
}

std::optional<GodotSession::Closing> GodotSession::handle_timeout(TimePoint now) const {
  if (state_ == State::fresh && now >= join_by_) {
    return closing(GodotFault::no_lobby);
  }
  if (close_at_ && now >= *close_at_) {
    return seal_complete();
  }
  return std::nullopt;
}

GodotFault fault_of_join(const api::Error& error) {
  switch (error.reason) {
    case api::Reason::conflict:
      return GodotFault::lobby_is_sealed;
    case api::Reason::not_found:
      return GodotFault::lobby_does_not_exist;
    case api::Reason::too_many:
      return GodotFault::too_many_peers;
    default:
      return GodotFault::server_error;
  }
}

GodotFault fault_of_send(const api::Error& error) {
  return error.reason == api::Reason::not_found ? GodotFault::invalid_destination : GodotFault::invalid_format;
}

GodotFault fault_of_seal(const api::Error& error) {
  return error.reason == api::Reason::forbidden ? GodotFault::only_host_can_seal : GodotFault::server_error;
}

std::string make_lobby_name(const SignalRoom::Random& random) {
  constexpr std::string_view characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string name;
  while (name.size() < lobby_name_size) {
    name += characters[random() % characters.size()];
  }
  return name;
}

}  // namespace lobbyd::apps
