#include "coordinator/rpc/meeting.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "coordinator/rpc/meet_call.h"

namespace vow::rpc {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds look_at_stop_every{50};

// Asks every address again and again, each on a thread of its own: one question after another, as Meet
// demands, and none waits for a host that is not there.
class Meeting {
 public:
  Meeting(const MeetingOptions& options, PeerService& service)
      : options_(options), service_(service), meet_(options.self, options.process, options.initial) {
    service_.set_meet_answer(meet_.answer());
    for (const std::string& address : options_.initial)
      askers_.emplace_back([this, address] { ask(address); });
  }
  ~Meeting() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    changed_.notify_all();
    for (std::thread& asker : askers_) asker.join();
  }
  Meeting(const Meeting&) = delete;
  Meeting& operator=(const Meeting&) = delete;

  MeetingResult wait(const std::atomic<bool>& stop) {
    auto next_progress = Clock::now() + milliseconds(options_.progress_every_ms);
    std::unique_lock lock(mutex_);
    while (!stop) {
      const MeetStep step = meet_.step();
      if (const auto* begin = std::get_if<BeginCell>(&step)) return std::optional(*begin);
      if (const auto* refuse = std::get_if<RefuseToMeet>(&step)) return Failure{refuse->why};
      if (Clock::now() >= next_progress) {
        options_.log("founding a cell: waiting for " + std::get<KeepAsking>(step).waiting_for);
        next_progress = Clock::now() + milliseconds(options_.progress_every_ms);
      }
      changed_.wait_for(lock, look_at_stop_every);
    }
    return std::optional<BeginCell>();
  }

 private:
  void ask(const std::string& address) {
    std::unique_lock lock(mutex_);
    while (!closing_) {
      lock.unlock();
      auto answer = ask_to_meet(address, options_.answer_ms_max);
      lock.lock();
      // Once this node is to begin, what it tells others stays what it was decided by.
      if (answer && !closing_ && !std::holds_alternative<BeginCell>(meet_.step())) {
        meet_.heard(address, *std::move(answer));
        service_.set_meet_answer(meet_.answer());
        changed_.notify_all();
      }
      changed_.wait_for(lock, milliseconds(options_.ask_every_ms), [this] { return closing_; });
    }
  }

  const MeetingOptions& options_;
  PeerService& service_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  Meet meet_;
  bool closing_ = false;
  std::vector<std::thread> askers_;
};

}  // namespace

MeetingResult hold_meeting(const MeetingOptions& options, PeerService& service,
                           const std::atomic<bool>& stop) {
  if (options.initial.size() <= 1)
    return std::optional(std::get<BeginCell>(Meet(options.self, options.process, options.initial).step()));
  return Meeting(options, service).wait(stop);
}

MeetingResult wait_to_be_added(const MeetingOptions& options, PeerService& service,
                               const std::atomic<bool>& stop) {
  service.set_meet_answer(
      {.node = options.self, .process = options.process, .initial = {}, .seen = {}, .formed = {}});
  auto next_question = Clock::now();
  auto next_progress = Clock::now();
  while (!stop) {
    const auto invitation = service.invitation();
    if (invitation && Clock::now() >= next_question) {
      const auto answer = ask_to_meet(invitation->address, options.answer_ms_max);
      if (answer && answer->formed && answer->formed->identity.cell == invitation->cell.value() &&
          answer->formed->members.contains(options.self))
        return std::optional(BeginCell{*answer->formed, false});
      next_question = Clock::now() + milliseconds(options.ask_every_ms);
    }
    if (Clock::now() >= next_progress) {
      options.log(fmt::format(
          "waiting to be added to a cell; with this node's addresses: `vow cluster add {} --peer HOST:PORT "
          "--client HOST:PORT --http HOST:PORT --reason TEXT --at` a member",
          options.self.value()));
      next_progress = Clock::now() + milliseconds(options.progress_every_ms);
    }
    std::this_thread::sleep_for(look_at_stop_every);
  }
  return std::optional<BeginCell>();
}

MeetAnswer formed_answer(NodeId self, const FormedCell& cell) {
  return {.node = self, .process = 0, .initial = {}, .seen = {}, .formed = cell};
}

}  // namespace vow::rpc
