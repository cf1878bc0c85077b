#include "tests/integration/harness/tcp_socket.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

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

namespace {

bool is_free(const Endpoint& endpoint) {
  auto address = make_address(endpoint);
  return ::bind(open_socket(address).get(), address.get(), address.length) == 0;
}

// Ports that programs have taken for their tests: each holds a lock on the byte of that number in one file for as long
// as it runs.
class TakenPorts {
 public:
  TakenPorts() : file_(::open(path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (!file_) fail("open " + path());
  }

  bool take(std::uint16_t port) const {
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = port;
    lock.l_len = 1;
    return ::fcntl(file_.get(), F_OFD_SETLK, &lock) == 0;
  }

 private:
  static std::string path() {
    return (std::filesystem::temp_directory_path() / ("lobbyd-test-ports-" + std::to_string(::getuid()))).string();
  }

  FileDescriptor file_;
};

}  // namespace

std::uint16_t free_port(const std::string& host) {
  constexpr std::uint16_t first = 10'000;
  constexpr std::uint16_t range = 20'000;
  static const TakenPorts taken;
  // Programs that run at the same time begin at different places; each port is given out once.
  static auto next = static_cast<std::uint16_t>(::getpid() * 97 % range);
  for (int tried = 0; tried < range; ++tried) {
    const auto port = static_cast<std::uint16_t>(first + next);
    next = static_cast<std::uint16_t>((next + 1) % range);
    if (is_free({host, port}) && taken.take(port)) return port;
  }
  throw std::runtime_error("no port is free");
}

std::vector<std::uint16_t> free_ports(std::size_t count) {
  std::vector<std::uint16_t> result(count);
  std::ranges::generate(result, [] { return free_port(); });
  return result;
}

bool has_ipv6() {
  try {
    return is_free({"::1", 0});
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace lobbyd::integration
