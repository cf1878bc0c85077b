#include "config/later.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace lobbyd::config {

namespace {

constexpr std::array<std::string_view, 3> without_effect = {"limits.publish_rate", "limits.publish_burst",
                                                            "limits.request_rate"};

constexpr std::string_view no_tokens = "cannot check tokens";
constexpr std::string_view no_tls = "has no TLS for its clients";
constexpr std::string_view no_rules = "has no rules and lets every client use every topic but the closed ones";

Judgement refused(std::string_view reason, std::string_view remedy) {
  return {Verdict::refused,
          "is not supported in this version, which " + std::string(reason) + ": " + std::string(remedy)};
}

bool asks_for_nothing(const Setting& setting) {
  const auto* value = std::get_if<Value>(&setting.content);
  return value != nullptr && *value == Value(TextList{});
}

/// Values that their keys will have one day.
Judgement judge_value(const Setting& setting) {
  const auto* value = std::get_if<Value>(&setting.content);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  if (text == nullptr) {
    return {};
  }
  if (setting.path == "will.mode" && *text == "dedicated") {
    return {Verdict::refused, R"("dedicated" is not supported in this version: only "pooled" is)"};
  }
  if (setting.path == "auth.mode" && *text == "token") {
    return {Verdict::refused, R"("token" is not supported in this version, which cannot check tokens: only "open" is)"};
  }
  return {};
}

/// [[rules]]. What they contain is not looked at: the one refusal says enough.
Judgement judge_refused_tables(const Setting& setting) {
  if (setting.path == "rules") {
    return asks_for_nothing(setting) ? Judgement{Verdict::harmless, {}} : refused(no_rules, "remove [[rules]]");
  }
  return {setting.path.starts_with("rules.") ? Verdict::harmless : Verdict::not_concerned, {}};
}

Judgement judge_refused_keys(const Setting& setting) {
  const auto key = std::ranges::find(refused_keys(), setting.path, &RefusedKey::path);
  if (key == refused_keys().end()) {
    return {};
  }
  const auto* value = std::get_if<Value>(&setting.content);
  return value != nullptr && *value == key->harmless ? Judgement{Verdict::harmless, {}}
                                                     : refused(key->reason, "remove it");
}

}  // namespace

bool has_no_effect(std::string_view path) {
  return std::ranges::find(without_effect, path) != without_effect.end();
}

std::span<const RefusedKey> refused_keys() {
  static const std::vector<RefusedKey> keys = {
      {"tls.cert_file", "", no_tls},      {"tls.key_file", "", no_tls},
      {"tls.ca_file", "", no_tls},        {"auth.query_token", false, no_tokens},
      {"auth.jwt_secret", "", no_tokens}, {"auth.jwt_public_key_file", "", no_tokens},
      {"auth.jwks_file", "", no_tokens},  {"auth.audience", "", no_tokens},
      {"auth.issuer", "", no_tokens},
  };
  return keys;
}

Judgement judge(const Setting& setting) {
  for (const auto judge_part : {judge_value, judge_refused_keys, judge_refused_tables}) {
    if (Judgement judgement = judge_part(setting); judgement.verdict != Verdict::not_concerned) {
      return judgement;
    }
  }
  return {};
}

}  // namespace lobbyd::config
