#include "service/status_report.hpp"

#include <chrono>
#include <utility>

namespace lobbyd {

namespace {

constexpr std::chrono::seconds interval{5};

}  // namespace

StatusReport::StatusReport(boost::asio::io_context& context, const ServiceManager& manager,
                           std::function<std::string()> line)
    : manager_(manager), line_(std::move(line)), timer_(context) {
  report();
}

void StatusReport::report() {
  if (std::string line = line_(); line != reported_) {
    manager_.status(line);
    reported_ = std::move(line);
  }
  timer_.expires_after(interval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      report();
    }
  });
}

}  // namespace lobbyd
