#pragma once

#include "protocol/api/error.hpp"

#include <expected>
#include <utility>
#include <variant>

namespace lobbyd::apps::test {

// What a request has come to; a test need not look at it.
template <class Value>
class Outcome : public std::expected<Value, api::Error> {
 public:
  explicit Outcome(std::expected<Value, api::Error> result) : std::expected<Value, api::Error>(std::move(result)) {}
};

template <class Value>
Outcome<Value> outcome(std::expected<Value, api::Error> result) {
  return Outcome<Value>(std::move(result));
}
inline std::monostate outcome(std::monostate nothing) {
  return nothing;
}

}  // namespace lobbyd::apps::test
