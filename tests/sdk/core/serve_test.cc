// A transaction that travels: a shop calls the payment service, each with a client and a database of its own.
#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/core/shelf.h"
#include "tests/sdk/core/world.h"

namespace vow::sdk {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ServeTest : public World {
 protected:
  // The payment service: takes money from the account.
  reply pay(const headers& request) {
    ++requests_;
    return payments_.serve("pay", request, [&](tx& in) {
      ++payments_made_;
      accounts_.in(in).add("money", -10);
    });
  }
  // The shop's part, and its call of the payment service.
  void order(tx& in, const std::function<headers(const headers&)>& send) {
    orders_.in(in).add("order", 1);
    call paying = in.call();
    paying.answered(send(paying.headers()));
  }
  void expect_orders(int times) {
    EXPECT_TRUE(eventually([&] { return order_shelf_.prepared() + account_shelf_.prepared() == 0; }));
    EXPECT_EQ(order_shelf_.stock("order"), times);
    EXPECT_EQ(account_shelf_.stock("money"), -10 * times);
  }

  Shelf order_shelf_;
  Shelf account_shelf_;
  client shop_{options("shop")};
  client payments_{options("payments")};
  ShelfResource orders_{shop_, "orders-db", order_shelf_};
  ShelfResource accounts_{payments_, "accounts-db", account_shelf_};
  std::atomic<int> requests_{0};
  std::atomic<int> payments_made_{0};
};

TEST_F(ServeTest, BothCommitAndTheCallerSeesItDone) {
  shop_.run("order",
            [&](tx& in) { order(in, [&](const headers& request) { return pay(request).headers; }); });
  EXPECT_EQ(account_shelf_.stock("money"), -10) << "run() returns once it is done everywhere";
  expect_orders(1);
}

// Its votes are lost with it, and the next one knows of none: nobody would say that the transaction is over.
TEST_F(ServeTest, WhatItHasVotedForEndsAtOnceWhenAnotherLeaderComes) {
  Shelf shelf;
  client_options patient = options("patient");
  patient.recovery_interval = std::chrono::hours(1);
  patient.recovery_age = std::chrono::hours(2);
  client bank(patient);
  ShelfResource accounts(bank, "other-accounts-db", shelf);
  ASSERT_TRUE(eventually([&] { return shelf.looks > 0; })) << "that it looks by itself is over";
  const auto place = [&](tx& in) {
    call paying = in.call();
    paying.answered(
        bank.serve("pay", paying.headers(), [&](tx& part) { accounts.in(part).add("money", -10); }).headers);
    cell_.stop(0);
    cell_.start(0);
    EXPECT_TRUE(eventually([&] { return shelf.prepared() == 0; })) << "it waits to be told";
  };
  EXPECT_THROW(shop_.run("order", {.retry = retry::never()}, place), rolled_back);
  EXPECT_EQ(shelf.stock("money"), 0);
}

void wait_until_past(const tx& deadline_of) { std::this_thread::sleep_until(deadline_of.deadline() + 200ms); }

TEST_F(ServeTest, NothingIsPreparedAfterTheDeadline) {
  std::atomic<int> prepares{0};
  account_shelf_.fails(
      [&](Shelf::Step step, const std::string&) { prepares += step == Shelf::Step::prepare; });
  const auto slow = [&](const headers& request) {
    return payments_
        .serve("pay", request,
               [&](tx& in) {
                 accounts_.in(in).add("money", -10);
                 wait_until_past(in);
               })
        .headers;
  };
  const auto result =
      shop_.try_run("order", {.timeout = 2s, .retry = retry::never()}, [&](tx& in) { order(in, slow); });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), "VOW-5006");
  EXPECT_EQ(prepares, 0);
  expect_orders(0);
}

// It would keep others waiting until somebody looks for what is left, and they would be too late in turn.
TEST_F(ServeTest, WhatIsPreparedTooLateIsRolledBackAtOnce) {
  Shelf shelf;
  client_options patient = options("patient");
  patient.recovery_interval = std::chrono::hours(1);
  client bank(patient);
  ShelfResource accounts(bank, "other-accounts-db", shelf);
  ASSERT_TRUE(eventually([&] { return shelf.looks > 0; })) << "that it looks by itself is over";
  const auto place = [&](tx& in) {
    call paying = in.call();
    shelf.fails([&](Shelf::Step step, const std::string&) {
      if (step == Shelf::Step::prepared) wait_until_past(in);
    });
    const auto pay = [&](tx& part) { accounts.in(part).add("money", -10); };
    EXPECT_THROW((void)bank.serve("pay", paying.headers(), pay), rolled_back);
    EXPECT_EQ(shelf.prepared(), 0u);
  };
  EXPECT_THROW(shop_.run("order", {.timeout = 2s, .retry = retry::never()}, place), rolled_back);
  EXPECT_EQ(shelf.stock("money"), 0);
}

