// The words in which anyone is told anything about a transaction.
#pragma once

#include <cstdint>
#include <string_view>

namespace vow::txn {

enum class Verdict : std::uint8_t {
  // Final.
  committed = 1,          // decided; `unfinished` branches have not confirmed yet
  rolled_back = 2,        // it can never commit; `unfinished` branches have not confirmed that they undid
  nothing_to_commit = 3,  // every branch was read-only
  forgotten = 4,          // older than the horizon: nobody remembers; see the history or an operator
  // Not yet.
  taken = 5,    // the vote or enlistment counts
  pending = 6,  // a decision is proposed; ask again
  open = 7,     // nothing is decided yet
  unknown = 8,  // the decision was proposed and its fate is not known here; ask again
  // Not here.
  ask_leader = 9,
  not_ours = 10,
  // Not now, or not so. Nothing has changed.
  overloaded = 11,
  invalid = 12,
};

// Why a transaction was rolled back, or a request was invalid.
enum class Reason : std::uint8_t {
  none = 0,
  // rolled back
  asked = 1,                 // its initiator, or an operator, said so
  past_deadline = 2,         //
  vote_refused = 3,          // a branch said that it cannot commit
  vote_missing = 4,          // commit named a branch that did not vote
  vote_not_named = 5,        // a voted branch was not named by commit: a call whose answer was lost
  vote_differs = 6,          // a branch voted twice, differently or for another preparation
  outcome_asked = 7,         // a prepared branch asked before anything else was heard of the transaction
  earlier_term = 8,          // its leader lost leadership before it was decided
  enlistment_differs = 9,    // a shared branch was lost and made anew
  another_preparation = 10,  // committed, or being decided, but without this preparation
  voted_after_commit = 11,   // a branch nobody named came after commit
  only_read = 12,            // not rolled back but nothing_to_commit: no branch had anything to commit
  // forgotten
  only_bit_left =
      13,  // it was committed; with which preparations is not remembered here: an operator must look
  // invalid
  from_the_future = 20,  // begin time too far ahead
  timeout_too_long = 21,
  session_unknown = 22,  // no session of that number was opened in that term
  too_many_branches = 23,
  not_enlisted = 24,
  names_differ = 25,  // commit was called before, with other preparations
};

struct Answer {
  Verdict verdict = Verdict::unknown;
  Reason reason = Reason::none;
  std::uint32_t unfinished = 0;

  bool operator==(const Answer&) const = default;
};

[[nodiscard]] std::string_view name(Verdict verdict);
[[nodiscard]] std::string_view name(Reason reason);

}  // namespace vow::txn
