#include "tests/sim/cluster.h"

#include <algorithm>
#include <utility>

namespace vow::sim {

Cluster::Cluster(World& world, Network& network, Programs& programs, Random random)
    : world_(world), network_(network), programs_(programs), random_(random), checker_(world, logs_) {
  network_.observe([this](const node::PeerMessage& message) { checker_.sent(message); });
}

void Cluster::begin(std::size_t nodes) {
  raft::Configuration configuration;
  for (std::size_t i = 0; i < nodes; ++i) configuration.voters.insert(next_id_ + i);
  for (const NodeId id : configuration.voters)
    checker_.begin_with(configuration, create(configuration, id, true).beginning());
  next_id_ = next_id_ + nodes;
}

Host& Cluster::add_joiner() {
  Host& host = create({}, next_id_, false);
  next_id_ = next_id_.next();
  return host;
}

Host& Cluster::create(const raft::Configuration& configuration, NodeId id, bool founds) {
  const Host::Surroundings around{world_, network_, checker_, programs_};
  auto host = std::make_unique<Host>(around, id, logs_[id], random_.fork());
  host->format(configuration, founds);
  host->on_stopped([this, id](const storage::Error& why) { stopped(id, why); });
  Host& created = *host;
  hosts_[id] = std::move(host);
  start_soon(id, random_.below(100 * millisecond));
  return created;
}

void Cluster::stopped(NodeId node, const storage::Error& why) {
  Host* host = this->host(node);
  if (host == nullptr) return;
  if (why.fault == storage::Fault::failed) world_.happened(Rare::disk_write_failed);
  host->crash(random_.chance(0.5) ? Crash::power : Crash::process);
  if (host->is_explained_by_damage(why)) {
    host->lose();
    return;
  }
  start_soon(node, around(random_, 2 * second));
}

void Cluster::start_soon(NodeId node, Time delay) {
  if (!starting_.insert(node).second) return;
  world_.clock.after(delay, [this, node] {
    starting_.erase(node);
    Host* host = this->host(node);
    if (host == nullptr || host->state() != Host::State::down) return;
    switch (host->start()) {
      case Host::Start::done:
        break;
      case Host::Start::later:
        start_soon(node, around(random_, second));
        break;
      case Host::Start::refused:
        host->lose();
        break;
    }
  });
}

void Cluster::retire(NodeId node) {
  auto found = hosts_.extract(node);
  if (found.empty()) return;
  found.mapped()->lose();
  world_.counters.disk_faults += found.mapped()->disk_faults();
  retired_.push_back(std::move(found.mapped()));
}

Host* Cluster::host(NodeId node) {
  const auto found = hosts_.find(node);
  return found == hosts_.end() ? nullptr : found->second.get();
}

std::vector<Host*> Cluster::hosts() {
  std::vector<Host*> all;
  for (const auto& [id, host] : hosts_) {
    if (host->state() != Host::State::lost) all.push_back(host.get());
  }
  return all;
}

std::vector<Host*> Cluster::running() {
  std::vector<Host*> all = hosts();
  std::erase_if(all, [](const Host* host) { return host->state() != Host::State::running; });
  return all;
}

std::set<NodeId> Cluster::lost_members() const {
  std::set<NodeId> lost;
  for (const NodeId member : checker_.configuration().members()) {
    const auto found = hosts_.find(member);
    if (found == hosts_.end() || found->second->state() == Host::State::lost) lost.insert(member);
  }
  return lost;
}

Host* Cluster::leader() {
  Host* best = nullptr;
  for (Host* host : running()) {
    if (!host->leads()) continue;
    if (best == nullptr || host->node()->raft().term() > best->node()->raft().term()) best = host;
  }
  return best;
}

bool Cluster::survives(std::set<NodeId> gone, const raft::Configuration* wanted) const {
  const auto has_disk = [&](NodeId node) {
    const auto found = hosts_.find(node);
    return !gone.contains(node) && found != hosts_.end() && found->second->state() != Host::State::lost &&
           !found->second->is_tainted();
  };
  if (wanted != nullptr && !wanted->is_quorum(has_disk)) return false;
  if (!checker_.configuration().is_quorum(has_disk)) return false;
  const auto& possible = checker_.possible_configurations();
  return std::all_of(possible.begin(), possible.end(),
                     [&](const auto& each) { return each.second.is_quorum(has_disk); });
}

std::uint64_t Cluster::disk_faults() const {
  std::uint64_t sum = 0;
  for (const auto& [id, host] : hosts_) sum += host->disk_faults();
  return sum;
}

}  // namespace vow::sim
