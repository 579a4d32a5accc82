// The transactions of one leader's term, in its memory: who voted, who must still be told. Made when the
// term's first entry is applied, empty; gone with the leadership. PURE.
//
//            vote, enlist          all named have voted          applied            all branches confirmed
//   open ──────────────────▶ open ────────────────────▶ deciding ───────▶ committing ─────────────────▶
//   (gone)
//    │  │                                ▲  (never aborts)                 the decision on record says
//    committed │  │ commit; a named branch         │ last awaited vote │  └──────────────▶ preparing ──────┘
//    │      is enlisted without vote │
//    │                               │ rollback, deadline, refusal, a voted preparation not named
//    ▼                               ▼
//   aborting ◀───────────────────────┘
//    │  all that prepared have confirmed
//    ▼
//   aborted ──deadline past──▶ (gone; a commit is refused from the deadline on anyway)
//
//   state        performed by             what holds
//   open         vote(), enlist()         nothing is proposed; no commit was asked for
//   preparing    commit()                 the set of preparations is fixed; nothing enlists any more; only
//   the
//                                         votes of its enlisted branches are awaited
//   deciding     commit(), vote()         exactly one Decide is proposed, and it holds exactly `branches`; no
//                                         path leads to aborting
//   committing   decided()                the decision is applied; each branch is commanded until it confirms
//   aborting     abort() and its callers  no Decide was ever proposed in this term; it never will be
//   aborted      confirm()                as aborting; nothing is left to be undone
//
// Aborting and aborted are marks: they are kept until the deadline and the last confirmation, and never
// evicted. Dropping a mark and refusing by deadline are one comparison, is_past().
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/base/slot_map.h"
#include "coordinator/txn/answer.h"
#include "coordinator/txn/decisions.h"

namespace vow::txn {

enum class State : std::uint8_t { open, preparing, deciding, committing, aborting, aborted };
[[nodiscard]] std::string_view name(State state);

enum class Ballot : std::uint8_t { prepared = 1, read_only = 2, refused = 3 };

struct Vote {
  Xid xid;
  Preparation preparation;
  std::string resource;
  Ballot ballot = Ballot::prepared;
  SessionNumber session;         // who voted, and may hold the connection; 0: nobody that polls
  std::uint64_t enlistment = 0;  // of a branch that was enlisted: as it was then
};

// A branch that several calls share: it votes when commit asks it to.
struct Enlistment {
  Xid xid;
  BranchName branch;
  std::string resource;
  SessionNumber session;
  std::uint64_t enlistment = 0;  // drawn by the instance that holds it: another is another attempt
};

// What one branch is to be told.
enum class Action : std::uint8_t { prepare = 1, commit = 2, rollback = 3 };
[[nodiscard]] std::string_view name(Action action);

struct Instruction {
  Action action = Action::commit;
  Xid xid;
  Preparation preparation;  // prepare: without a nonce
  std::string resource;
  SessionNumber session;  // who voted or enlisted
};

// Who asks about an outcome.
enum class Asker : std::uint8_t {
  involved,  // a branch with prepared state, or the initiator ending its transaction: settles what is unseen
  watcher,   // anyone else: settles nothing
};

struct OpenOptions {
  std::size_t open_max = 200'000;           // open, preparing, deciding
  std::size_t marks_max = 1'000'000;        // aborting and aborted; beyond it nothing new is begun
  std::size_t undelivered_max = 4'000'000;  // committing; likewise
  std::size_t branches_max = 256;
  std::size_t resources_max = 65'536;
  std::uint32_t timeout_s_max = 24 * 3600;
  std::uint64_t ahead_ms_max = 5'000;  // how far in the future a transaction may begin
};

struct OpenBranch {
  enum class Standing : std::uint8_t {
    enlisted,   // shares a vote that is still to come
    preparing,  // as enlisted, and it has been told to prepare
    prepared,
    read_only,
    refused,
    finished,  // has confirmed the end
  };
  Preparation preparation;
  std::string resource;
  SessionNumber session;
  std::uint64_t enlistment = 0;
  Standing standing = Standing::prepared;

  [[nodiscard]] bool awaits_vote() const {
    return standing == Standing::enlisted || standing == Standing::preparing;
  }
  // There is something that an end must undo or make permanent.
  [[nodiscard]] bool holds_work() const { return awaits_vote() || standing == Standing::prepared; }
};

// Something for which somebody may be waiting.
struct Settled {
  Xid xid;
  Answer answer;
  bool finished = false;                  // no branch is left to confirm
  std::vector<OpenBranch> branches = {};  // finished: what it was made of
};

struct Transaction {
  State state = State::open;
  Reason reason = Reason::none;  // aborting, aborted: why
  std::vector<OpenBranch> branches;

  void clear() {
    state = State::open;
    reason = Reason::none;
    branches.clear();
  }
  // Branches that have yet to confirm its end; before the end, those that will have to.
  [[nodiscard]] std::uint32_t unfinished() const;
  [[nodiscard]] bool names(const Preparation& preparation) const;
  [[nodiscard]] bool awaits_votes() const;
};

class OpenTransactions {
 public:
  OpenTransactions(const OpenOptions& options, Term own_term, const Decisions& decisions)
      : options_(options), own_term_(own_term), decisions_(decisions) {}

