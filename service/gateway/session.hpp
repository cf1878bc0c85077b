#pragma once

// One client on one connection: its requests are read, carried out and answered here; what the hub has for it goes out
// here.
//
// Requests begin in the order in which they come, and wait while the client has much to take that it asked for before,
// has too many under way, or publishes more than the broker takes; then its socket is not read.
//
// One loop. The session attaches a client to the hub when `connect` succeeds and detaches it when the connection ends.
// Where the client asked for it, the rest of the session is kept then (KeptSession), and the session of the connection
// by which it comes back goes on with that.

#include "protocol/api/params.hpp"
#include "protocol/api/results.hpp"
#include "service/gateway/connection.hpp"
#include "service/gateway/kept_session.hpp"
#include "service/gateway/presentation.hpp"
#include "service/gateway/reply.hpp"
#include "service/gateway/session_table.hpp"
#include "service/gateway/settings.hpp"
#include "service/hub/hubs.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace lobbyd::gateway {

class Session final : public ConnectionHandler, public hub::Receiver, public std::enable_shared_from_this<Session> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `address`: where the client connects from. `deflater`: compresses for it; null where that is not agreed upon.
  Session(std::shared_ptr<Connection> connection, std::string address, websocket::Deflater* deflater, hub::Hubs& hubs,
          SessionTable& table, const Settings& settings);

  void on_requests(Requests requests) override;
  void on_flushed() override;
  void on_overflow(const Outbox::Overflow& overflow) override;
  void on_fault() override { resumable_.reset(); }
  void on_end(std::unique_ptr<Outbox> rest) override;
  void deliver(const hub::Delivery& delivery) override;
  void notify(const hub::Notice& notice) override;
  void on_broker_status(const upstream::BrokerStatus& status) override;
  void on_displaced(bool vanished) override;
  void on_wills_published() override;

  // The session ends, and is not kept. The will is published unless the same client has come back.
  void close(api::CloseCode code, hub::Departure departure, std::optional<std::chrono::milliseconds> retry_after = {});
  void announce_drain(std::chrono::milliseconds deadline, std::chrono::milliseconds reconnect_after);
  void tick(TimePoint now);
  void abort() { connection_->abort(); }
  bool is_gone() const { return connection_->is_gone(); }
  const std::string& address() const { return address_; }

 private:
  // A request that has come in and waits for its turn.
  struct Waiting {
    Request request;
    std::shared_ptr<Batch> batch;
    std::size_t bytes;  // its share of the frame
  };
  // Another one, by which the client has come back while this connection was not known to be lost: it goes on when what
  // this one had for the client is there.
  struct Successor {
    std::shared_ptr<Session> session;
    api::ConnectParams params;
    Reply reply;
    TimePoint deadline;
  };
  struct Resumable {
    Terms terms;
    std::unique_ptr<Successor> successor;  // few have one, and not for long
  };
  // A `connect` that waits, since others take this client's connection over again and again.
  struct HeldUp {
    api::ConnectParams params;
    Reply reply;
    TimePoint until;
  };
  // What `disconnect` asked for, until the requests before it are answered.
  struct Leaving {
    hub::Departure departure;
    Reply reply;
  };

  bool may_begin() const;
  bool outruns_broker() const;
  void begin_waiting();
  Reply::Send sender();
  Reply::Guard begin_request(std::size_t bytes);
  void end_request(std::size_t bytes);
  void handle(Request request, Reply reply);

  void carry_out(api::ConnectParams params, Reply reply);
  void carry_out(api::DisconnectParams params, Reply reply);
  void carry_out(api::PingParams params, Reply reply);
  void carry_out(api::AckParams params, Reply reply);
  void carry_out(api::SubscribeParams params, Reply reply);
  void carry_out(const api::UnsubscribeParams& params, Reply reply);
  void carry_out(api::PublishParams params, Reply reply);
  void carry_out(api::RetainedGetParams params, Reply reply);
  void carry_out(api::ServiceParams params, Reply reply);

  std::expected<void, api::Error> check_connect(const api::ConnectParams& params) const;
  std::expected<void, api::Error> check_broker() const;
  void begin(api::ConnectParams params, Reply reply);
  void conclude_connect(api::ConnectParams params, Reply reply);
  void take_place(api::ConnectParams params, Reply reply);
  void end_older();
  void present_as(const api::ConnectParams& params);
  std::chrono::seconds granted_expiry(const std::optional<api::SessionParams>& asked) const;
  static std::chrono::seconds longest_delay(const Terms& terms);
  void answer_connect(const Terms& terms, bool resumed, api::WillState will, Reply& reply);
  api::ConnectResult connect_result(const Terms& terms, bool resumed, api::WillState will) const;

  bool resumes(api::ConnectParams& params, Reply& reply);
  void make_way_for(std::shared_ptr<Session> session, api::ConnectParams params, Reply reply);
  std::unique_ptr<Successor> take_successor();
  void give_up_making_way();
  static void hand_over(std::unique_ptr<KeptSession> kept, Successor successor);
  void resume(std::unique_ptr<KeptSession> kept, api::ConnectParams params, Reply reply);
  void go_on_with(KeptSession::Parts parts, api::ConnectParams params, Reply& reply);
  void remember(Terms terms, std::unique_ptr<Outbox> outbox);
  std::unique_ptr<KeptSession> keep(std::unique_ptr<Outbox> rest);
  void answer_page(const api::RetainedGetParams& params, const hub::RetainedResult& result, Reply& reply);
  void leave_if_answered();

  // False where the client could not take it: nothing is sent then.
  bool tell(const std::string& notification);
  void send_text(std::string_view text);
  void detach(hub::Departure departure, hub::Answer<std::monostate> answer = {});

  std::shared_ptr<Connection> connection_;
  std::string address_;
  hub::Hubs& hubs_;
  SessionTable& table_;
  const Settings& settings_;
  TimePoint accepted_;
  std::shared_ptr<hub::BrokerHub> broker_;  // from `connect` to the end
  bool connecting_ = false;                 // `connect` waits for something, and all requests for `connect`
  std::optional<HeldUp> held_up_;
  hub::Client* client_ = nullptr;  // attached from shortly before the answer to `connect` to the end
  std::string client_id_;
  Presentation presentation_;
  std::unique_ptr<Resumable> resumable_;  // of a session that is to be kept
  std::list<Waiting> waiting_;            // of few frames; the next are not read before they have begun
  std::size_t requests_ = 0;              // begun and not answered
  std::size_t request_bytes_ = 0;         // of those
  bool reading_page_ = false;             // a `retained.get` is among them
  unsigned faults_ = 0;
  std::optional<Leaving> leaving_;
  bool left_ = false;  // `disconnect` has been carried out, or is being
  // The last that the client was told.
  api::BrokerState broker_state_ = api::BrokerState::connecting;
};

}  // namespace lobbyd::gateway
