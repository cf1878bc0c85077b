#include "config/problem.hpp"

namespace lobbyd::config {

std::string to_string(const Problem& problem) {
  std::string text = problem.source;
  if (problem.line > 0) {
    text += ":" + std::to_string(problem.line);
  }
  if (!problem.key.empty()) {
    text += ": " + problem.key;
  }
  return text + ": " + problem.message;
}

}  // namespace lobbyd::config
