// One family of errors. Each says what failed, where, why and what to do next, under a code that never
// changes: `vow explain VOW-2103` says more.
//
//   error                whatever else: nothing was committed
//   ├─ rolled_back       certain: nothing of the transaction is left, or will be
//   ├─ outcome_unknown   it may be committed. Never tried again blindly: ask client::wait(xid)
//   ├─ unavailable       no coordinator answers, and the transaction had not begun
//   └─ misuse            the program should be mended
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "vow/export.h"
#include "vow/outcome.h"

namespace vow {

class VOW_EXPORT error : public std::runtime_error {
 public:
  // What an error is made of, and what() says.
  struct facts {
    std::string code;  // "VOW-2103"
    std::string what;  // what failed, where and why
    std::string hint;  // what to do next
    std::string xid;   // of which transaction; empty: of none
    bool retryable = false;
    vow::outcome outcome = vow::outcome::rolled_back;
  };
  explicit error(facts about);

  // See facts.
  [[nodiscard]] const std::string& code() const noexcept { return facts_->code; }
  [[nodiscard]] const std::string& hint() const noexcept { return facts_->hint; }
  [[nodiscard]] const std::string& xid() const noexcept { return facts_->xid; }
  // The same work may succeed, in a new transaction.
  [[nodiscard]] bool retryable() const noexcept { return facts_->retryable; }
  // What is certain of the transaction, or of the branch that it is about.
  [[nodiscard]] vow::outcome outcome() const noexcept { return facts_->outcome; }
  // All that what() is made of.
  [[nodiscard]] const facts& about() const noexcept { return *facts_; }

 private:
  std::shared_ptr<const facts> facts_;  // errors are copied as they are thrown
};

// Certain: nothing of the transaction is left, or will be.
class VOW_EXPORT rolled_back : public error {
  using error::error;
};

// It may be committed: client::wait(xid()) tells.
class VOW_EXPORT outcome_unknown : public error {
  using error::error;
};

// No coordinator was found in time, or the stop token asked to stop before. Nothing has begun.
class VOW_EXPORT unavailable : public error {
  using error::error;
};

// The program should be mended, or how its database is set up.
class VOW_EXPORT misuse : public error {
  using error::error;
};

}  // namespace vow
