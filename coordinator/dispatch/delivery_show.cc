// What people may see of a delivery, and what must hold in it.
#include <algorithm>
#include <map>

#include "coordinator/dispatch/delivery.h"

namespace vow::dispatch {

std::optional<Delivery::Progress> Delivery::for_branch(const txn::Xid& xid,
                                                       const txn::Preparation& preparation) const {
  const Slot slot = table_.find(xid, preparation);
  if (slot == no_slot) return std::nullopt;
  const Undelivered& record = table_[slot];
  Progress progress{.place = record.place,
                    .action = record.action,
                    .attempts = record.attempts,
                    .last_error = record.error ? *record.error : "",
                    .next_attempt_in_ms = 0,
                    .session = {}};
  if (record.place == Place::backing_off)
    progress.next_attempt_in_ms = record.when_ms - std::min(record.when_ms, now_ms_);
  if (record.place == Place::queued || record.place == Place::in_flight) {
    progress.session = txn::SessionNumber(record.holder);
  }
  return progress;
}

std::size_t Delivery::instances_of(const std::string& name) const {
  const auto number = resources_.find(name);
  return number ? resources_[*number].instances.size() : 0;
}

std::vector<SessionShown> Delivery::sessions(std::uint64_t now_ms) const {
  now_ms = std::max(now_ms, now_ms_);
  std::vector<SessionShown> shown;
  for (const auto& [number, session] : sessions_.all()) {
    SessionShown one{.session = number,
                     .process = session.process,
                     .silent_ms = session.poll ? 0 : now_ms - session.last_sign_ms,
                     .polling = session.poll.has_value(),
                     .serves = {},
                     .in_flight = session.in_flight.size(),
                     .queued = session.queue.size()};
    for (const ServedResource& served : session.serves) {
      one.serves.push_back({resources_[served.resource].name, served.weight});
    }
    shown.push_back(std::move(one));
  }
  std::sort(shown.begin(), shown.end(), [](const auto& a, const auto& b) { return a.session < b.session; });
  return shown;
}

std::vector<ResourceShown> Delivery::resources(std::uint64_t now_ms) const {
  now_ms = std::max(now_ms, now_ms_);
  std::vector<ResourceShown> shown;
  resources_.for_each([&](const Resource& resource) {
    const bool is_idle = resource.all.empty();
    shown.push_back({.resource = resource.name,
                     .instances = resource.instances.size(),
                     .backlog = resource.all.size(),
                     .failing = resource.failing,
                     .oldest_ms = is_idle ? 0 : now_ms - table_[resource.all.front()].since_ms,
                     .done = resource.done});
  });
  std::sort(shown.begin(), shown.end(), [](const auto& a, const auto& b) { return a.resource < b.resource; });
  return shown;
}

void Delivery::check_places() const {
  std::size_t in_backlogs = 0;
  std::size_t waiting = 0;
  resources_.for_each([&](const Resource& resource) {
    in_backlogs += resource.all.size();
    waiting += resource.waiting.size();
    std::uint64_t since_ms = 0;
    std::size_t failing = 0;
    for (Slot at = resource.all.front(); at != no_slot; at = AgeList::next(table_, at)) {
      VOW_CHECK(table_[at].since_ms >= since_ms, "the backlog of {} is not by age", resource.name);
      since_ms = table_[at].since_ms;
      failing += table_[at].failures > 0 ? 1 : 0;
    }
    VOW_CHECK(failing == resource.failing, "{} has {} failing commands and counts {}", resource.name, failing,
              resource.failing);
    for (Slot at = resource.waiting.front(); at != no_slot; at = PlaceList::next(table_, at)) {
      VOW_CHECK(table_[at].place == Place::waiting, "slot {} waits, and is elsewhere", at);
    }
  });
  std::size_t assigned = 0;
  for (const auto& [number, session] : sessions_.all()) {
    assigned += session.load.outstanding;
    for (const auto& [list, place] :
         {std::pair(&session.queue, Place::queued), std::pair(&session.in_flight, Place::in_flight)}) {
      for (Slot at = list->front(); at != no_slot; at = PlaceList::next(table_, at)) {
        VOW_CHECK(table_[at].place == place && table_[at].holder == number.value(),
                  "slot {} is in a list of session {} that it does not know of", at, number.value());
      }
    }
  }
  VOW_CHECK(in_backlogs == table_.size(), "{} of {} records are in a backlog", in_backlogs, table_.size());
  VOW_CHECK(waiting + assigned + wheel_.size() == table_.size(),
            "{} wait, {} are with sessions and {} back off, of {}", waiting, assigned, wheel_.size(),
            table_.size());
}

void Delivery::check_invariants() const {
  check_places();
  std::map<Place, std::size_t> places;
  table_.for_each([&](Slot slot, const Undelivered& record) {
    ++places[record.place];
    VOW_CHECK(table_.find(record.xid, record.preparation()) == slot, "slot {} is not found by its name",
              slot);
    VOW_CHECK(record.place != Place::backing_off || record.when_ms <= now_ms_ + options_.backoff.cap_ms,
              "slot {} backs off until {} ms, more than {} ms from now", slot, record.when_ms,
              options_.backoff.cap_ms);
  });
  VOW_CHECK(places[Place::backing_off] == wheel_.size(), "{} back off, and {} say so", wheel_.size(),
            places[Place::backing_off]);

  std::size_t instances = 0;
  std::size_t serves = 0;
  for (const auto& [number, session] : sessions_.all()) {
    serves += session.serves.size();
    VOW_CHECK(session.load.outstanding == session.queue.size() + session.in_flight.size(),
              "session {} has {} queued and {} in flight, and counts {}", number.value(),
              session.queue.size(), session.in_flight.size(), session.load.outstanding);
    VOW_CHECK(session.in_flight.size() <= options_.in_flight_max, "session {} has {} commands in flight",
              number.value(), session.in_flight.size());
    VOW_CHECK(session.wakes_at_ms != Session::never, "nobody will look at session {}", number.value());
  }
  resources_.for_each([&](const Resource& resource) {
    instances += resource.instances.size();
    VOW_CHECK(std::is_sorted(resource.instances.begin(), resource.instances.end(),
                             [](const Instance& a, const Instance& b) { return a.session < b.session; }),
              "the instances of {} are not in order", resource.name);
    const bool has_taker = std::any_of(resource.instances.begin(), resource.instances.end(),
                                       [&](const Instance& instance) { return has_room(*instance.load); });
    VOW_CHECK(resource.waiting.empty() || !has_taker || !freed_.empty(),
              "{} commands for {} wait while an instance could take them", resource.waiting.size(),
              resource.name);
  });
  VOW_CHECK(instances == serves, "{} instances are known, and sessions say {}", instances, serves);
}

}  // namespace vow::dispatch
