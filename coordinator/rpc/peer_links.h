// The links to all other members of the cell: node::Transport on real sockets.
//
// Each peer has a queue (peer_queue.h) and an outgoing connection (peer_link.h) of its own, all on one
// thread, `vow-peers`. send() never blocks: it puts the message into a queue, or drops it. What comes in from
// peers comes through PeerService.
//
// Messages travel many to a frame, and frames are made only when the connection has room: the busier a link
// is, the fewer and larger they are.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "coordinator/machine/members.h"
#include "coordinator/node/transport.h"
#include "coordinator/rpc/events.h"
#include "coordinator/rpc/peer_link.h"
#include "coordinator/rpc/peer_resolver.h"

namespace vow::rpc {

class PeerLinks final : public node::Transport {
 public:
  struct Options {
    NodeId self;
    // 0: not known yet, as at a node that waits to be added. Then the first cell that is heard from is it.
    CellId cell;
    // Where others reach this node; sent along, for those who do not know it yet. May be empty.
    std::string address;
    std::string client_address = {};
    std::string http_address = {};
    std::uint64_t seed = 1;
    PeerLinkOptions link;
    std::function<void(const std::string&)> log = [](const std::string&) {};  // called on any thread
  };

  explicit PeerLinks(Options options);
  // Ends the thread; what waits is dropped.
  ~PeerLinks() override;
  PeerLinks(const PeerLinks&) = delete;
  PeerLinks& operator=(const PeerLinks&) = delete;

  // All of these from any thread.

  void send(node::PeerMessage message) override;
  // The other members, by "host:port"; this node among them is passed over. Links to nodes that are not named
  // are closed. An empty address is one that is not known: what the peer says of itself is used.
  void set_peers(const std::map<NodeId, std::string>& peers);
  // What a frame's header said. False if it is of another cell. A node that set_peers() did not name becomes
  // a peer, until set_peers() is called again, so that it can be answered.
  [[nodiscard]] bool heard_from(const FrameHeader& header);

  // Where the peers say that they can be reached; those that were heard from.
  [[nodiscard]] machine::Members what_peers_say() const;

  void set_cell(CellId cell) { cell_ = cell.value(); }
  [[nodiscard]] CellId cell() const { return CellId(cell_.load()); }
  [[nodiscard]] NodeId self() const { return options_.self; }
  [[nodiscard]] std::map<NodeId, PeerFigures> figures() const;

 private:
  struct Peer {
    std::shared_ptr<PeerOutbox> outbox;
    std::string address;            // as told to set_peers()
    machine::MemberAddresses says;  // of itself
    [[nodiscard]] const std::string& best_address() const { return address.empty() ? says.peer : address; }
  };

  void run();
  void post(std::function<void()> task);
  void wake();
  void on_wake();
  // Brings the link to `node` into being, or up to date.
  void link(NodeId node, const Peer& peer);

  const Options options_;
  std::atomic<std::uint64_t> cell_;
  EventBase base_;

  mutable std::mutex mutex_;  // guards what follows
  std::map<NodeId, Peer> peers_;
  std::vector<std::function<void()>> tasks_;  // for the loop
  bool woken_ = false;
  bool closing_ = false;

  Random random_;  // on the loop, as what follows
  std::map<NodeId, std::unique_ptr<PeerLink>> links_;
  Wake wake_;
  PeerResolver resolver_;  // its answers need all of the above
  std::thread thread_;
};

}  // namespace vow::rpc
