// A transaction that travels by Thrift: a shop calls the payment service, over real sockets.
#include "vow/thrift.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <Payments.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/server/TThreadedServer.h>
#include <thrift/transport/TServerSocket.h>

#include "tests/sdk/core/shelf.h"
#include "tests/sdk/core/world.h"
#include "tests/sdk/http/relay.h"
#include "tests/support/free_ports.h"

namespace vow::thrift {
namespace {

using namespace std::chrono_literals;
using namespace ::apache::thrift::transport;
using ::apache::thrift::protocol::TBinaryProtocol;
using ::apache::thrift::protocol::TBinaryProtocolFactory;
using payments::PayAnswer;
using payments::PaymentsClient;
using payments::PayRequest;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Relay;

// Listens until it is destroyed.
class Server {
 public:
  explicit Server(const std::shared_ptr<payments::PaymentsIf>& handler)
      : server_(std::make_shared<payments::PaymentsProcessor>(handler),
                std::make_shared<TServerSocket>("127.0.0.1", port_),
                std::make_shared<TFramedTransportFactory>(), std::make_shared<TBinaryProtocolFactory>()) {
    auto listens = std::make_shared<Listens>();
    auto listening = listens->promise.get_future();
    server_.setServerEventHandler(listens);
    thread_ = std::thread([this] { server_.serve(); });
    listening.wait();
  }
  ~Server() {
    server_.stop();
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  struct Listens : ::apache::thrift::server::TServerEventHandler {
    void preServe() override { promise.set_value(); }
    std::promise<void> promise;
  };
  const std::uint16_t port_ = testing::free_ports(1)[0];
  ::apache::thrift::server::TThreadedServer server_;
  std::thread thread_;
};

class ThriftTest : public sdk::World {
 protected:
  using Work = std::function<void(tx&, PayAnswer&)>;

  class Handler final : public payments::PaymentsIf {
   public:
    explicit Handler(ThriftTest& of) : of_(of) {}
    void pay(PayAnswer& answer, const PayRequest& request) override {
      serve(of_.payments_, "pay", request, answer, [&](tx& in) { of_.work_(in, answer); });
    }
    void pay_from(PayAnswer& answer, const PayRequest& request, const std::string&) override {
      pay(answer, request);
    }

   private:
    ThriftTest& of_;
  };

  // The service's work: takes money from the account.
  void pay(tx& in, PayAnswer& answer) {
    ++payments_made_;
    accounts_.in(in).add("money", -10);
    answer.receipt = "receipt " + std::to_string(payments_made_);
  }
  static PaymentsClient client_at(std::uint16_t port) {
    return PaymentsClient(std::make_shared<TBinaryProtocol>(
        std::make_shared<TFramedTransport>(std::make_shared<TSocket>("127.0.0.1", port))));
  }
  // The shop's transaction.
  PayAnswer order(tx& in, PaymentsClient& payments, const call_options& how = {}) {
    orders_.in(in).add("order", 1);
    return call(in, payments, &PaymentsClient::pay, PayRequest(), how);
  }
  // Of a transaction that does it once.
  error error_of_order(std::uint16_t port, const call_options& how = {}) {
    const auto result = shop_.try_run("order", {.retry = retry::never()}, [&](tx& in) {
      PaymentsClient payments = client_at(port);
      (void)order(in, payments, how);
    });
    EXPECT_FALSE(result.ok());
    return result.ok() ? error({}) : result.error();
  }
  void expect_orders(int times) {
    EXPECT_TRUE(sdk::eventually([&] { return order_shelf_.prepared() + account_shelf_.prepared() == 0; }));
    EXPECT_EQ(order_shelf_.stock("order"), times);
    EXPECT_EQ(account_shelf_.stock("money"), -10 * times);
    EXPECT_TRUE(sdk::eventually([&] { return unfinished() == 0; }));
  }

