// The way up, in three stretches: from a client's frame to the queue of a connection to the broker, from there to bytes
// of MQTT, and from the broker's answer to a frame. In the first the hub is the daemon's own, not connected to
// anything.

#include "protocol/api/envelope.hpp"
#include "protocol/api/results.hpp"
#include "protocol/mqtt/client.hpp"
#include "protocol/websocket/decoder.hpp"
#include "service/gateway/outbox.hpp"
#include "service/gateway/reply.hpp"
#include "service/hub/hub.hpp"
#include "service/upstream/packet_view.hpp"
#include "service/upstream/publish_queue.hpp"
#include "tests/bench/instructions/measured.hpp"
#include "tests/bench/scene/client_frame.hpp"
#include "tests/bench/scene/packets.hpp"
#include "tests/bench/scene/payloads.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/uio.h>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace lobbyd::bench {

namespace {

constexpr std::size_t publishers = 50;
constexpr std::size_t rounds = 20;

class NoReceiver final : public hub::Receiver {
 public:
  void deliver(const hub::Delivery&) override {}
  void on_broker_status(const upstream::BrokerStatus&) override {}
  void notify(const hub::Notice& /*notice*/) override {}
  void on_displaced(bool) override {}
  void on_wills_published() override {}
};

// What a session does with one request, which must be a publish.
void take(api::JsonReader& reader, websocket::Decoder& decoder, std::span<char> input, hub::Hub& hub,
          hub::Client& client) {
  api::Incoming incoming = api::parse_frame(reader, decoder.next(input).value().value().payload);
  const api::Request& request = incoming.calls.front().value();
  gateway::Reply reply(request.id, [](const std::string&) {}, {}, {});
  auto params = api::parse_params(request.method, *request.params);
  hub.publish(client, std::get<api::PublishParams>(std::move(params).value()),
              [reply = std::move(reply)](auto result) mutable {
                result ? reply.result(api::to_json(*result)) : reply.error(result.error());
              });
}

void request_to_queue(const std::string& name, const std::string& payload) {
  boost::asio::io_context context{1};
  upstream::BrokerOptions options;
  options.endpoint = {.carrier = mqtt::Carrier::tcp, .host = "127.0.0.1", .port = 1883, .path = {}};
  options.pool_size = 1;
  hub::Hub hub(context.get_executor(), {.instance = "bench"}, std::move(options));
  NoReceiver receiver;
  std::vector<hub::Client*> clients;
  api::JsonReader reader;
  std::vector<websocket::Decoder> decoders(publishers, websocket::Decoder({}));
  for (std::size_t number = 0; number < publishers; ++number) {
    clients.push_back(&hub.attach("player-" + std::to_string(number), "user", receiver, {}));
  }
  const std::string frame = client_frame(
      R"({"jsonrpc":"2.0","id":1234,"method":"publish","params":{"topic":"game/room/1/state","qos":1,"payload":)" +
      payload + "}}");
  // The decoder takes the mask off in place.
  std::vector<std::string> frames((rounds + 1) * publishers, frame);
  const auto run = [&](std::size_t from, std::size_t to) {
    for (std::size_t index = from; index < to; ++index) {
      take(reader, decoders[index % publishers], frames[index], hub, *clients[index % publishers]);
    }
  };
  run(0, publishers);
  measured(name, rounds * publishers, [&] { run(publishers, frames.size()); });
  for (hub::Client* const client : clients) {
    hub.detach(*client, hub::Departure::disconnected);
  }
}

// A connection of the pool without its transport.
class Sender final : private mqtt::ClientEvents {
 public:
  Sender() : client_({}, static_cast<mqtt::ClientEvents&>(*this)) {
    client_.open({}, mqtt::Version::v5, true);
    client_.receive(encoded(mqtt::Connack{}), {});
    client_.take_output(output_);
  }

