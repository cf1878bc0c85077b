#include "service/apps/host/signal_host.hpp"

#include "service/hub/client.hpp"
#include "service/schedule/earliest.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::apps {
namespace {

constexpr std::chrono::seconds kept_idle{30};

// Of an event that is for one client, which one.
const std::string& client_of(const SignalEvent& event) {
  return std::visit([](const auto& each) -> const std::string& { return each.client_id; }, event);
}

}  // namespace

SignalHost::SignalHost(Context& context, Waker& waker, SignalRoom::Random random, const std::string& name,
                       SignalRoom::Settings settings)
    : context_(context),
      waker_(waker),
      room_(context.surroundings, std::move(random), name, std::move(settings)),
      feed_(context, waker, static_cast<FeedListener&>(*this)) {
  note_use();
  feed_.keep(room_.filters());
}

// Clients -------------------------------------------------------------------------------------------------------------

void SignalHost::join(hub::Client& client, PeerVoice& voice, Choose choose) {
  const Moment::TimePoint join_by = Context::now().steady + request_time;
  clients_.insert_or_assign(client.id, Local{.client = &client, .voice = &voice, .join_by = join_by});
  note_use();
  waker_.wake_at(join_by);
  if (room_.loaded()) {
    begin(client.id, std::move(choose));
  } else {
    early_.push_back({client.id, std::move(choose)});
  }
}

void SignalHost::begin(const std::string& client_id, Choose choose) {
  auto joining = choose(room_);
  if (!joining) {
    return refuse(client_id, std::move(joining.error()));
  }
  SignalOutput out;
  if (auto begun = room_.join(*std::move(joining), Context::now(), out); !begun) {
    return refuse(client_id, std::move(begun.error()));
  }
  settle(std::move(out), [this, client_id](auto taken) {
    if (!taken) {
      drop_claim(client_id);
      refuse(client_id, std::move(taken.error()));
    }
  });
}

void SignalHost::drop_claim(const std::string& client_id) {
  SignalOutput out;
  std::ignore = room_.leave(client_id, out);
  settle(std::move(out));
}

void SignalHost::refuse(const std::string& client_id, api::Error error) {
  if (const auto local = clients_.find(client_id); local != clients_.end()) {
    PeerVoice& voice = *local->second.voice;
    forget(client_id);
    voice.on_signal(room_.name(), PeerRefused{client_id, std::move(error)});
  }
}

void SignalHost::leave(const std::string& client_id, Feed::Done done) {
  SignalOutput out;
  const auto left = room_.leave(client_id, out);
  if (!left) {
    return done(std::unexpected(left.error()));
  }
  forget(client_id);
  settle(std::move(out), std::move(done));
}

void SignalHost::send(const std::string& client_id, SignalRoom::Sending sending, Feed::Done done) {
  SignalOutput out;
  const auto sent = room_.send(client_id, std::move(sending), out);
  if (!sent) {
    return done(std::unexpected(sent.error()));
  }
  settle(std::move(out), std::move(done));
}

void SignalHost::seal(const std::string& client_id, Feed::Done done) {
  SignalOutput out;
  const auto sealed = room_.seal(client_id, out);
  if (!sealed) {
    return done(std::unexpected(sealed.error()));
  }
  settle(std::move(out), std::move(done));
}

void SignalHost::drop(const std::string& client_id, bool silent) {
  std::erase_if(early_, [&](const Early& early) { return early.client_id == client_id; });
  clients_.erase(client_id);
  note_use();
  SignalOutput out;
  std::ignore = room_.leave(client_id, out);
  if (!silent) {
    settle(std::move(out));
  }
}

void SignalHost::forget(const std::string& client_id) {
  if (const auto node = clients_.extract(client_id)) {
    note_use();
    context_.renew_wills(*node.mapped().client);
  }
}

void SignalHost::note_use() {
  if (clients_.empty()) {
    idle_since_ = Context::now().steady;
    waker_.wake_at(*idle_since_ + kept_idle);
  } else {
    idle_since_.reset();
  }
}

// The broker ----------------------------------------------------------------------------------------------------------

void SignalHost::on_message(std::string_view topic, std::string_view payload) {
  SignalOutput out;
  room_.on_message(topic, payload, Context::now(), out);
  settle(std::move(out));
}

void SignalHost::on_read(bool forgetful) {
  SignalOutput out;
  room_.end_reading(forgetful, Context::now(), out);
  settle(std::move(out));
  for (Early& early : std::exchange(early_, {})) {
    begin(early.client_id, std::move(early.choose));
  }
}

void SignalHost::on_unread(const api::Error& error) {
  for (const Early& early : std::exchange(early_, {})) {
    refuse(early.client_id, error);
  }
}

// What comes of it ----------------------------------------------------------------------------------------------------

void SignalHost::settle(SignalOutput out, Feed::Done done) {
  for (const std::string& client_id : out.new_wills) {
    if (const auto local = clients_.find(client_id); local != clients_.end()) {
      context_.renew_wills(*local->second.client);
    }
  }
  if (done) {
    feed_.publish_all(std::move(out.publications), std::move(done));
  } else {
    for (Publication& publication : out.publications) {
      feed_.publish(std::move(publication));
    }
  }
  for (const SignalEvent& event : out.events) {
    tell(event);
  }
  if (const auto next = room_.next_timeout()) {
    waker_.wake_at(*next);
  }
}

void SignalHost::tell(const SignalEvent& event) {
  const std::string client_id = client_of(event);
  const auto local = clients_.find(client_id);
  if (local == clients_.end()) {
    return;
  }
  if (const auto* refused = std::get_if<PeerRefused>(&event)) {
    return refuse(client_id, refused->error);
  }
  local->second.join_by.reset();
  PeerVoice& voice = *local->second.voice;
  if (std::holds_alternative<PeerDropped>(event)) {
    forget(client_id);
  }
  voice.on_signal(room_.name(), event);
}

// Upkeep --------------------------------------------------------------------------------------------------------------

void SignalHost::sweep(const std::set<std::string, std::less<>>& dead) {
  SignalOutput out;
  room_.sweep(dead, out);
  settle(std::move(out));
}

bool SignalHost::is_over(Moment::TimePoint now) const {
  return idle_since_ && now - *idle_since_ >= kept_idle;
}

std::optional<Moment::TimePoint> SignalHost::next_timeout(Moment /*now*/) const {
  Due next = earliest({room_.next_timeout(), feed_.next_timeout(), idle_since_ ? *idle_since_ + kept_idle : Due()});
  for (const auto& [client_id, local] : clients_) {
    next = earliest({next, local.join_by});
  }
  return next;
}

void SignalHost::handle_timeout(Moment now) {
  feed_.handle_timeout(now.steady);
  std::vector<std::string> late;
  for (const auto& [client_id, local] : clients_) {
    if (local.join_by && *local.join_by <= now.steady) {
      late.push_back(client_id);
    }
  }
  for (const std::string& client_id : late) {
    std::erase_if(early_, [&](const Early& early) { return early.client_id == client_id; });
    drop_claim(client_id);
    refuse(client_id, timed_out());
  }
  SignalOutput out;
  room_.handle_timeout(now, out);
  settle(std::move(out));
}

}  // namespace lobbyd::apps
