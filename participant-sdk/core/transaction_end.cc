// How a transaction ends: its branches prepare and vote, the coordinator decides, the branches end.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "participant-sdk/core/client_core.h"
#include "participant-sdk/core/failures.h"
#include "participant-sdk/core/transaction.h"

namespace vow::sdk {
namespace {

wire::Preparation on_wire(const preparation& as) {
  wire::Preparation one;
  one.branch = as.branch;
  one.nonce = static_cast<std::int64_t>(as.nonce);
  return one;
}

}  // namespace

// The votes of a part are asked for one by one: each must count before its caller is answered.
std::vector<preparation> transaction::vote() {
  check_calls();
  state_ = State::committing;
  const std::vector<Enlisted*> prepared = prepare();
  std::vector<preparation> all = called();
  const std::vector<preparation> shared = leave_to_others();
  all.insert(all.end(), shared.begin(), shared.end());
  for (Enlisted* one : prepared) {
    all.push_back(one->as);
    const auto call = [&](Line& line, rpc::CallTimeout timeout, const rpc::Done<wire::Answer>& done) {
      line.client().vote(vote_of(*one, line), timeout, done);
    };
    // Said though it may be too late: nobody else would tell this process that it is, and what it has
    // prepared would keep others waiting until the next look for what is left.
    core_.before(step::vote, one->on->name());
    const auto answer = core_.link().ask(call, deadline_ + core_.options().call_timeout, options_.stop);
    core_.after(step::vote, one->on->name());
    if (answer && answer->verdict == wire::Verdict::taken) continue;
    state_ = State::ended;
    if (answer && answer->verdict == wire::Verdict::rolled_back) {
      finish(false);
      fail(*answer);
    }
    leave_in_doubt(prepared);
    if (answer) fail(*answer);
    throw in_doubt(xid_, name_, core_.link().problem());
  }
  state_ = State::ended;
  leave_in_doubt(prepared);  // the coordinator says how it ends
  return all;
}

// If it is not taken, what was shared is lost with what was done here, and the transaction can only roll
// back.
std::vector<preparation> transaction::leave_to_others() {
  std::vector<preparation> all;
  for (Enlisted& one : branches_) {
    if (!one.shared) continue;
    const auto call = [&](Line& line, rpc::CallTimeout timeout, const rpc::Done<wire::Answer>& done) {
      wire::Enlistment enlistment;
      enlistment.xid = xid_;
      enlistment.branch = one.as.branch;
      enlistment.resource = one.on->name();
      enlistment.session = line.session();
      enlistment.enlistment = static_cast<std::int64_t>(one.shared->enlistment);
      line.client().enlist(enlistment, timeout, done);
    };
    const auto answer = core_.link().ask(call, deadline_, options_.stop);
    if (!answer) throw in_doubt(xid_, name_, core_.link().problem());
    if (answer->verdict != wire::Verdict::taken) fail(*answer);
    all.push_back({xid_, one.as.branch, 0});
  }
  for (Enlisted& one : branches_) {
    if (one.shared) core_.shared().put(std::move(one.shared));
  }
  return all;
}

// Nobody else knows of it, so nobody else need be asked.
void transaction::commit_alone() {
  const Enlisted& only = branches_.front();
  core_.before(step::end, only.on->name());
  state_ = State::ended;
  try {
    only.work->commit_alone();
  } catch (const outcome_unknown&) {
    core_.is_in_doubt_alone(only.as, only.on->name());
    throw;
  }
  core_.after(step::end, only.on->name());
}

void transaction::commit() {
  if (state_ != State::working) throw is_over(xid_, name_);
  check_calls();
  state_ = State::committing;
  const bool is_alone = branches_.size() == 1 && calls_.empty() && !branches_.front().shared;
  if (is_alone && branches_.front().work->can_commit_alone()) return commit_alone();
  const std::vector<Enlisted*> prepared = prepare();
  const std::vector<preparation> elsewhere = called();
  if (prepared.empty() && elsewhere.empty()) {
    state_ = State::ended;
    return;
  }
  const auto answer = decide(prepared);
  core_.after(step::decide);
  state_ = State::ended;
  // All that others prepared when they were asked to was read-only.
  if (answer && answer->verdict == wire::Verdict::nothing_to_commit) return;
  const bool is_final = answer && (answer->verdict == wire::Verdict::committed ||
                                   answer->verdict == wire::Verdict::rolled_back);
  // It did not count; but an earlier one whose answer was lost may: only a rollback makes it certain.
  const bool is_undone = answer && !is_final && undo_at_coordinator();
  if (!is_final && !is_undone) {
    leave_in_doubt(prepared);
    if (answer) fail(*answer);
    throw in_doubt(xid_, name_, core_.link().problem());
  }
  const bool committed = is_final && answer->verdict == wire::Verdict::committed;
  finish(committed);
  if (is_undone) throw refused(*answer, xid_, name_);
  if (!committed) fail(*answer);
  if (!elsewhere.empty()) wait_for_others(commit_of(prepared));
}

// Side by side, since each waits for a database of its own. Those that are recorded come last, in turn: what
// hooks do is outside of all databases; and a SQLite database lets nobody end them while a branch of its own
// is there.
void transaction::for_each(const std::function<void(Enlisted&)>& task) {
  std::vector<std::function<void()>> tasks;
  for (Enlisted& one : branches_) {
    if (!one.as.is_recorded()) tasks.emplace_back([&] { task(one); });
  }
  core_.side_by_side(std::move(tasks));
  for (Enlisted& one : branches_) {
    if (one.as.is_recorded()) task(one);
  }
}

// All of them, or none: if one cannot, the others are rolled back.
std::vector<transaction::Enlisted*> transaction::prepare() {
  try {
    for_each([&](Enlisted& one) {
      if (one.shared) return;
      if (core_.clock().now() >= deadline_) throw too_late(xid_, one.on->name(), "be prepared");
      core_.before(step::prepare, one.on->name());
      one.held = core_.prepare(one.on->name(), one.as, one.work);
      if (one.held) core_.after(step::prepare, one.on->name());
    });
  } catch (...) {
    rollback();
    throw;
  }
  std::vector<Enlisted*> prepared;
  for (Enlisted& one : branches_) {
    if (one.held) prepared.push_back(&one);
  }
  return prepared;
}

wire::Commit transaction::commit_of(const std::vector<Enlisted*>& prepared) const {
  wire::Commit commit;
  commit.xid = xid_;
  for (const Enlisted* one : prepared) commit.named.push_back(on_wire(one->as));
  for (const preparation& one : called()) {
    const wire::Preparation named = on_wire(one);
    // Each call that shares a branch has named it.
    if (std::find(commit.named.begin(), commit.named.end(), named) == commit.named.end())
      commit.named.push_back(named);
  }
  return commit;
}

wire::Vote transaction::vote_of(const Enlisted& one, const Line& on) const {
  wire::Vote vote;
  vote.xid = xid_;
  vote.preparation = on_wire(one.as);
  vote.resource = one.on->name();
  vote.ballot = wire::Ballot::prepared;
  vote.session = on.session();
  return vote;
}

// The votes go before the question in the same connection, so all of it is one round trip. If the answer is
// lost, all of it is said again: it is no different the second time.
std::optional<wire::Answer> transaction::decide(const std::vector<Enlisted*>& prepared) {
  const wire::Commit commit = commit_of(prepared);
  const auto call = [&](Line& line, rpc::CallTimeout timeout, const rpc::Done<wire::Answer>& done) {
    for (const Enlisted* one : prepared) {
      core_.before(step::vote, one->on->name());
      line.client().vote(vote_of(*one, line), timeout, [](const rpc::CallResult<wire::Answer>&) {});
      core_.after(step::vote, one->on->name());
    }
    core_.before(step::commit);
    line.client().commit(commit, timeout, done);
    core_.after(step::commit);
    core_.before(step::decide);
  };
  return core_.link().ask(call, deadline_ + options_.outcome_timeout, options_.stop);
}

// So that who called this reads what he wrote, everywhere. It is committed, whatever comes of the waiting.
void transaction::wait_for_others(const wire::Commit& decided) {
  const Instant until = core_.clock().now() + options_.completion_timeout;
  const auto call = [&](Line& line, rpc::CallTimeout timeout, const rpc::Done<wire::Answer>& done) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - core_.clock().now());
    wire::Commit waiting = decided;
    waiting.wait_finished_ms = static_cast<std::int32_t>(std::max<std::int64_t>(left.count(), 1));
    line.client().commit(waiting, timeout + std::max(left, std::chrono::milliseconds(0)), done);
  };
  (void)core_.link().ask(call, until, options_.stop);
}

