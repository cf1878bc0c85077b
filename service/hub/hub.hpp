#pragma once

// The hub: topics, filters and clients of one broker. It shares a few broker connections among all clients and
// gives each exactly the messages that a connection of its own would have brought, in the order of its
// requests. The services are built on the same verbs.
//
// One loop: every call, handler and event belongs to it. An answer is called exactly once unless the client is
// detached first; it may come from within the call that it was given to.

#include "protocol/api/error.hpp"
#include "protocol/api/params.hpp"
#include "protocol/api/results.hpp"
#include "protocol/mqtt/types.hpp"
#include "service/hub/message.hpp"
#include "service/hub/notice.hpp"
#include "service/hub/service_wills.hpp"
#include "service/upstream/broker.hpp"
#include "service/upstream/message.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lobbyd::hub {

template <class Result>
using Answer = std::move_only_function<void(std::expected<Result, api::Error>)>;

struct Delivery {
  MessagePtr message;
  mqtt::QoS qos = mqtt::QoS::at_most_once;
  bool retained = false;  // brought by a subscription, not live
  api::Delivery mode = api::Delivery::queue;
  std::shared_ptr<const std::string> filter;  // that brought a live message
};

// Where a client's messages go: the gateway's session.
class Receiver {
 public:
  // Must take the message at once, by a bounded queue with a rule: nothing here waits for a client.
  virtual void deliver(const Delivery& delivery) = 0;
  // As deliver. To clients.
  virtual void notify(const Notice& notice) = 0;
  virtual void on_broker_status(const upstream::BrokerStatus& status) = 0;
  // Another daemon serves the client now, or (`vanished`) did, and the client has left there. To be detached as taken
  // over, if it is not yet; perhaps from within.
  virtual void on_displaced(bool vanished) = 0;
  // Its wills were published though it is here: the daemon had been cut off, and was taken for dead.
  virtual void on_wills_published() = 0;
  // To services: the broker is back, and what is retained may be another. `forgetful`: and it has kept no session, as
  // one that has lost its memory.
  virtual void on_restored(bool /*forgetful*/) {}

 protected:
  ~Receiver() = default;
};

struct RetainedResult {
  std::vector<MessagePtr> messages;  // sorted by topic
  api::Completeness complete = api::Completeness::exact;
};

enum class Departure : std::uint8_t {
  disconnected,  // asked to go: no will
  disconnected_with_will,
  taken_over,  // the same client is here again, or elsewhere: no will
  lost,        // anything else: the will is published
  drained,     // the daemon is about to end: the same, but the client has time to come to another
};

// How soon a client that was told to go is welcome at another daemon.
inline constexpr std::chrono::milliseconds reconnect_after{1000};

