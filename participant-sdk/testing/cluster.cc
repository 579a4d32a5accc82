#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "participant-sdk/testing/coordinator.h"
#include "participant-sdk/testing/process.h"
#include "participant-sdk/testing/settling.h"

#include "vow/testing.h"

namespace vow::testing {
namespace {

using namespace std::chrono_literals;
using Machine = std::chrono::steady_clock;

// Of transactions(): more than any test should make.
constexpr std::size_t shown_max = 10'000;
// How long settle() only watches, before it lets time pass; how much at once, less than what makes a session
// expire; and how long it watches in between.
constexpr auto rest_by_itself = 20ms;
constexpr auto time_at_once = 4s;
constexpr auto look_every = 2ms;
// Longer than a client ever waits before it looks for its coordinator again.
constexpr auto found_again = 1s;

vow::outcome outcome_of(const std::string& state) {
  if (state == "committed" || state == "committing") return vow::outcome::committed;
  const bool is_undone =
      state == "rolled_back" || state == "nothing_to_commit" || state == "aborting" || state == "aborted";
  return is_undone ? vow::outcome::rolled_back : vow::outcome::unknown;
}

transaction_seen seen(const dispatch::TransactionShown& shown) {
  transaction_seen one{.xid = txn::to_string(shown.xid),
                       .state = shown.state,
                       .outcome = outcome_of(shown.state),
                       .branches = {}};
  for (const dispatch::BranchShown& branch : shown.branches)
    one.branches.push_back({branch.resource, branch.standing});
  return one;
}

}  // namespace

std::string_view name(request of) {
  switch (of) {
    case request::vote:
      return "vote";
    case request::commit:
      return "commit";
    case request::rollback:
      return "rollback";
    case request::outcome:
      return "outcome";
    case request::poll:
      return "poll";
    case request::report:
      return "report";
  }
  return "?";
}

class cluster::inside {
 public:
  [[nodiscard]] const std::shared_ptr<Stage>& stage() const { return stage_; }
  [[nodiscard]] std::string address() {
    const std::lock_guard lock(mutex_);
    return coordinator_.address();
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    coordinator_.stop();
  }
  void start() {
    const std::lock_guard lock(mutex_);
    coordinator_.start();
  }
  // The coordinator has judged by the new time when it returns.
  void advance(std::chrono::milliseconds time) {
    stage_->advance(time);
    const std::lock_guard lock(mutex_);
    if (coordinator_.is_running())
      coordinator_.on_loop([](dispatch::NodeCoordinator& coordinator) { coordinator.tick(); });
  }
  template <class Task>
  auto ask(Task task) {
    const std::lock_guard lock(mutex_);
    if (!coordinator_.is_running())
      throw std::logic_error("the cluster is stopped: nobody can say what became of its transactions");
    std::invoke_result_t<Task, dispatch::NodeCoordinator&> answer;
    coordinator_.on_loop([&](dispatch::NodeCoordinator& coordinator) { answer = task(coordinator); });
    return answer;
  }

 private:
  const std::shared_ptr<Stage> stage_ = std::make_shared<Stage>();
  std::mutex mutex_;  // guards what follows
  Coordinator coordinator_{stage_->clock()};
};

cluster::cluster() : inside_(std::make_shared<inside>()) {}
cluster::~cluster() = default;

client_options cluster::options(const std::string& process) const {
  client_options options;
  options.coordinators = {inside_->address()};
  options.process = process;
  options.probe = [stage = inside_->stage()](const std::string& name) -> std::shared_ptr<sdk::Probe> {
    return std::make_shared<Process>(name, stage);
  };
  return options;
}

void cluster::advance(std::chrono::milliseconds time) { inside_->advance(time); }

// --- faults

void cluster::crash_before(step at, const where& which) {
  inside_->stage()->faults().plan(Crash{at, sdk::Edge::before}, which);
}
void cluster::crash_after(step at, const where& which) {
  inside_->stage()->faults().plan(Crash{at, sdk::Edge::after}, which);
}
void cluster::drop_request(request what, const where& which) {
  inside_->stage()->faults().plan(Disturbance{what, {.how = Passage::How::lost}}, which);
}
void cluster::drop_reply(request what, const where& which) {
  inside_->stage()->faults().plan(Disturbance{what, {.how = Passage::How::answer_lost}}, which);
}
void cluster::delay(request what, std::chrono::milliseconds time, const where& which) {
  inside_->stage()->faults().plan(Disturbance{what, {.how = Passage::How::late, .late_by = time}}, which);
}
std::size_t cluster::faults_left() const { return inside_->stage()->faults().left(); }

// --- the coordinator

void cluster::stop() { inside_->stop(); }

void cluster::start() {
  inside_->start();
  inside_->advance(found_again);
}

void cluster::restart() {
  stop();
  start();
}

// --- looking

void cluster::settle(std::chrono::milliseconds patience) {
  const auto begun = Machine::now();
  while (true) {
    std::vector<std::string> left = inside_->ask(unfinished_of);
    const std::vector<std::string> with_clients = left_with(*inside_->stage());
    left.insert(left.end(), with_clients.begin(), with_clients.end());
    if (left.empty()) return;
    const auto waited = Machine::now() - begun;
    if (waited >= patience)
      throw unsettled(
          fmt::format("the cluster is not at rest after {} ms: {}", patience.count(), fmt::join(left, "; ")));
    if (waited >= rest_by_itself) advance(time_at_once);
    std::this_thread::sleep_for(look_every);
  }
}

std::vector<transaction_seen> cluster::transactions() const {
  const auto shown = inside_->ask([](const dispatch::NodeCoordinator& coordinator) {
    return coordinator.list({.state = {}, .resource = {}, .limit = shown_max});
  });
  std::vector<transaction_seen> all;
  for (const dispatch::TransactionShown& each : shown) all.push_back(seen(each));
  return all;
}

vow::outcome cluster::outcome(const std::string& xid) const {
  const auto name = txn::parse_xid(xid);
  if (!name) throw std::invalid_argument("'" + xid + "' is no name of a transaction");
  const txn::Answer answer = inside_->ask([&](dispatch::NodeCoordinator& coordinator) {
    return coordinator.outcome(*name, std::nullopt, txn::Asker::watcher);
  });
  if (answer.verdict == txn::Verdict::committed) return vow::outcome::committed;
  const bool is_undone =
      answer.verdict == txn::Verdict::rolled_back || answer.verdict == txn::Verdict::nothing_to_commit;
  return is_undone ? vow::outcome::rolled_back : vow::outcome::unknown;
}

}  // namespace vow::testing
