// What counts as a fault, and what is merely in flight.
#include "coordinator/cli/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/txn/xid.h"

namespace vow::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint64_t begun_ms = 1'700'000'000'000;
constexpr std::uint64_t soon_ms = begun_ms + 10'000;
constexpr std::uint64_t late_ms = begun_ms + 600'000;

preparation prepared_in(std::uint32_t sequence, const std::string& branch = "a") {
  txn::Xid xid;
  xid.cell = 7;
  xid.incarnation = xid.term = xid.session = 1;
  xid.begin_ms = begun_ms;
  xid.timeout_s = 60;
  xid.sequence = sequence;
  return {to_string(xid), branch, 17};
}

LookedAt with_prepared(const preparation& which, Outcome outcome) {
  LookedAt one;
  one.database = "db";
  one.prepared.push_back({which, "xa"});
  one.of_prepared.push_back(outcome);
  return one;
}
LookedAt with_ended(const preparation& which, bool committed, Outcome outcome) {
  LookedAt one;
  one.database = "other";
  one.ended.push_back({which, "xa", committed});
  one.of_ended.push_back(outcome);
  return one;
}
std::vector<std::string> kinds(const std::vector<Fault>& faults) {
  std::vector<std::string> all;
  for (const Fault& each : faults) all.emplace_back(name(each.kind));
  return all;
}
std::vector<std::string> judged(const std::vector<LookedAt>& all, std::uint64_t now_ms = soon_ms) {
  return kinds(judge(all, now_ms).faults);
}

TEST(Audit, WhatIsPreparedAndNotDecidedIsAtWork) {
  const AuditResult result = judge({with_prepared(prepared_in(1), Outcome::open)}, late_ms);
  EXPECT_THAT(result.faults, IsEmpty());
  EXPECT_EQ(result.counts.prepared, 1u);
  EXPECT_EQ(result.counts.at_work, 1u);
}

TEST(Audit, WhatIsPreparedThoughItIsDecidedIsAnOrphan) {
  EXPECT_THAT(judged({with_prepared(prepared_in(1), Outcome::rolled_back)}), ElementsAre("orphan"));
  EXPECT_THAT(judged({with_prepared(prepared_in(1), Outcome::committed)}), ElementsAre("orphan"));
}

TEST(Audit, WhileAnotherBranchOfItIsCommittedItIsHalfDone) {
  const LookedAt committed = with_ended(prepared_in(1, "b"), true, Outcome::committed);
  EXPECT_THAT(judged({with_prepared(prepared_in(1), Outcome::committed), committed}),
              ElementsAre("half_done"));
  EXPECT_THAT(judged({with_prepared(prepared_in(2), Outcome::committed), committed}), ElementsAre("orphan"))
      << "that one is of another transaction";
}

TEST(Audit, WhatAnotherCellHasPreparedIsAnOrphanOnceItsDeadlineIsPast) {
  const LookedAt one = with_prepared(prepared_in(1), Outcome::not_ours);
  EXPECT_THAT(judged({one}, soon_ms), IsEmpty());
  EXPECT_THAT(judged({one}, late_ms), ElementsAre("orphan"));
  EXPECT_THAT(judge({one}, late_ms).faults[0].what, HasSubstr("cell 7"));
}

TEST(Audit, EffectsThatAreNotTheOutcomeDisagree) {
  const preparation which = prepared_in(1);
  EXPECT_THAT(judged({with_ended(which, true, Outcome::committed)}), IsEmpty());
  EXPECT_THAT(judged({with_ended(which, false, Outcome::rolled_back)}), IsEmpty());
  EXPECT_THAT(judged({with_ended(which, false, Outcome::open)}), IsEmpty()) << "who refuses rolls back first";
  EXPECT_THAT(judged({with_ended(which, true, Outcome::rolled_back)}), ElementsAre("disagreement"));
  EXPECT_THAT(judged({with_ended(which, true, Outcome::open)}), ElementsAre("disagreement"));
  EXPECT_THAT(judged({with_ended(which, false, Outcome::committed)}), ElementsAre("disagreement"));
}

TEST(Audit, OfWorkThatWasAllOfItsTransactionTheCoordinatorKnowsNothing) {
  for (const Outcome outcome : {Outcome::open, Outcome::rolled_back}) {
    LookedAt one = with_ended(prepared_in(1), true, outcome);
    one.ended[0].kept_as = "alone";
    EXPECT_THAT(judged({one}), IsEmpty());
  }
}

TEST(Audit, ALockOfNobodyIsLeaked) {
  LookedAt one;
  one.leaked_locks = {"3 guard triggers"};
  EXPECT_THAT(judged({one}), ElementsAre("leaked_lock"));
}

TEST(Audit, WhatNobodyRemembersIsNeitherGoodNorBad) {
  const AuditResult result = judge({with_ended(prepared_in(1), true, Outcome::not_known)}, late_ms);
  EXPECT_THAT(result.faults, IsEmpty());
  EXPECT_EQ(result.counts.not_known, 1u);
  EXPECT_TRUE(result.counts.is_nothing());
}

TEST(Audit, CountsTransactionsOnce) {
  const AuditResult result = judge({with_ended(prepared_in(1, "a"), true, Outcome::committed),
                                    with_ended(prepared_in(1, "b"), true, Outcome::committed),
                                    with_ended(prepared_in(2, "a"), false, Outcome::rolled_back)},
                                   soon_ms);
  EXPECT_EQ(result.counts.databases, 3u);
  EXPECT_EQ(result.counts.transactions, 2u);
  EXPECT_EQ(result.counts.ended, 3u);
  EXPECT_FALSE(result.counts.is_nothing());
}

TEST(Audit, OnlyWhatIsAFaultTwiceIsOne) {
  const Fault orphan{Fault::Kind::orphan, "db", prepared_in(1), "", ""};
  Fault half_done = orphan;
  half_done.kind = Fault::Kind::half_done;
  const Fault another{Fault::Kind::orphan, "db", prepared_in(2), "", ""};
  const Fault elsewhere{Fault::Kind::orphan, "other", prepared_in(1), "", ""};
  EXPECT_THAT(kinds(in_both({orphan}, {another, elsewhere})), IsEmpty());
  EXPECT_THAT(kinds(in_both({orphan, another}, {half_done})), ElementsAre("half_done"))
      << "it is the same branch";
}

}  // namespace
}  // namespace vow::cli
