#include "tests/unit/mqtt/packet_text.hpp"

#include "protocol/mqtt/encoder.hpp"
#include "tests/unit/mqtt/packet_notation.hpp"
#include "tests/unit/mqtt/text_words.hpp"

#include <stdexcept>
#include <vector>

namespace lobbyd::mqtt::test {
namespace {

constexpr std::size_t long_payload = 40;

std::string with_reason(ReasonCode reason) {
  return reason == ReasonCode::success ? std::string() : " " + std::string(name(reason));
}

std::string payload_text(std::string_view payload) {
  if (payload.size() <= long_payload) return std::string(payload);
  return std::to_string(payload.size()) + "*" + payload.front();
}

std::string payload_from(const std::string& text) {
  const std::size_t star = text.find('*');
  if (star == std::string::npos) return text;
  return std::string(number_from<std::size_t>(text.substr(0, star)), text.at(star + 1));
}

struct ToText {
  std::string operator()(const Connect& packet) const {
    std::string text = "CONNECT v" + std::string(name(packet.version));
    if (packet.clean_start) text += " clean";
    if (packet.client_id != "me") text += " id=" + std::string(packet.client_id);
    if (packet.username) text += " user=" + std::string(*packet.username);
    if (packet.password) text += " password=" + std::string(*packet.password);
    return text;
  }
  std::string operator()(const Publish& packet) const {
    std::string text = "PUBLISH q" + std::to_string(static_cast<int>(packet.qos));
    if (packet.packet_id != 0) text += " #" + std::to_string(packet.packet_id);
    if (packet.duplicate) text += " dup";
    if (packet.retain) text += " retain";
    if (packet.topic_alias) text += " alias=" + std::to_string(*packet.topic_alias);
    if (packet.properties.message_expiry) text += " expiry=" + std::to_string(*packet.properties.message_expiry);
    if (packet.properties.content_type) text += " type=" + std::string(*packet.properties.content_type);
    for (const std::uint32_t id : packet.subscription_ids) text += " subscription=" + std::to_string(id);
    text += packet.topic.empty() ? " -" : " " + std::string(packet.topic);
    if (!packet.payload.empty()) text += " " + payload_text(packet.payload);
    return text;
  }
  template <PacketType Type>
  std::string operator()(const PublishReply<Type>& packet) const {
    return upper(name(Type)) + " #" + std::to_string(packet.packet_id) + with_reason(packet.reason);
  }
  std::string operator()(const Subscribe& packet) const {
    std::string text = "SUBSCRIBE #" + std::to_string(packet.packet_id);
    if (packet.subscription_id) text += " id=" + std::to_string(*packet.subscription_id);
    for (const Subscription& subscription : packet.subscriptions) {
      text += " " + std::string(subscription.filter) + ":" + std::to_string(static_cast<int>(subscription.qos));
    }
    return text;
  }
  std::string operator()(const Unsubscribe& packet) const {
    std::string text = "UNSUBSCRIBE #" + std::to_string(packet.packet_id);
    for (const std::string_view filter : packet.filters) text += " " + std::string(filter);
    return text;
  }
  std::string operator()(const Pingreq&) const { return "PINGREQ"; }
  std::string operator()(const Disconnect& packet) const { return "DISCONNECT" + with_reason(packet.reason); }
  template <class ServerPacket>
  std::string operator()(const ServerPacket&) const {
    return "a packet that no client may send";
  }

