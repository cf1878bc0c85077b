// How a session goes on without its connection, and on another one.

#include "service/apps/host/apps.hpp"
#include "service/gateway/guarded.hpp"
#include "service/gateway/session.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace lobbyd::gateway {

namespace {

// For the thread that has the older connection to give back what it has.
constexpr std::chrono::seconds patience{5};

}  // namespace

bool Session::resumes(api::ConnectParams& params, Reply& reply) {
  if (!params.resume || !params.client_id) {
    return false;
  }
  if (const KeptSession* const kept = table_.kept().find(*params.client_id, std::chrono::steady_clock::now());
      kept != nullptr &&
      means(params, presentation_.deflater, kept->parts().terms, kept->parts().presentation, *kept->parts().broker)) {
    auto taken = table_.kept().take(*params.client_id);
    resume(std::move(taken), std::move(params), std::move(reply));
    return true;
  }
  if (const auto older = table_.find(*params.client_id);
      older && older->resumable_ &&
      means(params, presentation_.deflater, older->resumable_->terms, older->presentation_, *older->broker_)) {
    connecting_ = true;
    older->make_way_for(shared_from_this(), std::move(params), std::move(reply));
    return true;
  }
  return false;
}

void Session::make_way_for(std::shared_ptr<Session> session, api::ConnectParams params, Reply reply) {
  if (const auto earlier = take_successor()) {
    earlier->session->connection_->close(api::CloseCode::taken_over);
  }
  spdlog::debug("client \"{}\" has come back; its older connection is closed", client_id_);
  resumable_->successor = std::make_unique<Successor>(std::move(session), std::move(params), std::move(reply),
                                                      std::chrono::steady_clock::now() + patience);
  connection_->close(api::CloseCode::taken_over);
}

// None whose own connection has ended meanwhile.
std::unique_ptr<Session::Successor> Session::take_successor() {
  std::unique_ptr<Successor> successor = resumable_ ? std::move(resumable_->successor) : nullptr;
  return successor && successor->session->connecting_ ? std::move(successor) : nullptr;
}

void Session::give_up_making_way() {
  if (const std::unique_ptr<Successor> successor = take_successor()) {
    detach(hub::Departure::taken_over);
    hand_over(nullptr, std::move(*successor));
  }
}

void Session::hand_over(std::unique_ptr<KeptSession> kept, Successor successor) {
  Session& session = *successor.session;
  guarded(*session.connection_, session, [&](ConnectionHandler& /*handler*/) {
    session.resume(std::move(kept), std::move(successor.params), std::move(successor.reply));
  });
}

std::unique_ptr<KeptSession> Session::keep(std::unique_ptr<Outbox> rest) {
  if (client_ == nullptr || !resumable_ || leaving_ || !rest || rest->has_lost()) {
    return nullptr;
  }
  table_.unname(client_id_, *this);
  auto kept = std::make_unique<KeptSession>(KeptSession::Parts{.client_id = client_id_,
                                                               .broker = broker_,
                                                               .client = std::exchange(client_, nullptr),
                                                               .presentation = presentation_,
                                                               .terms = std::exchange(resumable_, nullptr)->terms,
                                                               .outbox = std::move(rest)});
  broker_->hub().hand_over(*kept->parts().client, *kept);
  if (apps::Apps* const apps = apps::Apps::of(*broker_)) {
    apps->lose_connection(*kept->parts().client);
  }
  return kept;
}

void Session::resume(std::unique_ptr<KeptSession> kept, api::ConnectParams params, Reply reply) {
  connecting_ = false;
  if (kept && kept->parts().outbox->can_continue_behind(params.resume->received)) {
    return go_on_with(kept->take(), std::move(params), reply);
  }
  if (kept) {
    // It ends when the new one has begun.
    table_.keep(std::move(kept));
  }
  begin(std::move(params), std::move(reply));
}

void Session::go_on_with(KeptSession::Parts parts, api::ConnectParams params, Reply& reply) {
  if (params.password) {
    mqtt::wipe(*params.password);
  }
  client_id_ = std::move(parts.client_id);
  table_.name(client_id_, shared_from_this());
  broker_ = std::move(parts.broker);
  client_ = parts.client;
  broker_->hub().hand_over(*client_, *this);
  present_as(params);
  parts.outbox->continue_behind(params.resume->received);
  Terms terms = std::move(parts.terms);
  terms.notified = parts.outbox->last_number();
  terms.expiry = params.session ? granted_expiry(params.session) : terms.expiry;
  const api::WillState will = broker_->hub().regain(*client_, std::move(params.will), longest_delay(terms));
  spdlog::debug("client \"{}\" goes on from {}, behind {} of {} notifications", client_id_, address_,
                params.resume->received, terms.notified);
  answer_connect(terms, true, will, reply);
  const bool is_kept_again = terms.expiry.count() > 0;
  remember(std::move(terms), std::move(parts.outbox));
  if (!is_kept_again) {
    resumable_.reset();
    connection_->remember(nullptr);
  }
}

}  // namespace lobbyd::gateway
