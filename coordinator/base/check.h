// Checks that stay on in release builds. A failed check means that a promise is already broken: going on
// could only spread the damage, so the process stops, saying what it knows.
#pragma once

#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace vow {

// What a failed check becomes where tests and simulations ask for an exception instead of an abort.
class CheckFailed : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// From here on, in this process, a failed check throws CheckFailed. For tests and simulators alone.
void make_checks_throw();

[[noreturn]] void check_failed(const char* file, int line, const char* condition, const std::string& detail);

}  // namespace vow

// VOW_CHECK(condition, "format", arguments...): the format says what held instead.
#define VOW_CHECK(condition, ...)                                                      \
  do {                                                                                 \
    if (!(condition)) [[unlikely]]                                                     \
      ::vow::check_failed(__FILE__, __LINE__, #condition, ::fmt::format(__VA_ARGS__)); \
  } while (false)
