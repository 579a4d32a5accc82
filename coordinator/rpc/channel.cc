#include "coordinator/rpc/channel.h"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "coordinator/base/check.h"
#include "coordinator/rpc/channel_link.h"

namespace vow::rpc {

namespace {

// Where a thread waits for its one synchronous call. It lives as long as the thread, so that whoever wakes it
// need not finish before it goes on.
struct Waiting {
  std::mutex mutex;
  std::condition_variable wake;
  bool is_done = false;
};

}  // namespace

Channel::Channel(Reactor& reactor, const ChannelOptions& options)
    : reactor_(reactor), link_(std::make_unique<Link>(reactor, options)) {}

Channel::~Channel() {
  reactor_.run_and_wait([this] { link_->close(); });
}

void Channel::call(CallFrame& frame, CallTimeout timeout, CallDone done) {
  link_->call(frame, timeout, std::move(done));
}

void Channel::call_and_wait(CallFrame& frame, CallTimeout timeout, const CallDone& done) {
  VOW_CHECK(!reactor_.is_here(), "the reactor's thread cannot wait for what it is to do itself");
  thread_local Waiting waiting;
  waiting.is_done = false;
  link_->call(frame, timeout, [&done, here = &waiting](const CallOutcome& outcome) {
    done(outcome);
    const std::lock_guard lock(here->mutex);
    here->is_done = true;
    here->wake.notify_one();
  });
  std::unique_lock lock(waiting.mutex);
  waiting.wake.wait(lock, [] { return waiting.is_done; });
}

Channel::Figures Channel::figures() const { return link_->figures(); }

}  // namespace vow::rpc
