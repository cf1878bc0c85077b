#pragma once

#include "config/codec.hpp"
#include "config/config.hpp"
#include "config/value.hpp"

#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::config {

/// Both ends belong to it.
struct Range {
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

/// One key of the configuration: all that loading, checking, printing and documenting it takes. The upper members are
/// written in the table (config/schema.cpp), the lower ones follow from the Config member that bind() ties it to.
struct Key {
  std::string_view path;         ///< "limits.max_qos"
  std::string_view description;  ///< for operators: what it does, and why the default is what it is
  Range range = {};              ///< for integers
  /// What the type cannot say. The error is a sentence, such as "must end in \"/\", not …".
  std::optional<std::string> (*check)(const Value&) = nullptr;
  bool secret = false;  ///< never shown, neither in messages nor when the configuration is printed

  Kind kind = Kind::text;
  std::string_view type_name = {};
  std::string choices = {};  ///< of an enumeration: "\"text\" or \"json\""
  Value (*read)(const Config&) = nullptr;
  std::expected<void, std::string> (*write)(Config&, const Value&) = nullptr;
};

namespace detail {

template <auto First, auto... Rest>
constexpr auto& member(auto& object) {
  if constexpr (sizeof...(Rest) == 0) {
    return object.*First;
  } else {
    return member<Rest...>(object.*First);
  }
}

}  // namespace detail

/// Ties a key to a member: bind<&Config::limits, &Limits::max_qos>({.path = "limits.max_qos", …}).
template <auto... Members>
Key bind(Key key) {
  using Member = std::remove_cvref_t<decltype(detail::member<Members...>(std::declval<Config&>()))>;
  key.kind = Codec<Member>::kind;
  key.type_name = Codec<Member>::type_name;
  if constexpr (std::is_enum_v<Member>) {
    key.choices = alternatives(Codec<Member>::words());
  }
  key.read = [](const Config& config) { return Codec<Member>::encode(detail::member<Members...>(config)); };
  key.write = [](Config& config, const Value& value) -> std::expected<void, std::string> {
    auto decoded = Codec<Member>::decode(value);
    if (!decoded) {
      return std::unexpected(std::move(decoded.error()));
    }
    detail::member<Members...>(config) = std::move(*decoded);
    return {};
  };
  return key;
}

/// Checks a value and puts it into `config`. The error says what would be right.
std::expected<void, std::string> assign(const Key& key, Config& config, const Value& value);

/// "must be 0, 1 or 2, not a float": for something that is of another type altogether. `what` is shown but for secrets.
std::string wrong_type(const Key& key, std::string_view what);

/// "0, 1 or 2", "from 1 to 65535", the words of an enumeration; empty where the type says all.
std::string allowed_values(const Key& key);

/// LOBBYD_LIMITS_MAX_QOS
std::string environment_name(std::string_view path);

}  // namespace lobbyd::config
