#pragma once

// A read of retained messages that somebody has asked for.

#include "service/hub/client.hpp"
#include "service/hub/hub.hpp"
#include "service/hub/pending.hpp"
#include "service/hub/retained_reader.hpp"

#include <memory>
#include <string>
#include <vector>

namespace lobbyd::hub {

// Answers with the messages by their topics. Returns what waits, for its deadline; null where it is refused at once,
// since as much waits as may.
std::shared_ptr<Expiring> ask_for_retained(RetainedReader& reader, Client& asker, std::vector<std::string> filters,
                                           RetainedReader::TimePoint now, Answer<RetainedResult> answer);

}  // namespace lobbyd::hub
