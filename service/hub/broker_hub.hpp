#pragma once

// A hub, with what clients are told of its broker: the name by which they know it, and whether it was tried yet.
//
// One loop, as the hub.

#include "service/hub/hub.hpp"
#include "service/upstream/lifeline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::hub {

inline constexpr std::string_view main_broker = "main";

class BrokerHub;

// What is built upon a hub, and ends before it: the services.
class Extension {
 public:
  virtual ~Extension() = default;
};
// `options`: the hub's.
using MakeExtension = std::function<std::unique_ptr<Extension>(BrokerHub& broker, const Options& options)>;

class BrokerHub {
 public:
  // `name`: what clients asked for, a configured name or a URL.
  BrokerHub(const boost::asio::any_io_executor& executor, std::string name, bool dedicated, const Options& options,
            upstream::BrokerOptions broker, const MakeExtension& extend);

  Hub& hub() { return hub_; }
  // Null where there was nothing to make it.
  Extension* extension() { return extension_.get(); }
  const std::string& name() const { return name_; }
  // It runs for as long as the daemon does: no client needs to wait for its first attempt.
  bool is_main() const { return name_ == main_broker && !dedicated_; }
  // Made for one client, whose broker credentials it uses.
  bool dedicated() const { return dedicated_; }

  void start(Hub::StatusHandler on_status = {}, std::function<void()> on_namesake = {});
  // Calls `handler` when the first attempt to reach the broker has ended one way or the other, at the latest 5 s after
  // the start; perhaps at once.
  void when_tried(std::move_only_function<void()> handler);

 private:
  void tell_tried();

  std::string name_;
  bool dedicated_;
  Hub hub_;
  std::unique_ptr<Extension> extension_;
  bool tried_ = false;
  std::vector<std::move_only_function<void()>> waiting_;
  boost::asio::steady_timer patience_;
  upstream::Lifeline lifeline_;
};

}  // namespace lobbyd::hub
