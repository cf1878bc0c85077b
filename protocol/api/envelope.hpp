#pragma once

// The JSON-RPC 2.0 envelope: one text frame in, requests out; results, errors and notifications as text.

#include "protocol/api/error.hpp"
#include "protocol/api/json.hpp"
#include "protocol/api/json_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lobbyd::api {

// More requests in one array are refused as one invalid request.
inline constexpr std::size_t max_batch_size = 100;

// An id is echoed in its answer, which must fit into the smallest frame that a client may ask for.
inline constexpr std::size_t max_id_bytes = 128;

// A request's id, echoed exactly. A request without one is fire-and-forget: nothing is answered, not even an error.
class Id {
 public:
  struct Absent {
    bool operator==(const Absent&) const = default;
  };
  struct Null {
    bool operator==(const Null&) const = default;
  };

  Id() = default;
  explicit Id(Null null) : value_(null) {}
  explicit Id(std::int64_t number) : value_(number) {}
  explicit Id(std::string text) : value_(std::move(text)) {}

  bool absent() const { return std::holds_alternative<Absent>(value_); }
  bool operator==(const Id&) const = default;

  // As JSON text; an absent id is `null`, as JSON-RPC 2.0 §5 has it for faults in a request that can't be read.
  void append_to(std::string& out) const;

 private:
  std::variant<Absent, Null, std::int64_t, std::string> value_;
};

// Its method and params are what the reader holds.
struct Request {
  Id id;
  std::string_view method = {};
  const JsonValue* params = nullptr;  // always an object
};

// What can't be carried out: answer `error` with `id`, unless the id is absent.
struct Rejection {
  Id id;
  Error error;
};

using Call = std::expected<Request, Rejection>;

// One frame. `calls` is never empty, and has one element unless `batch`.
struct Incoming {
  bool batch = false;
  std::vector<Call> calls;
};

// A frame that is not JSON, not JSON-RPC, an empty batch or one of more than `max_batch_size` is a single Rejection
// with the id null. The requests are valid until `reader` reads again.
Incoming parse_frame(JsonReader& reader, std::string_view text);

// The answer to one request. `id` is not absent.
std::string write_result(const Id& id, const Json& result);
std::string write_error(const Id& id, const Error& error);

// As `write_result`, where the result is JSON text already.
std::string write_result_text(const Id& id, std::string_view result);

// The answers to one batch as JSON arrays, in order: one array, or as many as it takes for none to be larger than
// `max_bytes`. An answer that is larger by itself is the caller's to prevent; it gets an array of its own.
std::vector<std::string> join_batch(std::span<const std::string> answers, std::size_t max_bytes);

// `params` is an object.
std::string write_notification(std::string_view method, const Json& params);
// `params`: JSON text.
std::string write_notification_text(std::string_view method, std::string_view params);

}  // namespace lobbyd::api
