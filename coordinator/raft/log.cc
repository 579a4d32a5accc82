#include "coordinator/raft/log.h"

#include <algorithm>

#include "coordinator/base/check.h"
#include "coordinator/base/limits.h"
#include "coordinator/base/plant.h"

namespace vow::raft {

Log::Log(LogPosition base, std::vector<Entry> entries)
    : base_(base),
      entries_(std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end())) {
  stable_ = written_ = last().index;
  check_invariants();
}

std::optional<Term> Log::term_at(Index index) const {
  if (index == base_.index) return base_.term;
  if (index < base_.index || index > last().index) return std::nullopt;
  return entries_[offset(index)].term;
}

const Entry& Log::at(Index index) const {
  VOW_CHECK(index > base_.index && index <= last().index, "entry {} is not in {}..{}", index.value(),
            base_.index.value() + 1, last().index.value());
  return entries_[offset(index)];
}

std::vector<Entry> Log::slice(Index first, Index last_wanted, std::size_t bytes_max,
                              std::size_t entries_max) const {
  std::vector<Entry> result;
  std::size_t bytes = 0;
  for (Index i = first; i <= last_wanted && result.size() < entries_max; i = i.next()) {
    const Entry& entry = at(i);
    bytes += entry.payload.size();
    if (!result.empty() && bytes > bytes_max) break;
    result.push_back(entry);
  }
  return result;
}

bool Log::is_up_to_date(LogPosition other) const {
  const LogPosition mine = last();
  return other.term > mine.term || (other.term == mine.term && other.index >= mine.index);
}

LogPosition Log::possible_agreement(LogPosition other) const {
  Index index = std::min(other.index, last().index);
  while (index > base_.index && *term_at(index) > other.term) index = index.prev();
  return {index, term_at(index).value_or(Term())};
}

Index Log::compaction_point(Index snapshot, std::uint64_t keep_entries, std::size_t keep_bytes) const {
  std::size_t bytes = 0;
  Index point = snapshot;
  while (point > base_.index && snapshot - point < keep_entries) {
    bytes += at(point).payload.size();
    if (bytes > keep_bytes) break;
    point = point.prev();
  }
  return point;
}

void Log::append(Entry entry) {
  VOW_CHECK(entry.index == last().index.next(), "entry {} does not follow {}", entry.index.value(),
            last().index.value());
  VOW_CHECK(entry.term >= last().term, "entry {} of term {} after one of term {}", entry.index.value(),
            entry.term.value(), last().term.value());
  unwritten_bytes_ += entry.payload.size();
  unpersisted_bytes_ += entry.payload.size();
  entries_.push_back(std::move(entry));
}

void Log::truncate_from(Index index) {
  VOW_CHECK(index > base_.index, "cannot cut at {}, which is compacted up to {}", index.value(),
            base_.index.value());
  while (last().index >= index) {
    if (last().index > written_) {
      unwritten_bytes_ -= entries_.back().payload.size();
      unpersisted_bytes_ -= entries_.back().payload.size();
    }
    entries_.pop_back();
  }
  if (index <= written_) {
    unwritten_truncation_ = std::min(index, unwritten_truncation_.value_or(index));
    written_ = index.prev();
  }
  // What a write on its way will make durable beyond the cut is not what is in memory any more.
  stable_ = std::min(stable_, index.prev());
  if (VOW_PLANTED(truncation_forgets_writes)) return;
  for (auto& write : outstanding_) write.last = std::min(write.last, index.prev());
}

void Log::compact(LogPosition to) {
  VOW_CHECK(contains(to), "cannot compact to {}, which is not in the log", describe(to));
  VOW_CHECK(to.index <= stable_, "cannot compact to {}: durable up to {} only", describe(to),
            stable_.value());
  while (!entries_.empty() && entries_.front().index <= to.index) entries_.pop_front();
  base_ = to;
  unwritten_compaction_ = to;
}

void Log::restart_at(LogPosition at) {
  entries_.clear();
  base_ = at;
  stable_ = written_ = at.index;
  for (auto& write : outstanding_) write.last = Index();
  unpersisted_bytes_ -= unwritten_bytes_;
  unwritten_bytes_ = 0;
  unwritten_truncation_.reset();
  unwritten_compaction_.reset();
  unwritten_restart_ = at;
}

bool Log::has_unwritten() const {
  return unwritten_restart_ || unwritten_truncation_ || unwritten_compaction_ || written_ < last().index;
}

storage::LogWrite Log::take_unwritten(PersistSeq seq) {
  storage::LogWrite write;
  write.restart_at = std::exchange(unwritten_restart_, std::nullopt);
  write.truncate_from = std::exchange(unwritten_truncation_, std::nullopt);
  write.compact_to = std::exchange(unwritten_compaction_, std::nullopt);
  for (Index i = written_.next(); i <= last().index; i = i.next()) write.entries.push_back(at(i));
  written_ = last().index;
  outstanding_.push_back({seq, written_, std::exchange(unwritten_bytes_, 0)});
  return write;
}

void Log::persisted(PersistSeq seq) {
  while (!outstanding_.empty() && outstanding_.front().seq <= seq) {
    stable_ = std::max(stable_, outstanding_.front().last);
    unpersisted_bytes_ -= outstanding_.front().bytes;
    outstanding_.pop_front();
  }
}

bool Log::disk_lags() const {
  return unpersisted_bytes_ > limits::unpersisted_bytes_max ||
         outstanding_.size() > limits::unpersisted_writes_max;
}

void Log::check_invariants() const {
  VOW_CHECK(base_.index <= stable_ && stable_ <= written_ && written_ <= last().index,
            "base {} stable {} written {} last {}", base_.index.value(), stable_.value(), written_.value(),
            last().index.value());
  LogPosition before = base_;
  for (const Entry& entry : entries_) {
    VOW_CHECK(entry.index == before.index.next() && entry.term >= before.term, "entry {} after {}",
              describe(entry.position()), describe(before));
    before = entry.position();
  }
  VOW_CHECK(unwritten_bytes_ <= unpersisted_bytes_, "{} unwritten of {} unpersisted bytes", unwritten_bytes_,
            unpersisted_bytes_);
}

}  // namespace vow::raft
