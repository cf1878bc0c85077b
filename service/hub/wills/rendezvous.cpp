#include "service/hub/wills/rendezvous.hpp"

#include <algorithm>
#include <cstdint>
#include <tuple>

namespace lobbyd::hub {

namespace {

// FNV-1a, and then the last mix of MurmurHash3: daemons of all versions and machines must agree.
std::uint64_t weight_of(std::string_view instance, std::string_view client) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  const auto add = [&hash](char byte) { hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3U; };
  std::ranges::for_each(instance, add);
  add('\0');
  std::ranges::for_each(client, add);
  hash = (hash ^ (hash >> 33U)) * 0xFF51AFD7ED558CCDU;
  hash = (hash ^ (hash >> 33U)) * 0xC4CEB9FE1A85EC53U;
  return hash ^ (hash >> 33U);
}

}  // namespace

std::size_t rank_of(std::string_view self, const std::vector<std::string_view>& living, std::string_view client,
                    std::string_view first) {
  const auto place = [&](std::string_view instance) {
    return std::tuple(instance != first, ~weight_of(instance, client), instance);
  };
  return static_cast<std::size_t>(
      std::ranges::count_if(living, [&](std::string_view other) { return place(other) < place(self); }));
}

}  // namespace lobbyd::hub
