// A payment service: POST /pay with the number of an order takes ten coins and answers with a receipt.
#pragma once

#include <atomic>
#include <functional>
#include <istream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "tests/sdk/http/http_service.h"
#include "tests/sdk/http/till.h"

#include "vow/poco.h"

namespace vow::poco {

class Payments {
 public:
  // For each request that is worked on, the nth from 0: before the charge, and after it.
  struct Hooks {
    std::function<void(int nth)> before = [](int) {};
    std::function<void(tx&)> after = [](tx&) {};
  };

  Payments(client_options options, const TillPlace& till, Hooks hooks)
      : hooks_(std::move(hooks)), client_(std::move(options)), till_(open_till(client_, till)) {}
  Payments(client_options options, const TillPlace& till) : Payments(std::move(options), till, Hooks()) {}

  [[nodiscard]] std::uint16_t port() const { return service_.port(); }
  [[nodiscard]] int requests() const { return requests_; }
  [[nodiscard]] int charges() const { return charges_; }

 private:
  void handle(testing::HTTPServerRequest& request, testing::HTTPServerResponse& response) {
    ++requests_;
    const std::string order_no(std::istreambuf_iterator<char>(request.stream()),
                               std::istreambuf_iterator<char>());
    serve(client_, "pay", request, response, [&](tx& in) {
      hooks_.before(charges_++);
      till_->charge(in, order_no);
      hooks_.after(in);
      return "receipt for " + order_no;
    });
  }

  const Hooks hooks_;
  client client_;
  const std::unique_ptr<Till> till_;
  std::atomic<int> requests_{0};
  std::atomic<int> charges_{0};
  testing::HttpService service_{[this](auto& request, auto& response) { handle(request, response); }};
};

}  // namespace vow::poco