  sdk::Shelf order_shelf_;
  sdk::Shelf account_shelf_;
  client shop_{options("shop")};
  client payments_{options("payments")};
  sdk::ShelfResource orders_{shop_, "orders-db", order_shelf_};
  sdk::ShelfResource accounts_{payments_, "accounts-db", account_shelf_};
  std::atomic<int> payments_made_{0};
  Work work_ = [this](tx& in, PayAnswer& answer) { pay(in, answer); };
  Server server_{std::make_shared<Handler>(*this)};
};

TEST_F(ThriftTest, BothServicesCommit) {
  PaymentsClient payments = client_at(server_.port());
  EXPECT_EQ(shop_.run("order", [&](tx& in) { return order(in, payments).receipt; }), "receipt 1");
  EXPECT_EQ(account_shelf_.stock("money"), -10) << "run() returns once it is done everywhere";
  EXPECT_EQ(shop_.run("order", [&](tx& in) { return order(in, payments).receipt; }), "receipt 2");
  expect_orders(2);
}

TEST_F(ThriftTest, ARequestWhoseAnswerIsLostIsSentAgainAndDoneOnce) {
  for (const std::size_t arrives : {std::size_t{0}, std::size_t{20}}) {
    const Relay relay([&](int nth) -> Relay::Way {
      return {.port = server_.port(), .answer_bytes = nth == 0 ? arrives : 1U << 20};
    });
    const int before = payments_made_;
    PaymentsClient payments = client_at(relay.port());
    EXPECT_EQ(shop_.run("order", [&](tx& in) { return order(in, payments).receipt; }),
              "receipt " + std::to_string(before + 1));
    EXPECT_EQ(relay.connections(), 2);
    EXPECT_EQ(payments_made_, before + 1);
  }
  expect_orders(2);
}

TEST_F(ThriftTest, AnAnswerThatStopsHalfwayIsLost) {
  const Relay relay([&](int nth) -> Relay::Way {
    return {.port = server_.port(), .answer_bytes = nth == 0 ? 20U : 1U << 20, .falls_silent = true};
  });
  PaymentsClient payments = client_at(relay.port());
  const std::string receipt =
      shop_.run("order", [&](tx& in) { return order(in, payments, {.timeout = 300ms}).receipt; });
  EXPECT_EQ(receipt, "receipt 1");
  expect_orders(1);
}

TEST_F(ThriftTest, AConnectionThatWasClosedMeanwhileIsMadeAgain) {
  Relay relay([&](int) -> Relay::Way { return {.port = server_.port()}; });
  PaymentsClient payments = client_at(relay.port());
  shop_.run("order", [&](tx& in) { (void)order(in, payments); });
  relay.cut();
  shop_.run("order", {.retry = retry::never()}, [&](tx& in) { (void)order(in, payments); });
  EXPECT_EQ(relay.connections(), 2);
  expect_orders(2);
}

TEST_F(ThriftTest, AnAnswerThatIsLostAgainAndAgainRollsBackEverywhere) {
  const Relay relay([&](int) -> Relay::Way { return {.port = server_.port(), .answer_bytes = 0}; });
  const error why = error_of_order(relay.port());
  EXPECT_EQ(why.code(), "VOW-5021");
  EXPECT_TRUE(why.retryable());
  EXPECT_THAT(why.what(), AllOf(HasSubstr(std::to_string(relay.port())), HasSubstr("sent 3 times")));
  EXPECT_EQ(relay.connections(), 3);
  EXPECT_EQ(payments_made_, 1) << "the service had voted";
  expect_orders(0);
}

TEST_F(ThriftTest, NothingIsSentPastTheDeadline) {
  const Relay silent(
      [&](int) -> Relay::Way { return {.port = server_.port(), .answer_bytes = 0, .falls_silent = true}; });
  const auto result = shop_.try_run("order", {.timeout = 3s, .retry = retry::never()}, [&](tx& in) {
    PaymentsClient payments = client_at(silent.port());
    try {
      (void)order(in, payments, {.timeout = 1h, .sendings = retry::exponential(1'000)});
    } catch (...) {
      EXPECT_GE(std::chrono::steady_clock::now() + 200ms, in.deadline());
      EXPECT_LE(std::chrono::steady_clock::now(), in.deadline() + 10s);
      throw;
    }
  });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), "VOW-5021");
  EXPECT_LE(silent.connections(), 2);
  expect_orders(0);
}

TEST_F(ThriftTest, AFailureThatMayEndBetterIsTriedAgain) {
  work_ = [this](tx& in, PayAnswer& answer) {
    pay(in, answer);
    if (payments_made_ == 1) throw std::runtime_error("deadlock");
  };
  PaymentsClient payments = client_at(server_.port());
  EXPECT_EQ(shop_.run("order", [&](tx& in) { return order(in, payments).receipt; }), "receipt 2");
  expect_orders(1);
}

TEST_F(ThriftTest, AFailureIsToldInTheServicesWords) {
  work_ = [](tx&, PayAnswer&) {
    throw rolled_back({.code = "VOW-5999", .what = "the till is shut", .hint = "come tomorrow", .xid = {}});
  };
  const error why = error_of_order(server_.port());
  EXPECT_EQ(why.code(), "VOW-5020");
  EXPECT_EQ(why.hint(), "come tomorrow");
  EXPECT_FALSE(why.retryable());
  EXPECT_THAT(why.what(), AllOf(HasSubstr("VOW-5999"), HasSubstr("the till is shut")));
  expect_orders(0);
}

TEST_F(ThriftTest, WhatTheServiceDoesNotDeclareIsAFailureToo) {
  work_ = [this](tx& in, PayAnswer& answer) {
    pay(in, answer);
    throw std::runtime_error("no ink");
  };
  const error why = error_of_order(server_.port());
  EXPECT_EQ(why.code(), "VOW-5020");
  EXPECT_FALSE(why.retryable());
  EXPECT_THAT(why.what(), HasSubstr("no ink"));
  expect_orders(0);
}

TEST_F(ThriftTest, AnExceptionOfTheInterfaceReachesTheCaller) {
  work_ = [this](tx& in, PayAnswer& answer) {
    pay(in, answer);
    payments::NoSuchAccount none;
    none.account = "alice";
    throw none;
  };
  PaymentsClient payments = client_at(server_.port());
  EXPECT_THROW(shop_.run("order", [&](tx& in) { (void)order(in, payments); }), payments::NoSuchAccount);
  expect_orders(0);
}

TEST_F(ThriftTest, ACallOfAnotherShapeIsCarriedByHand) {
  PaymentsClient payments = client_at(server_.port());
  payments.getInputProtocol()->getTransport()->open();
  shop_.run("order", [&](tx& in) {
    orders_.in(in).add("order", 1);
    vow::call paying = in.call();
    PayRequest request;
    request.vow = context_of(paying);
    PayAnswer answer;
    payments.pay_from(answer, request, "alice");
    answered(paying, answer.vow);
  });
  expect_orders(1);
}

TEST_F(ThriftTest, ARequestWithoutContextIsRefused) {
  PaymentsClient payments = client_at(server_.port());
  payments.getInputProtocol()->getTransport()->open();
  PayAnswer answer;
  try {
    payments.pay(answer, PayRequest());
    FAIL() << "it was served";
  } catch (const NotDone& why) {
    EXPECT_EQ(why.code, "VOW-5008");
    EXPECT_FALSE(why.retryable);
  }
  EXPECT_EQ(payments_made_, 0);
}

}  // namespace
}  // namespace vow::thrift
