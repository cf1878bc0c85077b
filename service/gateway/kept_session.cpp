#include "service/gateway/kept_session.hpp"

#include "service/gateway/kept_sessions.hpp"

#include <openssl/crypto.h>

#include <utility>

namespace lobbyd::gateway {

namespace {

// In a time that tells nothing of where they differ.
bool is_same_secret(const std::string& one, const std::string& other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace

void KeptSession::deliver(const hub::Delivery& delivery) {
  present(delivery, parts_.presentation,
          [this](Frame frame, Outbox::Class frame_class, const FilterName& filter, std::string_view topic,
                 std::uint32_t messages) { push(std::move(frame), frame_class, filter, topic, messages); });
}

void KeptSession::notify(const hub::Notice& notice) {
  present(notice, parts_.presentation,
          [this](Frame frame, Outbox::Class frame_class, std::string_view subject, std::uint32_t messages) {
            push(std::move(frame), frame_class, {}, subject, messages);
          });
}

void KeptSession::push(Frame frame, Outbox::Class frame_class, const FilterName& filter, std::string_view topic,
                       std::uint32_t messages) {
  if (is_lost()) {
    return;
  }
  const std::size_t before = held_bytes();
  parts_.outbox->push(std::move(frame), frame_class, filter, topic, messages);
  if (parts_.outbox->has_lost()) {
    parts_.outbox.reset();
  }
  // Perhaps this one is not owned yet: then it is counted when it is.
  if (owner_ != nullptr) {
    owner_->on_change(before, held_bytes());
  }
}

bool means(const api::ConnectParams& params, const websocket::Deflater* deflater, const Terms& terms,
           const Presentation& presentation, const hub::BrokerHub& broker) {
  return params.resume && is_same_secret(params.resume->secret, terms.secret) && params.broker == terms.broker &&
         (params.username || params.password) == broker.dedicated() && params.payloads == presentation.payloads &&
         params.max_message_bytes >= presentation.max_frame_bytes && deflater == presentation.deflater;
}

}  // namespace lobbyd::gateway
