#include "tests/sim/linearizability.h"

#include <gtest/gtest.h>

namespace vow::sim {
namespace {

// A history of one register, written down in the order of its invocations and answers.
class Register {
 public:
  History::Id put(Value value) { return history_.invoke(1, {OperationKind::put, 0, 0, value, false, 0}); }
  History::Id get() { return history_.invoke(1, {OperationKind::get, 0, 0, 0, false, 0}); }
  History::Id cas(Value expected, Value value) {
    return history_.invoke(1, {OperationKind::cas, 0, expected, value, false, 0});
  }

  void done(History::Id id) { history_.done(id, history_.operations()[id].operation); }
  void reads(History::Id id, Value value) { history_.done(id, {OperationKind::get, 0, 0, value, false, 0}); }
  void finds(History::Id id, Value found) {
    Operation answer = history_.operations()[id].operation;
    answer.found = found;
    answer.swapped = found == answer.expected;
    history_.done(id, answer);
  }
  void answers(History::Id id, const Operation& answer) { history_.done(id, answer); }
  void unknown(History::Id id) { history_.unknown(id); }
  void failed(History::Id id) { history_.failed(id); }

  [[nodiscard]] Verdict verdict() const { return check_linearizable(history_.operations()); }
  [[nodiscard]] Verdict verdict_within(std::uint64_t steps) const {
    return check_linearizable(history_.operations(), steps);
  }

