// Between a client and its channel to the coordinator: where requests and answers get lost or late.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "participant-sdk/testing/late_calls.h"
#include "participant-sdk/testing/process.h"

namespace vow::testing {

class Wire final : public sdk::Gate {
 public:
  // `to` is there until close().
  Wire(std::shared_ptr<Process> of, rpc::Caller& to);

  void call(rpc::CallFrame& frame, rpc::CallTimeout timeout, rpc::CallDone done) override;
  void call_and_wait(rpc::CallFrame& frame, rpc::CallTimeout timeout, const rpc::CallDone& done) override;
  void close() override { late_.close(); }

 private:
  using Send = std::function<void(rpc::CallDone done)>;
  void pass(rpc::CallFrame& frame, rpc::CallTimeout timeout, rpc::CallDone done, const Send& send);

  const std::shared_ptr<Process> process_;
  rpc::Caller& to_;
  LateCalls late_;
};

}  // namespace vow::testing
