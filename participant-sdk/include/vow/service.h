// What helpers for calling services share: poco.h and thrift.h are two, and others can be written with this.
//
// A request whose answer is lost may be sent again, as the same call, however far the first one came: the
// service does the work once (client::serve()). What a service says that it did not do is undone with the
// caller's transaction, which has not asked for its commit yet; so it is certain to be rolled back.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "vow/error.h"
#include "vow/export.h"
#include "vow/retry.h"
#include "vow/tx.h"

namespace vow::service {

// How often, by default, one request is sent within a transaction.
inline constexpr vow::retry sent_thrice =
    vow::retry::exponential(3, std::chrono::milliseconds(50), std::chrono::milliseconds(1'000));

// The sendings of one request: how often, and until when.
class VOW_EXPORT sendings {
 public:
  // `where` is for people: "POST http://payments:8080/pay".
  sendings(const tx& in, std::string where, const retry& how)
      : in_(in), where_(std::move(where)), how_(how), wait_(how.first_wait) {}

  // Until the transaction's deadline; more than none. Throws as lost() does if it is past.
  [[nodiscard]] std::chrono::milliseconds time_left() const;
  // This one has no answer, for the reason `problem`. Returns when it is time for the next. Throws
  // rolled_back if there is none.
  void lost(const std::string& problem);

 private:
  [[noreturn]] void give_up(const std::string& problem) const;

  const tx in_;
  const std::string where_;
  const retry how_;
  std::chrono::milliseconds wait_;
  std::uint32_t lost_ = 0;
};

// What a service says of work that it did not do.
struct statement {
  std::string code;  // "VOW-5213"; empty: it is none of ours
  std::string why;
  std::string hint;
  bool retryable = false;  // in a new transaction
};
[[nodiscard]] VOW_EXPORT statement statement_of(const error& why);

// What the caller throws then.
[[nodiscard]] VOW_EXPORT error::facts not_done(const tx& in, const std::string& where, const statement& said);

}  // namespace vow::service
