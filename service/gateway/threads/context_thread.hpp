#pragma once

// A thread that runs a loop. Signals are not for it. An exception that ends its loop is thrown from the home loop, so
// that it ends the daemon as one of the home loop's own does.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <string>
#include <thread>

namespace lobbyd::gateway {

class ContextThread {
 public:
  // Runs at once. `name`: at most 15 bytes. Throws std::system_error where the system has no thread for it.
  ContextThread(boost::asio::io_context& context, boost::asio::io_context& home, const std::string& name);
  ContextThread(const ContextThread&) = delete;
  ContextThread& operator=(const ContextThread&) = delete;
  ~ContextThread() { stop(); }

  // Waits for what it is doing just now.
  void stop();

 private:
  void run(const std::string& name);

  boost::asio::io_context& context_;
  boost::asio::io_context& home_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace lobbyd::gateway
