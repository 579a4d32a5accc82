#include "coordinator/node/boot.h"

#include <algorithm>
#include <limits>

#include "coordinator/base/plant.h"
#include "coordinator/node/disk.h"

namespace vow::node {
namespace {

using storage::Fault;
using storage::LogPosition;

storage::Result<bool> holds(storage::LogStore& log, LogPosition position) {
  if (position == log.base()) return true;
  if (position.index <= log.base().index || position.index > log.last().index) return false;
  auto entries = log.read(position.index, 1);
  if (!entries) return Failure{entries.error()};
  return !entries->empty() && entries->front().position() == position;
}

storage::Result<std::vector<storage::Entry>> read_all(storage::LogStore& log) {
  constexpr std::size_t bytes_at_a_time = 4u << 20;
  std::vector<storage::Entry> all;
  for (Index next = log.base().index.next(); next <= log.last().index;) {
    auto some = log.read(next, bytes_at_a_time);
    if (!some) return some;
    VOW_CHECK(!some->empty() && some->front().index == next, "the log has no entry {} although it ends at {}",
              next.value(), log.last().index.value());
    next = some->back().index.next();
    std::move(some->begin(), some->end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

storage::Result<void> bootstrap(storage::SnapshotStore& snapshots, StateMachine& machine,
                                const raft::Configuration& configuration) {
  const auto latest = snapshots.latest();
  if (!latest) return Failure{latest.error()};
  if (*latest) {
    return storage::failure(
        Fault::wrong_identity,
        fmt::format("this disk already holds a snapshot at index {}: it belongs to a node that "
                    "exists. Start that node, or use an empty directory for a new one",
                    (*latest)->id.at.index.value()));
  }
  // The first members begin after an entry that nobody has. So a node that is added later, whose log is
  // empty, cannot be brought up from entries alone: it gets their first snapshot.
  const bool founds = !configuration.members().empty();
  const LogPosition beginning = founds ? LogPosition{Index(1), Term(1)} : LogPosition{};
  auto writer = snapshots.begin(beginning, raft::encode(configuration));
  if (!writer) return Failure{writer.error()};
  const auto frozen = machine.freeze();
  while (const auto chunk = frozen->next_chunk()) {
    if (auto written = (*writer)->append(*chunk); !written) return written;
  }
  if (auto finished = (*writer)->finish(); !finished) return Failure{finished.error()};
  return {};
}

storage::Result<raft::Restored> recover(storage::LogStore& log, storage::SnapshotStore& snapshots,
                                        StateMachine& machine) {
  auto loader = machine.begin_load();
  const auto snapshot = load_newest(snapshots, *loader);
  if (!snapshot) return Failure{snapshot.error()};
  machine.adopt(std::move(loader));
  const LogPosition at = snapshot->id.at;
  auto configuration = raft::decode_configuration(snapshot->configuration);
  if (!configuration) {
    return storage::failure(Fault::damaged,
                            fmt::format("the snapshot at index {} names no members", at.index.value()));
  }
  if (log.base().index > at.index) {
    return storage::failure(
        Fault::damaged,
        fmt::format("the log begins after index {} but the newest snapshot stands at {}: what lies "
                    "between is lost. Remove this node from its cell and add a new one",
                    log.base().index.value(), at.index.value()));
  }
  const auto held = holds(log, at);
  if (!held) return Failure{held.error()};
  if (!*held && !VOW_PLANTED(log_not_restarted_after_snapshot)) {
    storage::LogWrite restart;
    restart.restart_at = at;
    // The snapshot may have reached the disk before the term in which it came. No vote of that term can have
    // left.
    if (log.hard_state().term < at.term) restart.hard_state = storage::HardState{at.term, NodeId()};
    if (auto written = log.write(std::span(&restart, 1)); !written) return Failure{written.error()};
  }
  auto entries = read_all(log);
  if (!entries) return Failure{entries.error()};
  return raft::Restored{log.hard_state(), at, *std::move(configuration), log.base(), *std::move(entries)};
}

}  // namespace vow::node
