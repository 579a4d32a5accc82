// The flags that say which databases a verb looks into, and which coordinator it asks about them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "coordinator/cli/context.h"
#include "coordinator/cli/participant_database.h"

namespace vow::cli {

struct DatabaseFlags {
  std::vector<std::string> urls;
  std::string coordinator;
};

void add_database_flags(CLI::App& verb, DatabaseFlags& flags);

using Databases = std::vector<std::unique_ptr<ParticipantDatabase>>;
// At --db, else VOW_DB, with blanks between; at least one. Throws CommandFailed.
[[nodiscard]] Databases databases_of(const Context& context, const DatabaseFlags& flags);
// At --coordinator, else VOW_COORDINATORS as services have it, else this machine's default. Throws likewise.
[[nodiscard]] std::vector<Endpoint> coordinators_of(const Context& context, const DatabaseFlags& flags);

// Runs `task` and makes what a database throws a CommandFailed: "cannot `what` (database): why".
template <class Task>
auto asking(const std::string& what, const ParticipantDatabase& in, Task&& task) -> decltype(task());

// "12s", or "at most 3m 10s" if the database does not tell: then since its transaction began.
[[nodiscard]] std::string age_of(const PreparedBranch& branch, std::uint64_t now_ms);
[[nodiscard]] std::uint64_t now_since_1970_ms();

// What it says, without the code and the hint that an error of the SDK's repeats; fit for a terminal.
[[nodiscard]] std::string words_of(const std::exception& why);
[[nodiscard]] Complaint complaint_of(const std::string& what, const ParticipantDatabase& in,
                                     const std::exception& why);

template <class Task>
auto asking(const std::string& what, const ParticipantDatabase& in, Task&& task) -> decltype(task()) {
  try {
    return task();
  } catch (const CommandFailed&) {
    throw;
  } catch (const std::exception& why) {
    throw CommandFailed(complaint_of(what, in, why));
  }
}

}  // namespace vow::cli
