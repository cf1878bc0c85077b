#include "service/gateway/requests.hpp"

#include <utility>

namespace lobbyd::gateway {

namespace {

Request read_request(api::Call call) {
  if (!call) {
    return {std::move(call.error().id), std::unexpected(std::move(call.error().error))};
  }
  return {std::move(call->id), api::parse_params(call->method, *call->params)};
}

}  // namespace

Requests read_requests(api::JsonReader& reader, std::string_view text) {
  api::Incoming incoming = api::parse_frame(reader, text);
  Requests read{.batch = incoming.batch, .bytes = text.size(), .requests = {}};
  read.requests.reserve(incoming.calls.size());
  for (api::Call& call : incoming.calls) {
    read.requests.push_back(read_request(std::move(call)));
  }
  return read;
}

}  // namespace lobbyd::gateway
