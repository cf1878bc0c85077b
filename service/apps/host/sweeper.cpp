#include "service/apps/host/sweeper.hpp"

#include "service/apps/rooms/room_records.hpp"
#include "service/apps/rooms/room_topics.hpp"
#include "service/apps/topic_levels.hpp"
#include "service/hub/wills/instance_record.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace lobbyd::apps {

Sweeper::Sweeper(Context& context, Sweep sweep)
    : context_(context),
      sweep_(std::move(sweep)),
      started_(Context::now().steady),
      next_look_(started_ + interval),
      feed_(context) {}

void Sweeper::handle_timeout(Moment::TimePoint now) {
  if (now < next_look_) {
    return;
  }
  next_look_ = now + interval;
  feed_.look({context_.surroundings.prefix + "instance/+"}, [this](const auto& result) {
    if (result && result->complete != api::Completeness::truncated) {
      take_records(*result);
    }
  });
}

void Sweeper::take_records(const hub::RetainedResult& result) {
  const Moment::TimePoint now = Context::now().steady;
  Names alive;
  for (const hub::MessagePtr& message : result.messages) {
    const auto levels = topic_levels<2>(context_.surroundings.prefix, message->topic());
    const auto record = hub::parse_record(message->payload());
    if (levels && record && record->state == hub::InstanceState::alive) {
      alive.emplace((*levels)[1]);
    }
  }
  for (const std::string& instance : alive_) {
    if (!alive.contains(instance)) {
      missed_since_.emplace(instance, now);
    }
  }
  std::erase_if(missed_since_, [&](const auto& missed) { return alive.contains(missed.first); });
  alive_ = std::move(alive);
  const bool all = !looked_at_all_ && now - started_ >= patience;
  const bool some =
      std::ranges::any_of(missed_since_, [&](const auto& missed) { return now - missed.second >= patience; });
  if (all || some) {
    look_through_rooms(all);
  }
}

bool Sweeper::is_gone(std::string_view instance, bool all) const {
  if (instance == context_.surroundings.instance || alive_.contains(instance)) {
    return false;
  }
  const auto missed = missed_since_.find(instance);
  return missed == missed_since_.end() ? all : Context::now().steady - missed->second >= patience;
}

void Sweeper::look_through_rooms(bool all) {
  const std::string& prefix = context_.surroundings.prefix;
  feed_.look({RoomTopics::all_logs(prefix), RoomTopics::all_members(prefix)}, [this, all](const auto& result) {
    if (!result || result->complete == api::Completeness::truncated) {
      spdlog::warn("rooms could not be looked through for what instances that are gone have left; it is tried again");
      return;
    }
    Names gone;
    Names rooms;
    for (const hub::MessagePtr& message : result->messages) {
      const auto topic = parse_room_topic(context_.surroundings.prefix, message->topic());
      if (!topic) {
        continue;
      }
      std::string instance(topic->name);
      if (topic->kind == RoomTopic::Kind::member) {
        const MemberNews news = read_member(context_.surroundings.reader, message->payload());
        const auto* member = std::get_if<MemberRecord>(&news);
        instance = member == nullptr ? std::string() : member->instance;
      }
      if (!instance.empty() && is_gone(instance, all)) {
        gone.insert(std::move(instance));
        rooms.emplace(topic->room);
      }
    }
    if (!rooms.empty()) {
      spdlog::info("{} instances are gone that have left something in {} rooms, which is taken over now", gone.size(),
                   rooms.size());
    }
    if (rooms.empty() || sweep_(gone, rooms)) {
      looked_at_all_ = looked_at_all_ || all;
      std::erase_if(missed_since_,
                    [](const auto& missed) { return Context::now().steady - missed.second >= patience; });
    }
  });
}

}  // namespace lobbyd::apps
