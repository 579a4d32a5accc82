#include "coordinator/machine/machine.h"

#include <gtest/gtest.h>

#include "coordinator/base/random.h"
#include "coordinator/machine/command.h"
#include "coordinator/machine/snapshot.h"

namespace vow::machine {
namespace {

constexpr std::uint32_t cell = 7;
constexpr std::uint32_t incarnation = 3;
constexpr std::uint32_t term = 2;

txn::Xid xid_of(std::uint32_t sequence, std::uint64_t begin_ms = 1'000'000) {
  return {.cell = cell,
          .incarnation = incarnation,
          .term = term,
          .timeout_s = 30,
          .begin_ms = begin_ms,
          .session = 1 + sequence % 3,
          .sequence = sequence};
}

txn::Preparation preparation_of(const char* branch, std::uint64_t nonce) {
  return {*txn::BranchName::from(branch), txn::Nonce(nonce)};
}

txn::Decide decide_of(const txn::Xid& xid) {
  return {xid.begin_ms + 5,
          xid,
          {{preparation_of("a", xid.sequence + 1), "stock"}, {preparation_of("b-1", 9), "money"}}};
}

storage::LogPosition at(std::uint64_t index) { return {Index(index), Term(term)}; }

// Commands as a leader might have them replicated, and some that it would not.
std::vector<Command> some_commands(Random& random, std::size_t count) {
  std::vector<Command> commands{Found{cell, incarnation}};
  std::uint64_t now = 1'000'000;
  for (std::uint32_t i = 0; i < count; ++i) {
    now += random.below(2'000);
    const auto any = [&] { return xid_of(static_cast<std::uint32_t>(random.below(i + 1)), 1'000'000); };
    switch (random.below(6)) {
      case 0:
      case 1: {
        txn::Decide decide = decide_of(xid_of(i, 1'000'000));
        decide.stamp_ms = now;
        commands.push_back(decide);
        break;
      }
      case 2:
        commands.push_back(txn::Finish{now, {any(), any(), any()}});
        break;
      case 3:
        commands.push_back(txn::Advance{now, random.below(now)});
        break;
      case 4:
        commands.push_back(
            txn::Force{now, any(), *txn::BranchName::from("a"), random.chance(0.5), "ann", "gone"});
        break;
      case 5:
        commands.push_back(Describe{NodeId(random.below(3)), {"p:1", "c:2", std::to_string(i)}});
        break;
    }
  }
  return commands;
}

std::unique_ptr<Machine> through_snapshot(Machine& machine) {
  SnapshotWriter writer(machine.freeze());
  SnapshotReader reader({});
  while (const auto piece = writer.next_piece()) EXPECT_TRUE(reader.take(*piece));
  return reader.finish();
}

TEST(Commands, ReadAsTheyWereWritten) {
  Random random(1);
  for (const Command& command : some_commands(random, 2'000)) {
    const auto read = decode(encode(command));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(*read, command);
  }
}

TEST(Commands, ThatAreCutOrTooLongAreRefused) {
  Random random(2);
  for (const Command& command : some_commands(random, 60)) {
    const std::string bytes = encode(command);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_FALSE(decode(bytes.substr(0, size)).has_value());
    EXPECT_FALSE(decode(bytes + '\0').has_value());
  }
}

TEST(Commands, OfANewerVersionAreRefused) {
  EXPECT_FALSE(decode(std::string("\x63\0\0\0\0", 5)).has_value());
}

TEST(Commands, ThatDeclareMoreThanTheyHoldAllocateNothing) {
  std::string bytes = encode(txn::Finish{1, {xid_of(1)}});
  bytes[9] = bytes[10] = bytes[11] = '\xff';  // the count
  EXPECT_FALSE(decode(bytes).has_value());
}

TEST(Machine, CommitsOnceWhatItsTermDecides) {
  Machine machine;
  machine.apply(at(1), Found{cell, incarnation});
  EXPECT_EQ(machine.apply(at(2), decide_of(xid_of(1))), Effect::done);
  EXPECT_EQ(machine.apply(at(3), decide_of(xid_of(1))), Effect::nothing);
  EXPECT_EQ(machine.apply({Index(4), Term(term + 1)}, decide_of(xid_of(2))), Effect::nothing);
  EXPECT_NE(machine.decisions().find(xid_of(1)), nullptr);
  EXPECT_EQ(machine.decisions().find(xid_of(2)), nullptr);
}

TEST(Machine, KeepsTheIdentityWithWhichItWasFounded) {
  Machine machine;
  EXPECT_EQ(machine.apply(at(1), Found{cell, incarnation}), Effect::done);
  EXPECT_EQ(machine.apply(at(2), Found{cell + 1, incarnation}), Effect::nothing);
  EXPECT_EQ(machine.decisions().cell(), cell);
}

// Also when the snapshot was taken between any two commands and only the rest was applied after it.
TEST(Machine, IsTheSameAfterASnapshotAndTheRest) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Random random(seed);
    const auto commands = some_commands(random, 400);
    const std::size_t cut = random.below(commands.size());
    Machine whole;
    std::unique_ptr<Machine> resumed;
    for (std::size_t i = 0; i < commands.size(); ++i) {
      if (i == cut) resumed = through_snapshot(whole);
      const Effect effect = whole.apply(at(i + 1), commands[i]);
      if (!resumed) continue;
      EXPECT_EQ(resumed->apply(at(i + 1), commands[i]), effect);
    }
    EXPECT_EQ(whole.digest(), resumed->digest()) << "seed " << seed;
    resumed->check_invariants();
  }
}

TEST(Machine, GoesOnWhileItsFrozenStateIsWritten) {
  Random random(5);
  const auto commands = some_commands(random, 600);
  Machine machine;
  for (std::size_t i = 0; i < 300; ++i) machine.apply(at(i + 1), commands[i]);
  const std::uint64_t then = machine.digest();
  SnapshotWriter writer(machine.freeze());
  SnapshotReader reader({});
  for (std::size_t i = 300; i < commands.size(); ++i) machine.apply(at(i + 1), commands[i]);
  ASSERT_NE(machine.digest(), then);
  while (const auto piece = writer.next_piece()) ASSERT_TRUE(reader.take(*piece));
  EXPECT_EQ(reader.finish()->digest(), then);
}

TEST(Snapshots, ThatMakeNoSenseAreRefused) {
  Machine machine;
  machine.apply(at(1), Found{cell, incarnation});
  for (std::uint32_t i = 1; i < 50; ++i) machine.apply(at(i + 1), decide_of(xid_of(i)));
  SnapshotWriter writer(machine.freeze());
  const std::string head = *writer.next_piece();
  const std::string decisions = *writer.next_piece();

  EXPECT_FALSE(SnapshotReader({}).take(decisions)) << "before the head";
  for (std::size_t size = 0; size < head.size(); ++size)
    EXPECT_FALSE(SnapshotReader({}).take(head.substr(0, size)));
  SnapshotReader reader({});
  ASSERT_TRUE(reader.take(head));
  EXPECT_FALSE(reader.take(head)) << "a second head";
  EXPECT_FALSE(reader.take(decisions.substr(0, decisions.size() - 1)));
  SnapshotReader again({});
  ASSERT_TRUE(again.take(head));
  ASSERT_TRUE(again.take(decisions));
  EXPECT_FALSE(again.take(decisions)) << "the same decisions twice";
}

}  // namespace
}  // namespace vow::machine
