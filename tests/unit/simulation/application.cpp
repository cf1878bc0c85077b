#include "tests/unit/simulation/application.hpp"

#include "tests/unit/mqtt/packet_text.hpp"
#include "tests/unit/mqtt/text_words.hpp"

#include <algorithm>
#include <string>

namespace lobbyd::simulation {

using namespace mqtt;

namespace {

// Apart from the numbers of messages.
constexpr Tag first_request_tag = 1U << 30U;

}  // namespace

Application::Application(Schedule& schedule, Journal& journal, Dice& dice)
    : schedule_(schedule), journal_(journal), dice_(dice) {
  for (std::size_t place = 0; place < filters_.size(); ++place) filters_[place].name = topics[place];
}

void Application::attach(Client& client, std::function<void()> flush) {
  client_ = &client;
  flush_ = std::move(flush);
}

void Application::link_lost() {
  untaken_.clear();
  for (Filter& filter : filters_) {
    if (std::exchange(filter.pending, std::nullopt)) filter.is_sure = false;
  }
}

void Application::on_failed(const Failure& failure) {
  journal_.note("client failed: " + failure.text + " (" + std::string(name(failure.reason)) + ")");
  journal_.expect(failure.kind != Failure::Kind::protocol, "the client finds fault with the broker: " + failure.text);
}

// Publishing --------------------------------------------------------------------------------------------------

void Application::publish() {
  const Message message{.qos = static_cast<QoS>(dice_.below(3)), .number = ++last_number_};
  const std::string payload = std::to_string(message.number);
  const Publish packet{.topic = topic_of(message.number), .payload = payload, .qos = message.qos};
  client_->set_time(schedule_.now());
  const bool sent = client_->publish(packet, message.number).has_value();
  if (sent && message.qos != QoS::at_most_once) published_.insert(message.number);
  flush_();
}

void Application::abandon() {
  for (const Tag tag : client_->abandon_in_flight()) {
    const bool is_new = abandoned_.insert(static_cast<unsigned>(tag)).second;
    journal_.expect(is_new && !answered_.contains(static_cast<unsigned>(tag)), "given up what was settled");
  }
  flush_();
}

void Application::on_published(Tag tag, ReasonCode reason) {
  const auto number = static_cast<unsigned>(tag);
  const bool is_first = answered_.emplace(number, reason).second;
  journal_.expect(is_first && !abandoned_.contains(number), "a message is answered that nobody waits for");
}

// Receiving ---------------------------------------------------------------------------------------------------

void Application::on_publish(const Publish& publish) {
  const Message message{.qos = publish.qos, .number = test::number_from<unsigned>(publish.payload)};
  if (journal_.is_open()) journal_.note("application got " + test::to_text(publish));
  journal_.expect(publish.topic == topic_of(message.number), "a message under another topic");
  reported_.add(message);
  if (message.qos == QoS::at_most_once) return;
  untaken_.emplace_back(publish.packet_id, message);
  if (hurries_ || dice_.one_in(2)) {
    take_one();
  } else {
    take_later();
  }
}

void Application::take_later() {
  constexpr Duration patience = std::chrono::seconds(2);
  schedule_.after(dice_.up_to(patience), [this] {
    take_one();
    flush_();
  });
}

void Application::take_one() {
  if (untaken_.empty()) return;
  const auto chosen = untaken_.begin() + dice_.below(static_cast<unsigned>(untaken_.size()));
  const auto [packet_id, message] = *chosen;
  untaken_.erase(chosen);
  taken_.add(message);
  client_->acknowledge(packet_id);
}

void Application::hurry() {
  hurries_ = true;
  while (!untaken_.empty()) take_one();
  flush_();
}

// Filters -----------------------------------------------------------------------------------------------------

void Application::change_filters() {
  Filter& filter = filters_[dice_.below(static_cast<unsigned>(filters_.size()))];
  filter.wanted = dice_.one_in(3) ? Held() : Held(static_cast<QoS>(dice_.below(3)));
  pursue();
  flush_();
}

void Application::on_connected(const ServerLimits& limits) {
  journal_.note(std::string("client connected") + (limits.session_kept      ? ", session kept"
                                                   : limits.session_present ? ", perhaps another session"
                                                                            : ""));
  if (!limits.session_present) ++new_sessions_;
  for (Filter& filter : filters_) {
    if (limits.session_kept) continue;
    filter.standing.reset();
    filter.is_sure = !limits.session_present;
  }
  pursue();
}

void Application::pursue() {
  if (client_->state() != Client::State::connected) return;
  client_->set_time(schedule_.now());
  for (Filter& filter : filters_) {
    if (!filter.pending && !filter.is_as_wanted()) ask(filter);
  }
}

void Application::ask(Filter& filter) {
  const Tag tag = first_request_tag + ++last_number_;
  const Subscription subscription{.filter = filter.name, .qos = filter.wanted.value_or(QoS::at_most_once)};
  const bool sent = filter.wanted ? client_->subscribe({&subscription, 1}, std::nullopt, tag).has_value()
                                  : client_->unsubscribe({&filter.name, 1}, tag).has_value();
  journal_.expect(sent, "a filter could not be asked for");
  filter.pending = tag;
  filter.asked = filter.wanted;
}

void Application::on_subscribed(Tag tag, std::span<const ReasonCode> reasons) {
  settle(tag, reasons.front());
}
void Application::on_unsubscribed(Tag tag, std::span<const ReasonCode> reasons) {
  settle(tag, reasons.front());
}

void Application::settle(Tag tag, ReasonCode reason) {
  const auto filter = std::ranges::find(filters_, tag, &Filter::pending);
  journal_.expect(filter != filters_.end(), "an answer to a request that is not under way");
  if (filter == filters_.end()) return;
  journal_.expect(!is_failure(reason), "a filter was refused");
  if (filter->asked) journal_.expect(reason == static_cast<ReasonCode>(*filter->asked), "the answer to another filter");
  filter->standing = filter->asked;
  filter->is_sure = true;
  filter->pending.reset();
  pursue();
}

bool Application::is_idle() const {
  return untaken_.empty() && std::ranges::all_of(filters_, &Filter::is_as_wanted);
}

bool Application::is_right_about(const Filters& held) const {
  return std::ranges::all_of(filters_, [&held](const Filter& filter) {
    if (filter.pending || !filter.is_sure) return true;
    const auto found = held.find(std::string(filter.name));
    return filter.standing == (found == held.end() ? Held() : Held(found->second));
  });
}

Application::Filters Application::wanted() const {
  Filters wanted;
  for (const Filter& filter : filters_) {
    if (filter.wanted) wanted.emplace(filter.name, *filter.wanted);
  }
  return wanted;
}

}  // namespace lobbyd::simulation
