#include "service/gateway/routes.hpp"

#include "protocol/api/error.hpp"
#include "service/gateway/random_name.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace lobbyd::gateway {

namespace {

constexpr std::chrono::seconds unhealthy_silence{5};

HttpResponse refusal(const HttpRefusal& refused) {
  return {.status = refused.status, .body = refused.text};
}

HttpResponse method_not_allowed(const std::string& allowed) {
  return {.status = 405, .body = "Only " + allowed + " is served here.\n", .allow = allowed};
}

bool reads(const HttpRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

HttpResponse page(const HttpRequest& request, HttpResponse response) {
  return reads(request) ? std::move(response) : method_not_allowed("GET, HEAD");
}

}  // namespace

Routes::Answer Routes::serve_public(const HttpRequest& request, bool loopback) {
  if (!request.host) {
    return HttpResponse{.status = 400, .body = "The Host header is missing.\n"};
  }
  if (const auto allowed = check_host(*request.host, loopback); !allowed) {
    return refuse_host(allowed.error(), *request.host);
  }
  if (request.path == "/ws") {
    return serve_websocket(request, Speech::api);
  }
  if (request.path == "/godot-signaling") {
    return serve_websocket(request, Speech::godot);
  }
  if (request.path == "/peerjs") {
    return serve_websocket(request, Speech::peerjs);
  }
  if (request.path == "/peerjs/id") {
    return serve_peerjs_id(request);
  }
  if (request.path == "/") {
    return page(request, {.body = "This is lobbyd " + settings_.version +
                                  ". Connect a WebSocket client to /ws and speak JSON-RPC.\n"});
  }
  if (request.path == "/healthz") {
    return page(request, health());
  }
  return HttpResponse{.status = 404, .body = "There is nothing here. The WebSocket endpoint is /ws.\n"};
}

// An id for a client that brings none. Its page is another site's, as a rule, and has to read it.
Routes::Answer Routes::serve_peerjs_id(const HttpRequest& request) const {
  const auto& origin = request.upgrade.origin;
  if (origin && !settings_.origins.allows(*origin, request.upgrade.host)) {
    return refusal({403, "This origin is not allowed; the operator can add it to [origins] allow.\n"});
  }
  HttpResponse response{.body = random_name<128>()};
  if (origin) {
    response.allow_origin = *origin;
  }
  return page(request, std::move(response));
}

Routes::Answer Routes::serve_websocket(const HttpRequest& request, Speech speech) {
  if (request.method != "GET") {
    // RFC 6455 §4.1
    return method_not_allowed("GET");
  }
  const bool compression = settings_.deflate.has_value() && speech == Speech::api;
  auto answer = check_upgrade(request.upgrade, settings_.origins, compression, speech);
  if (!answer) {
    if (answer.error().status == 403) {
      refusals_.count(RefusalLog::Cause::origin, api::quoted_excerpt(request.upgrade.origin.value_or("")),
                      std::chrono::steady_clock::now());
    }
    return refusal(answer.error());
  }
  answer->query = request.query;
  return std::move(*answer);
}

Routes::Answer Routes::serve_admin(const HttpRequest& request, bool loopback) {
  const std::string_view host = request.host.value_or("localhost");
  if (const auto allowed = check_host(host, loopback); !allowed) {
    return refuse_host(allowed.error(), host);
  }
  if (request.path == "/healthz") {
    return page(request, health());
  }
  if (request.path == "/readyz") {
    return page(request, readiness());
  }
  return HttpResponse{.status = 404, .body = "There is nothing here.\n"};
}

// The home loop's own stall shows as no answer.
HttpResponse Routes::health() const {
  const auto silence = heartbeats_.longest_silence(std::chrono::steady_clock::now(), unhealthy_silence);
  if (!silence) {
    return {.body = "ok\n"};
  }
  return {.status = 503,
          .body = "the event loop \"" + silence->name + "\" has not turned for " +
                  std::to_string(std::chrono::duration_cast<std::chrono::seconds>(silence->time).count()) + " s\n"};
}

HttpResponse Routes::readiness() const {
  if (draining_) {
    return {.status = 503, .body = "draining\n"};
  }
  const upstream::BrokerStatus& status = hub_.broker_status();
  if (status.state != upstream::BrokerState::connected) {
    return {.status = 503, .body = "no connection to the broker: " + status.reason + "\n"};
  }
  if (memory_.exceeded()) {
    return {.status = 503,
            .body = "no memory for further clients: " + std::to_string(memory_.held()) + " bytes are held, and " +
                    std::to_string(memory_.limit()) + " are limits.memory\n"};
  }
  return {.body = "ready\n"};
}

HttpResponse Routes::refuse_host(const HttpRefusal& refused, std::string_view host) {
  refusals_.count(RefusalLog::Cause::host, api::quoted_excerpt(host), std::chrono::steady_clock::now());
  return refusal(refused);
}

}  // namespace lobbyd::gateway
