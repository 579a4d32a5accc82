#include "tests/explore/memory.h"

#include <algorithm>
#include <limits>

#include "coordinator/base/check.h"
#include "coordinator/txn/resolve.h"
#include "tests/explore/real_leader.h"

namespace vow::explore {

Memory::Memory(const Scope& scope, std::uint8_t own_term) : scope_(scope), own_term_(own_term) {
  intern(RealLeader(scope_, own_term_), empty, {});
}
Memory::~Memory() = default;

const Reaction& Memory::react(State state, Input input) {
  std::uint32_t& place = known_[state]->reactions[index_of(input)];
  if (place != 0) return reactions_[place - 1];

  const auto run = run_to(state);
  Reaction reaction;
  try {
    reaction = run->feed(input);
    reaction.next = intern(*run, state, input);
  } catch (const CheckFailed& failure) {
    reaction.complaint = static_cast<std::uint16_t>(complaints_.size());
    complaints_.emplace_back(failure.what());
    reaction.next = state;
  }
  reaction.changes = reaction.next != state;
  reactions_.push_back(reaction);
  place = static_cast<std::uint32_t>(reactions_.size());
  return reactions_.back();
}

std::unique_ptr<RealLeader> Memory::run_to(State state) const {
  std::vector<Input> inputs;
  for (State at = state; at != empty; at = known_[at]->before) inputs.push_back(known_[at]->input);
  auto run = std::make_unique<RealLeader>(scope_, own_term_);
  std::for_each(inputs.rbegin(), inputs.rend(), [&](Input input) { (void)run->feed(input); });
  return run;
}

Memory::State Memory::intern(const RealLeader& run, State before, Input input) {
  VOW_CHECK(known_.size() < std::numeric_limits<State>::max(), "this scope is too large");
  const auto [at, is_new] = by_key_.try_emplace(run.key(), static_cast<State>(known_.size()));
  if (is_new) {
    auto known = std::make_unique<Known>();
    known->before = before;
    known->input = input;
    known->key = at->first;
    known->idle = run.is_idle();
    known_.push_back(std::move(known));
  }
  return at->second;
}

std::string Memory::words(State state) const { return run_to(state)->words(); }

txn::Verdict Memory::answer_following(State state, std::uint8_t preparation, std::uint8_t last_term) {
  const std::uint32_t question = std::uint32_t{state} << 16 | std::uint32_t{preparation} << 8 | last_term;
  const auto [at, is_new] = following_.try_emplace(question);
  if (is_new) {
    const auto run = run_to(state);
    const auto of = preparation < preparations ? std::optional(preparation_of(preparation)) : std::nullopt;
    at->second = txn::answer_without_leading(run->xid(), of, run->decisions(), Term(last_term)).verdict;
  }
  return at->second;
}

}  // namespace vow::explore
