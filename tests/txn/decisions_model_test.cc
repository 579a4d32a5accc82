// Decisions against a model that is too simple to be wrong, under thousands of random commands; and replicas
// against each other.
#include <algorithm>
#include <memory>
#include <set>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "coordinator/base/random.h"
#include "coordinator/txn/decisions.h"
#include "tests/txn/words.h"

namespace vow::txn {
namespace {

using namespace test;

struct EntryOfTerm {
  Decide decide;
  Term term;
};
using Command = std::variant<EntryOfTerm, Finish, Advance, Force>;

// One plain set of records, searched from end to end.
class Model {
 public:
  void apply(const Command& command) {
    std::visit([this](const auto& one) { on(one); }, command);
  }
  [[nodiscard]] const Decide* find(const Xid& xid) const {
    for (const Record& record : records_) {
      if (record.decide.xid == xid && !record.dropped) return &record.decide;
    }
    return nullptr;
  }
  // Decided at some time.
  [[nodiscard]] bool committed(const Xid& xid) const {
    return std::any_of(records_.begin(), records_.end(),
                       [&](const Record& record) { return record.decide.xid == xid; });
  }
  [[nodiscard]] std::uint64_t horizon_ms() const { return horizon_ms_; }
  [[nodiscard]] std::size_t unfinished() const {
    return static_cast<std::size_t>(std::count_if(records_.begin(), records_.end(),
                                                  [](const Record& record) { return !record.finished; }));
  }

