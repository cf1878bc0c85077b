#include "service/gateway/threads/context_thread.hpp"

#include <boost/asio/post.hpp>

#include <csignal>
#include <exception>
#include <pthread.h>

namespace lobbyd::gateway {

namespace {

// A thread inherits what is blocked when it is made.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all{};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

ContextThread::ContextThread(boost::asio::io_context& context, boost::asio::io_context& home, const std::string& name)
    : context_(context), home_(home), work_(context.get_executor()) {
  const SignalsBlocked blocked;
  thread_ = std::thread([this, name] { run(name); });
}

void ContextThread::stop() {
  if (thread_.joinable()) {
    context_.stop();
    thread_.join();
  }
}

void ContextThread::run(const std::string& name) {
  pthread_setname_np(pthread_self(), name.c_str());
  try {
    context_.run();
  } catch (...) {
    boost::asio::post(home_, [fault = std::current_exception()] { std::rethrow_exception(fault); });
  }
}

}  // namespace lobbyd::gateway
