#include "tests/integration/harness/notify_socket.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>

namespace lobbyd::integration {
namespace {

std::optional<std::string> next_datagram(int socket) {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0) return std::nullopt;
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

}  // namespace

NotifySocket::NotifySocket(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() > sizeof(address.sun_path)) throw std::runtime_error("the name of a socket is too long: " + name);
  name.copy(address.sun_path, name.size());
  if (name.starts_with('@')) address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    throw std::system_error(errno, std::generic_category(), "bind " + name);
  }
}

std::string NotifySocket::wait(std::string_view beginning, Deadline deadline) {
  std::string dropped;
  while (true) {
    pollfd waiting{socket_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, remaining_ms(deadline)) == 0) {
      throw DeadlineExceeded("the service manager was not told " + std::string(beginning) + ", but:" + dropped);
    }
    const auto datagram = next_datagram(socket_.get());
    if (datagram && datagram->starts_with(beginning)) return *datagram;
    if (datagram) dropped += " " + *datagram;
  }
}

std::vector<std::string> NotifySocket::waiting() {
  std::vector<std::string> all;
  while (auto datagram = next_datagram(socket_.get())) all.push_back(std::move(*datagram));
  return all;
}

}  // namespace lobbyd::integration
