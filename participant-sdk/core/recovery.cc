// What is left prepared in the databases, and nobody ends: found, asked about and ended. With a coordinator
// up, this alone brings a database to rest; all else is merely faster.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "coordinator/txn/xid.h"
#include "participant-sdk/core/actions.h"
#include "participant-sdk/core/client_core.h"

namespace vow::sdk {
namespace {

// In one question.
constexpr std::size_t questions_max = 1'000;
// After so many looks, what is found prepared and young is the work of those who live.
constexpr int looks_of_the_beginning = 3;

// A recorded branch is prepared from its attempt on, while its transaction is still at work, perhaps in
// another process: to ask as one who is involved would end that. So until the deadline it is merely asked.
wire::Asker::type asker_of(const preparation& which, std::uint64_t now_ms) {
  const bool may_be_at_work = which.is_recorded() && txn::parse_xid(which.xid)->deadline_ms() > now_ms;
  return may_be_at_work ? wire::Asker::watcher : wire::Asker::involved;
}

wire::Question question_about(const preparation& which, std::uint64_t now_ms) {
  wire::Question question;
  question.xid = which.xid;
  wire::Preparation one;
  one.branch = which.branch;
  one.nonce = static_cast<std::int64_t>(which.nonce);
  question.__set_preparation(one);
  question.asker = asker_of(which, now_ms);
  return question;
}

}  // namespace

void client_core::recover_again_and_again() {
  Instant look_again = clock_.now();
  std::size_t known = 0;  // resources that were looked into
  int looks = 0;          // since there were so many
  while (true) {
    bool is_line_new = false;
    {
      std::unique_lock lock(mutex_);
      clock_.wait(changed_, lock, {}, look_again,
                  [&] { return stopping_ || is_line_new_ || resources_.size() > known; });
      if (stopping_) return;
      is_line_new = std::exchange(is_line_new_, false);
      if (resources_.size() > known) {
        look_again = clock_.now();
        looks = 0;
      }
      known = resources_.size();
    }
    try {
      if (is_line_new) {
        ask_about_held();
        ask_about_shared();
      }
      if (clock_.now() < look_again) continue;
      drop_late_shared();
      ask_about_shared();
      young_for_ = std::chrono::milliseconds::max();
      recover_all();
    } catch (...) {
      if (!is_dead()) throw;
    }
    const auto interval = static_cast<std::uint64_t>(options_.recovery_interval.count());
    auto pause = std::chrono::milliseconds(interval / 2 + draw(interval + 1));
    // It may be what a process left that has just died, perhaps this one before it was started again.
    if (++looks < looks_of_the_beginning) pause = std::min(pause, young_for_.load());
    look_again = clock_.now() + pause;
  }
}

// A new leader knows nothing of the votes that the one before had gathered, so nobody would tell this process
// that their transactions are over; and what they hold keeps others waiting.
void client_core::ask_about_held() {
  std::map<std::string, std::vector<preparation>> of_resource;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, branch] : held_) {
      if (!branch->busy) of_resource[branch->resource].push_back(branch->as);
    }
  }
  for (auto& [resource, left] : of_resource) {
    const Use use(*this, resource);
    const auto line = link_.line(clock_.now() + options_.call_timeout, {});
    if (use.one() == nullptr || !line) continue;
    left.resize(std::min(left.size(), questions_max));
    ask_and_end(*use.one(), line, left);
  }
}

std::vector<resource::found> client_core::all_prepared(resource& in) {
  std::vector<resource::found> all = in.list_prepared();
  record::book* const book = in.records();
  if (book == nullptr || !(in.has_actions_ || book->is_there())) return all;
  if (in.has_actions_) {
    for (record::book::found& each : book->list_open()) all.push_back({std::move(each.which), each.age});
  }
  book->clean();
  return all;
}

std::size_t client_core::recover_all() {
  std::size_t found = 0;
  for (const std::string& name : served()) {
    const Use use(*this, name);
    if (use.one() == nullptr) continue;
    std::size_t here = 1;  // somebody else looks, or it cannot be known
    try {
      use.one()->alone([&] { here = recover(*use.one()); });
    } catch (const std::exception& problem) {
      log(log_level::warning,
          fmt::format("looking for what is left prepared in {}: {}", name, problem.what()));
    }
    found += here;
  }
  return found;
}

// Ends what is old enough. How much was found of this cell, of any age.
std::size_t client_core::recover(resource& one) {
  const Instant until = clock_.now() + options_.call_timeout;
  const auto line = link_.line(until, {});
  if (!line) return 1;  // its problem is told already
  std::size_t found = 0;
  std::vector<preparation> left;
  for (const resource::found& each : all_prepared(one)) {
    const auto xid = txn::parse_xid(each.which.xid);
    const bool is_ours = xid && xid->cell == line->minter->session().cell;
    found += is_ours ? 1 : 0;
    const auto age = clock_.aged(each.age);
    const bool is_old = age >= options_.recovery_age;
    if (is_ours && !is_old) young_for_ = std::min(young_for_.load(), options_.recovery_age - age);
    if (!is_ours || !is_old || left.size() == questions_max) continue;
    const std::lock_guard lock(mutex_);
    const std::string name = each.which.name();
    const auto held = held_.find(name);
    const bool is_in_hand = preparing_.contains(name) || (held != held_.end() && held->second->busy);
    if (!is_in_hand) left.push_back(each.which);
  }
  ask_and_end(one, line, left);
  return found;
}

void client_core::ask_and_end(resource& one, const std::shared_ptr<Line>& line,
                              const std::vector<preparation>& left) {
  if (left.empty()) return;
  const std::uint64_t now_ms = line->minter->clock_ms(clock_.now());
  std::vector<wire::Question> questions;
  for (const preparation& which : left) questions.push_back(question_about(which, now_ms));
  const auto answers = line->client().outcomes(questions, options_.call_timeout);
  if (!answers) {
    link_.doubt(line);
    return;
  }
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
      const auto action = committed ? wire::Action::commit : wire::Action::rollback;
      if (!end(one.name(), left[i], action)) continue;
      report_done(left[i], action, one.name());  // else it would go on asking, ever more rarely
      log(log_level::info, fmt::format("{} was left prepared in {}: {}", left[i].name(), one.name(),
                                       committed ? "committed" : "rolled back"));
    } catch (const std::exception& problem) {
      log(log_level::warning,
          fmt::format("{} in {} could not be ended: {}", left[i].name(), one.name(), problem.what()));
    }
  }
}

}  // namespace vow::sdk
