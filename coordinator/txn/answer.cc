#include "coordinator/txn/answer.h"

namespace vow::txn {

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::committed:
      return "committed";
    case Verdict::rolled_back:
      return "rolled_back";
    case Verdict::nothing_to_commit:
      return "nothing_to_commit";
    case Verdict::forgotten:
      return "forgotten";
    case Verdict::taken:
      return "taken";
    case Verdict::pending:
      return "pending";
    case Verdict::open:
      return "open";
    case Verdict::unknown:
      return "unknown";
    case Verdict::ask_leader:
      return "ask_leader";
    case Verdict::not_ours:
      return "not_ours";
    case Verdict::overloaded:
      return "overloaded";
    case Verdict::invalid:
      return "invalid";
  }
  return "unknown";
}

std::string_view name(Reason reason) {
  switch (reason) {
    case Reason::none:
      return "none";
    case Reason::asked:
      return "asked";
    case Reason::past_deadline:
      return "past_deadline";
    case Reason::vote_refused:
      return "vote_refused";
    case Reason::vote_missing:
      return "vote_missing";
    case Reason::vote_not_named:
      return "vote_not_named";
    case Reason::vote_differs:
      return "vote_differs";
    case Reason::outcome_asked:
      return "outcome_asked";
    case Reason::earlier_term:
      return "earlier_term";
    case Reason::enlistment_differs:
      return "enlistment_differs";
    case Reason::another_preparation:
      return "another_preparation";
    case Reason::voted_after_commit:
      return "voted_after_commit";
    case Reason::only_bit_left:
      return "only_bit_left";
    case Reason::only_read:
      return "only_read";
    case Reason::from_the_future:
      return "from_the_future";
    case Reason::timeout_too_long:
      return "timeout_too_long";
    case Reason::session_unknown:
      return "session_unknown";
    case Reason::too_many_branches:
      return "too_many_branches";
    case Reason::not_enlisted:
      return "not_enlisted";
    case Reason::names_differ:
      return "names_differ";
  }
  return "none";
}

}  // namespace vow::txn
