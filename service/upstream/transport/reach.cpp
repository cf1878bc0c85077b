#include "service/upstream/transport/reach.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <sys/socket.h>

namespace lobbyd::upstream {
namespace {

namespace ip = boost::asio::ip;

struct Block4 {
  std::uint32_t network;
  unsigned bits;
};

constexpr std::uint32_t dotted(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  return a << 24U | b << 16U | c << 8U;
}

// IANA IPv4 Special-Purpose Address Registry, and multicast; and the one address among those of the Internet under
// which a cloud (Azure) serves secrets to the machines within.
constexpr std::array<Block4, 16> special_v4 = {{{dotted(0, 0, 0), 8},
                                                {dotted(10, 0, 0), 8},
                                                {dotted(100, 64, 0), 10},
                                                {dotted(127, 0, 0), 8},
                                                {dotted(168, 63, 129) + 16, 32},
                                                {dotted(169, 254, 0), 16},
                                                {dotted(172, 16, 0), 12},
                                                {dotted(192, 0, 0), 24},
                                                {dotted(192, 0, 2), 24},
                                                {dotted(192, 88, 99), 24},
                                                {dotted(192, 168, 0), 16},
                                                {dotted(198, 18, 0), 15},
                                                {dotted(198, 51, 100), 24},
                                                {dotted(203, 0, 113), 24},
                                                {dotted(224, 0, 0), 4},
                                                {dotted(240, 0, 0), 4}}};

bool is_internet(const ip::address_v4& address) {
  return std::ranges::none_of(special_v4, [number = address.to_uint()](const Block4& block) {
    return number >> (32U - block.bits) == block.network >> (32U - block.bits);
  });
}

struct Block6 {
  std::array<std::uint8_t, 4> network;
  unsigned bits;
};

// What the IANA IPv6 Special-Purpose Address Registry takes out of 2000::/3, with the tunnels, whose ends are anywhere.
constexpr std::array<Block6, 4> special_v6 = {{{{0x20, 0x01, 0x00, 0x00}, 23},
                                               {{0x20, 0x01, 0x0d, 0xb8}, 32},
                                               {{0x20, 0x02, 0x00, 0x00}, 16},
                                               {{0x3f, 0xff, 0x00, 0x00}, 20}}};

std::uint32_t number(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U | std::uint32_t{bytes[2]} << 8U | bytes[3];
}

// What an IPv6 address carries of IPv4.
std::optional<ip::address_v4> carried_by(const ip::address_v6& address) {
  constexpr std::array<std::uint8_t, 12> nat64 = {0x00, 0x64, 0xff, 0x9b};  // 64:ff9b::/96 (RFC 6052)
  const auto bytes = address.to_bytes();
  const bool carries = address.is_v4_mapped() || std::equal(nat64.begin(), nat64.end(), bytes.begin());
  return carries ? std::optional(ip::address_v4(number(&bytes[12]))) : std::nullopt;
}

bool is_internet(const ip::address_v6& address) {
  if (const auto carried = carried_by(address)) {
    return is_internet(*carried);
  }
  const auto bytes = address.to_bytes();
  const std::uint32_t head = number(bytes.data());
  const bool global_unicast = head >> 29U == 1;  // 2000::/3
  return global_unicast && std::ranges::none_of(special_v6, [head](const Block6& block) {
           return head >> (32U - block.bits) == number(block.network.data()) >> (32U - block.bits);
         });
}

std::optional<ip::address> address_of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return ip::address_v6(bytes);
  }
  return std::nullopt;
}

class ReachCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "reach"; }
  std::string message(int) const override { return "the host has a private address, where clients may not lead"; }
};

}  // namespace

bool is_internet(const ip::address& address) {
  return address.is_v4() ? is_internet(address.to_v4()) : is_internet(address.to_v6());
}

bool is_own(const ip::address& asked) {
  const auto carried = asked.is_v6() ? carried_by(asked.to_v6()) : std::nullopt;
  const ip::address address = carried ? ip::address(*carried) : asked;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) {
    return true;  // who cannot be asked is not let in
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, &freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr != nullptr && address_of(*entry->ifa_addr) == address) {
      return true;
    }
  }
  return false;
}

std::error_code make_error_code(ReachError error) {
  static const ReachCategory category;
  return {static_cast<int>(error), category};
}

}  // namespace lobbyd::upstream
