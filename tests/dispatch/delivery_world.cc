#include "tests/dispatch/delivery_world.h"

#include <algorithm>
#include <utility>

#include "tests/dispatch/delivery_words.h"

namespace vow::dispatch {
namespace {

const std::vector<std::string> resources = {"ledger", "mail", "stock"};

}  // namespace

DeliveryOptions DeliveryWorld::options(Random& random) {
  DeliveryOptions options;
  options.backoff = {.first_ms = 50, .cap_ms = 2'000};
  options.in_flight_max = random.between(2, 8);
  options.assigned_max = options.in_flight_max + random.below(6);
  options.policy = static_cast<Policy>(random.below(6));
  options.policies["mail"] = static_cast<Policy>(random.below(6));
  return options;
}

DeliveryWorld::DeliveryWorld(std::uint64_t seed)
    : random_(seed), options_(options(random_)), delivery_(options_, random_.fork()) {}

void DeliveryWorld::disturb(int steps) {
  for (int i = 0; i < steps; ++i) {
    step();
    if (random_.chance(0.7)) take();
    check();
  }
}

void DeliveryWorld::step() {
  const txn::SessionNumber session = any_session();
  const auto process = processes_.find(session);
  switch (random_.below(13)) {
    case 0:
    case 1:
      return instruct();
    case 2:
      return supersede();
    case 3:
      if (processes_.size() < 5)
        open(static_cast<Process::Manner>(random_.below(6)),
             {resources[random_.below(3)], resources[random_.below(3)]});
      return;
    case 4:
      if (random_.chance(0.2)) {
        delivery_.close(session, now_);
        processes_.erase(session);
      }
      return;
    case 5:
      if (random_.chance(0.3)) forget();
      if (random_.chance(0.3)) retry();
      return;
    case 6:
      if (random_.chance(0.05)) return pass(random_.between(1, 15'000));
      return pass(random_.between(1, 300));
    case 7:
      if (random_.chance(0.3)) cut_off(session);
      return;
    case 8:
    case 9:
    case 10:
      if (process != processes_.end()) poll(session, process->second);
      return;
    default:
      if (process != processes_.end()) report(session, process->second);
  }
}

void DeliveryWorld::settle() {
  for (const std::string& resource : resources) open(Process::Manner::good, {resource});
  const std::uint64_t until = now_ + 600'000;
  const auto is_left = [](const auto& entry) { return !entry.second.poisoned; };
  while (std::any_of(told_.begin(), told_.end(), is_left)) {
    VOW_CHECK(now_ < until, "of {} commands some that an instance would do are not done after 10 min",
              told_.size());
    for (auto& [session, process] : processes_) {
      if (!process.polling) poll(session, process);
    }
    take();
    for (auto& [session, process] : processes_) {
      while (!process.in_hand.empty()) report(session, process);
    }
    take();
    pass(50);
    check();
  }
}

void DeliveryWorld::pass(std::uint64_t ms) {
  // What the sessions hold may be given to others from now on, and what was sent before counts before.
  take();
  now_ += ms;
  delivery_.tick(now_);
  for (const auto& [session, process] : processes_) {
    const bool is_gone = process.cut_off_at && *process.cut_off_at + options_.cut_off_expires_ms <= now_;
    VOW_CHECK(!is_gone || !delivery_.has_session(session), "session {} is cut off and still waited for",
              session.value());
  }
  for (auto at = processes_.begin(); at != processes_.end();) {
    if (delivery_.has_session(at->first)) {
      ++at;
    } else {
      ++seen_.expired;
      at = processes_.erase(at);
    }
  }
}

void DeliveryWorld::take() {
  Delivery::Output output = delivery_.take_output();
  for (const Delivery::Answered& answered : output.polls) take(answered);
  for (const Delivery::Confirmed& confirmed : output.confirmed) {
    const auto at = told_.find(name_of(confirmed.xid, confirmed.preparation));
    VOW_CHECK(at != told_.end(), "{} was confirmed that is not to be delivered", to_string(confirmed.xid));
    VOW_CHECK(at->second.reported_done && at->second.instruction.action == confirmed.action,
              "{} was confirmed, and nobody did it", to_string(confirmed.xid));
    told_.erase(at);
    ++seen_.confirmed;
  }
}

void DeliveryWorld::take(const Delivery::Answered& answered) {
  const auto at = polls_.find(answered.token);
  VOW_CHECK(at != polls_.end(), "poll {} was answered twice", answered.token.value());
  const txn::SessionNumber session = at->second;
  polls_.erase(at);
  const auto process = processes_.find(session);
  if (process != processes_.end() && process->second.polling == answered.token)
    process->second.polling.reset();
  for (const Command& command : answered.commands) {
    take_command(session, command);
    if (process != processes_.end()) process->second.in_hand.push_back(command);
  }
}

void DeliveryWorld::take_command(txn::SessionNumber session, const Command& command) {
  Told* told = find(command);
  VOW_CHECK(told != nullptr, "{} was handed out that is not to be delivered", to_string(command.xid));
  VOW_CHECK(told->instruction.resource == command.resource, "a command for {} names {}",
            told->instruction.resource, command.resource);
  VOW_CHECK(command.attempt == told->attempts + 1, "attempt {} came after {}", command.attempt,
            told->attempts);
  VOW_CHECK(now_ >= told->not_before_ms, "it was tried again {} ms too early", told->not_before_ms - now_);
  if (told->last && !told->last->given_back && delivery_.has_session(told->last->session)) {
    VOW_CHECK(told->last->since_ms + options_.report_timeout_ms <= now_,
              "sessions {} and {} have the same command", told->last->session.value(), session.value());
    ++seen_.overdue;
  }
  if (told->attempts > 0) ++seen_.repeated;
  told->attempts = command.attempt;
  told->last = Hand{session, now_, false};
}

DeliveryWorld::Told* DeliveryWorld::find(const Command& command) {
  const auto at = told_.find(name_of(command.xid, command.preparation));
  return at == told_.end() || at->second.instruction.action != command.action ? nullptr : &at->second;
}

void DeliveryWorld::instruct() {
  if (told_.size() >= 60) return;
  const txn::Xid xid = xid_of(++last_sequence_);
  for (const char* branch : {"a", "b", "c"}) {
    if (random_.chance(0.4)) continue;
    txn::Instruction instruction{txn::Action::commit, xid, preparation_of(branch),
                                 resources[random_.below(3)],
                                 random_.chance(0.8) ? any_session() : txn::SessionNumber()};
    if (random_.chance(0.3)) {
      instruction.action = txn::Action::prepare;
      instruction.preparation.nonce = {};
    } else if (random_.chance(0.3)) {
      instruction.action = txn::Action::rollback;
    }
    delivery_.instruct(instruction, now_);
    Told& told = told_[name_of(xid, instruction.preparation)];
    told.instruction = instruction;
    told.poisoned = random_.chance(0.05);
  }
}

// A branch that was to prepare is to end.
void DeliveryWorld::supersede() {
  take();
  for (auto at = told_.begin(); at != told_.end(); ++at) {
    if (at->second.instruction.action != txn::Action::prepare || random_.chance(0.5)) continue;
    txn::Instruction instruction = at->second.instruction;
    const bool voted = random_.chance(0.5);
    if (voted) instruction.preparation.nonce = txn::Nonce(7);
    instruction.action = voted && random_.chance(0.5) ? txn::Action::commit : txn::Action::rollback;
    delivery_.instruct(instruction, now_);
    told_.erase(at);
    told_[name_of(instruction.xid, instruction.preparation)].instruction = instruction;
    ++seen_.superseded;
    return;
  }
}

void DeliveryWorld::forget() {
  take();
  if (told_.empty()) return;
  const txn::Xid xid =
      std::get<0>(std::next(told_.begin(), static_cast<int>(random_.below(told_.size())))->first);
  delivery_.forget(xid);
  std::erase_if(told_, [&](const auto& entry) { return std::get<0>(entry.first) == xid; });
}

void DeliveryWorld::retry() {
  const txn::Xid xid = xid_of(static_cast<std::uint32_t>(random_.below(last_sequence_ + 1)));
  (void)delivery_.retry(xid, now_);
  for (auto& [name, told] : told_) {
    if (std::get<0>(name) == xid) told.not_before_ms = 0;
  }
}

void DeliveryWorld::open(Process::Manner manner, const std::vector<std::string>& served) {
  const txn::SessionNumber session(++last_session_);
  OpenSession request{.process = "p" + std::to_string(random_.below(4)), .serves = {}};
  for (const std::string& resource : served) {
    request.serves.push_back({resource, static_cast<std::uint32_t>(random_.below(4))});
  }
  delivery_.open(session, request, now_);
  processes_[session].manner = manner;
}

txn::SessionNumber DeliveryWorld::any_session() {
  return txn::SessionNumber(random_.below(last_session_ + 1) + 1);
}

void DeliveryWorld::poll(txn::SessionNumber session, Process& process) {
  const PollToken token(++last_token_);
  polls_[token] = session;
  process.polling = token;
  process.over = random_.between(1, 3);
  process.cut_off_at.reset();
  const std::uint64_t commands_max = process.manner == Process::Manner::idle ? 0 : random_.between(1, 10);
  delivery_.poll({session, static_cast<std::uint32_t>(commands_max),
                  static_cast<std::uint32_t>(random_.below(3'000)), process.over},
                 token, now_);
}

// On one command of those it has, in its manner; and at times on it once more, or on what it never had.
void DeliveryWorld::report(txn::SessionNumber session, Process& process) {
  if (process.in_hand.empty()) return;
  const Command command = process.in_hand.back();
  process.in_hand.pop_back();
  const Told* told = find(command);
  const bool poisoned = told != nullptr && told->poisoned;
  auto manner = process.manner;
  if (manner == Process::Manner::mixed) manner = static_cast<Process::Manner>(random_.between(1, 4));
  if (manner == Process::Manner::mute) return;
  const bool done = manner == Process::Manner::good && !poisoned;
  send(session, command, done, manner == Process::Manner::refuses);
  if (random_.chance(0.2)) send(session, command, done, manner == Process::Manner::refuses);
}

void DeliveryWorld::send(txn::SessionNumber session, const Command& command, bool done, bool elsewhere) {
  Report report = dispatch::failed(command, "no");
  report.done = done;
  report.elsewhere = elsewhere;
  if (Told* told = find(command)) {
    told->reported_done |= done;
    const bool has_it = told->last && told->last->session == session && !told->last->given_back;
    const auto shown = delivery_.for_branch(command.xid, command.preparation);
    if (!done && has_it && shown && shown->place == Place::in_flight) {
      told->last->given_back = true;
      if (!elsewhere) told->not_before_ms = now_ + options_.backoff.first_ms / 2;
    }
  }
  delivery_.report(session, report, now_);
  const auto process = processes_.find(session);
  if (process != processes_.end() && process->second.cut_off_at) process->second.cut_off_at = now_;
}

// Perhaps of a connection that it has left.
void DeliveryWorld::cut_off(txn::SessionNumber session) {
  const std::uint64_t over = random_.between(1, 3);
  delivery_.cut_off(session, over, now_);
  const auto process = processes_.find(session);
  if (process == processes_.end() || process->second.over != over) return;
  process->second.cut_off_at = now_;
  ++seen_.cut_off;
}

void DeliveryWorld::check() {
  delivery_.check_invariants();
  std::size_t left = 0;
  for (const auto& [name, told] : told_) {
    const auto shown = delivery_.for_branch(told.instruction.xid, told.instruction.preparation);
    // Done, and not taken out yet.
    if (!shown && told.reported_done) continue;
    VOW_CHECK(shown.has_value(), "{} is lost", to_string(told.instruction.xid));
    VOW_CHECK(shown->next_attempt_in_ms <= options_.backoff.cap_ms, "the next attempt is in {} ms",
              shown->next_attempt_in_ms);
    if (shown->place == Place::waiting) ++seen_.waited;
    ++left;
  }
  VOW_CHECK(left == delivery_.undelivered(), "{} are to be delivered, and it has {}", left,
            delivery_.undelivered());
}

}  // namespace vow::dispatch
