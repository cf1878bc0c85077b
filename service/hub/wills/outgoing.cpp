#include "service/hub/wills/outgoing.hpp"

#include "service/schedule/earliest.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::hub {

namespace {

constexpr std::chrono::milliseconds retry_after{50};

}  // namespace

void Outgoing::write(const std::string& topic, std::string text, TimePoint now) {
  const auto [waiting, added] = waiting_.try_emplace(topic);
  if (added) {
    order_.push_back(topic);
  }
  texts_ += waiting->second ? 0 : 1;
  waiting->second = std::move(text);
  pump(now);
}

void Outgoing::cancel(std::string_view topic) {
  const auto found = waiting_.find(topic);
  if (found != waiting_.end() && std::exchange(found->second, std::nullopt)) {
    --texts_;
  }
}

bool Outgoing::busy(std::string_view topic) const {
  const auto waiting = waiting_.find(topic);
  return (waiting != waiting_.end() && waiting->second) ||
         std::ranges::find(on_the_way_, topic, &OnTheWay::topic) != on_the_way_.end();
}

bool Outgoing::take(std::string_view topic, std::string_view text, TimePoint now) {
  const auto found =
      std::ranges::find_if(on_the_way_, [&](const OnTheWay& sent) { return sent.topic == topic && sent.text == text; });
  if (found == on_the_way_.end()) {
    return false;
  }
  on_the_way_.erase(found);
  pump(now);
  return true;
}

void Outgoing::pump(TimePoint now) {
  retry_.reset();
  while (!order_.empty() && on_the_way_.size() < window) {
    const auto next = waiting_.find(order_.front());
    if (std::optional<std::string>& text = next->second) {
      if (!send_(next->first, *text)) {
        retry_ = now + retry_after;
        return;
      }
      on_the_way_.push_back({next->first, *std::move(text), now});
      --texts_;
    }
    waiting_.erase(next);
    order_.pop_front();
  }
}

void Outgoing::clear() {
  order_.clear();
  waiting_.clear();
  texts_ = 0;
  on_the_way_.clear();
  retry_.reset();
}

std::optional<Outgoing::TimePoint> Outgoing::next_timeout() const {
  return earliest({retry_, on_the_way_.empty() ? Due() : on_the_way_.front().since + lost_after});
}

std::vector<std::string> Outgoing::handle_timeout(TimePoint now) {
  std::vector<std::string> lost;
  while (!on_the_way_.empty() && now >= on_the_way_.front().since + lost_after) {
    lost.push_back(std::move(on_the_way_.front().topic));
    on_the_way_.pop_front();
  }
  pump(now);
  return lost;
}

}  // namespace lobbyd::hub
