#include "tests/unit/mqtt/client_driver.hpp"

#include "protocol/mqtt/decode_error.hpp"
#include "tests/unit/mqtt/packet_text.hpp"

#include <utility>

namespace lobbyd::mqtt::test {
namespace {

std::string reasons_text(std::span<const ReasonCode> reasons) {
  std::string text;
  for (const ReasonCode reason : reasons) text += " " + std::string(name(reason));
  return text;
}

std::string_view kind_text(Failure::Kind kind) {
  switch (kind) {
    case Failure::Kind::refused:
      return "refused";
    case Failure::Kind::server_disconnected:
      return "server_disconnected";
    case Failure::Kind::keep_alive:
      return "keep_alive";
    case Failure::Kind::connack_timeout:
      return "connack_timeout";
    case Failure::Kind::answer_timeout:
      return "answer_timeout";
    case Failure::Kind::protocol:
      return "protocol";
  }
  return "unknown";
}

}  // namespace

ClientOptions test_options() {
  ClientOptions options;
  options.client_id = "me";
  return options;
}

void EventLog::on_connected(const ServerLimits& limits) {
  const ServerLimits usual;
  std::string line = "connected v" + std::string(name(limits.version));
  const auto add = [&line](std::string_view what, auto value, auto usual_value) {
    if (value != usual_value) line += " " + std::string(what) + "=" + std::to_string(value);
  };
  if (limits.session_present) line += limits.session_kept ? " present" : " perhaps_new";
  add("receive_maximum", limits.receive_maximum, usual.receive_maximum);
  add("maximum_qos", static_cast<int>(limits.maximum_qos), static_cast<int>(usual.maximum_qos));
  add("retain", limits.retain, usual.retain);
  add("wildcard", limits.wildcard, usual.wildcard);
  add("shared", limits.shared, usual.shared);
  add("subscription_ids", limits.subscription_ids, limits.version == Version::v5);
  add("maximum_packet_size", limits.maximum_packet_size, usual.maximum_packet_size);
  add("topic_alias_maximum", limits.topic_alias_maximum, usual.topic_alias_maximum);
  add("keep_alive", limits.keep_alive.count(), test_options().keep_alive.count());
  if (!limits.assigned_client_id.empty()) line += " id=" + limits.assigned_client_id;
  lines_.push_back(line);
}

void EventLog::on_publish(const Publish& publish) {
  lines_.push_back(to_text(publish));
  if (acknowledge_by_ != nullptr && publish.packet_id != 0) acknowledge_by_->acknowledge(publish.packet_id);
}

void EventLog::on_published(Tag tag, ReasonCode reason) {
  const std::string reason_text = reason == ReasonCode::success ? "" : " " + std::string(name(reason));
  lines_.push_back("published " + std::to_string(tag) + reason_text);
}

void EventLog::on_subscribed(Tag tag, std::span<const ReasonCode> reasons) {
  lines_.push_back("subscribed " + std::to_string(tag) + reasons_text(reasons));
}

void EventLog::on_unsubscribed(Tag tag, std::span<const ReasonCode> reasons) {
  lines_.push_back("unsubscribed " + std::to_string(tag) + reasons_text(reasons));
}

// Of a rule that was broken, the section is enough.
void EventLog::on_failed(const Failure& failure) {
  std::string line = "failed " + std::string(kind_text(failure.kind)) + " " + std::string(name(failure.reason));
  const bool is_rule = failure.kind == Failure::Kind::protocol;
  const std::string text = is_rule ? failure.text.substr(0, failure.text.find_first_of(":,")) : failure.text;
  if (!text.empty()) line += " text=" + text;
  if (!failure.server_reference.empty()) line += " reference=" + failure.server_reference;
  lines_.push_back(line);
}

std::vector<std::string> EventLog::take() {
  return std::exchange(lines_, {});
}

void ClientDriver::open(Version version, bool clean_start) {
  received_.clear();
  client.open(now, version, clean_start);
}

void ClientDriver::receive(std::string_view bytes) {
  received_ += bytes;
  received_.erase(0, client.receive(received_, now));
}

void ClientDriver::receive_byte_by_byte(std::string_view bytes) {
  for (const char byte : bytes) receive({&byte, 1});
}

void ClientDriver::closed() {
  received_.clear();
  client.closed();
}

void ClientDriver::wait(std::chrono::milliseconds duration) {
  const TimePoint end = now + duration;
  for (auto next = client.next_timeout(); next && *next <= end; next = client.next_timeout()) {
    now = *next;
    client.handle_timeout(now);
  }
  now = end;
}

std::vector<std::string> ClientDriver::sent() {
  std::string output;
  client.take_output(output);
  std::vector<std::string> lines;
  for (std::string_view rest = output; !rest.empty();) {
    const FixedHeader header = *read_fixed_header(rest, UINT32_MAX).value();
    const auto packet = decoder_.decode(header, rest.substr(header.size));
    lines.push_back(packet ? to_text(*packet) : std::string(describe(packet.error())));
    rest.remove_prefix(header.packet_size());
  }
  return lines;
}

}  // namespace lobbyd::mqtt::test
