#include "service/apps/scores/submit_keys.hpp"

namespace lobbyd::scores {
namespace {

// Names have no NUL.
std::string joined(const std::string& player, const std::string& key) {
  return player + '\0' + key;
}

}  // namespace

const Outcome* SubmitKeys::find(const std::string& player, const std::string& key, TimePoint now) {
  forget_old(now);
  const auto found = outcomes_.find(joined(player, key));
  return found == outcomes_.end() ? nullptr : &found->second;
}

void SubmitKeys::remember(const std::string& player, const std::string& key, const Outcome& outcome, TimePoint now) {
  const auto [entry, is_new] = outcomes_.try_emplace(joined(player, key), outcome);
  if (!is_new) {
    return;
  }
  by_age_.emplace_back(now, entry->first);
  if (outcomes_.size() > capacity_) {
    outcomes_.erase(by_age_.front().second);
    by_age_.pop_front();
  }
}

void SubmitKeys::forget_old(TimePoint now) {
  while (!by_age_.empty() && now - by_age_.front().first >= memory_) {
    outcomes_.erase(by_age_.front().second);
    by_age_.pop_front();
  }
}

}  // namespace lobbyd::scores
