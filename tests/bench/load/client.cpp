#include "tests/bench/load/client.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>

namespace lobbyd::load {
namespace {

// An address has some 28,000 ports for connections to one server, and each waits a minute after its end.
constexpr std::uint32_t source_addresses = 8;

sockaddr_in loopback_address(std::uint32_t host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + host);
  return address;
}

void set_option(int socket, int level, int option) {
  const int on = 1;
  if (::setsockopt(socket, level, option, &on, sizeof on) != 0) {
    throw std::system_error(errno, std::generic_category(), "setsockopt");
  }
}

}  // namespace

void Client::open(const Endpoint& server) {
  server_ = server;
  socket_ = integration::FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_) throw std::system_error(errno, std::generic_category(), "socket");
  set_option(socket_.get(), IPPROTO_TCP, TCP_NODELAY);
  set_option(socket_.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  const auto source = loopback_address(number_ % source_addresses, 0);
  const auto target = loopback_address(0, server.port);
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) fail("has no address");
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0 &&
      errno != EINPROGRESS) {
    fail("cannot connect");
  }
  connected_ = false;
  waits_for_room_ = true;
  input_.clear();
  output_.clear();
  loop_.add(socket_.get(), *this, EPOLLIN | EPOLLOUT);
}

void Client::reopen() {
  close();
  open(Endpoint(server_));
}

void Client::close() {
  if (!socket_) return;
  loop_.remove(socket_.get(), *this);
  flush_pending_ = false;
  socket_.reset();
}

void Client::fail(std::string_view what) const {
  throw std::runtime_error("client " + std::to_string(number_) + " of " + server_.authority() + " " +
                           std::string(what));
}

std::string& Client::output() {
  if (!flush_pending_) {
    flush_pending_ = true;
    loop_.flush_later(*this);
  }
  return output_;
}

void Client::on_events(std::uint32_t events) {
  if (!connected_) {
    finish_connect();
    return;
  }
  if ((events & EPOLLOUT) != 0) flush();
  if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) read();
}

void Client::finish_connect() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) fail(std::string("was refused: ") + std::strerror(error));
  connected_ = true;
  wait_for_room(false);
  on_connected();
}

void Client::read() {
  static std::array<char, 1U << 18U> buffer;  // of the one thread that there is
  const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) fail(count == 0 ? "was disconnected" : std::string("lost its connection: ") + std::strerror(errno));
  read_at_ = Clock::now();
  ++reads_;
  consume({buffer.data(), static_cast<std::size_t>(count)});
}

void Client::consume(std::span<char> bytes) {
  if (input_.empty()) {
    const std::size_t used = on_bytes(bytes);
    input_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(used), bytes.end());
    return;
  }
  input_.append(bytes.data(), bytes.size());
  std::string input;
  input.swap(input_);
  const std::size_t used = on_bytes(input);
  input_.assign(input, used);
}

void Client::flush() {
  flush_pending_ = false;
  if (!connected_ || output_.empty()) return;
  const auto count = ::send(socket_.get(), output_.data(), output_.size(), MSG_NOSIGNAL);
  if (count < 0 && errno != EAGAIN) fail(std::string("lost its connection: ") + std::strerror(errno));
  if (count > 0) output_.erase(0, static_cast<std::size_t>(count));
  wait_for_room(!output_.empty());
}

void Client::wait_for_room(bool wanted) {
  if (wanted == waits_for_room_) return;
  waits_for_room_ = wanted;
  loop_.change(socket_.get(), *this, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

}  // namespace lobbyd::load
