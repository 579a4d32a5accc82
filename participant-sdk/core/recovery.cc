// What is left prepared in the databases, and nobody ends: found, asked about and ended. With a coordinator
// up, this alone brings a database to rest; all else is merely faster.
#include <algorithm>

#include <fmt/format.h>

#include "coordinator/txn/xid.h"
#include "participant-sdk/core/client_core.h"

namespace vow::sdk {
namespace {

// In one question.
constexpr std::size_t questions_max = 1'000;

wire::Question question_about(const preparation& which) {
  wire::Question question;
  question.xid = which.xid;
  wire::Preparation one;
  one.branch = which.branch;
  one.nonce = static_cast<std::int64_t>(which.nonce);
  question.__set_preparation(one);
  question.asker = wire::Asker::involved;
  return question;
}

}  // namespace

void client_core::recover_again_and_again() {
  while (true) {
    for (const std::string& name : served()) {
      const Use use(*this, name);
      if (use.one() == nullptr) continue;
      try {
        use.one()->alone([&] { recover(*use.one()); });
      } catch (const std::exception& problem) {
        log(log_level::warning,
            fmt::format("looking for what is left prepared in {}: {}", name, problem.what()));
      }
    }
    const auto interval = static_cast<std::uint64_t>(options_.recovery_interval.count());
    const auto pause = std::chrono::milliseconds(interval / 2 + draw(interval + 1));
    std::unique_lock lock(mutex_);
    const std::size_t known = resources_.size();
    changed_.wait_for(lock, pause, [&] { return stopping_ || resources_.size() > known; });
    if (stopping_) return;
  }
}

void client_core::recover(resource& one) {
  const Instant until = Clock::now() + options_.call_timeout;
  const auto line = link_.line(until, {});
  if (!line) return;  // its problem is told already
  std::vector<preparation> left;
  for (const resource::found& each : one.list_prepared()) {
    const auto xid = txn::parse_xid(each.which.xid);
    const bool is_ours = xid && xid->cell == line->minter->session().cell;
    if (!is_ours || each.age < options_.recovery_age || left.size() == questions_max) continue;
    const std::lock_guard lock(mutex_);
    const auto held = held_.find(each.which.name());
    if (held == held_.end() || !held->second->busy) left.push_back(each.which);
  }
  if (left.empty()) return;

  std::vector<wire::Question> questions(left.size());
  std::transform(left.begin(), left.end(), questions.begin(), question_about);
  const auto answers = line->client().outcomes(questions, options_.call_timeout);
  if (!answers) return link_.doubt(line);
  for (std::size_t i = 0; i < std::min(left.size(), answers->size()); ++i) {
    const wire::Answer& answer = (*answers)[i];
    const bool committed = answer.verdict == wire::Verdict::committed;
    if (answer.verdict == wire::Verdict::forgotten) {
      log(log_level::error,
          fmt::format("{} in {} was committed or rolled back so long ago that only an operator can say "
                      "which: see `vow explain VOW-2004`",
                      left[i].name(), one.name()));
    }
    if (!committed && answer.verdict != wire::Verdict::rolled_back) continue;
    try {
      (void)end(one.name(), left[i], committed ? wire::Action::commit : wire::Action::rollback);
      log(log_level::info, fmt::format("{} was left prepared in {}: {}", left[i].name(), one.name(),
                                       committed ? "committed" : "rolled back"));
    } catch (const std::exception& problem) {
      log(log_level::warning,
          fmt::format("{} in {} could not be ended: {}", left[i].name(), one.name(), problem.what()));
    }
  }
}

}  // namespace vow::sdk
