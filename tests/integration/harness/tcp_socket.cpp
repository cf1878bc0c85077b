#include "tests/integration/harness/tcp_socket.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>

namespace lobbyd::integration {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Address make_address(const Endpoint& endpoint) {
  Address result;
  if (endpoint.host.contains(':')) {
    auto* address = reinterpret_cast<sockaddr_in6*>(&result.storage);
    address->sin6_family = AF_INET6;
    address->sin6_port = htons(endpoint.port);
    result.length = sizeof *address;
    if (::inet_pton(AF_INET6, endpoint.host.c_str(), &address->sin6_addr) == 1) return result;
  } else {
    auto* address = reinterpret_cast<sockaddr_in*>(&result.storage);
    address->sin_family = AF_INET;
    address->sin_port = htons(endpoint.port);
    result.length = sizeof *address;
    if (::inet_pton(AF_INET, endpoint.host.c_str(), &address->sin_addr) == 1) return result;
  }
  throw std::invalid_argument("not an address: " + endpoint.host);
}

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

FileDescriptor open_socket(Address& address) {
  FileDescriptor descriptor(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!descriptor) fail("socket");
  return descriptor;
}

void wait_for(int descriptor, short events, Deadline deadline, const char* what) {
  pollfd waiting{descriptor, events, 0};
  while (true) {
    const int count = ::poll(&waiting, 1, remaining_ms(deadline));
    if (count > 0) return;
    if (count == 0) throw DeadlineExceeded(what);
    if (errno != EINTR) fail("poll");
  }
}

}  // namespace

std::string Endpoint::authority() const {
  return (host.contains(':') ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

TcpSocket::TcpSocket(const Endpoint& endpoint, std::optional<int> receive_buffer) {
  auto address = make_address(endpoint);
  descriptor_ = open_socket(address);
  const int on = 1;
  ::setsockopt(descriptor_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (receive_buffer) {
    // Before the connection, since the window's scale is agreed on in its first segment.
    ::setsockopt(descriptor_.get(), SOL_SOCKET, SO_RCVBUF, &*receive_buffer, sizeof *receive_buffer);
  }
  if (::connect(descriptor_.get(), address.get(), address.length) != 0) fail("connect to " + endpoint.authority());
}

void TcpSocket::send(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    wait_for(descriptor_.get(), POLLOUT, deadline, "the peer takes no more bytes");
    const auto count = ::send(descriptor_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EINTR && errno != EAGAIN) fail("send");
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string TcpSocket::receive(Deadline deadline) {
  std::array<char, 65536> buffer{};
  while (true) {
    wait_for(descriptor_.get(), POLLIN, deadline, "no bytes have come from the peer");
    const auto count = ::recv(descriptor_.get(), buffer.data(), buffer.size(), 0);
    if (count >= 0) return {buffer.data(), static_cast<std::size_t>(count)};
    if (errno == ECONNRESET) return {};
    if (errno != EINTR) fail("recv");
  }
}

void TcpSocket::shutdown_send() {
  ::shutdown(descriptor_.get(), SHUT_WR);
}

void TcpSocket::abort() {
  const linger none{1, 0};
  ::setsockopt(descriptor_.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
  descriptor_.reset();
}

std::uint16_t free_port(const std::string& host) {
  auto address = make_address({host, 0});
  const auto descriptor = open_socket(address);
  if (::bind(descriptor.get(), address.get(), address.length) != 0) fail("bind to " + host);
  if (::getsockname(descriptor.get(), address.get(), &address.length) != 0) fail("getsockname");
  return ntohs(address.storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port
                                                     : reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port);
}

std::vector<std::uint16_t> free_ports(std::size_t count) {
  constexpr std::uint16_t first = 10'000;
  constexpr std::uint16_t range = 20'000;
  // Programs that run at the same time begin at different places.
  static std::uint16_t next = static_cast<std::uint16_t>(::getpid() * 97 % range);
  std::vector<std::uint16_t> result;
  for (int tried = 0; tried < range && result.size() < count;
       ++tried, next = static_cast<std::uint16_t>((next + 1) % range)) {
    const auto port = static_cast<std::uint16_t>(first + next);
    auto address = make_address({"127.0.0.1", port});
    if (::bind(open_socket(address).get(), address.get(), address.length) == 0) result.push_back(port);
  }
  if (result.size() < count) throw std::runtime_error("not enough free ports");
  return result;
}

bool has_ipv6() {
  try {
    return free_port("::1") != 0;
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace lobbyd::integration
