// The table of runs: log_record.h's runs as rows of the database, changed within the caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "storage/log_record.h"
#include "storage/sqlite_connection.h"

namespace vow::storage {

// The end of what the table holds.
struct RunEnd {
  LogPosition last;
  std::uint64_t chain = 0;
};

// An entry that must be there is not.
[[nodiscard]] Failure<Error> missing_from_database(Index entry);

class RunTable {
 public:
  [[nodiscard]] static Result<RunTable> open(Connection& connection);

  // Appends runs that follow the one with the chain `previous`.
  [[nodiscard]] Result<RunEnd> append(std::span<const Entry> entries, std::uint64_t previous);
  [[nodiscard]] Result<Term> term_at(Index index);
  // Keeps the entries up to `last`, which must be there, and drops those after it.
  [[nodiscard]] Result<RunEnd> truncate_after(Index last);
  // Drops the runs that end at `first` or later.
  [[nodiscard]] Result<void> remove_from(Index first);
  // Drops runs that end at `base` or earlier, the oldest first, at least one and up to about `bytes_max`.
  // False when none is left.
  [[nodiscard]] Result<bool> reclaim(Index base, std::uint64_t bytes_max);

  // Begins to read at the run that holds `first`.
  void seek(Index first);
  // The next run, verified by itself: its bytes are valid until the next call. None after the last.
  [[nodiscard]] Result<std::optional<StoredRun>> next();
  // Ends reading early.
  void stop() { select_.reset(); }

 private:
  RunTable(Statement insert, Statement remove_from, Statement remove_range, Statement select, Statement sizes)
      : insert_(std::move(insert)),
        remove_from_(std::move(remove_from)),
        remove_range_(std::move(remove_range)),
        select_(std::move(select)),
        sizes_(std::move(sizes)) {}
  [[nodiscard]] Result<void> insert(std::uint64_t key, std::string_view record);
  // Reads the run that holds this entry; stop() when done with it.
  [[nodiscard]] Result<StoredRun> find(Index index);

  Statement insert_;
  Statement remove_from_;
  Statement remove_range_;
  Statement select_;
  Statement sizes_;
};

}  // namespace vow::storage
