// What leaves a process that a test has killed: nothing.
#include "participant-sdk/testing/wire.h"

#include <gtest/gtest.h>

#include "thrift/gen/client/Coordinator.h"

namespace vow::testing {
namespace {

using namespace std::chrono_literals;
using Kind = rpc::CallFailure::Kind;

// Answers nothing, and counts.
struct Silent final : rpc::Caller {
  void call(rpc::CallFrame&, rpc::CallTimeout, rpc::CallDone) override { ++calls; }
  void call_and_wait(rpc::CallFrame&, rpc::CallTimeout, const rpc::CallDone&) override { ++calls; }
  int calls = 0;
};

TEST(Wire, CarriesNothingOfADeadProcess) {
  const auto stage = std::make_shared<Stage>();
  const auto process = std::make_shared<Process>("shop", stage);
  Silent coordinator;
  const auto gate = process->before(coordinator);
  stage->faults().plan(Crash{step::commit, sdk::Edge::before}, {});
  EXPECT_THROW(process->reached(step::commit, sdk::Edge::before, ""), crashed);

  auto& frame = rpc::CallFrame::encode("close_session", wire::Coordinator_ping_pargs());
  std::vector<Kind> ended;
  const auto note = [&](const rpc::CallOutcome& outcome) { ended.push_back(outcome.failure->kind); };
  gate->call(frame, 1s, note);
  gate->call_and_wait(frame, 1s, note);
  EXPECT_EQ(ended, (std::vector<Kind>{Kind::unsent, Kind::unsent}));
  EXPECT_EQ(coordinator.calls, 0);
}

}  // namespace
}  // namespace vow::testing
