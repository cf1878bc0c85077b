#pragma once

// The hubs of a daemon: one for each broker that is in use, and one for each client that comes with broker credentials
// of its own.
//
// That of the broker `main` always runs. The others begin with their first client, and end when the last has gone and
// what it left behind has been sent: those of a single client then at once, the others some time later.
//
// One loop, as the hubs.

#include "protocol/api/error.hpp"
#include "protocol/mqtt/broker_url_pattern.hpp"
#include "protocol/mqtt/secret.hpp"
#include "service/hub/broker_hub.hpp"
#include "service/hub/hub.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::hub {

struct HubsOptions {
  Options hub;  // of each
  // By name, `main` among them. Of each the client ids are left out.
  std::map<std::string, upstream::BrokerOptions, std::less<>> brokers;
  std::vector<mqtt::BrokerUrlPattern> urls;        // that clients may ask for
  std::shared_ptr<const upstream::TlsClient> tls;  // for those
  std::size_t max_pools = 100;                     // that clients brought about, by URL or credentials
  std::chrono::milliseconds idle{60'000};          // kept so long without a client
  MakeExtension extend;                            // of each; may be empty
};

struct Credentials {
  std::optional<std::string> username;
  std::optional<mqtt::Secret> password;
};

struct BrokerChoice {
  std::optional<std::string> broker;  // a name or a URL; none: main
  std::optional<Credentials> credentials;
};

class Hubs {
 public:
  Hubs(boost::asio::any_io_executor executor, HubsOptions options);
  Hubs(const Hubs&) = delete;
  Hubs& operator=(const Hubs&) = delete;
  ~Hubs() = default;

  Hub& main() { return main_->hub(); }
  BrokerHub& main_hub() { return *main_; }
  const Hub& main() const { return main_->hub(); }
  // `on_namesake`: another daemon of this name is there, on some broker.
  void start_main(Hub::StatusHandler on_status, std::function<void()> on_namesake = {});
  // All of them, and those that are ending already, as Hub::stop.
  void stop(std::chrono::milliseconds deadline, std::move_only_function<void()> done);

  // The hub stays for as long as the caller holds it.
  std::expected<std::shared_ptr<BrokerHub>, api::Error> enter(BrokerChoice choice);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Entry {
    std::string key;    // of shared ones what was asked for; empty once it is ending
    std::string label;  // in client ids and topics, unique among the entries
    bool counted;       // against max_pools
    std::shared_ptr<BrokerHub> broker;
    std::optional<TimePoint> unused_since;
    bool ending = false;
  };
  struct Target {
    std::string key;
    std::string name;
    std::string label;
    bool counted;
    upstream::BrokerOptions options;
  };

  std::expected<Target, api::Error> find(const std::optional<std::string>& broker) const;
  std::expected<Target, api::Error> find_url(const std::string& text) const;
  Entry& add(Target target, bool dedicated);
  std::string free_label(const std::string& wanted) const;
  std::size_t counted() const;
  void watch();
  void sweep(TimePoint now);
  bool is_over(Entry& entry, TimePoint now) const;
  void end(Entry& entry, std::chrono::milliseconds deadline);
  void tell_when_stopped();

  boost::asio::any_io_executor executor_;
  HubsOptions options_;
  std::list<Entry> entries_;  // but `main`
  std::shared_ptr<BrokerHub> main_;
  std::function<void()> on_namesake_;
  boost::asio::steady_timer timer_;
  bool watching_ = false;
  bool main_stopped_ = false;
  std::move_only_function<void()> stopped_;
};

}  // namespace lobbyd::hub
