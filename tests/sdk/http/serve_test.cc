// A request that is served: what its answer says, whatever the work throws.
#include <functional>
#include <future>
#include <sstream>
#include <stdexcept>
#include <string>

#include <Poco/ErrorHandler.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/http/two_services.h"

namespace vow::poco {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::HTTPServerRequest;
using testing::HTTPServerResponse;
using testing::HttpService;

class PocoServeTest : public TwoServices {
 protected:
  // The answer to a request within a transaction of the shop's, which is rolled back afterwards.
  answer answer_if(std::function<std::string(tx&)> work) {
    work_ = std::move(work);
    answer got;
    (void)shop_.try_run("order", {.retry = retry::never()}, [&](tx& in) {
      call paying = in.call();
      got = raw(paying.headers());
    });
    return got;
  }
  // Without the client's helper.
  answer raw(const headers& with) {
    HTTPClientSession session("127.0.0.1", service_.port());
    HTTPRequest request = post();
    for (const auto& [name, value] : with) request.set(name, value);
    return detail::send_once(session, request, "ten coins");
  }
  static std::function<std::string(tx&)> fails(const error& why) {
    return [why](tx&) -> std::string { throw why; };
  }
  template <class Error>
  static std::function<std::string(tx&)> fails(error::facts about) {
    return [about](tx&) -> std::string { throw Error(about); };
  }

  std::function<std::string(tx&)> work_ = [this](tx& in) { return pay(in); };
  HttpService service_{[this](HTTPServerRequest& request, HTTPServerResponse& response) {
    response.setContentType("text/plain");
    serve(payments_, "pay", request, response, work_);
  }};
};

TEST_F(PocoServeTest, ARepeatedRequestGetsTheSameAnswer) {
  shop_.run("order", [&](tx& in) {
    call paying = in.call();
    const answer first = raw(paying.headers());
    const answer second = raw(paying.headers());
    for (const answer& each : {first, second}) {
      EXPECT_EQ(each.response.getStatus(), HTTPResponse::HTTP_OK);
      EXPECT_EQ(each.response.getContentType(), "text/plain");
      EXPECT_EQ(each.body, "receipt 1");
    }
    EXPECT_EQ(first.response.get("vow-branches"), second.response.get("vow-branches"));
    orders_.in(in).add("order", 1);
    paying.answered({{"vow-branches", second.response.get("vow-branches")}});
  });
  expect_orders(1);
}

TEST_F(PocoServeTest, WorkThatAnswersNothingIsServedToo) {
  const HttpService service([this](HTTPServerRequest& request, HTTPServerResponse& response) {
    serve(payments_, "pay", request, response, [&](tx& in) { (void)pay(in); });
  });
  EXPECT_EQ(shop_.run("order", [&](tx& in) { return order(in, service.port()).body; }), "");
  expect_orders(1);
}

TEST_F(PocoServeTest, ARequestWithoutContextIsAMistakeOfTheCaller) {
  for (const headers& with : {headers{}, headers{{"vow-context", "nonsense"}}}) {
    const answer got = raw(with);
    EXPECT_EQ(got.response.getStatus(), HTTPResponse::HTTP_BAD_REQUEST);
    EXPECT_THAT(got.body, AllOf(HasSubstr("VOW-5008"), HasSubstr(R"("retryable":false)")));
  }
  EXPECT_EQ(payments_made_, 0);
}

TEST_F(PocoServeTest, AFailureIsToldTruthfully) {
  const error::facts again{
      .code = "VOW-5213", .what = "another is at it", .hint = "wait", .xid = {}, .retryable = true};
  const error::facts never{.code = "VOW-5999", .what = "it cannot be done", .hint = "mend it", .xid = {}};
  error::facts in_doubt = never;
  in_doubt.outcome = outcome::unknown;
  error::facts too_late = never;
  too_late.outcome = outcome::committed;

  const struct {
    std::function<std::string(tx&)> work;
    int status;
    bool retryable;
  } failures[] = {
      {fails<rolled_back>(again), 409, true},
      {fails<error>(again), 409, true},
      {fails<rolled_back>(never), 409, false},
      {fails<misuse>(never), 500, false},
      {fails<error>(never), 500, false},
      {fails<unavailable>(again), 503, true},
      {fails<error>(too_late), 409, false},
      // Its caller will not commit without the answer, so the next attempt is safe.
      {fails<outcome_unknown>(in_doubt), 503, true},
  };
  for (const auto& [work, status, retryable] : failures) {
    const answer got = answer_if(work);
    EXPECT_EQ(got.response.getStatus(), status);
    EXPECT_EQ(got.response.getContentType(), problem_type);
    EXPECT_FALSE(got.response.has("vow-branches"));
    EXPECT_EQ(got.response.has("Retry-After"), status == 503);
    const service::statement said = statement_in(got.response, got.body);
    EXPECT_EQ(said.retryable, retryable) << got.body;
    EXPECT_THAT(said.code, ::testing::StartsWith("VOW-5"));
    EXPECT_THAT(said.hint, ::testing::AnyOf("wait", "mend it"));
  }
}

TEST_F(PocoServeTest, ARefusalIsRolledBackAndAnswersAsItSays) {
  const answer got = answer_if([&](tx& in) -> std::string {
    (void)pay(in);
    throw refusal(HTTPResponse::HTTP_PAYMENT_REQUIRED, "you have \"3\" coins");
  });
  EXPECT_EQ(got.response.getStatus(), HTTPResponse::HTTP_PAYMENT_REQUIRED);
  const service::statement said = statement_in(got.response, got.body);
  EXPECT_EQ(said.why, "402 Payment Required, you have \"3\" coins");
  EXPECT_FALSE(said.retryable);
  expect_orders(0);
}

// POCO's way of learning what handlers throw.
class Heard : public Poco::ErrorHandler {
 public:
  Heard() : before_(Poco::ErrorHandler::set(this)) {}
  ~Heard() override { Poco::ErrorHandler::set(before_); }
  void exception(const std::exception& what) override { heard_.set_value(what.what()); }
  std::string what() { return heard_.get_future().get(); }

