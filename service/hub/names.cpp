#include "service/hub/names.hpp"

#include "protocol/mqtt/topic.hpp"

#include <utility>

namespace lobbyd::hub {

Names::Names(std::string prefix) : prefix_(std::move(prefix)) {}

bool Names::is_closed(std::string_view topic) const {
  return topic.starts_with('$') || topic.starts_with(prefix_);
}

std::expected<void, api::Error> Names::check_topic(std::string_view topic) const {
  if (const auto valid = mqtt::check_topic_name(topic); !valid) {
    return std::unexpected(api::Error{api::Reason::bad_topic, std::string(mqtt::describe(valid.error()))});
  }
  if (is_closed(topic)) {
    return std::unexpected(api::Error{api::Reason::forbidden, "topics that begin with \"$\" or \"" + prefix_ +
                                                                  "\" are not open to clients"});
  }
  return {};
}

std::expected<void, api::Error> Names::check_filter(std::string_view filter) const {
  if (const auto valid = mqtt::check_topic_filter(filter); !valid) {
    return std::unexpected(api::Error{api::Reason::bad_filter, std::string(mqtt::describe(valid.error()))});
  }
  const auto shared = mqtt::parse_shared(filter);
  if (is_closed(shared ? shared->filter : filter)) {
    return std::unexpected(api::Error{api::Reason::forbidden, "filters that begin with \"$\" or \"" + prefix_ +
                                                                  "\" are not open to clients"});
  }
  return {};
}

}  // namespace lobbyd::hub
