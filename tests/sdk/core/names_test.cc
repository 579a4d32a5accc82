// Names that a repetition cannot change, and that databases take.
#include <set>

#include <gtest/gtest.h>

#include "coordinator/txn/branch.h"
#include "coordinator/txn/xid.h"
#include "participant-sdk/core/minter.h"
#include "participant-sdk/core/paths.h"

#include "vow/branch.h"

namespace vow::sdk {
namespace {

using namespace std::chrono_literals;

const std::string xid =
    txn::to_string(txn::Xid{.cell = 7, .incarnation = 1, .term = 2, .timeout_s = 60, .sequence = 9});

TEST(Preparation, HasANameThatDatabasesTake) {
  const preparation longest{xid, "0123456789", txn::nonce_max};
  EXPECT_EQ(longest.name().size(), 64u);
  EXPECT_EQ(longest.name(), "vow." + xid + ".0123456789.vvvvvvvv");
}

TEST(Preparation, IsReadFromItsName) {
  for (const std::uint64_t nonce : {std::uint64_t{1}, std::uint64_t{12'345'678'901}, txn::nonce_max}) {
    const preparation original{xid, "a-b_9", nonce};
    preparation read;
    ASSERT_TRUE(preparation::parse(original.name(), read));
    EXPECT_EQ(read, original);
  }
}

TEST(Preparation, IsNotReadFromNamesOfOthers) {
  const std::string good = preparation{xid, "a", 1}.name();
  preparation read;
  ASSERT_TRUE(preparation::parse(good, read));
  EXPECT_FALSE(preparation::parse("", read));
  EXPECT_FALSE(preparation::parse("xa-4711", read));
  EXPECT_FALSE(preparation::parse("Vow" + good.substr(3), read));
  EXPECT_FALSE(preparation::parse(good + "0", read));
  EXPECT_FALSE(preparation::parse(preparation({xid, "a", 0}).name(), read)) << "0 is no nonce";
  EXPECT_FALSE(preparation::parse(preparation({std::string(40, 'z'), "a", 1}).name(), read));
  EXPECT_FALSE(preparation::parse(preparation({xid, "", 1}).name(), read));
  EXPECT_FALSE(preparation::parse(preparation({xid, "A", 1}).name(), read));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(preparation::parse(good.substr(0, size), read));
}

TEST(Paths, TellCallsAndResourcesApartAndNothingElse) {
  std::set<std::string> names;
  for (const Path path :
       {root_path, call_path(root_path, 1), call_path(root_path, 2), call_path(call_path(root_path, 1), 1)}) {
    for (const char* resource : {"stock-db", "orders-db"}) {
      const std::string name = branch_name(path, resource);
      EXPECT_TRUE(txn::BranchName::from(name).has_value()) << name;
      EXPECT_EQ(name, branch_name(path, resource));
      names.insert(name);
    }
  }
  EXPECT_EQ(names.size(), 8u);
}

class MinterTest : public ::testing::Test {
 protected:
  const Minter::Instant begin_{std::chrono::hours(1)};
  Minter minter_{{.cell = 7,
                  .incarnation = 3,
                  .term = Term(2),
                  .number = txn::session_number(Term(2), 5),
                  .timeout_s_max = 100},
                 1'000'000,
                 begin_};
};

TEST_F(MinterTest, MakesEachXidOnce) {
  const auto first = minter_.next(1s, begin_);
  const auto second = minter_.next(1s, begin_);
  EXPECT_EQ(first->session, 5u);
  EXPECT_EQ(first->term, 2u);
  EXPECT_NE(first, second);
}

TEST_F(MinterTest, CarriesTheLeadersClockOn) {
  EXPECT_EQ(minter_.next(1s, begin_ + 250ms)->begin_ms, 1'000'250u);
  minter_.clock(1'000'300, begin_ + 260ms);
  EXPECT_EQ(minter_.next(1s, begin_ + 270ms)->begin_ms, 1'000'310u);
  minter_.clock(900'000, begin_ + 280ms);
  EXPECT_EQ(minter_.next(1s, begin_ + 280ms)->begin_ms, 1'000'320u) << "it never goes back";
}

TEST_F(MinterTest, RoundsTimeoutsUpToWhatTheLeaderAllows) {
  EXPECT_EQ(minter_.next(1ms, begin_)->timeout_s, 1u);
  EXPECT_EQ(minter_.next(1'001ms, begin_)->timeout_s, 2u);
  EXPECT_EQ(minter_.next(1h, begin_)->timeout_s, 100u);
}

}  // namespace
}  // namespace vow::sdk
