#include "protocol/mqtt/packet_writer.hpp"

namespace lobbyd::mqtt {

CommandError command_error_of(EncodeError error) {
  return error == EncodeError::packet_too_large ? CommandError::packet_too_large : CommandError::malformed;
}

void PacketWriter::start(Version version) {
  clear();
  version_ = version;
  set_limits(0, 0);
}

void PacketWriter::set_limits(std::uint32_t maximum_packet_size, std::uint16_t topic_aliases) {
  maximum_packet_size_ = maximum_packet_size;
  aliases_.reset(topic_aliases);
}

std::expected<void, CommandError> PacketWriter::publish(const Publish& message) {
  const std::size_t plain_size = encoded_size(message, version_);
  if (!fits(plain_size)) return std::unexpected(CommandError::packet_too_large);
  auto plan = aliases_.plan(message.topic);
  if (plan.set_up && !fits(plain_size + OutboundTopicAliases::maximum_set_up_cost)) plan = {};

  Publish packet = message;
  if (plan.alias != 0) packet.topic_alias = plan.alias;
  if (plan.alias != 0 && !plan.set_up) packet.topic = {};
  const std::size_t before = output_.size();
  auto written = finish(encode(packet, version_, output_), before);
  if (written) aliases_.commit(message.topic, plan);
  return written;
}

std::expected<void, CommandError> PacketWriter::finish(const EncodeResult& encoded, std::size_t before) {
  if (!encoded) return std::unexpected(command_error_of(encoded.error()));
  if (!fits(output_.size() - before)) {
    output_.resize(before);
    return std::unexpected(CommandError::packet_too_large);
  }
  return {};
}

}  // namespace lobbyd::mqtt
