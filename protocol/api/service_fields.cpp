#include "protocol/api/service_fields.hpp"

#include "protocol/api/params.hpp"

namespace lobbyd::api {
namespace {

bool check_name(FieldReader& fields, std::string_view field, std::string_view name) {
  const bool valid = is_valid_name(name);
  if (!valid) {
    fields.fail({Reason::bad_name,
                 '"' + std::string(field) + R"(" must be 1 to 64 characters of A-Z, a-z, 0-9 and _.:@-)",
                 {{"field", std::string(field)}}});
  }
  return valid;
}

}  // namespace

std::string required_name(FieldReader& fields, std::string_view field) {
  auto name = fields.string(field);
  if (!name) {
    fields.fail_field(field, "is missing: it must be a name");
  } else if (check_name(fields, field, *name)) {
    return *std::move(name);
  }
  return {};
}

std::optional<std::string> optional_name(FieldReader& fields, std::string_view field) {
  auto name = fields.string(field);
  return name && check_name(fields, field, *name) ? std::move(name) : std::nullopt;
}

std::string json_text(FieldReader& fields, std::string_view field, std::size_t max_bytes, std::string_view otherwise) {
  const JsonValue* value = fields.any(field);
  if (value == nullptr) {
    return std::string(otherwise);
  }
  std::string text;
  append_json(text, *value);
  if (text.size() > max_bytes) {
    fields.fail({Reason::too_large,
                 '"' + std::string(field) + "\" may have " + std::to_string(max_bytes) +
                     " bytes as compact JSON, and has " + std::to_string(text.size()),
                 {{"field", std::string(field)}, {"limit", max_bytes}}});
    return std::string(otherwise);
  }
  return text;
}

std::uint32_t page_limit(FieldReader& fields, std::uint32_t otherwise) {
  return static_cast<std::uint32_t>(fields.integer("limit", {1, max_page_entries}).value_or(otherwise));
}

}  // namespace lobbyd::api
