#pragma once

// What is served over HTTP: the WebSocket endpoint and a few pages on the public listeners, health on the admin one.

#include "service/gateway/http_connection.hpp"
#include "service/gateway/refusal_log.hpp"
#include "service/gateway/settings.hpp"
#include "service/health/heartbeats.hpp"
#include "service/health/memory_limit.hpp"
#include "service/hub/hub.hpp"

#include <variant>

namespace lobbyd::gateway {

class Routes {
 public:
  using Answer = std::variant<HttpResponse, UpgradeAnswer>;

  Routes(const Settings& settings, const hub::Hub& hub, const health::Heartbeats& heartbeats,
         const health::MemoryLimit& memory, RefusalLog& refusals)
      : settings_(settings), hub_(hub), heartbeats_(heartbeats), memory_(memory), refusals_(refusals) {}

  // `loopback`: the listener is one.
  Answer serve_public(const HttpRequest& request, bool loopback);
  Answer serve_admin(const HttpRequest& request, bool loopback);

  // From now on the daemon is not ready.
  void begin_draining() { draining_ = true; }

 private:
  Answer serve_websocket(const HttpRequest& request, Speech speech);
  Answer serve_peerjs_id(const HttpRequest& request) const;
  HttpResponse health() const;
  HttpResponse readiness() const;
  HttpResponse refuse_host(const HttpRefusal& refused, std::string_view host);

  const Settings& settings_;
  const hub::Hub& hub_;
  const health::Heartbeats& heartbeats_;
  const health::MemoryLimit& memory_;
  RefusalLog& refusals_;
  bool draining_ = false;
};

}  // namespace lobbyd::gateway
