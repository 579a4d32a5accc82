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

rolled_back too_late(const std::string& xid, const std::string& resource) {
  return rolled_back(
      {.code = "VOW-5006",
       .what = fmt::format("work on {} was to begin after the transaction's deadline", resource),
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