  void push(upstream::PublisherId publisher, upstream::Message message) {
    upstream::PublishHandler handler = [this](auto) { ++answered_; };
    if (!queue_.push(publisher, message, handler)) {
      throw std::logic_error("the queue is full");
    }
  }
  void send() {
    while (auto queued = queue_.pop(client_.send_quota() > 0)) {
      const mqtt::Tag tag = ++last_tag_;
      if (!client_.publish(packet_.of(queued->message, {}), tag)) {
        throw std::logic_error("the client does not send");
      }
      in_flight_.emplace(tag, std::pair(std::move(queued->handler), queued->weight));
    }
    output_.clear();
    client_.take_output(output_);
  }
  void receive(std::string_view bytes) { client_.receive(bytes, {}); }
  std::size_t answered() const { return answered_; }

 private:
  void on_connected(const mqtt::ServerLimits&) override {}
  void on_publish(const mqtt::Publish&) override {}
  void on_published(mqtt::Tag tag, mqtt::ReasonCode reason) override {
    const auto found = in_flight_.find(tag);
    queue_.settled(found->second.second);
    found->second.first(reason);
    in_flight_.erase(found);
  }
  void on_subscribed(mqtt::Tag, std::span<const mqtt::ReasonCode>) override {}
  void on_unsubscribed(mqtt::Tag, std::span<const mqtt::ReasonCode>) override {}
  void on_failed(const mqtt::Failure& failure) override { throw std::logic_error(failure.text); }

  upstream::PublishQueue queue_{{}};
  upstream::PacketView packet_;
  mqtt::Client client_;
  std::string output_;
  mqtt::Tag last_tag_ = 0;
  std::unordered_map<mqtt::Tag, std::pair<upstream::PublishHandler, std::size_t>> in_flight_;
  std::size_t answered_ = 0;
};

// What many clients publish within a turn, and the broker's answers to it.
void queue_to_broker() {
  Sender sender;
  const upstream::Message message{
      .topic = "game/room/1/state", .payload = ascii_payload(128), .qos = mqtt::QoS::at_least_once};
  std::vector<std::string> answers(rounds + 1);
  for (std::size_t number = 0; number < answers.size() * publishers; ++number) {
    mqtt::Puback puback;
    puback.packet_id = static_cast<std::uint16_t>(number + 1);
    answers[number / publishers] += encoded(puback);
  }
  const auto run = [&](std::size_t round) {
    for (std::size_t number = 1; number <= publishers; ++number) {
      sender.push(upstream::PublisherId{number}, message);
    }
    sender.send();
    sender.receive(answers[round]);
  };
  run(0);
  measured("publish_queue_to_answer", rounds * publishers, [&] {
    for (std::size_t round = 1; round <= rounds; ++round) {
      run(round);
    }
  });
  if (sender.answered() != (rounds + 1) * publishers) {
    throw std::logic_error("messages were not answered");
  }
}

void answer_to_frame() {
  const gateway::Outbox::Limits limits;
  gateway::Outbox outbox(limits);
  std::array<iovec, 64> pieces{};
  const auto send = [&](const std::string& answer) {
    outbox.push(std::make_shared<const std::string>(websocket::encode_frame(websocket::Opcode::text, answer)),
                gateway::Outbox::Class::notice);
  };
  measured("publish_answer_to_frame", rounds * publishers, [&] {
    for (std::size_t index = 0; index < rounds * publishers; ++index) {
      gateway::Reply(api::Id(std::int64_t{1234}), send, {}, {}).result(api::to_json(api::PublishResult{}));
      outbox.written(outbox.gather(pieces).front().iov_len);
    }
  });
}

}  // namespace

void measure_publishes() {
  request_to_queue("publish_request_to_queue", '"' + ascii_payload(128) + '"');
  request_to_queue("publish_request_json_1_kib", json_payload(1024));
  queue_to_broker();
  answer_to_frame();
}

}  // namespace lobbyd::bench
