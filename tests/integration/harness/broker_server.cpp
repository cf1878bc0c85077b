#include "tests/integration/harness/broker_server.hpp"

#include <signal.h>

namespace lobbyd::integration {

void BrokerServer::stop() {
  end(SIGTERM);
}

void BrokerServer::kill() {
  end(SIGKILL);
}

void BrokerServer::freeze() {
  process_->signal(SIGSTOP);
}

void BrokerServer::thaw() {
  process_->signal(SIGCONT);
}

void BrokerServer::end(int signal) {
  process_->signal(signal);
  if (!process_->wait(deadline_in(scaled(std::chrono::seconds(30))))) {
    throw DeadlineExceeded("the broker does not end: " + process_->errors().text());
  }
  process_.reset();
}

}  // namespace lobbyd::integration
