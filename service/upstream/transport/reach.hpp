#pragma once

// How far a connection may lead: a URL that a stranger has chosen must not open the operator's own network to them.

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <system_error>

namespace lobbyd::upstream {

enum class Reach : std::uint8_t {
  anywhere,
  internet,  // to addresses that anybody may reach
};

// Whether it is a unicast address that is reachable from everywhere, by IANA's registries of special-purpose addresses
// (RFC 6890): neither this host, nor a private or link-local network (cloud providers serve secrets there), nor a
// group. What an IPv6 address carries of IPv4 (mapped, NAT64) is judged as such.
bool is_internet(const boost::asio::ip::address& address);

// Whether this machine has the address: what listens there may be hidden from the Internet by a firewall outside.
bool is_own(const boost::asio::ip::address& address);

enum class ReachError {
  private_address = 1,  // the name leads to none but addresses that are not the Internet's
};
std::error_code make_error_code(ReachError error);

}  // namespace lobbyd::upstream

template <>
struct std::is_error_code_enum<lobbyd::upstream::ReachError> : std::true_type {};
