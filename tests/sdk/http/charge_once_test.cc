// The proof that a request which comes again charges once: whenever it comes, and to whichever instance of
// the service. Real HTTP, real databases.
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "participant-sdk/core/context.h"
#include "tests/sdk/core/world.h"
#include "tests/sdk/http/payments.h"
#include "tests/sdk/http/payments_process.h"
#include "tests/sdk/http/relay.h"
#include "tests/sdk/http/till_seen.h"

namespace vow::poco {
namespace {

using sdk::eventually;
using testing::Relay;

// --- the shop

class ChargeOnceTest : public sdk::World, public ::testing::WithParamInterface<std::string> {
 protected:
  ChargeOnceTest() {
    if (GetParam() == "postgres") till_ = std::make_unique<PostgresSeen>();
    if (GetParam() == "mariadb") till_ = std::make_unique<MariadbSeen>();
    if (GetParam() == "sqlite") till_ = std::make_unique<SqliteSeen>(directory_.path() + "/till.db");
  }

  // In the shop's transaction: its order, and the call of the payment service.
  std::string order(tx& in, std::uint16_t port) {
    if (sqlite3_exec(orders_.enlist(in), "INSERT INTO charge SELECT count(*) + 1, 'order' FROM charge",
                     nullptr, nullptr, nullptr) != SQLITE_OK)
      throw std::runtime_error("the order cannot be kept");
    HTTPClientSession session("127.0.0.1", port);
    HTTPRequest request(HTTPRequest::HTTP_POST, "/pay", HTTPRequest::HTTP_1_1);
    return send(in, session, request, "order").body;
  }
  // As a network or a proxy might that repeats what it has seen.
  static answer repeat(const std::string& context, std::uint16_t port) {
    HTTPClientSession session("127.0.0.1", port);
    HTTPRequest request(HTTPRequest::HTTP_POST, "/pay", HTTPRequest::HTTP_1_1);
    request.set("vow-context", context);
    return detail::send_once(session, request, "order");
  }
  // Of the first call of a transaction in the shop.
  static std::string context_of_first_call(const tx& in) {
    return sdk::encode(sdk::Context{in.xid(), sdk::call_path(sdk::root_path, 0)});
  }
  PaymentsProcess another_instance() { return {VOW_PAYMENTS, cell_.addresses()[0], till_->place()}; }

  // Each order is charged once, and so many there are; nothing is left under way.
  void expect_orders(int times) {
    EXPECT_TRUE(eventually([&] { return unfinished() == 0; })) << unfinished() << " are unfinished";
    EXPECT_TRUE(eventually([&] { return till_->is_at_rest() && order_book_.is_at_rest(); }));
    EXPECT_EQ(order_book_.charges(), times) << "orders";
    EXPECT_EQ(till_->charges(), times) << "charges";
    EXPECT_EQ(till_->coins(), 1000 - 10 * times);
  }

