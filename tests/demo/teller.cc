#include "tests/demo/teller.h"

#include <cstdio>

#include <fmt/format.h>

namespace vow::demo {

void Teller::line(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (is_going_on_) std::fputs("\r\033[K", stdout);
  is_going_on_ = false;
  std::puts(text.c_str());
  std::fflush(stdout);
}

void Teller::chapter(const std::string& title) { line(fmt::format("\n{}. {}", ++chapters_, title)); }
void Teller::say(const std::string& text) { line("   " + text); }
void Teller::more(const std::string& command) { line("   see: " + command); }

void Teller::going_on(const std::string& text) {
  if (!is_terminal_) return;
  const std::lock_guard lock(mutex_);
  std::fputs(fmt::format("\r\033[K   {}", text).c_str(), stdout);
  std::fflush(stdout);
  is_going_on_ = true;
}

void Teller::expect(bool holds, const std::string& promise, const std::string& otherwise) {
  if (holds) return line("   held: " + promise);
  line(fmt::format("   BROKEN: {}{}", promise, otherwise.empty() ? "" : "; " + otherwise));
  const std::lock_guard lock(mutex_);
  broken_.push_back(promise);
}

}  // namespace vow::demo
