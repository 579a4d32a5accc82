// What actions promise whose attempt, confirm and cancel run in local transactions.
#pragma once

#include "tests/sdk/actions/ledger.h"

namespace vow::sdk {

TEST_P(ActionsContract, AttemptsWithItsRecordInOneTransaction) {
  (void)actions_.add(taking(10));
  const preparation one = branch();
  const auto made = attempt(one);
  EXPECT_EQ(ledger_->balance(), -10);
  EXPECT_EQ(ledger_->state_of(one), "prepared");
  EXPECT_EQ(made->prepare(), ballot::prepared);
}

TEST_P(ActionsContract, LeavesNothingOfAnAttemptThatThrows) {
  known_action breaking = taking(10);
  breaking.attempt = [this](void* handle, const branch_info&, std::string&) {
    ledger_->add(handle, -10);
    throw std::logic_error("out of stock");
  };
  (void)actions_.add(std::move(breaking));
  EXPECT_THROW((void)attempt(branch()), std::logic_error);
  EXPECT_EQ(ledger_->balance(), 0);
  EXPECT_EQ(ledger_->state_of(branch()), "");
}

TEST_P(ActionsContract, ConfirmsOnceHoweverOftenItIsCommitted) {
  (void)actions_.add(taking(10));
  const preparation one = branch();
  const auto made = attempt(one);
  made->commit();
  made->commit();
  actions_.commit(one);
  EXPECT_EQ(confirmed_, 1);
  EXPECT_EQ(ledger_->balance(), -10);
  EXPECT_EQ(ledger_->state_of(one), "committed");
  EXPECT_EQ(code_of([&] { actions_.rollback(one); }), "VOW-5017");
}

TEST_P(ActionsContract, CancelsOnceHoweverOftenItIsRolledBack) {
  (void)actions_.add(taking(10));
  const preparation one = branch();
  const auto made = attempt(one);
  made->rollback();
  made->rollback();
  actions_.rollback(one);
  EXPECT_EQ(cancelled_, 1);
  EXPECT_EQ(ledger_->balance(), 0);
  EXPECT_EQ(ledger_->state_of(one), "cancelled");
  EXPECT_EQ(code_of([&] { actions_.commit(one); }), "VOW-5016");
}

// Fault 13.
TEST_P(ActionsContract, RemembersACancelThatCameBeforeItsAttempt) {
  (void)actions_.add(taking(10));
  const preparation one = branch();
  actions_.rollback(one);
  EXPECT_EQ(ledger_->state_of(one), "cancelled");
  EXPECT_EQ(cancelled_, 0);
  EXPECT_EQ(code_of([&] { return attempt(one); }), "VOW-5013");
  EXPECT_EQ(ledger_->balance(), 0);
}

// Fault 14.
TEST_P(ActionsContract, RefusesAnAttemptThatIsRepeatedAfterItsCancel) {
  (void)actions_.add(taking(10));
  attempt(branch(1))->rollback();
  EXPECT_EQ(code_of([&] { return attempt(branch(2)); }), "VOW-5013");
  EXPECT_EQ(ledger_->balance(), 0);
}

TEST_P(ActionsContract, TellsARepetitionWhatTheFirstOneLeft) {
  (void)actions_.add(taking(10));
  const auto first = attempt(branch(1));
  try {
    (void)attempt(branch(2));
    FAIL() << "it was attempted twice";
  } catch (const already_prepared& why) {
    EXPECT_EQ(why.which(), branch(1));
    EXPECT_EQ(why.code(), "VOW-5012");
  }
  first->commit();
  EXPECT_EQ(code_of([&] { return attempt(branch(2)); }), "VOW-5014");
  EXPECT_EQ(ledger_->balance(), -10);
}

TEST_P(ActionsContract, EndsNoOtherPreparingOfTheSameBranch) {
  (void)actions_.add(taking(10));
  const auto made = attempt(branch(1));
  actions_.rollback(branch(2));
  EXPECT_EQ(code_of([&] { actions_.commit(branch(2)); }), "VOW-5016");
  EXPECT_EQ(ledger_->state_of(branch(1)), "prepared");
  EXPECT_EQ(ledger_->balance(), -10);
}

TEST_P(ActionsContract, DoesNotCallCommittedWhatItNeverSaw) {
  (void)actions_.add(taking(10));
  EXPECT_EQ(code_of([&] { actions_.commit(branch()); }), "VOW-5016");
  EXPECT_EQ(ledger_->state_of(branch()), "");
}

TEST_P(ActionsContract, AttemptsNothingAfterTheDeadline) {
  (void)actions_.add(taking(10));
  const preparation late = branch(1, milliseconds(-1));
  EXPECT_EQ(code_of([&] { return attempt(late); }), "VOW-5015");
  actions_.rollback(late);
  EXPECT_EQ(ledger_->state_of(late), "");
  EXPECT_EQ(ledger_->balance(), 0);
}

TEST_P(ActionsContract, EndsAfterTheDeadlineWhatWasAttemptedBefore) {
  (void)actions_.add(taking(10));
  const preparation one = branch(1, milliseconds(2'500));
  const auto made = attempt(one);
  const std::int64_t deadline = record::deadline_ms_of(one.xid);
  while (std::chrono::system_clock::now().time_since_epoch() <= milliseconds(deadline))
    std::this_thread::yield();
  made->rollback();
  EXPECT_EQ(ledger_->state_of(one), "cancelled");
  EXPECT_EQ(ledger_->balance(), 0);
}

TEST_P(ActionsContract, ComesAgainAfterAnEndThatThrew) {
  bool fails = true;
  known_action fragile = taking(10);
  fragile.confirm = [&](void* handle, const branch_info&, std::string&) {
    ledger_->add(handle, 1'000);
    if (std::exchange(fails, false)) throw std::runtime_error("not now");
    ledger_->add(handle, -1'000);
    ++confirmed_;
  };
  (void)actions_.add(std::move(fragile));
  const auto made = attempt(branch());
  EXPECT_THROW(made->commit(), std::runtime_error);
  EXPECT_EQ(ledger_->balance(), -10);
  EXPECT_EQ(ledger_->state_of(branch()), "prepared");
  made->commit();
  EXPECT_EQ(ledger_->balance(), -10);
  EXPECT_EQ(confirmed_, 1);
}

TEST_P(ActionsContract, GivesTheEndWhatTheAttemptLeft) {
  const std::string all_bytes = [] {
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    return all + "'\\";
  }();
  std::vector<std::string> given;
  known_action noting = taking(10);
  noting.attempt = [&](void*, const branch_info&, std::string& bytes) {
    given.push_back(bytes);
    bytes = all_bytes;
  };
  noting.confirm = [&](void*, const branch_info& about, std::string& bytes) {
    given.push_back(bytes);
    EXPECT_EQ(about.action, "take");
    EXPECT_EQ(about.id(), branch().xid + ".-branch");
  };
  (void)actions_.add(std::move(noting));
  attempt(branch(), "thirty")->commit();
  EXPECT_THAT(given, ::testing::ElementsAre("thirty", all_bytes));
}

// Fault 17.
TEST_P(ActionsContract, CancelsOnceThoughManyAskAtOnce) {
  (void)actions_.add(taking(10));
  const auto made = attempt(branch());
  on_threads(8, [&](int) { actions_.rollback(branch()); });
  EXPECT_EQ(cancelled_, 1);
  EXPECT_EQ(ledger_->balance(), 0);
}

TEST_P(ActionsContract, ConfirmsOnceThoughManyAskAtOnce) {
  known_action slow = taking(10);
  slow.confirm = [this](void*, const branch_info&, std::string&) {
    ++confirmed_;
    // Whoever else is let in comes meanwhile.
    const auto until = std::chrono::steady_clock::now() + milliseconds(200);
    while (confirmed_ < 2 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  };
  (void)actions_.add(std::move(slow));
  const auto made = attempt(branch());
  on_threads(8, [&](int) { actions_.commit(branch()); });
  EXPECT_EQ(confirmed_, 1);
  EXPECT_EQ(ledger_->state_of(branch()), "committed");
}

TEST_P(ActionsContract, MarksOnceThoughManyCancelBeforeTheAttempt) {
  (void)actions_.add(taking(10));
  on_threads(8, [&](int) { actions_.rollback(branch()); });
  EXPECT_EQ(ledger_->state_of(branch()), "cancelled");
  EXPECT_EQ(code_of([&] { return attempt(branch()); }), "VOW-5013");
}

TEST_P(ActionsContract, AttemptsOnceThoughManyTryAtOnce) {
  (void)actions_.add(taking(10));
  std::atomic<int> done = 0;
  on_threads(8, [&](int i) {
    const std::string code = code_of([&] { return attempt(branch(static_cast<std::uint64_t>(i) + 1)); });
    if (code.empty()) {
      ++done;
    } else {
      EXPECT_EQ(code, "VOW-5012");
    }
  });
  EXPECT_EQ(done, 1);
  EXPECT_EQ(ledger_->balance(), -10);
}

// Faults 5 and 6, in the database.
TEST_P(ActionsContract, EitherAttemptsOrCancelsWhenBothComeAtOnce) {
  (void)actions_.add(taking(10));
  for (std::uint64_t round = 1; round <= 20; ++round) {
    ++sequence_;
    on_threads(2, [&](int i) {
      if (i == 0) return actions_.rollback(branch());
      (void)code_of([&] { return attempt(branch()); });
    });
    // The one that came later has met the other's row, so nothing is left after one more rollback.
    actions_.rollback(branch());
    EXPECT_EQ(ledger_->state_of(branch()), "cancelled");
  }
  EXPECT_EQ(ledger_->balance(), 0);
}

// A book that does not learn what became of a COMMIT.
class BookInDoubt final : public record::book {
 public:
  BookInDoubt(record::book& of, bool commits) : of_(of), commits_(commits) {}
  void make() override { of_.make(); }
  void transact(const preparation& as, const transaction& work) override {
    if (std::exchange(was_in_doubt_, true)) return of_.transact(as, work);
    try {
      of_.transact(as, [&](void* handle, record::rows& table) {
        work(handle, table);
        if (!commits_) throw std::logic_error("as if the server had rolled it back");
      });
    } catch (const std::logic_error&) {
    }
    throw error(unknown);
  }
  std::vector<found> list_open() override { return of_.list_open(); }
  void clean() override { of_.clean(); }

  static inline const error::facts unknown{
      .code = "VOW-0000", .what = "lost", .hint = "", .xid = {}, .outcome = outcome::unknown};

 private:
  record::book& of_;
  const bool commits_;
  bool was_in_doubt_ = false;
};

TEST_P(ActionsContract, UndoesAnAttemptOfWhichNobodyKnowsWhetherItIsDone) {
  for (const bool commits : {false, true}) {
    ++sequence_;
    BookInDoubt doubtful(*book_, commits);
    Actions actions(doubtful);
    (void)actions.add(taking(10));
    try {
      (void)attempt_in(actions, branch());
      FAIL() << "nobody knows that it is done";
    } catch (const rolled_back& why) {
      EXPECT_EQ(why.code(), "VOW-5019");
      EXPECT_TRUE(why.retryable());
    }
    EXPECT_EQ(ledger_->state_of(branch()), "cancelled");
    EXPECT_EQ(ledger_->balance(), 0);
  }
}

// It is the function that is in doubt of something, not the database.
TEST_P(ActionsContract, PassesOnWhatAnAttemptThrows) {
  known_action doubtful = taking(10);
  doubtful.attempt = [](void*, const branch_info&, std::string&) { throw error(BookInDoubt::unknown); };
  (void)actions_.add(std::move(doubtful));
  EXPECT_EQ(code_of([&] { return attempt(branch()); }), "VOW-0000");
  EXPECT_EQ(ledger_->state_of(branch()), "");
}

TEST_P(ActionsContract, IsEndedByAnotherProcessToo) {
  (void)actions_.add(taking(10));
  { const auto abandoned = attempt(branch()); }
  const auto other_book = ledger_->open(milliseconds(3'600'000));
  Actions other(*other_book);
  EXPECT_EQ(code_of([&] { other.rollback(branch()); }), "VOW-5010");
  EXPECT_EQ(ledger_->state_of(branch()), "prepared");
  (void)other.add(taking(10));
  other.rollback(branch());
  EXPECT_EQ(ledger_->balance(), 0);
}

}  // namespace vow::sdk
