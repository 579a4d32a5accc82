#include "storage/sqlite_log_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "storage/wal_scan.h"

namespace vow::storage {

namespace {

// Garbage is removed in portions of this size: smaller ones would touch the same pages again and again,
// larger ones would make a write wait.
constexpr std::uint64_t reclaim_portion_bytes = 256u << 10;
constexpr std::uint64_t wal_frame_header_bytes = 24;

std::uint64_t frames_max(const LogGeometry& geometry) {
  // A quarter is left for the transaction that goes over the limit.
  return std::max<std::uint64_t>(1,
                                 geometry.wal_bytes / (geometry.page_bytes + wal_frame_header_bytes) * 3 / 4);
}

int note_frames(void* frames, sqlite3*, const char*, int count) {
  *static_cast<std::uint64_t*>(frames) = static_cast<std::uint64_t>(count);
  return SQLITE_OK;
}

}  // namespace

SqliteLogStore::SqliteLogStore(const LogPlace& place, std::unique_ptr<Connection> connection,
                               Statements statements, CommitWitness witness, const LogState& state)
    : place_(place),
      connection_(std::move(connection)),
      statements_(std::move(statements)),
      witness_(std::move(witness)),
      state_(state),
      wal_frames_max_(frames_max(witness_.last().geometry)) {
  sqlite3_wal_hook(connection_->handle(), note_frames, &wal_frames_);
}

Result<void> SqliteLogStore::write(std::span<const LogWrite> batch) {
  if (broken_) return Failure{*broken_};
  Result<void> done = try_write(batch);
  if (!done && done.error().fault != Fault::no_space) broken_ = done.error();
  return done;
}

Result<void> SqliteLogStore::try_write(std::span<const LogWrite> batch) {
  if (auto done = settle(); !done) return done;
  if (auto done = checkpoint_if_due(); !done) return done;
  LogState next = state_;
  if (auto done = transact(batch, next); !done) {
    if (auto undone = roll_back(); !undone) return undone;
    has_torn_tail_ = true;
    has_garbage_ = true;
    return done;
  }
  state_ = next;
  ++figures_.commits;
  // A witness that cannot be written has no room that it could lack: it is never extended.
  if (auto done = witness_.note(state_); !done) return failure(Fault::failed, done.error().what);
  return {};
}

Result<void> SqliteLogStore::transact(std::span<const LogWrite> batch, LogState& next) {
  if (auto done = statements_.begin.run(); !done) return done;
  for (const LogWrite& write : batch)
    if (auto done = carry_out(write, next); !done) return done;
  if (auto done = reclaim(next); !done) return done;
  ++next.commits;
  if (auto done = save(next); !done) return done;
  return statements_.commit.run();
}

Result<void> SqliteLogStore::carry_out(const LogWrite& write, LogState& next) {
  if (write.hard_state) next.hard_state = *write.hard_state;
  if (write.restart_at) {
    if (auto done = statements_.runs.remove_from(Index(0)); !done) return done;
    next.base = next.last = *write.restart_at;
  }
  if (write.truncate_from)
    if (auto done = truncate(*write.truncate_from, next); !done) return done;
  if (!write.entries.empty())
    if (auto done = append(write.entries, next); !done) return done;
  if (write.compact_to) return compact(*write.compact_to, next);
  return {};
}

Result<void> SqliteLogStore::truncate(Index from, LogState& next) {
  VOW_CHECK(from > next.base.index && from <= next.last.index.next(), "truncating from {} a log of ({}, {}]",
            from.value(), next.base.index.value(), next.last.index.value());
  if (from > next.last.index) return {};
  if (from == next.base.index.next()) {
    // The chain goes on from the entries that are gone: it tells old rows from new ones all the better.
    next.last = next.base;
    return statements_.runs.remove_from(from);
  }
  const Result<RunEnd> end = statements_.runs.truncate_after(from.prev());
  if (!end) return Failure{end.error()};
  next.last = end->last;
  next.chain = end->chain;
  return {};
}

Result<void> SqliteLogStore::append(std::span<const Entry> entries, LogState& next) {
  Index expected = next.last.index.next();
  for (const Entry& entry : entries) {
    VOW_CHECK(entry.index == expected, "entry {} where {} belongs", entry.index.value(), expected.value());
    expected = expected.next();
    reclaim_due_bytes_ += 2 * (entry.payload.size() + sizeof(Entry));
  }
  const Result<RunEnd> end = statements_.runs.append(entries, next.chain);
  if (!end) return Failure{end.error()};
  next.last = end->last;
  next.chain = end->chain;
  return {};
}

Result<void> SqliteLogStore::compact(const LogPosition& to, LogState& next) {
  VOW_CHECK(next.base.index <= to.index && to.index <= next.last.index,
            "compacting to {} a log from {} to {}", to.index.value(), next.base.index.value(),
            next.last.index.value());
  if (to.index == next.base.index) return {};
  const Result<Term> term = statements_.runs.term_at(to.index);
  if (!term) return Failure{term.error()};
  VOW_CHECK(*term == to.term, "compacting to term {} at {}, which has term {}", to.term.value(),
            to.index.value(), term->value());
  next.base = to;
  has_garbage_ = true;
  reclaim_due_bytes_ += reclaim_portion_bytes;
  return {};
}

// Each entry that is appended pays for the removal of two old ones, so that garbage cannot pile up and no
// single write has much to remove.
Result<void> SqliteLogStore::reclaim(const LogState& next) {
  if (!has_garbage_ || reclaim_due_bytes_ < reclaim_portion_bytes) return {};
  const Result<bool> has_more = statements_.runs.reclaim(next.base.index, reclaim_due_bytes_);
  if (!has_more) return Failure{has_more.error()};
  has_garbage_ = *has_more;
  reclaim_due_bytes_ = 0;
  return {};
}

Result<void> SqliteLogStore::save(const LogState& next) {
  const std::string record = encode_state(next);
  statements_.save_state.bind(1, record);
  return statements_.save_state.run();
}

// SQLite rolls back by itself after some failures, and does not promise after which.
Result<void> SqliteLogStore::roll_back() {
  if (sqlite3_get_autocommit(connection_->handle()) != 0) return {};
  return connection_->run("ROLLBACK");
}

Result<void> SqliteLogStore::checkpoint_if_due() {
  if (wal_frames_ < wal_frames_max_) return {};
  const int code =
      sqlite3_wal_checkpoint_v2(connection_->handle(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code == SQLITE_OK) {
    ++figures_.checkpoints;
    wal_frames_ = 0;
    return {};
  }
  if (fault_of_sqlite(code) != Fault::no_space)
    return sqlite_failure(connection_->handle(), code, "checkpoint");
  ++figures_.checkpoints_without_room;
  return {};
}

// Removes the frames of a transaction that found no room: wal_scan.h says why they must not stay.
Result<void> SqliteLogStore::settle() {
  if (!has_torn_tail_) return {};
  auto wal = place_.disk.open(log_wal_name, Disk::Open::existing);
  if (!wal) return Failure{wal.error()};
  const Result<WalScan> scan = scan_wal(**wal, witness_.last().geometry.page_bytes);
  if (!scan) return Failure{scan.error()};
  if (auto done = settle_wal(**wal, *scan); !done) return done;
  has_torn_tail_ = false;
  return {};
}

Result<std::vector<Entry>> SqliteLogStore::read(Index first, std::size_t bytes_max) {
  if (broken_) return Failure{*broken_};
  VOW_CHECK(first > state_.base.index, "reading {} of a log that begins after {}", first.value(),
            state_.base.index.value());
  Result<std::vector<Entry>> entries = try_read(first, bytes_max);
  statements_.runs.stop();
  if (!entries) broken_ = entries.error();
  return entries;
}

Result<std::vector<Entry>> SqliteLogStore::try_read(Index first, std::size_t bytes_max) {
  std::vector<Entry> entries;
  if (first > state_.last.index) return entries;
  std::size_t bytes = 0;
  std::optional<std::uint64_t> previous;
  Index expected = first;
  statements_.runs.seek(first);
  while (expected <= state_.last.index) {
    const Result<std::optional<StoredRun>> run = statements_.runs.next();
    if (!run) return Failure{run.error()};
    if (!*run || (*run)->first > expected || (previous && (*run)->previous != *previous))
      return missing_from_database(expected);
    for (Entry& entry : decode_entries(**run)) {
      if (entry.index < first) continue;
      bytes += entry.payload.size();
      if (bytes > bytes_max && !entries.empty()) return entries;
      entries.push_back(std::move(entry));
    }
    previous = (*run)->chain;
    expected = (*run)->last.next();
  }
  return entries;
}

}  // namespace vow::storage
