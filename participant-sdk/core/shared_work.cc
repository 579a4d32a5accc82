// What the coordinator asks of branches that several calls share, and what becomes of those it forgot.
#include <algorithm>

#include <fmt/format.h>

#include "participant-sdk/core/client_core.h"
#include "participant-sdk/core/failures.h"

namespace vow::sdk {

using Found = SharedBranches::Found;

namespace {

// In one call.
constexpr std::size_t questions_max = 1'000;

}  // namespace

// The coordinator says it again until it has the vote, which is the same then.
std::shared_ptr<HeldBranch> client_core::prepared_before(const wire::Command& command) {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, held] : held_) {
    const bool is_it =
        held->as.xid == command.xid && held->as.branch == command.preparation.branch && held->enlistment != 0;
    if (is_it && !std::exchange(held->busy, true)) return held;
  }
  return nullptr;
}

void client_core::prepare_shared(const wire::Command& command) {
  const Use use(*this, command.resource);
  wire::Vote vote;
  vote.xid = command.xid;
  vote.resource = command.resource;
  vote.preparation.branch = command.preparation.branch;
  vote.preparation.nonce = static_cast<std::int64_t>(draw_nonce());
  vote.ballot = wire::Ballot::refused;  // of another enlistment: what was done here is lost

  std::shared_ptr<HeldBranch> held = prepared_before(command);
  if (!held) {
    auto taken = shared_.take_existing(command.xid, command.preparation.branch,
                                       std::chrono::steady_clock::now() + options_.call_timeout);
    if (taken.found == Found::in_use) throw shared_in_use(command.xid, command.resource);
    if (taken.found == Found::taken) {
      vote.enlistment = static_cast<std::int64_t>(taken.branch->enlistment);
      vote.preparation.nonce = static_cast<std::int64_t>(taken.branch->as.nonce);
      try {
        before(step::prepare, command.resource);
        held = prepare(command.resource, taken.branch->as, taken.branch->work);
        if (held) {
          held->enlistment = taken.branch->enlistment;
          after(step::prepare, command.resource);
        } else {
          vote.ballot = wire::Ballot::read_only;
        }
      } catch (const std::exception& why) {
        log(log_level::warning,
            fmt::format("{} on {} cannot be prepared: {}", command.xid, command.resource, why.what()));
      }
      shared_.drop(command.xid, command.preparation.branch);
    }
  }
  if (held) {
    vote.ballot = wire::Ballot::prepared;
    vote.enlistment = static_cast<std::int64_t>(held->enlistment);
    vote.preparation.nonce = static_cast<std::int64_t>(held->as.nonce);
  }
  const auto call = [&](Line& line, rpc::CallTimeout timeout, const rpc::Done<wire::Answer>& done) {
    vote.session = line.session();
    line.client().vote(vote, timeout, done);
  };
  before(step::vote, command.resource);
  const auto answer = link_.ask(call, clock_.now() + options_.call_timeout, {});
  after(step::vote, command.resource);
  const bool is_rolled_back = answer && answer->verdict == wire::Verdict::rolled_back;
  if (held && is_rolled_back) {
    (void)end_held(held, wire::Action::rollback);
  } else if (held) {
    let_go(held);
  }
  if (!answer) throw std::runtime_error("the vote was not answered: " + link_.problem());
}

void client_core::undo_shared(const std::string& xid, const std::string& branch) {
  auto taken = shared_.take_existing(xid, branch, std::chrono::steady_clock::now() + options_.call_timeout);
  if (taken.found == Found::in_use) throw shared_in_use(xid, branch);
  if (taken.found == Found::none) return;
  try {
    taken.branch->work->rollback();
  } catch (const std::exception& problem) {
    // What is not prepared is lost with its connection.
    log(log_level::debug, fmt::format("{} in {}: {}", xid, taken.branch->resource, problem.what()));
  }
  taken.branch.reset();
  shared_.drop(xid, branch);
}

// What has not voted may be undone at any time; no commit can come after its deadline.
void client_core::drop_late_shared() {
  for (const SharedBranches::Waiting& each : shared_.waiting()) {
    if (clock_.now() < each.deadline) continue;
    drop_shared(each, "its time is up");
  }
}

// A new leader knows nothing of them, so tells nobody that they are over. Nor is this process told if its
// session has ended since, and with it all that the coordinator knew about who has them.
void client_core::ask_about_shared() {
  std::vector<SharedBranches::Waiting> waiting = shared_.waiting();
  const auto line = waiting.empty() ? nullptr : link_.line(clock_.now(), {});
  if (!line) return;
  waiting.resize(std::min(waiting.size(), questions_max));
  std::vector<wire::Question> questions(waiting.size());
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    questions[i].xid = waiting[i].xid;
    questions[i].asker = wire::Asker::watcher;  // it is at work, and goes on if nothing is known of its end
  }
  const auto answers = line->client().outcomes(questions, options_.call_timeout);
  if (!answers) return link_.doubt(line);
  for (std::size_t i = 0; i < std::min(waiting.size(), answers->size()); ++i) {
    if ((*answers)[i].verdict == wire::Verdict::rolled_back) drop_shared(waiting[i], "it is rolled back");
  }
}

void client_core::drop_shared(const SharedBranches::Waiting& which, const char* why) {
  try {
    undo_shared(which.xid, which.branch);
    log(log_level::info, fmt::format("{} has a shared branch here, which is undone: {}", which.xid, why));
  } catch (const std::exception& problem) {
    log(log_level::warning,
        fmt::format("a shared branch of {} could not be rolled back: {}", which.xid, problem.what()));
  }
}

}  // namespace vow::sdk