TEST_F(ServeTest, BothRollBackIfTheCallerThrows) {
  EXPECT_THROW(shop_.run("order",
                         [&](tx& in) {
                           order(in, [&](const headers& request) { return pay(request).headers; });
                           throw std::logic_error("changed my mind");
                         }),
               std::logic_error);
  expect_orders(0);
}

TEST_F(ServeTest, BothRollBackIfTheServiceThrows) {
  account_shelf_.fails([](Shelf::Step step, const std::string&) {
    if (step == Shelf::Step::work) throw std::runtime_error("no such account");
  });
  EXPECT_THROW(
      shop_.run("order", [&](tx& in) { order(in, [&](const headers& r) { return pay(r).headers; }); }),
      std::runtime_error);
  expect_orders(0);
}

TEST_F(ServeTest, ARepeatedRequestChargesOnce) {
  shop_.run("order", [&](tx& in) {
    order(in, [&](const headers& request) {
      const reply first = pay(request);
      const reply second = pay(request);
      EXPECT_FALSE(first.repeated);
      EXPECT_TRUE(second.repeated);
      EXPECT_EQ(first.headers, second.headers);
      return second.headers;
    });
  });
  EXPECT_EQ(requests_, 2);
  EXPECT_EQ(payments_made_, 1);
  expect_orders(1);
}

TEST_F(ServeTest, ARequestThatIsRepeatedWhileTheFirstOneRunsChargesOnce) {
  shop_.run("order", [&](tx& in) {
    order(in, [&](const headers& request) {
      headers other;
      std::thread repeated([&] { other = pay(request).headers; });
      const headers first = pay(request).headers;
      repeated.join();
      EXPECT_EQ(first, other);
      return first;
    });
  });
  EXPECT_EQ(payments_made_, 1);
  expect_orders(1);
}

TEST_F(ServeTest, ARepeatedRequestGetsTheSameBody) {
  int receipts = 0;
  const auto pay_for_receipt = [&](const headers& request) {
    return payments_.serve("pay", request, [&](tx& in) {
      accounts_.in(in).add("money", -10);
      return "receipt " + std::to_string(++receipts);
    });
  };
  shop_.run("order", [&](tx& in) {
    order(in, [&](const headers& request) {
      EXPECT_EQ(pay_for_receipt(request).body, "receipt 1");
      const reply again = pay_for_receipt(request);
      EXPECT_EQ(again.body, "receipt 1");
      return again.headers;
    });
  });
  expect_orders(1);
}

TEST_F(ServeTest, ARequestWhoseAnswerIsTooLongToBeKeptIsNotAnsweredTwice) {
  const auto pay_for_much = [&](const headers& request, std::size_t size) {
    return payments_.serve("pay", request, [&](tx& in) {
      accounts_.in(in).add("money", -10);
      return std::string(size, 'x');
    });
  };
  constexpr std::size_t kept_max = 64 << 10;
  shop_.run("order", [&](tx& in) {
    order(in, [&](const headers& request) {
      EXPECT_EQ(pay_for_much(request, kept_max).body.size(), kept_max);
      return pay_for_much(request, kept_max).headers;
    });
  });
  const auto result = shop_.try_run("order", {.retry = retry::never()}, [&](tx& in) {
    order(in, [&](const headers& request) {
      EXPECT_EQ(pay_for_much(request, kept_max + 1).body.size(), kept_max + 1);
      return pay_for_much(request, kept_max + 1).headers;
    });
  });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), "VOW-5022");
  EXPECT_TRUE(result.error().retryable());
  expect_orders(1);
}

TEST_F(ServeTest, TheOldestAnswersAreForgottenIfTheyAreTooManyBytes) {
  // Each nearly as long as may be kept, and together more than all may be.
  constexpr std::size_t size = 64 << 10;
  constexpr int calls = 1 + (64 << 20) / static_cast<int>(size);
  int answers = 0;
  const auto count = [&](const headers& request) {
    return payments_.serve("count", request, [&](tx&) {
      ++answers;
      return std::string(size, 'x');
    });
  };
  shop_.run("order", [&](tx& in) {
    std::vector<headers> sent;
    for (int nth = 0; nth < calls; ++nth) {
      call counting = in.call();
      sent.push_back(counting.headers());
      counting.answered(count(sent.back()).headers);
    }
    EXPECT_EQ(answers, calls);
    EXPECT_TRUE(count(sent.back()).repeated);
    EXPECT_FALSE(count(sent.front()).repeated);
  });
}

