#include "tests/unit/wills/model_broker.hpp"

#include "service/hub/wills/instance_record.hpp"
#include "tests/unit/wills/model_daemon.hpp"

#include <algorithm>

namespace lobbyd::hub::model {

void ModelBroker::connect(const LinkPtr& link) {
  if (!up_) return;
  // MQTT: a client id has one connection; the older one ends, and its will is published.
  const auto older = std::ranges::find_if(links_, [&](const LinkPtr& other) {
    return other != link && other->listens == link->listens && other->instance == link->instance;
  });
  if (older != links_.end()) {
    const LinkPtr taken_over = *older;
    taken_over->down->cut(Duration(0), [taken_over] {
      if (taken_over->daemon != nullptr) taken_over->daemon->on_link_lost(taken_over);
    });
    lost(taken_over);
  }
  link->at_broker = true;
  links_.push_back(link);
  link->down->send([link] {
    if (link->daemon != nullptr) link->daemon->on_link_up(link);
  });
}

void ModelBroker::close(const LinkPtr& link) {
  link->at_broker = false;
  std::erase(links_, link);
}

void ModelBroker::lost(const LinkPtr& link) {
  if (!link->at_broker) return;
  close(link);
  if (!link->gone_topic.empty()) route(link->gone_topic, "", false);
}

void ModelBroker::publish(const LinkPtr& link, const std::string& topic, const std::string& text, bool retain) {
  if (link->at_broker) route(topic, text, retain);
}

void ModelBroker::route(const std::string& topic, const std::string& text, bool retain) {
  if (journal_.is_open()) journal_.note("broker: " + topic + " = " + text);
  if (topic.starts_with("w/")) return on_will(topic, text);
  if (retain) {
    text.empty() ? static_cast<void>(retained_.erase(topic)) : static_cast<void>(retained_[topic] = text);
    if (const auto record = parse_record(text);
        topic.starts_with("p/instance/") && record && record->state == InstanceState::dead) {
      on_declared_dead(topic.substr(11), record->epoch);
    }
  }
  for (const LinkPtr& link : links_) {
    if (listens_to(*link, topic)) {
      link->down->send([link, topic, text] {
        if (link->daemon != nullptr) link->daemon->on_message(link, topic, text);
      });
    }
  }
}

bool ModelBroker::listens_to(const Link& link, std::string_view topic) const {
  if (!link.listens) return false;
  if (topic.starts_with("p/ask/")) return topic.substr(6) == link.instance;
  return topic.starts_with("p/");
}

void ModelBroker::read(const LinkPtr& link, bool whole) {
  if (!link->at_broker) return;
  Retained copies = retained_;
  while (!whole && !copies.empty() && dice_.below(3) != 0) {
    copies.erase(std::next(copies.begin(), dice_.below(static_cast<unsigned>(copies.size()))));
  }
  link->down->send([link, copies = std::move(copies), whole] {
    if (link->daemon != nullptr) link->daemon->on_read(link, copies, whole);
  });
}

void ModelBroker::stop(bool in_order) {
  if (in_order) {
    for (const LinkPtr& link : std::vector<LinkPtr>(links_)) {
      if (!link->gone_topic.empty()) route(link->gone_topic, "", false);
    }
  }
  up_ = false;
  for (const LinkPtr& link : std::vector<LinkPtr>(links_)) {
    close(link);
    const auto end = [link] {
      if (link->daemon != nullptr) link->daemon->on_link_lost(link);
    };
    in_order ? link->down->finish(end) : link->down->cut(dice_.up_to(Duration(100)), end);
  }
}

void ModelBroker::start(Memory memory) {
  if (memory == Memory::none) retained_.clear();
  if (memory == Memory::saved_once) retained_ = saved_;
  saved_ = retained_;
  up_ = true;
}

}  // namespace lobbyd::hub::model
