#include "coordinator/dispatch/balancing.h"

#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace vow::dispatch {
namespace {

txn::Xid xid_of(std::uint32_t sequence) {
  return {.cell = 1,
          .incarnation = 1,
          .term = 1,
          .timeout_s = 60,
          .begin_ms = 1'700'000'000'000,
          .session = 1,
          .sequence = sequence};
}

class BalancingTest : public ::testing::Test {
 protected:
  // Instances 1, 2, ... each of a process of its own.
  void instances_with_weights(const std::vector<std::uint32_t>& weights) {
    loads.resize(weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      instances.push_back({txn::SessionNumber(i + 1), weights[i], 1000 + i, &loads[i]});
    }
  }
  // How often each session is picked. Nothing is given to them.
  std::map<std::uint64_t, int> picks(Balancer& balancer, int count) {
    std::map<std::uint64_t, int> counted;
    for (int i = 0; i < count; ++i) ++counted[pick(balancer, static_cast<std::uint32_t>(i))];
    return counted;
  }
  std::uint64_t pick(Balancer& balancer, std::uint32_t sequence) {
    return instances[balancer.pick(instances, xid_of(sequence))].session.value();
  }
  std::unique_ptr<Balancer> make(Policy policy) { return make_balancer(policy, Random(7)); }

  std::vector<Load> loads;
  std::vector<Instance> instances;
};

using Counts = std::map<std::uint64_t, int>;

TEST_F(BalancingTest, RoundRobinGivesEachItsTurn) {
  instances_with_weights({1, 1, 1});
  const auto balancer = make(Policy::round_robin);
  EXPECT_EQ(picks(*balancer, 300), (Counts{{1, 100}, {2, 100}, {3, 100}}));
}

TEST_F(BalancingTest, RoundRobinGoesOnWhereItWasWhenAnInstanceGoes) {
  instances_with_weights({1, 1, 1});
  const auto balancer = make(Policy::round_robin);
  EXPECT_EQ(pick(*balancer, 0), 1u);
  EXPECT_EQ(pick(*balancer, 0), 2u);
  instances.erase(instances.begin() + 1);
  EXPECT_EQ(pick(*balancer, 0), 3u);
  EXPECT_EQ(pick(*balancer, 0), 1u);
}

TEST_F(BalancingTest, WeightsAreShares) {
  instances_with_weights({1, 3, 0});
  const auto balancer = make(Policy::weighted);
  const Counts counted = picks(*balancer, 40'000);
  EXPECT_NEAR(counted.at(1), 10'000, 500);
  EXPECT_NEAR(counted.at(2), 30'000, 500);
  EXPECT_FALSE(counted.contains(3)) << "who wants nothing gets nothing";
}

TEST_F(BalancingTest, WeightsOfZeroAloneAreAllAlike) {
  instances_with_weights({0, 0});
  const auto balancer = make(Policy::weighted);
  EXPECT_NEAR(picks(*balancer, 10'000).at(1), 5'000, 300);
}

TEST_F(BalancingTest, RandomIsEven) {
  instances_with_weights({1, 9, 1, 1});
  const auto balancer = make(Policy::random);
  for (const auto& [session, count] : picks(*balancer, 40'000)) EXPECT_NEAR(count, 10'000, 500) << session;
}

TEST_F(BalancingTest, LeastOutstandingPicksTheIdlestAndAmongEqualsByTurns) {
  instances_with_weights({1, 1, 1});
  loads[0].outstanding = 5;
  loads[1].outstanding = 2;
  loads[2].outstanding = 2;
  const auto balancer = make(Policy::least_outstanding);
  EXPECT_EQ(picks(*balancer, 100), (Counts{{2, 50}, {3, 50}}));
  loads[0].outstanding = 1;
  EXPECT_EQ(picks(*balancer, 100), (Counts{{1, 100}}));
}

TEST_F(BalancingTest, LeastLatencyPicksWhoWouldBeThroughFirst) {
  instances_with_weights({1, 1});
  loads[0].latency_ms = 10;
  loads[1].latency_ms = 100;
  const auto balancer = make(Policy::least_latency);
  EXPECT_EQ(picks(*balancer, 10), (Counts{{1, 10}}));
  loads[0].outstanding = 20;
  EXPECT_EQ(picks(*balancer, 10), (Counts{{2, 10}})) << "21 times 10 ms is longer than once 100 ms";
}

TEST_F(BalancingTest, LatencyFollowsWhatIsMeasured) {
  Load load;
  for (int i = 0; i < 50; ++i) load.took(80);
  EXPECT_NEAR(load.latency_ms, 80, 1);
  load.took(8'000);
  EXPECT_LT(load.latency_ms, 1'100) << "one bad moment is not the rule";
  for (int i = 0; i < 50; ++i) load.took(4);
  EXPECT_NEAR(load.latency_ms, 4, 2);
}

TEST_F(BalancingTest, ConsistentHashKeepsATransactionWithItsInstance) {
  instances_with_weights({1, 1, 1});
  EXPECT_EQ(pick(*make(Policy::consistent_hash), 5), pick(*make(Policy::consistent_hash), 5));
}

TEST_F(BalancingTest, ConsistentHashMovesOnlyTheShareOfWhoGoes) {
  instances_with_weights(std::vector<std::uint32_t>(10, 1));
  const auto balancer = make(Policy::consistent_hash);
  constexpr std::uint32_t count = 10'000;
  std::vector<std::uint64_t> before;
  for (std::uint32_t i = 0; i < count; ++i) before.push_back(pick(*balancer, i));
  instances.erase(instances.begin() + 4);
  int moved = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool moves = pick(*balancer, i) != before[i];
    EXPECT_EQ(moves, before[i] == 5) << "transaction " << i;
    moved += moves ? 1 : 0;
  }
  EXPECT_NEAR(moved, count / 10, 150);
}

TEST_F(BalancingTest, ConsistentHashKnowsAProcessAgainInItsNextSession) {
  instances_with_weights({1, 1, 1});
  const auto balancer = make(Policy::consistent_hash);
  std::vector<std::uint64_t> before;
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    before.push_back(instances[balancer->pick(instances, xid_of(i))].process);
  }
  for (Instance& instance : instances) instance.session = instance.session + 10;
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    EXPECT_EQ(instances[balancer->pick(instances, xid_of(i))].process, before[i]);
  }
}

TEST_F(BalancingTest, ConsistentHashSharesAmongProcessesOfOneName) {
  instances_with_weights({1, 1});
  instances[1].process = instances[0].process;
  const auto balancer = make(Policy::consistent_hash);
  EXPECT_NEAR(picks(*balancer, 10'000).at(1), 5'000, 300);
}

TEST(PolicyNames, AreReadAsTheyArePrinted) {
  for (const Policy policy : {Policy::round_robin, Policy::weighted, Policy::random,
                              Policy::least_outstanding, Policy::consistent_hash, Policy::least_latency}) {
    EXPECT_EQ(policy_named(name(policy)), policy);
  }
  EXPECT_EQ(policy_named("fastest"), std::nullopt);
}

}  // namespace
}  // namespace vow::dispatch
