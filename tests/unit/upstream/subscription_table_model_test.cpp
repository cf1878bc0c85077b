// The subscription table against a model of a broker and of what was asked for, over random histories.

#include "service/upstream/subscription_table.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace lobbyd::upstream {
namespace {

using mqtt::QoS;
using mqtt::ReasonCode;
using Kind = SubscriptionTable::Request::Kind;

struct Subscribed {
  QoS qos;
  std::uint32_t id;
};

struct Sent {
  Kind kind;
  mqtt::Tag tag;
  std::vector<SubscriptionTable::Item> items;
  std::uint32_t id;
};

class History {
 public:
  explicit History(unsigned seed) : random_(seed) {}

  void run() {
    for (int step = 0; step < 400; ++step) {
      take_step();
    }
    settle();
    check();
  }

 private:
  struct Wish {
    QoS qos;
    std::uint32_t id;
    std::set<int> waiting;
  };

  unsigned below(unsigned limit) { return std::uniform_int_distribution<unsigned>(0, limit - 1)(random_); }

  void take_step() {
    const std::string filter(1, static_cast<char>('a' + below(5)));
    switch (below(8)) {
      case 0:
      case 1:
        return hold(filter, static_cast<QoS>(below(3)), 1 + below(2));
      case 2:
        wishes_.erase(filter);
        table_.release(filter);
        return;
      case 3:
      case 4:
        return send(1 + below(3));
      case 5:
      case 6:
        return answer(below(6) == 0);
      default:
        return linked_ ? link_down() : link_up(below(2) == 0);
    }
  }

  void hold(const std::string& filter, QoS qos, std::uint32_t id) {
    const int number = ++last_handler_;
    const auto [wish, fresh] = wishes_.try_emplace(filter, Wish{qos, id, {}});
    wish->second.qos = std::max(wish->second.qos, qos);
    wish->second.id = id;
    wish->second.waiting.insert(number);
    table_.hold(filter, qos, id, [this, filter, number](ReasonCode reason) { answered(filter, number, reason); });
    give_answers();
  }

  void answered(const std::string& filter, int number, ReasonCode reason) {
    if (is_failure(reason)) {
      // All that wait are told in one go; the first of them ends the wish.
      const auto wish = wishes_.find(filter);
      if (wish != wishes_.end()) {
        refused_.insert(wish->second.waiting.begin(), wish->second.waiting.end());
        wishes_.erase(wish);
      }
      ASSERT_EQ(refused_.erase(number), 1U) << "told twice, or after its release";
      return;
    }
    const auto wish = wishes_.find(filter);
    ASSERT_NE(wish, wishes_.end()) << "told after its release";
    ASSERT_EQ(wish->second.waiting.erase(number), 1U) << "told twice, or after its release";
    ASSERT_TRUE(broker_.contains(filter));
  }

  void give_answers() {
    for (auto& answer : table_.take_answers()) {
      answer.handler(answer.reason);
    }
    ASSERT_TRUE(refused_.empty()) << "a refusal did not reach all who wait";
    table_.take_unrestored();
  }

  void send(unsigned count) {
    while (linked_ && count-- > 0) {
      const auto request = table_.next_request(++last_tag_);
      if (!request) {
        return;
      }
      under_way_.push_back({request->kind,
                            request->tag,
                            {request->items.begin(), request->items.end()},
                            request->subscription_id.value_or(0)});
      for (const auto& item : request->items) {
        ASSERT_TRUE(busy_.insert(item.filter).second) << "two requests for one filter";
      }
    }
  }

  void answer(bool refuse) {
    if (under_way_.empty()) {
      return;
    }
    const Sent sent = carry_out(refuse);
    for (const auto& item : sent.items) {
      busy_.erase(item.filter);
    }
    if (sent.kind == Kind::unsubscribe) {
      ASSERT_TRUE(table_.unsubscribed(sent.tag));
    } else {
      std::vector<ReasonCode> reasons;
      for (const auto& item : sent.items) {
        reasons.push_back(refuse ? ReasonCode::not_authorized : static_cast<ReasonCode>(item.qos));
      }
      ASSERT_TRUE(table_.subscribed(sent.tag, reasons));
    }
    give_answers();
  }

  // The broker gets the oldest packet.
  Sent carry_out(bool refuse) {
    Sent sent = std::move(under_way_.front());
    under_way_.pop_front();
    for (const auto& item : sent.items) {
      if (sent.kind == Kind::unsubscribe) {
        broker_.erase(item.filter);
      } else if (!refuse) {
        broker_.insert_or_assign(item.filter, Subscribed{item.qos, sent.id});
      }
    }
    return sent;
  }

  void link_down() {
    // Some of what was sent still reached the broker; its answers did not come back.
    for (auto reached = below(static_cast<unsigned>(under_way_.size()) + 1); reached > 0; --reached) {
      carry_out(below(6) == 0);
    }
    under_way_.clear();
    busy_.clear();
    linked_ = false;
    table_.link_down();
  }

  void link_up(bool session_present) {
    linked_ = true;
    // A broker that was killed may have saved the session, and not all of its filters.
    std::erase_if(broker_, [&](const auto&) { return !session_present || below(4) == 0; });
    mqtt::ServerLimits limits;
    limits.session_present = session_present;
    limits.subscription_ids = ids_;
    table_.link_up(limits);
    give_answers();
  }

  // No more refusals: all must come right.
  void settle() {
    if (linked_) {
      link_down();
    }
    link_up(below(2) == 0);
    do {
      answer(false);
      send(100);
    } while (!under_way_.empty());
  }

  void check() {
    ASSERT_EQ(table_.size(), wishes_.size());
    ASSERT_EQ(broker_.size(), wishes_.size());
    for (const auto& [filter, wish] : wishes_) {
      ASSERT_TRUE(table_.wants(filter));
      ASSERT_TRUE(broker_.contains(filter)) << filter;
      EXPECT_GE(broker_.at(filter).qos, wish.qos);
      EXPECT_EQ(broker_.at(filter).id, ids_ ? wish.id : 0);
      EXPECT_TRUE(wish.waiting.empty()) << "a handler was forgotten";
    }
  }

  std::mt19937 random_;
  SubscriptionTable table_;
  bool ids_ = below(2) == 0;
  bool linked_ = false;
  std::map<std::string, Wish> wishes_;
  std::set<int> refused_;  // to be told of a refusal
  std::map<std::string, Subscribed> broker_;
  std::deque<Sent> under_way_;
  std::set<std::string> busy_;
  mqtt::Tag last_tag_ = 0;
  int last_handler_ = 0;
};

TEST(SubscriptionTableModelTest, AgreesWithTheBrokerInTheEnd) {
  for (unsigned seed = 0; seed < 500 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History(seed).run();
  }
}

}  // namespace
}  // namespace lobbyd::upstream
