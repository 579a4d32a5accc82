#include "tests/sim/cell/process.h"

#include <gtest/gtest.h>

namespace vow::sim::cell {
namespace {

class Asker final : public Process {
 public:
  using Process::Process;

  void started() override { ++starts; }
  void crashed() override {}
  void do_after(Time delay, std::function<void()> what) { after(delay, std::move(what)); }
  void ask(NodeId to, Time patience, bool replies) {
    call<int>(
        to, patience,
        [this, replies](const std::function<void(int)>& reply) {
          ++requests;
          if (replies) reply(42);
        },
        [this](std::optional<int> answer) { ++(answer ? answers : silences); });
  }

  int starts = 0, requests = 0, answers = 0, silences = 0;
};

class AProcess : public ::testing::Test {
 protected:
  AProcess() { process.start(); }
  void pass(Time time) { world.clock.run_until(world.clock.now() + time); }
  void rebuild_wire(const Wire::Options& options) { wire.emplace(world, network, options, Random(3)); }

  World world{draw_options(1), nullptr};
  Network network{world, Random(2)};
  std::optional<Wire> wire{std::in_place, world, network, Wire::Options{}, Random(3)};
  Asker process{world, *wire, NodeId(1'000), "asker", Random(4)};
};

TEST_F(AProcess, ForgetsInACrashWhatItWasAboutToDo) {
  int done = 0;
  process.do_after(second, [&] { ++done; });
  process.crash();
  process.start();
  pass(2 * second);
  EXPECT_EQ(done, 0);
  EXPECT_EQ(process.starts, 2);
}

TEST_F(AProcess, DoesEverythingLaterThatCameWhileItWasPaused) {
  int done = 0;
  process.do_after(second, [&] { ++done; });
  process.pause();
  pass(2 * second);
  EXPECT_EQ(done, 0);
  process.resume();
  EXPECT_EQ(done, 1);
}

TEST_F(AProcess, HearsAnAnswerOnceHoweverManyCopiesTravel) {
  rebuild_wire({.loss = 0, .duplication = 1, .late = 0});
  process.ask(NodeId(1), second, true);
  pass(5 * second);
  EXPECT_EQ(process.requests, 2);
  EXPECT_EQ(process.answers, 1);
  EXPECT_EQ(process.silences, 0);
}

TEST_F(AProcess, LosesPatienceOnce) {
  process.ask(NodeId(1), second, false);
  pass(5 * second);
  EXPECT_EQ(process.requests, 1);
  EXPECT_EQ(process.answers, 0);
  EXPECT_EQ(process.silences, 1);
}

TEST_F(AProcess, IsNotReachedThroughACut) {
  network.cut({{process.id()}, {}, true, true});
  process.ask(NodeId(1), second, true);
  pass(5 * second);
  EXPECT_EQ(process.requests, 0);
  EXPECT_EQ(process.silences, 1);
}

TEST_F(AProcess, HearsNothingThatWasMeantForItsFormerLife) {
  process.ask(NodeId(1), second, true);
  process.crash();
  process.start();
  pass(5 * second);
  EXPECT_EQ(process.requests, 1) << "what it sent is still on its way";
  EXPECT_EQ(process.answers + process.silences, 0);
}

}  // namespace
}  // namespace vow::sim::cell
