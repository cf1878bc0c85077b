#include "tests/integration/harness/cutting_relay.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cmath>
#include <fcntl.h>
#include <list>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <random>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <vector>

namespace lobbyd::integration {
namespace {

using std::chrono::milliseconds;

// How long the loop may overlook that it is to end, or that a connection's time has come.
constexpr milliseconds tick{5};
// A connection that carries next to nothing is cut by time.
constexpr milliseconds longest_wait{1000};
constexpr std::size_t buffer_size = 16U << 10U;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in address_of(const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  ::inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr);
  return address;
}

FileDescriptor make_socket() {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) fail("socket");
  return socket;
}

FileDescriptor listen_on_loopback() {
  auto listener = make_socket();
  const auto address = address_of({"127.0.0.1", 0});
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
  if (::listen(listener.get(), 64) != 0) fail("listen");
  return listener;
}

std::uint16_t port_of(const FileDescriptor& socket) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) fail("getsockname");
  return ntohs(address.sin_port);
}

void prepare(const FileDescriptor& socket) {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
}

void reset(FileDescriptor& socket) {
  const linger none{1, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
  socket.reset();
}

// How a connection will end.
struct Fate {
  enum class Way : std::uint8_t { reset, close, swallow_and_reset, swallow_and_close };

  Way way = Way::reset;
  std::size_t direction = 0;  // in which the bytes are counted
  std::size_t bytes = 0;      // that still pass, once it is no longer spared
  milliseconds spared{0};
  milliseconds swallowing{0};

  bool swallows() const { return way == Way::swallow_and_reset || way == Way::swallow_and_close; }
};

class FateSource {
 public:
  explicit FateSource(const CuttingRelayOptions& options) : spared_(options.spared), random_(options.seed) {}

  Fate next() {
    Fate fate;
    fate.way = static_cast<Fate::Way>(below(4));
    fate.direction = below(2);
    fate.swallowing = milliseconds(below(30));
    if (below(8) == 0) {
      fate.bytes = below(150);
    } else {
      fate.spared = spared_;
      // As many of few bytes as of many: within the first packet, and after hundreds.
      fate.bytes = static_cast<std::size_t>(std::exp(std::uniform_real_distribution<>(0, std::log(20'000))(random_)));
    }
    return fate;
  }

 private:
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }

  milliseconds spared_;
  std::mt19937_64 random_;
};

// One connection, passed on. Direction 0 is from its client to the target: what is read from ends_[0].
class Passage {
 public:
  enum class State : std::uint8_t { open, cut, over };

  Passage(FileDescriptor client, FileDescriptor target, Fate fate)
      : ends_{std::move(client), std::move(target)}, fate_(fate), accepted_(Clock::now()) {
    for (const auto& end : ends_) prepare(end);
  }

  std::array<pollfd, 2> waits_for() const {
    std::array<pollfd, 2> result{};
    for (std::size_t i = 0; i < 2; ++i) {
      const bool reads = unsent_[1 - i].empty();
      const bool writes = !unsent_[i].empty();
      result[i] = {ends_[i].get(), static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), 0};
    }
    return result;
  }

  // What a turn of the loop does for it. `State::cut` is told once.
  State serve(const std::array<pollfd, 2>& ready, bool cutting) {
    for (std::size_t direction = 0; direction < 2; ++direction) {
      if ((ready[1 - direction].revents & POLLOUT) != 0) write(direction);
      if ((ready[direction].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && unsent_[1 - direction].empty()) {
        read(direction, cutting);
      }
    }
    if (!cut_at_ && cutting && Clock::now() >= accepted_ + fate_.spared + longest_wait) cut_now();
    if (cut_at_ && (!fate_.swallows() || Clock::now() >= *cut_at_ + fate_.swallowing)) {
      finish();
      return std::exchange(over_, true) ? State::over : State::cut;
    }
    return over_ ? State::over : State::open;
  }

 private:
  void read(std::size_t direction, bool cutting) {
    std::array<char, buffer_size> buffer{};
    const auto count = ::recv(ends_[direction].get(), buffer.data(), buffer.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      over_ = true;
      return;
    }
    auto passing = static_cast<std::size_t>(count);
    if (direction == fate_.direction) {
      if (cut_at_) return;
      if (cutting && Clock::now() >= accepted_ + fate_.spared) {
        if (passing >= fate_.bytes) {
          passing = fate_.bytes;
          cut_now();
        }
        fate_.bytes -= passing;
      }
    }
    unsent_[1 - direction].assign(buffer.data(), passing);
    write(direction);
  }

  void write(std::size_t direction) {
    auto& bytes = unsent_[1 - direction];
    if (bytes.empty()) return;
    const auto count = ::send(ends_[1 - direction].get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count > 0) {
      bytes.erase(0, static_cast<std::size_t>(count));
    } else if (errno != EAGAIN && errno != EINTR) {
      over_ = true;
    }
  }

  void cut_now() { cut_at_ = Clock::now(); }

  void finish() {
    for (auto& end : ends_) {
      if (fate_.way == Fate::Way::close || fate_.way == Fate::Way::swallow_and_close) {
        end.reset();
      } else {
        reset(end);
      }
    }
  }

  std::array<FileDescriptor, 2> ends_;
  std::array<std::string, 2> unsent_;  // to each end
  Fate fate_;
  Deadline accepted_;
  std::optional<Deadline> cut_at_;
  bool over_ = false;
};

}  // namespace

class CuttingRelay::Loop {
 public:
  Loop(CuttingRelay& relay, const CuttingRelayOptions& options)
      : relay_(relay), target_(address_of(options.target)), fates_(options) {}

  void run() {
    while (!relay_.stopping_) turn();
  }

 private:
  void turn() {
    std::vector<pollfd> waiting{{relay_.listener_.get(), POLLIN, 0}};
    for (const auto& passage : passages_) {
      for (const auto& end : passage.waits_for()) waiting.push_back(end);
    }
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(tick.count())) < 0 && errno != EINTR) fail("poll");
    std::size_t next = 1;
    for (auto passage = passages_.begin(); passage != passages_.end();) {
      const auto state = passage->serve({waiting[next], waiting[next + 1]}, relay_.cutting_);
      next += 2;
      if (state == Passage::State::cut) ++relay_.cuts_;
      passage = state == Passage::State::open ? std::next(passage) : passages_.erase(passage);
    }
    if ((waiting[0].revents & POLLIN) != 0) accept();
  }

  void accept() {
    FileDescriptor client(::accept4(relay_.listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    auto target = make_socket();
    if (!client || ::connect(target.get(), reinterpret_cast<const sockaddr*>(&target_), sizeof target_) != 0) return;
    passages_.emplace_back(std::move(client), std::move(target), fates_.next());
  }

  CuttingRelay& relay_;
  sockaddr_in target_;
  FateSource fates_;
  std::list<Passage> passages_;
};

CuttingRelay::CuttingRelay(const CuttingRelayOptions& options)
    : listener_(listen_on_loopback()),
      endpoint_{"127.0.0.1", port_of(listener_)},
      thread_([this, options] { Loop(*this, options).run(); }) {}

CuttingRelay::~CuttingRelay() {
  stopping_ = true;
  thread_.join();
}

}  // namespace lobbyd::integration
