// The network between the nodes, and between those who use them: loses, delays, reorders and duplicates, and
// is cut in every way there is. What is on its way outlives its sender. Nothing is kept for a node that is
// not attached when it arrives.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>

#include "coordinator/base/random.h"
#include "coordinator/node/transport.h"
#include "tests/sim/world.h"

namespace vow::sim {

// Keeps those inside apart from those outside.
struct Cut {
  std::set<NodeId> inside;
  std::set<NodeId> outside;  // empty: everyone else
  bool outward = true;       // what goes out is lost
  bool inward = true;        // what comes in is lost
};

class Network {
 public:
  using Receive = std::function<void(const node::PeerMessage&)>;
  // Called for everything that is sent.
  using Observe = std::function<void(const node::PeerMessage&)>;

  Network(World& world, Random random) : world_(world), random_(random) {}

  void attach(NodeId node, Receive receive) { receivers_[node] = std::move(receive); }
  void detach(NodeId node) { receivers_.erase(node); }
  void observe(Observe observe) { observe_ = std::move(observe); }

  void send(const node::PeerMessage& message);

  // A cut is in force until it is healed.
  std::uint64_t cut(Cut cut);
  void heal(std::uint64_t id) { cuts_.erase(id); }
  // From now on every message arrives, once and soon.
  void heal_all();
  [[nodiscard]] bool is_healed() const { return healed_; }
  [[nodiscard]] bool is_cut(NodeId from, NodeId to) const;

 private:
  void carry(const node::PeerMessage& message);
  void arrive(const node::PeerMessage& message, Time sent_at, std::uint64_t sequence);

  World& world_;
  Random random_;
  std::map<NodeId, Receive> receivers_;
  Observe observe_;
  std::map<std::uint64_t, Cut> cuts_;
  std::uint64_t next_cut_ = 1;
  bool healed_ = false;
  std::uint64_t next_sequence_ = 1;
  std::map<std::pair<NodeId, NodeId>, std::uint64_t> newest_arrived_;
};

// One line for traces, with a checksum over what it carries.
[[nodiscard]] std::string describe(const node::PeerMessage& message);

}  // namespace vow::sim
