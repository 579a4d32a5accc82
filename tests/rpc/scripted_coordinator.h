// A coordinator that does as the test says, and a real thread as its loop.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "coordinator/dispatch/coordinator.h"

namespace vow::rpc {

// What a test does not script is answered with `taken`, or an empty success.
class ScriptedCoordinator : public dispatch::Coordinator {
 public:
  using Problem = dispatch::Problem;

  std::function<Result<dispatch::SessionOpened, Problem>(const dispatch::OpenSession&)> on_open_session =
      [](const auto&) { return dispatch::SessionOpened{}; };
  std::function<void(txn::SessionNumber)> on_close_session = [](auto) {};
  std::function<void(txn::SessionNumber, std::uint64_t)> on_cut_off = [](auto, auto) {};
  std::function<void(const dispatch::Poll&, dispatch::PollDone)> on_poll = [](const auto&, auto done) {
    done(dispatch::Polled{});
  };
  std::function<void(txn::SessionNumber, const dispatch::Report&)> on_report = [](auto, const auto&) {};
  std::function<Result<dispatch::Begun, Problem>(std::uint32_t)> on_begin = [](auto) {
    return dispatch::Begun{};
  };
  std::function<txn::Answer(const txn::Enlistment&)> on_enlist = [](const auto&) { return taken(); };
  std::function<txn::Answer(const txn::Vote&)> on_vote = [](const auto&) { return taken(); };
  std::function<void(dispatch::Commit, dispatch::AnswerDone)> on_commit = [](auto, auto done) {
    done({txn::Verdict::committed});
  };
  std::function<void(const txn::Xid&, std::uint32_t, dispatch::AnswerDone)> on_rollback =
      [](const auto&, auto, auto done) {
        done({txn::Verdict::rolled_back, txn::Reason::asked});
      };
  std::function<txn::Answer(const txn::Xid&, const std::optional<txn::Preparation>&, txn::Asker)> on_outcome =
      [](const auto&, const auto&, auto) { return txn::Answer{txn::Verdict::open}; };
  std::string leader;

  static txn::Answer taken() { return {txn::Verdict::taken}; }

  Result<dispatch::SessionOpened, Problem> open_session(const dispatch::OpenSession& request) override {
    return on_open_session(request);
  }
  void close_session(txn::SessionNumber session) override { on_close_session(session); }
  void cut_off(txn::SessionNumber session, std::uint64_t over) override { on_cut_off(session, over); }
  void poll(const dispatch::Poll& poll, dispatch::PollDone done) override { on_poll(poll, std::move(done)); }
  void report(txn::SessionNumber session, const dispatch::Report& report) override {
    on_report(session, report);
  }
  Result<dispatch::Begun, Problem> begin(std::uint32_t timeout_s) override { return on_begin(timeout_s); }
  txn::Answer enlist(const txn::Enlistment& enlistment) override { return on_enlist(enlistment); }
  txn::Answer vote(const txn::Vote& vote) override { return on_vote(vote); }
  void commit(dispatch::Commit commit, dispatch::AnswerDone done) override {
    on_commit(std::move(commit), std::move(done));
  }
  void rollback(const txn::Xid& xid, std::uint32_t wait_finished_ms, dispatch::AnswerDone done) override {
    on_rollback(xid, wait_finished_ms, std::move(done));
  }
  txn::Answer outcome(const txn::Xid& xid, const std::optional<txn::Preparation>& of,
                      txn::Asker asker) override {
    return on_outcome(xid, of, asker);
  }
  std::string leader_address() const override { return leader; }

  // Nobody asks these through RPC.
  std::vector<dispatch::TransactionShown> list(const dispatch::TransactionFilter&) const override {
    return {};
  }
  std::optional<dispatch::TransactionShown> show(const txn::Xid&) const override { return {}; }
  std::vector<dispatch::SessionShown> sessions() const override { return {}; }
  std::vector<dispatch::ResourceShown> resources() const override { return {}; }
  const node::Node& node() const override {
    check_failed(__FILE__, __LINE__, "node()", "there is none behind a scripted coordinator");
  }
  bool is_leading() const override { return true; }
  std::map<NodeId, dispatch::MemberAddresses> members() const override { return {}; }
  std::vector<dispatch::Metric> metrics() const override { return {}; }
  std::vector<dispatch::Check> checks() const override { return {}; }
  Result<void, Problem> retry(const txn::Xid&) override { return {}; }
  void force(const txn::Xid&, txn::BranchName, bool, dispatch::OperatorWord, ForceDone done) override {
    done({});
  }
  void add_member(NodeId, dispatch::MemberAddresses, ForceDone done) override { done({}); }
  void promote_member(NodeId, ForceDone done) override { done({}); }
  void remove_member(NodeId, ForceDone done) override { done({}); }
  Result<void, Problem> transfer_leadership(NodeId) override { return {}; }
};

class ThreadLoop final : public dispatch::Loop {
 public:
  explicit ThreadLoop(dispatch::Coordinator& coordinator, std::size_t tasks_max = 65'536)
      : coordinator_(coordinator), tasks_max_(tasks_max) {}
  ~ThreadLoop() override { stop(); }

  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }
  bool post(std::function<void(dispatch::Coordinator&)> task) override {
    const std::lock_guard lock(mutex_);
    if (stopping_ || tasks_.size() >= tasks_max_) return false;
    tasks_.push_back(std::move(task));
    if (tasks_.size() == 1) wake_.notify_one();
    return true;
  }
  void at_turn_end(std::function<void()> hook) override { hooks_.push_back(std::move(hook)); }
  [[nodiscard]] std::size_t tasks_run() const {
    const std::lock_guard lock(mutex_);
    return tasks_run_;
  }

 private:
  void run() {
    std::vector<std::function<void(dispatch::Coordinator&)>> tasks;
    while (true) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
        if (stopping_) return;
        tasks.swap(tasks_);
        tasks_run_ += tasks.size();
      }
      for (const auto& task : tasks) task(coordinator_);
      tasks.clear();
      for (const auto& hook : hooks_) hook();
    }
  }

  dispatch::Coordinator& coordinator_;
  const std::size_t tasks_max_;
  std::vector<std::function<void()>> hooks_;  // the thread's own, once it runs
  mutable std::mutex mutex_;                  // guards what follows
  std::condition_variable wake_;
  std::vector<std::function<void(dispatch::Coordinator&)>> tasks_;
  std::size_t tasks_run_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vow::rpc
