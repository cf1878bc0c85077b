#pragma once

// What stands in the broker for one client, as the retained text of `will/{client}`: whose it is, and what is published
// when it is lost. Pure. Texts come from anybody who may write below the prefix: they are bounded and checked.

#include "protocol/api/params.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::hub {

// One run of a daemon; a later one of the same instance has a greater epoch.
struct Owner {
  std::string instance;
  std::uint64_t epoch = 0;  // Unix milliseconds, or more

  bool operator==(const Owner&) const = default;
};

struct WillEntry {
  Owner owner;
  std::uint64_t at = 0;  // of the claim: Unix milliseconds, or more; greater than that of the client's claim before
  bool leaving = false;  // the client is gone: the owner publishes, and then empties the entry
  std::vector<api::WillParams> wills;
};

inline constexpr std::size_t max_entry_bytes = 256U << 10U;
inline constexpr std::size_t max_entry_wills = 256;

// Larger than `max_entry_bytes` where the wills are too large to be kept.
std::string to_text(const WillEntry& entry);
// Nothing for what no daemon writes. Members that it does not know are left out.
std::optional<WillEntry> parse_entry(std::string_view text);

// Whether the claim is later than the other. All daemons answer the same, whatever their clocks say.
bool is_later(const WillEntry& claim, const WillEntry& other);

}  // namespace lobbyd::hub
