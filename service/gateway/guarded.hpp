#pragma once

#include "service/gateway/connection.hpp"

#include <spdlog/spdlog.h>

#include <exception>

namespace lobbyd::gateway {

// A fault in one session ends that session.
template <class Call>
void guarded(Connection& connection, ConnectionHandler& handler, Call call) {
  try {
    call(handler);
  } catch (const std::exception& fault) {
    spdlog::error("a fault of lobbyd ended one client's connection: {}; please report it", fault.what());
    handler.on_fault();
    connection.close(api::CloseCode::internal_error);
  }
}

}  // namespace lobbyd::gateway
