#pragma once

#include "config/setting.hpp"

#include <span>
#include <string>
#include <string_view>

/// What belongs to the configuration's contract, but has no feature behind it in this version. Harmless keys are read
/// and checked, and one warning says that they do nothing. Keys that somebody relies on for safety stop the start
/// instead: a daemon that silently ignored them would be open where its operator believes it closed.
///
/// A feature that comes takes its rows out of later.cpp, and adds those of the second kind to config/schema.cpp. With
/// the last one, these two files go.
namespace lobbyd::config {

/// A key of the schema that nothing uses yet.
bool has_no_effect(std::string_view path);

/// A key outside the schema that stops the start, unless it has the value that asks for nothing.
struct RefusedKey {
  std::string_view path;
  Value harmless;
  std::string_view reason;
};
std::span<const RefusedKey> refused_keys();

enum class Verdict {
  not_concerned,  ///< the schema decides
  harmless,       ///< nothing to do
  refused         ///< a problem: `message`
};
struct Judgement {
  Verdict verdict = Verdict::not_concerned;
  std::string message;
};
Judgement judge(const Setting& setting);

}  // namespace lobbyd::config
