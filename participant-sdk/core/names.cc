// What preparations are called in databases.
#include "coordinator/txn/branch.h"
#include "coordinator/txn/xid.h"

#include "vow/branch.h"
#include "vow/log.h"
#include "vow/outcome.h"
#include "vow/step.h"

namespace vow {
namespace {

constexpr std::string_view prefix = "vow.";
constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuv";
constexpr std::size_t nonce_digits = 8;  // of five bits each

}  // namespace

std::string preparation::name() const {
  std::string text = std::string(prefix) + xid + '.' + branch + '.';
  for (std::size_t i = nonce_digits; i-- > 0;) text += digits[nonce >> 5 * i & 31];
  return text;
}

bool preparation::parse(std::string_view name, preparation& into) {
  constexpr std::size_t branch_at = prefix.size() + txn::Xid::text_size + 1;
  constexpr std::size_t least = branch_at + 1 + 1 + nonce_digits;
  if (name.size() < least || !name.starts_with(prefix)) return false;
  const std::string_view xid = name.substr(prefix.size(), txn::Xid::text_size);
  const std::size_t nonce_at = name.size() - nonce_digits;
  const std::string_view branch = name.substr(branch_at, nonce_at - 1 - branch_at);
  const bool is_ours = name[branch_at - 1] == '.' && name[nonce_at - 1] == '.' &&
                       txn::parse_xid(xid).has_value() && txn::BranchName::from(branch).has_value();
  if (!is_ours) return false;
  std::uint64_t nonce = 0;
  for (const char c : name.substr(nonce_at)) {
    const std::size_t digit = digits.find(c);
    if (digit == std::string_view::npos) return false;
    nonce = nonce << 5 | digit;
  }
  if (nonce == 0) return false;
  into = {std::string(xid), std::string(branch), nonce};
  return true;
}

std::string_view name(outcome of) {
  switch (of) {
    case outcome::committed:
      return "committed";
    case outcome::rolled_back:
      return "rolled back";
    case outcome::unknown:
      return "unknown";
  }
  return "?";
}

std::string_view name(step of) {
  switch (of) {
    case step::enlist:
      return "enlist";
    case step::prepare:
      return "prepare";
    case step::vote:
      return "vote";
    case step::commit:
      return "commit";
    case step::decide:
      return "decide";
    case step::end:
      return "end";
    case step::acknowledge:
      return "acknowledge";
  }
  return "?";
}

std::string_view name(log_level level) {
  switch (level) {
    case log_level::debug:
      return "debug";
    case log_level::info:
      return "info";
    case log_level::warning:
      return "warning";
    case log_level::error:
      return "error";
  }
  return "?";
}

}  // namespace vow
