// What the table of records promises.
#pragma once

#include "tests/sdk/actions/ledger.h"

namespace vow::sdk {

TEST_P(ActionsContract, SettlesWhetherWorkWasCommittedByItself) {
  const auto commit = [&](const preparation& as) {
    book_->transact(as, [&](void* handle, record::rows& table) {
      ledger_->add(handle, -10);
      EXPECT_TRUE(table.add({as, record::kind::alone, {}, record::state::committed, {}}));
    });
  };
  commit(branch());
  EXPECT_EQ(record::settle_alone(*book_, branch()), outcome::committed);
  EXPECT_TRUE(book_->says_committed(branch().xid));

  ++sequence_;
  EXPECT_FALSE(book_->says_committed(branch().xid));
  EXPECT_EQ(record::settle_alone(*book_, branch()), outcome::rolled_back);
  EXPECT_FALSE(book_->says_committed(branch().xid));
  book_->transact(branch(), [&](void*, record::rows& table) {
    EXPECT_FALSE(table.add({branch(), record::kind::alone, {}, record::state::committed, {}}))
        << "it was said to be rolled back";
  });

  const preparation late = branch(1, milliseconds(-1));
  EXPECT_EQ(record::settle_alone(*book_, late), outcome::rolled_back);
  EXPECT_EQ(ledger_->state_of(late), "cancelled") << "a commit that is still under way must meet the mark";
}

TEST_P(ActionsContract, ListsWhatHasNotEnded) {
  (void)actions_.add(taking(10));
  EXPECT_TRUE(book_->list_open().empty());
  const auto made = attempt(branch(5));
  const auto open = book_->list_open();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].which, branch(5));
  EXPECT_LT(open[0].age, std::chrono::seconds(30));
  made->commit();
  EXPECT_TRUE(book_->list_open().empty());
}

TEST_P(ActionsContract, CleansWhatEndedLongAgo) {
  (void)actions_.add(taking(10));
  const preparation done = branch(1, milliseconds(2'500));
  attempt(done)->commit();
  ++sequence_;
  const preparation left = branch(1, milliseconds(2'500));
  const auto open = attempt(left);
  ++sequence_;
  const preparation recent = branch();
  attempt(recent)->rollback();
  book_->clean();
  EXPECT_EQ(ledger_->state_of(done), "committed") << "it may be asked for again";
  const std::int64_t deadline = record::deadline_ms_of(left.xid);
  while (std::chrono::system_clock::now().time_since_epoch() <= milliseconds(deadline + 10))
    std::this_thread::yield();
  ledger_->open(milliseconds(0))->clean();
  EXPECT_EQ(ledger_->state_of(done), "");
  EXPECT_EQ(ledger_->state_of(left), "prepared");
  EXPECT_EQ(ledger_->state_of(recent), "cancelled") << "a late attempt may still come";
}

TEST_P(ActionsContract, IsMadeOnceThoughManyMakeIt) {
  const std::unique_ptr<Ledger> fresh = GetParam()();
  on_threads(4, [&](int) { fresh->open(milliseconds(0))->make(); });
  EXPECT_TRUE(fresh->open(milliseconds(0))->list_open().empty());
}

TEST_P(ActionsContract, RefusesActionsThatCannotBe) {
  EXPECT_EQ(code_of([&] { return actions_.add({}); }), "VOW-5004");
  known_action lame = taking(1);
  lame.cancel = nullptr;
  EXPECT_EQ(code_of([&] { return actions_.add(lame); }), "VOW-5004");
  (void)actions_.add(taking(1));
  EXPECT_EQ(code_of([&] { return actions_.add(taking(2)); }), "VOW-5004");
}

}  // namespace vow::sdk
