#pragma once

// The topics below the prefix by which daemons keep wills together. Pure.
//
//   will/{client}            retained: an entry
//   instance/{instance}      retained: a record
//   gone/{instance}/{epoch}  a daemon's own MQTT will: it raises a suspicion, no more
//   ask/{instance}           whether that daemon is there; the payload is a nonce
//   answer/{instance}        that it is

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::hub {

class WillTopics {
 public:
  enum class Kind : std::uint8_t { entry, record, gone, ask, answer };
  struct Parsed {
    Kind kind;
    std::string_view name;  // of the client or the instance; a valid one
  };

  // `prefix` ends in "/".
  WillTopics(std::string prefix, std::string instance);

  std::string entry(std::string_view client) const { return prefix_ + "will/" + std::string(client); }
  std::string record(std::string_view instance) const { return prefix_ + "instance/" + std::string(instance); }
  std::string gone(std::uint64_t epoch) const { return prefix_ + "gone/" + instance_ + "/" + std::to_string(epoch); }
  std::string ask(std::string_view instance) const { return prefix_ + "ask/" + std::string(instance); }
  std::string answer(std::string_view instance) const { return prefix_ + "answer/" + std::string(instance); }

  // What an instance listens to, so many filters.
  static constexpr std::size_t filters_held = 5;
  std::vector<std::string> held() const;
  // Entries and records, by filters that are none of those.
  std::vector<std::string> read() const { return {prefix_ + "instance/#", prefix_ + "will/#"}; }

  // Nothing for any other topic. The name points into `topic`.
  std::optional<Parsed> parse(std::string_view topic) const;

 private:
  std::string prefix_;
  std::string instance_;
};

}  // namespace lobbyd::hub
