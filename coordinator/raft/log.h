// The log as this node knows it, in memory: everything after `base`. How much that is, compaction bounds.
//
//      base            stable          last
//   ----|  1 2 3 4 5 6 7 | 8 9 10 11 12 |
//        durable here     on its way to the disk, or about to be
//
// Invariants: base <= stable <= last; indices are contiguous; terms never fall.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "coordinator/raft/message.h"
#include "coordinator/raft/output.h"

namespace vow::raft {

class Log {
 public:
  // As found on disk, hence durable.
  Log(LogPosition base, std::vector<Entry> entries);

  [[nodiscard]] LogPosition base() const { return base_; }
  [[nodiscard]] LogPosition last() const { return entries_.empty() ? base_ : entries_.back().position(); }
  // Up to here, what is in memory is also on disk.
  [[nodiscard]] Index stable() const { return stable_; }

  // The term of the entry at `index`; none if that is compacted away or not there yet.
  [[nodiscard]] std::optional<Term> term_at(Index index) const;
  [[nodiscard]] bool contains(LogPosition position) const { return term_at(position.index) == position.term; }
  [[nodiscard]] const Entry& at(Index index) const;
  // Entries from `first` up to and including `last`, until `bytes_max` is reached; at least one if there is
  // one.
  [[nodiscard]] std::vector<Entry> slice(Index first, Index last, std::size_t bytes_max,
                                         std::size_t entries_max) const;
  // Whether a log that ends at `other` holds everything that may be committed here (section 5.4.1).
  [[nodiscard]] bool is_up_to_date(LogPosition other) const;
  // The last position not beyond `index` whose term is not above `term`: where a log that has `term` at
  // `index` may agree with this one.
  [[nodiscard]] LogPosition possible_agreement(LogPosition other) const;

  // Up to where the log may be compacted when a snapshot holds all up to `snapshot`, so that behind it this
  // many entries, or bytes, are kept for followers that are slow.
  [[nodiscard]] Index compaction_point(Index snapshot, std::uint64_t keep_entries,
                                       std::size_t keep_bytes) const;

  void append(Entry entry);
  // Drops `index` and all after it.
  void truncate_from(Index index);
  // Drops `to` and all before it. It must be durable.
  void compact(LogPosition to);
  // Forgets everything: a snapshot took its place.
  void restart_at(LogPosition at);

  // What has changed since the last call, to be written to disk as `seq`.
  [[nodiscard]] storage::LogWrite take_unwritten(PersistSeq seq);
  [[nodiscard]] bool has_unwritten() const;
  // All writes up to `seq` are durable.
  void persisted(PersistSeq seq);
  [[nodiscard]] bool write_outstanding() const { return !outstanding_.empty(); }
  // Whether so much is not yet durable that no more should be taken on.
  [[nodiscard]] bool disk_lags() const;
  // Bytes that are not yet durable.
  [[nodiscard]] std::size_t unpersisted_bytes() const { return unpersisted_bytes_; }

  void check_invariants() const;

 private:
  struct Outstanding {
    PersistSeq seq;
    Index last;  // durable up to here once written; lowered when a truncation overtakes it
    std::size_t bytes;
  };

  [[nodiscard]] std::size_t offset(Index index) const { return index - base_.index - 1; }

  LogPosition base_;
  std::deque<Entry> entries_;
  Index stable_;
  Index written_;  // handed to the disk up to here; >= stable_
  std::optional<LogPosition> unwritten_restart_;
  std::optional<Index> unwritten_truncation_;
  std::optional<LogPosition> unwritten_compaction_;
  std::deque<Outstanding> outstanding_;
  std::size_t unwritten_bytes_ = 0;
  std::size_t unpersisted_bytes_ = 0;
};

}  // namespace vow::raft
