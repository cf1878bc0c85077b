#include "service/apps/absences.hpp"

#include <iterator>
#include <utility>

namespace lobbyd::apps {
namespace {

std::vector<std::string> list(const std::set<std::string, std::less<>>& topics) {
  return {topics.begin(), topics.end()};
}

}  // namespace

void Absences::begin(std::set<std::string, std::less<>> known) {
  unseen_ = std::move(known);
  reading_ = true;
}

void Absences::see(std::string_view topic) {
  if (const auto found = unseen_.find(topic); found != unseen_.end()) {
    unseen_.erase(found);
  }
}

std::vector<std::string> Absences::end() {
  reading_ = false;
  return list(std::exchange(unseen_, {}));
}

void Absences::wait_for(std::vector<std::string> topics, TimePoint until) {
  unseen_.insert(std::make_move_iterator(topics.begin()), std::make_move_iterator(topics.end()));
  until_ = until;
}

std::optional<Absences::TimePoint> Absences::next_timeout() const {
  return reading_ || unseen_.empty() ? std::nullopt : std::optional(until_);
}

std::vector<std::string> Absences::take_due(TimePoint now) {
  if (reading_ || unseen_.empty() || now < until_) {
    return {};
  }
  return list(std::exchange(unseen_, {}));
}

}  // namespace lobbyd::apps
