// Brings instructions to the participants that poll for them, until each is confirmed.
//
//              instruct
//                 │ choose: the session that voted; else an instance, by the resource's policy; else nobody
//        ┌────────┴──────────┐
//        ▼      someone      ▼                  handed out at a poll
//     waiting ───────────▶ queued ─────────────────────────────────────────▶ in_flight ──done──▶ confirmed
//        ▲    can take it    ▲                                                 │  │  │
//        │                   │◀──────────── no report in time, or elsewhere ───┘  │  │
//        │                   │              for the first time: to another        │  │
//        │                   │                                                    │  │ failed
//        │  session is gone  │                        session is gone             │  ▼
//        └──── choose ◀──────┴────────────────────────── choose ◀─────────────────┘ backing_off
//                 ▲                                                                    │
//                 └──────────────────────────── due ───────────────────────────────────┘
//
// What holds, after each call (check_invariants):
//   - Every record is in exactly one of these places, and in its resource's backlog.
//   - It is queued at or in the hands of at most one session, which lives. A session that died or did not
//     report in time may have it too; commands are idempotent.
//   - A session has at most `assigned_max` queued and in flight, so that its end costs little, and what it
//     does not get to others can take. (Not counted on for a voter that does not name the resource as its
//     own.)
//   - Nothing stays queued for longer than `queued_ms_max` at a session that polls too little, if another can
//     take it.
//   - After take_output(), something waits only while every instance of its resource is full.
//   - Where an attempt failed, the next one goes to the next instance in turn: if one of them can do it, it
//     gets done. The voter is tried a few times first.
//
// Deterministic: time is told, randomness is given, and what happens comes out of take_output(). Nothing here
// is kept anywhere else: a new leader gets its instructions anew. Costs are a few hash look-ups a call; what
// waits or backs off costs memory alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/base/random.h"
#include "coordinator/dispatch/backoff.h"
#include "coordinator/dispatch/backoff_wheel.h"
#include "coordinator/dispatch/requests.h"
#include "coordinator/dispatch/resources.h"
#include "coordinator/dispatch/sessions.h"
#include "coordinator/dispatch/undelivered.h"

namespace vow::dispatch {

struct DeliveryOptions {
  std::uint64_t session_expires_ms = 10'000;  // of silence
  std::uint64_t cut_off_expires_ms = 1'000;   // once its connection has closed
  std::uint64_t poll_wait_ms_max = 60'000;    // a held poll is taken for a sign of life for as long
  std::uint64_t report_timeout_ms = 5'000;
  std::uint64_t queued_ms_max = 10'000;  // for a session that does not take it; then another's turn
  BackoffOptions backoff;
  std::size_t in_flight_max = 10'000;  // for one session
  std::size_t assigned_max = 20'000;   // likewise, with what is queued for it
  std::size_t backlog_max = 1'000'000;
  std::uint32_t voter_failures_max = 3;  // then the other instances are tried
  std::size_t error_size_max = 500;
  Policy policy = Policy::round_robin;
  std::map<std::string, Policy> policies;  // of single resources
};

class Delivery {
 public:
  Delivery(const DeliveryOptions& options, Random random)
      : options_(options), random_(random), wheel_(options.backoff.cap_ms) {}

  // --- sessions. Their numbers are the caller's, who also bounds how many there are.
  void open(txn::SessionNumber session, const OpenSession& request, std::uint64_t now_ms);
  void close(txn::SessionNumber number, std::uint64_t now_ms);
  // The connection over which it polled last has closed: it polls again within a moment, or its process is
  // gone and need not be waited for. Of a connection that it has left since, that means nothing.
  void cut_off(txn::SessionNumber session, std::uint64_t over, std::uint64_t now_ms);
  // Answered in the output, exactly once. A second poll of a session ends the first with nothing.
  void poll(const Poll& poll, PollToken token, std::uint64_t now_ms);
  // What is done is believed whoever says it, and however late; a failure, only from the session that has it.
  void report(txn::SessionNumber session, const Report& report, std::uint64_t now_ms);

