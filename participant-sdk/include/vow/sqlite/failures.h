// What this adapter throws: VOW-515x if the database cannot be used as it is set up, VOW-525x if work could
// not be done.
#pragma once

#include <string>
#include <utility>

#include "vow/branch.h"
#include "vow/error.h"

namespace vow::sqlite {

using already_prepared = vow::already_prepared;

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

[[nodiscard]] inline misuse not_permitted(const std::string& path, const std::string& refusal,
                                          std::string xid) {
  return misuse({.code = "VOW-5161",
                 .what = "a statement in a branch on " + path + " was refused: " + refusal,
                 .hint = "do that outside of a transaction of Vow's; nothing of the statement was done",
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

// --- of local transactions, of an action's steps

// SQLite has one writer at a time, and that one is of the same transaction: waiting is of no use.
[[nodiscard]] inline misuse own_branch_in_the_way(const std::string& path, std::string xid) {
  return misuse({.code = "VOW-5265",
                 .what = "an action on " + path +
                         " cannot run: a branch of the same transaction has that database for itself",
                 .hint = "let a transaction use its actions before the first statement of its branch in the "
                         "same SQLite database, or keep them in another file",
                 .xid = std::move(xid)});
}

[[nodiscard]] inline error action_not_done(const std::string& path, const preparation& as,
                                           const std::string& why) {
  return error({.code = "VOW-5266",
                .what = "the local transaction of " + as.name() + " in " + path + " was not done: " + why,
                .hint = "mend what SQLite names, and run the transaction again; ends of branches are tried "
                        "again by themselves",
                .xid = as.xid,
                .retryable = true});
}

[[nodiscard]] inline error local_commit_in_doubt(const std::string& path, const preparation& as,
                                                 const std::string& why) {
  return error({.code = "VOW-5267",
                .what = "COMMIT of the local transaction of " + as.name() + " in " + path + " failed (" +
                        why + "), and whether it is on the disk is not known",
                .hint = "nothing needs to be done: its record tells whether it is committed",
                .xid = as.xid,
                .retryable = true,
                .outcome = vow::outcome::unknown});
}

[[nodiscard]] inline rolled_back committed_too_late(const std::string& path, const preparation& as) {
  return rolled_back(
      {.code = "VOW-5268",
       .what = "branch " + as.branch + " in " + path +
               " could not be committed: by this machine's clock, its transaction's deadline is past",
       .hint =
           "run the transaction again with a longer timeout; if it should not have been past, compare the "
           "clocks of this machine and of the coordinator",
       .xid = as.xid,
       .retryable = true});
}

[[nodiscard]] inline outcome_unknown alone_in_doubt(const std::string& path, const preparation& as,
                                                    const std::string& why) {
  return outcome_unknown({.code = "VOW-5269",
                          .what = "COMMIT of branch " + as.branch + " in " + path + " failed (" + why +
                                  "), and whether it is on the disk is not known",
                          .hint = "do not do it again; client::wait() tells what became of it",
                          .xid = as.xid,
                          .retryable = false,
                          .outcome = vow::outcome::unknown});
}

}  // namespace failures
}  // namespace vow::sqlite
