// What the coordinator asks this process to do: what is known here is answered at once, and the rest is for
// the workers.
#include <utility>

#include <fmt/format.h>

#include "participant-sdk/core/actions.h"
#include "participant-sdk/core/client_core.h"
#include "participant-sdk/core/failures.h"

namespace vow::sdk {
namespace {

// Commands that wait for a worker. What is dropped beyond it comes again.
constexpr std::size_t commands_max = 100'000;

preparation preparation_of(const wire::Command& command) {
  return {command.xid, command.preparation.branch, static_cast<std::uint64_t>(command.preparation.nonce)};
}

wire::Report report_on(const wire::Command& command) {
  wire::Report report;
  report.xid = command.xid;
  report.preparation = command.preparation;
  report.action = command.action;
  return report;
}

}  // namespace

// Most commands cross with the news that they are done. Those cost no worker, and no look into the database.
bool client_core::take(std::vector<wire::Command> commands) {
  std::vector<wire::Report> done;
  bool is_any_left = false;
  {
    const std::lock_guard lock(mutex_);
    for (wire::Command& command : commands) {
      const std::string name = preparation_of(command).name();
      const auto held = held_.find(name);
      if (ended_.has(name, command.action)) {
        done.push_back(report_on(command));
        done.back().done = true;
      } else if (held != held_.end() && held->second->busy) {
        held->second->missed = std::move(command);
      } else if (commands_.size() < commands_max) {
        commands_.push_back(std::move(command));
        is_any_left = true;
      }
    }
  }
  for (wire::Report& again : done) link_.report(std::move(again));  // the first one may be lost
  if (is_any_left) changed_.notify_all();
  return is_any_left;
}

void client_core::work() {
  while (true) {
    wire::Command command;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || !commands_.empty(); });
      if (stopping_) return;
      command = std::move(commands_.front());
      commands_.pop_front();
    }
    try {
      carry_out(command);
    } catch (...) {
      if (!is_dead()) throw;
    }
  }
}

void client_core::carry_out(const wire::Command& command) {
  wire::Report report = report_on(command);
  const preparation which = preparation_of(command);
  try {
    if (command.action == wire::Action::prepare) {
      prepare_shared(command);
    } else if (!end(command, which)) {
      return;  // whoever is at it reports by himself, or leaves it to this command
    }
    report.done = true;
  } catch (const std::exception& problem) {
    report.__set_error(problem.what());
    log(log_level::warning, fmt::format("{} on {}: {}", which.name(), command.resource, problem.what()));
  }
  this->report(std::move(report), command.resource);
}

bool client_core::end(const wire::Command& command, const preparation& which) {
  {
    const std::lock_guard lock(mutex_);
    const auto at = held_.find(which.name());
    if (at != held_.end() && at->second->busy) {
      at->second->missed = command;
      return false;
    }
  }
  return end(command.resource, which, command.action);
}

bool client_core::end(const std::string& name, const preparation& which, wire::Action::type action) {
  const Use use(*this, name);
  if (use.one() == nullptr) throw std::runtime_error("this process no longer serves " + name);
  if (which.nonce == 0) {  // it is shared, and not prepared
    undo_shared(which.xid, which.branch);
    return true;
  }
  std::shared_ptr<HeldBranch> held;
  {
    const std::lock_guard lock(mutex_);
    const std::string own = which.name();
    if (ended_.has(own, action)) return true;
    const auto at = held_.find(own);
    if (at != held_.end()) {
      if (std::exchange(at->second->busy, true)) return false;
      held = at->second;
    }
  }
  before(step::end, name);
  if (held) {
    end_held(held, action);
  } else {
    end_by_name(*use.one(), which, action);
  }
  after(step::end, name);
  return true;
}

void client_core::end_by_name(resource& on, const preparation& which, wire::Action::type action) {
  if (action != wire::Action::commit && action != wire::Action::rollback)
    throw std::runtime_error("no branch of this process waits to be prepared under this name");
  const bool commits = action == wire::Action::commit;
  if (which.is_recorded()) {
    if (!on.has_actions_) throw action_unknown(which, "of any name");
    commits ? on.actions_->commit(which) : on.actions_->rollback(which);
  } else {
    commits ? on.commit_prepared(which) : on.rollback_prepared(which);
  }
}

void client_core::end_held(const std::shared_ptr<HeldBranch>& held, wire::Action::type action) {
  try {
    if (action == wire::Action::commit) {
      held->work->commit();
    } else {
      held->work->rollback();
    }
  } catch (...) {
    let_go(held);
    throw;
  }
  const std::lock_guard lock(mutex_);
  const std::string name = held->as.name();
  held_.erase(name);
  ended_.add(name, action);
}

}  // namespace vow::sdk
