// What this adapter throws: VOW-515x if the database cannot be used as it is set up, VOW-525x if work could
// not be done.
#pragma once

#include <string>
#include <utility>

#include "vow/branch.h"
#include "vow/error.h"

namespace vow::sqlite {

// The branch was prepared before, by an earlier call for it that perhaps nobody heard the answer of: its
// preparation is what to vote for, and the work must not be done again.
class already_prepared : public vow::error {
 public:
  already_prepared(facts about, preparation which) : error(std::move(about)), which_(std::move(which)) {}
  [[nodiscard]] const preparation& which() const noexcept { return which_; }

 private:
  preparation which_;
};

namespace failures {

[[nodiscard]] inline misuse unusable(std::string code, std::string what, std::string hint) {
  return misuse({.code = std::move(code), .what = std::move(what), .hint = std::move(hint), .xid = {}});
}

// Nothing of the branch is left; the same may succeed later.
[[nodiscard]] inline rolled_back busy(const std::string& path, const std::string& holder, std::string xid) {
  return rolled_back({.code = "VOW-5250",
                      .what = "no write to " + path + " could begin in time: " + holder,
                      .hint = "run the transaction again; if that goes on, `vow participants` and the "
                              "table vow_branch say whose branch is prepared",
                      .xid = std::move(xid),
                      .retryable = true});
}

[[nodiscard]] inline rolled_back not_prepared(const std::string& path, const std::string& why,
                                              std::string xid) {
  return rolled_back({.code = "VOW-5251",
                      .what = "the branch in " + path + " could not be prepared: " + why,
                      .hint = "mend what SQLite names, and run the transaction again",
                      .xid = std::move(xid)});
}

// Of the end of a prepared branch: it remains prepared, or has ended; either way it may be ended again.
[[nodiscard]] inline error not_ended(std::string code, std::string what, std::string hint, std::string xid,
                                     bool retryable) {
  return error({.code = std::move(code),
                .what = std::move(what),
                .hint = std::move(hint),
                .xid = std::move(xid),
                .retryable = retryable,
                .outcome = vow::outcome::unknown});
}

[[nodiscard]] inline error changed_behind(const std::string& path, const std::string& what, std::string xid) {
  return not_ended("VOW-5260",
                   "the branch prepared in " + path + " is not committed: " + what +
                       " changed while it was held, by a writer that passed the guard triggers by",
                   "find that writer, and restore what it changed; then the commit succeeds by itself",
                   std::move(xid), false);
}

}  // namespace failures
}  // namespace vow::sqlite
