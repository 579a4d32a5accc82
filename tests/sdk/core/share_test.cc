// Calls of one transaction that share a branch of the service they call.
#include <atomic>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/core/shelf.h"
#include "tests/sdk/core/world.h"

namespace vow::sdk {
namespace {

using namespace std::chrono_literals;
using Step = Shelf::Step;

class ShareTest : public World {
 protected:
  // Takes the money, and says how much the transaction has taken by then.
  reply pay(client& service, ShelfResource& accounts, const headers& request, int* so_far = nullptr) {
    const auto work = [&](tx& in) {
      accounts.in(in).add("money", -10);
      if (so_far != nullptr) *so_far = accounts.in(in).added("money");
    };
    return service.serve("pay", request, work, {.share = true});
  }
  void order(tx& in, int* so_far = nullptr) {
    call paying = in.call();
    paying.answered(pay(payments_, accounts_, paying.headers(), so_far).headers);
  }
  void expect_money(int amount) {
    EXPECT_TRUE(eventually([&] { return account_shelf_.prepared() == 0 && ShelfBranch::alive == 0; }));
    EXPECT_EQ(account_shelf_.stock("money"), amount);
    EXPECT_TRUE(eventually([&] { return unfinished() == 0; }));
  }

  Shelf account_shelf_;
  client shop_{options("shop")};
  client payments_{options("payments")};
  ShelfResource accounts_{payments_, "accounts-db", account_shelf_};
};

TEST_F(ShareTest, EachCallSeesTheWorkOfTheOnesBefore) {
  int so_far = 0;
  shop_.run("order", [&](tx& in) {
    order(in, &so_far);
    EXPECT_EQ(so_far, -10);
    order(in, &so_far);
    EXPECT_EQ(so_far, -20);
    EXPECT_EQ(account_shelf_.prepared(), 0u) << "it is prepared by the commit alone";
  });
  expect_money(-20);
}

TEST_F(ShareTest, CommitsManyOneAfterTheOther) {
  for (int i = 0; i < 50; ++i) {
    shop_.run("order", [&](tx& in) {
      order(in);
      order(in);
    });
  }
  expect_money(-1'000);
}

TEST_F(ShareTest, MeansNothingToAnInitiator) {
  payments_.run("pay", {.share = true}, [&](tx& in) { accounts_.in(in).add("money", -10); });
  expect_money(-10);
}

TEST_F(ShareTest, ARepeatedCallIsDoneOnce) {
  shop_.run("order", [&](tx& in) {
    call paying = in.call();
    const reply first = pay(payments_, accounts_, paying.headers());
    const reply second = pay(payments_, accounts_, paying.headers());
    EXPECT_TRUE(second.repeated);
    EXPECT_EQ(first.headers, second.headers);
    paying.answered(second.headers);
  });
  expect_money(-10);
}

TEST_F(ShareTest, NothingIsLeftIfTheCallerThrows) {
  EXPECT_THROW(shop_.run("order",
                         [&](tx& in) {
                           order(in);
                           throw std::logic_error("changed my mind");
                         }),
               std::logic_error);
  expect_money(0);
}

TEST_F(ShareTest, NothingIsLeftIfALaterCallThrows) {
  EXPECT_THROW(shop_.run("order",
                         [&](tx& in) {
                           order(in);
                           account_shelf_.fails([](Step step, const std::string&) {
                             if (step == Step::work) throw std::logic_error("no such account");
                           });
                           order(in);
                         }),
               std::logic_error);
  expect_money(0);
}

TEST_F(ShareTest, NothingIsCommittedIfTheCallerGoesOnWithoutTheCallThatThrew) {
  int attempts = 0;
  EXPECT_THROW(shop_.run("order", {.retry = retry::never()},
                         [&](tx& in) {
                           ++attempts;
                           order(in);
                           account_shelf_.fails([](Step step, const std::string&) {
                             if (step == Step::work) throw std::logic_error("no such account");
                           });
                           call paying = in.call();
                           EXPECT_THROW((void)pay(payments_, accounts_, paying.headers()), std::logic_error);
                           paying.answered({{std::string(branches_header), "1"}});  // a lie
                         }),
               rolled_back);
  expect_money(0);
}

TEST_F(ShareTest, NothingIsCommittedIfItCannotBePrepared) {
  account_shelf_.fails([](Step step, const std::string&) {
    if (step == Step::prepare) throw std::runtime_error("disk full");
  });
  EXPECT_THROW(shop_.run("order", {.retry = retry::never()}, [&](tx& in) { order(in); }), rolled_back);
  expect_money(0);
}

TEST_F(ShareTest, AnotherInstanceThatGetsALaterCallSpoilsIt) {
  client other{options("payments, another instance")};
  ShelfResource accounts{other, "accounts-db", account_shelf_};
  EXPECT_THROW(shop_.run("order", {.retry = retry::never()},
                         [&](tx& in) {
                           order(in);
                           call paying = in.call();
                           paying.answered(pay(other, accounts, paying.headers()).headers);
                         }),
               rolled_back);
  expect_money(0);
}

TEST_F(ShareTest, NothingIsCommittedIfItsInstanceEndsBeforeTheCommit) {
  auto passing = std::make_unique<client>(options("payments, passing"));
  auto accounts = std::make_unique<ShelfResource>(*passing, "passing-db", account_shelf_);
  EXPECT_THROW(shop_.run("order", {.timeout = 2s, .retry = retry::never()},
                         [&](tx& in) {
                           call paying = in.call();
                           paying.answered(pay(*passing, *accounts, paying.headers()).headers);
                           accounts.reset();
                           passing.reset();
                         }),
               rolled_back);
  EXPECT_EQ(account_shelf_.stock("money"), 0);
  EXPECT_EQ(ShelfBranch::alive, 0);
}

TEST_F(ShareTest, IsRolledBackOnceItsDeadlineIsPastThoughNobodySaysSo) {
  EXPECT_THROW(shop_.run("order", {.timeout = 3s},
                         [&](tx& in) {
                           order(in);
                           cell_.stop(0);
                           throw std::logic_error("changed my mind");
                         }),
               std::logic_error);
  EXPECT_TRUE(eventually([] { return ShelfBranch::alive == 0; }));
  EXPECT_EQ(account_shelf_.stock("money"), 0);
}

TEST_F(ShareTest, IsUndoneAtOnceWhenAnotherLeaderComes) {
  client_options patient = options("patient");
  patient.recovery_interval = std::chrono::hours(1);
  client bank(patient);
  ShelfResource accounts(bank, "bank-db", account_shelf_);
  ASSERT_TRUE(eventually([&] { return account_shelf_.looks > 0; })) << "that it looks by itself is over";
  const auto place = [&](tx& in) {
    call paying = in.call();
    paying.answered(pay(bank, accounts, paying.headers()).headers);
    cell_.stop(0);
    cell_.start(0);
    EXPECT_TRUE(eventually([] { return ShelfBranch::alive == 0; })) << "it waits for its deadline";
  };
  EXPECT_THROW(shop_.run("order", {.retry = retry::never()}, place), rolled_back);
  EXPECT_EQ(account_shelf_.stock("money"), 0);
}

// Its session is another one by then, so the coordinator does not know which instance has the branch.
TEST_F(ShareTest, IsUndoneThoughAnotherInstanceWasToldTo) {
  client other{options("payments, another instance")};
  ShelfResource accounts{other, "accounts-db", account_shelf_};
  for (int i = 0; i < 4; ++i) {  // instances are told in turn
    std::optional<ShelfResource> more;
    EXPECT_THROW(shop_.run("order",
                           [&](tx& in) {
                             order(in);
                             more.emplace(payments_, "more-db", account_shelf_);
                             std::this_thread::sleep_for(100ms);
                             throw std::logic_error("changed my mind");
                           }),
                 std::logic_error);
    EXPECT_TRUE(eventually([] { return ShelfBranch::alive == 0; })) << "it waits for its deadline";
  }
  EXPECT_EQ(account_shelf_.stock("money"), 0);
}

TEST_F(ShareTest, MayOnlyRead) {
  shop_.run("look", [&](tx& in) {
    call looking = in.call();
    const auto work = [&](tx& within) { (void)accounts_.in(within); };
    looking.answered(payments_.serve("look", looking.headers(), work, {.share = true}).headers);
  });
  expect_money(0);
}

}  // namespace
}  // namespace vow::sdk