 private:
  struct Record {
    Decide decide;
    bool finished = false;
    bool dropped = false;
  };
  void on(const EntryOfTerm& entry) {
    time_ms_ = std::max(time_ms_, entry.decide.stamp_ms);
    const Xid& xid = entry.decide.xid;
    const bool counts = xid.cell == cell && xid.incarnation == incarnation && xid.decided_in() == entry.term;
    if (counts && !committed(xid)) records_.push_back({entry.decide});
  }
  void on(const Finish& finish) {
    time_ms_ = std::max(time_ms_, finish.stamp_ms);
    for (Record& record : records_) {
      if (std::count(finish.xids.begin(), finish.xids.end(), record.decide.xid) > 0) record.finished = true;
    }
  }
  void on(const Advance& advance) {
    time_ms_ = std::max(time_ms_, advance.stamp_ms);
    for (Record& record : records_) {
      if (record.finished && (record.decide.xid.deadline_ms() + 60'000) / 1000 < time_ms_ / 1000)
        record.dropped = true;
    }
    horizon_ms_ = std::max(horizon_ms_, std::min(advance.horizon_ms, time_ms_ - 3'600'000));
  }
  void on(const Force& force) { time_ms_ = std::max(time_ms_, force.stamp_ms); }

  std::vector<Record> records_;
  std::uint64_t time_ms_ = 0;
  std::uint64_t horizon_ms_ = 0;
};

void apply(Decisions& decisions, const Command& command) {
  if (const auto* entry = std::get_if<EntryOfTerm>(&command))
    (void)decisions.decide(entry->decide, entry->term);
  if (const auto* finish = std::get_if<Finish>(&command)) decisions.finish(*finish);
  if (const auto* advance = std::get_if<Advance>(&command)) decisions.advance(*advance);
  if (const auto* force = std::get_if<Force>(&command)) (void)decisions.force(*force);
}

// What leaders might have replicated, and what none should have.
class Source {
 public:
  explicit Source(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] Xid any_xid() {
    Xid xid = xid_of(static_cast<std::uint32_t>(random_.below(60)));
    xid.session = 1 + static_cast<std::uint32_t>(random_.below(2));
    xid.term = term + static_cast<std::uint32_t>(random_.below(2));
    xid.begin_ms += (xid.sequence * 31 + xid.session + xid.term) % 50 * 60'000;
    if (random_.chance(0.02)) xid.cell += 1;
    if (random_.chance(0.02)) xid.incarnation += 1;
    return xid;
  }
  Command next() {
    now_ms_ += random_.below(20'000);
    const std::uint64_t stamp_ms = now_ms_ - random_.below(5'000);
    switch (random_.below(5)) {
      case 0:
      case 1: {
        std::vector<Preparation> named{prep("a", 1 + random_.below(3))};
        if (random_.chance(0.5)) named.push_back(prep("b", 1 + random_.below(3)));
        return EntryOfTerm{decide_of(any_xid(), named, stamp_ms), Term(term + random_.below(2))};
      }
      case 2:
        return Finish{stamp_ms, {any_xid(), any_xid(), any_xid()}};
      case 3:
        return Advance{stamp_ms, random_.chance(0.3) ? now_ms_ - random_.below(7'200'000) : 0};
      default:
        return Force{stamp_ms, any_xid(), branch(random_.chance(0.5) ? "a" : "b"), true, "ann", "gone"};
    }
  }
  Random& random() { return random_; }

 private:
  Random random_;
  std::uint64_t now_ms_ = begin_ms;
};

std::unique_ptr<Decisions> founded() {
  auto decisions = std::make_unique<Decisions>();
  decisions->found(cell, incarnation);
  return decisions;
}

std::unique_ptr<Decisions> through_snapshot(Decisions& from) {
  Decisions::Frozen frozen = from.freeze();
  auto to = std::make_unique<Decisions>();
  to->restore(std::move(frozen.head));
  // In the other order than they stand in.
  for (std::size_t slot = frozen.decisions.slots(); slot-- > 0;) {
    if (const Decision* decision = frozen.decisions.at(slot)) to->restore(Decision(*decision));
  }
  for (std::size_t slot = frozen.bits.slots(); slot-- > 0;) {
    if (const CommittedBits::Chunk* chunk = frozen.bits.at(slot)) to->restore(*chunk);
  }
  to->restored();
  return to;
}

void expect_same(const Decisions& decisions, const Model& model, const Xid& xid) {
  // Bits are kept by session and number: they mean nothing to xids that are not ours.
  if (!decisions.is_ours(xid)) {
    ASSERT_EQ(decisions.find(xid), nullptr);
    return;
  }
  const Decision* decision = decisions.find(xid);
  const Decide* expected = model.find(xid);
  ASSERT_EQ(decision != nullptr, expected != nullptr) << to_string(xid);
  if (decision != nullptr) {
    ASSERT_EQ(decision->branches.size(), expected->branches.size());
    for (const NamedBranch& named : expected->branches) ASSERT_TRUE(decision->names(named.preparation));
  } else if (xid.deadline_ms() >= model.horizon_ms()) {
    ASSERT_EQ(decisions.has_bit(xid), model.committed(xid)) << to_string(xid);
  } else if (decisions.has_bit(xid)) {
    ASSERT_TRUE(model.committed(xid)) << "a bit may stay longer, but never comes from nothing";
  }
}

TEST(TheDecisionsAgainstAModel, KnowWhatItKnows) {
  std::size_t on_record = 0;
  std::size_t as_bits = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Source source(seed);
    const auto decisions = founded();
    Model model;
    for (int i = 0; i < 400; ++i) {
      const Command command = source.next();
      apply(*decisions, command);
      model.apply(command);
      for (int n = 0; n < 5; ++n) {
        const Xid xid = source.any_xid();
        ASSERT_NO_FATAL_FAILURE(expect_same(*decisions, model, xid)) << "seed " << seed << ", step " << i;
        on_record += decisions->find(xid) != nullptr ? 1 : 0;
        as_bits += decisions->has_bit(xid) ? 1 : 0;
      }
      ASSERT_EQ(decisions->unfinished(), model.unfinished());
      ASSERT_EQ(decisions->horizon_ms(), model.horizon_ms());
    }
    decisions->check_invariants();
  }
  EXPECT_GT(on_record, 1'000u) << "the commands no longer reach this";
  EXPECT_GT(as_bits, 1'000u);
}

TEST(ReplicasOfTheDecisions, ThatAppliedTheSameCommandsHaveTheSameDigest) {
  Source source(77);
  const auto one = founded();
  const auto other = founded();
  int changes = 0;
  for (int i = 0; i < 2'000; ++i) {
    const Command command = source.next();
    const std::uint64_t before = one->digest();
    apply(*one, command);
    changes += one->digest() != before ? 1 : 0;
    apply(*other, command);
    ASSERT_EQ(one->digest(), other->digest());
  }
  EXPECT_GT(changes, 1'000) << "a digest that never changes would be equal too";
}

TEST(ReplicasOfTheDecisions, ThatLoadASnapshotGoOnAsThoseThatAppliedAllCommands) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Source source(seed);
    auto applied = founded();
    auto loaded = founded();
    for (int i = 0; i < 400; ++i) {
      const Command command = source.next();
      apply(*applied, command);
      apply(*loaded, command);
      if (source.random().chance(0.05)) loaded = through_snapshot(*loaded);
      ASSERT_EQ(applied->digest(), loaded->digest()) << "seed " << seed << ", step " << i;
    }
    loaded->check_invariants();
    EXPECT_GT(loaded->size(), 0u);
    EXPECT_GT(loaded->bit_bytes(), 0u);
  }
}

TEST(ReplicasOfTheDecisions, DropTheSameOnesThoughTheyLoadedASnapshotInBetween) {
  constexpr std::uint32_t many = 9'000;
  const auto applied = founded();
  for (std::uint32_t i = 0; i < many; ++i)
    (void)applied->decide(decide_of(xid_of(i), {prep("a")}), Term(term));
  for (std::uint32_t i = 0; i < many; ++i)
    applied->finish({.stamp_ms = begin_ms, .xids = {xid_of(i * 7 % many)}});
  const auto loaded = through_snapshot(*applied);
  const std::uint64_t now_ms = begin_ms + 200'000;
  std::size_t steps = 0;
  for (; applied->has_droppable(now_ms); ++steps) {
    applied->advance({.stamp_ms = now_ms, .horizon_ms = 0});
    loaded->advance({.stamp_ms = now_ms, .horizon_ms = 0});
    ASSERT_EQ(applied->digest(), loaded->digest());
  }
  EXPECT_GT(steps, 1u) << "all were dropped at once: this shows nothing";
  EXPECT_EQ(applied->size(), 0u);
}

TEST(ASnapshotOfTheDecisions, IsOfTheMomentWhenItWasFrozen) {
  const auto decisions = founded();
  (void)decisions->decide(decide_of(xid_of(1), {prep("a")}), Term(term));
  const std::uint64_t digest = decisions->digest();
  const Decisions::Frozen frozen = decisions->freeze();
  (void)decisions->decide(decide_of(xid_of(2), {prep("a")}), Term(term));
  decisions->finish({.stamp_ms = begin_ms, .xids = {xid_of(1)}});

  Decisions loaded;
  loaded.restore(Decisions::Head(frozen.head));
  for (std::size_t slot = 0; slot < frozen.decisions.slots(); ++slot) {
    if (const Decision* decision = frozen.decisions.at(slot)) loaded.restore(Decision(*decision));
  }
  loaded.restored();
  EXPECT_EQ(loaded.digest(), digest);
  EXPECT_NE(decisions->digest(), digest);
}

}  // namespace
}  // namespace vow::txn
