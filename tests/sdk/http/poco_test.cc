// A request within a transaction: what is sent, what is sent again, and what its failures mean.
#include <chrono>
#include <future>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/http/relay.h"
#include "tests/sdk/http/two_services.h"

namespace vow::poco {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HTTPServerRequest;
using testing::HTTPServerResponse;
using testing::HttpService;
using testing::Relay;
using ::testing::SizeIs;
using ::testing::StartsWith;

class PocoSendTest : public TwoServices {
 protected:
  // Answers with a status and a body, and does nothing.
  static HttpService::Handle just(HTTPResponse::HTTPStatus status, const std::string& body = {},
                                  const std::string& type = "text/plain") {
    return [=](HTTPServerRequest&, HTTPServerResponse& response) {
      response.setStatusAndReason(status);
      response.setContentType(type);
      response.sendBuffer(body.data(), body.size());
    };
  }
  // Of a transaction that calls such a service once.
  error error_of(const HttpService::Handle& handle) {
    const HttpService service(handle);
    const auto result =
        shop_.try_run("order", {.retry = retry::never()}, [&](tx& in) { (void)order(in, service.port()); });
    EXPECT_FALSE(result.ok());
    return result.ok() ? error({}) : result.error();
  }

  HttpService service_{[this](HTTPServerRequest& request, HTTPServerResponse& response) {
    ++requests_;
    serve(payments_, "pay", request, response, [&](tx& in) { return pay(in); });
  }};
  std::atomic<int> requests_{0};
};

TEST_F(PocoSendTest, BothServicesCommit) {
  const std::string receipt = shop_.run("order", [&](tx& in) { return order(in, service_.port()).body; });
  EXPECT_EQ(receipt, "receipt 1");
  EXPECT_EQ(account_shelf_.stock("money"), -10) << "run() returns once it is done everywhere";
  expect_orders(1);
}

TEST_F(PocoSendTest, BothRollBackIfTheCallerThrowsAfterwards) {
  EXPECT_THROW(shop_.run("order",
                         [&](tx& in) {
                           (void)order(in, service_.port());
                           throw std::logic_error("changed my mind");
                         }),
               std::logic_error);
  expect_orders(0);
}

TEST_F(PocoSendTest, ARequestKeepsItsHeadersAndItsBodyEachTimeItIsSent) {
  std::vector<std::string> traces, contexts, bodies;
  const HttpService service([&](HTTPServerRequest& request, HTTPServerResponse& response) {
    traces.push_back(request.get("traceparent", ""));
    contexts.push_back(request.get("vow-context", ""));
    bodies.emplace_back(std::istreambuf_iterator<char>(request.stream()), std::istreambuf_iterator<char>());
    serve(payments_, "pay", request, response, [&](tx& in) { return pay(in); });
  });
  const Relay relay([&](int nth) -> Relay::Way {
    return {.port = service.port(), .answer_bytes = nth == 0 ? 0 : 1U << 20};
  });
  HTTPRequest request = post();
  request.set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  shop_.run("order", [&](tx& in) {
    HTTPClientSession payments("127.0.0.1", relay.port());
    (void)send(in, payments, request, "ten coins");
  });
  EXPECT_THAT(traces, AllOf(SizeIs(2), Each("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")));
  ASSERT_THAT(contexts, SizeIs(2));
  EXPECT_THAT(contexts[0], StartsWith("1."));
  EXPECT_EQ(contexts[0], contexts[1]) << "it is the same call";
  EXPECT_THAT(bodies, ElementsAre("ten coins", "ten coins"));
  EXPECT_FALSE(request.has("vow-context")) << "the caller's request is left as it was";
}

TEST_F(PocoSendTest, ARequestWhoseAnswerIsLostIsSentAgainAndDoneOnce) {
  for (const std::size_t arrives : {std::size_t{0}, std::size_t{20}}) {
    const Relay relay([&](int nth) -> Relay::Way {
      return {.port = service_.port(), .answer_bytes = nth == 0 ? arrives : 1U << 20};
    });
    const int before = payments_made_;
    const std::string receipt = shop_.run("order", [&](tx& in) { return order(in, relay.port()).body; });
    EXPECT_EQ(receipt, "receipt " + std::to_string(before + 1));
    EXPECT_EQ(relay.connections(), 2);
    EXPECT_EQ(payments_made_, before + 1);
  }
  expect_orders(2);
}

TEST_F(PocoSendTest, AnAnswerThatEndsTooEarlyIsLost) {
  const std::string long_body(10'000, 'x');
  const HttpService service([&](HTTPServerRequest& request, HTTPServerResponse& response) {
    serve(payments_, "pay", request, response, [&](tx& in) { return (void)pay(in), long_body; });
  });
  const Relay relay([&](int nth) -> Relay::Way {
    return {.port = service.port(), .answer_bytes = nth == 0 ? 5'000U : 1U << 20};
  });
  EXPECT_EQ(shop_.run("order", [&](tx& in) { return order(in, relay.port()).body; }), long_body);
  EXPECT_EQ(relay.connections(), 2);
  expect_orders(1);
}

TEST_F(PocoSendTest, AnAnswerThatStopsHalfwayIsLost) {
  const std::string long_body(10'000, 'x');
  const HttpService service([&](HTTPServerRequest& request, HTTPServerResponse& response) {
    serve(payments_, "pay", request, response, [&](tx& in) { return (void)pay(in), long_body; });
  });
  const Relay relay([&](int nth) -> Relay::Way {
    return {.port = service.port(), .answer_bytes = nth == 0 ? 5'000U : 1U << 20, .falls_silent = true};
  });
  HTTPClientSession payments("127.0.0.1", relay.port());
  payments.setKeepAlive(true);
  payments.setTimeout(Poco::Timespan(2, 0));
  for (int nth = 0; nth < 2; ++nth) {
    shop_.run("order", {.retry = retry::never()}, [&](tx& in) {
      orders_.in(in).add("order", 1);
      EXPECT_EQ(send(in, payments, post()).body, long_body);
    });
  }
  EXPECT_EQ(relay.connections(), 2) << "the second one is used again";
  expect_orders(2);
}

TEST_F(PocoSendTest, AConnectionThatWasClosedMeanwhileIsMadeAgain) {
  Relay relay([&](int) -> Relay::Way { return {.port = service_.port()}; });
  HTTPClientSession payments("127.0.0.1", relay.port());
  payments.setKeepAlive(true);
  const auto order_once = [&] {
    shop_.run("order", [&](tx& in) {
      orders_.in(in).add("order", 1);
      (void)send(in, payments, post());
    });
  };
  order_once();
  order_once();
  EXPECT_EQ(relay.connections(), 1);
  relay.cut();
  order_once();
  EXPECT_EQ(relay.connections(), 2);
  expect_orders(3);
}

TEST_F(PocoSendTest, AnAnswerThatIsLostAgainAndAgainRollsBackEverywhere) {
  const Relay relay([&](int) -> Relay::Way { return {.port = service_.port(), .answer_bytes = 0}; });
  const auto result =
      shop_.try_run("order", {.retry = retry::never()}, [&](tx& in) { (void)order(in, relay.port()); });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), "VOW-5021");
  EXPECT_EQ(result.error().outcome(), outcome::rolled_back);
  EXPECT_TRUE(result.error().retryable());
  EXPECT_THAT(result.error().what(),
              HasSubstr("POST http://127.0.0.1:" + std::to_string(relay.port()) + "/pay"));
  EXPECT_THAT(result.error().what(), HasSubstr("sent 3 times"));
  EXPECT_EQ(relay.connections(), 3);
  EXPECT_EQ(payments_made_, 1) << "the service had voted";
  expect_orders(0);
}

TEST_F(PocoSendTest, NothingIsSentPastTheDeadline) {
  std::promise<void> end;
  std::atomic<int> requests{0};
  const HttpService service([&, ended = end.get_future().share()](HTTPServerRequest&, HTTPServerResponse&) {
    ++requests;
    ended.wait();
  });
  const auto result = shop_.try_run("order", {.timeout = 3s, .retry = retry::never()}, [&](tx& in) {
    HTTPClientSession silent("127.0.0.1", service.port());
    silent.setTimeout(Poco::Timespan(3'600, 0));
    try {
      (void)send(in, silent, post(), {}, retry::exponential(1'000));
    } catch (...) {
      EXPECT_GE(std::chrono::steady_clock::now() + 200ms, in.deadline());
      EXPECT_LE(std::chrono::steady_clock::now(), in.deadline() + 10s);
      EXPECT_EQ(silent.getTimeout(), Poco::Timespan(3'600, 0)) << "the session is left as it was";
      throw;
    }
  });
  end.set_value();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), "VOW-5021");
  EXPECT_LE(requests, 2);
}

TEST_F(PocoSendTest, AServiceThatCannotBeReachedHasNotDoneIt) {
  std::uint16_t port = 0;
  { port = HttpService(just(HTTPResponse::HTTP_OK)).port(); }
  const auto result =
      shop_.try_run("order", {.retry = retry::never()}, [&](tx& in) { (void)order(in, port); });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), "VOW-5021");
  EXPECT_THAT(result.error().what(), HasSubstr("refused"));
  expect_orders(0);
}

TEST_F(PocoSendTest, AStatusSaysWhetherAnotherAttemptMayEndBetter) {
  const std::vector<std::pair<int, bool>> statuses{{409, true},  {429, true},  {502, true},  {503, true},
                                                   {504, true},  {400, false}, {402, false}, {404, false},
                                                   {422, false}, {500, false}, {302, false}};
  for (const auto& [status, retryable] : statuses) {
    const error why = error_of(just(static_cast<HTTPResponse::HTTPStatus>(status), "no"));
    EXPECT_EQ(why.code(), "VOW-5020");
    EXPECT_EQ(why.retryable(), retryable) << status;
    EXPECT_EQ(why.outcome(), outcome::rolled_back);
    EXPECT_THAT(why.what(), AllOf(HasSubstr("/pay did not do its part"), HasSubstr(std::to_string(status))));
  }
  expect_orders(0);
}

TEST_F(PocoSendTest, WhatTheServiceSaysCountsMoreThanItsStatus) {
  const error again = error_of(just(
      HTTPResponse::HTTP_INTERNAL_SERVER_ERROR,
      R"({"detail": "the disk was full", "code": "X-1", "hint": "wait", "retryable": true})", problem_type));
  EXPECT_TRUE(again.retryable());
  EXPECT_THAT(again.what(), AllOf(HasSubstr("X-1"), HasSubstr("the disk was full")));
  EXPECT_EQ(again.hint(), "wait");
  EXPECT_FALSE(error_of(just(HTTPResponse::HTTP_SERVICE_UNAVAILABLE, R"({"retryable": false})", problem_type))
                   .retryable());
  EXPECT_TRUE(error_of(just(HTTPResponse::HTTP_SERVICE_UNAVAILABLE, "{nonsense", problem_type)).retryable());
}

TEST_F(PocoSendTest, AnAnswerThatSaysNothingOfBranchesIsRefused) {
  EXPECT_EQ(error_of(just(HTTPResponse::HTTP_OK, "done")).code(), "VOW-5009");
  expect_orders(0);
}

TEST_F(PocoSendTest, TheCallerCanLookAtTheAnswerThatRefused) {
  const HttpService service(just(HTTPResponse::HTTP_PAYMENT_REQUIRED, "you have 3 coins"));
  EXPECT_THROW(shop_.run("order",
                         [&](tx& in) {
                           try {
                             (void)order(in, service.port());
                           } catch (const bad_status& why) {
                             EXPECT_EQ(why.status(), HTTPResponse::HTTP_PAYMENT_REQUIRED);
                             EXPECT_EQ(why.got().body, "you have 3 coins");
                             throw;
                           }
                         }),
               bad_status);
  expect_orders(0);
}

}  // namespace
}  // namespace vow::poco
