#include "protocol/api/envelope.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lobbyd::api {
namespace {

Error invalid_request(std::string message) {
  return {Reason::invalid_request, std::move(message)};
}

// JSON-RPC 2.0 §5: what holds no readable id is answered with null.
Call reject_without_id(Error error) {
  return std::unexpected(Rejection{Id(Id::Null()), std::move(error)});
}

Incoming reject_frame(Error error) {
  Incoming incoming;
  incoming.calls.push_back(reject_without_id(std::move(error)));
  return incoming;
}

bool can_be_echoed(std::int64_t number) {
  return number >= -max_safe_integer && number <= max_safe_integer;
}

bool can_be_echoed(const Id& text) {
  std::string echoed;
  text.append_to(echoed);
  return echoed.size() <= max_id_bytes + 2;
}

// An id of a type or size that can't be echoed gives nothing.
std::optional<Id> read_id(const JsonValue* value) {
  if (value == nullptr) {
    return Id();
  }
  if (value->is<std::nullptr_t>()) {
    return Id(Id::Null());
  }
  if (const auto* number = value->get_if<std::int64_t>(); number != nullptr && can_be_echoed(*number)) {
    return Id(*number);
  }
  if (const auto* text = value->get_if<std::string_view>()) {
    Id id{std::string(*text)};
    return can_be_echoed(id) ? std::optional(std::move(id)) : std::nullopt;
  }
  return std::nullopt;
}

bool holds(const JsonValue& value, std::string_view wanted) {
  const auto* text = value.get_if<std::string_view>();
  return text != nullptr && *text == wanted;
}

std::optional<std::string_view> envelope_fault(const JsonValue& object) {
  const JsonValue* version = find_member(object, "jsonrpc");
  if (version == nullptr || !holds(*version, "2.0")) {
    return R"(a request has "jsonrpc":"2.0")";
  }
  const JsonValue* method = find_member(object, "method");
  if (method == nullptr && (find_member(object, "result") != nullptr || find_member(object, "error") != nullptr)) {
    return "this is an answer: clients send requests, and nothing that the server sends is answered";
  }
  if (method == nullptr || !method->is<std::string_view>()) {
    return R"(a request has a "method", which is a string)";
  }
  return std::nullopt;
}

Call read_call(const JsonValue& value) {
  if (!value.is<JsonValue::Object>()) {
    return reject_without_id(invalid_request("a request is a JSON object"));
  }
  const auto id = read_id(find_member(value, "id"));
  if (!id) {
    return reject_without_id(invalid_request("an \"id\" is a string of at most " + std::to_string(max_id_bytes) +
                                             " bytes, an integer of at most 2^53, or null"));
  }
  if (const auto fault = envelope_fault(value)) {
    return std::unexpected(Rejection{id->absent() ? Id(Id::Null()) : *id, invalid_request(std::string(*fault))});
  }
  static constexpr JsonValue none{.name = {}, .content = JsonValue::Object()};
  const JsonValue* params = find_member(value, "params");
  if (params == nullptr || params->is<std::nullptr_t>()) {
    params = &none;
  }
  if (!params->is<JsonValue::Object>()) {
    return std::unexpected(
        Rejection{*id, {Reason::invalid_params, R"(parameters are given by name: "params" is an object)"}});
  }
  return Request{*id, std::get<std::string_view>(find_member(value, "method")->content), params};
}

std::string begin_answer(const Id& id, std::size_t expected_size) {
  std::string text;
  text.reserve(expected_size + 64);
  text += R"({"jsonrpc":"2.0","id":)";
  id.append_to(text);
  return text;
}

}  // namespace

void Id::append_to(std::string& out) const {
  if (const auto* number = std::get_if<std::int64_t>(&value_)) {
    out += std::to_string(*number);
  } else if (const auto* text = std::get_if<std::string>(&value_)) {
    append_json_string(out, *text);
  } else {
    out += "null";
  }
}

Incoming parse_frame(JsonReader& reader, std::string_view text) {
  const auto parsed = reader.read(text);
  if (!parsed) {
    return reject_frame({Reason::parse_error, "the frame is " + parsed.error()});
  }
  const JsonValue& frame = **parsed;
  Incoming incoming{.batch = frame.is<JsonValue::Array>(), .calls = {}};
  if (!incoming.batch) {
    incoming.calls.push_back(read_call(frame));
    return incoming;
  }
  const std::size_t size = frame.elements().size();
  if (size == 0) {
    return reject_frame(invalid_request("a batch has at least one request"));
  }
  if (size > max_batch_size) {
    return reject_frame(
        invalid_request("a batch has at most " + std::to_string(max_batch_size) + " requests: send several"));
  }
  incoming.calls.reserve(size);
  std::ranges::transform(frame.elements(), std::back_inserter(incoming.calls), read_call);
  return incoming;
}

std::string write_result(const Id& id, const Json& result) {
  return write_result_text(id, write_json(result));
}

std::string write_result_text(const Id& id, std::string_view result) {
  std::string text = begin_answer(id, result.size());
  text += R"(,"result":)";
  text += result;
  text += '}';
  return text;
}

std::string write_error(const Id& id, const Error& error) {
  const std::string object = write_json(to_json(error));
  std::string text = begin_answer(id, object.size());
  text += R"(,"error":)";
  text += object;
  text += '}';
  return text;
}

std::vector<std::string> join_batch(std::span<const std::string> answers, std::size_t max_bytes) {
  std::vector<std::string> arrays;
  for (const std::string& answer : answers) {
    constexpr std::size_t separator_and_end = 2;
    if (arrays.empty() || arrays.back().size() + answer.size() + separator_and_end > max_bytes) {
      arrays.push_back("[" + answer);
    } else {
      arrays.back().append(",").append(answer);
    }
  }
  for (std::string& array : arrays) {
    array += ']';
  }
  return arrays;
}

std::string write_notification(std::string_view method, const Json& params) {
  return write_notification_text(method, write_json(params));
}

std::string write_notification_text(std::string_view method, std::string_view params) {
  std::string text = R"({"jsonrpc":"2.0","method":)";
  append_json_string(text, method);
  text += R"(,"params":)";
  text += params;
  text += '}';
  return text;
}

}  // namespace lobbyd::api