 private:
  std::promise<std::string> heard_;
  Poco::ErrorHandler* before_;
};

TEST_F(PocoServeTest, WhatElseIsThrownIsAnsweredAndToldToPoco) {
  Heard heard;
  const answer got = answer_if([&](tx& in) -> std::string {
    (void)pay(in);
    throw std::runtime_error("no such account");
  });
  EXPECT_EQ(got.response.getStatus(), HTTPResponse::HTTP_INTERNAL_SERVER_ERROR);
  EXPECT_FALSE(got.response.has("vow-branches"));
  EXPECT_THAT(got.body, ::testing::Not(HasSubstr("no such account"))) << "it may be nobody's business";
  EXPECT_EQ(heard.what(), "no such account");
  expect_orders(0);
}

TEST_F(PocoServeTest, ADeadlockInTheServiceIsTriedAgain) {
  work_ = [this](tx& in) {
    std::string receipt = pay(in);
    if (payments_made_ == 1) throw std::runtime_error("deadlock");
    return receipt;
  };
  EXPECT_EQ(shop_.run("order", [&](tx& in) { return order(in, service_.port()).body; }), "receipt 2");
  expect_orders(1);
}

TEST_F(PocoServeTest, ABodyThatIsNotReadDoesNotDisturbTheNextRequest) {
  HTTPClientSession payments("127.0.0.1", service_.port());
  payments.setKeepAlive(true);
  const std::string larger_than_buffers(500'000, 'x');
  for (int nth = 0; nth < 3; ++nth) {
    shop_.run("order", {.retry = retry::never()}, [&](tx& in) {
      orders_.in(in).add("order", 1);
      (void)send(in, payments, post(), larger_than_buffers, retry::never());
    });
    EXPECT_TRUE(payments.connected());
  }
  expect_orders(3);
}

}  // namespace
}  // namespace vow::poco
