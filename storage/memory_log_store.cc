#include "storage/memory_log_store.h"

namespace vow::storage {
namespace {

Failure<Error> broken_failure() {
  return failure(Fault::failed, "the log in memory is broken since a write failed; reopen it");
}

void check_succession(HardState before, HardState after) {
  VOW_CHECK(after.term >= before.term, "term {} after term {}", after.term.value(), before.term.value());
  VOW_CHECK(after.term > before.term || before.vote.is_zero() || after.vote == before.vote,
            "a second vote in term {}: {} after {}", after.term.value(), after.vote.value(),
            before.vote.value());
}

}  // namespace

Result<void> MemoryLogStore::write(std::span<const LogWrite> batch) {
  if (broken_) return broken_failure();
  if (full_) return failure(Fault::no_space, "the log in memory is set to be full");
  const std::optional<Fate> fate = failure_due();
  if (fate != Fate::lost)
    for (const LogWrite& write : batch) carry_out(write);
  broken_ = fate.has_value();
  if (broken_) return broken_failure();
  return {};
}

Result<std::vector<Entry>> MemoryLogStore::read(Index first, std::size_t bytes_max) {
  if (broken_) return broken_failure();
  VOW_CHECK(first > base_.index, "reading {} of a log that begins after {}", first.value(),
            base_.index.value());
  std::vector<Entry> found;
  std::size_t bytes = 0;
  for (Index i = first; i <= last().index; i = i.next()) {
    const Entry& entry = entries_[i - base_.index - 1];
    bytes += entry.payload.size();
    if (bytes > bytes_max && !found.empty()) break;
    found.push_back(entry);
  }
  return found;
}

LogPosition MemoryLogStore::last() const { return entries_.empty() ? base_ : entries_.back().position(); }

void MemoryLogStore::reopen() {
  broken_ = false;
  planned_.reset();
}

std::optional<MemoryLogStore::Fate> MemoryLogStore::failure_due() {
  if (!planned_) return std::nullopt;
  if (planned_->spare-- > 0) return std::nullopt;
  return std::exchange(planned_, std::nullopt)->fate;
}

void MemoryLogStore::carry_out(const LogWrite& write) {
  if (write.hard_state) {
    check_succession(hard_state_, *write.hard_state);
    hard_state_ = *write.hard_state;
  }
  if (write.restart_at) restart_at(*write.restart_at);
  if (write.truncate_from) truncate_from(*write.truncate_from);
  for (const Entry& entry : write.entries) append(entry);
  if (write.compact_to) compact_to(*write.compact_to);
}

void MemoryLogStore::restart_at(LogPosition at) {
  VOW_CHECK(at.index >= base_.index, "restarting at {} a log that begins after {}", at.index.value(),
            base_.index.value());
  entries_.clear();
  base_ = at;
}

void MemoryLogStore::truncate_from(Index from) {
  VOW_CHECK(from > base_.index && from <= last().index.next(), "truncating from {} a log of ({}, {}]",
            from.value(), base_.index.value(), last().index.value());
  entries_.resize(from - base_.index - 1);
}

void MemoryLogStore::append(const Entry& entry) {
  VOW_CHECK(entry.index == last().index.next(), "appending {} after {}", entry.index.value(),
            last().index.value());
  VOW_CHECK(entry.term >= last().term, "appending term {} after term {}", entry.term.value(),
            last().term.value());
  entries_.push_back(entry);
}

void MemoryLogStore::compact_to(LogPosition at) {
  VOW_CHECK(at.index >= base_.index && at.index <= last().index, "compacting to {} a log of ({}, {}]",
            at.index.value(), base_.index.value(), last().index.value());
  VOW_CHECK(at.term == term_at(at.index), "compacting to term {} at {}, which has term {}", at.term.value(),
            at.index.value(), term_at(at.index).value());
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(at.index - base_.index));
  base_ = at;
}

Term MemoryLogStore::term_at(Index index) const {
  return index == base_.index ? base_.term : entries_[index - base_.index - 1].term;
}

}  // namespace vow::storage
