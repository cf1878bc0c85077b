#pragma once

#include "protocol/mqtt/broker_url.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::config {

/// Nothing: the embedded broker.
using BrokerChoice = std::optional<mqtt::BrokerUrl>;

/// Reads "embedded:" or a broker's URL. The error says what would be right, and never repeats a URL that may hold a
/// password.
std::expected<BrokerChoice, std::string> parse_broker_choice(std::string_view text);

/// The form that parse_broker_choice reads.
std::string to_string(const BrokerChoice& choice);
/// For logs: see mqtt::without_query.
std::string without_query(const BrokerChoice& choice);

}  // namespace lobbyd::config
