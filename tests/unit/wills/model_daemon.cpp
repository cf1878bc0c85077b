#include "tests/unit/wills/model_daemon.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::hub::model {

namespace {

constexpr std::uint64_t first_day = 1'700'000'000'000;
constexpr Duration daemon_keep_alive{6'000};
constexpr Duration broker_keep_alive{9'000};
constexpr Duration longest_wait{3'000};  // between attempts
constexpr Duration attempt{1'000};
constexpr Duration drain_time{3'000};
constexpr Duration patience{20'000};

WillRegistry::Options registry_options(const std::string& name) {
  WillRegistry::Options options;
  options.prefix = "p/";
  options.instance = name;
  return options;
}

}  // namespace

ModelDaemon::ModelDaemon(Surroundings surroundings, std::string name, Duration skew)
    : around_(surroundings),
      name_(std::move(name)),
      skew_(skew),
      troubled_(around_.schedule.now()),
      registry_(registry_options(name_), *this) {
  note("starts");
  connect_link(own_, true);
  connect_link(publishing_, false);
}

void ModelDaemon::note(const std::string& text) {
  if (around_.journal.is_open())
    around_.journal.note(name_ + "." + std::to_string(registry_.epoch() % 10'000'000) + " " + text);
}

std::uint64_t ModelDaemon::unix_time() const {
  const auto since = std::chrono::duration_cast<Duration>(around_.schedule.now().time_since_epoch() + skew_);
  return first_day + static_cast<std::uint64_t>(since.count());
}

bool ModelDaemon::may_seem_dead(TimePoint now) const {
  return ended_ || !own_up_ || now < paused_until_ + patience || now < troubled_ + patience;
}

bool ModelDaemon::is_settled() const {
  return ended_ || (own_up_ && publishing_up_ && jobs_.empty());
}

// Links ---------------------------------------------------------------------------------------------------------------

void ModelDaemon::connect_link(LinkPtr& link, bool own) {
  if (ended_) return;
  const TimePoint now = around_.schedule.now();
  if (!around_.broker.is_up() || now < partitioned_until_ || now < paused_until_) return connect_later(own);
  link = std::make_shared<Link>(around_.schedule, around_.dice, around_.delay);
  link->instance = name_;
  link->listens = own;
  if (own) link->gone_topic = registry_.topics().gone(registry_.epoch());
  link->daemon = this;
  link->up->send([link, &broker = around_.broker] { broker.connect(link); });
  around_.schedule.after(attempt + around_.delay * 2, [this, link, own] {
    const bool up = own ? own_up_ : publishing_up_;
    if (link->daemon == this && !up && around_.schedule.now() >= paused_until_) lose_link(link, Duration(0));
  });
}

void ModelDaemon::connect_later(bool own) {
  around_.schedule.after(around_.dice.up_to(longest_wait) + Duration(1), [this, own] {
    if (LinkPtr& link = own ? own_ : publishing_; !ended_ && !link) connect_link(link, own);
  });
}

void ModelDaemon::on_link_up(const LinkPtr& link) {
  if (link == own_) {
    own_up_ = true;
    note("listens");
    registry_.on_link_up(around_.schedule.now());
    return arm();
  }
  publishing_up_ = true;
  if (!jobs_.empty()) send_job();
}

void ModelDaemon::on_link_lost(const LinkPtr& link) {
  link->daemon = nullptr;
  troubled_ = around_.schedule.now();
  if (link == own_) {
    note("has lost its link");
    drop(own_);
    own_up_ = false;
    registry_.on_link_down();
    connect_later(true);
    return arm();
  }
  if (link != publishing_) return;
  note("has lost the link that publishes");
  for (const Job& job : jobs_) {
    for (const api::WillParams& will : job.wills) around_.clients.on_disturbed(*this, will);
  }
  drop(publishing_);
  publishing_up_ = false;
  connect_later(false);
}

void ModelDaemon::drop(LinkPtr& link) {
  link.reset();
}

// The daemon knows at once, the broker perhaps later. What is on its way may still arrive.
void ModelDaemon::lose_link(const LinkPtr& link, Duration broker_knows) {
  if (!link) return;
  const LinkPtr lost = link;
  lost->up->cut(broker_knows, [lost, &broker = around_.broker] { broker.lost(lost); });
  on_link_lost(lost);
}

void ModelDaemon::cut_own() {
  if (own_) lose_link(own_, around_.dice.up_to(Duration(500)));
}

void ModelDaemon::cut_publishing() {
  if (publishing_) lose_link(publishing_, around_.dice.up_to(Duration(500)));
}

void ModelDaemon::partition(Duration time) {
  const TimePoint until = around_.schedule.now() + time;
  note("is cut off for a while");
  partitioned_until_ = until;
  troubled_ = until;
  for (const LinkPtr& link : {own_, publishing_}) {
    if (!link) continue;
    link->up->block(until);
    link->down->block(until);
    around_.schedule.after(daemon_keep_alive, [this, link, until] {
      if (link->daemon == this && around_.schedule.now() < until) lose_link(link, Duration(0));
    });
    around_.schedule.after(broker_keep_alive, [link, until, this] {
      if (around_.schedule.now() < until) around_.broker.lost(link);
    });
  }
}

void ModelDaemon::pause(Duration time) {
  note("stands still for a while");
  paused_until_ = std::max(paused_until_, around_.schedule.now() + time);
  for (const LinkPtr& link : {own_, publishing_}) {
    if (link) link->down->block(paused_until_);
  }
}

void ModelDaemon::kill() {
  note("is killed");
  for (const Job& job : jobs_) {
    for (const api::WillParams& will : job.wills) around_.clients.on_disturbed(*this, will);
  }
  ended_ = true;
  for (const LinkPtr& link : {own_, publishing_}) {
    if (!link) continue;
    link->daemon = nullptr;
    link->up->cut(around_.dice.up_to(Duration(200)), [link, &broker = around_.broker] { broker.lost(link); });
  }
}

// Clients -------------------------------------------------------------------------------------------------------------

bool ModelDaemon::connect(const std::string& client, std::vector<api::WillParams> wills) {
  const bool waits = registry_.claim(client, std::move(wills), around_.schedule.now()) && registry_.hopeful();
  arm();
  return waits;
}

void ModelDaemon::disconnect(const std::string& client) {
  registry_.release(client, around_.schedule.now());
  arm();
}

void ModelDaemon::lose(const std::string& client, Duration after) {
  registry_.lose(client, after, false, around_.schedule.now());
  arm();
}

void ModelDaemon::drain() {
  note("drains");
  draining_ = true;
  drain_until_ = around_.schedule.now() + drain_time;
  registry_.begin_leaving(around_.schedule.now());
  look_whether_drained();
}

void ModelDaemon::look_whether_drained() {
  if (ended_) return;
  const TimePoint now = around_.schedule.now();
  const bool settled = registry_.settled(drain_until_) && jobs_.empty();
  if (!left_ && (settled || now >= drain_until_)) {
    left_ = true;
    drain_until_ = now + drain_time;
    registry_.leave(std::chrono::seconds(1), now);
    arm();
  } else if (left_ && (settled || now >= drain_until_)) {
    return end();
  }
  around_.schedule.after(Duration(20), [this] { look_whether_drained(); });
}

void ModelDaemon::end() {
  note("has ended");
  ended_ = true;
  for (const Job& job : jobs_) {
    for (const api::WillParams& will : job.wills) around_.clients.on_disturbed(*this, will);
  }
  for (const LinkPtr& link : {own_, publishing_}) {
    if (!link) continue;
    link->daemon = nullptr;
    link->up->finish([link, &broker = around_.broker] { broker.lost(link); });
  }
}

// The registry's port -------------------------------------------------------------------------------------------------

bool ModelDaemon::write(const std::string& topic, const std::string& text) {
  if (!own_up_) return false;
  own_->up->send([link = own_, topic, text, &broker = around_.broker] { broker.publish(link, topic, text, true); });
  return true;
}

void ModelDaemon::send(const std::string& topic, const std::string& text) {
  if (!own_up_) return;
  own_->up->send([link = own_, topic, text, &broker = around_.broker] { broker.publish(link, topic, text, false); });
}

void ModelDaemon::read(const std::vector<std::string>&) {
  const bool whole = !around_.reads_are_cut || !around_.dice.one_in(4);
  own_->up->send([link = own_, whole, &broker = around_.broker] { broker.read(link, whole); });
}

void ModelDaemon::publish(const std::string& client, std::vector<api::WillParams> wills, const std::string& topic,
                          std::optional<std::string> then) {
  const bool stood_still = around_.schedule.now() < paused_until_ + broker_keep_alive;
  const bool late = !publishing_up_ || stood_still || !registry_.hopeful();
  for (const api::WillParams& will : wills) {
    around_.clients.on_publishing(*this, will);
    if (late) around_.clients.on_disturbed(*this, will);
  }
  jobs_.push_back({client, std::move(wills), topic, std::move(then)});
  if (publishing_up_ && jobs_.size() == 1) send_job();
}

// One packet at a time, the next when it has been answered.
void ModelDaemon::send_job() {
  const Job& job = jobs_.front();
  const LinkPtr link = publishing_;
  const auto answer = [this, link] {
    link->down->send([this, link] {
      if (link->daemon == this) on_answered(link);
    });
  };
  if (job.done < job.wills.size()) {
    const api::WillParams& will = job.wills[job.done];
    link->up->send([link, topic = will.topic, text = will.payload, &broker = around_.broker, answer] {
      broker.publish(link, topic, text, false);
      answer();
    });
  } else {
    link->up->send([link, topic = job.topic, then = job.then, &broker = around_.broker, answer] {
      if (then) broker.publish(link, topic, *then, true);
      answer();
    });
  }
}

void ModelDaemon::on_answered(const LinkPtr& link) {
  if (link != publishing_) return;
  if (jobs_.front().done++ == jobs_.front().wills.size()) {
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    if (!jobs_.empty()) send_job();
    registry_.on_published(job.client, around_.schedule.now());
    return arm();
  }
  send_job();
}

void ModelDaemon::on_message(const LinkPtr& link, const std::string& topic, const std::string& text) {
  if (link != own_) return;
  registry_.on_message(topic, text, around_.schedule.now());
  arm();
}

void ModelDaemon::on_read(const LinkPtr& link, const ModelBroker::Retained& copies, bool whole) {
  if (link != own_) return;
  std::vector<WillRegistry::Copy> views;
  for (const auto& [topic, text] : copies) views.push_back({topic, text});
  registry_.on_read(views, whole, around_.schedule.now());
  arm();
}

void ModelDaemon::on_registered(const std::string& client) {
  around_.clients.on_registered(*this, client);
}
void ModelDaemon::on_released(const std::string& client) {
  around_.clients.on_released(*this, client);
}
void ModelDaemon::on_taken_over(const std::string& client) {
  note("loses " + client + " to another");
  around_.clients.on_taken_over(*this, client);
}
void ModelDaemon::on_inherited(const std::string& client, std::vector<api::WillParams> wills) {
  note("has " + client + " from another that had " + std::to_string(wills.size()) + " wills");
}
void ModelDaemon::on_vanished(const std::string& client) {
  note("finds that " + client + " has left elsewhere");
  around_.clients.on_taken_over(*this, client);
}
void ModelDaemon::on_mourned(const std::string& client) {
  note("learns that " + client + " was mourned");
  around_.clients.on_mourned(*this, client);
}
void ModelDaemon::on_forgotten(const std::string& client) {
  note("forgets " + client);
}
void ModelDaemon::on_duplicate() {
  around_.journal.demand(false, "a daemon thinks that there is another of its name");
}

void ModelDaemon::arm() {
  const auto next = registry_.next_timeout();
  if (!next || ended_) return;
  const std::uint64_t arming = ++armed_;
  around_.schedule.at(std::max(*next, paused_until_), [this, arming] {
    if (ended_ || arming != armed_) return;
    if (around_.schedule.now() < paused_until_) return arm();
    registry_.handle_timeout(around_.schedule.now());
    arm();
  });
}

}  // namespace lobbyd::hub::model
