#include "vow/service.h"

#include <algorithm>

#include <fmt/format.h>

#include "participant-sdk/core/transaction.h"

namespace vow::service {

std::chrono::milliseconds sendings::time_left() const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(in_.deadline() -
                                                                          std::chrono::steady_clock::now());
  if (left.count() <= 0) give_up("the transaction's deadline is past");
  return left;
}

void sendings::lost(const std::string& problem) {
  if (++lost_ >= how_.attempts) give_up(problem);
  const auto left = in_.deadline() - std::chrono::steady_clock::now();
  if (left <= wait_ || !in_.inside().pause(wait_)) give_up(problem);
  wait_ = std::min(wait_ * 2, how_.longest_wait);
}

void sendings::give_up(const std::string& problem) const {
  throw rolled_back(
      {.code = "VOW-5021",
       .what = fmt::format("{} has not answered, sent {} times: {}", where_, std::max(lost_, 1U), problem),
       .hint = "nothing of it remains, wherever the work came to: the transaction is rolled back and can be "
               "run again; see whether the service runs and can be reached",
       .xid = in_.xid(),
       .retryable = true});
}

// The service may not know what becomes of its vote; but its caller will not ask for the commit any more.
statement statement_of(const error& why) {
  return {.code = why.code(),
          .why = why.about().what,
          .hint = why.hint(),
          .retryable = why.retryable() || why.outcome() == outcome::unknown};
}

error::facts not_done(const tx& in, const std::string& where, const statement& said) {
  const std::string code = said.code.empty() ? std::string() : said.code + ": ";
  const std::string usual = said.retryable ? "the transaction is rolled back and can be run again"
                                           : "mend the request or the service, whose log may say more";
  return {.code = "VOW-5020",
          .what = fmt::format("{} did not do its part: {}{}", where, code, said.why),
          .hint = said.hint.empty() ? usual : said.hint,
          .xid = in.xid(),
          .retryable = said.retryable};
}

}  // namespace vow::service
