#include "coordinator/dispatch/balancing.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vow::dispatch {
namespace {

constexpr std::array<std::pair<Policy, std::string_view>, 6> names = {{
    {Policy::round_robin, "round_robin"},
    {Policy::weighted, "weighted"},
    {Policy::random, "random"},
    {Policy::least_outstanding, "least_outstanding"},
    {Policy::consistent_hash, "consistent_hash"},
    {Policy::least_latency, "least_latency"},
}};

class RoundRobin final : public Balancer {
 public:
  std::size_t pick(std::span<const Instance> instances, const txn::Xid&) override {
    const std::size_t at = next_after(instances, last_);
    last_ = instances[at].session;
    return at;
  }

 private:
  txn::SessionNumber last_;
};

class UniformRandom final : public Balancer {
 public:
  explicit UniformRandom(Random random) : random_(random) {}
  std::size_t pick(std::span<const Instance> instances, const txn::Xid&) override {
    return random_.below(instances.size());
  }

 private:
  Random random_;
};

class Weighted final : public Balancer {
 public:
  explicit Weighted(Random random) : random_(random) {}
  std::size_t pick(std::span<const Instance> instances, const txn::Xid&) override {
    std::uint64_t total = 0;
    for (const Instance& instance : instances) total += instance.weight;
    if (total == 0) return random_.below(instances.size());
    std::uint64_t drawn = random_.below(total);
    std::size_t at = 0;
    while (drawn >= instances[at].weight) drawn -= instances[at++].weight;
    return at;
  }

 private:
  Random random_;
};

// The instance with the least cost. Of equals, the next in turn: what is idle is used evenly.
template <class Cost>
class Least final : public Balancer {
 public:
  std::size_t pick(std::span<const Instance> instances, const txn::Xid&) override {
    const std::size_t from = next_after(instances, last_);
    std::size_t best = from;
    double lowest = Cost{}(*instances[from].load);
    for (std::size_t n = 1; n < instances.size(); ++n) {
      const std::size_t at = (from + n) % instances.size();
      const double cost = Cost{}(*instances[at].load);
      if (cost < lowest) {
        lowest = cost;
        best = at;
      }
    }
    last_ = instances[best].session;
    return best;
  }

 private:
  txn::SessionNumber last_;
};

struct Outstanding {
  double operator()(const Load& load) const { return static_cast<double>(load.outstanding); }
};

struct Latency {
  // Below the clock's millisecond all are alike, and one that is not measured yet is worth trying.
  double operator()(const Load& load) const {
    return (load.latency_ms + 1) * static_cast<double>(load.outstanding + 1);
  }
};

// Each transaction ranks all instances, each by a hash of both, and takes the first ("highest random
// weight").
class ConsistentHash final : public Balancer {
 public:
  std::size_t pick(std::span<const Instance> instances, const txn::Xid& xid) override {
    const std::uint64_t key = std::hash<txn::Xid>{}(xid);
    // Processes of one name share what that name would get.
    const auto rank = [key](const Instance& instance) {
      return std::pair(mixed(key, instance.process), mixed(key, instance.session.value()));
    };
    const auto best =
        std::max_element(instances.begin(), instances.end(),
                         [&](const Instance& a, const Instance& b) { return rank(a) < rank(b); });
    return static_cast<std::size_t>(best - instances.begin());
  }

 private:
  static std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
    std::uint64_t v = a ^ (b * 0x9e3779b97f4a7c15ull);
    v = (v ^ v >> 32) * 0xd6e8feb86659fd93ull;
    v = (v ^ v >> 32) * 0xd6e8feb86659fd93ull;
    return v ^ v >> 32;
  }
};

}  // namespace

std::string_view name(Policy policy) {
  for (const auto& [each, text] : names) {
    if (each == policy) return text;
  }
  return "?";
}

std::optional<Policy> policy_named(std::string_view name) {
  for (const auto& [policy, text] : names) {
    if (text == name) return policy;
  }
  return std::nullopt;
}

std::unique_ptr<Balancer> make_balancer(Policy policy, Random random) {
  switch (policy) {
    case Policy::round_robin:
      return std::make_unique<RoundRobin>();
    case Policy::weighted:
      return std::make_unique<Weighted>(random);
    case Policy::random:
      return std::make_unique<UniformRandom>(random);
    case Policy::least_outstanding:
      return std::make_unique<Least<Outstanding>>();
    case Policy::consistent_hash:
      return std::make_unique<ConsistentHash>();
    case Policy::least_latency:
      return std::make_unique<Least<Latency>>();
  }
  VOW_CHECK(false, "no policy has number {}", static_cast<int>(policy));
}

std::size_t next_after(std::span<const Instance> instances, txn::SessionNumber session) {
  const auto at = std::upper_bound(
      instances.begin(), instances.end(), session,
      [](txn::SessionNumber number, const Instance& instance) { return number < instance.session; });
  return at == instances.end() ? 0 : static_cast<std::size_t>(at - instances.begin());
}

}  // namespace vow::dispatch