  std::unique_ptr<TillSeen> till_;
  SqliteSeen order_book_{directory_.path() + "/orders.db"};
  client shop_{options("shop")};
  sqlite::resource orders_{shop_, "orders-db", order_book_.place().where};
};

// --- one instance

TEST_P(ChargeOnceTest, WhileTheFirstRequestIsAtWork) {
  Relay* way = nullptr;
  Payments* service = nullptr;
  Payments payments(options("payments"), till_->place(), {.before = [&](int) {
                      way->cut();
                      EXPECT_TRUE(eventually([&] { return service->requests() == 2; }));
                    }});
  Relay relay([&](int) -> Relay::Way { return {.port = payments.port()}; });
  way = &relay;
  service = &payments;
  EXPECT_EQ(shop_.run("order", {.retry = retry::never()}, [&](tx& in) { return order(in, relay.port()); }),
            "receipt for order");
  EXPECT_EQ(payments.charges(), 1);
  expect_orders(1);
}

TEST_P(ChargeOnceTest, AfterTheFirstRequestIsDone) {
  Payments payments(options("payments"), till_->place());
  const Relay relay([&](int nth) -> Relay::Way {
    return {.port = payments.port(), .answer_bytes = nth == 0 ? 0 : 1U << 20};
  });
  EXPECT_EQ(shop_.run("order", {.retry = retry::never()}, [&](tx& in) { return order(in, relay.port()); }),
            "receipt for order");
  EXPECT_EQ(payments.requests(), 2);
  EXPECT_EQ(payments.charges(), 1);
  expect_orders(1);
}

TEST_P(ChargeOnceTest, AfterTheCommit) {
  Payments payments(options("payments"), till_->place());
  std::string context;
  shop_.run("order", [&](tx& in) {
    context = context_of_first_call(in);
    (void)order(in, payments.port());
  });
  for (int nth = 0; nth < 3; ++nth)
    EXPECT_EQ(repeat(context, payments.port()).body, "receipt for order") << "the same answer again";
  EXPECT_EQ(payments.charges(), 1);
  expect_orders(1);
}

TEST_P(ChargeOnceTest, NotAfterARollback) {
  Payments payments(options("payments"), till_->place());
  std::string context;
  EXPECT_THROW(shop_.run("order",
                         [&](tx& in) {
                           context = context_of_first_call(in);
                           (void)order(in, payments.port());
                           throw std::logic_error("changed my mind");
                         }),
               std::logic_error);
  for (int nth = 0; nth < 3; ++nth) (void)repeat(context, payments.port());
  expect_orders(0);
}

TEST_P(ChargeOnceTest, NotAfterARollbackBeforeWhichItNeverCame) {
  Payments payments(options("payments"), till_->place());
  std::string context;
  EXPECT_THROW(shop_.run("order",
                         [&](tx& in) {
                           context = context_of_first_call(in);
                           (void)order(in, 1);  // where nobody listens
                         }),
               rolled_back);
  for (int nth = 0; nth < 3; ++nth)
    EXPECT_EQ(repeat(context, payments.port()).response.getStatus(), HTTPResponse::HTTP_CONFLICT);
  expect_orders(0);
}

TEST_P(ChargeOnceTest, NotIfTheAnswerIsLostForGood) {
  Payments payments(options("payments"), till_->place());
  const Relay relay([&](int) -> Relay::Way { return {.port = payments.port(), .answer_bytes = 0}; });
  const auto result =
      shop_.try_run("order", {.retry = retry::never()}, [&](tx& in) { (void)order(in, relay.port()); });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), "VOW-5021");
  EXPECT_EQ(payments.charges(), 1) << "the service had voted for its work";
  expect_orders(0);
}

// --- another instance of the service, which knows nothing of the first request

// The first one is held up, before or after it has touched the database, until the other instance has
// answered.
class HeldUpTest : public ChargeOnceTest {
 protected:
  void order_twice(const std::function<Payments::Hooks(std::function<void()> hold)>& where) {
    Relay* way = nullptr;
    std::once_flag first;
    Payments payments(options("payments"), till_->place(), where([&] {
                        std::call_once(first, [&] {
                          way->cut();
                          EXPECT_TRUE(eventually([&] { return way->answered() >= 1; }));
                        });
                      }));
    const PaymentsProcess other = another_instance();
    Relay relay([&](int nth) -> Relay::Way { return {.port = nth == 0 ? payments.port() : other.port()}; });
    way = &relay;
    shop_.run("order", [&](tx& in) { (void)order(in, relay.port()); });
    expect_orders(1);
  }
};

TEST_P(HeldUpTest, ElsewhereBeforeTheFirstRequestBeginsItsWork) {
  order_twice([](const auto& hold) { return Payments::Hooks{.before = [hold](int) { hold(); }}; });
}

TEST_P(HeldUpTest, ElsewhereWhileTheFirstRequestIsAtWork) {
  order_twice([](const auto& hold) { return Payments::Hooks{.after = [hold](tx&) { hold(); }}; });
}

TEST_P(ChargeOnceTest, ElsewhereAfterTheFirstRequestIsDone) {
  Payments payments(options("payments"), till_->place());
  const PaymentsProcess other = another_instance();
  const Relay relay([&](int nth) -> Relay::Way {
    return {.port = nth == 0 ? payments.port() : other.port(), .answer_bytes = nth == 0 ? 0 : 1U << 20};
  });
  int attempts = 0;
  shop_.run("order", [&](tx& in) {
    ++attempts;
    (void)order(in, relay.port());
  });
  EXPECT_EQ(attempts, 2) << "the other instance cannot answer for the first one, so all of it is done again";
  EXPECT_EQ(payments.charges(), 1);
  expect_orders(1);
}

TEST_P(ChargeOnceTest, ElsewhereAfterTheCommit) {
  Payments payments(options("payments"), till_->place());
  const PaymentsProcess other = another_instance();
  std::string context;
  shop_.run("order", [&](tx& in) {
    context = context_of_first_call(in);
    (void)order(in, payments.port());
  });
  for (int nth = 0; nth < 3; ++nth)
    EXPECT_GE(repeat(context, other.port()).response.getStatus(), HTTPResponse::HTTP_CONFLICT);
  expect_orders(1);
}

