#include "tests/unit/mqtt/client_script.hpp"

#include "tests/unit/mqtt/client_driver.hpp"
#include "tests/unit/mqtt/packet_text.hpp"
#include "tests/unit/mqtt/text_words.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

namespace lobbyd::mqtt::test {
namespace {

constexpr std::string_view server_prefix = "server: ";

std::string_view error_text(CommandError error) {
  switch (error) {
    case CommandError::not_connected:
      return "not_connected";
    case CommandError::quota_exceeded:
      return "quota_exceeded";
    case CommandError::packet_too_large:
      return "packet_too_large";
    case CommandError::qos_not_supported:
      return "qos_not_supported";
    case CommandError::retain_not_supported:
      return "retain_not_supported";
    case CommandError::malformed:
      return "malformed";
    case CommandError::subscription_not_supported:
      return "subscription_not_supported";
  }
  return "unknown";
}

std::string_view state_text(Client::State state) {
  switch (state) {
    case Client::State::closed:
      return "closed";
    case Client::State::connecting:
      return "connecting";
    case Client::State::connected:
      return "connected";
    case Client::State::failed:
      return "failed";
  }
  return "unknown";
}

Version version_from(std::string_view word) {
  if (word == "v5") return Version::v5;
  if (word == "v3.1.1") return Version::v3_1_1;
  throw std::invalid_argument("no version: " + std::string(word));
}

ClientOptions options_from(Words words) {
  ClientOptions options = test_options();
  const auto set = [&words](std::string_view name, auto& option) {
    using Option = std::remove_reference_t<decltype(option)>;
    if (const auto value = words.take_number<Option>(name)) option = *value;
  };
  if (const auto keep_alive = words.take_number<int>("keep_alive"))
    options.keep_alive = std::chrono::seconds(*keep_alive);
  if (const auto seconds = words.take_number<int>("answer_timeout"))
    options.answer_timeout = std::chrono::seconds(*seconds);
  set("receive_maximum", options.receive_maximum);
  set("send_maximum", options.send_maximum);
  set("receive_maximum_3_1_1", options.limits_3_1_1.receive_maximum);
  set("maximum_packet_size_3_1_1", options.limits_3_1_1.maximum_packet_size);
  if (const auto qos = words.take_number<int>("maximum_qos_3_1_1")) {
    options.limits_3_1_1.maximum_qos = static_cast<QoS>(*qos);
  }
  if (const auto retain = words.take_number<int>("retain_3_1_1")) options.limits_3_1_1.retain = *retain != 0;
  if (const auto shared = words.take_number<int>("shared_3_1_1")) options.limits_3_1_1.shared = *shared != 0;
  set("maximum_packet_size", options.maximum_packet_size);
  set("topic_alias_maximum", options.topic_alias_maximum);
  set("outbound_topic_aliases", options.outbound_topic_aliases);
  if (const auto id = words.take_value("id")) options.client_id = *id;
  options.username = words.take_value("user");
  if (const auto password = words.take_value("password")) options.password.emplace(*password);
  words.expect_end();
  return options;
}

class Stage {
 public:
  explicit Stage(Delivery delivery) : delivery_(delivery) {}

  void play_line(const std::string& line) {
    if (line.starts_with("client:") || line.starts_with("event:") || line.starts_with("result:")) return;
    lines_.push_back(line);
    if (line.starts_with(server_prefix)) {
      deliver(server_bytes(line.substr(server_prefix.size()), version_));
    } else {
      run(Words(line));
    }
    collect();
  }

  std::string transcript() const {
    std::string text;
    for (const std::string& line : lines_) text += line + "\n";
    return text;
  }

 private:
  void run(Words words) {
    client().set_time(driver().now);
    const std::string verb = words.take_first();
    if (verb == "options") return make_driver(options_from(words));
    if (verb == "start") return start(std::move(words));
    if (verb == "open") return open(std::move(words));
    if (verb == "closed") return driver().closed();
    if (verb == "wait") return wait(words.take_first());
    if (verb == "disconnect") return client().disconnect(reason_from(words.take_first()));
    if (verb == "publish") return publish(std::move(words));
    if (verb == "subscribe") return subscribe(std::move(words));
    if (verb == "unsubscribe") return unsubscribe(std::move(words));
    if (verb == "ack") return acknowledge(std::move(words));
    if (verb == "quota") return result(std::to_string(client().send_quota()));
    if (verb == "in_flight") return result(std::to_string(client().in_flight()));
    if (verb == "state") return result(std::string(state_text(client().state())));
    if (verb == "abandon") return abandon();
    throw std::invalid_argument("no command: " + verb);
  }

