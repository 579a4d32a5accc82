// How `vow` says that something did not work: what failed, where, why, and what to do. And how it exits.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace vow::cli {

enum class Exit : int {
  ok = 0,
  error = 1,     // nothing happened, or what was asked for is not so
  degraded = 2,  // it works, and something needs attention
  unknown = 3,   // it may have happened: ask again
};

struct Complaint {
  std::string what;
  std::string where;  // a file and line, a variable, a flag, an address; may be empty
  std::string why;
  std::string todo;
  std::string code;  // of explain.h; may be empty
};

// Several lines, the first of which begins with `vow: `.
[[nodiscard]] std::string to_string(const Complaint& complaint);

// Ends the command. Caught in one place, command_line.cc.
class CommandFailed : public std::exception {
 public:
  explicit CommandFailed(Complaint complaint, Exit exit = Exit::error)
      : complaint_(std::move(complaint)), exit_(exit), text_(to_string(complaint_)) {}

  [[nodiscard]] const Complaint& complaint() const { return complaint_; }
  [[nodiscard]] Exit exit() const { return exit_; }
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  Complaint complaint_;
  Exit exit_;
  std::string text_;
};

}  // namespace vow::cli
