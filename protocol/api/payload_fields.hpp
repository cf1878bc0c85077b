#pragma once

// The fields `payload` and `payload_base64`, which `publish` and wills share (`docs/api.md`, "Payloads").

#include "protocol/api/field_reader.hpp"

#include <string>

namespace lobbyd::api {

// The payload's bytes: of a string its UTF-8, of an object, array, number or boolean its compact JSON text, of null or
// nothing none. Both fields at once, and what is not base64, are `bad_payload`.
std::string read_payload(FieldReader& fields);

}  // namespace lobbyd::api