  void make_driver(ClientOptions options) { driver_ = std::make_unique<ClientDriver>(std::move(options)); }
  ClientDriver& driver() {
    if (!driver_) make_driver(test_options());
    return *driver_;
  }
  Client& client() { return driver().client; }

  void start(Words words) {
    version_ = version_from(words.take_first());
    std::string connack = "CONNACK";
    while (!words.empty()) connack += " " + words.take_first();
    driver().open(version_, true);
    deliver(server_bytes(connack, version_));
    driver().sent();
    driver().log.take();
  }

  void open(Words words) {
    version_ = version_from(words.take_first());
    const std::string start = words.take_first();
    if (start != "clean" && start != "resume") throw std::invalid_argument("clean or resume?");
    driver().open(version_, start == "clean");
    words.expect_end();
  }

  void wait(const std::string& seconds) {
    driver().wait(std::chrono::milliseconds(static_cast<long>(std::stod(seconds) * 1000)));
  }

  void publish(Words words) {
    Publish message;
    message.qos = static_cast<QoS>(number_from<int>(words.take_first().substr(1)));
    const Tag tag = words.take_number<Tag>("tag").value_or(0);
    message.retain = words.take_flag("retain");
    message.properties.message_expiry = words.take_number<std::uint32_t>("expiry");
    const auto type = words.take_value("type");
    if (type) message.properties.content_type = *type;
    const std::string topic = words.take_first();
    std::string payload = words.empty() ? "" : words.take_first();
    if (const std::size_t star = payload.find('*'); star != std::string::npos) {
      payload = std::string(number_from<std::size_t>(payload.substr(0, star)), payload.at(star + 1));
    }
    message.topic = topic;
    message.payload = payload;
    words.expect_end();
    result_of(client().publish(message, tag));
  }

  void subscribe(Words words) {
    const Tag tag = words.take_number<Tag>("tag").value_or(0);
    const auto id = words.take_number<std::uint32_t>("id");
    const bool no_local = words.take_flag("no_local");
    std::vector<std::string> filters;
    std::vector<Subscription> subscriptions;
    while (!words.empty()) filters.push_back(words.take_first());
    for (const std::string& filter : filters) {
      const std::string_view view = filter;
      Subscription subscription;
      subscription.filter = view.substr(0, view.size() - 2);
      subscription.qos = static_cast<QoS>(number_from<int>(view.substr(view.size() - 1)));
      subscription.no_local = no_local;
      subscriptions.push_back(subscription);
    }
    result_of(client().subscribe(subscriptions, id, tag));
  }

  void unsubscribe(Words words) {
    const Tag tag = words.take_number<Tag>("tag").value_or(0);
    std::vector<std::string> filters;
    while (!words.empty()) filters.push_back(words.take_first());
    result_of(client().unsubscribe(std::vector<std::string_view>(filters.begin(), filters.end()), tag));
  }

  void acknowledge(Words words) {
    if (words.take_flag("on")) return driver().log.acknowledge_by(&client());
    client().acknowledge(words.take_packet_id());
  }

  void abandon() {
    std::string tags;
    for (const Tag tag : client().abandon_in_flight()) tags += (tags.empty() ? "" : " ") + std::to_string(tag);
    result(tags.empty() ? "none" : tags);
  }

  void deliver(const std::string& bytes) {
    if (delivery_ == Delivery::whole) {
      driver().receive(bytes);
    } else {
      driver().receive_byte_by_byte(bytes);
    }
  }

  void result(const std::string& text) { lines_.push_back("result: " + text); }
  void result_of(const std::expected<void, CommandError>& outcome) {
    if (!outcome) result(std::string(error_text(outcome.error())));
  }

  void collect() {
    for (const std::string& packet : driver().sent()) lines_.push_back("client: " + packet);
    for (const std::string& event : driver().log.take()) lines_.push_back("event: " + event);
  }

  Delivery delivery_;
  Version version_ = Version::v5;
  std::unique_ptr<ClientDriver> driver_;
  std::vector<std::string> lines_;
};

std::vector<std::string> lines_of(std::string_view script) {
  std::vector<std::string> lines;
  while (!script.empty()) {
    const std::size_t end = std::min(script.find('\n'), script.size());
    const std::string_view line = script.substr(0, end);
    const std::size_t first = line.find_first_not_of(' ');
    if (first != std::string_view::npos) lines.emplace_back(line.substr(first));
    script.remove_prefix(std::min(end + 1, script.size()));
  }
  return lines;
}

}  // namespace

std::string play(std::string_view script, Delivery delivery) {
  Stage stage(delivery);
  for (const std::string& line : lines_of(script)) stage.play_line(line);
  return stage.transcript();
}

std::string tidy(std::string_view script) {
  std::string text;
  for (const std::string& line : lines_of(script)) text += line + "\n";
  return text;
}

}  // namespace lobbyd::mqtt::test
