// A coordinator that says what a test wants it to say, and the loop on which it does.
#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "coordinator/dispatch/coordinator.h"
#include "tests/http/lone_node.h"

namespace vow::http {

class FakeCoordinator final : public dispatch::Coordinator {
 public:
  template <class Signature>
  using On = std::function<Signature>;
  using Answer = txn::Answer;
  using Xid = txn::Xid;
  template <class T>
  using Told = Result<T, dispatch::Problem>;

  static Xid some_xid();
  static constexpr Answer committed{txn::Verdict::committed, txn::Reason::none, 0};

  // What it does; each may be replaced, on the loop.
  On<Told<dispatch::SessionOpened>(const dispatch::OpenSession&)> on_open_session;
  On<void(txn::SessionNumber)> on_close_session = [](auto) {};
  On<void(const dispatch::Poll&, dispatch::PollDone)> on_poll;
  On<void(txn::SessionNumber, const dispatch::Report&)> on_report = [](auto, const auto&) {};
  On<Told<dispatch::Begun>(std::uint32_t)> on_begin;
  On<Answer(const txn::Enlistment&)> on_enlist;
  On<Answer(const txn::Vote&)> on_vote;
  On<void(dispatch::Commit, dispatch::AnswerDone)> on_commit;
  On<void(Xid, std::uint32_t, dispatch::AnswerDone)> on_rollback;
  On<Answer(Xid, std::optional<txn::Preparation>, txn::Asker)> on_outcome;
  On<std::vector<dispatch::TransactionShown>(const dispatch::TransactionFilter&)> on_list;
  On<std::optional<dispatch::TransactionShown>(Xid)> on_show;
  std::vector<dispatch::SessionShown> sessions_shown;
  std::vector<dispatch::ResourceShown> resources_shown;
  std::vector<dispatch::Metric> metrics_shown;
  std::vector<dispatch::Check> checks_shown;
  std::map<NodeId, dispatch::MemberAddresses> members_shown;
  bool leading = true;
  // Of every act of an operator: what it was, in words; answered with this.
  std::vector<std::string> acts;
  Told<void> act_answer;
  LoneNode lone_node;

  FakeCoordinator();

  Told<dispatch::SessionOpened> open_session(const dispatch::OpenSession& request) override {
    return on_open_session(request);
  }
  void close_session(txn::SessionNumber session) override { on_close_session(session); }
  void cut_off(txn::SessionNumber, std::uint64_t) override {}
  void poll(const dispatch::Poll& poll, dispatch::PollDone done) override { on_poll(poll, std::move(done)); }
  void report(txn::SessionNumber session, const dispatch::Report& report) override {
    on_report(session, report);
  }
  Told<dispatch::Begun> begin(std::uint32_t timeout_s) override { return on_begin(timeout_s); }
  Answer enlist(const txn::Enlistment& enlistment) override { return on_enlist(enlistment); }
  Answer vote(const txn::Vote& vote) override { return on_vote(vote); }
  void commit(dispatch::Commit commit, dispatch::AnswerDone done) override {
    on_commit(std::move(commit), std::move(done));
  }
  void rollback(const Xid& xid, std::uint32_t wait_finished_ms, dispatch::AnswerDone done) override {
    on_rollback(xid, wait_finished_ms, std::move(done));
  }
  Answer outcome(const Xid& xid, const std::optional<txn::Preparation>& of, txn::Asker asker) override {
    return on_outcome(xid, of, asker);
  }
  std::vector<dispatch::TransactionShown> list(const dispatch::TransactionFilter& filter) const override {
    return on_list(filter);
  }
  std::optional<dispatch::TransactionShown> show(const Xid& xid) const override { return on_show(xid); }
  std::vector<dispatch::SessionShown> sessions() const override { return sessions_shown; }
  std::vector<dispatch::ResourceShown> resources() const override { return resources_shown; }
  const node::Node& node() const override { return lone_node.node(); }
  bool is_leading() const override { return leading; }
  std::string leader_address() const override { return ""; }
  std::map<NodeId, dispatch::MemberAddresses> members() const override { return members_shown; }
  std::vector<dispatch::Metric> metrics() const override { return metrics_shown; }
  std::vector<dispatch::Check> checks() const override { return checks_shown; }

  Told<void> retry(const Xid& xid) override;
  void force(const Xid& xid, txn::BranchName branch, bool is_committed, dispatch::OperatorWord word,
             ForceDone done) override;
  void add_member(NodeId node, dispatch::MemberAddresses addresses, ForceDone done) override;
  void promote_member(NodeId node, ForceDone done) override;
  void remove_member(NodeId node, ForceDone done) override;
  Told<void> transfer_leadership(NodeId to) override;
};

// A real thread.
class FakeLoop final : public dispatch::Loop {
 public:
  FakeLoop() : thread_([this] { run(); }) {}
  ~FakeLoop() override;

  bool post(std::function<void(dispatch::Coordinator&)> task) override;
  void at_turn_end(std::function<void()>) override {}

  // Runs `act` on the loop and waits for it.
  void with(const std::function<void(FakeCoordinator&)>& act);
  // The loop does nothing more until this is gone.
  class Pause {
   public:
    explicit Pause(FakeLoop& loop);
    ~Pause() { go_on_.set_value(); }

   private:
    std::promise<void> go_on_;
  };
  // How much it has yet to do.
  [[nodiscard]] std::size_t waiting();
  // From now on nothing is taken.
  void refuse_everything(bool refuses);

 private:
  void run();

  FakeCoordinator coordinator_;  // used by the loop alone
  std::mutex mutex_;             // guards what follows
  std::condition_variable wake_;
  std::deque<std::function<void(FakeCoordinator&)>> tasks_;
  bool refuses_ = false;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace vow::http
