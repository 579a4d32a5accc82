// One outgoing TCP connection to a peer's server, on an event loop: frames out, answers in.
//
//   connecting ──▶ open ──▶ closed
//        └───────────────────▲        refused, lost, or closed() by its owner
//
// It never blocks, and holds one frame at a time: the next one is made only when the last one has left, so
// that what is urgent by then goes first.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "coordinator/rpc/events.h"
#include "coordinator/rpc/message.h"
#include "coordinator/rpc/peer_resolver.h"
#include "thrift/gen/peer/peer_types.h"

namespace vow::rpc {

class PeerConnection {
 public:
  // Called on the loop. In on_down() and on_answer() the owner may close the connection, but not destroy it.
  struct Owner {
    std::function<void()> on_open;
    std::function<void(std::int32_t seqid, const wire::peer::Delivered& answer)> on_answer;
    std::function<void()> on_drained;  // there is room for a frame again
    std::function<void(const std::string& why)> on_down;
  };

  // Begins to connect. `lost_after_ms`: the kernel gives the connection up when what was sent is not
  // acknowledged for so long.
  PeerConnection(const EventBase& base, const SocketAddress& to, std::uint64_t lost_after_ms, Owner owner);
  ~PeerConnection() { close(); }
  PeerConnection(const PeerConnection&) = delete;
  PeerConnection& operator=(const PeerConnection&) = delete;

  // Open, and no frame waits to leave.
  [[nodiscard]] bool has_room() const { return open_ && out_.empty(); }
  // Sends the call `deliver(frame)`. There must be room. Bytes, all in all.
  std::size_t deliver(std::int32_t seqid, const std::string& frame);
  // Calls nothing any more.
  void close();

 private:
  void on_writable();
  void on_readable();
  void flush();
  void take_answers();
  void down(const std::string& why);

  const Owner owner_;
  int socket_ = -1;
  bool open_ = false;
  Event readable_;
  Event writable_;
  MessageReader reader_;
  MessageWriter writer_;
  std::string out_;  // the frame that is being sent, from out_sent_ on
  std::size_t out_sent_ = 0;
  std::string in_;
};

}  // namespace vow::rpc