bool transaction::undo_at_coordinator() {
  wire::Rollback rollback;
  rollback.xid = xid_;
  const auto call = [&](Line& line, rpc::CallTimeout timeout, const rpc::Done<wire::Answer>& done) {
    line.client().rollback(rollback, timeout, done);
  };
  const auto undone =
      core_.link().ask(call, core_.clock().now() + core_.options().call_timeout, options_.stop);
  return undone && undone->verdict == wire::Verdict::rolled_back;
}

void transaction::end(Enlisted& one, bool committed) {
  core_.before(step::end, one.on->name());
  if (committed) {
    one.held->work->commit();
  } else {
    one.held->work->rollback();
  }
  core_.after(step::end, one.on->name());
  core_.ended(one.held, committed ? wire::Action::commit : wire::Action::rollback);
}

// A branch that cannot be ended now is held: the coordinator asks for its end again and again.
void transaction::finish(bool committed) {
  for_each([&](Enlisted& one) {
    if (!one.held) return;
    try {
      end(one, committed);
    } catch (const std::exception& problem) {
      core_.log(log_level::warning, fmt::format("{} of {} could not be ended now and will be later: {}",
                                                one.on->name(), xid_, problem.what()));
      core_.let_go(one.held);
    }
    one.held.reset();
  });
}

void transaction::leave_in_doubt(const std::vector<Enlisted*>& prepared) {
  for (Enlisted* one : prepared) core_.let_go(std::exchange(one->held, nullptr));
}

void transaction::rollback() {
  const bool was_over = std::exchange(state_, State::ended) == State::ended;
  if (core_.is_dead()) {
    branches_.clear();  // as a process that is killed loses them
    return;
  }
  for_each([&](Enlisted& one) {
    try {
      if (one.held) {
        end(one, false);
      } else if (one.at_work() != nullptr) {
        one.at_work()->rollback();
      }
    } catch (const std::exception& problem) {
      core_.log(log_level::warning, fmt::format("{} of {} could not be rolled back now: {}", one.on->name(),
                                                xid_, problem.what()));
      if (one.held) core_.let_go(one.held);
    }
    one.held.reset();
    one.work.reset();
    if (std::exchange(one.shared, nullptr)) core_.shared().drop(xid_, one.as.branch);
  });
  // Other services may hold something for it, which they need not do until its deadline.
  const bool has_begun_it = path_ == root_path;
  if (was_over || !has_begun_it || calls_.empty()) return;
  try {
    (void)undo_at_coordinator();
  } catch (const std::exception& problem) {
    core_.log(log_level::warning, fmt::format("{} is left to its deadline: {}", xid_, problem.what()));
  }
}

void transaction::fail(const wire::Answer& answer) const { throw_verdict(answer, xid_, name_); }

}  // namespace vow::sdk
