// What clients and operators may ask of a coordinator, and what they are told.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/base/ids.h"
#include "coordinator/base/result.h"
#include "coordinator/machine/members.h"
#include "coordinator/txn/answer.h"
#include "coordinator/txn/open_transactions.h"

namespace vow::dispatch {

// Why a request other than a question about a transaction was not carried out. Nothing has happened, but for
// `unknown`.
struct Problem {
  enum class Code : std::uint8_t {
    ask_leader = 1,  // another node leads, at `leader` if that is known
    not_ready = 2,   // nobody leads yet, or the leader is still starting: try again soon
    overloaded = 3,  // a limit is reached: try again later
    invalid = 4,     // `what` says why
    no_session = 5,  // never opened in this term, or expired: open another
    not_found = 6,
    unknown = 7,  // it was proposed and may or may not come to be: ask again
  };
  Code code = Code::invalid;
  std::string what;
  std::string leader;  // the client address of the leader, if it is known
};
[[nodiscard]] std::string_view name(Problem::Code code);

// A resource that a client's process serves.
struct Served {
  std::string resource;
  std::uint32_t weight = 1;  // for the weighted policy
};

struct OpenSession {
  std::string process;         // for people: "payments/7f3a@host"
  std::vector<Served> serves;  // empty: it only begins transactions
};

// What a client needs to mint xids by itself.
struct SessionOpened {
  txn::SessionNumber session;
  std::uint32_t cell = 0;
  std::uint32_t incarnation = 0;
  Term term;
  std::uint64_t clock_ms = 0;          // the leader's term clock, now
  std::uint32_t expires_after_ms = 0;  // of silence
  std::uint32_t timeout_s_max = 0;
};

struct Begun {
  txn::Xid xid;
};

// What became of a command. A command that is not reported on is repeated.
struct Report {
  txn::Xid xid;
  txn::Preparation preparation;
  txn::Action action = txn::Action::commit;
  bool done = false;       // finished durably, as protocol.md demands of an acknowledgement
  std::string error;       // not done: why
  bool elsewhere = false;  // not done, and this instance cannot: give it to another
};

struct Poll {
  txn::SessionNumber session;
  std::uint32_t commands_max = 1000;
  std::uint32_t wait_ms = 20'000;  // how long to wait for the first command
  std::uint64_t over = 0;  // a number for the connection that it came over; 0: none that would be missed
};

struct Command {
  txn::Action action = txn::Action::commit;
  txn::Xid xid;
  txn::Preparation preparation;
  std::string resource;
  std::uint32_t attempt = 1;
};

struct Polled {
  std::uint64_t clock_ms = 0;
  Term term;
  std::vector<Command> commands;
};
using PollDone = std::function<void(Result<Polled, Problem>)>;

struct Commit {
  txn::Xid xid;
  std::vector<txn::Preparation> named;
  // Wait until every branch has confirmed, at most this long; 0: answer at the decision.
  std::uint32_t wait_finished_ms = 0;
};
// `leader` is set if the answer is ask_leader and another leader is known.
using AnswerDone = std::function<void(const txn::Answer&)>;

// For people.
struct BranchShown {
  std::string branch;
  std::uint64_t nonce = 0;
  std::string resource;
  std::string standing;  // OpenBranch::Standing, or forced
  std::uint32_t attempts = 0;
  std::string last_error;
  std::uint64_t next_attempt_in_ms = 0;
};
struct TransactionShown {
  txn::Xid xid;
  std::string state;  // txn::State, or committed, rolled_back, nothing_to_commit, forgotten
  std::string reason;
  std::string waiting_for;  // one sentence; empty: nothing
  std::uint64_t begun_ms = 0;
  std::uint64_t deadline_ms = 0;
  std::uint64_t ended_ms = 0;  // 0: it has not ended, or this node does not remember when
  std::vector<BranchShown> branches;
  std::vector<txn::Forced> forced;
};
struct TransactionFilter {
  std::string state;     // empty: all
  std::string resource;  // empty: all
  std::size_t limit = 100;
};
struct SessionShown {
  txn::SessionNumber session;
  std::string process;
  std::uint64_t silent_ms = 0;
  bool polling = false;
  std::vector<Served> serves;
  std::size_t in_flight = 0;
  std::size_t queued = 0;
};
struct ResourceShown {
  std::string resource;
  std::size_t instances = 0;
  std::size_t backlog = 0;      // commands that wait or are on their way
  std::size_t failing = 0;      // of them, those whose last attempt failed
  std::uint64_t oldest_ms = 0;  // how long the oldest has waited
  std::uint64_t done = 0;       // commands confirmed in this term
};

// One figure for operators' monitoring. A histogram has `buckets`: upper bounds and how many fell below each.
struct Metric {
  enum class Kind : std::uint8_t { counter, gauge, histogram };
  std::string name;  // vow_..., its unit last
  std::string help;
  Kind kind = Kind::gauge;
  std::map<std::string, std::string> labels;
  double value = 0;  // histogram: the sum
  std::vector<std::pair<double, std::uint64_t>> buckets{};
};

// One thing that must be so for a node to be ready.
struct Check {
  std::string name;
  bool ok = false;
  std::string detail;  // one sentence, for people
};

using MemberAddresses = machine::MemberAddresses;

struct OperatorWord {
  std::string who;
  std::string why;
};

}  // namespace vow::dispatch
