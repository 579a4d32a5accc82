// A process that begins transactions, calls participants, and asks for the end; as the SDK does it, and as
// people use it. It may die anywhere.
//
//   begin ──▶ calling ──all answered──▶ committing ──committed, rolled back, nothing to commit──▶ over
//                │                          │ no patience: now and then it would rather
//                └──one is missing──▶ rolling back
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "tests/sim/cell/participant.h"

namespace vow::sim::cell {

// What all initiators of a run have to do with.
struct Business {
  std::vector<Participant*> participants;
  std::vector<txn::Xid> begun;  // every transaction there ever was
};

class Initiator final : public Client {
 public:
  struct Manners {
    Time think = 0;
    Time call_patience = 0;
    Time dither = 0;  // before it asks for the end
    std::uint32_t timeout_s_max = 0;
    double begin_by_call = 0;
    double shared = 0;       // branches that several calls share
    double repeat_late = 0;  // a copy of a call comes seconds later
    double early_reply = 0;  // of calls that are answered before the vote is taken
    double impatience = 0;   // after a commit without an answer it would rather roll back
    double misname = 0;      // commit does not name what was prepared
    double haste = 0;        // commits before its last call has answered
    double give_up = 0;      // anywhere
    std::uint32_t wait_finished_ms = 0;
  };

  Initiator(const Surroundings& around, NodeId id, std::string name, const Habits& habits,
            const Manners& manners, Business& business, Random random)
      : Client(around, id, std::move(name), habits, random), manners_(manners), business_(business) {}

  // The last phase: it is through once this many more of its transactions have ended.
  void finish_with(std::uint64_t transactions);
  [[nodiscard]] bool is_through() const { return finishing_ && owed_ == 0; }

 private:
  struct Call {
    WorkRequest request;
    Participant* to = nullptr;
    std::uint32_t tries = 0;
    bool ended = false;
    bool abandoned = false;
    WorkReply reply;
  };
  struct Transaction {
    txn::Xid xid;
    std::vector<Call> calls;
    std::vector<txn::Preparation> named;
    bool misnamed = false;
    bool is_hasty = false;
    bool wants_rollback = false;
    bool in_doubt = false;  // a commit was asked for, and its answer was lost or unknown
    std::uint32_t tries = 0;
  };

  void started() override;
  void crashed() override;

  void next(Time delay);
  void begin();
  void begun(const txn::Xid& xid);
  [[nodiscard]] Participant* another_instance(Participant* known);
  [[nodiscard]] WorkRequest draw_request(const txn::Xid& xid, std::size_t nth);
  void make_call(std::uint64_t turn, std::size_t nth);
  void send_call(const Call& call, std::function<void(std::optional<WorkReply>)> done);
  void call_ended();
  void all_ended();
  void ask_for_end(std::uint64_t turn);
  void ended(const std::optional<txn::Answer>& answer);
  void over();
  [[nodiscard]] bool gives_up();

  const Manners manners_;
  Business& business_;
  bool finishing_ = false;
  std::uint64_t owed_ = 0;
  Transaction now_;
  std::uint64_t turn_ = 0;  // grows with every transaction
  std::uint32_t sequence_ = 0;
  std::optional<std::pair<Term, txn::SessionNumber>> sequence_of_;
};

}  // namespace vow::sim::cell
