// Meeting the other initial members on the network: what meet.h decides, with real questions and answers.
//
// For the start of a node whose disk has no cell yet. Its PeerService is served already, so that others, and
// it itself under its own name, can ask. The calls block, on the main thread, until there is something to do;
// they look at `stop` many times a second.
//
// Who begins a cell first makes it durable, and only then tells others by
// service.set_meet_answer(formed_answer(self, cell)); and again whenever the members change.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "coordinator/base/result.h"
#include "coordinator/rpc/meet.h"
#include "coordinator/rpc/peer_service.h"

namespace vow::rpc {

struct MeetingOptions {
  NodeId self;
  PeerList initial;
  std::uint64_t process = 0;  // random, drawn at each start
  std::uint64_t ask_every_ms = 200;
  std::uint64_t answer_ms_max = 1'000;
  std::uint64_t progress_every_ms = 5'000;
  std::function<void(const std::string&)> log;
};

// The cell to begin; none if `stop` was set. Fails with a sentence for the operator if this node may not
// begin one.
using MeetingResult = Result<std::optional<BeginCell>, std::string>;
[[nodiscard]] MeetingResult hold_meeting(const MeetingOptions& options, PeerService& service,
                                         const std::atomic<bool>& stop);

// For a node that joins a cell that exists: waits until a member of it calls on this node, and asks it for
// the cell. `initial` is not used.
[[nodiscard]] MeetingResult wait_to_be_added(const MeetingOptions& options, PeerService& service,
                                             const std::atomic<bool>& stop);

[[nodiscard]] MeetAnswer formed_answer(NodeId self, const FormedCell& cell);

}  // namespace vow::rpc
