// Calls that are held up on their way.
#pragma once

#include <chrono>
#include <memory>

#include "coordinator/rpc/caller.h"
#include "participant-sdk/testing/alarms.h"

namespace vow::testing {

// Thread-safe.
class LateCalls {
 public:
  // The alarms outlive it; `to` is there until close().
  LateCalls(Alarms& alarms, rpc::Caller& to);
  LateCalls(const LateCalls&) = delete;
  LateCalls& operator=(const LateCalls&) = delete;

  // Those that are held up end, unsent; as do later ones.
  void close();

  // The call goes on after `late_by`. Whoever made it gives it up after `timeout`, which does not keep it
  // from arriving.
  void add(const rpc::CallFrame& frame, rpc::CallTimeout timeout, std::chrono::milliseconds late_by,
           rpc::CallDone done);

 private:
  struct Held;
  struct Shared;

  Alarms& alarms_;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace vow::testing
