#include "service/hub/wills/topics.hpp"

#include "protocol/api/params.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lobbyd::hub {

namespace {

using Kind = WillTopics::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 5> levels = {{{"will/", Kind::entry},
                                                                      {"instance/", Kind::record},
                                                                      {"gone/", Kind::gone},
                                                                      {"ask/", Kind::ask},
                                                                      {"answer/", Kind::answer}}};

}  // namespace

WillTopics::WillTopics(std::string prefix, std::string instance)
    : prefix_(std::move(prefix)), instance_(std::move(instance)) {}

std::vector<std::string> WillTopics::held() const {
  return {prefix_ + "will/+", prefix_ + "instance/+", prefix_ + "gone/+/+", ask(instance_), prefix_ + "answer/+"};
}

std::optional<WillTopics::Parsed> WillTopics::parse(std::string_view topic) const {
  if (!topic.starts_with(prefix_)) {
    return std::nullopt;
  }
  topic.remove_prefix(prefix_.size());
  const auto level = std::ranges::find_if(levels, [&](const auto& known) { return topic.starts_with(known.first); });
  if (level == levels.end()) {
    return std::nullopt;
  }
  std::string_view name = topic.substr(level->first.size());
  if (level->second == Kind::gone) {
    name = name.substr(0, name.find('/'));
  }
  const bool valid = level->second == Kind::entry ? api::is_valid_name(name) : api::is_instance_name(name);
  return valid ? std::optional(Parsed{level->second, name}) : std::nullopt;
}

}  // namespace lobbyd::hub
