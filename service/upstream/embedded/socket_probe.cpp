#include "service/upstream/embedded/socket_probe.hpp"

#include "service/upstream/embedded/file_descriptor.hpp"

#include <algorithm>
#include <sys/socket.h>
#include <sys/un.h>

namespace lobbyd::upstream {

bool accepts_connections(const Endpoint& endpoint) {
  sockaddr_un address{};
  if (endpoint.scheme != Scheme::unix_socket || endpoint.path.size() > unix_path_limit) return false;
  address.sun_family = AF_UNIX;
  std::ranges::copy(endpoint.path, address.sun_path);
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return socket && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace lobbyd::upstream
