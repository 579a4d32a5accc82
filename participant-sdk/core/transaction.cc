#include "participant-sdk/core/transaction.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "coordinator/txn/xid.h"
#include "participant-sdk/core/client_core.h"
#include "participant-sdk/core/failures.h"

namespace vow::sdk {
namespace {

// Only what is served can be shared: nobody would ask an initiator to prepare.
run_options not_shared(run_options options) {
  options.share = false;
  return options;
}

}  // namespace

transaction::transaction(client_core& core, std::string name, const run_options& options)
    : core_(core),
      name_(std::move(name)),
      options_(not_shared(options)),
      deadline_(core.clock().now() + options.timeout) {
  core_.check_process();
  while (true) {
    const auto line = core_.link().line(deadline_, options_.stop);
    if (!line) fail_without_line();
    if (const auto xid = line->minter->next(options_.timeout, core_.clock().now())) {
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
  const auto line = core_.link().line(core_.clock().now() + options.timeout, options_.stop);
  if (!line) fail_without_line();
  const auto now = core_.clock().now();
  const auto deadline_ms = static_cast<std::int64_t>(txn::parse_xid(xid_)->deadline_ms());
  deadline_ =
      now + std::chrono::milliseconds(deadline_ms - static_cast<std::int64_t>(line->minter->clock_ms(now)));
}

void transaction::fail_without_line() const {
  core_.check_process();  // it may have been ended meanwhile
  throw options_.stop.stop_requested() ? stopped(name_) : no_coordinator(name_, core_.link().problem());
}

transaction::~transaction() {
  try {
    if (state_ == State::working) rollback();
  } catch (...) {
    // A probe has ended the client.
  }
}

Instant transaction::deadline() const { return core_.clock().on_machine(deadline_); }

void transaction::check_may_enlist(const resource& on) const {
  if (state_ != State::working) throw is_over(xid_, on.name());
  if (core_.clock().now() >= deadline_) throw too_late(xid_, on.name(), "begin");
}

branch& transaction::enlist(resource& on, const resource::make_branch& make) {
  const std::string name = branch_name(options_.share ? shared_path : path_, on.name());
  const auto known = std::find_if(branches_.begin(), branches_.end(),
                                  [&](const Enlisted& b) { return b.on == &on && b.as.branch == name; });
  if (state_ == State::working && known != branches_.end()) return *known->at_work();
  return options_.share ? enlist_shared(on, make) : enlist_as(on, name, make);
}

void transaction::enlist_recorded(resource& on, const resource::make_branch& make) {
  (void)enlist_as(on, recorded_branch_name(path_, on.name(), recorded_++), make);
}

branch& transaction::enlist_as(resource& on, std::string name, const resource::make_branch& make) {
  check_may_enlist(on);
  preparation as{xid_, std::move(name), core_.draw_nonce()};
  core_.before(step::enlist, on.name());
  auto work = make(as);
  branches_.push_back({.on = &on, .as = std::move(as), .work = std::move(work)});
  core_.after(step::enlist, on.name());
  return *branches_.back().work;
}

// The branch as the calls before have left it, or a new one for those that follow.
branch& transaction::enlist_shared(resource& on, const resource::make_branch& make) {
  check_may_enlist(on);
  const std::string name = branch_name(shared_path, on.name());
  const Clock& clock = core_.clock();
  const Instant until = std::min(deadline_, clock.now() + core_.options().call_timeout);
  auto taken = core_.shared().take(xid_, name, clock.on_machine(until));
  if (taken.found == SharedBranches::Found::in_use) throw shared_in_use(xid_, on.name());
  if (taken.found == SharedBranches::Found::none) {
    try {
      preparation as{xid_, name, core_.draw_nonce()};
      auto work = make(as);
      taken.branch = std::make_unique<SharedBranch>(
          SharedBranch{on.name(), std::move(as), core_.draw_nonce(), deadline_, std::move(work)});
    } catch (...) {
      core_.shared().drop(xid_, name);
      throw;
    }
  }
  branches_.push_back({.on = &on, .as = taken.branch->as, .shared = std::move(taken.branch)});
  return *branches_.back().at_work();
}

bool transaction::is_transient(const std::exception& what) const {
  return std::any_of(branches_.begin(), branches_.end(),
                     [&](const Enlisted& b) { return b.at_work() && b.at_work()->is_transient(what); });
}

bool transaction::pause(std::chrono::milliseconds time) const {
  core_.pause(time, options_.stop);
  return !options_.stop.stop_requested();
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

}  // namespace vow::sdk
