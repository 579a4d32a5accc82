// What actions promise whose effects are outside of the database.
#pragma once

#include "tests/sdk/actions/ledger.h"

namespace vow::sdk {

class HookContract : public ActionsContract {
 protected:
  known_action hook() {
    const auto noting = [this](const char* what) {
      return [this, what](void*, const branch_info&, std::string& bytes) { said_ += what + bytes + ' '; };
    };
    return {.name = "take",
            .kind = record::kind::hooks,
            .attempt = noting("prepare:"),
            .confirm = noting("commit:"),
            .cancel = noting("rollback:")};
  }
  std::string said_;
};

TEST_P(HookContract, PreparesWhenItsTransactionIsCommittedAndNotBefore) {
  (void)actions_.add(hook());
  const auto made = attempt(branch(), "x");
  EXPECT_EQ(said_, "");
  EXPECT_EQ(ledger_->state_of(branch()), "");
  EXPECT_EQ(made->prepare(), ballot::prepared);
  EXPECT_EQ(ledger_->state_of(branch()), "prepared");
  made->commit();
  made->commit();
  EXPECT_EQ(said_, "prepare:x commit:x ");
  EXPECT_EQ(ledger_->state_of(branch()), "committed");
}

TEST_P(HookContract, HasNothingToUndoBeforeItPrepares) {
  (void)actions_.add(hook());
  attempt(branch())->rollback();
  EXPECT_EQ(said_, "");
  actions_.rollback(branch());
  EXPECT_EQ(said_, "");
  EXPECT_EQ(code_of([&] { return attempt(branch())->prepare(); }), "VOW-5013");
}

// Fault 18: nobody can tell what an effect outside of the database came to.
TEST_P(HookContract, IsRolledBackThoughItsPrepareThrew) {
  known_action breaking = hook();
  breaking.attempt = [&](void*, const branch_info&, std::string&) {
    said_ += "half ";
    throw std::runtime_error("the line is dead");
  };
  (void)actions_.add(std::move(breaking));
  const auto made = attempt(branch());
  EXPECT_THROW((void)made->prepare(), std::runtime_error);
  EXPECT_EQ(ledger_->state_of(branch()), "attempting");
  made->rollback();
  EXPECT_EQ(said_, "half rollback: ");
  EXPECT_EQ(ledger_->state_of(branch()), "cancelled");
}

TEST_P(HookContract, IsRolledBackOnceMoreIfThatOvertookItsPrepare) {
  known_action slow = hook();
  slow.attempt = [&](void*, const branch_info&, std::string&) {
    actions_.rollback(branch());  // as another process does, for which the deadline is past
    said_ += "prepared ";
  };
  (void)actions_.add(std::move(slow));
  const auto made = attempt(branch(), "x");
  EXPECT_EQ(code_of([&] { return made->prepare(); }), "VOW-5013");
  made->rollback();
  EXPECT_EQ(said_, "rollback:x prepared rollback:x ");
  EXPECT_EQ(ledger_->state_of(branch()), "cancelled");
}

TEST_P(HookContract, PreparesOnceThoughItsRequestIsRepeated) {
  (void)actions_.add(hook());
  const auto first = attempt(branch(1));
  const auto second = attempt(branch(2));
  EXPECT_EQ(first->prepare(), ballot::prepared);
  EXPECT_EQ(code_of([&] { return second->prepare(); }), "VOW-5012");
  second->rollback();
  EXPECT_EQ(said_, "prepare: ");
  EXPECT_EQ(ledger_->state_of(branch(1)), "prepared");
}

}  // namespace vow::sdk
