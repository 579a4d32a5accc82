#include "tests/sim/cell/watcher.h"

namespace vow::sim::cell {

void Watcher::again() {
  after(around(random_, pause_), [this] {
    if (!business_.begun.empty()) ask();
    again();
  });
}

void Watcher::ask() {
  const std::size_t count = business_.begun.size();
  const std::size_t recent = std::min<std::size_t>(count, 10);
  txn::Xid xid = random_.chance(0.6) ? business_.begun[count - 1 - random_.below(recent)]
                                     : business_.begun[random_.below(count)];
  if (random_.chance(0.03)) {
    world_.happened(Rare::foreign_asked_about);
    ++(random_.chance(0.5) ? xid.cell : xid.incarnation);
  }
  std::optional<txn::Preparation> of;
  if (const auto* decided = checker_.decision(xid); decided != nullptr && random_.chance(0.3))
    of = decided->branches[random_.below(decided->branches.size())];
  ask_outcome(any_node(), xid, of, txn::Asker::watcher, [this](const std::optional<txn::Answer>& answer) {
    if (answer && answer->verdict == txn::Verdict::open) world_.happened(Rare::watcher_saw_open);
  });
}

}  // namespace vow::sim::cell
