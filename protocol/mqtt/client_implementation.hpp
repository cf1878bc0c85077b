#pragma once

// What client.hpp hides: the parts of a client and the glue between them. The parts decide, each about one subject;
// the glue moves what they decide to the output and to the events.
//
// Its functions are spread over client.cpp (the connection), client_receive.cpp (packets from the server) and
// client_commands.cpp (what the application asks for).

#include "protocol/mqtt/client.hpp"
#include "protocol/mqtt/decode_error.hpp"
#include "protocol/mqtt/decoder.hpp"
#include "protocol/mqtt/inbound.hpp"
#include "protocol/mqtt/keep_alive.hpp"
#include "protocol/mqtt/outbound.hpp"
#include "protocol/mqtt/packet_ids.hpp"
#include "protocol/mqtt/packet_writer.hpp"
#include "protocol/mqtt/requests.hpp"
#include "protocol/mqtt/topic_aliases.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::mqtt {

class Client::Implementation {
 public:
  Implementation(ClientOptions options, ClientEvents& events);

  State state() const { return state_; }
  const ServerLimits& limits() const { return limits_; }
  std::string& output() { return writer_.output(); }

  void open(TimePoint now, Version version, bool clean_start);
  void closed();
  void disconnect(ReasonCode reason);
  void set_time(TimePoint now) { now_ = now; }
  std::optional<TimePoint> next_timeout() const;
  void handle_timeout(TimePoint now);

  std::size_t receive(std::string_view bytes, TimePoint now);

  std::expected<void, CommandError> publish(const Publish& message, Tag tag);
  std::expected<void, CommandError> subscribe(std::span<const Subscription> subscriptions,
                                              std::optional<std::uint32_t> subscription_id, Tag tag);
  std::expected<void, CommandError> unsubscribe(std::span<const std::string_view> filters, Tag tag);
  void acknowledge(std::uint16_t packet_id);
  std::size_t send_quota() const;
  std::size_t in_flight() const { return outbound_.unanswered(); }
  std::vector<Tag> abandon_in_flight();

 private:
  bool is_open() const { return state_ == State::connecting || state_ == State::connected; }
  std::optional<TimePoint> answer_deadline() const;
  void send_connect();
  void fail(const Failure& failure);
  // The server broke the standard: it is told so, and the connection ends.
  void fail_protocol(ReasonCode reason, std::string_view rule);
  void fail_decoding(DecodeError error);

  // The size of the packet that `bytes` begin with, once it has been handled; nullopt while it is not there in full.
  std::optional<std::size_t> receive_packet(std::string_view bytes);
  void dispatch(const FixedHeader& header, std::string_view body);
  void dispatch_connecting(const FixedHeader& header, std::string_view body);
  void on_packet(const Connack& connack);
  void on_packet(Publish publish);
  void on_packet(const Puback& puback);
  void on_packet(const Pubrec& pubrec);
  void on_packet(const Pubrel& pubrel);
  void on_packet(const Pubcomp& pubcomp);
  void on_packet(const Suback& suback);
  void on_packet(const Unsuback& unsuback);
  void on_packet(const Pingresp& pingresp);
  void on_packet(const Disconnect& disconnect);
  void on_packet(const Auth& auth);
  template <class ClientPacket>
  void on_packet(const ClientPacket& packet);
  void start_session(const Connack& connack);
  void deliver(const Publish& publish);
  void react(const Outbound::Reaction& reaction, std::uint16_t packet_id);
  // The request that is answered, with its filters; nullopt where there is none, or after a failure.
  std::optional<Requests::Request> take_request(std::uint16_t packet_id, PacketType answer,
                                                std::optional<std::size_t> reasons);

  template <class Packet>
  void write(const Packet& packet) {
    writer_.write(packet);
    keep_alive_.on_sent(now_);
  }
  // PUBACK, PUBREC, PUBREL or PUBCOMP.
  template <class Reply>
  void write_reply(std::uint16_t packet_id, ReasonCode reason = ReasonCode::success) {
    Reply reply;
    reply.packet_id = packet_id;
    reply.reason = reason;
    write(reply);
  }
  void write_disconnect(ReasonCode reason);
  void write_answers();
  void write_due();
  std::expected<void, CommandError> send_first_time(const Publish& message, Tag tag);
  template <class Packet>
  std::expected<void, CommandError> send_request(Packet packet, const Requests::Request& request);
  std::size_t window() const;

  ClientOptions options_;
  ClientEvents& events_;
  State state_ = State::closed;
  Version version_ = Version::v5;
  bool clean_start_ = true;
  bool has_session_ = false;  // a CONNACK has come once: there is a session of ours that the server may resume
  std::size_t unanswered_connects_ = 0;  // since one was accepted
  ServerLimits limits_;
  TimePoint now_;  // the latest time told
  TimePoint connack_deadline_;

  Decoder decoder_;
  PacketWriter writer_;
  KeepAlive keep_alive_;
  PacketIds packet_ids_;
  Outbound outbound_{packet_ids_};
  Requests requests_{packet_ids_};
  Inbound inbound_;
  InboundTopicAliases inbound_aliases_;
};

}  // namespace lobbyd::mqtt
