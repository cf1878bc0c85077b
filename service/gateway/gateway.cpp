#include "service/gateway/gateway.hpp"

#include "service/gateway/godot_guest.hpp"
#include "service/gateway/peerjs_guest.hpp"
#include "service/gateway/session.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace lobbyd::gateway {

namespace {

using boost::system::error_code;

constexpr std::chrono::milliseconds tick_interval{250};
// Connections whose request has not come or whose answer has not been taken.
constexpr std::size_t max_handshakes = 4096;
constexpr std::size_t max_admin_handshakes = 64;
// For connections to brokers, the embedded one's files and the operator's listener, however many clients there are.
constexpr std::size_t reserved_descriptors = 128;
// Connections that are told why they are not served, and have a while to answer that; further ones are cut.
constexpr std::size_t max_refused = 256;
// Between the notice and the first close, so that the notice is read.
constexpr std::chrono::milliseconds drain_notice{200};
// For clients to answer the last Close frames.
constexpr std::chrono::milliseconds closing_handshakes{2000};

}  // namespace

Gateway::Gateway(boost::asio::io_context& context, Settings settings, hub::Hubs& hubs, health::Heartbeats& heartbeats)
    : context_(context),
      settings_(std::move(settings)),
      connection_limits_{.max_message_bytes = settings_.max_message_bytes,
                         .outbox = settings_.outbox,
                         .keep_alive = settings_.keep_alive},
      hubs_(hubs),
      deflaters_(settings_.deflate.value_or(websocket::DeflateOptions{})),
      loops_(context, settings_.threads, connection_limits_, heartbeats),
      sessions_(settings_),
      memory_(settings_.memory,
              {.measure = [this] { return process_memory_.resident(); }, .trim = &ProcessMemory::trim}),
      routes_(settings_, hubs_.main(), heartbeats, memory_, refusals_),
      handshakes_(max_handshakes),
      admin_handshakes_(max_admin_handshakes),
      ticker_(context),
      drainer_(context) {}

std::expected<void, std::string> Gateway::start(const std::vector<config::Endpoint>& endpoints,
                                                const std::optional<config::Endpoint>& admin) {
  for (const config::Endpoint& endpoint : endpoints) {
    auto listener = listen(endpoint, false);
    if (!listener) {
      return std::unexpected(std::move(listener.error()));
    }
    listeners_.push_back(std::move(*listener));
  }
  if (admin) {
    auto listener = listen(*admin, true);
    if (!listener) {
      return std::unexpected(std::move(listener.error()));
    }
    admin_ = std::move(*listener);
  }
  tick();
  return {};
}

std::expected<std::shared_ptr<Listener>, std::string> Gateway::listen(const config::Endpoint& endpoint, bool admin) {
  const bool loopback = config::is_loopback(endpoint);
  auto& service = services_.emplace_back(std::make_unique<HttpService>(http_service(admin, loopback)));
  auto listener =
      std::make_shared<Listener>(context_, admin ? 0 : reserved_descriptors,
                                 [this, admin, &service = *service](FileDescriptor socket, std::string address) {
                                   begin_handshake(std::move(socket), std::move(address), service, admin);
                                 });
  if (auto started = listener->start(endpoint.host, endpoint.port); !started) {
    return std::unexpected(std::move(started.error()));
  }
  return listener;
}

HttpService Gateway::http_service(bool admin, bool loopback) {
  return {.limit = settings_.handshake,
          .route =
              [this, admin, loopback](const HttpRequest& request) {
                return admin ? routes_.serve_admin(request, loopback) : routes_.serve_public(request, loopback);
              },
          .upgraded =
              [this](FileDescriptor socket, std::string address, std::string early, const UpgradeAnswer& answer) {
                begin_session(std::move(socket), std::move(address), std::move(early), answer);
              }};
}

void Gateway::begin_handshake(FileDescriptor socket, std::string address, const HttpService& service, bool admin) {
  auto connection = serve_http(std::move(socket), std::move(address), loops_.home(), service);
  if (connection && (admin ? admin_handshakes_ : handshakes_).add(std::move(connection))) {
    refusals_.count(RefusalLog::Cause::too_many_handshakes,
                    std::to_string(admin ? max_admin_handshakes : max_handshakes) + " at once",
                    std::chrono::steady_clock::now());
  }
}

std::vector<std::string> Gateway::addresses() const {
  std::vector<std::string> addresses;
  std::ranges::transform(listeners_, std::back_inserter(addresses), &Listener::address);
  return addresses;
}

std::string Gateway::admin_address() const {
  return admin_ ? admin_->address() : std::string();
}

// Sessions ----------------------------------------------------------------------------------------------------------

void Gateway::begin_session(FileDescriptor socket, std::string address, std::string early,
                            const UpgradeAnswer& answer) {
  const bool compressed = answer.deflate.has_value();
  if (drained_) {
    return refuse(std::move(socket), compressed, api::CloseCode::service_restart, hub::reconnect_after);
  }
  if (const auto full = sessions_.full_for(address)) {
    refusals_.count(*full, address, std::chrono::steady_clock::now());
    return refuse(std::move(socket), compressed, api::CloseCode::try_again_later, std::nullopt);
  }
  if (memory_.exceeded()) {
    refusals_.count(RefusalLog::Cause::memory, address, std::chrono::steady_clock::now());
    return refuse(std::move(socket), compressed, api::CloseCode::try_again_later, std::nullopt);
  }
  if (answer.speech != Speech::api) {
    return begin_visit(std::move(socket), std::move(address), std::move(early), answer);
  }
  const std::shared_ptr<Connection> connection = loops_.connect(std::move(socket), compressed);
  websocket::Deflater* const deflater = answer.deflate ? &deflaters_.with_window(answer.deflate->window_bits) : nullptr;
  auto session = std::make_shared<Session>(connection, std::move(address), deflater, hubs_, sessions_, settings_);
  sessions_.add(session);
  connection->start(session, std::move(early));
}

