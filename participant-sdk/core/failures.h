// What the SDK throws, and in which words. Codes are explained by `vow explain`.
#pragma once

#include <string>

#include "thrift/gen/client/client_types.h"

#include "vow/error.h"

namespace vow::sdk {

[[nodiscard]] unavailable no_coordinator(const std::string& name, const std::string& problem);
[[nodiscard]] unavailable stopped(const std::string& name);
[[nodiscard]] misuse made_before_fork();
[[nodiscard]] misuse bad_options(const std::string& what, const std::string& hint);
[[nodiscard]] misuse is_over(const std::string& xid, const std::string& resource);
[[nodiscard]] rolled_back unanswered_call(const std::string& xid, const std::string& name);
[[nodiscard]] misuse bad_context(const std::string& name, const std::string& what);
[[nodiscard]] rolled_back bad_answer(const std::string& xid, const std::string& what);
[[nodiscard]] rolled_back too_late(const std::string& xid, const std::string& resource);
[[nodiscard]] outcome_unknown in_doubt(const std::string& xid, const std::string& name,
                                       const std::string& problem);
// Nothing was taken, and it is certain that nothing of it will be.
[[nodiscard]] rolled_back refused(const wire::Answer& answer, const std::string& xid,
                                  const std::string& name);
// Of anything but committed. Only `rolled_back` says that it is: everything else leaves the outcome unknown.
[[noreturn]] void throw_verdict(const wire::Answer& answer, const std::string& xid, const std::string& name);

}  // namespace vow::sdk
