// The way of one instruction, from being given to being confirmed.
#include "coordinator/dispatch/delivery.h"

#include <algorithm>
#include <utility>

#include "coordinator/base/plant.h"

namespace vow::dispatch {

Resources::Number Delivery::resource_number(const std::string& name) {
  return resources_.intern(name, [&] {
    const auto own = options_.policies.find(name);
    return make_balancer(own == options_.policies.end() ? options_.policy : own->second, random_.fork());
  });
}

void Delivery::instruct(const txn::Instruction& instruction, std::uint64_t now_ms) {
  pass(now_ms);
  bool is_known = false;
  table_.for_each_of(instruction.xid, [&](Slot slot) {
    const Undelivered& record = table_[slot];
    if (record.branch != instruction.preparation.branch) return;
    if (record.action == txn::Action::prepare && instruction.action != txn::Action::prepare)
      return drop(slot);
    if (record.nonce != instruction.preparation.nonce) return;
    VOW_CHECK(record.action == instruction.action, "branch {} of {} was told to {} and now is to {}",
              record.branch.view(), to_string(record.xid), name(record.action), name(instruction.action));
    is_known = true;
  });
  if (is_known) return;

  const Slot slot = table_.add(instruction.xid, instruction.preparation);
  Undelivered& record = table_[slot];
  record.action = instruction.action;
  record.since_ms = now_ms_;
  record.voter = static_cast<std::uint32_t>(instruction.session.value());
  record.resource = resource_number(instruction.resource);
  resources_[record.resource].all.push_back(table_, slot);
  assign(slot);
}

void Delivery::forget(const txn::Xid& xid) {
  table_.for_each_of(xid, [&](Slot slot) { drop(slot); });
}

void Delivery::forget(const txn::Xid& xid, const txn::BranchName& branch) {
  table_.for_each_of(xid, [&](Slot slot) {
    if (table_[slot].branch == branch) drop(slot);
  });
}

bool Delivery::retry(const txn::Xid& xid, std::uint64_t now_ms) {
  pass(now_ms);
  bool found = false;
  table_.for_each_of(xid, [&](Slot slot) {
    found = true;
    if (table_[slot].place != Place::backing_off) return;
    leave_place(slot);
    assign(slot);
  });
  return found;
}

void Delivery::report(txn::SessionNumber number, const Report& report, std::uint64_t now_ms) {
  pass(now_ms);
  const Slot slot = table_.find(report.xid, report.preparation);
  if (slot == no_slot) return;
  const Undelivered& record = table_[slot];
  if (record.action != report.action && !VOW_PLANTED(report_of_another_action_counts)) return;
  const bool is_in_hand = record.place == Place::in_flight && record.holder == number.value();
  if (!report.done && !is_in_hand) return;

  // Only what says something new is a sign of life: a session that no longer polls runs out of it.
  if (Session* session = sessions_.find(number)) {
    session->last_sign_ms = now_ms_;
    if (is_in_hand) session->load.took(now_ms_ - record.when_ms);
  }
  if (report.done) {
    confirm(slot);
  } else {
    failed(slot, report);
  }
}

void Delivery::confirm(Slot slot) {
  const Undelivered& record = table_[slot];
  output_.confirmed.push_back({record.xid, record.preparation(), record.action});
  ++resources_[record.resource].done;
  drop(slot);
}

void Delivery::failed(Slot slot, const Report& report) {
  Undelivered& record = table_[slot];
  leave_place(slot);
  count_failure(record, report.error);
  if (report.elsewhere || record.failures >= options_.voter_failures_max) record.voter = 0;
  // The first time it costs no time; if nobody wants it, it must not go round and round.
  if (report.elsewhere && !record.moved && has_another(record)) {
    record.moved = true;
    return assign(slot);
  }
  record.when_ms = now_ms_ + backoff_ms(options_.backoff, record.failures, random_);
  record.place = Place::backing_off;
  wheel_.add(table_, slot);
}

void Delivery::count_failure(Undelivered& record, std::string error) {
  if (record.failures == 0) ++resources_[record.resource].failing;
  if (record.failures < 255) ++record.failures;
  error.resize(std::min(error.size(), options_.error_size_max));
  record.error = std::make_unique<std::string>(std::move(error));
}

bool Delivery::has_another(const Undelivered& record) const {
  const auto& instances = resources_[record.resource].instances;
  return std::any_of(instances.begin(), instances.end(),
                     [&](const Instance& instance) { return instance.session.value() != record.holder; });
}

Session* Delivery::choose(const Undelivered& record) {
  if (record.voter != 0) {
    Session* voter = sessions_.find(txn::SessionNumber(record.voter));
    if (voter != nullptr && (has_room(voter->load) || !voter->serves_resource(record.resource))) return voter;
  }
  Resource& resource = resources_[record.resource];
  if (resource.instances.empty()) return nullptr;
  std::size_t at = record.holder != 0 ? next_after(resource.instances, txn::SessionNumber(record.holder))
                                      : resource.balancer->pick(resource.instances, record.xid);
  for (std::size_t n = 0; n < resource.instances.size(); ++n) {
    const Instance& instance = resource.instances[at];
    if (has_room(*instance.load)) return sessions_.find(instance.session);
    at = (at + 1) % resource.instances.size();
  }
  return nullptr;
}

void Delivery::assign(Slot slot) {
  Undelivered& record = table_[slot];
  if (Session* session = choose(record)) return give(slot, *session);
  record.place = Place::waiting;
  resources_[record.resource].waiting.push_back(table_, slot);
}

void Delivery::assign_waiting(Resource& resource) {
  while (!resource.waiting.empty()) {
    const Slot slot = resource.waiting.front();
    Session* session = choose(table_[slot]);
    if (session == nullptr) return;
    resource.waiting.erase(table_, slot);
    give(slot, *session);
  }
}

void Delivery::give(Slot slot, Session& session) {
  Undelivered& record = table_[slot];
  record.place = Place::queued;
  record.holder = static_cast<std::uint32_t>(session.number.value());
  record.when_ms = now_ms_;
  session.queue.push_back(table_, slot);
  ++session.load.outstanding;
  sessions_.wake(session, now_ms_ + options_.queued_ms_max);
  mark_ready(session);
}

void Delivery::leave_place(Slot slot) {
  const Undelivered& record = table_[slot];
  if (record.place == Place::waiting) return resources_[record.resource].waiting.erase(table_, slot);
  if (record.place == Place::backing_off) return wheel_.erase(table_, slot);
  Session& session = *sessions_.find(txn::SessionNumber(record.holder));
  (record.place == Place::queued ? session.queue : session.in_flight).erase(table_, slot);
  leave_session(session);
}

void Delivery::leave_session(Session& session) {
  const bool was_full = !has_room(session.load);
  --session.load.outstanding;
  if (was_full && has_room(session.load) && !session.is_freed) {
    session.is_freed = true;
    freed_.push_back(session.number);
  }
  mark_ready(session);
}

void Delivery::drop(Slot slot) {
  leave_place(slot);
  Resource& resource = resources_[table_[slot].resource];
  resource.all.erase(table_, slot);
  if (table_[slot].failures > 0) --resource.failing;
  const Resources::Number number = table_[slot].resource;
  table_.erase(slot);
  resources_.drop_if_unused(number);
}

void Delivery::tick(std::uint64_t now_ms) {
  pass(now_ms);
  wheel_.advance(table_, now_ms_, [this](Slot slot) { assign(slot); });
  while (Session* session = sessions_.next_awake(now_ms_)) awake(*session);
}

bool Delivery::is_overloaded(const std::string& name) const {
  const auto number = resources_.find(name);
  return number && resources_[*number].all.size() >= options_.backlog_max;
}

}  // namespace vow::dispatch
