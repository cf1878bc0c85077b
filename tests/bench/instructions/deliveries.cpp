// The way down: a read from the broker, decoded, matched, spread over the clients, and taken out of their outboxes.

#include "tests/bench/instructions/measured.hpp"
#include "tests/bench/scene/live_scene.hpp"
#include "tests/bench/scene/payloads.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace lobbyd::bench {

namespace {

using mqtt::QoS;

// Reads are prepared first. One that is not counted comes before those that are: buffers have their sizes by then.
void measure(const std::string& name, LiveScene& scene, const std::vector<std::string>& reads, std::size_t deliveries) {
  scene.read(reads.front());
  const std::size_t before = scene.bytes();
  measured(name, deliveries * (reads.size() - 1), [&] {
    for (std::size_t index = 1; index < reads.size(); ++index) {
      scene.read(reads[index]);
    }
  });
  if (scene.bytes() == before) {
    throw std::logic_error(name + ": nothing was delivered");
  }
}

// `reads` of `messages` to the same topic.
std::vector<std::string> reads_of(LiveScene& scene, std::size_t reads, std::size_t messages, const std::string& topic,
                                  const std::string& payload) {
  std::vector<std::string> bytes(reads + 1);
  for (std::string& read : bytes) {
    for (std::size_t message = 0; message < messages; ++message) {
      read += scene.packet(topic, payload, QoS::at_most_once);
    }
  }
  return bytes;
}

void message_to_1000() {
  LiveScene scene;
  for (std::size_t number = 0; number < 1000; ++number) {
    scene.subscribe(scene.player(number), "game/news", QoS::at_most_once);
  }
  measure("message_to_1000", scene, reads_of(scene, 20, 1, "game/news", json_payload(128)), 1000);
}

void message_to_1000_sessions() {
  LiveScene scene;
  for (std::size_t number = 0; number < 1000; ++number) {
    scene.player(number).remember();
    scene.subscribe(scene.player(number), "game/news", QoS::at_most_once);
  }
  measure("message_to_1000_sessions", scene, reads_of(scene, 20, 1, "game/news", json_payload(128)), 1000);
}

void burst_to_8() {
  LiveScene scene;
  for (std::size_t number = 0; number < 8; ++number) {
    scene.subscribe(scene.player(number), "game/room/1/state", QoS::at_most_once);
  }
  measure("burst_of_32_to_8", scene, reads_of(scene, 40, 32, "game/room/1/state", json_payload(128)), 256);
}

// At QoS 1, one message for each of 100 rooms in a read.
void rooms_of_8() {
  LiveScene scene;
  const auto topic_of = [](std::size_t room) { return "game/room/" + std::to_string(room) + "/state"; };
  for (std::size_t number = 0; number < 800; ++number) {
    scene.subscribe(scene.player(number), topic_of(number / 8), QoS::at_least_once);
  }
  std::vector<std::string> reads(11);
  for (std::string& read : reads) {
    for (std::size_t room = 0; room < 100; ++room) {
      read += scene.packet(topic_of(room), json_payload(128), QoS::at_least_once);
    }
  }
  measure("rooms_of_8_at_qos_1", scene, reads, 800);
}

// Clients that hold three filters each, all of which match.
void overlapping() {
  LiveScene scene;
  for (std::size_t number = 0; number < 100; ++number) {
    for (const char* const filter : {"game/#", "game/chat/+", "game/chat/all"}) {
      scene.subscribe(scene.player(number), filter, QoS::at_most_once);
    }
  }
  measure("overlapping_to_100", scene, reads_of(scene, 20, 1, "game/chat/all", ascii_payload(128)), 100);
}

// Topics of which each has one client, among 1,000 of them; each read brings 50.
void one_to_one(const std::string& name, const std::string& payload) {
  LiveScene scene;
  const auto topic_of = [](std::size_t number) { return "game/player/" + std::to_string(number) + "/inbox"; };
  for (std::size_t number = 0; number < 1000; ++number) {
    scene.subscribe(scene.player(number), topic_of(number), QoS::at_most_once);
  }
  std::vector<std::string> reads(21);
  for (std::size_t index = 0; index < reads.size(); ++index) {
    for (std::size_t number = 0; number < 50; ++number) {
      reads[index] += scene.packet(topic_of(index % 20 * 50 + number), payload, QoS::at_most_once);
    }
  }
  measure(name, scene, reads, 50);
}

}  // namespace

void measure_deliveries() {
  message_to_1000();
  message_to_1000_sessions();
  burst_to_8();
  rooms_of_8();
  overlapping();
  one_to_one("one_to_one", ascii_payload(128));
  one_to_one("one_to_one_json_1_kib", json_payload(1024));
  one_to_one("one_to_one_utf8_1_kib", utf8_payload(1024));
  one_to_one("one_to_one_binary_1_kib", binary_payload(1024));
}

}  // namespace lobbyd::bench
