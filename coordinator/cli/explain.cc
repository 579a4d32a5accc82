#include "coordinator/cli/explain.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace vow::cli {
namespace {

std::string code_if_explained(const std::string& code) {
  return find_explanation(code) != nullptr ? code : std::string();
}

bool same_but_for_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char left, unsigned char right) {
    return std::tolower(left) == std::tolower(right);
  });
}

}  // namespace

const Explanation* find_explanation(std::string_view code_or_name) {
  for (const Explanation& each : explanations()) {
    const bool is_code = same_but_for_case(each.code, code_or_name) || each.code.substr(4) == code_or_name;
    if (is_code || each.name == code_or_name) return &each;
  }
  return nullptr;
}

std::string code_of(txn::Verdict verdict) {
  return code_if_explained(fmt::format("VOW-20{:02}", static_cast<int>(verdict)));
}
std::string code_of(txn::Reason reason) {
  return code_if_explained(fmt::format("VOW-21{:02}", static_cast<int>(reason)));
}
std::string code_of(dispatch::Problem::Code problem) {
  return code_if_explained(fmt::format("VOW-30{:02}", static_cast<int>(problem)));
}

}  // namespace vow::cli
