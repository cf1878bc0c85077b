#pragma once

#include <memory>
#include <utility>

namespace lobbyd::upstream {

// A handler that waits in the loop may outlive the object that it was made for. Guarded by the object's lifeline it
// does nothing then. One thread.
class Lifeline {
 public:
  Lifeline() : life_(std::make_shared<const char>()) {}
  Lifeline(const Lifeline&) = delete;
  Lifeline& operator=(const Lifeline&) = delete;
  ~Lifeline() = default;

  template <typename Function>
  auto guard(Function function) const {
    return [life = std::weak_ptr<const char>(life_), function = std::move(function)](auto&&... arguments) mutable {
      if (!life.expired()) {
        function(std::forward<decltype(arguments)>(arguments)...);
      }
    };
  }

 private:
  std::shared_ptr<const char> life_;
};

}  // namespace lobbyd::upstream
