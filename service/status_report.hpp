#pragma once

// Keeps the service manager's line about the daemon up to date.

#include "service/system/service_manager.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <string>

namespace lobbyd {

class StatusReport {
 public:
  // `line` is asked every few seconds. The manager must outlive it.
  StatusReport(boost::asio::io_context& context, const ServiceManager& manager, std::function<std::string()> line);
  StatusReport(const StatusReport&) = delete;
  StatusReport& operator=(const StatusReport&) = delete;
  ~StatusReport() = default;

 private:
  void report();

  const ServiceManager& manager_;
  std::function<std::string()> line_;
  std::string reported_;
  boost::asio::steady_timer timer_;
};

}  // namespace lobbyd
