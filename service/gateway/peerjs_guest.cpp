#include "service/gateway/peerjs_guest.hpp"

#include <utility>

namespace lobbyd::gateway {

namespace {

// That of PeerServer when nothing is configured, and the client's default.
constexpr std::string_view key = "peerjs";

}  // namespace

void PeerJsGuest::begin() {
  const auto peer = apps::read_peerjs_query(std::exchange(query_, {}), key);
  if (!peer) {
    return end_with(apps::write_peerjs_error(apps::text(peer.error())));
  }
  id_ = peer->id;
  apps().peerjs().open(*client(), *peer, *this);
}

void PeerJsGuest::on_text(std::string_view text) {
  if (client() == nullptr || over_) {
    return;
  }
  auto message = apps::read_peerjs(apps().reader(), text);
  if (!message || message->type == apps::PeerJsType::heartbeat) {
    return;
  }
  if (message->type == apps::PeerJsType::leave && message->destination.empty()) {
    over_ = true;
    return;
  }
  apps().peerjs().send(id_, *std::move(message));
}

void PeerJsGuest::on_open() {
  send(apps::write_peerjs_open());
}

void PeerJsGuest::on_denied(End end) {
  switch (end) {
    case End::taken:
      return end_with(apps::write_peerjs_id_taken());
    case End::unavailable:
      return end_with(apps::write_peerjs_error("The broker cannot be reached; try again later"));
    case End::taken_up_again:
      over_ = true;
      return;
  }
}

void PeerJsGuest::on_message(std::string_view source, const apps::PeerJsMessage& message) {
  send(apps::write_peerjs(source, message));
}

void PeerJsGuest::on_leaving(bool silent) {
  apps().peerjs().close(id_, *this, silent);
}

void PeerJsGuest::end_with(const std::string& frame) {
  send(frame);
  over_ = true;
}

void PeerJsGuest::tick(TimePoint /*now*/) {
  if (std::exchange(over_, false)) {
    close(static_cast<std::uint16_t>(api::CloseCode::normal), {});
  }
}

}  // namespace lobbyd::gateway
