#include "protocol/api/params.hpp"

#include "protocol/api/field_reader.hpp"

#include <algorithm>
#include <array>

namespace lobbyd::api {
namespace {

template <auto Parse>
std::expected<Params, Error> parse_as(const JsonValue& params) {
  auto parsed = Parse(params);
  if (!parsed) {
    return std::unexpected(std::move(parsed).error());
  }
  return *std::move(parsed);
}

struct Method {
  std::string_view name;
  std::expected<Params, Error> (*parse)(const JsonValue& params);
};

constexpr std::array methods{
    Method{"connect", parse_as<parse_connect>},     Method{"disconnect", parse_as<parse_disconnect>},
    Method{"ping", parse_as<parse_ping>},           Method{"ack", parse_as<parse_ack>},
    Method{"subscribe", parse_as<parse_subscribe>}, Method{"unsubscribe", parse_as<parse_unsubscribe>},
    Method{"publish", parse_as<parse_publish>},     Method{"retained.get", parse_as<parse_retained_get>},
};

}  // namespace

std::expected<Params, Error> parse_params(std::string_view method, const JsonValue& params) {
  const auto known = std::ranges::find(methods, method, &Method::name);
  if (known == methods.end()) {
    return std::unexpected(Error{Reason::method_not_found, "there is no method " + quoted_excerpt(method)});
  }
  return known->parse(params);
}

}  // namespace lobbyd::api
