// A participant's database as `vow doctor` and `vow audit` use it, of whichever kind. They come to it as
// nobody's resource: no client, no session with a coordinator, nothing kept open that others wait for.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/cli/database_url.h"

#include "vow/branch.h"
#include "vow/doctor.h"

namespace vow::cli {

// Prepared under a name of ours, whoever prepared it.
struct PreparedBranch {
  preparation which;
  std::string kept_as;                             // xa, tcc, hooks
  std::optional<std::chrono::milliseconds> age{};  // unless the database does not tell
  bool is_record = false;                          // a row of vow_branch, which its program alone can end
};

// A row of vow_branch that has ended.
struct EndedBranch {
  preparation which;
  std::string kept_as;  // likewise; or alone: committed without the coordinator
  bool committed = false;
};

// All throw std::exception with the database's words; vow::error where there is a code for it.
class ParticipantDatabase {
 public:
  explicit ParticipantDatabase(const DatabaseUrl& url) : kind_(url.kind), shown_(url.shown) {}
  ParticipantDatabase(const ParticipantDatabase&) = delete;
  ParticipantDatabase& operator=(const ParticipantDatabase&) = delete;
  virtual ~ParticipantDatabase() = default;

  [[nodiscard]] DatabaseUrl::Kind kind() const { return kind_; }
  // Its URL, without a password.
  [[nodiscard]] const std::string& shown() const { return shown_; }

  virtual std::vector<finding> examine() = 0;
  // Makes the table vow_branch with its index; false: it was there.
  virtual bool make_records() = 0;
  // The oldest first, as far as that is known.
  virtual std::vector<PreparedBranch> prepared() = 0;
  // The latest first.
  virtual std::vector<EndedBranch> ended(std::size_t at_most) = 0;
  // Locks of ours that belong to nothing that is prepared, in words.
  virtual std::vector<std::string> leaked_locks() = 0;
  // Of one that is no record.
  virtual void roll_back(const preparation& which) = 0;

 private:
  const DatabaseUrl::Kind kind_;
  const std::string shown_;
};

// Does not connect yet. `password` is for a MySQL URL that has none.
[[nodiscard]] std::unique_ptr<ParticipantDatabase> participant_database(DatabaseUrl url,
                                                                        const std::string& password);

// One for each kind, so that each driver is named in one file alone.
[[nodiscard]] std::unique_ptr<ParticipantDatabase> postgres_database(const DatabaseUrl& url);
[[nodiscard]] std::unique_ptr<ParticipantDatabase> mysql_database(const DatabaseUrl& url);
[[nodiscard]] std::unique_ptr<ParticipantDatabase> sqlite_database(const DatabaseUrl& url);

}  // namespace vow::cli
