#include "service/hub/wills/instance_record.hpp"

#include "protocol/api/params.hpp"
#include "service/hub/wills/json_members.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace lobbyd::hub {

namespace {

constexpr std::size_t max_record_bytes = 1024;
constexpr std::int64_t max_wait = 86'400;

constexpr std::array<std::pair<std::string_view, InstanceState>, 3> words = {
    {{"alive", InstanceState::alive}, {"draining", InstanceState::draining}, {"dead", InstanceState::dead}}};

std::optional<InstanceState> state_of(const api::JsonValue& record) {
  const auto word = text_member(record, "state");
  const auto found = std::ranges::find(words, word.value_or(""), &decltype(words)::value_type::first);
  return found == words.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

std::string to_text(const InstanceRecord& record) {
  const auto word = std::ranges::find(words, record.state, &decltype(words)::value_type::second)->first;
  return api::write_json(
      {{"epoch", record.epoch}, {"state", word}, {"wait_s", record.wait.count()}, {"count", record.count}});
}

std::optional<InstanceRecord> parse_record(std::string_view text) {
  const auto* const json = parse_object(text, max_record_bytes);
  if (json == nullptr) {
    return std::nullopt;
  }
  const auto epoch = number_member(*json, "epoch");
  const auto state = state_of(*json);
  const auto wait = number_member(*json, "wait_s", max_wait);
  if (!epoch || !state || !wait) {
    return std::nullopt;
  }
  return InstanceRecord{.epoch = *epoch,
                        .state = *state,
                        .wait = std::chrono::seconds(*wait),
                        .count = number_member(*json, "count").value_or(0)};
}

bool is_nonce(std::string_view text) {
  return api::is_valid_name(text);
}

std::string to_text(const LifeSign& sign) {
  return api::write_json({{"nonce", sign.nonce}, {"epoch", sign.epoch}});
}

std::optional<LifeSign> parse_life_sign(std::string_view text) {
  const auto* const json = parse_object(text, max_record_bytes);
  if (json == nullptr) {
    return std::nullopt;
  }
  auto nonce = text_member(*json, "nonce");
  const auto epoch = number_member(*json, "epoch");
  return nonce && is_nonce(*nonce) && epoch ? std::optional(LifeSign{*std::move(nonce), *epoch}) : std::nullopt;
}

}  // namespace lobbyd::hub
