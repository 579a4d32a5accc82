#include "coordinator/txn/committed_bits.h"

#include <algorithm>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "coordinator/base/random.h"
#include "tests/txn/words.h"

namespace vow::txn {
namespace {

using test::xid_of;

constexpr std::uint32_t chunk = CommittedBits::chunk_bits;

// Xids that share chunks often, and differ in everything that tells chunks apart.
Xid any_xid(Random& random) {
  Xid xid = xid_of(static_cast<std::uint32_t>(random.below(3) * chunk + random.below(4) * 300));
  xid.incarnation += static_cast<std::uint32_t>(random.below(2));
  xid.term += static_cast<std::uint32_t>(random.below(2));
  xid.session += static_cast<std::uint32_t>(random.below(3));
  // One begin for each identity: a number is never used twice within a session.
  xid.begin_ms += (xid.sequence * 7 + xid.session * 13 + xid.term) % 50 * 1'000;
  return xid;
}

std::vector<Xid> some_xids(std::uint64_t seed, std::size_t count) {
  Random random(seed);
  std::vector<Xid> xids;
  while (xids.size() < count) xids.push_back(any_xid(random));
  return xids;
}

CommittedBits bits_of(const std::vector<Xid>& xids) {
  CommittedBits bits;
  for (const Xid& xid : xids) bits.set(xid);
  return bits;
}

TEST(CommittedBits, HoldExactlyWhatWasSet) {
  CommittedBits bits;
  std::set<Xid> model;
  Random random(1);
  for (int i = 0; i < 4'000; ++i) {
    const Xid xid = any_xid(random);
    ASSERT_EQ(bits.has(xid), model.contains(xid)) << to_string(xid);
    if (random.chance(0.05)) {
      bits.set(xid);
      model.insert(xid);
    }
  }
  EXPECT_GT(model.size(), 60u);
}

TEST(CommittedBits, TellTheLastNumberOfAChunkFromTheFirstOfTheNext) {
  const CommittedBits bits = bits_of({xid_of(chunk - 1), xid_of(Xid::sequence_max)});
  EXPECT_TRUE(bits.has(xid_of(chunk - 1)));
  EXPECT_TRUE(bits.has(xid_of(Xid::sequence_max)));
  EXPECT_FALSE(bits.has(xid_of(chunk)));
  EXPECT_FALSE(bits.has(xid_of(0)));
}

TEST(CommittedBits, AreDroppedAChunkAtATimeOnceAllItsDeadlinesAreBeforeTheHorizon) {
  Random random(2);
  const std::vector<Xid> xids = some_xids(3, 200);
  for (int i = 0; i < 50; ++i) {
    CommittedBits bits = bits_of(xids);
    const std::uint64_t horizon = test::deadline_ms + random.below(60'000);
    bits.drop_before(horizon);
    for (const Xid& xid : xids) {
      const bool chunk_is_old = std::all_of(xids.begin(), xids.end(), [&](const Xid& other) {
        const bool same_chunk = other.incarnation == xid.incarnation && other.term == xid.term &&
                                other.session == xid.session &&
                                other.sequence / chunk == xid.sequence / chunk;
        return !same_chunk || other.deadline_ms() < horizon;
      });
      ASSERT_EQ(bits.has(xid), !chunk_is_old);
    }
  }
}

TEST(CommittedBits, KeepADeadlineThatIsExactlyTheHorizon) {
  CommittedBits bits = bits_of({xid_of()});
  bits.drop_before(xid_of().deadline_ms());
  EXPECT_TRUE(bits.has(xid_of()));
  bits.drop_before(xid_of().deadline_ms() + 1);
  EXPECT_FALSE(bits.has(xid_of()));
}

TEST(CommittedBits, GiveBackTheRoomOfWhatTheyDrop) {
  CommittedBits bits = bits_of(some_xids(4, 300));
  EXPECT_GT(bits.bytes(), 0u);
  bits.drop_before(~std::uint64_t{0});
  EXPECT_EQ(bits.bytes(), 0u);
}

TEST(CommittedBits, SayWhereTheOlderHalfOfTheirChunksEnds) {
  EXPECT_EQ(CommittedBits().median_deadline_ms(), 0u);
  CommittedBits bits;
  for (std::uint32_t i = 0; i < 10; ++i) {
    Xid xid = xid_of(i * chunk);
    xid.begin_ms += i * 1'000;
    bits.set(xid);
  }
  const std::size_t before = bits.bytes();
  bits.drop_before(bits.median_deadline_ms());
  EXPECT_EQ(bits.bytes(), before / 2);
}

TEST(CommittedBits, HaveADigestThatDoesNotDependOnTheOrder) {
  std::vector<Xid> xids = some_xids(5, 300);
  const std::uint64_t digest = bits_of(xids).digest();
  std::reverse(xids.begin(), xids.end());
  EXPECT_EQ(bits_of(xids).digest(), digest);
  std::sort(xids.begin(), xids.end());
  EXPECT_EQ(bits_of(xids).digest(), digest);
}

TEST(CommittedBits, HaveAnotherDigestWithOneBitMore) {
  const CommittedBits one = bits_of({xid_of(5)});
  EXPECT_NE(one.digest(), CommittedBits().digest());
  EXPECT_NE(one.digest(), bits_of({xid_of(6)}).digest());
  EXPECT_NE(one.digest(), bits_of({xid_of(5), xid_of(6)}).digest());
}

TEST(CommittedBits, AreTheSameThroughASnapshotTakenWhileTheyChange) {
  const std::vector<Xid> before = some_xids(6, 200);
  CommittedBits bits = bits_of(before);
  const auto frozen = bits.freeze();
  for (const Xid& xid : some_xids(7, 200)) bits.set(xid);

  CommittedBits restored;
  for (std::size_t slot = 0; slot < frozen.slots(); ++slot) {
    if (const CommittedBits::Chunk* one = frozen.at(slot)) restored.restore(*one);
  }
  EXPECT_EQ(restored.digest(), bits_of(before).digest());
  EXPECT_NE(restored.digest(), bits.digest());
}

}  // namespace
}  // namespace vow::txn
