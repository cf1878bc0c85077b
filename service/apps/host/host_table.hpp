#pragma once

// The rooms that are listened to, by their names: those that somebody here is in, and those that were needed lately.
// Bounded in number: when full, those that nobody needs give way. Each is woken at its own times alone, however many
// others there are.

#include "protocol/api/error.hpp"
#include "service/apps/host/waker.hpp"
#include "service/apps/moment.hpp"
#include "service/schedule/agenda.hpp"
#include "service/schedule/earliest.hpp"

#include <cstddef>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::apps {

// A Host has `is_idle()`, nobody needs it; `is_over(now)`, nobody has needed it for a while; `handle_timeout(now)` and
// `next_timeout(now)`. It asks its waker whenever it has something to see to earlier than before.
template <class Host>
class HostTable {
 public:
  HostTable(Waker& waker, std::size_t most) : waker_(waker), most_(most) {}
  HostTable(const HostTable&) = delete;
  HostTable& operator=(const HostTable&) = delete;
  ~HostTable() = default;

  // Null where there is none.
  Host* find(std::string_view name) const {
    const auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : found->second.host.get();
  }

  // Where there is none that which `make` gives for a waker of its own, a unique_ptr; 429 where there are too many. Not
  // from within a host, since it may be one that gives way.
  std::expected<Host*, api::Error> find_or_make(const std::string& name, auto&& make) {
    if (Host* const host = find(name)) {
      return host;
    }
    if (entries_.size() >= most_) {
      std::erase_if(entries_, [](const auto& entry) { return entry.second.host->is_idle(); });
    }
    if (entries_.size() >= most_) {
      return std::unexpected(api::too_many("too many rooms are in use here; try again later", most_));
    }
    const auto made = entries_.try_emplace(name, *this).first;
    Entry& entry = made->second;
    entry.name = made->first;
    entry.host = std::forward<decltype(make)>(make)(static_cast<Waker&>(entry));
    return entry.host.get();
  }

  Due next_timeout() const { return agenda_.next(); }

  // Those that are over are forgotten.
  void handle_timeout(Moment now) {
    std::vector<std::string> due;
    while (auto name = agenda_.take_due(now.steady)) {
      due.push_back(*std::move(name));
    }
    for (const std::string& name : due) {
      if (const auto found = entries_.find(name); found != entries_.end()) {
        found->second.armed.reset();
        found->second.host->handle_timeout(now);
      }
      see_on(name, now);
    }
  }

  void for_each(auto&& act) const {
    for (const auto& [name, entry] : entries_) {
      act(*entry.host);
    }
  }

 private:
  struct Entry final : Waker {
    explicit Entry(HostTable& its_table) : table(its_table) {}
    void wake_at(Moment::TimePoint time) override {
      if (!armed || time < *armed) {
        armed = time;
        table.agenda_.add(name, time);
        table.waker_.wake_at(time);
      }
    }

    HostTable& table;
    std::string_view name;  // the key's
    Due armed;
    std::unique_ptr<Host> host;
  };

  void see_on(const std::string& name, Moment now) {
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
      return;
    }
    if (found->second.host->is_over(now.steady)) {
      entries_.erase(found);
    } else if (const Due next = found->second.host->next_timeout(now)) {
      found->second.wake_at(*next);
    }
  }

  Waker& waker_;
  std::size_t most_;
  Agenda agenda_;  // of some that are there no more, too
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace lobbyd::apps
