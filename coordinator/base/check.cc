#include "coordinator/base/check.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace vow {
namespace {
std::atomic<bool> checks_throw{false};
}  // namespace

void make_checks_throw() { checks_throw = true; }

void check_failed(const char* file, int line, const char* condition, const std::string& detail) {
  const std::string text = fmt::format("{}:{}: check failed: {}: {}", file, line, condition, detail);
  if (checks_throw) throw CheckFailed(text);
  std::fprintf(stderr, "%s\n", text.c_str());
  std::abort();
}

}  // namespace vow
