#include "participant-sdk/core/transaction.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "coordinator/txn/xid.h"
#include "participant-sdk/core/client_core.h"
#include "participant-sdk/core/failures.h"

namespace vow::sdk {
namespace {

wire::Preparation on_wire(const preparation& as) {
  wire::Preparation one;
  one.branch = as.branch;
  one.nonce = static_cast<std::int64_t>(as.nonce);
  return one;
}

}  // namespace

transaction::transaction(client_core& core, std::string name, const run_options& options)
    : core_(core), name_(std::move(name)), options_(options), deadline_(Clock::now() + options.timeout) {
  core_.check_process();
  while (true) {
    const auto line = core_.link().line(deadline_, options_.stop);
    if (!line)
      throw options_.stop.stop_requested() ? stopped(name_) : no_coordinator(name_, core_.link().problem());
    if (const auto xid = line->minter->next(options_.timeout, Clock::now())) {
      xid_ = txn::to_string(*xid);
      return;
    }
    core_.link().doubt(line, line->address);  // its session has no number left
  }
}

transaction::~transaction() {
  if (state_ == State::working) rollback();
}

branch& transaction::enlist(resource& on, const resource::make_branch& make) {
  if (state_ != State::working) throw is_over(xid_, on.name());
  const auto known =
      std::find_if(branches_.begin(), branches_.end(), [&](const Enlisted& b) { return b.on == &on; });
  if (known != branches_.end()) return *known->work;
  if (Clock::now() >= deadline_) throw too_late(xid_, on.name());
  preparation as{xid_, branch_name(root_path, on.name()), core_.draw_nonce()};
  auto work = make(as);
  branches_.push_back({.on = &on, .as = std::move(as), .work = std::move(work), .held = nullptr});
  return *branches_.back().work;
}

bool transaction::is_transient(const std::exception& what) const {
  return std::any_of(branches_.begin(), branches_.end(),
                     [&](const Enlisted& b) { return b.work && b.work->is_transient(what); });
}

void transaction::commit() {
  state_ = State::committing;
  const std::vector<Enlisted*> prepared = prepare();
  if (prepared.empty()) {
    state_ = State::ended;
    return;
  }
  auto answer = decide(prepared);
  // It did not count, but an earlier one whose answer was lost may: only a rollback makes that certain.
  const bool refused = answer && answer->verdict == wire::Verdict::overloaded;
  if (refused) (void)undo_at_coordinator(*answer);
  state_ = State::ended;
  if (!answer) {
    leave_in_doubt(prepared);
    throw in_doubt(xid_, name_, core_.link().problem());
  }
  const bool committed = answer->verdict == wire::Verdict::committed;
  const bool certain = committed || answer->verdict == wire::Verdict::rolled_back;
  if (!certain) {
    // Nothing was decided. Whoever asks about the branches has the transaction rolled back.
    leave_in_doubt(prepared);
    fail(*answer);
  }
  finish(prepared, committed);
  if (!committed) fail(*answer);
}

// All of them, or none: if one cannot, the others are rolled back.
std::vector<transaction::Enlisted*> transaction::prepare() {
  std::vector<Enlisted*> prepared;
  try {
    for (Enlisted& one : branches_) {
      if (one.work->prepare() == ballot::read_only) {
        one.work.reset();
        continue;
      }
      one.held = core_.hold(one.on->name(), one.as, std::move(one.work));
      prepared.push_back(&one);
    }
  } catch (...) {
    rollback();
    throw;
  }
  return prepared;
}

// The votes go before the question in the same connection, so all of it is one round trip. If the answer is
// lost, all of it is said again: it is no different the second time.
std::optional<wire::Answer> transaction::decide(const std::vector<Enlisted*>& prepared) {
  wire::Commit commit;
  commit.xid = xid_;
  for (const Enlisted* one : prepared) commit.named.push_back(on_wire(one->as));
  const auto call = [&](Line& line, rpc::CallTimeout timeout, const rpc::Done<wire::Answer>& done) {
    for (const Enlisted* one : prepared) {
      wire::Vote vote;
      vote.xid = xid_;
      vote.preparation = on_wire(one->as);
      vote.resource = one->on->name();
      vote.ballot = wire::Ballot::prepared;
      vote.session = line.session();
      line.client().vote(vote, timeout, [](const rpc::CallResult<wire::Answer>&) {});
    }
    line.client().commit(commit, timeout, done);
  };
  return core_.link().ask(call, deadline_ + options_.outcome_timeout, options_.stop);
}

// On success `answer` says so.
bool transaction::undo_at_coordinator(wire::Answer& answer) {
  wire::Rollback rollback;
  rollback.xid = xid_;
  const auto call = [&](Line& line, rpc::CallTimeout timeout, const rpc::Done<wire::Answer>& done) {
    line.client().rollback(rollback, timeout, done);
  };
  const auto undone = core_.link().ask(call, Clock::now() + core_.options().call_timeout, options_.stop);
  if (!undone || undone->verdict != wire::Verdict::rolled_back) return false;
  answer.verdict = wire::Verdict::rolled_back;
  return true;
}

// A branch that cannot be ended now is held: the coordinator asks for its end again and again.
void transaction::finish(const std::vector<Enlisted*>& prepared, bool committed) {
  for (Enlisted* one : prepared) {
    try {
      if (committed) {
        one->held->work->commit();
      } else {
        one->held->work->rollback();
      }
      core_.ended(one->held, committed ? wire::Action::commit : wire::Action::rollback);
    } catch (const std::exception& problem) {
      core_.log(log_level::warning, fmt::format("{} of {} could not be ended now and will be later: {}",
                                                one->on->name(), xid_, problem.what()));
      core_.let_go(one->held);
    }
    one->held.reset();
  }
}

void transaction::leave_in_doubt(const std::vector<Enlisted*>& prepared) {
  for (Enlisted* one : prepared) core_.let_go(std::exchange(one->held, nullptr));
}

void transaction::rollback() noexcept {
  state_ = State::ended;
  for (Enlisted& one : branches_) {
    vow::branch* const work = one.held ? one.held->work.get() : one.work.get();
    if (work == nullptr) continue;
    try {
      work->rollback();
      if (one.held) core_.ended(one.held, wire::Action::rollback);
    } catch (const std::exception& problem) {
      core_.log(log_level::warning, fmt::format("{} of {} could not be rolled back now: {}", one.on->name(),
                                                xid_, problem.what()));
      if (one.held) core_.let_go(one.held);
    }
    one.held.reset();
    one.work.reset();
  }
}

void transaction::fail(const wire::Answer& answer) const { throw_verdict(answer, xid_, name_); }

}  // namespace vow::sdk
