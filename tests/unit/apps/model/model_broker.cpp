#include "tests/unit/apps/model/model_broker.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::apps::test {

ModelLink::ModelLink(ModelBroker& broker, std::string prefix, Handlers handlers)
    : broker_(broker), prefix_(std::move(prefix)), handlers_(std::move(handlers)) {}

simulation::TimePoint ModelLink::later(simulation::TimePoint& last) {
  last = std::max(last, broker_.schedule_.now() + broker_.dice_.up_to(broker_.longest_delay_));
  return last;
}

void ModelLink::publish(Publication publication) {
  unacknowledged_.push_back({++numbers_, std::move(publication)});
  if (connected()) {
    send(unacknowledged_.back());
  }
}

void ModelLink::send(const Sent& sent) {
  broker_.schedule_.at(later(last_up_), [self = shared_from_this(), sent, epoch = epoch_] {
    if (self->epoch_ != epoch && sent.number > self->dies_behind_) {
      return;
    }
    if (self->epoch_ != epoch && self->dies_behind_ == ~std::uint64_t{0}) {
      return;  // it is sent again
    }
    self->broker_.publish_at(self->node_, sent.publication);
    self->deliver([self, number = sent.number] {
      std::erase_if(self->unacknowledged_, [&](const Sent& each) { return each.number == number; });
    });
  });
}

void ModelLink::deliver(std::function<void()> action) {
  broker_.schedule_.at(later(last_down_), [self = shared_from_this(), action = std::move(action), epoch = epoch_] {
    if (self->epoch_ == epoch && self->connected()) {
      action();
    }
  });
}

void ModelLink::connect() {
  ++epoch_;
  listening_ = false;
  broker_.schedule_.at(later(last_up_), [self = shared_from_this(), epoch = epoch_] {
    if (self->epoch_ == epoch) {
      self->broker_.listen(self);
    }
  });
  for (const Sent& sent : unacknowledged_) {
    send(sent);
  }
}

void ModelLink::cut() {
  ++epoch_;
  listening_ = false;
}

void ModelLink::kill() {
  if (connected()) {
    cut();
  }
  if (!unacknowledged_.empty()) {
    dies_behind_ =
        unacknowledged_.front().number - 1 + broker_.dice_.below(static_cast<unsigned>(unacknowledged_.size()) + 1);
  } else {
    dies_behind_ = numbers_;
  }
}

std::shared_ptr<ModelLink> ModelBroker::link(std::string prefix, ModelLink::Handlers handlers) {
  auto link = std::make_shared<ModelLink>(*this, std::move(prefix), std::move(handlers));
  link->node_ = links_.size() % nodes_.size();
  links_.push_back(link);
  return link;
}

void ModelBroker::publish(const Publication& publication) {
  publish_at(0, publication);
}

void ModelBroker::publish_at(std::size_t node, const Publication& publication) {
  journal_.push_back(publication);
  pass_on(node, publication);
  for (std::size_t other = 0; other < nodes_.size(); ++other) {
    if (other != node) {
      simulation::TimePoint& last = nodes_[node].last_to[other];
      last = std::max(last, schedule_.now() + dice_.up_to(longest_delay_));
      schedule_.at(last, [this, other, publication] { pass_on(other, publication); });
    }
  }
}

void ModelBroker::pass_on(std::size_t node, const Publication& publication) {
  auto& retained = nodes_[node].retained;
  if (publication.retain && publication.payload.empty()) {
    retained.erase(publication.topic);
  } else if (publication.retain) {
    retained[publication.topic] = publication.payload;
  }
  for (const auto& weak : links_) {
    const auto link = weak.lock();
    if (link && link->node_ == node && link->listening_ && publication.topic.starts_with(link->prefix_)) {
      link->deliver([link, topic = publication.topic, payload = publication.payload] {
        link->handlers_.on_message(topic, payload);
      });
    }
  }
}

void ModelBroker::listen(const std::shared_ptr<ModelLink>& link) {
  link->listening_ = true;
  const bool forgetful = link->memory_ != 0 && link->memory_ != memory_;
  link->memory_ = memory_;
  link->deliver([link] { link->handlers_.on_begin(); });
  for (const auto& [topic, payload] : nodes_[link->node_].retained) {
    if (topic.starts_with(link->prefix_)) {
      link->deliver([link, topic, payload] { link->handlers_.on_message(topic, payload); });
    }
  }
  link->deliver([link, forgetful] { link->handlers_.on_end(forgetful); });
}

void ModelBroker::forget() {
  for (Node& node : nodes_) {
    node.retained.clear();
  }
  ++memory_;
}

}  // namespace lobbyd::apps::test
