#include "service/gateway/session.hpp"

#include "protocol/websocket/frame.hpp"
#include "service/apps/host/apps.hpp"
#include "service/gateway/departure.hpp"
#include "service/gateway/retained_page.hpp"
#include "service/gateway/unix_time.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace lobbyd::gateway {

namespace {

// Frames that are not JSON-RPC; then the connection is closed (api.md, "Close codes").
constexpr unsigned max_faults = 10;
// Requests under way; then the next wait until some have been answered.
constexpr std::size_t max_requests = 1024;
// Of them, as they came in: what waits for a broker that is away is kept.
constexpr std::size_t max_request_bytes = 1U << 20U;
// Of a page of retained messages, where a client would take more in one frame: it is made in one turn of the loop.
constexpr std::size_t max_page_bytes = 256U << 10U;

bool is_protocol_fault(api::Reason reason) {
  return reason == api::Reason::parse_error || reason == api::Reason::invalid_request;
}

std::string_view describe(hub::Departure departure) {
  switch (departure) {
    case hub::Departure::disconnected:
    case hub::Departure::disconnected_with_will:
      return "disconnected";
    case hub::Departure::taken_over:
      return "was taken over by a newer connection";
    case hub::Departure::drained:
      return "was told to come again";
    case hub::Departure::lost:
      break;
  }
  return "was lost";
}

}  // namespace

Session::Session(std::shared_ptr<Connection> connection, std::string address, websocket::Deflater* deflater,
                 hub::Hubs& hubs, SessionTable& table, const Settings& settings)
    : connection_(std::move(connection)),
      address_(std::move(address)),
      hubs_(hubs),
      table_(table),
      settings_(settings),
      accepted_(std::chrono::steady_clock::now()),
      presentation_{.deflater = deflater} {}

// From the client ----------------------------------------------------------------------------------------------------

void Session::on_requests(Requests requests) {
  const auto batch = requests.batch
                         ? std::make_shared<Batch>(std::min(presentation_.max_frame_bytes, max_page_bytes), sender())
                         : nullptr;
  for (Request& request : requests.requests) {
    waiting_.push_back({std::move(request), batch, requests.bytes / requests.requests.size()});
  }
  begin_waiting();
}

void Session::on_flushed() {
  begin_waiting();
  leave_if_answered();
}

bool Session::may_begin() const {
  return !connecting_ && requests_ < max_requests && request_bytes_ <= max_request_bytes && !reading_page_ &&
         connection_->owed_bytes() <= settings_.outbox.bytes / 4 && !outruns_broker();
}

bool Session::outruns_broker() const {
  return requests_ > 0 && client_ != nullptr && broker_->hub().crowded(*client_);
}

void Session::begin_waiting() {
  while (!waiting_.empty() && may_begin()) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    Reply reply(next.request.id, sender(), begin_request(next.bytes), std::move(next.batch));
    handle(std::move(next.request), std::move(reply));
    if (!connection_->is_open() || left_) {
      waiting_.clear();
    }
  }
  connection_->pause_reading(!waiting_.empty());
}

Reply::Send Session::sender() {
  return [weak = weak_from_this()](const std::string& answer) {
    if (const auto self = weak.lock()) {
      self->send_text(answer);
    }
  };
}

Reply::Guard Session::begin_request(std::size_t bytes) {
  ++requests_;
  request_bytes_ += bytes;
  return Reply::Guard(this, [weak = weak_from_this(), bytes](const void*) {
    if (const auto self = weak.lock()) {
      self->end_request(bytes);
    }
  });
}

void Session::end_request(std::size_t bytes) {
  --requests_;
  request_bytes_ -= bytes;
  // An answer may come from deep within the hub: what it lets begin has a turn of its own.
  if (!waiting_.empty() || leaving_) {
    connection_->request_flush();
  }
}

void Session::handle(Request request, Reply reply) {
  if (!request.params) {
    reply.error(request.params.error());
    if (is_protocol_fault(request.params.error().reason) && ++faults_ >= max_faults) {
      reply.flush();
      connection_->close(api::CloseCode::invalid_request);
    }
    return;
  }
  const bool connecting = std::holds_alternative<api::ConnectParams>(*request.params);
  if (connecting && client_ != nullptr) {
    return reply.error({api::Reason::bad_state, "this connection has sent \"connect\" already"});
  }
  if (!connecting && client_ == nullptr) {
    return reply.error({api::Reason::bad_state, "the first request must be \"connect\""});
  }
  std::visit([&](auto& typed) { carry_out(std::move(typed), std::move(reply)); }, *request.params);
}

