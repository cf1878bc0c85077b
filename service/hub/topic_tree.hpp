#pragma once

// Topic filters by level, so that a topic finds the filters that match it in a walk over its levels
// (MQTT5 §4.7). Any number of values may stand at one filter. Not thread-safe.

#include "protocol/mqtt/topic.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lobbyd::hub {

template <class Value>
class TopicTree {
 public:
  // `filter` must be valid, and without a `$share` prefix.
  void insert(std::string_view filter, Value value) {
    Node* node = &root_;
    for (const std::string_view level : mqtt::Levels(filter)) {
      if (level == "#") {
        node->multi_level.push_back(std::move(value));
        return;
      }
      node = &child(*node, level);
    }
    node->exact.push_back(std::move(value));
  }

  // Returns whether it was there.
  bool erase(std::string_view filter, const Value& value) { return erase(root_, mqtt::Levels(filter).begin(), value); }

  // Appends the values of all filters that match.
  void match(std::string_view topic, std::vector<Value>& found) const {
    // A wildcard in the first level does not match topics of the server's own (MQTT5 §4.7.2).
    match(root_, mqtt::Levels(topic).begin(), !topic.starts_with('$'), found);
  }

  // Calls `visit` with the values of the filters that overlap this one until it returns true, and returns whether it
  // did. Levels alone are looked at, so that it may be called for others, too: mqtt::overlaps is exact.
  template <class Visit>
  bool any_overlapping(std::string_view filter, Visit visit) const {
    return any_overlapping(root_, mqtt::Levels(filter).begin(), visit);
  }

  bool empty() const { return root_.is_leaf(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  struct Node {
    std::unordered_map<std::string, std::unique_ptr<Node>, Hash, std::equal_to<>> children;
    std::unique_ptr<Node> single_level;
    std::vector<Value> exact;
    std::vector<Value> multi_level;

    bool is_leaf() const { return children.empty() && !single_level && exact.empty() && multi_level.empty(); }
  };

  using Level = mqtt::Levels::Iterator;

  static Node& child(Node& node, std::string_view level) {
    std::unique_ptr<Node>* place = nullptr;
    if (level == "+") {
      place = &node.single_level;
    } else if (const auto found = node.children.find(level); found != node.children.end()) {
      place = &found->second;
    } else {
      place = &node.children.emplace(std::string(level), nullptr).first->second;
    }
    if (!*place) {
      *place = std::make_unique<Node>();
    }
    return **place;
  }

  static bool remove(std::vector<Value>& values, const Value& value) {
    const auto found = std::find(values.begin(), values.end(), value);
    if (found == values.end()) {
      return false;
    }
    values.erase(found);
    return true;
  }

  static bool erase(Node& node, Level at, const Value& value) {
    if (at == std::default_sentinel) {
      return remove(node.exact, value);
    }
    const std::string_view level = *at++;
    if (level == "#") {
      return remove(node.multi_level, value);
    }
    if (level == "+") {
      const bool erased = node.single_level && erase(*node.single_level, at, value);
      if (erased && node.single_level->is_leaf()) {
        node.single_level.reset();
      }
      return erased;
    }
    const auto found = node.children.find(level);
    const bool erased = found != node.children.end() && erase(*found->second, at, value);
    if (erased && found->second->is_leaf()) {
      node.children.erase(found);
    }
    return erased;
  }

  static void append(const std::vector<Value>& values, std::vector<Value>& found) {
    found.insert(found.end(), values.begin(), values.end());
  }

  static void match(const Node& node, Level at, bool wildcards, std::vector<Value>& found) {
    if (wildcards) {
      append(node.multi_level, found);
    }
    if (at == std::default_sentinel) {
      append(node.exact, found);
      return;
    }
    const std::string_view level = *at++;
    if (wildcards && node.single_level) {
      match(*node.single_level, at, true, found);
    }
    if (const auto next = node.children.find(level); next != node.children.end()) {
      match(*next->second, at, true, found);
    }
  }

  template <class Visit>
  static bool any_below(const Node& node, Visit& visit) {
    return std::any_of(node.exact.begin(), node.exact.end(), std::ref(visit)) ||
           std::any_of(node.multi_level.begin(), node.multi_level.end(), std::ref(visit)) ||
           (node.single_level && any_below(*node.single_level, visit)) ||
           std::any_of(node.children.begin(), node.children.end(),
                       [&visit](const auto& child) { return any_below(*child.second, visit); });
  }

  template <class Visit>
  static bool any_overlapping(const Node& node, Level at, Visit& visit) {
    if (at != std::default_sentinel && *at == "#") {
      return any_below(node, visit);
    }
    if (std::any_of(node.multi_level.begin(), node.multi_level.end(), std::ref(visit))) {
      return true;
    }
    if (at == std::default_sentinel) {
      return std::any_of(node.exact.begin(), node.exact.end(), std::ref(visit));
    }
    const std::string_view level = *at++;
    if (node.single_level && any_overlapping(*node.single_level, at, visit)) {
      return true;
    }
    if (level == "+") {
      return std::any_of(node.children.begin(), node.children.end(),
                         [&](const auto& child) { return any_overlapping(*child.second, at, visit); });
    }
    const auto next = node.children.find(level);
    return next != node.children.end() && any_overlapping(*next->second, at, visit);
  }

  Node root_;
};

}  // namespace lobbyd::hub
