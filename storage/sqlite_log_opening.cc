// How a SqliteLogStore comes into being, and what it verifies before anyone may rely on it.
#include <fmt/format.h>

#include "coordinator/base/plant.h"
#include "storage/sqlite_log_store.h"
#include "storage/wal_scan.h"

namespace vow::storage {

namespace {

Result<void> check_identity(const Identity& found, const Identity& expected) {
  if (found == expected) return {};
  return failure(
      Fault::wrong_identity,
      fmt::format("the log belongs to node {} of cell {}, not to node {} of cell {}; point each node at its "
                  "own data directory",
                  found.node.value(), found.cell.value(), expected.node.value(), expected.cell.value()));
}

}  // namespace

Result<void> SqliteLogStore::create(const LogPlace& place, const Identity& identity,
                                    const LogGeometry& geometry) {
  const Result<bool> exists = log_files_exist(place.disk);
  if (!exists) return Failure{exists.error()};
  if (*exists)
    return failure(Fault::failed,
                   fmt::format("there is a log in {} already; open it, or choose an empty directory",
                               place.sqlite_path_prefix));
  LogState state;
  state.identity = identity;
  state.commits = 1;
  return create_log_files(place, geometry, state);
}

Result<std::unique_ptr<SqliteLogStore>> SqliteLogStore::open(const LogPlace& place,
                                                             const Identity& identity) {
  const Result<bool> exists = log_files_exist(place.disk);
  if (!exists) return Failure{exists.error()};
  if (!*exists)
    return failure(Fault::absent, fmt::format("there is no log in {}; create one", place.sqlite_path_prefix));

  auto connection = connect_to_log(place);
  if (!connection) return Failure{connection.error()};
  Result<CommitWitness> witness = CommitWitness::open(place.disk, log_witness_name);
  if (!witness) return Failure{witness.error()};
  const LogGeometry& geometry = witness->last().geometry;
  auto wal = place.disk.open(log_wal_name, Disk::Open::existing);
  if (!wal) return Failure{wal.error()};
  const Result<WalScan> scan = scan_wal(**wal, geometry.page_bytes);
  if (!scan) return Failure{scan.error()};
  if (auto done = check_copied(**connection, **wal, *scan, geometry.page_bytes); !done)
    return Failure{done.error()};
  if (auto done = check_structure(**connection); !done) return Failure{done.error()};
  const Result<LogState> state = load_state(**connection);
  if (!state) return Failure{state.error()};
  if (auto done = check_identity(state->identity, identity); !done) return Failure{done.error()};

  if (auto done = check_witnessed(witness->last(), *state, scan->size);
      !done && !VOW_PLANTED(missing_commits_ignored))
    return Failure{done.error()};
  Result<Statements> statements = prepare(**connection);
  if (!statements) return Failure{statements.error()};
  if (auto done = check_chain(statements->runs, *state); !done) return Failure{done.error()};

  if (auto done = settle_wal(**wal, *scan); !done) return Failure{done.error()};
  if (auto done = witness->note(*state); !done) return Failure{done.error()};
  if (auto done = witness->sync(); !done) return Failure{done.error()};
  const std::string limit = fmt::format("PRAGMA journal_size_limit={}", geometry.wal_bytes);
  if (auto done = (*connection)->run(limit.c_str()); !done) return Failure{done.error()};
  std::unique_ptr<SqliteLogStore> store(
      new SqliteLogStore(place, std::move(*connection), std::move(*statements), std::move(*witness), *state));
  store->wal_frames_ = scan->frames;
  return store;
}

Result<SqliteLogStore::Statements> SqliteLogStore::prepare(Connection& connection) {
  Result<RunTable> runs = RunTable::open(connection);
  if (!runs) return Failure{runs.error()};
  Result<Statement> begin = connection.prepare("BEGIN IMMEDIATE");
  if (!begin) return Failure{begin.error()};
  Result<Statement> commit = connection.prepare("COMMIT");
  if (!commit) return Failure{commit.error()};
  Result<Statement> save_state = connection.prepare("UPDATE state SET record = ?1 WHERE id = 1");
  if (!save_state) return Failure{save_state.error()};
  return Statements{std::move(*runs), std::move(*begin), std::move(*commit), std::move(*save_state)};
}

Result<void> SqliteLogStore::check_chain(RunTable& runs, const LogState& state) {
  Index expected = state.base.index.next();
  std::optional<std::uint64_t> previous;
  runs.seek(expected);
  for (;;) {
    const Result<std::optional<StoredRun>> run = runs.next();
    if (!run) return Failure{run.error()};
    if (!*run) break;
    // Only the first may begin before it is needed: compaction drops whole runs.
    const bool follows =
        previous ? (*run)->first == expected && (*run)->previous == *previous : (*run)->first <= expected;
    if (!follows || (*run)->last > state.last.index) return missing_from_database(expected);
    previous = (*run)->chain;
    expected = (*run)->last.next();
  }
  if (expected != state.last.index.next() || (previous && *previous != state.chain))
    return missing_from_database(expected);
  return {};
}

}  // namespace vow::storage
