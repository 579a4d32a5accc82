// The listening side of the peer port: what other nodes' frames, and their questions before there is a cell,
// come to. Serve a PeerAsyncProcessor of it with rpc::Server, with peer_server_options().
//
// A frame for another node or from another cell is refused, and logged now and then: two nodes have one
// identity, or an address now belongs to somebody else.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "coordinator/node/transport.h"
#include "coordinator/rpc/meet_wire.h"
#include "coordinator/rpc/peer_links.h"
#include "coordinator/rpc/server.h"
#include "thrift/gen/peer/Peer.h"

namespace vow::rpc {

class PeerService final : public wire::peer::PeerCobSvIf {
 public:
  // Takes what one frame held, to be handed to Node::receive() in this order, on any of the server's threads.
  // False if it cannot: then the messages are lost.
  using Deliver = std::function<bool(std::vector<node::PeerMessage>)>;

  struct Figures {
    std::uint64_t frames = 0;
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::uint64_t refused = 0;  // frames, for whatever reason
  };

  PeerService(NodeId self, std::function<void(const std::string&)> log);

  // What meet() answers from now on. Until the first call nobody learns anything.
  void set_meet_answer(const MeetAnswer& answer);
  // From now on, frames are taken. `links` must live until stop_delivery().
  void start_delivery(PeerLinks& links, Deliver deliver);
  // When it returns, neither the links nor `deliver` are in use, nor will they be.
  void stop_delivery();
  // The latest frame for this node that came while none was taken: somebody counts it among its peers.
  [[nodiscard]] std::optional<FrameHeader> invitation() const;
  [[nodiscard]] Figures figures() const;

  void deliver(std::function<void(const wire::peer::Delivered&)> answer, const std::string& frame) override;
  void meet(std::function<void(const wire::peer::MeetAnswer&)> answer) override;

 private:
  [[nodiscard]] wire::peer::Verdict::type take(const std::string& frame);
  [[nodiscard]] wire::peer::Verdict::type take_from(FrameReader& reader);
  void complain(const std::string& what);

  const NodeId self_;
  const std::function<void(const std::string&)> log_;

  std::shared_mutex delivery_;  // guards these two; shared while a frame is delivered
  PeerLinks* links_ = nullptr;
  Deliver deliver_;

  mutable std::mutex mutex_;  // guards what follows
  wire::peer::MeetAnswer meet_answer_;
  std::optional<FrameHeader> invitation_;
  Figures figures_;
  std::optional<std::chrono::steady_clock::time_point> complained_;
  std::uint64_t complaints_kept_back_ = 0;
};

// Frames as large as peers send them.
[[nodiscard]] ServerOptions peer_server_options();

}  // namespace vow::rpc