 private:
  History history_;
};

TEST(Linearizability, NothingAskedIsNothingBroken) { EXPECT_EQ(Register().verdict(), Verdict::linearizable); }

TEST(Linearizability, AReadSeesTheWriteBeforeIt) {
  Register r;
  r.done(r.put(1));
  r.reads(r.get(), 1);
  EXPECT_EQ(r.verdict(), Verdict::linearizable);
}

TEST(Linearizability, AReadThatMissesAFinishedWriteIsStale) {
  Register r;
  r.done(r.put(1));
  r.reads(r.get(), 0);
  EXPECT_EQ(r.verdict(), Verdict::broken);
}

TEST(Linearizability, AReadBesideAWriteMaySeeItOrNot) {
  for (const Value seen : {Value{0}, Value{1}}) {
    Register r;
    const auto write = r.put(1);
    r.reads(r.get(), seen);
    r.done(write);
    EXPECT_EQ(r.verdict(), Verdict::linearizable) << "seen " << seen;
  }
}

TEST(Linearizability, OnceSeenAWriteStaysSeen) {
  Register r;
  const auto write = r.put(1);
  r.reads(r.get(), 1);
  r.reads(r.get(), 0);
  r.done(write);
  EXPECT_EQ(r.verdict(), Verdict::broken);
}

TEST(Linearizability, WritesSideBySideHaveOneOrderForAllReaders) {
  Register r;
  const auto one = r.put(1), two = r.put(2);
  r.done(one);
  r.done(two);
  r.reads(r.get(), 1);
  r.reads(r.get(), 2);
  EXPECT_EQ(r.verdict(), Verdict::broken);
}

TEST(Linearizability, AnUnknownWriteMayTakeEffectMuchLater) {
  Register r;
  r.unknown(r.put(1));
  r.done(r.put(2));
  r.reads(r.get(), 2);
  r.reads(r.get(), 1);
  EXPECT_EQ(r.verdict(), Verdict::linearizable);
}

TEST(Linearizability, AnUnknownWriteTakesEffectOnce) {
  Register r;
  r.unknown(r.put(1));
  r.reads(r.get(), 1);
  r.done(r.put(2));
  r.reads(r.get(), 1);
  EXPECT_EQ(r.verdict(), Verdict::broken);
}

TEST(Linearizability, AnUnknownWriteCannotBeSeenBeforeItWasAsked) {
  Register r;
  r.reads(r.get(), 1);
  r.unknown(r.put(1));
  EXPECT_EQ(r.verdict(), Verdict::broken);
}

TEST(Linearizability, AnUnansweredWriteCountsAsUnknown) {
  Register seen, unseen;
  (void)seen.put(1);
  seen.reads(seen.get(), 1);
  EXPECT_EQ(seen.verdict(), Verdict::linearizable);
  (void)unseen.put(1);
  unseen.reads(unseen.get(), 0);
  EXPECT_EQ(unseen.verdict(), Verdict::linearizable);
}

TEST(Linearizability, AFailedWriteIsNeverSeen) {
  Register r;
  r.failed(r.put(1));
  r.reads(r.get(), 1);
  EXPECT_EQ(r.verdict(), Verdict::broken);
}

TEST(Linearizability, ASwapHappensOnlyOnTheValueItExpects) {
  Register good, blind, unmoved;
  good.done(good.put(1));
  good.finds(good.cas(1, 2), 1);
  good.reads(good.get(), 2);
  EXPECT_EQ(good.verdict(), Verdict::linearizable);

  blind.done(blind.put(1));
  blind.finds(blind.cas(7, 2), 7);
  EXPECT_EQ(blind.verdict(), Verdict::broken);

  unmoved.done(unmoved.put(1));
  unmoved.finds(unmoved.cas(7, 2), 1);
  unmoved.reads(unmoved.get(), 2);
  EXPECT_EQ(unmoved.verdict(), Verdict::broken);
}

TEST(Linearizability, OfTwoSwapsOnOneValueOneWins) {
  Register r;
  const auto one = r.cas(0, 1), two = r.cas(0, 2);
  r.finds(one, 0);
  r.finds(two, 0);
  EXPECT_EQ(r.verdict(), Verdict::broken);
}

TEST(Linearizability, AFailedSwapTellsOfAnUnknownWrite) {
  Register r;
  r.unknown(r.put(5));
  r.finds(r.cas(0, 1), 5);
  r.reads(r.get(), 0);
  EXPECT_EQ(r.verdict(), Verdict::broken) << "what the swap found cannot have vanished";
}

TEST(Linearizability, AnUnknownWriteMayBeKnownFromAFailedSwapAlone) {
  Register r;
  r.unknown(r.put(5));
  r.finds(r.cas(0, 1), 5);
  EXPECT_EQ(r.verdict(), Verdict::linearizable);
}

TEST(Linearizability, ASwapThatFoundWhatItExpectedHasSwapped) {
  Register r;
  const auto swap = r.cas(0, 1);
  r.answers(swap, {OperationKind::cas, 0, 0, 1, false, 0});
  EXPECT_EQ(r.verdict(), Verdict::broken);
}

TEST(Linearizability, UnknownWritesThatNobodySawCostNothing) {
  Register r;
  for (Value value = 1; value <= 40; ++value) r.unknown(r.put(value));
  r.done(r.put(100));
  r.reads(r.get(), 0);
  EXPECT_EQ(r.verdict_within(1'000), Verdict::broken);
}

TEST(Linearizability, AnUnknownSwapMayComeBetween) {
  Register r;
  r.done(r.put(1));
  r.unknown(r.cas(1, 2));
  r.reads(r.get(), 1);
  r.reads(r.get(), 2);
  EXPECT_EQ(r.verdict(), Verdict::linearizable);
}

TEST(Linearizability, ManyClientsAtOnceAreNoTrouble) {
  Register r;
  Value value = 0;
  for (int round = 0; round < 100; ++round) {
    std::vector<History::Id> writes;
    for (int i = 0; i < 8; ++i) writes.push_back(r.put(++value));
    r.unknown(r.put(++value));
    for (const auto id : writes) r.done(id);
    r.reads(r.get(), value - 3);
  }
  EXPECT_EQ(r.verdict(), Verdict::linearizable);
}

TEST(Linearizability, ASearchThatIsCutShortSaysSo) {
  Register r;
  for (Value value = 1; value <= 12; ++value) r.done(r.put(value));
  EXPECT_EQ(r.verdict_within(3), Verdict::inconclusive);
}

}  // namespace
}  // namespace vow::sim
