#include "coordinator/txn/xid.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "coordinator/base/check.h"
#include "coordinator/base/random.h"
#include "tests/txn/words.h"

namespace vow::txn {
namespace {

using test::xid_of;

Xid random_xid(Random& random) {
  // Often at the edges, where neighbouring fields might run into each other.
  const auto any = [&](std::uint64_t max) {
    return random.chance(0.3) ? (random.chance(0.5) ? 0 : max) : random.between(0, max);
  };
  const auto any32 = [&](std::uint64_t max) { return static_cast<std::uint32_t>(any(max)); };
  return {.cell = any32(0xffffffff),
          .incarnation = any32(Xid::incarnation_max),
          .term = any32(Xid::term_max),
          .timeout_s = any32(Xid::timeout_s_max),
          .begin_ms = any(Xid::begin_ms_max),
          .session = any32(Xid::session_max),
          .sequence = any32(Xid::sequence_max)};
}

TEST(AnXid, ReadsAsItWasPrinted) {
  Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    const Xid xid = random_xid(random);
    const std::string text = to_string(xid);
    EXPECT_EQ(text.size(), Xid::text_size);
    ASSERT_EQ(parse_xid(text), xid) << text;
  }
}

TEST(AnXid, IsPrintedInDigitsAndLowerCaseLettersThatDatabasesTake) {
  Random random(2);
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_THAT(to_string(random_xid(random)), ::testing::MatchesRegex("[0-9a-v]+"));
  }
}

TEST(AnXid, SortsAsItsTextDoes) {
  Random random(3);
  for (int i = 0; i < 20'000; ++i) {
    const Xid one = random_xid(random);
    const Xid another = random_xid(random);
    Xid other = one;
    // Alike up to some field, so that each of them decides now and then.
    if (random.chance(0.2)) other.cell = another.cell;
    if (random.chance(0.2)) other.incarnation = another.incarnation;
    if (random.chance(0.2)) other.term = another.term;
    if (random.chance(0.5)) other.begin_ms = another.begin_ms;
    if (random.chance(0.5)) other.timeout_s = another.timeout_s;
    if (random.chance(0.5)) other.session = another.session;
    if (random.chance(0.5)) other.sequence = another.sequence;
    ASSERT_EQ(one < other, to_string(one) < to_string(other));
    ASSERT_EQ(one == other, to_string(one) == to_string(other));
  }
}

TEST(AnXid, SortsByBeginTimeWithinACellAndTerm) {
  Xid earlier = xid_of(900);
  Xid later = xid_of(1);
  later.begin_ms = earlier.begin_ms + 1;
  earlier.session = Xid::session_max;
  earlier.timeout_s = Xid::timeout_s_max;
  EXPECT_LT(to_string(earlier), to_string(later));
}

TEST(AnXid, LeavesRoomForBranchAndNonceInA64ByteName) {
  const std::string name = "vow." + to_string(xid_of()) + "." + std::string(BranchName::size_max, 'b') + "." +
                           std::string(8, '0');  // 40 bits, five to a character
  EXPECT_LE(name.size(), 64u);
}

TEST(AnXid, IsNotPrintedWithAFieldThatDoesNotFit) {
  make_checks_throw();
  const auto with = [](auto change) {
    Xid xid = xid_of();
    change(xid);
    return xid;
  };
  EXPECT_THROW((void)to_string(with([](Xid& x) { x.incarnation = Xid::incarnation_max + 1; })), CheckFailed);
  EXPECT_THROW((void)to_string(with([](Xid& x) { x.term = Xid::term_max + 1; })), CheckFailed);
  EXPECT_THROW((void)to_string(with([](Xid& x) { x.begin_ms = Xid::begin_ms_max + 1; })), CheckFailed);
  EXPECT_THROW((void)to_string(with([](Xid& x) { x.timeout_s = Xid::timeout_s_max + 1; })), CheckFailed);
  EXPECT_THROW((void)to_string(with([](Xid& x) { x.session = Xid::session_max + 1; })), CheckFailed);
  EXPECT_THROW((void)to_string(with([](Xid& x) { x.sequence = Xid::sequence_max + 1; })), CheckFailed);
}

TEST(AnXid, IsNotReadFromAnythingElse) {
  const std::string good = to_string(xid_of());
  ASSERT_TRUE(parse_xid(good));
  EXPECT_FALSE(parse_xid(""));
  EXPECT_FALSE(parse_xid(good.substr(1)));
  EXPECT_FALSE(parse_xid(good + "0"));
  for (const char junk : {'w', 'z', 'A', 'V', ' ', '-', '.', '\0', '\n', '\x80', '\xff'}) {
    for (const std::size_t place : {0u, 17u, 39u}) {
      std::string text = good;
      text[place] = junk;
      EXPECT_FALSE(parse_xid(text)) << static_cast<int>(junk) << " at " << place;
    }
  }
}

TEST(AnXid, HasItsDeadlineATimeoutAfterItsBegin) {
  EXPECT_EQ(xid_of().deadline_ms(), test::begin_ms + 30'000);
  Xid last = xid_of();
  last.begin_ms = Xid::begin_ms_max;
  last.timeout_s = Xid::timeout_s_max;
  EXPECT_GT(last.deadline_ms(), last.begin_ms) << "the sum does not wrap around";
}

TEST(ASessionNumber, TellsItsTermAndItsPlaceInIt) {
  for (const std::uint32_t of_term : {1u, 7u, Xid::term_max}) {
    for (const std::uint32_t nth : {1u, 9u, Xid::session_max}) {
      const SessionNumber session = session_number(Term(of_term), nth);
      EXPECT_EQ(term_of(session), Term(of_term));
      EXPECT_EQ(nth_of(session), nth);
      EXPECT_LE(session.value(), session_number_max);
    }
  }
}

TEST(ABranchName, IsOneToTenOfTheCharactersThatDatabasesTake) {
  for (const char* good : {"a", "0", "z9_-", "0123456789"}) {
    ASSERT_TRUE(BranchName::from(good)) << good;
    EXPECT_EQ(BranchName::from(good)->view(), good);
  }
  for (const char* bad : {"", "01234567890", "A", "a.b", "a b", "a'", "\xc3\xa4"})
    EXPECT_FALSE(BranchName::from(bad)) << bad;
}

}  // namespace
}  // namespace vow::txn
