// What clients and participants say to a coordinator. They only dial out: what a coordinator wants of them they
// fetch by poll().
//
// Framed binary protocol. Many calls may be on their way in one connection; answers come in any order, each
// with the seqid of its call.
//
// How this grows, so that old and new may always talk to each other:
//   - A number, of a field or an enumerator, is never used for anything else, nor again once it is retired; a
//     retired one stays as a comment in its place.
//   - A new field is optional or has a default, under which everything is as before. Types never change.
//   - Who reads skips fields it does not know. A client takes an unknown verdict for `unknown`, and an
//     unknown problem for `not_ready`: ask again. A server refuses an unknown ballot, asker or action.
//   - A new call is a new name. An older server answers it with Thrift's UNKNOWN_METHOD, and the connection
//     lives on.
//
// Xids are their 40 characters; branches 1 to 10 of [0-9a-z_-]; nonces 1 to 2^40-1; resources at most 64 bytes.
// Lists hold at most 10,000 elements, and a frame 1 MiB, unless the server is configured otherwise.
namespace cpp vow.wire
namespace * vow.wire

// As txn::Verdict, which explains them.
enum Verdict {
  committed = 1,
  rolled_back = 2,
  nothing_to_commit = 3,
  forgotten = 4,
  taken = 5,
  pending = 6,
  open = 7,
  unknown = 8,
  ask_leader = 9,
  not_ours = 10,
  overloaded = 11,
  invalid = 12,
}

// Of a transaction, or of a request about one.
struct Answer {
  1: Verdict verdict = Verdict.unknown,
  // Why: the number of a txn::Reason. A reason that is not known is no reason to act differently.
  2: i32 reason = 0,
  // Branches that have not confirmed the end yet.
  3: i32 unfinished = 0,
  // The request was malformed: what about it. Nothing has changed.
  4: optional string why,
  // ask_leader: the leader's client address, if it is known.
  5: optional string leader,
}

// As dispatch::Problem::Code.
enum ProblemCode {
  ask_leader = 1,
  not_ready = 2,
  overloaded = 3,
  invalid = 4,
  no_session = 5,
  not_found = 6,
  unknown = 7,
}

// Why something other than a question about a transaction was not done.
exception Problem {
  1: ProblemCode code = ProblemCode.not_ready,
  2: string why,
  3: optional string leader,
}

struct Preparation {
  1: string branch,
  2: i64 nonce = 0,
}

struct Served {
  1: string resource,
  2: i32 weight = 1,
}

struct OpenSession {
  // For people: "payments/7f3a@host".
  1: string process,
  // Resources whose branches this process can end. None: it only begins transactions.
  2: list<Served> serves = [],
}

// What a client needs to mint xids.
struct SessionOpened {
  // For all calls of this session. Its lower 28 bits go into xids.
  1: i64 session = 0,
  2: i64 cell = 0,
  3: i32 incarnation = 0,
  4: i64 term = 0,
  5: i64 clock_ms = 0,
  // Of silence.
  6: i64 expires_after_ms = 0,
  7: i64 timeout_s_max = 0,
}

enum Action {
  prepare = 1,
  commit = 2,
  rollback = 3,
}

struct Poll {
  1: i64 session = 0,
  2: i32 commands_max = 1000,
  // How long to wait for the first command.
  3: i32 wait_ms = 20000,
}

struct Command {
  1: Action action = Action.commit,
  2: string xid,
  // To prepare: without a nonce.
  3: Preparation preparation,
  4: string resource,
  5: i32 attempt = 1,
}

struct Polled {
  1: i64 clock_ms = 0,
  2: i64 term = 0,
  3: list<Command> commands = [],
}

struct Report {
  1: string xid,
  2: Preparation preparation,
  3: Action action = Action.commit,
  // Finished durably.
  4: bool done = false,
  // Not done: why.
  5: optional string error,
  // Not done, and this instance cannot: give it to another.
  6: bool elsewhere = false,
}

enum Ballot {
  prepared = 1,
  read_only = 2,
  refused = 3,
}

struct Vote {
  1: string xid,
  2: Preparation preparation,
  3: string resource,
  4: Ballot ballot = Ballot.prepared,
  // Who votes, and may hold the connection; 0: nobody that polls.
  5: i64 session = 0,
  // Of a branch that was enlisted: as it was then.
  6: i64 enlistment = 0,
}

// A branch that several calls share: it votes when commit asks it to.
struct Enlistment {
  1: string xid,
  2: string branch,
  3: string resource,
  4: i64 session = 0,
  5: i64 enlistment = 0,
}

struct Commit {
  1: string xid,
  // Exactly these preparations.
  2: list<Preparation> named = [],
  // Wait for every branch to confirm, at most so long; 0: answer at the decision.
  3: i32 wait_finished_ms = 0,
}

struct Rollback {
  1: string xid,
  2: i32 wait_finished_ms = 0,
}

enum Asker {
  // A branch with prepared state, or the initiator ending its transaction: settles what is unseen.
  involved = 1,
  watcher = 2,
}

struct Question {
  1: string xid,
  // Of one preparation rather than of the transaction.
  2: optional Preparation preparation,
  3: Asker asker = Asker.watcher,
}

service Coordinator {
  // Someone is there. Answered before any other work is waited for, and whoever leads.
  void ping(),

  SessionOpened open_session(1: OpenSession request) throws (1: Problem problem),
  void close_session(1: i64 session) throws (1: Problem problem),
  // Long: one at a time for each session; a second one ends the first with nothing.
  Polled poll(1: Poll poll) throws (1: Problem problem),
  // What became of commands that were polled. What is not reported is repeated.
  void report(1: i64 session, 2: list<Report> reports) throws (1: Problem problem),

  // For clients that do not mint xids.
  string begin_transaction(1: i32 timeout_s) throws (1: Problem problem),
  Answer enlist(1: Enlistment enlistment),
  Answer vote(1: Vote vote),
  Answer commit(1: Commit commit),
  Answer rollback(1: Rollback rollback),
  Answer outcome(1: Question question),

  // The same for many at once, for processes whose threads share calls. Answers come in the order of the
  // requests, and when the last of them is known. One that is refused does not touch the others.
  list<Answer> enlistments(1: list<Enlistment> enlistments),
  list<Answer> votes(1: list<Vote> votes),
  list<Answer> commits(1: list<Commit> commits),
  list<Answer> rollbacks(1: list<Rollback> rollbacks),
  list<Answer> outcomes(1: list<Question> questions),
}
