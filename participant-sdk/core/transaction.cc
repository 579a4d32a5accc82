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

transaction::transaction(client_core& core, std::string name, const run_options& options, const Context& of)
    : core_(core), name_(std::move(name)), options_(options), xid_(of.xid), path_(of.path) {
  core_.check_process();
  // The deadline is by the leader's clock.
  const auto line = core_.link().line(Clock::now() + options.timeout, options_.stop);
  if (!line)
    throw options_.stop.stop_requested() ? stopped(name_) : no_coordinator(name_, core_.link().problem());
  const auto now = Clock::now();
  const auto deadline_ms = static_cast<std::int64_t>(txn::parse_xid(xid_)->deadline_ms());
  deadline_ =
      now + std::chrono::milliseconds(deadline_ms - static_cast<std::int64_t>(line->minter->clock_ms(now)));
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
  preparation as{xid_, branch_name(path_, on.name()), core_.draw_nonce()};
  auto work = make(as);
  branches_.push_back({.on = &on, .as = std::move(as), .work = std::move(work), .held = nullptr});
  return *branches_.back().work;
}

bool transaction::is_transient(const std::exception& what) const {
  return std::any_of(branches_.begin(), branches_.end(),
                     [&](const Enlisted& b) { return b.work && b.work->is_transient(what); });
}

// --- calls

std::pair<std::uint32_t, std::string> transaction::next_call() {
  if (state_ != State::working) throw is_over(xid_, "another service");
  const auto nth = static_cast<std::uint32_t>(calls_.size());
  calls_.push_back({.path = call_path(path_, nth), .answered = false, .branches = {}});
  return {nth, encode(Context{xid_, calls_.back().path})};
}

void transaction::answered(std::uint32_t nth_call, const headers& with) {
  for (const auto& [name, value] : with) {
    if (!is_header(name, branches_header)) continue;
    auto branches = parse_branches(value, xid_);
    if (!branches) throw bad_answer(xid_, fmt::format("{} is '{}'", branches_header, value));
    calls_[nth_call].branches = *std::move(branches);
    calls_[nth_call].answered = true;
    return;
  }
  throw bad_answer(xid_, fmt::format("there is no header {}", branches_header));
}

void transaction::check_calls() {
  const bool all = std::all_of(calls_.begin(), calls_.end(), [](const Call& call) { return call.answered; });
  if (all) return;
  rollback();
  throw unanswered_call(xid_, name_);
}

std::vector<preparation> transaction::called() const {
  std::vector<preparation> all;
  for (const Call& call : calls_) all.insert(all.end(), call.branches.begin(), call.branches.end());
  return all;
}

// --- the end

// The votes of a part are asked for one by one: each must count before its caller is answered.
std::vector<preparation> transaction::vote() {
  check_calls();
  state_ = State::committing;
  const std::vector<Enlisted*> prepared = prepare();
  std::vector<preparation> all = called();
  for (Enlisted* one : prepared) {
    all.push_back(one->as);
    const auto call = [&](Line& line, rpc::CallTimeout timeout, const rpc::Done<wire::Answer>& done) {
      line.client().vote(vote_of(*one, line), timeout, done);
    };
    const auto answer = core_.link().ask(call, deadline_, options_.stop);
    if (answer && answer->verdict == wire::Verdict::taken) continue;
    state_ = State::ended;
    if (answer && answer->verdict == wire::Verdict::rolled_back) {
      finish(prepared, false);
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

void transaction::commit() {
  check_calls();
  state_ = State::committing;
  const std::vector<Enlisted*> prepared = prepare();
  const std::vector<preparation> elsewhere = called();
  if (prepared.empty() && elsewhere.empty()) {
    state_ = State::ended;
    return;
  }
  const auto answer = decide(prepared);
  state_ = State::ended;
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
  finish(prepared, committed);
  if (is_undone) throw refused(*answer, xid_, name_);
  if (!committed) fail(*answer);
  if (!elsewhere.empty()) wait_for_others(commit_of(prepared));
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

wire::Commit transaction::commit_of(const std::vector<Enlisted*>& prepared) const {
  wire::Commit commit;
  commit.xid = xid_;
  for (const Enlisted* one : prepared) commit.named.push_back(on_wire(one->as));
  for (const preparation& one : called()) commit.named.push_back(on_wire(one));
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
    for (const Enlisted* one : prepared)
      line.client().vote(vote_of(*one, line), timeout, [](const rpc::CallResult<wire::Answer>&) {});
    line.client().commit(commit, timeout, done);
  };
  return core_.link().ask(call, deadline_ + options_.outcome_timeout, options_.stop);
}

// So that who called this reads what he wrote, everywhere. It is committed, whatever comes of the waiting.
void transaction::wait_for_others(const wire::Commit& decided) {
  const Instant until = Clock::now() + options_.completion_timeout;
  const auto call = [&](Line& line, rpc::CallTimeout timeout, const rpc::Done<wire::Answer>& done) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
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
  const auto undone = core_.link().ask(call, Clock::now() + core_.options().call_timeout, options_.stop);
  return undone && undone->verdict == wire::Verdict::rolled_back;
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
  const bool was_over = std::exchange(state_, State::ended) == State::ended;
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
