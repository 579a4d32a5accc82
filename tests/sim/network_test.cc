#include "tests/sim/network.h"

#include <algorithm>
#include <memory>
#include <vector>

#include <gmock/gmock.h>

namespace vow::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr NodeId one{1}, two{2}, three{3};

Options calm() {
  Options options;
  options.network.latency_min = 10;
  options.network.latency_spread = 5;
  return options;
}

// Three nodes that write down what they hear.
class NetworkTest : public ::testing::Test {
 protected:
  struct Heard {
    Time when;
    NodeId from, to;
    Term term;
    bool operator==(const Heard&) const = default;
  };

  void with(const Options& options, std::uint64_t seed = 1) {
    heard_.clear();
    network_.reset();
    world_ = std::make_unique<World>(options, nullptr);
    network_ = std::make_unique<Network>(*world_, Random(seed));
    for (const NodeId node : {one, two, three}) attach(node);
  }
  void attach(NodeId node) {
    network_->attach(node, [this](const node::PeerMessage& message) {
      const auto& m = std::get<raft::Message>(message);
      heard_.push_back({world_->clock.now(), m.from, m.to, m.term});
    });
  }
  void send(NodeId from, NodeId to, std::uint64_t term = 0) {
    network_->send(raft::Message{from, to, Term(term), raft::TimeoutNow{}});
  }
  // Everybody speaks to everybody, and all of it arrives or is lost. Who was heard by whom.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> who_hears_whom() {
    heard_.clear();
    for (const NodeId from : {one, two, three})
      for (const NodeId to : {one, two, three})
        if (from != to) send(from, to);
    world_->clock.run_until(world_->clock.now() + minute_);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> pairs;
    for (const Heard& each : heard_) pairs.emplace_back(each.from.value(), each.to.value());
    std::sort(pairs.begin(), pairs.end());
    return pairs;
  }

  static constexpr Time minute_ = 60 * second;
  std::unique_ptr<World> world_;
  std::unique_ptr<Network> network_;
  std::vector<Heard> heard_;
};

TEST_F(NetworkTest, ACalmNetworkDeliversEverythingOnceAfterItsLatency) {
  with(calm());
  for (std::uint64_t i = 0; i < 200; ++i) send(one, two, i);
  world_->clock.run_until(minute_);
  ASSERT_EQ(heard_.size(), 200u);
  for (const Heard& each : heard_) {
    EXPECT_GE(each.when, 10u);
    EXPECT_LE(each.when, 15u);
  }
}

TEST_F(NetworkTest, TheSameSeedDeliversTheSame) {
  Options options = calm();
  options.network.loss = options.network.duplication = options.network.late = 0.2;
  options.network.late_max = second;
  const auto run = [&](std::uint64_t seed) {
    with(options, seed);
    for (std::uint64_t i = 0; i < 100; ++i) send(one, two, i);
    world_->clock.run_until(minute_);
    return std::pair(heard_, world_->trace.hash());
  };
  const auto first = run(7), again = run(7), other = run(8);
  EXPECT_EQ(first, again);
  EXPECT_NE(first.second, other.second);
}

TEST_F(NetworkTest, LossDuplicationAndDelayHappenAsOftenAsAskedFor) {
  Options options = calm();
  options.network.loss = 0.5;
  with(options);
  for (std::uint64_t i = 0; i < 1'000; ++i) send(one, two, i);
  world_->clock.run_until(minute_);
  EXPECT_GT(heard_.size(), 400u);
  EXPECT_LT(heard_.size(), 600u);

  options = calm();
  options.network.duplication = 0.5;
  with(options);
  for (std::uint64_t i = 0; i < 1'000; ++i) send(one, two, i);
  world_->clock.run_until(minute_);
  EXPECT_GT(heard_.size(), 1'400u);
  EXPECT_LT(heard_.size(), 1'600u);

  options = calm();
  options.network.late = 0.5;
  options.network.late_max = 5 * second;
  with(options);
  for (std::uint64_t i = 0; i < 1'000; ++i) send(one, two, i);
  world_->clock.run_until(minute_);
  EXPECT_GT(world_->sometimes.count(Rare::message_very_late), 100u);
  EXPECT_GT(world_->sometimes.count(Rare::message_overtaken), 100u);
}

TEST_F(NetworkTest, ASplitKeepsTheTwoSidesApart) {
  with(calm());
  const auto cut = network_->cut({{one}, {}, true, true});
  EXPECT_THAT(who_hears_whom(), ElementsAre(std::pair(2, 3), std::pair(3, 2)));
  network_->heal(cut);
  EXPECT_EQ(who_hears_whom().size(), 6u);
}

TEST_F(NetworkTest, AOneWayCutLetsTheOtherWayThrough) {
  with(calm());
  network_->cut({{one}, {}, true, false});
  EXPECT_THAT(who_hears_whom(),
              ElementsAre(std::pair(2, 1), std::pair(2, 3), std::pair(3, 1), std::pair(3, 2)));
}

TEST_F(NetworkTest, ACutMayConcernOnlyWhatComesIn) {
  with(calm());
  network_->cut({{one}, {}, false, true});
  EXPECT_THAT(who_hears_whom(),
              ElementsAre(std::pair(1, 2), std::pair(1, 3), std::pair(2, 3), std::pair(3, 2)));
}

TEST_F(NetworkTest, APartialCutConcernsOnePair) {
  with(calm());
  network_->cut({{one}, {two}, true, true});
  EXPECT_THAT(who_hears_whom(),
              ElementsAre(std::pair(1, 3), std::pair(2, 3), std::pair(3, 1), std::pair(3, 2)));
}

TEST_F(NetworkTest, ACutStrikesWhatIsOnItsWay) {
  with(calm());
  send(one, two);
  network_->cut({{two}, {}, true, true});
  world_->clock.run_until(minute_);
  EXPECT_THAT(heard_, IsEmpty());
}

TEST_F(NetworkTest, AMessageOutlivesItsSenderButWaitsForNoReceiver) {
  with(calm());
  send(one, two);
  send(one, three);
  network_->detach(one);
  network_->detach(three);
  world_->clock.run_until(second);
  attach(three);
  world_->clock.run_until(minute_);
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].to, two);
  EXPECT_EQ(world_->sometimes.count(Rare::message_outlived_sender), 1u);
}

TEST_F(NetworkTest, AHealedNetworkIsCalm) {
  Options options = calm();
  options.network.loss = 0.5;
  with(options);
  network_->cut({{one}, {}, true, true});
  network_->heal_all();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(who_hears_whom().size(), 6u);
}

}  // namespace
}  // namespace vow::sim
