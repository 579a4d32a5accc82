// The log in SQLite: LogStore's contract on one database file with one connection.
//
// write() is one transaction and so one sync of the write-ahead log. It goes through these steps, and each
// can fail in one way only, so that a failure is always told for what it is:
//
//   checkpoint    if the write-ahead log is nearly full. No room: it goes on without.
//   transaction   runs of entries and state. No room: rolled back, nothing changed.
//   witness       commit_witness.h, once the commit is durable.
//
// Whatever else goes wrong in one of them, the store is broken.
//
// Opening verifies everything, in this order: the structure of the database, the write-ahead log
// (wal_scan.h), the identity, that no acknowledged commit is missing (commit_witness.h), and the whole chain
// of entries. Only then is anything written. Closing writes nothing.
//
// docs/formats/log.md has the layout, and why it is so.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/commit_witness.h"
#include "storage/log_database.h"
#include "storage/log_store.h"
#include "storage/run_table.h"

namespace vow::storage {

struct SqliteLogFigures {
  std::uint64_t commits = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t checkpoints_without_room = 0;
};

class SqliteLogStore final : public LogStore {
 public:
  // Refuses if there is one already. Leaves it closed: open() is the one way to come by a store.
  [[nodiscard]] static Result<void> create(const LogPlace& place, const Identity& identity,
                                           const LogGeometry& geometry = {});
  // Fault::absent if there is none, Fault::wrong_identity if it is another's.
  [[nodiscard]] static Result<std::unique_ptr<SqliteLogStore>> open(const LogPlace& place,
                                                                    const Identity& identity);

  [[nodiscard]] Result<void> write(std::span<const LogWrite> batch) override;
  [[nodiscard]] Result<std::vector<Entry>> read(Index first, std::size_t bytes_max) override;

  [[nodiscard]] LogPosition base() const override { return state_.base; }
  [[nodiscard]] LogPosition last() const override { return state_.last; }
  [[nodiscard]] HardState hard_state() const override { return state_.hard_state; }
  [[nodiscard]] Identity identity() const override { return state_.identity; }

  [[nodiscard]] const SqliteLogFigures& figures() const { return figures_; }

 private:
  // Statements must go before the connection does.
  struct Statements {
    RunTable runs;
    Statement begin;
    Statement commit;
    Statement save_state;
  };

  SqliteLogStore(const LogPlace& place, std::unique_ptr<Connection> connection, Statements statements,
                 CommitWitness witness, const LogState& state);

  [[nodiscard]] static Result<Statements> prepare(Connection& connection);
  [[nodiscard]] static Result<void> check_chain(RunTable& runs, const LogState& state);

  [[nodiscard]] Result<void> try_write(std::span<const LogWrite> batch);
  [[nodiscard]] Result<void> transact(std::span<const LogWrite> batch, LogState& next);
  [[nodiscard]] Result<void> carry_out(const LogWrite& write, LogState& next);
  [[nodiscard]] Result<void> truncate(Index from, LogState& next);
  [[nodiscard]] Result<void> compact(const LogPosition& to, LogState& next);
  [[nodiscard]] Result<void> append(std::span<const Entry> entries, LogState& next);
  [[nodiscard]] Result<void> reclaim(const LogState& next);
  [[nodiscard]] Result<void> save(const LogState& next);
  [[nodiscard]] Result<void> roll_back();
  [[nodiscard]] Result<void> checkpoint_if_due();
  [[nodiscard]] Result<void> settle();
  [[nodiscard]] Result<std::vector<Entry>> try_read(Index first, std::size_t bytes_max);

  LogPlace place_;
  std::unique_ptr<Connection> connection_;
  Statements statements_;
  CommitWitness witness_;
  LogState state_;
  SqliteLogFigures figures_;
  std::optional<Error> broken_;

  std::uint64_t wal_frames_ = 0;  // that the next checkpoint will copy, at most
  std::uint64_t wal_frames_max_;
  bool has_torn_tail_ = false;  // a transaction found no room and left frames in the write-ahead log
  bool has_garbage_ = true;     // there may be runs that end at the base or before
  std::uint64_t reclaim_due_bytes_ = 0;
};

}  // namespace vow::storage
