#include "tests/sim/cell/initiator.h"

#include <algorithm>

#include <fmt/format.h>

namespace vow::sim::cell {

using txn::Verdict;
using Kind = WorkRequest::Kind;

void Initiator::started() {
  keep_session({});
  next(random_.below(manners_.think + 1));
}

void Initiator::crashed() {
  Client::crashed();
  now_ = {};
  ++turn_;
}

void Initiator::finish_with(std::uint64_t transactions) {
  finishing_ = true;
  owed_ = transactions;
}

bool Initiator::gives_up() { return !finishing_ && random_.chance(manners_.give_up); }

void Initiator::next(Time delay) {
  after(delay, [this] { begin(); });
}

// From a session it names its transactions by itself.
void Initiator::begin() {
  if (is_through()) return;
  ++turn_;
  now_ = {};
  const std::uint32_t timeout_s =
      finishing_ ? 10 : 1 + static_cast<std::uint32_t>(random_.below(manners_.timeout_s_max));
  if (random_.chance(manners_.begin_by_call)) {
    return begin_transaction(timeout_s, [this](const std::optional<txn::Xid>& xid) {
      if (!xid) return next(around(random_, habits_.retry));
      world_.happened(Rare::begun_by_call);
      begun(*xid);
    });
  }
  if (!session()) return next(around(random_, habits_.retry));
  const std::pair from(session()->term, session()->session);
  if (sequence_of_ != from) sequence_ = 0;
  sequence_of_ = from;
  txn::Xid xid;
  xid.cell = session()->cell;
  xid.incarnation = session()->incarnation;
  xid.term = static_cast<std::uint32_t>(session()->term.value());
  xid.begin_ms = leader_clock_ms();
  xid.timeout_s = timeout_s;
  xid.session = txn::nth_of(session()->session);
  xid.sequence = ++sequence_;
  begun(xid);
}

void Initiator::begun(const txn::Xid& xid) {
  ++world_.counters.transactions;
  business_.begun.push_back(xid);
  now_.xid = xid;
  now_.is_hasty = !finishing_ && random_.chance(manners_.haste);
  const std::size_t count = random_.chance(0.1) ? 1 : random_.between(2, 4);
  world_.trace.line("{} begins {}, with {} branches", name(), brief(xid), count);
  for (std::size_t nth = 0; nth < count; ++nth) {
    Participant* to = business_.participants[random_.below(business_.participants.size())];
    now_.calls.push_back({.request = draw_request(xid, nth),
                          .to = to,
                          .tries = 0,
                          .ended = false,
                          .abandoned = false,
                          .reply = {}});
  }
  for (std::size_t nth = 0; nth < count; ++nth) make_call(turn_, nth);
}

WorkRequest Initiator::draw_request(const txn::Xid& xid, std::size_t nth) {
  WorkRequest request{.xid = xid, .branch = *txn::BranchName::from(fmt::format("b{}", nth))};
  request.early_reply = random_.chance(manners_.early_reply);
  if (finishing_) return request;
  const std::uint64_t kind = random_.below(100);
  if (random_.chance(manners_.shared))
    request.kind = Kind::shared;
  else if (kind < 15)
    request.kind = Kind::reads_only;
  else if (kind < 18)
    request.kind = Kind::refuses;
  return request;
}

// A repeated call may reach another instance, which knows nothing of the first.
Participant* Initiator::another_instance(Participant* known) {
  if (!random_.chance(0.4)) return known;
  std::vector<Participant*> instances;
  for (Participant* each : business_.participants) {
    if (&each->database() == &known->database()) instances.push_back(each);
  }
  return instances[random_.below(instances.size())];
}

void Initiator::make_call(std::uint64_t turn, std::size_t nth) {
  if (turn != turn_ || now_.calls[nth].ended) return;
  Call& call = now_.calls[nth];
  if (++call.tries > 1) call.to = another_instance(call.to);
  send_call(call, [this, turn, nth](const std::optional<WorkReply>& reply) {
    if (turn != turn_ || now_.calls[nth].ended) return;
    Call& answered = now_.calls[nth];
    if (reply) {
      answered.ended = true;
      answered.reply = *reply;
      return call_ended();
    }
    world_.happened(Rare::work_unanswered);
    if (answered.tries >= 3) {
      answered.ended = true;
      return call_ended();
    }
    make_call(turn, nth);
  });
  if (finishing_ || call.tries > 1 || !random_.chance(manners_.repeat_late)) return;
  Call copy = call;
  copy.to = another_instance(call.to);
  const Time late = copy.request.kind == Kind::shared ? 300 * millisecond : 2 * second;
  after(around(random_, late), [this, copy] { send_call(copy, [](const std::optional<WorkReply>&) {}); });
}

void Initiator::send_call(const Call& call, std::function<void(std::optional<WorkReply>)> done) {
  Process::call<WorkReply>(
      call.to->id(), manners_.call_patience,
      [to = call.to, request = call.request](const std::function<void(WorkReply)>& reply) {
        to->receive([to, request, reply] { to->work(request, reply); });
      },
      std::move(done));
}

// Some do not wait for all that they called, and commit what they know of.
void Initiator::call_ended() {
  std::vector<Call*> missing;
  for (Call& call : now_.calls) {
    if (!call.ended) missing.push_back(&call);
  }
  if (missing.size() == 1 && now_.is_hasty) {
    world_.happened(Rare::call_not_waited_for);
    missing.front()->ended = missing.front()->abandoned = true;
    missing.clear();
  }
  if (missing.empty()) all_ended();
}

// A call without an answer may have left a branch that nobody knows of: such a transaction is rolled back.
void Initiator::all_ended() {
  if (gives_up()) {
    world_.happened(Rare::initiator_gave_up);
    return over();
  }
  for (const Call& call : now_.calls) {
    if (!call.reply.done && !call.abandoned) now_.wants_rollback = true;
    if (call.reply.done && !call.reply.reads_only) now_.named.push_back(call.reply.preparation);
  }
  if (!finishing_ && random_.chance(0.05)) now_.wants_rollback = true;
  if (!finishing_ && !now_.named.empty() && random_.chance(manners_.misname)) {
    now_.misnamed = true;
    world_.happened(Rare::commit_misnames);
    const txn::Preparation stranger{*txn::BranchName::from("stranger"), txn::Nonce(1)};
    now_.named.pop_back();
    if (random_.chance(0.5)) now_.named.push_back(stranger);
  }
  const Time dithers = finishing_ ? 0 : random_.below(manners_.dither + 1);
  after(dithers, [this, turn = turn_] { ask_for_end(turn); });
}

void Initiator::ask_for_end(std::uint64_t turn) {
  if (turn != turn_) return;
  if (gives_up()) {
    world_.happened(Rare::initiator_gave_up);
    return over();
  }
  ++now_.tries;
  const auto heard = [this, turn](const std::optional<txn::Answer>& answer) {
    if (turn == turn_) ended(answer);
  };
  if (now_.wants_rollback) return roll_back(now_.xid, random_.chance(0.3) ? 500 : 0, heard);
  if (now_.tries > 1 && random_.chance(0.1))
    return ask_outcome(somebody(), now_.xid, std::nullopt, txn::Asker::involved, heard);
  const std::uint32_t wait_ms = random_.chance(0.6) ? manners_.wait_finished_ms : 0;
  std::vector<txn::Preparation> named = now_.named;
  for (const Call& call : now_.calls) {
    if (call.reply.reads_only) named.push_back(call.reply.preparation);
  }
  commit({now_.xid, std::move(named), wait_ms}, habits_.patience + wait_ms * millisecond, heard);
}

void Initiator::ended(const std::optional<txn::Answer>& answer) {
  const Verdict verdict = answer ? answer->verdict : Verdict::unknown;
  if (now_.tries > 1 && answer) world_.happened(Rare::end_asked_again);
  if (now_.in_doubt && verdict == Verdict::committed) world_.happened(Rare::commit_in_doubt_committed);
  if (now_.in_doubt && verdict == Verdict::rolled_back) world_.happened(Rare::commit_in_doubt_rolled_back);
  if (verdict == Verdict::unknown && !now_.wants_rollback) now_.in_doubt = true;
  switch (verdict) {
    case Verdict::committed:
      if (now_.wants_rollback) {
        world_.happened(Rare::rollback_found_committed);
      } else {
        checker_.acknowledged(now_.xid, now_.named);
      }
      return over();
    case Verdict::rolled_back:
      if (!now_.wants_rollback && answer->reason == txn::Reason::past_deadline)
        world_.happened(Rare::commit_past_deadline);
      [[fallthrough]];
    case Verdict::nothing_to_commit:
    case Verdict::forgotten:
      ++world_.counters.transactions_rolled_back;
      return over();
    case Verdict::invalid:
      now_.wants_rollback = true;
      break;
    case Verdict::overloaded:
      world_.happened(Rare::overloaded);
      break;
    default:
      break;
  }
  // Whoever has no patience left may still say no; it may be too late for that.
  if (!now_.wants_rollback && random_.chance(manners_.impatience)) now_.wants_rollback = true;
  after(around(random_, habits_.retry), [this, turn = turn_] { ask_for_end(turn); });
}

void Initiator::over() {
  ++turn_;
  if (owed_ > 0) --owed_;
  if (!is_through()) next(around(random_, finishing_ ? 20 * millisecond : manners_.think));
}

}  // namespace vow::sim::cell
