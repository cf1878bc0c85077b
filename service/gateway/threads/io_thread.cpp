#include "service/gateway/threads/io_thread.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <memory>
#include <utility>
#include <variant>

namespace lobbyd::gateway {

namespace {

// Of reports that the home loop has not handled; then no socket is read until it has handled half of them.
constexpr std::uint64_t max_unhandled = 1U << 20U;

// What the receivers of one order share.
struct Shared {
  Frame frame;
  FilterName filter;
};

}  // namespace

// Hands over what a connection tells, and remembers what its home has been told.
class IoThread::Client final : public ConnectionHandler {
 public:
  Client(IoThread& thread, ConnectionSlot slot, std::shared_ptr<WebSocketConnection> connection)
      : thread_(thread), slot_(slot), connection_(std::move(connection)) {}

  void send(const Frame& frame, const Orders::Send& order, const FilterName& filter) {
    if (rest_) {
      rest_->push(frame, order.frame_class, filter, order.topic, order.messages);
      return;
    }
    if (order.frame_class == Outbox::Class::notice || order.frame_class == Outbox::Class::retained) {
      owed_ += frame->size();
    }
    connection_->send(frame, order.frame_class, filter, order.topic, order.messages);
  }
  void carry_out(const Orders::Close& order) { connection_->close(order.code, order.retry_after); }
  void carry_out(const Orders::Abort& /*order*/) { abort(); }
  void carry_out(const Orders::Grant& order) {
    window_.pay(order.paid);
    if (!window_.is_used_up()) {
      connection_->pause_reading(false);
    }
  }

  void carry_out(Orders::Remember order) {
    if (connection_->is_open()) {
      owed_ += order.session ? order.session->owed_bytes() : 0;
      connection_->remember(std::move(order.session));
    } else {
      rest_ = order.session ? order.session->surrender() : nullptr;
    }
  }
  void carry_out(const Orders::Acknowledge& order) {
    rest_ ? rest_->acknowledge(order.received) : connection_->acknowledge(order.received);
  }
  void carry_out(const Orders::Return& /*order*/) { thread_.report(slot_, Reports::Rest{std::move(rest_)}); }
  void abort() { connection_->abort(); }

  void on_requests(Requests requests) override {
    const std::uint64_t cost = RequestWindow::cost(requests);
    window_.use(cost);
    if (window_.is_used_up()) {
      connection_->pause_reading(true);
    }
    thread_.report(slot_, std::move(requests), cost);
    if (thread_.unhandled() > max_unhandled) {
      thread_.loop_.let_read(false);
    }
  }
  void on_flushed() override {
    // The outbox also holds answers to pings.
    const std::size_t left = connection_->owed_bytes();
    const std::uint64_t taken = owed_ > left ? owed_ - left : 0;
    if (taken != std::exchange(taken_, taken)) {
      thread_.report(slot_, Reports::Progress{taken});
    }
  }
  void on_overflow(const Outbox::Overflow& overflow) override { thread_.report(slot_, overflow); }
  void on_end(std::unique_ptr<Outbox> rest) override {
    rest_ = std::move(rest);
    thread_.report(slot_, Reports::Ended{});
  }
  void on_gone() override { thread_.report(slot_, Reports::Gone{}); }

 private:
  IoThread& thread_;
  ConnectionSlot slot_;
  std::shared_ptr<WebSocketConnection> connection_;
  RequestWindow window_;
  std::uint64_t owed_ = 0;   // of all that was sent, in bytes
  std::uint64_t taken_ = 0;  // of them, as the home loop was told
  // Of a session, once the connection has ended: with what was under way to it then.
  std::unique_ptr<Outbox> rest_;
};

IoThread::IoThread(boost::asio::io_context& home, const WebSocketConnection::Limits& limits, const std::string& name,
                   health::Heartbeats& heartbeats, Channel<Reports>::Handle on_reports)
    : limits_(limits),
      loop_(context_),
      orders_(home, context_, [this](std::span<Orders> batches) { carry_out(batches); }),
      reports_out_(context_, home, std::move(on_reports), [this] { loop_.let_read(true); }),
      pulse_(context_, heartbeats.add(name, std::chrono::steady_clock::now())),
      thread_(context_, home, name) {
  boost::asio::post(context_, [this] { loop_.start_ticking(); });
}

IoThread::~IoThread() {
  thread_.stop();
  for (const std::shared_ptr<Client>& held : clients_) {
    if (const std::shared_ptr<Client> client = held) {
      client->abort();
    }
  }
}

// What the home loop has for it -------------------------------------------------------------------------------------

void IoThread::carry_out(std::span<Orders> batches) {
  for (Orders& orders : batches) {
    for (Orders::Order& order : orders.orders()) {
      std::visit([&](auto& any) { carry_out(std::move(any), orders); }, order);
    }
  }
  // Before the home loop is told that all this is handled.
  loop_.flush();
}

template <class Order>
void IoThread::carry_out(Order order, const Orders& /*all*/) {
  if (Client* const client = find(order.slot)) {
    client->carry_out(std::move(order));
  }
}

void IoThread::carry_out(Orders::Open order, const Orders& /*all*/) {
  auto connection = std::make_shared<WebSocketConnection>(std::move(order.socket), loop_, limits_, order.compressed);
  auto client = std::make_shared<Client>(*this, order.slot, connection);
  if (order.slot >= clients_.size()) {
    clients_.resize(order.slot + 1);
  }
  clients_[order.slot] = client;
  connection->start(std::move(client), std::move(order.early));
}

void IoThread::carry_out(Orders::Release order, const Orders& /*all*/) {
  clients_[order.slot].reset();
}

// Receivers share a handle whose count of references belongs to this thread alone: threads that count the same one
// would take its cache line from each other, delivery by delivery.
void IoThread::carry_out(Orders::Send order, const Orders& all) {
  const auto shared = std::make_shared<const Shared>(std::move(order.frame), std::move(order.filter));
  const Frame frame(shared, shared->frame.get());
  const FilterName filter = shared->filter ? FilterName(shared, shared->filter.get()) : nullptr;
  for (std::uint32_t index = order.first; index != Orders::no_receiver; index = all.receiver(index).next) {
    if (Client* const client = find(all.receiver(index).slot)) {
      client->send(frame, order, filter);
    }
  }
}

// What it has for the home loop -------------------------------------------------------------------------------------

template <class Any>
void IoThread::report(ConnectionSlot slot, Any what, std::uint64_t weight) {
  if (reports_.empty()) {
    boost::asio::post(context_, [this] { hand_over(); });
  }
  reports_.add(slot, std::move(what), weight);
}

void IoThread::hand_over() {
  const std::uint64_t weight = reports_.weight();
  reports_out_.put(std::exchange(reports_, {}), weight);
  if (!loop_.reads() && !reports_out_.tell_when_unhandled_is(max_unhandled / 2)) {
    loop_.let_read(true);
  }
}

}  // namespace lobbyd::gateway
