#include "config/broker_choice.hpp"

#include "config/value.hpp"

namespace lobbyd::config {

namespace {

constexpr std::string_view embedded = "embedded:";

}  // namespace

std::expected<BrokerChoice, std::string> parse_broker_choice(std::string_view text) {
  if (text == embedded) {
    return BrokerChoice();
  }
  auto url = mqtt::parse_broker_url(text);
  if (!url) {
    // Of a text that may hold credentials, nothing is shown.
    const std::string shown = text.find('@') == std::string_view::npos ? ", not " + shown_text(text) : "";
    return std::unexpected("must be embedded: or a broker's URL" + shown + ": " + url.error());
  }
  return *std::move(url);
}

std::string to_string(const BrokerChoice& choice) {
  return choice ? mqtt::to_string(*choice) : std::string(embedded);
}

std::string without_query(const BrokerChoice& choice) {
  return choice ? mqtt::without_query(*choice) : std::string(embedded);
}

}  // namespace lobbyd::config