TEST_P(ChargeOnceTest, NotElsewhereAfterARollback) {
  Payments payments(options("payments"), till_->place());
  const PaymentsProcess other = another_instance();
  std::string context;
  EXPECT_THROW(shop_.run("order",
                         [&](tx& in) {
                           context = context_of_first_call(in);
                           (void)order(in, payments.port());
                           throw std::logic_error("changed my mind");
                         }),
               std::logic_error);
  for (int nth = 0; nth < 3; ++nth)
    EXPECT_GE(repeat(context, other.port()).response.getStatus(), HTTPResponse::HTTP_CONFLICT);
  expect_orders(0);
}

// --- a service that calls another: each charge is booked, elsewhere

class ChainTest : public ChargeOnceTest {
 protected:
  // The payment service's call, within its work.
  void book(tx& in, std::uint16_t port) {
    HTTPClientSession session("127.0.0.1", port);
    (void)send(in, session, HTTPRequest(HTTPRequest::HTTP_POST, "/book", HTTPRequest::HTTP_1_1), "entry");
  }
  void expect_entries(int times) {
    EXPECT_TRUE(eventually([&] { return books_.is_at_rest(); }));
    EXPECT_EQ(books_.charges(), times);
  }

  SqliteSeen books_{directory_.path() + "/books.db"};
  Payments ledger_{options("ledger"), books_.place()};
};

TEST_P(ChainTest, ALostAnswerOfTheLastServiceIsAskedForByTheOneBefore) {
  const Relay to_ledger([&](int nth) -> Relay::Way {
    return {.port = ledger_.port(), .answer_bytes = nth == 0 ? 0 : 1U << 20};
  });
  Payments payments(options("payments"), till_->place(),
                    {.after = [&](tx& in) { book(in, to_ledger.port()); }});
  shop_.run("order", {.retry = retry::never()}, [&](tx& in) { (void)order(in, payments.port()); });
  EXPECT_EQ(payments.requests(), 1) << "the shop has not noticed";
  EXPECT_EQ(ledger_.requests(), 2);
  EXPECT_EQ(ledger_.charges(), 1);
  expect_orders(1);
  expect_entries(1);
}

TEST_P(ChainTest, ALostAnswerOfTheServiceBetweenBooksNothingTwice) {
  Payments payments(options("payments"), till_->place(),
                    {.after = [&](tx& in) { book(in, ledger_.port()); }});
  const Relay relay([&](int nth) -> Relay::Way {
    return {.port = payments.port(), .answer_bytes = nth == 0 ? 0 : 1U << 20};
  });
  shop_.run("order", {.retry = retry::never()}, [&](tx& in) { (void)order(in, relay.port()); });
  EXPECT_EQ(payments.requests(), 2);
  EXPECT_EQ(ledger_.requests(), 1);
  expect_orders(1);
  expect_entries(1);
}

TEST_P(ChainTest, AnAnswerOfTheLastServiceThatIsLostForGoodRollsAllBack) {
  const Relay to_ledger([&](int) -> Relay::Way { return {.port = ledger_.port(), .answer_bytes = 0}; });
  Payments payments(options("payments"), till_->place(),
                    {.after = [&](tx& in) { book(in, to_ledger.port()); }});
  const auto result =
      shop_.try_run("order", {.retry = retry::never()}, [&](tx& in) { (void)order(in, payments.port()); });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), "VOW-5020");
  EXPECT_TRUE(result.error().retryable());
  EXPECT_THAT(result.error().what(), ::testing::HasSubstr("/book has not answered"));
  EXPECT_EQ(ledger_.charges(), 1) << "the ledger had voted for its work";
  expect_orders(0);
  expect_entries(0);
}

std::string name_of(const ::testing::TestParamInfo<std::string>& info) { return info.param; }
INSTANTIATE_TEST_SUITE_P(Of, ChargeOnceTest, ::testing::Values("postgres", "mariadb", "sqlite"), name_of);
INSTANTIATE_TEST_SUITE_P(Of, HeldUpTest, ::testing::Values("postgres", "mariadb", "sqlite"), name_of);
INSTANTIATE_TEST_SUITE_P(Of, ChainTest, ::testing::Values("postgres", "mariadb", "sqlite"), name_of);

}  // namespace
}  // namespace vow::poco
