#include "tests/explore/laws.h"

#include <fmt/format.h>

#include "tests/explore/model.h"

namespace vow::explore {
namespace {

bool was_prepared(Holds holds) {
  return holds != Holds::nothing && holds != Holds::working && holds != Holds::read_only &&
         holds != Holds::refused;
}

void check_atomicity(const World& world, std::optional<Set> decision) {
  for (std::uint8_t one = 0; one < preparations; ++one) {
    const bool is_named = decision && has(*decision, one);
    if (world.holds[one] == Holds::committed && !is_named)
      throw Broken(fmt::format("{} is committed and no decision names it", name_of(one)));
    if (is_named && world.holds[one] == Holds::rolled_back)
      throw Broken(fmt::format("{} is rolled back though the decision names it", name_of(one)));
    if (is_named && world.holds[one] == Holds::gone)
      throw Broken(fmt::format("{} is lost though the decision names it", name_of(one)));
  }
}

void check_truth(const World& world, std::optional<Set> decision) {
  const Set named = decision.value_or(0);
  if ((world.said & said_committed) != 0 && !decision)
    throw Broken("the transaction is called committed and no decision is in the log");
  if ((world.said & said_rolled_back) != 0 && decision)
    throw Broken("the transaction is called rolled back and a decision is in the log");
  if ((world.said & said_nothing_to_commit) != 0 && decision)
    throw Broken("the initiator was told that there is nothing to commit, and a decision is in the log");
  if ((world.told_commit & ~named) != 0)
    throw Broken(fmt::format("{} was told committed and no decision names it",
                             names_of(static_cast<Set>(world.told_commit & ~named))));
  if ((world.told_rollback & named) != 0)
    throw Broken(fmt::format("{} was told rolled back though the decision names it",
                             names_of(static_cast<Set>(world.told_rollback & named))));
}

void check_exactness(const World& world, Set decision) {
  if (world.has_named == 0) throw Broken("there is a decision, and no initiator asked for it");
  // A branch that was named without its nonce was then prepared with one.
  Set named = world.named;
  if (has(named, shared_branch))
    named = static_cast<Set>((named & ~set_of(shared_branch)) | (decision & all_of_b));
  for (std::uint8_t one = 0; one < preparations; ++one) {
    if (has(named, one) && world.holds[one] == Holds::read_only)
      named = static_cast<Set>(named & ~set_of(one));
    if (has(decision, one) && !was_prepared(world.holds[one]))
      throw Broken(fmt::format("the decision names {}, which was never prepared", name_of(one)));
  }
  if (named != decision)
    throw Broken(fmt::format("the decision holds {}, and the initiator named {}", names_of(decision),
                             names_of(world.named)));
}

void check_completeness(const World& world, Set decision) {
  for (std::uint8_t i = 0; i < world.log_size; ++i) {
    if (world.log[i].kind != EntryKind::finish) continue;
    for (std::uint8_t one = 0; one < preparations; ++one) {
      if (has(decision, one) && world.holds[one] != Holds::committed &&
          world.holds[one] != Holds::undurable_committed)
        throw Broken(fmt::format("the decision is called finished and {} has not committed", name_of(one)));
    }
  }
}

}  // namespace

std::optional<Set> decided(const World& world, std::uint8_t xid_term) {
  for (std::uint8_t i = 0; i < world.log_size; ++i) {
    const Entry& entry = world.log[i];
    if (entry.kind == EntryKind::decide && entry.term == xid_term) return entry.set;
  }
  return std::nullopt;
}

void check_laws(const World& world, std::uint8_t xid_term) {
  const std::optional<Set> decision = decided(world, xid_term);
  check_atomicity(world, decision);
  check_truth(world, decision);
  if (!decision) return;
  check_exactness(world, *decision);
  check_completeness(world, *decision);
}

}  // namespace vow::explore
