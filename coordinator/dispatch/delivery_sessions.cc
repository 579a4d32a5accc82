// Sessions: how they come, poll, fall silent and go.
#include <algorithm>
#include <utility>

#include "coordinator/base/checksum.h"
#include "coordinator/base/plant.h"
#include "coordinator/dispatch/delivery.h"

namespace vow::dispatch {
namespace {

// Where an instance of this session stands, or would stand.
auto instance_of(std::vector<Instance>& instances, txn::SessionNumber session) {
  return std::lower_bound(
      instances.begin(), instances.end(), session,
      [](const Instance& instance, txn::SessionNumber number) { return instance.session < number; });
}

}  // namespace

void Delivery::open(txn::SessionNumber number, const OpenSession& request, std::uint64_t now_ms) {
  pass(now_ms);
  VOW_CHECK(!number.is_zero() && number.value() <= txn::Xid::session_max, "a session cannot have number {}",
            number.value());
  Session& session = sessions_.add(number);
  session.process = request.process;
  session.last_sign_ms = now_ms_;
  for (const Served& served : request.serves) {
    const Resources::Number resource = resource_number(served.resource);
    if (session.serves_resource(resource)) continue;
    session.serves.push_back({resource, served.weight});
    auto& instances = resources_[resource].instances;
    instances.insert(instance_of(instances, number),
                     {number, served.weight, checksum(request.process), &session.load});
  }
  for (const ServedResource& served : session.serves) assign_waiting(resources_[served.resource]);
  schedule(session);
}

void Delivery::close(txn::SessionNumber number, std::uint64_t now_ms) {
  pass(now_ms);
  Session* session = sessions_.find(number);
  if (session == nullptr) return;
  if (session->poll) answer(*session, Answered::How::ended);
  remove(*session);
}

void Delivery::remove(Session& session) {
  for (const ServedResource& served : session.serves) {
    auto& instances = resources_[served.resource].instances;
    instances.erase(instance_of(instances, session.number));
  }
  // What it had must not find it any more.
  PlaceList queue = session.queue;
  PlaceList in_flight = session.in_flight;
  const auto serves = std::move(session.serves);
  sessions_.erase(session.number);
  for (PlaceList* list : {&in_flight, &queue}) {
    while (!list->empty()) {
      const Slot slot = list->front();
      list->erase(table_, slot);
      table_[slot].holder = 0;
      assign(slot);
    }
  }
  for (const ServedResource& served : serves) resources_.drop_if_unused(served.resource);
}

void Delivery::poll(const Poll& poll, PollToken token, std::uint64_t now_ms) {
  pass(now_ms);
  Session* session = sessions_.find(poll.session);
  if (session == nullptr) {
    output_.polls.push_back({token, Answered::How::no_session, {}});
    return;
  }
  if (session->poll) answer(*session, Answered::How::commands);
  session->over = poll.over;
  session->is_cut_off = false;
  const std::uint64_t wait_ms = std::min<std::uint64_t>(poll.wait_ms, options_.poll_wait_ms_max);
  session->last_sign_ms = now_ms_;
  session->poll = HeldPoll{token, poll.commands_max, now_ms_ + wait_ms};
  mark_ready(*session);
  schedule(*session);
}

void Delivery::cut_off(txn::SessionNumber number, std::uint64_t over, std::uint64_t now_ms) {
  pass(now_ms);
  Session* session = sessions_.find(number);
  if (session == nullptr || session->over != over || VOW_PLANTED(cut_off_unheard)) return;
  if (session->poll) answer(*session, Answered::How::commands);  // nobody hears it
  session->last_sign_ms = now_ms_;
  session->is_cut_off = true;
  schedule(*session);
}

std::uint64_t Delivery::expires_at_ms(const Session& session) const {
  return session.last_sign_ms +
         (session.is_cut_off ? options_.cut_off_expires_ms : options_.session_expires_ms);
}

void Delivery::mark_ready(Session& session) {
  if (session.is_ready || !session.poll || session.queue.empty()) return;
  session.is_ready = true;
  ready_.push_back(session.number);
}

Delivery::Output Delivery::take_output() {
  for (const txn::SessionNumber number : std::exchange(freed_, {})) {
    Session* session = sessions_.find(number);
    if (session == nullptr) continue;
    session->is_freed = false;
    for (const ServedResource& served : session->serves) assign_waiting(resources_[served.resource]);
  }
  for (const txn::SessionNumber number : std::exchange(ready_, {})) {
    Session* session = sessions_.find(number);
    if (session == nullptr) continue;
    session->is_ready = false;
    hand_out(*session);
  }
  return std::exchange(output_, {});
}

void Delivery::hand_out(Session& session) {
  if (!session.poll) return;
  const std::size_t in_flight = session.in_flight.size();
  const std::size_t count =
      std::min({session.queue.size(), static_cast<std::size_t>(session.poll->commands_max),
                options_.in_flight_max - std::min(in_flight, options_.in_flight_max)});
  if (count == 0) return;
  std::vector<Command> commands;
  commands.reserve(count);
  while (commands.size() < count) {
    const Slot slot = session.queue.front();
    Undelivered& record = table_[slot];
    session.queue.erase(table_, slot);
    session.in_flight.push_back(table_, slot);
    record.place = Place::in_flight;
    record.when_ms = now_ms_;
    ++record.attempts;
    commands.push_back(
        {record.action, record.xid, record.preparation(), resources_[record.resource].name, record.attempts});
  }
  answer(session, Answered::How::commands, std::move(commands));
  schedule(session);
}

void Delivery::answer(Session& session, Answered::How how, std::vector<Command> commands) {
  // While it was held it was a sign of life; not longer than it was to be held.
  session.last_sign_ms = std::min(now_ms_, session.poll->until_ms);
  output_.polls.push_back({session.poll->token, how, std::move(commands)});
  session.poll.reset();
}

void Delivery::schedule(Session& session) {
  std::uint64_t at_ms = session.poll ? session.poll->until_ms : expires_at_ms(session);
  if (!session.queue.empty()) {
    at_ms = std::min(at_ms, table_[session.queue.front()].when_ms + options_.queued_ms_max);
  }
  sessions_.wake(session, std::min(at_ms, overdue_at_ms(session)));
}

std::uint64_t Delivery::overdue_at_ms(const Session& session) const {
  if (session.in_flight.empty() || VOW_PLANTED(overdue_reports_awaited)) return Session::never;
  return table_[session.in_flight.front()].when_ms + options_.report_timeout_ms;
}

void Delivery::awake(Session& session) {
  while (overdue_at_ms(session) <= now_ms_) report_overdue(session, session.in_flight.front());
  pass_on_unclaimed(session);
  if (session.poll && session.poll->until_ms <= now_ms_) answer(session, Answered::How::commands);
  if (!session.poll && expires_at_ms(session) <= now_ms_) return remove(session);
  schedule(session);
}

void Delivery::report_overdue(Session& session, Slot slot) {
  Undelivered& record = table_[slot];
  session.load.took(now_ms_ - record.when_ms);
  leave_place(slot);
  count_failure(record, fmt::format("session {} ({}) did not report within {} ms", session.number.value(),
                                    session.process, options_.report_timeout_ms));
  record.voter = 0;
  assign(slot);
}

void Delivery::pass_on_unclaimed(Session& session) {
  for (std::size_t n = session.queue.size(); n > 0; --n) {
    const Slot slot = session.queue.front();
    Undelivered& record = table_[slot];
    if (record.when_ms + options_.queued_ms_max > now_ms_) return;
    leave_place(slot);
    record.voter = 0;
    // Where nobody else can, it goes to the end of the same queue.
    assign(slot);
  }
}

void Delivery::end() {
  std::vector<txn::SessionNumber> polling;
  for (const auto& [number, session] : sessions_.all()) {
    if (session.poll) polling.push_back(number);
  }
  std::sort(polling.begin(), polling.end());
  for (const txn::SessionNumber number : polling) answer(*sessions_.find(number), Answered::How::ended);
  table_ = {};
  resources_ = {};
  sessions_ = {};
  wheel_ = BackoffWheel(options_.backoff.cap_ms);
  ready_.clear();
  freed_.clear();
}

}  // namespace vow::dispatch