TEST_F(ServeTest, WorkThatMayEndBetterNextTimeIsRolledBackAndSaysSo) {
  account_shelf_.fails([this](Shelf::Step step, const std::string&) {
    if (step == Shelf::Step::work && requests_ == 1) throw std::runtime_error("deadlock");
  });
  shop_.run("order", [&](tx& in) {
    order(in, [&](const headers& request) {
      try {
        return pay(request).headers;
      } catch (const rolled_back& why) {
        EXPECT_EQ(why.code(), "VOW-5023");
        EXPECT_THAT(why.what(), HasSubstr("deadlock"));
        EXPECT_TRUE(why.retryable());
        throw;
      } catch (const std::exception& why) {
        ADD_FAILURE() << "its caller would not know what kind of failure that is: " << why.what();
        throw;
      }
    });
  });
  EXPECT_EQ(requests_, 2) << "run() has tried again, as it would after a deadlock of its own";
  expect_orders(1);
}

TEST_F(ServeTest, ARequestThatWasServedElsewhereIsRolledBackAndMayBeTriedAgain) {
  // As a database does that has a branch prepared for the first request.
  account_shelf_.fails([this](Shelf::Step step, const std::string& name) {
    preparation found;
    EXPECT_TRUE(preparation::parse(name, found));
    if (step == Shelf::Step::work && requests_ == 1)
      throw already_prepared({.code = "VOW-5213", .what = "it is there", .hint = {}, .xid = found.xid},
                             found);
  });
  shop_.run("order", [&](tx& in) {
    order(in, [&](const headers& request) {
      try {
        return pay(request).headers;
      } catch (const rolled_back& why) {
        EXPECT_EQ(why.code(), "VOW-5024");
        EXPECT_THAT(why.what(), HasSubstr("it is there"));
        throw;
      }
    });
  });
  EXPECT_EQ(requests_, 2);
  expect_orders(1);
}

TEST_F(ServeTest, ARequestThatComesAgainElsewhereAfterTheEndChargesOnce) {
  headers sent;
  shop_.run("order", [&](tx& in) {
    order(in, [&](const headers& request) {
      sent = request;
      return pay(request).headers;
    });
  });
  // Another instance of the service, which knows nothing of the first request.
  client another(options("payments"));
  ShelfResource accounts(another, "accounts-db", account_shelf_);
  EXPECT_THROW((void)another.serve("pay", sent, [&](tx& in) { accounts.in(in).add("money", -10); }),
               rolled_back);
  expect_orders(1);
}

TEST_F(ServeTest, ACallWithoutAnswerKeepsTheTransactionFromCommitting) {
  const auto result = shop_.try_run("order", {.retry = retry::never()}, [&](tx& in) {
    orders_.in(in).add("order", 1);
    call paying = in.call();
    (void)pay(paying.headers());  // and its answer is lost
  });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), "VOW-5007");
  expect_orders(0);
}

TEST_F(ServeTest, AServiceMayCallAnother) {
  Shelf ledger_shelf;
  client books(options("books"));
  ShelfResource ledger(books, "ledger-db", ledger_shelf);
  shop_.run("order", [&](tx& in) {
    order(in, [&](const headers& request) {
      return payments_
          .serve(
              "pay", request,
              [&](tx& paying) {
                accounts_.in(paying).add("money", -10);
                call booking = paying.call();
                booking.answered(
                    books.serve("book", booking.headers(), [&](tx& part) { ledger.in(part).add("entry", 1); })
                        .headers);
              })
          .headers;
    });
  });
  EXPECT_EQ(ledger_shelf.stock("entry"), 1);
  expect_orders(1);
}

TEST_F(ServeTest, WhatIsNoContextIsRefused) {
  for (const headers& request :
       {headers{}, headers{{"vow-context", "1.nonsense"}}, headers{{"vow-context", ""}}}) {
    try {
      (void)payments_.serve("pay", request, [](tx&) {});
      FAIL() << "it was served";
    } catch (const misuse& why) {
      EXPECT_EQ(why.code(), "VOW-5008");
    }
  }
}

TEST_F(ServeTest, AnAnswerThatSaysNothingOfBranchesIsRefused) {
  const auto result = shop_.try_run("order", {.retry = retry::never()}, [&](tx& in) {
    order(in, [&](const headers& request) {
      (void)pay(request);
      return headers{{"content-type", "text/plain"}};
    });
  });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), "VOW-5009");
  expect_orders(0);
}

}  // namespace
}  // namespace vow::sdk
