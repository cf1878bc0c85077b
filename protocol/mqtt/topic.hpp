#pragma once

// Topic names and topic filters: their rules (MQTT5 §4.7, §4.8.2) and their parts.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <iterator>
#include <optional>
#include <string_view>

namespace lobbyd::mqtt {

enum class TopicError : std::uint8_t {
  empty,
  too_long,  // more than 65,535 bytes
  not_utf8,
  contains_nul,
  wildcard_in_name,
  multi_level_wildcard_not_last,  // "a/#/b"
  wildcard_not_alone,             // "a+/b", "a#"
  shared_group_empty,             // "$share//a"
  shared_group_has_wildcard,      // "$share/+/a"
  shared_filter_missing,          // "$share/group", "$share/group/"
};

// The rule that was broken, as a sentence that a person who typed the topic understands.
std::string_view describe(TopicError error);

// Whether the text holds a '+' or '#' anywhere.
bool has_wildcard(std::string_view text);

// A name is what a message is published to: no wildcards.
std::expected<void, TopicError> check_topic_name(std::string_view name);

// A filter is what is subscribed to. One that begins with "$share/" must be a shared subscription of MQTT 5.
std::expected<void, TopicError> check_topic_filter(std::string_view filter);

// The same for MQTT 3.1.1, which knows no shared subscriptions: "$share" is a level like any other.
std::expected<void, TopicError> check_plain_filter(std::string_view filter);

struct SharedFilter {
  std::string_view group;
  std::string_view filter;
  bool operator==(const SharedFilter&) const = default;
};

// The parts of "$share/GROUP/FILTER", as views into `filter`; nullopt if it is no such filter or a malformed one.
std::optional<SharedFilter> parse_shared(std::string_view filter);

// The levels of a name or filter, in order: "a//b" has "a", "" and "b"; "" has one, which is empty.
class Levels {
 public:
  class Iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    explicit Iterator(std::string_view topic) : rest_(topic), at_end_(false) { find_level(); }

    std::string_view operator*() const { return rest_.substr(0, level_size_); }
    Iterator& operator++() {
      if (level_size_ == rest_.size()) {
        at_end_ = true;
        return *this;
      }
      rest_.remove_prefix(level_size_ + 1);
      find_level();
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    // This level and all after it.
    std::string_view rest() const { return rest_; }
    bool operator==(const Iterator& other) const {
      return at_end_ == other.at_end_ && (at_end_ || rest_.data() == other.rest_.data());
    }
    bool operator==(std::default_sentinel_t) const { return at_end_; }

   private:
    void find_level() {
      const std::size_t slash = rest_.find('/');
      level_size_ = slash == std::string_view::npos ? rest_.size() : slash;
    }

    std::string_view rest_;
    std::size_t level_size_ = 0;
    bool at_end_ = true;
  };

  explicit Levels(std::string_view topic) : topic_(topic) {}
  Iterator begin() const { return Iterator(topic_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::string_view topic_;
};

inline Levels split_levels(std::string_view topic) {
  return Levels(topic);
}

}  // namespace lobbyd::mqtt
