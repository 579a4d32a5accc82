// A shop and a payment service, each with a client and a database of its own; the shop pays over HTTP.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "tests/sdk/core/shelf.h"
#include "tests/sdk/core/world.h"
#include "tests/sdk/http/http_service.h"

#include "vow/poco.h"

namespace vow::poco {

class TwoServices : public sdk::World {
 protected:
  static HTTPRequest post(const std::string& path = "/pay") {
    return {HTTPRequest::HTTP_POST, path, HTTPRequest::HTTP_1_1};
  }
  // The service's work: takes money from the account.
  std::string pay(tx& in) {
    ++payments_made_;
    accounts_.in(in).add("money", -10);
    return "receipt " + std::to_string(payments_made_);
  }
  // The shop's transaction.
  answer order(tx& in, std::uint16_t port) {
    HTTPClientSession payments("127.0.0.1", port);
    orders_.in(in).add("order", 1);
    return send(in, payments, post(), "ten coins");
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
};

}  // namespace vow::poco
