#pragma once

// What one text frame of a client asks for, read and checked as far as that needs nothing but the frame. On any
// thread that has a reader.

#include "protocol/api/envelope.hpp"
#include "protocol/api/error.hpp"
#include "protocol/api/params.hpp"

#include <cstddef>
#include <expected>
#include <string_view>
#include <vector>

namespace lobbyd::gateway {

struct Request {
  api::Id id;
  std::expected<api::Params, api::Error> params;  // else what is wrong with it
};

// `requests` is never empty, and has one element unless `batch`.
struct Requests {
  bool batch = false;
  std::size_t bytes = 0;  // of the frame
  std::vector<Request> requests;
};

Requests read_requests(api::JsonReader& reader, std::string_view text);

}  // namespace lobbyd::gateway
