#include "participant-sdk/core/context.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "coordinator/txn/branch.h"
#include "coordinator/txn/xid.h"

namespace vow::sdk {
namespace {

constexpr std::string_view version = "1";
constexpr std::size_t path_digits = 16;
// More than a transaction may have.
constexpr std::size_t branches_max = 1'000;

template <class Integer>
bool read(std::string_view text, Integer& into, int base) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), into, base);
  return !text.empty() && problem == std::errc() && end == text.data() + text.size();
}

// What stands before the next `mark`; the rest stays in `text`. None: there is no mark.
std::optional<std::string_view> take(std::string_view& text, char mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + 1);
  return taken;
}

}  // namespace

std::string encode(const Context& context) {
  return fmt::format("{}.{}.{:016x}", version, context.xid, context.path);
}

std::optional<Context> parse_context(std::string_view text) {
  if (take(text, '.') != version) return std::nullopt;
  const auto xid = take(text, '.');
  Context context;
  if (!xid || !txn::parse_xid(*xid) || text.size() != path_digits || !read(text, context.path, 16))
    return std::nullopt;
  context.xid = *xid;
  return context;
}

bool is_header(std::string_view name, std::string_view wanted) {
  return std::equal(name.begin(), name.end(), wanted.begin(), wanted.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

std::optional<Context> context_of(const headers& request) {
  for (const auto& [name, value] : request) {
    if (is_header(name, context_header)) return parse_context(value);
  }
  return std::nullopt;
}

std::string encode(const std::vector<preparation>& branches) {
  if (branches.empty()) return std::string(version);
  std::string text;
  for (const preparation& one : branches)
    text += fmt::format("{}{}.{}.{}", text.empty() ? "" : ",", version, one.branch, one.nonce);
  return text;
}

std::optional<std::vector<preparation>> parse_branches(std::string_view text, const std::string& xid) {
  std::vector<preparation> branches;
  if (text == version) return branches;
  while (branches.size() < branches_max) {
    const std::size_t comma = text.find(',');
    std::string_view one = text.substr(0, comma);
    if (take(one, '.') != version) return std::nullopt;
    const auto branch = take(one, '.');
    preparation which;
    const bool is_sound = branch && txn::BranchName::from(*branch) && read(one, which.nonce, 10) &&
                          which.nonce <= txn::nonce_max;
    if (!is_sound) return std::nullopt;
    which.xid = xid;
    which.branch = *branch;
    branches.push_back(std::move(which));
    if (comma == std::string_view::npos) return branches;
    text.remove_prefix(comma + 1);
  }
  return std::nullopt;
}

}  // namespace vow::sdk
