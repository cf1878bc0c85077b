#include "service/hub/retained_call.hpp"

#include <algorithm>
#include <chrono>
#include <expected>
#include <utility>

namespace lobbyd::hub {

namespace {

struct RetainedCall final : Pending<RetainedResult> {
  RetainedCall(RetainedReader& its_reader, Client& asker, Answer<RetainedResult> answer)
      : Pending(asker, std::move(answer)), reader(its_reader) {}
  void expire() override {
    reader.cancel(ticket, std::chrono::steady_clock::now());
    Pending::expire();
  }

  RetainedReader& reader;
  RetainedReader::Ticket ticket = 0;
};

void answer_with(RetainedCall& call, const RetainedSet& set) {
  if (set.refused) {
    return call.settle(std::unexpected(api::broker_refused(
        "the broker refused the filter", static_cast<std::uint8_t>(*set.refused), mqtt::name(*set.refused))));
  }
  RetainedResult result{.messages = set.messages, .complete = set.complete};
  std::ranges::sort(result.messages, {}, [](const MessagePtr& message) { return message->topic(); });
  call.settle(std::move(result));
}

}  // namespace

std::shared_ptr<Expiring> ask_for_retained(RetainedReader& reader, Client& asker, std::vector<std::string> filters,
                                           RetainedReader::TimePoint now, Answer<RetainedResult> answer) {
  if (reader.full()) {
    answer(std::unexpected(
        api::Error{api::Reason::broker_unavailable, "too many reads wait for the broker; try again later"}));
    return nullptr;
  }
  auto call = std::make_shared<RetainedCall>(reader, asker, std::move(answer));
  call->ticket =
      reader.request(&asker, std::move(filters), now, [call](const RetainedSet& set) { answer_with(*call, set); });
  return call;
}

}  // namespace lobbyd::hub
