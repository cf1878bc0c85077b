#pragma once

// What the broker delivered, on its way to clients: a message, or several of one topic in a row, which then are written
// to each client as one. Immutable, once it is shared, but for its cache of ready frames. One loop.

#include "protocol/api/params.hpp"
#include "protocol/mqtt/expiry.hpp"
#include "protocol/mqtt/packets.hpp"
#include "protocol/mqtt/types.hpp"
#include "protocol/websocket/deflate.hpp"

#include <boost/container/small_vector.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::hub {

// Complete WebSocket frames, encoded once for all who get them.
using Frame = std::shared_ptr<const std::string>;

class Message {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `now`: from when on its expiry runs.
  Message(const mqtt::Publish& publish, TimePoint now);
  // Takes in the one that came next, if it differs in its payload alone and all of them have at most `max_bytes`.
  bool join(const mqtt::Publish& next, std::size_t max_bytes);

  std::size_t count() const { return 1 + further_.size(); }
  // Each of several as one of its own, made once.
  std::span<const std::shared_ptr<const Message>> parts() const;

  std::string_view topic() const { return std::string_view(bytes_).substr(0, topic_size_); }
  std::string_view payload(std::size_t index = 0) const;
  mqtt::QoS qos() const { return qos_; }
  // The flag as it came: on a lane with retain-as-published, a live message may carry it.
  bool retain() const { return retain_; }
  // Which client's publish this is, where the message says so (see `origin_property`); else empty.
  std::string_view origin() const { return origin_; }
  bool expires() const { return properties_ && properties_->expiry; }
  bool expired(TimePoint now) const { return expires() && properties_->expiry->passed(now); }
  // What it counts against the bounds of queues, in bytes.
  std::size_t weight() const { return sizeof(Message) + bytes_.size() + properties_weight_; }

  // How a receiver sees it; each combination is serialized, framed and compressed at most once, or, where it expires,
  // once for each second that is left. Of several the frames stand one behind the other. `now` says nothing to messages
  // that do not expire.
  struct View {
    mqtt::QoS qos = mqtt::QoS::at_most_once;
    bool retained = false;  // delivered because of a subscription, not live
    api::PayloadForm form = api::PayloadForm::automatic;
    websocket::Deflater* deflater = nullptr;  // for a receiver that takes what this one compresses
    bool operator==(const View&) const = default;
  };
  // Valid until the next call.
  const Frame& frame(View view, TimePoint now) const;
  // Appends the object alone, as it stands in an answer's list. For a single one.
  void append_json(View view, TimePoint now, std::string& out) const;

 private:
  struct Properties {
    std::optional<mqtt::Expiry> expiry;
    std::optional<std::string> content_type;
    std::optional<std::string> response_topic;
    std::optional<std::string> correlation_data;
    std::vector<std::pair<std::string, std::string>> user_properties;
  };
  struct Framed {
    View view;
    Frame frame;
  };
  void take_properties(const mqtt::MessageProperties& from, TimePoint now);
  std::optional<std::uint32_t> seconds_left(TimePoint now) const;
  // The fields of each, one after the other.
  template <class Write>
  void write(View view, TimePoint now, Write write_to) const;
  std::string encode(View view, TimePoint now) const;
  Frame compress(View view, TimePoint now) const;

  std::string bytes_;  // topic, then payloads
  std::size_t topic_size_;
  std::vector<std::size_t> further_;              // where the second payload begins, and those behind it
  std::unique_ptr<const Properties> properties_;  // most messages have none
  std::size_t properties_weight_ = 0;
  std::string origin_;
  mqtt::QoS qos_;
  bool retain_;
  mutable boost::container::small_vector<Framed, 1> framed_;  // most messages are seen in one way
  mutable std::optional<std::uint32_t> framed_expiry_;        // what the frames say
  mutable std::vector<std::shared_ptr<const Message>> parts_;
};
using MessagePtr = std::shared_ptr<const Message>;

// The user property by which a message published through a daemon names its publisher, added only where a
// subscription with `no_local` could match, and never shown to clients.
inline constexpr std::string_view origin_property = "lobbyd-origin";

}  // namespace lobbyd::hub
