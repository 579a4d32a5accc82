// What became of a transaction: the coordinator says, or the one database that committed it by itself.
#include <algorithm>

#include <fmt/format.h>

#include "participant-sdk/core/actions.h"
#include "participant-sdk/core/client_core.h"

namespace vow::sdk {

void client_core::is_in_doubt_alone(const preparation& as, const std::string& resource) {
  const std::lock_guard lock(mutex_);
  alone_in_doubt_.insert_or_assign(as.xid, Alone{as, resource});
}

vow::outcome client_core::settle(const Alone& one) {
  const Use use(*this, one.resource);
  record::book* const book = use.one() == nullptr ? nullptr : use.one()->records();
  if (book == nullptr) return outcome::unknown;
  const outcome came_to = record::settle_alone(*book, one.as);
  const std::lock_guard lock(mutex_);
  alone_in_doubt_.erase(one.as.xid);
  return came_to;
}

std::optional<vow::outcome> client_core::outcome_on_record(const std::string& xid) {
  try {
    std::optional<Alone> alone;
    {
      const std::lock_guard lock(mutex_);
      const auto at = alone_in_doubt_.find(xid);
      if (at != alone_in_doubt_.end()) alone = at->second;
    }
    if (alone) return settle(*alone);
    for (const std::string& name : served()) {
      const Use use(*this, name);
      record::book* const book = use.one() == nullptr ? nullptr : use.one()->records();
      if (book != nullptr && book->says_committed(xid)) return outcome::committed;
    }
    return std::nullopt;
  } catch (const std::exception& problem) {
    log(log_level::debug, fmt::format("{} is not known yet: {}", xid, problem.what()));
    return outcome::unknown;
  }
}

vow::outcome client_core::wait(const std::string& xid, Instant until, const std::stop_token& stop) {
  wire::Question question;
  question.xid = xid;
  question.asker = wire::Asker::watcher;
  const auto call = [&](Line& line, rpc::CallTimeout timeout, const rpc::Done<wire::Answer>& done) {
    line.client().outcome(question, timeout, done);
  };
  while (true) {
    const std::optional<outcome> on_record = outcome_on_record(xid);
    if (on_record && *on_record != outcome::unknown) return *on_record;
    const auto answer = link_.ask(call, until, stop);
    check_process();
    if (!answer) return outcome::unknown;
    if (answer->verdict == wire::Verdict::committed) return outcome::committed;
    const bool is_over =
        answer->verdict == wire::Verdict::rolled_back || answer->verdict == wire::Verdict::nothing_to_commit;
    // The coordinator says so too of what it never heard of: a database that cannot be asked may know better.
    if (is_over && !on_record) return outcome::rolled_back;
    if (!is_over && answer->verdict != wire::Verdict::open) return outcome::unknown;
    std::unique_lock lock(mutex_);
    const Instant again = std::min(until, clock_.now() + std::chrono::milliseconds(50));
    clock_.wait(changed_, lock, stop, again, [&] { return stopping_; });
    if (stopping_ || stop.stop_requested() || clock_.now() >= until) return outcome::unknown;
  }
}

}  // namespace vow::sdk
