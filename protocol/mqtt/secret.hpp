#pragma once

// A password that is kept for as long as a connection may have to be made again.

#include <cstddef>
#include <string>
#include <string_view>

namespace lobbyd::mqtt {

// Not in clear: it does not stand in a core dump, in swapped memory or in a string that somebody logs. Who can read all
// of the process's memory can undo that. What it held is overwritten at its end.
class Secret {
 public:
  explicit Secret(std::string_view clear);
  Secret(const Secret& other) = default;
  Secret& operator=(const Secret& other);
  ~Secret();

  // To be overwritten by `wipe` after its use.
  std::string reveal() const;
  std::size_t size() const { return masked_.size(); }

 private:
  std::string mask_;  // random, as long as the secret
  std::string masked_;
};

// In a way that the compiler does not leave out.
void wipe(std::string& text);

}  // namespace lobbyd::mqtt
