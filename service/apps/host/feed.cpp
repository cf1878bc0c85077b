#include "service/apps/host/feed.hpp"

#include "service/hub/client.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace lobbyd::apps {
namespace {

// After a reading that was cut, or a broker that has refused a filter.
constexpr std::chrono::seconds retry_after{5};

FeedListener& nobody() {
  static class Nobody final : public FeedListener {
  } listener;
  return listener;
}

std::expected<void, api::Error> verdict(const std::expected<api::SubscribeResult, api::Error>& result) {
  if (!result) {
    return std::unexpected(result.error());
  }
  for (const std::uint8_t granted : result->granted) {
    if (granted >= 0x80) {
      return std::unexpected(
          api::broker_refused("the broker does not let lobbyd subscribe to the topics of its services", granted,
                              mqtt::name(static_cast<mqtt::ReasonCode>(granted))));
    }
  }
  if (result->complete == api::Completeness::truncated) {
    return std::unexpected(not_whole());
  }
  return {};
}

}  // namespace

upstream::Message to_message(Publication publication) {
  upstream::Message message{.topic = std::move(publication.topic), .payload = std::move(publication.payload)};
  message.qos = mqtt::QoS::at_least_once;
  message.retain = publication.retain;
  if (publication.expiry) {
    message.expiry.emplace(*publication.expiry, Context::now().steady);
  }
  return message;
}

Feed::Feed(Context& context, Waker& waker, FeedListener& listener)
    : context_(context),
      waker_(waker),
      listener_(listener),
      client_(context.hub.attach_service(static_cast<hub::Receiver&>(*this))) {}

Feed::Feed(Context& context) : Feed(context, nobody()) {}

Feed::~Feed() {
  context_.hub.detach_service(client_);
}

// Filters -------------------------------------------------------------------------------------------------------------

void Feed::keep(std::vector<std::string> filters) {
  std::ranges::move(filters, std::back_inserter(filters_));
  read();
}

void Feed::add(const std::vector<std::string>& filters, Done done) {
  std::ranges::copy_if(filters, std::back_inserter(filters_), [this](const std::string& filter) {
    return std::ranges::find(filters_, filter) == filters_.end();
  });
  context_.hub.subscribe_service(client_, filters,
                                 [done = std::move(done)](const auto& result) mutable { done(verdict(result)); });
}

void Feed::remove(const std::vector<std::string>& filters) {
  context_.hub.unsubscribe_service(client_, filters);
  std::erase_if(filters_,
                [&](const std::string& filter) { return std::ranges::find(filters, filter) != filters.end(); });
}

void Feed::read() {
  retry_.reset();
  listener_.on_reading();
  if (filters_.empty()) {
    return listener_.on_read(std::exchange(forgetful_, false));
  }
  context_.hub.subscribe_service(client_, filters_,
                                 [this, reading = ++reading_](const auto& result) { on_answer(reading, result); });
}

void Feed::on_answer(std::uint64_t reading, const std::expected<api::SubscribeResult, api::Error>& result) {
  if (reading != reading_) {
    return;
  }
  if (const auto whole = verdict(result); whole) {
    listener_.on_read(std::exchange(forgetful_, false));
  } else {
    retry_ = Context::now().steady + retry_after;
    waker_.wake_at(*retry_);
    listener_.on_unread(whole.error());
  }
}

void Feed::on_restored(bool forgetful) {
  forgetful_ = forgetful_ || forgetful;
  read();
}

void Feed::handle_timeout(TimePoint now) {
  if (retry_ && *retry_ <= now) {
    read();
  }
}

void Feed::deliver(const hub::Delivery& delivery) {
  const hub::Message& message = *delivery.message;
  for (std::size_t index = 0; index < message.count(); ++index) {
    listener_.on_message(message.topic(), message.payload(index));
  }
}

// Publishing ----------------------------------------------------------------------------------------------------------

void Feed::publish(Publication publication, Done done) {
  context_.hub.publish_service(client_, to_message(std::move(publication)),
                               [done = std::move(done)](auto result) mutable {
                                 if (!done) {
                                   return;
                                 }
                                 result ? done({}) : done(std::unexpected(std::move(result.error())));
                               });
}

void Feed::publish_all(std::vector<Publication> publications, Done done) {
  if (publications.empty()) {
    return done({});
  }
  struct UnderWay {
    Done done;
    std::size_t missing;
    std::expected<void, api::Error> result;
  };
  const auto under_way =
      std::make_shared<UnderWay>(std::move(done), publications.size(), std::expected<void, api::Error>());
  for (Publication& publication : publications) {
    publish(std::move(publication), [under_way](auto result) {
      if (!result && under_way->result) {
        under_way->result = std::move(result);
      }
      if (--under_way->missing == 0) {
        under_way->done(std::move(under_way->result));
      }
    });
  }
}

void Feed::look(std::vector<std::string> filters, hub::Answer<hub::RetainedResult> answer) {
  context_.hub.read_closed(client_, std::move(filters), std::move(answer));
}

}  // namespace lobbyd::apps
