// The least that a server can do to pass messages on, as a floor for others: no parsing but of lengths, no framing, one
// thread over epoll(7). Clients speak as tests/bench/load/bare_client.hpp says.
//
//   bench_bare write     each frame is written to each receiver by itself, as soon as it is read
//   bench_bare writev    what one turn of the loop has read is gathered, up to 32 frames a writev(2) for each receiver
//
// Prints its port. It keeps nothing for a receiver whose socket is full, but ends: whoever measures with it bounds what
// is under way.

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace lobbyd::load {
namespace {

[[noreturn]] void fail(const char* call) {
  throw std::system_error(errno, std::generic_category(), call);
}

struct Peer {
  int socket;
  std::string input;  // what is incomplete
};

struct Topic {
  std::vector<int> receivers;
  std::vector<std::string> waiting;  // of this turn, of `writev`
};

class Server {
 public:
  explicit Server(bool gathers) : gathers_(gathers), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
    if (::listen(listener_, 4096) != 0) fail("listen");
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    std::cout << "port " << ntohs(address.sin_port) << std::endl;
    watch(listener_, nullptr);
  }

  void turn() {
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < count; ++i) {
      auto* peer = static_cast<Peer*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (peer == nullptr) {
        accept_all();
      } else {
        read(*peer);
      }
    }
    for (Topic* topic : gathered_) write_gathered(*topic);
    gathered_.clear();
  }

 private:
  void watch(int socket, Peer* peer) const {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = peer}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) fail("epoll_ctl");
  }

  void accept_all() {
    for (;;) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (socket < 0 && errno == EAGAIN) return;
      if (socket < 0) fail("accept4");
      const int on = 1;
      ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      peers_.push_back(std::make_unique<Peer>(socket, std::string()));
      watch(socket, peers_.back().get());
    }
  }

  void read(Peer& peer) {
    static std::array<char, 1U << 16U> buffer;
    const auto count = ::recv(peer.socket, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, peer.socket, nullptr);
      return;
    }
    peer.input.append(buffer.data(), static_cast<std::size_t>(count));
    std::string_view rest = peer.input;
    while (take(peer, rest)) {
    }
    peer.input.erase(0, peer.input.size() - rest.size());
  }

  template <class Number>
  static Number number_at(std::string_view bytes, std::size_t at) {
    Number number{};
    std::memcpy(&number, bytes.data() + at, sizeof number);
    return number;
  }

  // One message from the front of `bytes`; false when it is not whole yet.
  bool take(const Peer& peer, std::string_view& bytes) {
    constexpr std::size_t subscribe_header = 3;
    constexpr std::size_t publish_header = 7;
    if (bytes.empty()) return false;
    const bool publishes = bytes[0] == 'P';
    const std::size_t header = publishes ? publish_header : subscribe_header;
    if (bytes.size() < header) return false;
    const std::size_t topic_size = number_at<std::uint16_t>(bytes, 1);
    const std::size_t frame_size = publishes ? number_at<std::uint32_t>(bytes, subscribe_header) : 0;
    if (bytes.size() < header + topic_size + frame_size) return false;
    Topic& topic = topics_[std::string(bytes.substr(header, topic_size))];
    if (publishes) {
      pass_on(topic, bytes.substr(header + topic_size, frame_size));
    } else {
      topic.receivers.push_back(peer.socket);
      write_all(peer.socket, std::string_view("\x81\0", 2));
    }
    bytes.remove_prefix(header + topic_size + frame_size);
    return true;
  }

  void pass_on(Topic& topic, std::string_view frame) {
    if (gathers_) {
      if (topic.waiting.empty()) gathered_.push_back(&topic);
      topic.waiting.emplace_back(frame);
      return;
    }
    for (const int receiver : topic.receivers) write_all(receiver, frame);
  }

  static void write_all(int socket, std::string_view bytes) {
    if (::write(socket, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) fail("write");
  }

  static void write_gathered(Topic& topic) {
    constexpr std::size_t at_once = 32;
    std::array<iovec, at_once> pieces{};
    for (std::size_t begin = 0; begin < topic.waiting.size(); begin += at_once) {
      std::size_t count = 0;
      std::size_t size = 0;
      for (; count < at_once && begin + count < topic.waiting.size(); ++count) {
        std::string& frame = topic.waiting[begin + count];
        pieces[count] = {.iov_base = frame.data(), .iov_len = frame.size()};
        size += frame.size();
      }
      for (const int receiver : topic.receivers) {
        if (::writev(receiver, pieces.data(), static_cast<int>(count)) != static_cast<ssize_t>(size)) fail("writev");
      }
    }
    topic.waiting.clear();
  }

  bool gathers_;
  int epoll_ = ::epoll_create1(0);
  int listener_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::unordered_map<std::string, Topic> topics_;
  std::vector<Topic*> gathered_;
};

}  // namespace
}  // namespace lobbyd::load

int main(int count, char** values) {
  try {
    const std::string_view mode = count == 2 ? values[1] : "";
    if (mode != "write" && mode != "writev") throw std::invalid_argument("usage: bench_bare write|writev");
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    lobbyd::load::Server server(mode == "writev");
    for (;;) server.turn();
  } catch (const std::exception& error) {
    std::cerr << "bench_bare: " << error.what() << "\n";
    return 1;
  }
}
