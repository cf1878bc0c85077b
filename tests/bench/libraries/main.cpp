// One measurement of one library against a broker that runs already:
//
//   bench_NAME publish|receive PORT QOS MESSAGES WINDOW
//
// prints messages per second and microseconds of CPU (user and system, all threads) per message. A receiver says
// `ready` when whoever publishes may begin.

#include "tests/bench/libraries/peer.hpp"

#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/resource.h>

namespace lobbyd::bench {
namespace {

const std::string topic = "bench/topic";
constexpr std::size_t payload_size = 128;
// At QoS 0 no answer of the broker paces the sender. Paho C 1.3 breaks its connection where 1,000 wait.
constexpr std::size_t outstanding_at_qos_0 = 100;

class Meter {
 public:
  void print(std::size_t messages) const {
    const std::chrono::duration<double> elapsed = Clock::now() - began_;
    const double cpu = cpu_seconds() - cpu_before_;
    const auto count = static_cast<double>(messages);
    std::printf("%.0f %.3f\n", count / elapsed.count(), cpu * 1e6 / count);
  }

 private:
  using Clock = std::chrono::steady_clock;

  static double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }

  Clock::time_point began_ = Clock::now();
  double cpu_before_ = cpu_seconds();
};

struct Arguments {
  std::string_view mode;
  std::uint16_t port = 0;
  int qos = 0;
  std::size_t messages = 0;
  std::uint16_t window = 0;
};

Arguments parse(int count, char** values) {
  if (count != 6) throw std::invalid_argument("usage: publish|receive PORT QOS MESSAGES WINDOW");
  return {.mode = values[1],
          .port = static_cast<std::uint16_t>(std::stoul(values[2])),
          .qos = std::stoi(values[3]),
          .messages = std::stoul(values[4]),
          .window = static_cast<std::uint16_t>(std::stoul(values[5]))};
}

void measure_publishing(Peer& peer, const Arguments& arguments) {
  const Load load{.topic = topic,
                  .payload = std::string(payload_size, 'x'),
                  .qos = arguments.qos,
                  .messages = arguments.messages,
                  .outstanding = arguments.qos == 0 ? outstanding_at_qos_0 : arguments.window};
  const Meter meter;
  peer.publish(load);
  // What is written need not have left: an answer to a message behind it shows that the broker has read it all.
  peer.publish({.topic = "bench/end", .payload = "end", .qos = 1, .messages = 1});
  meter.print(arguments.messages);
}

void measure_receiving(Peer& peer, const Arguments& arguments) {
  peer.subscribe(topic, arguments.qos);
  std::cout << "ready" << std::endl;
  peer.receive(1);
  const Meter meter;
  peer.receive(arguments.messages);
  meter.print(arguments.messages - 1);
}

void run(const Arguments& arguments) {
  const auto peer = make_peer();
  peer->connect(arguments.port, arguments.window);
  if (arguments.mode == "publish") {
    measure_publishing(*peer, arguments);
  } else if (arguments.mode == "receive") {
    measure_receiving(*peer, arguments);
  } else {
    throw std::invalid_argument("the mode is publish or receive");
  }
}

}  // namespace
}  // namespace lobbyd::bench

int main(int count, char** values) {
  try {
    lobbyd::bench::run(lobbyd::bench::parse(count, values));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << values[0] << ": " << error.what() << "\n";
    return 1;
  }
}