void Gateway::begin_visit(FileDescriptor socket, std::string address, std::string early, const UpgradeAnswer& answer) {
  const auto connection = loops_.connect_at_home(std::move(socket), false);
  sessions_.count_in(address);
  std::shared_ptr<Guest> guest;
  if (answer.speech == Speech::godot) {
    guest = std::make_shared<GodotGuest>(connection, std::move(address), hubs_.main_hub());
  } else {
    guest = std::make_shared<PeerJsGuest>(connection, std::move(address), hubs_.main_hub(), answer.query);
  }
  guests_.push_back(guest);
  guest->begin();
  connection->start(guest, std::move(early));
}

void Gateway::refuse(FileDescriptor socket, bool compressed, api::CloseCode code,
                     std::optional<std::chrono::milliseconds> retry_after) {
  if (refused_.size() < max_refused) {
    auto connection = loops_.connect_at_home(std::move(socket), compressed);
    connection->start(nullptr, {});
    connection->close(code, retry_after);
    refused_.push_back(std::move(connection));
  }
}

void Gateway::tick() {
  const auto now = std::chrono::steady_clock::now();
  sessions_.tick(now);
  for (const std::shared_ptr<Guest>& guest : guests_) {
    guest->tick(now);
  }
  std::erase_if(guests_, [this](const auto& guest) {
    const bool is_gone = guest->is_gone();
    if (is_gone) {
      sessions_.count_out(guest->address());
    }
    return is_gone;
  });
  std::erase_if(refused_, [](const auto& connection) { return connection->is_gone(); });
  refusals_.tick(now);
  check_memory(now);
  ticker_.expires_after(tick_interval);
  ticker_.async_wait([this](const error_code& error) {
    if (!error) {
      tick();
    }
  });
}

void Gateway::check_memory(std::chrono::steady_clock::time_point now) {
  if (!memory_.check(now)) {
    return;
  }
  // Who is away would not be let in.
  sessions_.kept().allow(!memory_.exceeded() && !drained_);
  if (memory_.exceeded()) {
    spdlog::warn(
        "{} bytes of memory are held, more than limits.memory = {}: no further client is let in, and no session is "
        "kept",
        memory_.held(), memory_.limit());
  } else {
    spdlog::info("{} bytes of memory are held, again some way below limits.memory = {}: clients are let in",
                 memory_.held(), memory_.limit());
  }
}

// The end -----------------------------------------------------------------------------------------------------------

void Gateway::drain(std::function<void()> done) {
  drained_ = std::move(done);
  routes_.begin_draining();
  for (const std::shared_ptr<Listener>& listener : listeners_) {
    listener->stop();
  }
  sessions_.kept().allow(false);
  for (const std::shared_ptr<Guest>& guest : guests_) {
    guest->drain();
  }
  draining_ = sessions_.all();
  for (const std::shared_ptr<Session>& session : draining_) {
    session->announce_drain(settings_.drain, hub::reconnect_after);
  }
  // One after the other, so that not all come back to the next daemon at once.
  const auto time = std::max(settings_.drain - drain_notice - closing_handshakes, std::chrono::milliseconds(0));
  close_next(0, time / (static_cast<std::int64_t>(draining_.size()) + 1));
}

void Gateway::close_next(std::size_t index, std::chrono::nanoseconds interval) {
  while (index < draining_.size() && draining_[index]->is_gone()) {
    ++index;
  }
  if (index == draining_.size()) {
    drain_end_ = std::chrono::steady_clock::now() + std::min(settings_.drain, closing_handshakes);
    finish_drain();
    return;
  }
  const std::chrono::nanoseconds longest = std::chrono::milliseconds(50);
  const std::chrono::nanoseconds wait =
      index == 0 ? std::chrono::nanoseconds(drain_notice) : std::min(interval, longest);
  drainer_.expires_after(wait);
  drainer_.async_wait([this, index, interval](const error_code& error) {
    if (!error) {
      draining_[index]->close(api::CloseCode::service_restart, hub::Departure::drained, hub::reconnect_after);
      close_next(index + 1, interval);
    }
  });
}

void Gateway::finish_drain() {
  sessions_.tick(std::chrono::steady_clock::now());
  if (sessions_.empty() || std::chrono::steady_clock::now() >= drain_end_) {
    ticker_.cancel();
    loops_.stop();
    for (const std::shared_ptr<Session>& session : sessions_.all()) {
      session->abort();
    }
    draining_.clear();
    drained_();
    return;
  }
  drainer_.expires_after(std::chrono::milliseconds(10));
  drainer_.async_wait([this](const error_code& error) {
    if (!error) {
      finish_drain();
    }
  });
}

}  // namespace lobbyd::gateway
