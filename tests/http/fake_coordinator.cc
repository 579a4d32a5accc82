#include "tests/http/fake_coordinator.h"

#include <fmt/format.h>

namespace vow::http {

using dispatch::ResourceShown;
using dispatch::SessionShown;

txn::Xid FakeCoordinator::some_xid() {
  return {.cell = 7,
          .incarnation = 1,
          .term = 3,
          .timeout_s = 30,
          .begin_ms = 1'700'000'000'000,
          .session = 5,
          .sequence = 9};
}

FakeCoordinator::FakeCoordinator() {
  on_open_session = [](const auto&) {
    return dispatch::SessionOpened{.session = txn::SessionNumber(5),
                                   .cell = 7,
                                   .incarnation = 1,
                                   .term = Term(3),
                                   .clock_ms = 1'700'000'000'000,
                                   .expires_after_ms = 30'000,
                                   .timeout_s_max = 86'400};
  };
  on_poll = [](const auto&, const auto& done) { done(dispatch::Polled{}); };
  on_begin = [](std::uint32_t) { return dispatch::Begun{some_xid()}; };
  on_enlist = [](const auto&) { return Answer{.verdict = txn::Verdict::taken}; };
  on_vote = [](const auto&) { return Answer{.verdict = txn::Verdict::taken}; };
  on_commit = [](const auto&, const auto& done) { done(committed); };
  on_rollback = [](const auto&, std::uint32_t, const auto& done) {
    done(Answer{.verdict = txn::Verdict::rolled_back, .reason = txn::Reason::asked});
  };
  on_outcome = [](const auto&, const auto&, txn::Asker) { return committed; };
  on_list = [](const auto&) { return std::vector<dispatch::TransactionShown>{}; };
  on_show = [](const auto&) { return std::nullopt; };
  members_shown[LoneNode::self] = {
      .peer = "10.0.0.1:7401", .client = "10.0.0.1:7400", .http = "10.0.0.1:7480"};
  members_shown[LoneNode::learner] = {
      .peer = "10.0.0.2:7401", .client = "10.0.0.2:7400", .http = "10.0.0.2:7480"};
}

FakeCoordinator::Told<void> FakeCoordinator::retry(const Xid& xid) {
  acts.push_back("retry " + to_string(xid));
  return act_answer;
}

void FakeCoordinator::force(const Xid& xid, txn::BranchName branch, bool is_committed,
                            dispatch::OperatorWord word, ForceDone done) {
  acts.push_back(fmt::format("force {} {} committed={} {}: {}", to_string(xid), branch.view(), is_committed,
                             word.who, word.why));
  done(act_answer);
}

void FakeCoordinator::add_member(NodeId node, dispatch::MemberAddresses addresses, ForceDone done) {
  acts.push_back(fmt::format("add {} peer={} client={} http={}", to_string(node), addresses.peer,
                             addresses.client, addresses.http));
  done(act_answer);
}

void FakeCoordinator::promote_member(NodeId node, ForceDone done) {
  acts.push_back("promote " + to_string(node));
  done(act_answer);
}

void FakeCoordinator::remove_member(NodeId node, ForceDone done) {
  acts.push_back("remove " + to_string(node));
  done(act_answer);
}

FakeCoordinator::Told<void> FakeCoordinator::transfer_leadership(NodeId to) {
  acts.push_back("transfer " + to_string(to));
  return act_answer;
}

FakeLoop::~FakeLoop() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool FakeLoop::post(std::function<void(dispatch::Coordinator&)> task) {
  const std::lock_guard lock(mutex_);
  if (refuses_) return false;
  tasks_.emplace_back(std::move(task));
  wake_.notify_one();
  return true;
}

void FakeLoop::with(const std::function<void(FakeCoordinator&)>& act) {
  std::promise<void> done;
  {
    const std::lock_guard lock(mutex_);
    tasks_.emplace_back([&](FakeCoordinator& coordinator) {
      act(coordinator);
      done.set_value();
    });
  }
  wake_.notify_one();
  done.get_future().wait();
}

FakeLoop::Pause::Pause(FakeLoop& loop) {
  auto go_on = std::make_shared<std::future<void>>(go_on_.get_future());
  VOW_CHECK(loop.post([go_on](dispatch::Coordinator&) { go_on->wait(); }), "the loop takes nothing");
}

std::size_t FakeLoop::waiting() {
  const std::lock_guard lock(mutex_);
  return tasks_.size();
}

void FakeLoop::refuse_everything(bool refuses) {
  const std::lock_guard lock(mutex_);
  refuses_ = refuses;
}

void FakeLoop::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return closing_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    const auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task(coordinator_);
    lock.lock();
  }
}

}  // namespace vow::http
