// A process that serves a resource, as the SDK does it: it prepares branches, votes until it is answered,
// carries out commands, and asks when it is in doubt. What it prepared is in its database; all else it
// forgets in a crash.
//
//   called ──▶ working ──▶ prepared, voting ──taken──▶ prepared, in doubt ──▶ committed or rolled back
//                 │            │                            │
//                 └────────────┴── told for good that this preparation is rolled back
//
// A branch that several calls share is enlisted while it works, and prepares when it is told to.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/cell/client.h"
#include "tests/sim/cell/database.h"

namespace vow::sim::cell {

// What an initiator asks of a participant.
struct WorkRequest {
  enum class Kind : std::uint8_t { writes, reads_only, refuses, shared };
  txn::Xid xid;
  txn::BranchName branch;
  Kind kind = Kind::writes;
  bool early_reply = false;  // answers when it is prepared, before its vote is taken
};
struct WorkReply {
  bool done = false;
  txn::Preparation preparation;  // without a nonce: shared, and votes later
  bool reads_only = false;
};

class Participant final : public Client {
 public:
  struct Manners {
    Time work = 0;
    Time in_doubt = 0;         // after which it asks about what is prepared
    double prepare_again = 0;  // a repeated request is taken for a new one
    double ask_instead = 0;    // after a vote without an answer it asks for the outcome, too
    double change_mind = 0;    // after a vote without an answer it votes `refused`
    double fail_command = 0;
    double get_stuck = 0;
    double crash_prepared = 0;  // right after it has prepared
    std::uint32_t weight = 1;
    Rare policy = Rare::policy_round_robin;  // under which commands come
  };

  Participant(const Surroundings& around, NodeId id, std::string name, const Habits& habits,
              const Manners& manners, Database& database, Random random)
      : Client(around, id, std::move(name), habits, random), manners_(manners), database_(database) {}

  // A request arrives; `reply` is called when it is done, if ever.
  void work(const WorkRequest& request, std::function<void(WorkReply)> reply);

  [[nodiscard]] Database& database() { return database_; }
  // What it works on, or waits to be answered about; none if nothing.
  [[nodiscard]] std::optional<std::string> busy_with() const;
  // From now on, nothing goes wrong by itself.
  void behave() { behaves_ = true; }

 private:
  enum class Stage : std::uint8_t {
    working,
    enlisting,  // shared: the coordinator is told of it
    enlisted,
    preparing,  // its database writes
    voting,
    voted,
  };
  // One attempt at a branch, in memory.
  struct Held {
    WorkRequest request;
    Stage stage = Stage::working;
    txn::Nonce nonce;
    std::uint64_t enlistment = 0;
    std::uint64_t epoch = 0;  // of the connection
    std::uint32_t votes_sent = 0;
    bool refusing = false;
    std::optional<dispatch::Command> told_to_prepare;  // reported on when its vote is taken
    std::vector<std::function<void(WorkReply)>> waiting;
  };
  using Attempt = std::uint64_t;

  void started() override;
  void crashed() override;
  void commanded(const dispatch::Command& command) override;

  // The way of a branch up to its vote (participant.cc).
  [[nodiscard]] bool answer_from_earlier(const WorkRequest& request,
                                         const std::function<void(WorkReply)>& reply);
  [[nodiscard]] Held* find(Attempt attempt);
  [[nodiscard]] Attempt attempt_at(const txn::Xid& xid, const txn::BranchName& branch) const;
  void worked(Attempt attempt);
  void enlist_until_taken(Attempt attempt);
  void prepare(Attempt attempt);
  void recover(const BranchKey& key, const std::optional<dispatch::Command>& told_to_prepare);
  void die();
  void vote_until_answered(Attempt attempt);
  void vote_answered(Attempt attempt, const std::optional<txn::Answer>& answer);
  [[nodiscard]] bool misread(const BranchKey& key, const std::optional<txn::Answer>& answer);
  void reply(Held& held, bool done);
  void drop(Attempt attempt, bool done);
  void end_what_is_over();
  void enlist_again();
  [[nodiscard]] bool is_past(const txn::Xid& xid) const;

  // Phase two, and doubt (participant_endings.cc).
  void carry_out(const dispatch::Command& command);
  void prepare_on_command(const dispatch::Command& command);
  void tell(const dispatch::Command& command, bool done, bool elsewhere = false);
  void doubt();
  [[nodiscard]] bool vote_once_more(const BranchKey& key);
  void ask_about(const BranchKey& key);
  void outcome_known(const BranchKey& key, const std::optional<txn::Answer>& answer);
  void finish(const BranchKey& key, bool committed);
  // Its record says how it ended, and nobody waits for more.
  void let_go(const BranchKey& key);

  const Manners manners_;
  Database& database_;
  bool behaves_ = false;
  std::map<Attempt, Held> held_;
  Attempt next_attempt_ = 1;
  std::set<BranchKey> asking_;
};

}  // namespace vow::sim::cell
