#include "service/upstream/embedded/socket_probe.hpp"

#include "service/system/file_descriptor.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <sys/socket.h>
#include <sys/un.h>

namespace lobbyd::upstream {

bool accepts_connections(const mqtt::BrokerUrl& endpoint) {
  sockaddr_un address{};
  if (endpoint.carrier != mqtt::Carrier::unix_socket || endpoint.path.size() > mqtt::unix_path_limit) return false;
  address.sun_family = AF_UNIX;
  std::ranges::copy(endpoint.path, address.sun_path);
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return socket && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::expected<void, std::string> check_address_is_free(const mqtt::BrokerUrl& endpoint) {
  boost::asio::io_context context;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(endpoint.host, error);
  if (!error) {
    boost::asio::ip::tcp::acceptor acceptor(context);
    const boost::asio::ip::tcp::endpoint target(address, endpoint.port);
    acceptor.open(target.protocol(), error);
    if (!error) acceptor.set_option(boost::asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(target, error);
    if (!error) acceptor.listen(1, error);
  }
  if (error) {
    return std::unexpected("cannot listen on " + endpoint.host + " port " + std::to_string(endpoint.port) + ": " +
                           error.message());
  }
  return {};
}

}  // namespace lobbyd::upstream
