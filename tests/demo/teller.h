// How the story is told: chapters, one line that changes while something goes on, and what held. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <vector>

namespace vow::demo {

class Teller {
 public:
  explicit Teller(bool is_terminal) : is_terminal_(is_terminal) {}

  void chapter(const std::string& title);
  void say(const std::string& text);
  // The command that shows more of it.
  void more(const std::string& command);
  // Replaces itself on a terminal; elsewhere nothing is said.
  void going_on(const std::string& text);
  // A promise: said either way, and remembered if it did not hold.
  void expect(bool holds, const std::string& promise, const std::string& otherwise = "");
  [[nodiscard]] const std::vector<std::string>& broken() const { return broken_; }

 private:
  void line(const std::string& text);

  const bool is_terminal_;
  std::mutex mutex_;  // guards what follows, and the terminal
  bool is_going_on_ = false;
  int chapters_ = 0;
  std::vector<std::string> broken_;
};

}  // namespace vow::demo
