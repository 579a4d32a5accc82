#include "coordinator/dispatch/waiters.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace vow::dispatch {
namespace {

constexpr std::uint64_t for_ever = std::numeric_limits<std::uint64_t>::max();

}  // namespace

void Waiters::add(const txn::Xid& xid, Until until, std::optional<std::uint64_t> wait_until_ms,
                  AnswerDone done) {
  waiters_[xid].push_back({until, wait_until_ms.value_or(for_ever), std::move(done)});
  ++size_;
  if (wait_until_ms) ends_[*wait_until_ms / step_ms + 1].push_back(xid);
}

bool Waiters::is_enough(Until until, const txn::Settled& settled) {
  if (settled.finished || until == Until::decided) return true;
  return until == Until::committed && settled.answer.verdict != txn::Verdict::committed;
}

template <class Which>
std::vector<AnswerDone> Waiters::take(const txn::Xid& xid, Which which) {
  std::vector<Waiter>* const found = waiters_.find(xid);
  if (found == nullptr) return {};
  std::vector<Waiter>& waiting = *found;
  const auto kept =
      std::stable_partition(waiting.begin(), waiting.end(), [&](const Waiter& w) { return !which(w); });
  std::vector<AnswerDone> taken;
  for (auto each = kept; each != waiting.end(); ++each) taken.push_back(std::move(each->done));
  size_ -= taken.size();
  waiting.erase(kept, waiting.end());
  if (waiting.empty()) waiters_.erase(xid);
  return taken;
}

// Those who are told have been taken out before: they may come back at once with the next question.

void Waiters::settled(const txn::Settled& settled) {
  const auto told = take(settled.xid, [&](const Waiter& waiter) { return is_enough(waiter.until, settled); });
  for (const AnswerDone& done : told) done(settled.answer);
}

void Waiters::tick(std::uint64_t now_ms, const Ask& ask) {
  while (!ends_.empty() && ends_.begin()->first * step_ms <= now_ms) {
    const auto step = ends_.extract(ends_.begin());
    for (const txn::Xid& xid : step.mapped()) {
      const auto told = take(xid, [&](const Waiter& waiter) { return waiter.until_ms <= now_ms; });
      if (told.empty()) continue;
      const txn::Answer answer = ask(xid);
      for (const AnswerDone& done : told) done(answer);
    }
  }
}

void Waiters::end(const Ask& ask) {
  const auto all = std::exchange(waiters_, {});
  ends_.clear();
  size_ = 0;
  all.for_each([&](const txn::Xid& xid, const std::vector<Waiter>& waiting) {
    const txn::Answer answer = ask(xid);
    for (const Waiter& waiter : waiting) waiter.done(answer);
  });
}

}  // namespace vow::dispatch
