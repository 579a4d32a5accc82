// What the SDK throws, and in which words. Codes are explained by `vow explain`.
#pragma once

#include <string>

#include "thrift/gen/client/client_types.h"

#include "vow/branch.h"
#include "vow/error.h"
#include "vow/record.h"

namespace vow::sdk {

[[nodiscard]] unavailable no_coordinator(const std::string& name, const std::string& problem);
[[nodiscard]] unavailable stopped(const std::string& name);
[[nodiscard]] misuse made_before_fork();
[[nodiscard]] misuse bad_options(const std::string& what, const std::string& hint);
[[nodiscard]] misuse is_over(const std::string& xid, const std::string& resource);
[[nodiscard]] rolled_back unanswered_call(const std::string& xid, const std::string& name);
[[nodiscard]] misuse bad_context(const std::string& name, const std::string& what);
[[nodiscard]] rolled_back bad_answer(const std::string& xid, const std::string& what);
// `what`: "begin", "be prepared".
[[nodiscard]] rolled_back too_late(const std::string& xid, const std::string& resource, const char* what);
[[nodiscard]] outcome_unknown in_doubt(const std::string& xid, const std::string& name,
                                       const std::string& problem);
// What the work threw, `why`, may not happen again.
[[nodiscard]] rolled_back transient(const std::string& xid, const std::string& name, const std::string& why);
[[nodiscard]] rolled_back answer_not_kept(const std::string& xid, const std::string& name);
[[nodiscard]] rolled_back served_elsewhere(const std::string& xid, const std::string& name,
                                           const already_prepared& why);
[[nodiscard]] error shared_in_use(const std::string& xid, const std::string& resource);

// --- of actions
[[nodiscard]] rolled_back too_late_for_database(const preparation& as);
[[nodiscard]] already_prepared attempted_before(const preparation& as, const preparation& found);
[[nodiscard]] rolled_back cancelled_before(const preparation& as);
// Its local transaction may be committed or not, as `why` says; the branch does not vote.
[[nodiscard]] rolled_back attempt_in_doubt(const preparation& as, const error& why);
[[nodiscard]] error committed_before(const preparation& as);
[[nodiscard]] error action_unknown(const preparation& as, const std::string& action);
// `found`: what is on record of its branch; null: nothing.
[[nodiscard]] error cannot_commit(const preparation& as, const record::row* found);
[[nodiscard]] error cannot_roll_back(const preparation& as);

// Nothing was taken, and it is certain that nothing of it will be.
[[nodiscard]] rolled_back refused(const wire::Answer& answer, const std::string& xid,
                                  const std::string& name);
// Of anything but committed. Only `rolled_back` says that it is: everything else leaves the outcome unknown.
[[noreturn]] void throw_verdict(const wire::Answer& answer, const std::string& xid, const std::string& name);

}  // namespace vow::sdk
