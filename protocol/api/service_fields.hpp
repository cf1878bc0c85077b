#pragma once

// The fields that the services' methods share.

#include "protocol/api/field_reader.hpp"
#include "protocol/api/service_params.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lobbyd::api {

// A name as `is_valid_name` wants it, else `bad_name`.
std::string required_name(FieldReader& fields, std::string_view field);
std::optional<std::string> optional_name(FieldReader& fields, std::string_view field);

// Any value as compact JSON text, `otherwise` where it is absent; `too_large` beyond the limit.
std::string json_text(FieldReader& fields, std::string_view field, std::size_t max_bytes, std::string_view otherwise);

// Of the entries of one answer: at least 1.
std::uint32_t page_limit(FieldReader& fields, std::uint32_t otherwise);

template <typename Value>
std::expected<ServiceParams, Error> finish(FieldReader& fields, Value value) {
  auto finished = fields.finish(std::move(value));
  if (!finished) {
    return std::unexpected(std::move(finished).error());
  }
  return ServiceParams(*std::move(finished));
}

}  // namespace lobbyd::api