// The methods --------------------------------------------------------------------------------------------------------

void Session::carry_out(api::DisconnectParams params, Reply reply) {
  left_ = true;
  leaving_.emplace(params.will ? hub::Departure::disconnected_with_will : hub::Departure::disconnected,
                   std::move(reply));
  leave_if_answered();
}

// Its own is the last request under way.
void Session::leave_if_answered() {
  if (!leaving_ || requests_ > 1) {
    return;
  }
  Leaving leaving = *std::exchange(leaving_, std::nullopt);
  detach(leaving.departure, [weak = weak_from_this(), reply = std::move(leaving.reply)](auto result) mutable {
    result ? reply.result(api::Json::object()) : reply.error(result.error());
    reply.flush();
    if (const auto self = weak.lock()) {
      self->connection_->close(api::CloseCode::normal);
    }
  });
}

void Session::carry_out(api::PingParams, Reply reply) {
  reply.result(api::to_json(api::PingResult{.time = unix_milliseconds()}));
}

void Session::carry_out(api::AckParams params, Reply reply) {
  if (resumable_ && params.received > resumable_->terms.notified) {
    return reply.error(api::invalid_field("received", "\"received\" is more than was ever sent on this session"));
  }
  connection_->acknowledge(params.received);
  reply.result(api::Json::object());
}

void Session::carry_out(api::SubscribeParams params, Reply reply) {
  broker_->hub().subscribe(*client_, std::move(params), [reply = std::move(reply)](auto result) mutable {
    result ? reply.result(api::to_json(*result)) : reply.error(result.error());
  });
}

void Session::carry_out(const api::UnsubscribeParams& params, Reply reply) {
  broker_->hub().unsubscribe(*client_, params, [reply = std::move(reply)](auto result) mutable {
    result ? reply.result(api::Json::object()) : reply.error(result.error());
  });
}

void Session::carry_out(api::PublishParams params, Reply reply) {
  broker_->hub().publish(*client_, std::move(params), [reply = std::move(reply)](auto result) mutable {
    result ? reply.result(api::to_json(*result)) : reply.error(result.error());
  });
}

void Session::carry_out(api::RetainedGetParams params, Reply reply) {
  std::string filter = std::move(params.filter);
  reading_page_ = true;
  broker_->hub().read_retained(
      *client_, std::move(filter),
      [weak = weak_from_this(), params = std::move(params), reply = std::move(reply)](auto result) mutable {
        if (const auto self = weak.lock()) {
          self->reading_page_ = false;
          result ? self->answer_page(params, *result, reply) : reply.error(result.error());
        }
      });
}

void Session::answer_page(const api::RetainedGetParams& params, const hub::RetainedResult& result, Reply& reply) {
  const std::size_t envelope = reply.envelope_size() + api::write_retained_result({}, result.complete, "").size();
  const RetainedPage page = make_page(result.messages, params.cursor,
                                      {.messages = params.limit,
                                       .bytes = std::min(presentation_.max_frame_bytes, max_page_bytes) - envelope,
                                       .message_bytes = presentation_.max_frame_bytes - envelope},
                                      presentation_.payloads, std::chrono::steady_clock::now());
  for (const RetainedPage::TooLarge& left_out : page.too_large) {
    connection_->send(too_large_frame("retained.get", left_out.topic, left_out.bytes, presentation_),
                      Outbox::Class::retained);
  }
  reply.result_text(api::write_retained_result(page.messages, result.complete, page.next));
}

void Session::carry_out(api::ServiceParams params, Reply reply) {
  const std::size_t most = std::min(presentation_.max_frame_bytes, max_page_bytes);
  const apps::Caller caller{.result_bytes = most - reply.envelope_size()};
  apps::Apps::of(*broker_)->carry_out(
      *client_, std::move(params), caller, [most = caller.result_bytes, reply = std::move(reply)](auto result) mutable {
        if (result && result->size() > most) {
          result = std::unexpected(
              api::Error{api::Reason::too_large, "the answer is larger than the frames that this client takes"});
        }
        result ? reply.result_text(*result) : reply.error(result.error());
        // What it brings about is told behind it.
        reply.flush();
      });
}

