#include "tests/storage/log_model.h"

namespace vow::storage {
namespace {

LogPosition position_at(const LogModel& log, std::uint64_t distance) {
  return distance == 0 ? log.base : log.entries[distance - 1].position();
}

LogWrite random_write(Random& random, const LogModel& from) {
  LogWrite write;
  LogModel log = from;
  if (random.chance(0.3)) {
    const bool new_term = random.chance(0.7);
    const NodeId vote =
        new_term || log.hard_state.vote.is_zero() ? NodeId(random.below(4)) : log.hard_state.vote;
    write.hard_state = HardState{log.hard_state.term + (new_term ? 1 : 0), vote};
    log.hard_state = *write.hard_state;
  }
  if (random.chance(0.03)) {
    write.restart_at = LogPosition{log.last().index + random.between(1, 50), log.hard_state.term};
    log.base = *write.restart_at;
    log.entries.clear();
  } else if (!log.entries.empty() && random.chance(0.15)) {
    const std::uint64_t kept = random.below(log.entries.size());
    write.truncate_from = log.entries[kept].index;
    log.entries.resize(kept);
  }
  const std::uint64_t appended = random.chance(0.2) ? 0 : random.between(1, 6);
  for (std::uint64_t i = 0; i < appended; ++i) {
    const std::size_t bytes = random.chance(0.05) ? random.below(20'000) : random.below(60);
    write.entries.push_back(entry(log.last().index.value() + 1, log.hard_state.term.value(), bytes));
    log.entries.push_back(write.entries.back());
  }
  if (random.chance(0.1)) write.compact_to = position_at(log, random.between(0, log.entries.size()));
  return write;
}

}  // namespace

void LogModel::carry_out(const LogWrite& write) {
  if (write.hard_state) hard_state = *write.hard_state;
  if (write.restart_at) {
    base = *write.restart_at;
    entries.clear();
  }
  if (write.truncate_from)
    while (last().index >= *write.truncate_from) entries.pop_back();
  for (const Entry& e : write.entries) entries.push_back(e);
  if (write.compact_to) {
    while (!entries.empty() && entries.front().index <= write.compact_to->index)
      entries.erase(entries.begin());
    base = *write.compact_to;
  }
}

std::ostream& operator<<(std::ostream& out, const LogModel& model) {
  out << "term " << model.hard_state.term.value() << " vote " << model.hard_state.vote.value()
      << " log after " << model.base.index.value() << "/" << model.base.term.value() << ":";
  for (const Entry& e : model.entries)
    out << " " << e.index.value() << "/" << e.term.value() << "(" << e.payload.size() << ")";
  return out;
}

Result<LogModel> observe(LogStore& store) {
  LogModel seen{store.hard_state(), store.base(), {}};
  while (seen.last().index < store.last().index) {
    auto entries = store.read(seen.last().index.next(), 10'000);
    if (!entries.ok()) return Failure{entries.error()};
    VOW_CHECK(!entries->empty(), "a read within the log found nothing");
    for (Entry& e : *entries) seen.entries.push_back(std::move(e));
  }
  VOW_CHECK(seen.last() == store.last(), "the last entry is not what last() says");
  return seen;
}

Entry entry(std::uint64_t index, std::uint64_t term, std::size_t bytes) {
  std::string payload = std::to_string(index) + "/" + std::to_string(term) + " ";
  while (payload.size() < bytes) payload += static_cast<char>(payload.size() * 31 + index);
  payload.resize(bytes);
  return Entry{Index(index), Term(term), static_cast<EntryKind>(1 + index % 3), Payload(std::move(payload))};
}

std::vector<LogWrite> random_batch(Random& random, LogModel from) {
  std::vector<LogWrite> batch;
  if (from.hard_state.term.is_zero()) batch.push_back({.hard_state = HardState{Term(1), NodeId(0)}});
  if (!batch.empty()) from.carry_out(batch.back());
  for (std::uint64_t n = random.between(1, 3); n > 0; --n) {
    batch.push_back(random_write(random, from));
    from.carry_out(batch.back());
  }
  return batch;
}

}  // namespace vow::storage