  // --- instructions
  // Takes the place of `prepare` for the same branch. A repetition changes nothing.
  void instruct(const txn::Instruction& instruction, std::uint64_t now_ms);
  void forget(const txn::Xid& xid);
  void forget(const txn::Xid& xid, const txn::BranchName& branch);
  // What of this transaction backs off is tried now. False if there is nothing of it here.
  bool retry(const txn::Xid& xid, std::uint64_t now_ms);

  void tick(std::uint64_t now_ms);
  // Forgets everything and tells those who poll.
  void end();

  struct Answered {
    enum class How : std::uint8_t {
      commands,    // perhaps none
      no_session,  // never opened, closed or expired
      ended,       // by close() or end()
    };
    PollToken token;
    How how = How::commands;
    std::vector<Command> commands;
  };
  struct Confirmed {
    txn::Xid xid;
    txn::Preparation preparation;
    txn::Action action = txn::Action::commit;
    bool operator==(const Confirmed&) const = default;
  };
  struct Output {
    std::vector<Answered> polls;
    std::vector<Confirmed> confirmed;
  };
  // To be called after the calls of one turn: what came together is handed out together.
  [[nodiscard]] Output take_output();

  // --- looking
  // The resource has as much undelivered as is allowed: nothing new should be voted for it.
  [[nodiscard]] bool is_overloaded(const std::string& resource) const;
  [[nodiscard]] std::size_t undelivered() const { return table_.size(); }
  [[nodiscard]] std::size_t session_count() const { return sessions_.size(); }
  [[nodiscard]] bool has_session(txn::SessionNumber session) const { return sessions_.has(session); }

  struct Progress {
    Place place = Place::waiting;
    txn::Action action = txn::Action::commit;
    std::uint32_t attempts = 0;
    std::string last_error;
    std::uint64_t next_attempt_in_ms = 0;  // backing off
    txn::SessionNumber session;            // queued, in flight: who has it
    bool operator==(const Progress&) const = default;
  };
  // None if there is nothing to deliver to that branch.
  [[nodiscard]] std::optional<Progress> for_branch(const txn::Xid& xid,
                                                   const txn::Preparation& preparation) const;
  [[nodiscard]] std::size_t instances_of(const std::string& resource) const;
  [[nodiscard]] std::vector<SessionShown> sessions(std::uint64_t now_ms) const;    // by number
  [[nodiscard]] std::vector<ResourceShown> resources(std::uint64_t now_ms) const;  // by name
  void check_invariants() const;

 private:
  void pass(std::uint64_t now_ms) { now_ms_ = std::max(now_ms_, now_ms); }
  [[nodiscard]] Resources::Number resource_number(const std::string& name);
  [[nodiscard]] bool has_room(const Load& load) const { return load.outstanding < options_.assigned_max; }

  // One record's way (delivery.cc).
  void assign(Slot slot);
  void assign_waiting(Resource& resource);
  [[nodiscard]] Session* choose(const Undelivered& record);
  void give(Slot slot, Session& session);
  void leave_place(Slot slot);
  void leave_session(Session& session);
  void drop(Slot slot);
  void confirm(Slot slot);
  void failed(Slot slot, const Report& report);
  void count_failure(Undelivered& record, std::string error);
  [[nodiscard]] bool has_another(const Undelivered& record) const;

  // Sessions (delivery_sessions.cc).
  void mark_ready(Session& session);
  void hand_out(Session& session);
  void answer(Session& session, Answered::How how, std::vector<Command> commands = {});
  // When the report that it has owed longest is overdue.
  [[nodiscard]] std::uint64_t expires_at_ms(const Session& session) const;
  [[nodiscard]] std::uint64_t overdue_at_ms(const Session& session) const;
  void awake(Session& session);
  void report_overdue(Session& session, Slot slot);
  void pass_on_unclaimed(Session& session);
  void schedule(Session& session);
  void remove(Session& session);

  void check_places() const;

  const DeliveryOptions options_;
  Random random_;
  std::uint64_t now_ms_ = 0;  // as last told
  UndeliveredTable table_;
  Resources resources_;
  Sessions sessions_;
  BackoffWheel wheel_;
  std::vector<txn::SessionNumber> ready_;
  std::vector<txn::SessionNumber> freed_;
  Output output_;
};

}  // namespace vow::dispatch