// To the client ------------------------------------------------------------------------------------------------------

void Session::deliver(const hub::Delivery& delivery) {
  present(delivery, presentation_,
          [this](const Frame& frame, Outbox::Class frame_class, const FilterName& filter, std::string_view topic,
                 std::uint32_t messages) {
            if (resumable_) {
              resumable_->terms.notified += messages;
            }
            connection_->send(frame, frame_class, filter, topic, messages);
          });
}

void Session::notify(const hub::Notice& notice) {
  present(notice, presentation_,
          [this](const Frame& frame, Outbox::Class frame_class, std::string_view subject, std::uint32_t messages) {
            if (resumable_) {
              resumable_->terms.notified += messages;
            }
            connection_->send(frame, frame_class, {}, subject, messages);
          });
}

void Session::on_overflow(const Outbox::Overflow& overflow) {
  api::OverflowNotification notification{.dropped = overflow.dropped, .filters = overflow.filters};
  while (!tell(api::write_notification(notification)) && !notification.filters.empty()) {
    notification.filters.pop_back();
  }
}

void Session::announce_drain(std::chrono::milliseconds deadline, std::chrono::milliseconds reconnect_after) {
  if (client_ != nullptr && !connecting_) {
    tell(api::write_notification(api::DrainNotification{.deadline = deadline, .reconnect_after = reconnect_after}));
  }
}

bool Session::tell(const std::string& notification) {
  const Frame frame = notification_frame(notification, presentation_);
  if (frame) {
    connection_->send(frame, Outbox::Class::notice);
  }
  return frame != nullptr;
}

void Session::send_text(std::string_view text) {
  connection_->send(text_frame(text, presentation_), Outbox::Class::notice);
}

// The end ------------------------------------------------------------------------------------------------------------

void Session::close(api::CloseCode code, hub::Departure departure,
                    std::optional<std::chrono::milliseconds> retry_after) {
  const std::unique_ptr<Successor> successor = take_successor();
  held_up_.reset();
  detach(departure);
  connection_->close(code, retry_after);
  if (successor) {
    successor->session->connection_->close(code, retry_after);
  }
}

void Session::on_end(std::unique_ptr<Outbox> rest) {
  waiting_.clear();
  connecting_ = false;
  held_up_.reset();
  std::unique_ptr<Successor> successor = take_successor();
  std::unique_ptr<KeptSession> kept = keep(std::move(rest));
  const hub::Departure otherwise = successor ? hub::Departure::taken_over : hub::Departure::lost;
  detach(leaving_ ? leaving_->departure : otherwise);
  leaving_.reset();
  broker_.reset();
  table_.leave(*this);
  if (successor) {
    hand_over(std::move(kept), std::move(*successor));
  } else if (kept) {
    table_.keep(std::move(kept));
  }
}

void Session::detach(hub::Departure departure, hub::Answer<std::monostate> answer) {
  if (hub::Client* client = std::exchange(client_, nullptr)) {
    spdlog::debug("client \"{}\" {}", client_id_, describe(departure));
    table_.unname(client_id_, *this);
    if (std::exchange(resumable_, nullptr)) {
      connection_->remember(nullptr);
    }
    detach_client(*broker_, *client, departure, std::move(answer));
  }
}

void Session::tick(TimePoint now) {
  if (client_ == nullptr && !left_ && !connecting_ && connection_->is_open() &&
      now - accepted_ >= settings_.handshake) {
    connection_->close(api::CloseCode::timeout);
  }
  if (resumable_ && resumable_->successor && now >= resumable_->successor->deadline) {
    give_up_making_way();
  }
  if (held_up_ && now >= held_up_->until && connection_->is_open()) {
    HeldUp held_up = *std::exchange(held_up_, std::nullopt);
    connecting_ = false;
    take_place(std::move(held_up.params), std::move(held_up.reply));
  }
}

}  // namespace lobbyd::gateway
