#include "service/hub/message.hpp"

#include "protocol/api/message_writer.hpp"
#include "protocol/websocket/frame.hpp"

#include <algorithm>

namespace lobbyd::hub {

namespace {

std::optional<std::string> owned(const std::optional<std::string_view>& text) {
  return text ? std::optional(std::string(*text)) : std::nullopt;
}

std::optional<std::string_view> view(const std::optional<std::string>& text) {
  return text ? std::optional(std::string_view(*text)) : std::nullopt;
}

std::size_t size_of(const std::optional<std::string>& text) {
  return text ? text->size() : 0;
}

bool has_properties(const mqtt::MessageProperties& properties) {
  return properties.message_expiry || properties.content_type || properties.response_topic ||
         properties.correlation_data || !properties.user_properties.empty();
}

}  // namespace

Message::Message(const mqtt::Publish& publish, TimePoint now)
    : topic_size_(publish.topic.size()), qos_(publish.qos), retain_(publish.retain) {
  bytes_.reserve(publish.topic.size() + publish.payload.size());
  bytes_.append(publish.topic).append(publish.payload);
  if (has_properties(publish.properties)) {
    take_properties(publish.properties, now);
  }
}

bool Message::join(const mqtt::Publish& next, std::size_t max_bytes) {
  const bool alike = next.topic == topic() && next.qos == qos_ && next.retain == retain_;
  if (!alike || properties_ || has_properties(next.properties) || bytes_.size() + next.payload.size() > max_bytes) {
    return false;
  }
  further_.push_back(bytes_.size());
  bytes_.append(next.payload);
  return true;
}

std::string_view Message::payload(std::size_t index) const {
  const std::size_t begin = index == 0 ? topic_size_ : further_[index - 1];
  const std::size_t end = index == further_.size() ? bytes_.size() : further_[index];
  return std::string_view(bytes_).substr(begin, end - begin);
}

std::span<const MessagePtr> Message::parts() const {
  if (parts_.empty()) {
    mqtt::Publish part;
    part.topic = topic();
    part.qos = qos_;
    part.retain = retain_;
    for (std::size_t index = 0; index < count(); ++index) {
      part.payload = payload(index);
      parts_.push_back(std::make_shared<const Message>(part, TimePoint{}));
    }
  }
  return parts_;
}

void Message::take_properties(const mqtt::MessageProperties& from, TimePoint now) {
  auto properties = std::make_unique<Properties>();
  if (from.message_expiry) {
    properties->expiry.emplace(std::chrono::seconds(*from.message_expiry), now);
  }
  properties->content_type = owned(from.content_type);
  properties->response_topic = owned(from.response_topic);
  properties->correlation_data = owned(from.correlation_data);
  properties_weight_ = sizeof(Properties) + size_of(properties->content_type) + size_of(properties->response_topic) +
                       size_of(properties->correlation_data);
  for (const mqtt::UserProperty& property : from.user_properties) {
    if (property.key == origin_property) {
      origin_ = property.value;
      continue;
    }
    properties_weight_ += property.key.size() + property.value.size() + sizeof(std::pair<std::string, std::string>);
    properties->user_properties.emplace_back(property.key, property.value);
  }
  properties_ = std::move(properties);
}

std::optional<std::uint32_t> Message::seconds_left(TimePoint now) const {
  return expires() ? std::optional(properties_->expiry->seconds_left(now)) : std::nullopt;
}

template <class Write>
void Message::write(View how, TimePoint now, Write write_to) const {
  api::MessageView message{.topic = topic(),
                           .payload = {},
                           .qos = static_cast<std::uint8_t>(how.qos),
                           .retain = how.retained,
                           .expiry = {},
                           .content_type = {},
                           .response_topic = {},
                           .correlation_data = {},
                           .user_properties = {}};
  std::vector<std::pair<std::string_view, std::string_view>> user_properties;
  if (properties_) {
    message.expiry = seconds_left(now);
    message.content_type = view(properties_->content_type);
    message.response_topic = view(properties_->response_topic);
    message.correlation_data = view(properties_->correlation_data);
    user_properties.assign(properties_->user_properties.begin(), properties_->user_properties.end());
    message.user_properties = user_properties;
  }
  for (std::size_t index = 0; index < count(); ++index) {
    message.payload = payload(index);
    write_to(message);
  }
}

std::string Message::encode(View how, TimePoint now) const {
  // Besides the payload; enough for most messages to be written without the string growing on the way.
  const std::size_t around = 128 + topic_size_;
  std::string frames;
  frames.reserve(bytes_.size() + count() * around);
  write(how, now, [&](const api::MessageView& message) {
    websocket::append_frame(frames, websocket::Opcode::text,
                            [&](std::string& out) { api::append_message_notification(out, message, how.form); });
  });
  return frames;
}

// Out of the plain frames, which are made all the same: their size is what counts for the receiver.
Frame Message::compress(View how, TimePoint now) const {
  websocket::Deflater& deflater = *std::exchange(how.deflater, nullptr);
  Frame plain = frame(how, now);
  auto compressed = deflater.compress(*plain);
  return compressed ? std::make_shared<const std::string>(std::move(*compressed)) : plain;
}

const Frame& Message::frame(View how, TimePoint now) const {
  if (const auto left = seconds_left(now); left != framed_expiry_) {
    framed_.clear();
    framed_expiry_ = left;
  }
  if (const auto framed = std::ranges::find(framed_, how, &Framed::view); framed != framed_.end()) {
    return framed->frame;
  }
  Frame frame = how.deflater != nullptr ? compress(how, now) : std::make_shared<const std::string>(encode(how, now));
  framed_.push_back({how, std::move(frame)});
  return framed_.back().frame;
}

void Message::append_json(View how, TimePoint now, std::string& out) const {
  write(how, now, [&](const api::MessageView& message) { api::append_message_object(out, message, how.form); });
}

}  // namespace lobbyd::hub
