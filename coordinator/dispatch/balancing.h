// Which of a resource's instances gets a command that none of them has a claim to.
//
//   round_robin        each in its turn
//   weighted           by chance, in proportion to the weights that instances gave themselves
//   random             by chance, all alike
//   least_outstanding  who has the fewest commands that it has not reported on
//   consistent_hash    the same one for the same transaction; when an instance comes or goes, only its own
//                      share moves. An instance is known by its process' name, which outlives its sessions
//   least_latency      who would be through first: its usual time to report, times what it has outstanding
//
// A pick costs time linear in the instances of that one resource.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "coordinator/base/random.h"
#include "coordinator/txn/xid.h"

namespace vow::dispatch {

enum class Policy : std::uint8_t {
  round_robin,
  weighted,
  random,
  least_outstanding,
  consistent_hash,
  least_latency,
};
[[nodiscard]] std::string_view name(Policy policy);
[[nodiscard]] std::optional<Policy> policy_named(std::string_view name);

// How busy a session is.
struct Load {
  std::size_t outstanding = 0;  // commands queued for it or in its hands
  double latency_ms = 0;        // from handing a command out to its report, exponentially weighted

  void took(std::uint64_t ms) { latency_ms += (static_cast<double>(ms) - latency_ms) / 8; }
};

struct Instance {
  txn::SessionNumber session;
  std::uint32_t weight = 1;
  std::uint64_t process = 0;   // a hash of its process' name
  const Load* load = nullptr;  // its session's
};

class Balancer {
 public:
  virtual ~Balancer() = default;
  // An index into `instances`, which are ordered by session and not none.
  [[nodiscard]] virtual std::size_t pick(std::span<const Instance> instances, const txn::Xid& xid) = 0;
};

[[nodiscard]] std::unique_ptr<Balancer> make_balancer(Policy policy, Random random);

// The index of the instance behind this session's, which itself may be gone; the first one if none is.
[[nodiscard]] std::size_t next_after(std::span<const Instance> instances, txn::SessionNumber session);

}  // namespace vow::dispatch
