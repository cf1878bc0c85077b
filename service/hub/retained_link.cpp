#include "service/hub/retained_link.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace lobbyd::hub {

RetainedLink::RetainedLink(upstream::Broker& broker, const Names& names, const Options& options,
                           std::move_only_function<void()> on_timeout_changed)
    : broker_(broker),
      names_(names),
      mark_topic_(options.prefix + "sync/" + options.instance + "/mark"),
      echo_topic_(options.prefix + "sync/" + options.instance + "/echo"),
      on_timeout_changed_(std::move(on_timeout_changed)),
      reader_(*this, mark_topic_,
              {.messages = options.fetch_messages,
               .bytes = options.fetch_bytes,
               .publish_rate = broker.traits().publish_rate},
              names.closed()) {}

void RetainedLink::read_closed(std::vector<std::string> filters, TimePoint now, RetainedReader::Done done) {
  reader_.request(this, std::move(filters), now, std::move(done));
}

void RetainedLink::start() {
  for (const upstream::LaneId lane : {upstream::LaneId::own, upstream::LaneId::subscriptions}) {
    broker_.hold_everywhere(lane, echo_topic_, mqtt::QoS::at_least_once, [this](mqtt::ReasonCode reason) {
      if (mqtt::is_failure(reason)) {
        spdlog::error(
            "the broker does not let lobbyd subscribe to \"{}\" ({}): retained messages and live ones may reach "
            "clients in the wrong order; give its user all rights below \"{}\"",
            echo_topic_, mqtt::name(reason), names_.prefix());
      }
    });
  }
}

void RetainedLink::on_own_lane_restored(TimePoint now) {
  const auto capabilities = broker_.capabilities(upstream::LaneId::own);
  reader_.on_link_up({.bytes = capabilities.maximum_packet_size,
                      .filters = broker_.once_limit(upstream::LaneId::own),
                      .wildcards = capabilities.wildcard && broker_.traits().retained_wildcards},
                     now);
}

void RetainedLink::on_own_lane_down(TimePoint now) {
  reader_.on_link_down();
  reader_.forget(this, now);
}

bool RetainedLink::concerns(upstream::LaneId lane, const mqtt::Publish& message) const {
  return lane == upstream::LaneId::own || message.topic == echo_topic_;
}

void RetainedLink::take(upstream::LaneId lane, const mqtt::Publish& message, TimePoint now) {
  if (message.topic != echo_topic_) {
    take_own(message, now);
  } else if (lane == upstream::LaneId::own) {
    reader_.on_echo(message.payload, now);
  } else {
    reader_.on_barrier(message.payload, now);
  }
}

void RetainedLink::take_own(const mqtt::Publish& message, TimePoint now) {
  // Without the flag it is a live message, which reaches clients by the lane of their filters.
  if (message.retain && !message.payload.empty() && reader_.wants(message.topic)) {
    reader_.on_retained(std::make_shared<const Message>(message, now), now);
  }
}

void RetainedLink::publish_mark(const std::string& nonce) {
  upstream::Message mark{.topic = mark_topic_, .payload = nonce};
  mark.retain = true;
  if (!broker_.publish_on(upstream::LaneId::own, mark)) {
    spdlog::debug("the mark of a retained read could not be published; the read goes on without it");
  }
}

void RetainedLink::subscribe(const std::vector<std::string>& filters, const std::string& nonce) {
  broker_.subscribe_once(upstream::LaneId::own, filters, [this, nonce](auto reasons) {
    if (reasons) {
      reader_.on_subscribed(nonce, *reasons, std::chrono::steady_clock::now());
    }
  });
}

void RetainedLink::unsubscribe(const std::vector<std::string>& filters) {
  broker_.unsubscribe_once(upstream::LaneId::own, filters);
}

void RetainedLink::publish_echo(const std::string& nonce) {
  // At QoS 1 it stands behind the messages of that QoS which wait in the broker for the window.
  const mqtt::QoS qos = std::min(mqtt::QoS::at_least_once, broker_.capabilities(upstream::LaneId::own).maximum_qos);
  upstream::Message echo{.topic = echo_topic_, .payload = nonce, .qos = qos};
  if (!broker_.publish_on(upstream::LaneId::own, echo)) {
    spdlog::debug("the echo of a retained read could not be published; the read goes on without it");
  }
}

}  // namespace lobbyd::hub
