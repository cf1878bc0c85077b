#include "service/gateway/listener.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <limits>
#include <sstream>
#include <sys/resource.h>
#include <sys/socket.h>
#include <utility>

namespace lobbyd::gateway {

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

// Then the other sockets have their turn.
constexpr int max_accepts_of_a_turn = 32;
constexpr std::chrono::milliseconds pause_time{100};
constexpr std::chrono::minutes quiet_time{1};

// The system gives the lowest number that is free: one from this on tells that fewer than `reserve` are left, or than
// a quarter of all.
int descriptor_limit(std::size_t reserve) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > std::numeric_limits<int>::max()) {
    return std::numeric_limits<int>::max();
  }
  return static_cast<int>(limit.rlim_cur - std::min<rlim_t>(reserve, limit.rlim_cur / 4));
}

bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

std::string remedy(int error) {
  switch (error) {
    case EMFILE:
      return "lobbyd may not open more files: raise their number (LimitNOFILE, ulimit -n), or lower limits.max_clients";
    case ENFILE:
      return "the system may not open more files: raise their number (sysctl fs.file-max)";
    default:
      return "the system has no memory for more sockets: give it more, or lower limits.max_clients";
  }
}

}  // namespace

Listener::Listener(boost::asio::io_context& context, std::size_t reserve, Accepted accepted)
    : reserve_(reserve), accepted_(std::move(accepted)), acceptor_(context), pause_(context) {}

std::expected<void, std::string> Listener::start(const std::string& host, std::uint16_t port) {
  error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  const tcp::endpoint endpoint(address, port);
  const auto step = [&](auto action) {
    if (!error) {
      action();
    }
  };
  step([&] { acceptor_.open(endpoint.protocol(), error); });
  step([&] { acceptor_.set_option(tcp::acceptor::reuse_address(true), error); });
  // What a loop turn has is written at once and whole: Nagle's waiting would only delay it. Linux hands this on to the
  // sockets that are accepted.
  step([&] { acceptor_.set_option(tcp::no_delay(true), error); });
  if (address.is_v6()) {
    // Each address family is listened on where it is asked for, and nowhere else.
    step([&] { acceptor_.set_option(boost::asio::ip::v6_only(true), error); });
  }
  step([&] { acceptor_.bind(endpoint, error); });
  step([&] { acceptor_.listen(boost::asio::socket_base::max_listen_connections, error); });
  step([&] { acceptor_.native_non_blocking(true, error); });
  if (error) {
    std::ostringstream text;
    text << "cannot listen on " << endpoint << ": " << error.message();
    return std::unexpected(text.str());
  }
  wait();
  return {};
}

void Listener::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

std::string Listener::address() const {
  error_code ignored;
  std::ostringstream text;
  text << acceptor_.local_endpoint(ignored);
  return text.str();
}

void Listener::wait() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](const error_code& error) {
    if (!error) {
      self->accept();
    }
  });
}

void Listener::accept() {
  const int limit = descriptor_limit(reserve_);
  for (int accepted = 0; accepted < max_accepts_of_a_turn; ++accepted) {
    tcp::endpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    FileDescriptor socket(::accept4(acceptor_.native_handle(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket && is_shortage(errno)) {
      return pause(errno);
    }
    if (!socket && errno == EAGAIN) {
      break;
    }
    if (!socket) {
      // That one has gone meanwhile.
      continue;
    }
    peer.resize(size);
    const bool last = socket.get() >= limit;
    accepted_(std::move(socket), peer.address().to_string());
    if (last) {
      return pause(EMFILE);
    }
  }
  if (acceptor_.is_open()) {
    wait();
  }
}

void Listener::pause(int error) {
  if (const auto now = steady_clock::now(); now >= quiet_until_) {
    quiet_until_ = now + quiet_time;
    spdlog::error("new connections wait: {}", remedy(error));
  }
  pause_.expires_after(pause_time);
  pause_.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (!cancelled && self->acceptor_.is_open()) {
      self->end_pause();
    }
  });
}

void Listener::end_pause() {
  const FileDescriptor next(::fcntl(acceptor_.native_handle(), F_DUPFD_CLOEXEC, 0));
  if (!next || next.get() >= descriptor_limit(reserve_)) {
    return pause(next ? EMFILE : errno);
  }
  accept();
}

}  // namespace lobbyd::gateway
