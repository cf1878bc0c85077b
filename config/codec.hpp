#pragma once

#include "config/config.hpp"
#include "config/text.hpp"
#include "config/value.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// How each type of a Config member is written as a Value, and read from one. A Codec<T> has
///   kind       the Value alternative that it takes; decode() is called with that alternative only
///   type_name  for the reference
///   encode, decode
/// decode's error is a sentence that says what would be right.
namespace lobbyd::config {

template <class T>
struct Codec;

template <>
struct Codec<bool> {
  static constexpr Kind kind = Kind::boolean;
  static constexpr std::string_view type_name = "boolean";
  static Value encode(bool value) { return value; }
  static std::expected<bool, std::string> decode(const Value& value) { return std::get<bool>(value); }
};

template <std::unsigned_integral T>
struct Codec<T> {
  static constexpr Kind kind = Kind::integer;
  static constexpr std::string_view type_name = "integer";
  static Value encode(T value) { return static_cast<std::int64_t>(value); }
  static std::expected<T, std::string> decode(const Value& value) {
    const std::int64_t number = std::get<std::int64_t>(value);
    if (!std::in_range<T>(number)) {
      return std::unexpected("is out of range: " + shown(value));
    }
    return static_cast<T>(number);
  }
};

template <>
struct Codec<std::chrono::seconds> {
  static constexpr Kind kind = Kind::integer;
  static constexpr std::string_view type_name = "integer, seconds";
  static Value encode(std::chrono::seconds value) { return std::int64_t{value.count()}; }
  static std::expected<std::chrono::seconds, std::string> decode(const Value& value) {
    return std::chrono::seconds(std::get<std::int64_t>(value));
  }
};

template <>
struct Codec<std::string> {
  static constexpr Kind kind = Kind::text;
  static constexpr std::string_view type_name = "string";
  static Value encode(const std::string& value) { return value; }
  static std::expected<std::string, std::string> decode(const Value& value) { return std::get<std::string>(value); }
};

template <>
struct Codec<std::filesystem::path> {
  static constexpr Kind kind = Kind::text;
  static constexpr std::string_view type_name = "string, a path";
  static Value encode(const std::filesystem::path& value) { return value.string(); }
  static std::expected<std::filesystem::path, std::string> decode(const Value& value) {
    return std::filesystem::path(std::get<std::string>(value));
  }
};

template <>
struct Codec<TextList> {
  static constexpr Kind kind = Kind::text_list;
  static constexpr std::string_view type_name = "array of strings";
  static Value encode(const TextList& value) { return value; }
  static std::expected<TextList, std::string> decode(const Value& value) { return std::get<TextList>(value); }
};

template <>
struct Codec<std::vector<Endpoint>> {
  static constexpr Kind kind = Kind::text_list;
  static constexpr std::string_view type_name = "array of strings, ADDRESS:PORT each";
  static Value encode(const std::vector<Endpoint>& value) {
    TextList list;
    for (const Endpoint& endpoint : value) {
      list.push_back(to_string(endpoint));
    }
    return list;
  }
  static std::expected<std::vector<Endpoint>, std::string> decode(const Value& value) {
    std::vector<Endpoint> endpoints;
    for (const std::string& text : std::get<TextList>(value)) {
      auto endpoint = parse_endpoint(text);
      if (!endpoint) {
        return std::unexpected(std::move(endpoint.error()));
      }
      endpoints.push_back(std::move(*endpoint));
    }
    return endpoints;
  }
};

template <>
struct Codec<std::vector<mqtt::BrokerUrlPattern>> {
  static constexpr Kind kind = Kind::text_list;
  static constexpr std::string_view type_name = "array of strings, patterns of URLs";
  static Value encode(const std::vector<mqtt::BrokerUrlPattern>& value) {
    TextList list;
    for (const mqtt::BrokerUrlPattern& pattern : value) {
      list.push_back(mqtt::to_string(pattern));
    }
    return list;
  }
  static std::expected<std::vector<mqtt::BrokerUrlPattern>, std::string> decode(const Value& value) {
    std::vector<mqtt::BrokerUrlPattern> patterns;
    for (const std::string& text : std::get<TextList>(value)) {
      auto pattern = mqtt::parse_broker_url_pattern(text);
      if (!pattern) {
        // Of a text that may hold credentials, nothing is shown.
        const std::string shown = text.find('@') == std::string::npos ? ", not " + shown_text(text) : "";
        return std::unexpected("must hold patterns such as \"wss://*.example.org\" or \"tcp://10.0.0.5:*\"" + shown +
                               ": " + pattern.error());
      }
      patterns.push_back(std::move(*pattern));
    }
    return patterns;
  }
};

template <>
struct Codec<std::optional<Endpoint>> {
  static constexpr Kind kind = Kind::text;
  static constexpr std::string_view type_name = "string, ADDRESS:PORT or empty";
  static Value encode(const std::optional<Endpoint>& value) { return value ? to_string(*value) : std::string(); }
  static std::expected<std::optional<Endpoint>, std::string> decode(const Value& value) {
    const auto& text = std::get<std::string>(value);
    if (text.empty()) {
      return std::nullopt;
    }
    return parse_endpoint(text);
  }
};

template <>
struct Codec<BrokerChoice> {
  static constexpr Kind kind = Kind::text;
  static constexpr std::string_view type_name = "string, a URL";
  static Value encode(const BrokerChoice& value) { return to_string(value); }
  static std::expected<BrokerChoice, std::string> decode(const Value& value) {
    return parse_broker_choice(std::get<std::string>(value));
  }
};

/// The units of a Duration, longest first, so that writing finds the shortest form.
inline constexpr std::array<std::pair<char, std::int64_t>, 4> duration_units = {
    {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};

template <>
struct Codec<Duration> {
  static constexpr Kind kind = Kind::text;
  static constexpr std::string_view type_name = "string, a duration";
  static Value encode(const Duration& value) {
    for (const auto& [unit, seconds] : duration_units) {
      if (value.value.count() % seconds == 0) {
        return std::to_string(value.value.count() / seconds) + unit;
      }
    }
    return std::string();
  }
  static std::expected<Duration, std::string> decode(const Value& value) {
    constexpr std::int64_t longest = std::int64_t{100} * 365 * 86400;
    const auto& text = std::get<std::string>(value);
    for (const auto& [unit, seconds] : duration_units) {
      std::int64_t count = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
      if (error == std::errc() && end + 1 == text.data() + text.size() && *end == unit && count >= 0 &&
          count <= longest / seconds) {
        return Duration{std::chrono::seconds(count * seconds)};
      }
    }
    return std::unexpected(R"(must be a number with its unit, such as "7d", "12h", "30m" or "45s", not )" +
                           shown(value));
  }
};

/// The words of an enumeration.
template <class E>
struct Choice {
  std::string_view word;
  E value;
};
template <class E>
inline constexpr auto choices = nullptr;
template <>
inline constexpr std::array<Choice<ProtocolChoice>, 3> choices<ProtocolChoice> = {
    {{"auto", ProtocolChoice::automatic}, {"5", ProtocolChoice::mqtt_5}, {"3.1.1", ProtocolChoice::mqtt_3_1_1}}};
template <>
inline constexpr std::array<Choice<BrokerProfile>, 7> choices<BrokerProfile> = {
    {{"none", BrokerProfile::none},
     {"mosquitto", BrokerProfile::mosquitto},
     {"emqx", BrokerProfile::emqx},
     {"hivemq", BrokerProfile::hivemq},
     {"rabbitmq", BrokerProfile::rabbitmq},
     {"aedes", BrokerProfile::aedes},
     {"aws-iot", BrokerProfile::aws_iot}}};
template <>
inline constexpr std::array<Choice<AuthMode>, 1> choices<AuthMode> = {{{"open", AuthMode::open}}};
template <>
inline constexpr std::array<Choice<WillMode>, 2> choices<WillMode> = {
    {{"pooled", WillMode::pooled}, {"dedicated", WillMode::dedicated}}};
template <>
inline constexpr std::array<Choice<BoardOrder>, 2> choices<BoardOrder> = {
    {{"desc", BoardOrder::descending}, {"asc", BoardOrder::ascending}}};
template <>
inline constexpr std::array<Choice<BoardOperator>, 3> choices<BoardOperator> = {
    {{"best", BoardOperator::best}, {"last", BoardOperator::last}, {"sum", BoardOperator::sum}}};
template <>
inline constexpr std::array<Choice<BoardSubmit>, 2> choices<BoardSubmit> = {
    {{"anyone", BoardSubmit::anyone}, {"right", BoardSubmit::right}}};
template <>
inline constexpr std::array<Choice<BoardReset>, 4> choices<BoardReset> = {{{"never", BoardReset::never},
                                                                           {"daily", BoardReset::daily},
                                                                           {"weekly", BoardReset::weekly},
                                                                           {"monthly", BoardReset::monthly}}};
template <>
inline constexpr std::array<Choice<LogLevel>, 5> choices<LogLevel> = {{{"trace", LogLevel::trace},
                                                                       {"debug", LogLevel::debug},
                                                                       {"info", LogLevel::info},
                                                                       {"warning", LogLevel::warning},
                                                                       {"error", LogLevel::error}}};
template <>
inline constexpr std::array<Choice<LogFormat>, 2> choices<LogFormat> = {
    {{"text", LogFormat::text}, {"json", LogFormat::json}}};

template <class E>
  requires std::is_enum_v<E>
struct Codec<E> {
  static constexpr Kind kind = Kind::text;
  static constexpr std::string_view type_name = "string";
  static Value encode(E value) {
    for (const Choice<E>& choice : choices<E>) {
      if (choice.value == value) {
        return std::string(choice.word);
      }
    }
    return std::string();
  }
  static std::expected<E, std::string> decode(const Value& value) {
    for (const Choice<E>& choice : choices<E>) {
      if (choice.word == std::get<std::string>(value)) {
        return choice.value;
      }
    }
    return std::unexpected("must be " + alternatives(words()) + ", not " + shown(value));
  }
  static std::vector<std::string> words() {
    std::vector<std::string> list;
    list.reserve(choices<E>.size());
    for (const Choice<E>& choice : choices<E>) {
      list.push_back('"' + std::string(choice.word) + '"');
    }
    return list;
  }
};

}  // namespace lobbyd::config
