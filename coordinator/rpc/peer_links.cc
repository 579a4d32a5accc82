#include "coordinator/rpc/peer_links.h"

#include <utility>

#include <pthread.h>

#include "coordinator/base/limits.h"

namespace vow::rpc {

PeerLinks::PeerLinks(Options options)
    : options_(std::move(options)),
      cell_(options_.cell.value()),
      random_(options_.seed),
      wake_(base_, [this] { on_wake(); }) {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "vow-peers");
}

PeerLinks::~PeerLinks() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.wake();
  thread_.join();
}

void PeerLinks::run() {
  while (true) {
    base_.turn();
    const std::lock_guard lock(mutex_);
    if (closing_) return;
  }
}

void PeerLinks::send(node::PeerMessage message) {
  std::shared_ptr<PeerOutbox> outbox;
  bool must_wake = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = peers_.find(node::receiver(message));
    if (found == peers_.end()) return;  // no longer a member, or not known yet: Raft asks again
    outbox = found->second.outbox;
    outbox->push(std::move(message));
    must_wake = !std::exchange(woken_, true);
  }
  if (must_wake) wake_.wake();
}

void PeerLinks::set_peers(const std::map<NodeId, std::string>& peers) {
  const std::lock_guard lock(mutex_);
  for (auto at = peers_.begin(); at != peers_.end();) {
    at = peers.contains(at->first) ? std::next(at) : peers_.erase(at);
  }
  for (const auto& [node, address] : peers) {
    if (node == options_.self) continue;
    Peer& peer = peers_[node];
    if (!peer.outbox) peer.outbox = std::make_shared<PeerOutbox>(options_.link.queue);
    peer.address = address;
  }
  tasks_.emplace_back([this, now = peers_] {
    for (auto at = links_.begin(); at != links_.end();) {
      at = now.contains(at->first) ? std::next(at) : links_.erase(at);
    }
    for (const auto& [node, peer] : now) link(node, peer);
  });
  wake();
}

bool PeerLinks::heard_from(const FrameHeader& header) {
  std::uint64_t known = 0;
  if (!cell_.compare_exchange_strong(known, header.cell.value()) && known != header.cell.value())
    return false;
  const std::lock_guard lock(mutex_);
  auto found = peers_.find(header.from);
  if (found == peers_.end()) {
    if (header.address.empty() || peers_.size() >= limits::members_max) return true;
    found = peers_.emplace(header.from, Peer{}).first;
    found->second.outbox = std::make_shared<PeerOutbox>(options_.link.queue);
  }
  Peer& peer = found->second;
  const bool address_is_new = peer.says.peer != header.address;
  peer.says = {header.address, header.client_address, header.http_address};
  if (!address_is_new && peer.outbox->is_online()) return true;
  tasks_.emplace_back([this, node = header.from, peer] {
    link(node, peer);
    links_.at(node)->heard_from();
  });
  wake();
  return true;
}

machine::Members PeerLinks::what_peers_say() const {
  const std::lock_guard lock(mutex_);
  machine::Members said;
  for (const auto& [node, peer] : peers_) {
    if (!peer.says.peer.empty()) said.emplace(node, peer.says);
  }
  return said;
}

std::map<NodeId, PeerFigures> PeerLinks::figures() const {
  const std::lock_guard lock(mutex_);
  std::map<NodeId, PeerFigures> figures;
  for (const auto& [node, peer] : peers_) figures.emplace(node, peer.outbox->figures());
  return figures;
}

void PeerLinks::post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  wake();
}

void PeerLinks::wake() {
  if (!std::exchange(woken_, true)) wake_.wake();
}

void PeerLinks::on_wake() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    woken_ = false;
    std::swap(tasks, tasks_);
  }
  for (const auto& task : tasks) task();
  for (const auto& [node, link] : links_) link->pump();
}

void PeerLinks::link(NodeId node, const Peer& peer) {
  std::unique_ptr<PeerLink>& link = links_[node];
  if (!link) {
    PeerLink::House house{.base = base_,
                          .options = options_.link,
                          .resolver = resolver_,
                          .header =
                              [this](NodeId to) {
                                return FrameHeader{
                                    cell(),           options_.self,           to,
                                    options_.address, options_.client_address, options_.http_address};
                              },
                          .post = [this](std::function<void()> task) { post(std::move(task)); },
                          .log = options_.log};
    link = std::make_unique<PeerLink>(node, peer.outbox, std::move(house), random_.fork());
  }
  link->set_address(peer.best_address());
}

}  // namespace vow::rpc