struct Options {
  std::string instance;                          // names the daemon among those on the broker
  std::string prefix = "lobby/";                 // the application prefix: its topics are closed to clients
  std::vector<std::string> shared_filters = {};  // and what these match, see ClosedNames
  std::size_t max_subscriptions = 100;           // a client's
  mqtt::QoS max_qos = mqtt::QoS::exactly_once;
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds narrow_after{10'000};  // see UpstreamFilters::narrow
  std::size_t waiting_bytes = 32U << 20U;          // of the publishes that wait for subscribes to be answered
  std::size_t client_waiting_bytes = 1U << 20U;    // a client's share of them
  std::size_t hold_back_messages = 10'000;         // live ones kept for a client while its retained ones are read
  std::size_t hold_back_bytes = 256U << 10U;
  std::size_t joined_bytes = 16U << 10U;  // live messages in a row that are passed on as one; see LiveMessages
  std::size_t fetch_messages = 200'000;   // retained messages that one fetch may hold
  std::size_t fetch_bytes = 128U << 20U;
  bool shared_wills = false;                    // kept in the broker, by all daemons together, and so outlive this one
  std::chrono::milliseconds will_grace{2'000};  // a daemon that is silent for so long is dead
};

class Client;

class Hub {
 public:
  Hub(boost::asio::any_io_executor executor, Options options, upstream::BrokerOptions broker);
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;
  ~Hub();

  // `on_status` (may be empty) is told each change, after the clients.
  using StatusHandler = std::move_only_function<void(const upstream::BrokerStatus&)>;
  // Where another daemon of this name is found on the broker `on_namesake` is called, and nothing comes of the start;
  // it may also be found later.
  void start(StatusHandler on_status = {}, std::move_only_function<void()> on_namesake = {});
  // Those still attached are drained. Publishes what wills are due, sends what is queued, disconnects; at most until
  // `deadline`.
  void stop(std::chrono::milliseconds deadline, std::move_only_function<void()> done);

  const upstream::BrokerStatus& broker_status() const;
  const std::optional<upstream::Capabilities>& broker_capabilities() const;

  // The client is the hub's until `detach`; the receiver must live as long. A will whose delay runs for the same
  // client id is cancelled: the client came back. The will's topic must have been checked by `check_will`; its delay is
  // `longest_delay` at most.
  Client& attach(std::string client_id, std::string user, Receiver& receiver, std::optional<api::WillParams> will,
                 std::chrono::seconds longest_delay = std::chrono::seconds::max());
  // Right behind `attach`: answers once the will outlives this daemon, or after 5 s, or at once where it cannot;
  // perhaps from within. Not if the client is detached first.
  void when_will_is_known(Client& client, std::move_only_function<void(api::WillState)> answer);
  // Whether a client of this id, with a will, is served by another daemon.
  bool is_served_elsewhere(const std::string& client_id) const;
  // The client's unanswered requests get no answer any more; its publishes are still sent, then the will.
  // `answer` (may be empty) comes when a will that leaves at once has been taken by the broker, at the latest when the
  // request's time is over, though the will goes on waiting; or when there is nothing to wait for.
  void detach(Client& client, Departure departure, Answer<std::monostate> answer = {});
  // The client's connection is lost, and the client stays: its requests go on, and what comes for it goes to another
  // receiver from now on. `lose` begins the time of its will; to `detach` it as lost then changes nothing of that.
  // `regain` ends it: the client is back, with this will where it brings one, else with the one it had. Tells at once
  // what is known of it: `pending` also where it may be registered a moment later.
  void hand_over(Client& client, Receiver& receiver);
  void lose(Client& client);
  api::WillState regain(Client& client, std::optional<api::WillParams> will, std::chrono::seconds longest_delay);
  // Of clients that have gone: wills whose time has not come, and wills that the broker has not answered.
  bool has_delayed_wills() const;
  bool has_wills_on_their_way() const;
  std::expected<void, api::Error> check_will(const api::WillParams& will) const;

  std::vector<api::Subscription> subscriptions(const Client& client) const;

  void subscribe(Client& client, api::SubscribeParams params, Answer<api::SubscribeResult> answer);
  void unsubscribe(Client& client, const api::UnsubscribeParams& params, Answer<std::monostate> answer);
  void publish(Client& client, api::PublishParams params, Answer<api::PublishResult> answer);
  // The broker is slower than those who publish on the client's connection: a client with unanswered requests should
  // wait with its further ones. Nothing tells when that is over, but for an answer, and a change of the broker's state.
  bool crowded(const Client& client) const;
  // One look at the retained messages that match the filter.
  void read_retained(Client& client, std::string filter, Answer<RetainedResult> answer);

  // Services ----------------------------------------------------------------------------------------------------------

  // Once, before `start`; outlives the hub's last event.
  void set_service_wills_source(const ServiceWills& source);
  // A part of the daemon itself, to be detached before the hub ends. Its filters lie below closed names; of the checks
  // of requests none applies.
  Client& attach_service(Receiver& receiver);
  void detach_service(Client& service);
  // As `subscribe`, at QoS 1: the retained messages come before the answer, also those of filters that are held. They
  // do not come by themselves after a break of the link.
  void subscribe_service(Client& service, std::vector<std::string> filters, Answer<api::SubscribeResult> answer);
  void unsubscribe_service(Client& service, const std::vector<std::string>& filters);
  // In order, and behind nothing of what clients have asked for. An answer may be missing once it is detached.
  void publish_service(Client& service, upstream::Message message, Answer<std::monostate> answer);
  // One look at retained messages below closed names.
  void read_closed(Client& service, std::vector<std::string> filters, Answer<RetainedResult> answer);
  // What is published besides the client's own will when it is lost: all of it, as it is from now on. Of a delay of
  // `while_kept` comes that for which the client's session is kept.
  static constexpr std::chrono::seconds while_kept = std::chrono::seconds::max();
  void set_service_wills(Client& client, std::vector<api::WillParams> wills);
  // bad_name where the broker would change the name in a topic.
  std::expected<void, api::Error> check_level(std::string_view name) const;

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace lobbyd::hub
