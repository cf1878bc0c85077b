#pragma once

// What a daemon says of itself: the retained text of `instance/{instance}`, and its answer to whoever asks whether it
// is there. Pure, and as careful as with entries.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::hub {

enum class InstanceState : std::uint8_t {
  alive,
  draining,  // it has ended in order, and its clients may come to others
  dead,      // others have found it silent
};

struct InstanceRecord {
  std::uint64_t epoch = 0;
  InstanceState state = InstanceState::alive;
  std::chrono::seconds wait{0};  // draining: from when on the delays of the wills run
  std::uint64_t count = 0;       // of the records written in this epoch: it tells a broker that has fallen back
};

// {"epoch":E,"state":"alive","wait_s":0,"count":N}
std::string to_text(const InstanceRecord& record);
std::optional<InstanceRecord> parse_record(std::string_view text);

struct LifeSign {
  std::string nonce;  // that was asked with
  std::uint64_t epoch = 0;
};

bool is_nonce(std::string_view text);
std::string to_text(const LifeSign& sign);
std::optional<LifeSign> parse_life_sign(std::string_view text);

}  // namespace lobbyd::hub