 private:
  static std::string upper(std::string_view text) {
    std::string result(text);
    for (char& letter : result) letter = static_cast<char>(letter & ~0x20);
    return result;
  }
};

// What the views of the packets below point into.
struct Texts {
  std::optional<std::string> first;
  std::optional<std::string> second;
  std::optional<std::string> third;
};

std::optional<std::string_view> view(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

ReasonCode take_reason(Words& words) {
  return words.empty() ? ReasonCode::success : reason_from(words.take_first());
}

std::optional<bool> take_boolean(Words& words, std::string_view name) {
  const auto number = words.take_number<int>(name);
  return number ? std::optional(*number != 0) : std::nullopt;
}

std::string finish(const Packet& packet, const Words& words, Version version) {
  words.expect_end();
  std::string bytes;
  if (const auto encoded = encode(packet, version, bytes); !encoded) {
    throw std::invalid_argument(std::string(describe(encoded.error())));
  }
  return bytes;
}

std::string connack(Words words, Version version) {
  Connack packet;
  packet.session_present = words.take_flag("present");
  packet.receive_maximum = words.take_number<std::uint16_t>("receive_maximum");
  if (const auto qos = words.take_number<int>("maximum_qos")) packet.maximum_qos = static_cast<QoS>(*qos);
  packet.retain_available = take_boolean(words, "retain");
  packet.wildcard_available = take_boolean(words, "wildcard");
  packet.shared_available = take_boolean(words, "shared");
  packet.subscription_identifiers_available = take_boolean(words, "subscription_ids");
  packet.maximum_packet_size = words.take_number<std::uint32_t>("maximum_packet_size");
  packet.topic_alias_maximum = words.take_number<std::uint16_t>("topic_alias_maximum");
  packet.server_keep_alive = words.take_number<std::uint16_t>("keep_alive");
  const Texts texts{words.take_value("id"), words.take_value("text"), words.take_value("reference")};
  packet.assigned_client_id = view(texts.first);
  packet.reason_string = view(texts.second);
  packet.server_reference = view(texts.third);
  packet.reason = take_reason(words);
  return finish(packet, words, version);
}

std::string publish(Words words, Version version) {
  Publish packet;
  packet.qos = static_cast<QoS>(number_from<int>(words.take_first().substr(1)));
  packet.packet_id = words.take_packet_id();
  packet.duplicate = words.take_flag("dup");
  packet.retain = words.take_flag("retain");
  packet.topic_alias = words.take_number<std::uint16_t>("alias");
  std::vector<std::uint32_t> ids;
  while (const auto id = words.take_number<std::uint32_t>("subscription")) ids.push_back(*id);
  packet.subscription_ids = ids;
  const std::string topic = words.take_first();
  const std::string payload = words.empty() ? "" : payload_from(words.take_first());
  if (topic != "-") packet.topic = topic;
  packet.payload = payload;
  return finish(packet, words, version);
}

template <class Reply>
std::string publish_reply(Words words, Version version) {
  Reply packet;
  packet.packet_id = words.take_packet_id();
  packet.reason = take_reason(words);
  return finish(packet, words, version);
}

template <class Reply>
std::string subscription_reply(Words words, Version version) {
  Reply packet;
  packet.packet_id = words.take_packet_id();
  std::vector<ReasonCode> reasons;
  while (!words.empty()) reasons.push_back(take_reason(words));
  packet.reasons = reasons;
  return finish(packet, words, version);
}

std::string disconnect(Words words, Version version) {
  Disconnect packet;
  const Texts texts{words.take_value("text"), words.take_value("reference"), {}};
  packet.reason_string = view(texts.first);
  packet.server_reference = view(texts.second);
  packet.reason = take_reason(words);
  return finish(packet, words, version);
}

}  // namespace

std::string to_text(const Packet& packet) {
  return std::visit(ToText{}, packet);
}
std::string to_text(const Publish& packet) {
  return ToText{}(packet);
}

std::string server_bytes(std::string_view text, Version version) {
  Words words(text);
  const std::string type = words.take_first();
  if (type == "bytes") return packet_bytes(text.substr(type.size() + 1));
  if (type == "CONNACK") return connack(words, version);
  if (type == "PUBLISH") return publish(words, version);
  if (type == "PUBACK") return publish_reply<Puback>(words, version);
  if (type == "PUBREC") return publish_reply<Pubrec>(words, version);
  if (type == "PUBREL") return publish_reply<Pubrel>(words, version);
  if (type == "PUBCOMP") return publish_reply<Pubcomp>(words, version);
  if (type == "SUBACK") return subscription_reply<Suback>(words, version);
  if (type == "UNSUBACK") return subscription_reply<Unsuback>(words, version);
  if (type == "PINGRESP") return finish(Pingresp{}, words, version);
  if (type == "DISCONNECT") return disconnect(words, version);
  throw std::invalid_argument("no packet of a server: " + type);
}

ReasonCode reason_from(std::string_view text) {
  for (int value = 0; value <= 0xFF; ++value) {
    const auto code = static_cast<ReasonCode>(value);
    if (name(code) == text && text != "unknown") return code;
  }
  throw std::invalid_argument("no reason code: " + std::string(text));
}

}  // namespace lobbyd::mqtt::test
