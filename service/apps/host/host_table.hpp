#pragma once

// The rooms that are listened to, by their names: those that somebody here is in, and those that were needed lately.
// Bounded in number: when full, those that nobody needs give way.

#include "protocol/api/error.hpp"
#include "service/apps/moment.hpp"

#include <cstddef>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace lobbyd::apps {

// A Host has `is_idle()`, nobody needs it, and `is_over(now)`, nobody has needed it for a while.
template <class Host>
class HostTable {
 public:
  explicit HostTable(std::size_t most) : most_(most) {}

  // Null where there is none.
  Host* find(std::string_view name) const {
    const auto found = hosts_.find(name);
    return found == hosts_.end() ? nullptr : found->second.get();
  }

  // Where there is none that which `make` gives, a unique_ptr; 429 where there are too many.
  std::expected<Host*, api::Error> find_or_make(const std::string& name, auto&& make) {
    if (Host* const host = find(name)) {
      return host;
    }
    if (hosts_.size() >= most_) {
      std::erase_if(hosts_, [](const auto& entry) { return entry.second->is_idle(); });
    }
    if (hosts_.size() >= most_) {
      return std::unexpected(api::too_many("too many rooms are in use here; try again later", most_));
    }
    return hosts_.emplace(name, std::forward<decltype(make)>(make)()).first->second.get();
  }

  void forget_over(Moment::TimePoint now) {
    std::erase_if(hosts_, [&](const auto& entry) { return entry.second->is_over(now); });
  }

  auto begin() const { return hosts_.begin(); }
  auto end() const { return hosts_.end(); }

 private:
  std::size_t most_;
  std::map<std::string, std::unique_ptr<Host>, std::less<>> hosts_;
};

}  // namespace lobbyd::apps
