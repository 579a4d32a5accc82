#include "participant-sdk/testing/late_calls.h"

#include <mutex>
#include <set>
#include <utility>

namespace vow::testing {
namespace {

constexpr const char* was_closed = "the connection ended before the call was sent";

}  // namespace

struct LateCalls::Held {
  rpc::CallFrame frame;
  rpc::CallTimeout timeout;
  rpc::CallDone done;  // empty: it was told
};

// Alarms outlast the calls.
struct LateCalls::Shared {
  std::mutex mutex;           // guards what follows, and is held while a call goes on
  rpc::Caller* to = nullptr;  // null: it is gone
  std::set<std::shared_ptr<Held>> held;

  void go_on(const std::shared_ptr<Held>& call) {
    const std::lock_guard lock(mutex);
    if (held.erase(call) == 0) return;
    const bool is_awaited = call->done != nullptr;
    to->call(
        call->frame, call->timeout,
        is_awaited ? std::exchange(call->done, nullptr) : [](const rpc::CallOutcome&) {});
  }
  void give_up(const std::shared_ptr<Held>& call, rpc::CallFailure::Kind kind, const char* why) {
    rpc::CallDone done;
    {
      const std::lock_guard lock(mutex);
      done = std::exchange(call->done, nullptr);
    }
    const rpc::CallFailure failure{kind, why};
    if (done) done({nullptr, &failure});
  }
};

LateCalls::LateCalls(Alarms& alarms, rpc::Caller& to) : alarms_(alarms), shared_(std::make_shared<Shared>()) {
  shared_->to = &to;
}

void LateCalls::close() {
  std::set<std::shared_ptr<Held>> left;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->to = nullptr;
    left.swap(shared_->held);
  }
  for (const auto& call : left) shared_->give_up(call, rpc::CallFailure::Kind::unsent, was_closed);
}

void LateCalls::add(const rpc::CallFrame& frame, rpc::CallTimeout timeout, std::chrono::milliseconds late_by,
                    rpc::CallDone done) {
  const auto call = std::make_shared<Held>(Held{frame, timeout, std::move(done)});
  bool is_closed = false;
  {
    const std::lock_guard lock(shared_->mutex);
    is_closed = shared_->to == nullptr;
    if (!is_closed) shared_->held.insert(call);
  }
  if (is_closed) return shared_->give_up(call, rpc::CallFailure::Kind::unsent, was_closed);
  alarms_.in(late_by, [shared = shared_, call] { shared->go_on(call); });
  if (timeout >= late_by) return;
  alarms_.in(timeout, [shared = shared_, call] {
    shared->give_up(call, rpc::CallFailure::Kind::unanswered, "no answer in time: a test holds it up");
  });
}

}  // namespace vow::testing
