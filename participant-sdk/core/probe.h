// Where tests reach into a client (participant-sdk/testing). In production there is none, and all that is
// left of this is a look at a null pointer.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/rpc/caller.h"

#include "vow/step.h"

namespace vow::sdk {

enum class Edge : std::uint8_t { before, after };

// A client, as its probe sees it: any thread, until Probe::end() returns.
class Probed {
 public:
  // Its probe has put its clock forward.
  virtual void time_jumped() = 0;
  // Its probe has ended it: nothing is to be done any more, nor undone.
  [[nodiscard]] virtual bool is_dead() const = 0;
  // Names of the prepared branches that it holds.
  [[nodiscard]] virtual std::vector<std::string> held() const = 0;
  // Looks for what is left prepared, in each of its resources, as it does by itself from time to time. How
  // much was found, of any age; a resource that another instance looks through counts as one.
  virtual std::size_t recover_all() = 0;

 protected:
  ~Probed() = default;
};

// Stands before a channel, and may lose or hold up what passes.
class Gate : public rpc::Caller {
 public:
  // The channel is about to go: what is held up ends, and nothing is passed on any more.
  virtual void close() = 0;
};

// Of one client. Any thread may call it, unless said otherwise.
class Probe {
 public:
  virtual ~Probe() = default;

  // Between these two the client lives. Each once.
  virtual void begin(Probed& client) = 0;
  virtual void end() = 0;

  // The client comes to this edge of a step, of a branch on that resource or of the transaction. What is
  // thrown ends the client, as if its process were killed there; from then on every call throws it.
  virtual void reached(step at, Edge edge, const std::string& resource) = 0;
  // Throws if it has ended so.
  virtual void check_alive() = 0;

  // How far its clock is ahead of the machine's monotonic one. It may jump, forward only.
  [[nodiscard]] virtual std::chrono::nanoseconds ahead() const = 0;
  // What lasted so long until now by the machine's clock, by this one.
  [[nodiscard]] virtual std::chrono::milliseconds aged(std::chrono::milliseconds age) const = 0;

  // Before a channel that is being made.
  [[nodiscard]] virtual std::unique_ptr<Gate> before(rpc::Caller& to) = 0;
};

}  // namespace vow::sdk
