#include "participant-sdk/core/failures.h"

#include <fmt/format.h>

#include "coordinator/txn/answer.h"

namespace vow::sdk {
namespace {

using txn::Reason;

// The next attempt is another transaction: whether it may end better.
bool may_end_better(Reason reason) {
  switch (reason) {
    case Reason::past_deadline:
    case Reason::vote_missing:
    case Reason::vote_differs:
    case Reason::outcome_asked:
    case Reason::earlier_term:
    case Reason::enlistment_differs:
    case Reason::vote_refused:
    case Reason::from_the_future:
    case Reason::session_unknown:
      return true;
    default:
      return false;
  }
}

std::string code_of(const wire::Answer& answer) {
  if (answer.reason != 0) return fmt::format("VOW-{}", 2100 + answer.reason);
  if (answer.verdict == wire::Verdict::overloaded) return "VOW-3003";
  if (answer.verdict == wire::Verdict::invalid) return "VOW-3004";
  return fmt::format("VOW-{}", 2000 + static_cast<int>(answer.verdict));
}

error::facts facts_of(const wire::Answer& answer, const std::string& xid, const std::string& name) {
  const auto reason = static_cast<Reason>(answer.reason);
  const auto verdict = static_cast<txn::Verdict>(answer.verdict);
  const auto why = reason == Reason::none ? txn::name(verdict) : txn::name(reason);
  const std::string code = code_of(answer);
  return {.code = code,
          .what = fmt::format("'{}' was not committed: {}{}", name, why,
                              answer.__isset.why ? " (" + answer.why + ")" : std::string()),
          .hint = fmt::format("`vow explain {}` says more", code),
          .xid = xid,
          .retryable = may_end_better(reason)};
}

}  // namespace

unavailable no_coordinator(const std::string& name, const std::string& problem) {
  return unavailable(
      {.code = "VOW-5001",
       .what = fmt::format("'{}' could not begin: no coordinator that leads was found in time ({})", name,
                           problem),
       .hint = "check that the cluster runs (`vow cluster status`) and that client_options::coordinators "
               "or VOW_COORDINATORS name its members",
       .xid = {},
       .retryable = true});
}

unavailable stopped(const std::string& name) {
  return unavailable({.code = "VOW-5002",
                      .what = fmt::format("'{}' was stopped before it began, as its stop token asked", name),
                      .hint = "nothing was done",
                      .xid = {}});
}

misuse made_before_fork() {
  return misuse(
      {.code = "VOW-5003",
       .what = "this client was made before fork(), by the parent process: its threads are not here",
       .hint = "make a client in the child",
       .xid = {}});
}

misuse bad_options(const std::string& what, const std::string& hint) {
  return misuse({.code = "VOW-5004", .what = what, .hint = hint, .xid = {}});
}

misuse is_over(const std::string& xid, const std::string& resource) {
  return misuse(
      {.code = "VOW-5005",
       .what = fmt::format("work on {} was to begin in a transaction that is being ended, or has", resource),
       .hint = "do all work in the function given to run(), and let no tx outlive it",
       .xid = xid});
}

rolled_back unanswered_call(const std::string& xid, const std::string& name) {
  return rolled_back(
      {.code = "VOW-5007",
       .what = fmt::format("'{}' called another service and has no answer from it", name),
       .hint = "call::answered() is to be told of every answer; a call that failed should throw",
       .xid = xid,
       .retryable = true});
}

misuse bad_context(const std::string& name, const std::string& what) {
  return misuse({.code = "VOW-5008",
                 .what = fmt::format("'{}' was to be served as part of a transaction, but {}", name, what),
                 .hint = "the caller sends the headers of tx::call() with its request, unchanged; both sides "
                         "must speak the "
                         "same version",
                 .xid = {}});
}

rolled_back bad_answer(const std::string& xid, const std::string& what) {
  return rolled_back(
      {.code = "VOW-5009",
       .what = "a service that was called answered without saying what it prepared: " + what,
       .hint = "the service sends the headers of client::serve()'s reply with its answer, unchanged",
       .xid = xid});
}

rolled_back too_late(const std::string& xid, const std::string& resource, const char* what) {
  return rolled_back(
      {.code = "VOW-5006",
       .what = fmt::format("work on {} was to {} after the transaction's deadline", resource, what),
       .hint = "give it more time (run_options::timeout), or do less in it",
       .xid = xid,
       .retryable = true});
}

outcome_unknown in_doubt(const std::string& xid, const std::string& name, const std::string& problem) {
  return outcome_unknown(
      {.code = "VOW-2008",
       .what = fmt::format("whether '{}' is committed is not known: no coordinator answered in time "
                           "({})",
                           name, problem),
       .hint = "do not do it again; client::wait() tells what became of it, as soon as a coordinator "
               "answers",
       .xid = xid,
       .retryable = false,
       .outcome = outcome::unknown});
}

rolled_back transient(const std::string& xid, const std::string& name, const std::string& why) {
  return rolled_back({.code = "VOW-5023",
                      .what = fmt::format("'{}' failed in a way that may not happen again: {}", name, why),
                      .hint = "run the transaction again",
                      .xid = xid,
                      .retryable = true});
}

rolled_back answer_not_kept(const std::string& xid, const std::string& name) {
  return rolled_back(
      {.code = "VOW-5022",
       .what = fmt::format("'{}' was served before, and its answer was too long to be kept for a "
                           "repetition of the request",
                           name),
       .hint = "run the transaction again; or let the service answer less than 64 KiB",
       .xid = xid,
       .retryable = true});
}

// The answer of the first one may be lost for good, so it is undone rather than waited for.
rolled_back served_elsewhere(const std::string& xid, const std::string& name, const already_prepared& why) {
  return rolled_back(
      {.code = "VOW-5024",
       .what = fmt::format("'{}' was served before, by another process: {}", name, why.about().what),
       .hint =
           "run the transaction again; if it happens often, let the requests of one transaction come to the "
           "same process",
       .xid = xid,
       .retryable = true});
}

error shared_in_use(const std::string& xid, const std::string& resource) {
  return error({.code = "VOW-5018",
                .what = fmt::format(
                    "another call of the same transaction is at work in its shared branch on {}", resource),
                .hint = "let a transaction make the calls that share a branch one after the other",
                .xid = xid,
                .retryable = true});
}

// --- of actions

rolled_back too_late_for_database(const preparation& as) {
  return rolled_back(
      {.code = "VOW-5015",
       .what = fmt::format("{} cannot begin: by the database's clock, its transaction's deadline is past",
                           as.name()),
       .hint =
           "run the transaction again with a longer timeout; if it should not have been past, compare the "
           "clocks of the database and of the coordinator",
       .xid = as.xid,
       .retryable = true});
}

already_prepared attempted_before(const preparation& as, const preparation& found) {
  return already_prepared(
      {.code = "VOW-5012",
       .what = fmt::format("branch {} was attempted before, as {}: this is a repetition of "
                           "the request",
                           as.branch, found.name()),
       .hint = "wait for the answer to the first one, or run the transaction again",
       .xid = as.xid,
       .retryable = true},
      found);
}

rolled_back cancelled_before(const preparation& as) {
  return rolled_back({.code = "VOW-5013",
                      .what = fmt::format("branch {} was cancelled before it was done", as.branch),
                      .hint = "its transaction is rolled back; run it again",
                      .xid = as.xid,
                      .retryable = true});
}

rolled_back attempt_in_doubt(const preparation& as, const error& why) {
  return rolled_back({.code = "VOW-5019",
                      .what = fmt::format("branch {} is given up, since whether its local transaction is "
                                          "committed is not known: {}",
                                          as.branch, why.what()),
                      .hint = "run the transaction again; what there is of the branch is undone, at the "
                              "latest when its deadline is past",
                      .xid = as.xid,
                      .retryable = true});
}

error committed_before(const preparation& as) {
  return error({.code = "VOW-5014",
                .what = fmt::format("branch {} is committed already: this is a repetition of the request, "
                                    "which came too late",
                                    as.branch),
                .hint = "nothing is to be done: the first request did the work",
                .xid = as.xid,
                .outcome = outcome::committed});
}

error action_unknown(const preparation& as, const std::string& action) {
  return error(
      {.code = "VOW-5010",
       .what = fmt::format("{} waits for its end, but this process has no action '{}'", as.name(), action),
       .hint = "add the action when the process starts, under the name that it had when the branch "
               "was made; it is tried again by itself",
       .xid = as.xid,
       .retryable = true,
       .outcome = outcome::unknown});
}

error cannot_commit(const preparation& as, const record::row* found) {
  const std::string record =
      found == nullptr ? std::string("nothing of it is on record here")
                       : fmt::format("on record is {}, {}", found->which.name(), record::name(found->state));
  return error({.code = "VOW-5016",
                .what = fmt::format("{} cannot be committed: {}", as.name(), record),
                .hint =
                    "see whether the database was replaced or restored from a backup; then mark the branch "
                    "as ended with `vow tx resolve`",
                .xid = as.xid,
                .outcome = outcome::unknown});
}

error cannot_roll_back(const preparation& as) {
  return error({.code = "VOW-5017",
                .what = fmt::format("{} cannot be rolled back: it is committed", as.name()),
                .hint = "this should never happen; keep the database and report it",
                .xid = as.xid,
                .outcome = outcome::unknown});
}

rolled_back refused(const wire::Answer& answer, const std::string& xid, const std::string& name) {
  error::facts about = facts_of(answer, xid, name);
  about.retryable = answer.verdict == wire::Verdict::overloaded || about.retryable;
  return rolled_back(std::move(about));
}

void throw_verdict(const wire::Answer& answer, const std::string& xid, const std::string& name) {
  error::facts about = facts_of(answer, xid, name);
  if (answer.verdict == wire::Verdict::rolled_back) throw rolled_back(std::move(about));
  about.retryable = false;
  about.outcome = outcome::unknown;
  about.hint = "do not do it again; client::wait() tells what became of it; " + about.hint;
  throw outcome_unknown(std::move(about));
}

}  // namespace vow::sdk
