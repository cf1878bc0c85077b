#pragma once

// How a message published through a daemon names its publisher (`origin_property`): by the client's serial, behind what
// tells one run of a hub from all others.

#include <charconv>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace lobbyd::hub {

class Origins {
 public:
  Origins() : run_(std::to_string(std::random_device{}()) + "." + std::to_string(std::random_device{}()) + ".") {}

  std::string of(std::uint64_t serial) const { return run_ + std::to_string(serial); }

  // None for an origin of another run, or of nobody.
  std::optional<std::uint64_t> serial_of(std::string_view origin) const {
    if (!origin.starts_with(run_)) {
      return std::nullopt;
    }
    origin.remove_prefix(run_.size());
    std::uint64_t serial = 0;
    const auto [end, error] = std::from_chars(origin.data(), origin.data() + origin.size(), serial);
    return error == std::errc() && end == origin.data() + origin.size() ? std::optional(serial) : std::nullopt;
  }

 private:
  std::string run_;
};

}  // namespace lobbyd::hub