  // Answers are given at once. Commit answers `pending` when it is on its way: Settled says what came of it.
  // `now_ms` is the term clock's.
  [[nodiscard]] Answer vote(const Vote& vote, std::uint64_t now_ms);
  [[nodiscard]] Answer enlist(const Enlistment& enlistment, std::uint64_t now_ms);
  [[nodiscard]] Answer commit(const Xid& xid, std::vector<Preparation> named, std::uint64_t now_ms);
  [[nodiscard]] Answer rollback(const Xid& xid, std::uint64_t now_ms);
  // Of a transaction, or of one preparation in it.
  [[nodiscard]] Answer outcome(const Xid& xid, const std::optional<Preparation>& of, Asker asker,
                               std::uint64_t now_ms);
  // The branch has done what the final outcome asks of it, durably. Repeats and strangers are ignored.
  void confirm(const Xid& xid, const Preparation& preparation, Action action);
  // The Decide that was proposed is applied.
  void decided(const Xid& xid);
  // Takes up a decision of an earlier term that no new leader has finished yet.
  void resume(const Decision& decision);
  // An operator ended the branch, by a record that is applied: it counts as confirmed.
  void force(const Xid& xid, const BranchName& branch);
  // Deadlines.
  void tick(std::uint64_t now_ms);
  // The sessions of this term up to this one have been opened.
  void sessions_opened(SessionNumber last) { last_session_ = nth_of(last); }

  struct Output {
    std::vector<Decide> propose;  // stamped; to be replicated at once
    std::vector<Instruction> instruct;
    std::vector<Settled> settled;
    std::vector<Xid> finished;  // to go into a Finish record, some time
    [[nodiscard]] bool empty() const {
      return propose.empty() && instruct.empty() && settled.empty() && finished.empty();
    }
  };
  [[nodiscard]] Output take_output() { return std::exchange(output_, {}); }
  [[nodiscard]] bool has_output() const { return !output_.empty(); }

  [[nodiscard]] const Transaction* find(const Xid& xid) const;
  [[nodiscard]] std::size_t count(State state) const { return counts_[static_cast<std::size_t>(state)]; }
  [[nodiscard]] std::size_t size() const { return table_.size(); }
  // For lists: a little at a time.
  [[nodiscard]] std::size_t parts() const { return table_.parts(); }
  template <class Each>  // (Xid, Transaction)
  void for_each_in(std::size_t part, Each each) const {
    table_.for_each_in(part, each);
  }
  [[nodiscard]] Term own_term() const { return own_term_; }
  void check_invariants() const;

 private:
  // Such a transaction cannot be yet.
  [[nodiscard]] std::optional<Answer> untimely(const Xid& xid, std::uint64_t now_ms) const;
  // What stands against a transaction that was never heard of, if anything does.
  [[nodiscard]] std::optional<Answer> objection(const Xid& xid, std::uint64_t now_ms) const;
  [[nodiscard]] std::optional<Answer> objection(const std::string& resource) const;
  // A decision, proposed or on record, holds what this enlistment did.
  [[nodiscard]] bool is_settled_with(const Enlistment& enlistment) const;
  // What is final, elsewhere or on its way, whoever asks; none for open and unseen ones.
  [[nodiscard]] std::optional<Answer> known_of(const Xid& xid, const std::optional<Preparation>& of) const;
  [[nodiscard]] Answer of_decision(const Xid& xid, const Decision* decision,
                                   const std::optional<Preparation>& of) const;
  [[nodiscard]] static bool is_past(const Xid& xid, std::uint64_t now_ms) {
    return now_ms >= xid.deadline_ms();
  }

  Transaction& add(const Xid& xid, State state);
  void move(Transaction& transaction, State to);
  void erase(const Xid& xid, Transaction& transaction);
  Answer mark(const Xid& xid, Reason reason, std::uint64_t now_ms);
  Answer vote_again(const Vote& vote, Transaction& transaction, OpenBranch& branch, std::uint64_t now_ms);
  static void vote_first(const Vote& vote, Transaction& transaction);
  // The way to an end.
  Answer abort(const Xid& xid, Transaction& transaction, Reason reason);
  Answer decide(const Xid& xid, Transaction& transaction, std::uint64_t now_ms);
  void prepare(const Xid& xid, Transaction& transaction);
  void instruct(Action action, const Xid& xid, const OpenBranch& branch);
  void finish_if_done(const Xid& xid, Transaction& transaction);
  void settle(const Xid& xid, const Answer& answer, std::optional<std::vector<OpenBranch>> finished = {});

  OpenOptions options_;
  Term own_term_;
  const Decisions& decisions_;
  std::uint32_t last_session_ = 0;
  SlotMap<Xid, Transaction> table_;
  std::array<std::size_t, 6> counts_{};
  // When deadlines pass, in steps of due_step_ms; each transaction is in the step after its deadline.
  static constexpr std::uint64_t due_step_ms = 64;
  std::map<std::uint64_t, std::vector<Xid>> due_;
  std::uint64_t due_through_ = 0;  // the last step that was taken
  Output output_;
};

}  // namespace vow::txn
