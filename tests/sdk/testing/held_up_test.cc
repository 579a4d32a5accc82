// A process that is held up while it opens a session, as on a machine that was suspended: what it then knows
// of the leader's clock is old.
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "participant-sdk/core/probe.h"
#include "tests/sdk/core/shelf.h"

#include "vow/testing.h"

namespace vow::testing {
namespace {

using namespace std::chrono_literals;

// Holds up whoever has just heard the answer to open_session.
class HoldingGate final : public sdk::Gate {
 public:
  HoldingGate(std::unique_ptr<sdk::Gate> before, std::function<void()>& hold)
      : before_(std::move(before)), hold_(hold) {}
  void call(rpc::CallFrame& frame, rpc::CallTimeout timeout, rpc::CallDone done) override {
    before_->call(frame, timeout, std::move(done));
  }
  void call_and_wait(rpc::CallFrame& frame, rpc::CallTimeout timeout, const rpc::CallDone& done) override {
    const bool opens = frame.method() == "open_session";
    before_->call_and_wait(frame, timeout, done);
    if (opens && hold_) std::exchange(hold_, nullptr)();
  }
  void close() override { before_->close(); }

 private:
  const std::unique_ptr<sdk::Gate> before_;
  std::function<void()>& hold_;
};

// As the kit's own, but for that gate.
class HoldingProbe final : public sdk::Probe {
 public:
  HoldingProbe(std::shared_ptr<sdk::Probe> of, std::function<void()> hold)
      : of_(std::move(of)), hold_(std::move(hold)) {}
  void begin(sdk::Probed& client) override { of_->begin(client); }
  void end() override { of_->end(); }
  void reached(step at, sdk::Edge edge, const std::string& on) override { of_->reached(at, edge, on); }
  void check_alive() override { of_->check_alive(); }
  [[nodiscard]] std::chrono::nanoseconds ahead() const override { return of_->ahead(); }
  [[nodiscard]] std::chrono::milliseconds aged(std::chrono::milliseconds age) const override {
    return of_->aged(age);
  }
  [[nodiscard]] std::unique_ptr<sdk::Gate> before(rpc::Caller& to) override {
    return std::make_unique<HoldingGate>(of_->before(to), hold_);
  }

 private:
  const std::shared_ptr<sdk::Probe> of_;
  std::function<void()> hold_;  // once
};

TEST(HeldUp, OpensAnotherSessionRatherThanBelieveAnOldClock) {
  sdk::Shelf shelf(sdk::Shelf::Ages::as_they_are);
  cluster cluster;
  client_options options = cluster.options();
  options.probe = [&, of = options.probe](const std::string& name) {
    return std::make_shared<HoldingProbe>(of(name), [&] { cluster.advance(1h); });
  };
  client client(options);
  sdk::ShelfResource stock(client, "stock-db", shelf);
  client.run("wait for a session", {.timeout = 24h}, [](tx&) {});
  int attempts = 0;
  client.run("take", {.timeout = 60s}, [&](tx& in) {
    ++attempts;
    stock.in(in).add("thing", -1);
  });
  EXPECT_EQ(attempts, 1) << "its transactions' deadlines are not past from the beginning";
}

}  // namespace
}  // namespace vow::testing
