#pragma once

// The packet identifiers of one client: 1..65,535, each in use at most once (MQTT5 §2.2.1).

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lobbyd::mqtt {

// Goes round through all identifiers instead of taking the lowest: one that has just become free is the last to be
// used again, so that a late answer to its former use finds nothing.
class PacketIds {
 public:
  static constexpr std::size_t capacity = 65'535;

  // nullopt when all are in use.
  std::optional<std::uint16_t> take() {
    const auto start = static_cast<std::uint16_t>(last_ + 1U);
    std::size_t word = start / bits;
    std::uint64_t taken = words_[word] | ((std::uint64_t{1} << start % bits) - 1);
    // One word more than there are: the bits before the start, in the word of the start, are the last ones tried.
    for (std::size_t tried = 0; tried <= words_.size(); ++tried) {
      if (const auto bit = static_cast<std::size_t>(std::countr_one(taken)); bit < bits) {
        words_[word] |= std::uint64_t{1} << bit;
        last_ = static_cast<std::uint16_t>(word * bits + bit);
        ++in_use_;
        return last_;
      }
      word = (word + 1) % words_.size();
      taken = words_[word];
    }
    return std::nullopt;
  }

  void release(std::uint16_t packet_id) {
    if (packet_id == 0 || !is_in_use(packet_id)) return;
    words_[packet_id / bits] &= ~(std::uint64_t{1} << packet_id % bits);
    --in_use_;
  }

  bool is_in_use(std::uint16_t packet_id) const { return (words_[packet_id / bits] >> packet_id % bits & 1U) != 0; }
  std::size_t in_use() const { return in_use_; }

 private:
  static constexpr std::size_t bits = 64;

  // Bit 0 is taken for good: there is no identifier 0.
  std::array<std::uint64_t, 65'536 / bits> words_{1};
  std::uint16_t last_ = 0;
  std::size_t in_use_ = 0;
};

}  // namespace lobbyd::mqtt
