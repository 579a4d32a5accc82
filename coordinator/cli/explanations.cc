// The entries of the catalogue.
#include <vector>

#include "coordinator/cli/explain.h"
#include "coordinator/cli/explanations_databases.h"

namespace vow::cli {
namespace {

constexpr std::string_view starting = "Starting";
constexpr std::string_view verdicts = "What is said of a transaction";
constexpr std::string_view reasons = "Why a transaction was rolled back";
constexpr std::string_view refusals = "Why a request about a transaction was refused";
constexpr std::string_view problems = "Why a request was not carried out";
constexpr std::string_view commands = "The command line";
constexpr std::string_view participants = "The participant SDK";

const Explanation entries[] = {
    {starting, "VOW-1001", "unreadable configuration", "A line of the configuration file cannot be read.",
     "It is neither `key = value` nor `[section]`, quotes do not match, or a key is set twice.",
     "Correct the line; `vow config validate FILE` checks the whole file."},
    {starting, "VOW-1002", "unknown key", "A key, flag or variable is not known.",
     "Usually a slip of the pen, or a key of another version. Vow would rather not start than run with a "
     "setting that "
     "has no effect.",
     "Take the suggestion, or look in docs/configuration.md."},
    {starting, "VOW-1003", "value not allowed", "A value is of the wrong form or out of bounds.",
     "Each key has a kind and bounds. Durations and sizes need a unit: `10s`, `64MB`.",
     "Use a value as the message describes it."},
    {starting, "VOW-1004", "contradicting settings",
     "Settings that are fine by themselves do not go together.",
     "For example: a node that founds a cluster is not in its own list of founders, or listens everywhere "
     "and tells "
     "others no address that they could dial.",
     "Change one of the settings that the message names."},
    {starting, "VOW-1005", "no data directory",
     "The node does not know where to keep what it must not forget.",
     "node.data is not set, and a default would be a guess about your disks.",
     "Set node.data to a directory on a disk that survives the process, or play with `vow serve --dev`."},
    {starting, "VOW-1006", "data directory not usable",
     "The data directory cannot be created, read or written.",
     "Rights, a read-only or full file system, or a path that is a file.",
     "Correct the rights for the user that runs vow, or choose another directory."},
    {starting, "VOW-1007", "data directory in use", "Another process has the data directory open.",
     "Two nodes on one disk would destroy it; the first one holds a lock.",
     "Stop the other process, or give this node a directory of its own."},
    {starting, "VOW-1008", "damaged store", "What is on the disk is not what was written there.",
     "A checksum does not match, or acknowledged writes are missing: a failing disk, a copied or cut file. "
     "Going on "
     "could lose commits that were acknowledged.",
     "Replace the node: remove it from the cluster, start it with an empty directory and cluster.join = "
     "true, add it. "
     "A single node is restored from a snapshot. Keep the directory for inspection."},
    {starting, "VOW-1009", "store of a newer version", "The disk was last written by a newer version of Vow.",
     "An older program cannot read the newer records, and must not ignore them.",
     "Start the newer version on this directory."},
    {starting, "VOW-1010", "address in use", "An address to listen on is taken.",
     "Another process, often another vow, listens there already.",
     "Stop it, or choose other ports with client.listen, peer.listen and http.listen."},
    {starting, "VOW-1011", "cell formed without this node",
     "The members of cluster.initial have founded their cluster, and this node's disk is not part of it.",
     "The disk is new, was wiped or replaced. A node is known by its disk, so that it cannot vote twice.",
     "Remove the old member (`vow cluster remove`), start this node with cluster.join = true and no "
     "cluster.initial, "
     "and add it (`vow cluster add`)."},
    {starting, "VOW-1012", "founders disagree", "The founding members have different lists of each other.",
     "cluster.initial must be the same on all of them; otherwise two clusters could be founded.",
     "Give each founder the same list, then start them again."},
    {starting, "VOW-1013", "two nodes with one identity", "Two members have the same node id.",
     "A data directory was copied. Both could vote in one election.",
     "Stop the copy and start it with an empty directory."},

    {verdicts, "VOW-2004", "forgotten", "The transaction is older than anybody remembers.",
     "Once all branches of a transaction have confirmed, only one bit of it is kept, and the oldest bits go "
     "when "
     "memory.committed_bits is full. A branch that asks so late comes from a database that was restored from "
     "a backup.",
     "Look in the history of finished transactions; then end the branch in its database by hand."},
    {verdicts, "VOW-2008", "outcome unknown", "The transaction may have been committed, or may yet be.",
     "The decision was proposed, and the leader lost its place before it knew.",
     "Ask again: the next leader knows. `vow tx watch XID` does."},
    {verdicts, "VOW-2010", "not_ours", "The transaction belongs to another cluster.",
     "Its xid names another cell, or an incarnation from which this one was not restored.",
     "Ask the cluster that began it; check which cluster the service is configured for."},

    {reasons, "VOW-2101", "asked", "The initiator, or an operator, asked for the rollback.",
     "The business code failed or chose not to commit.",
     "Nothing, unless it surprises: see the service's own log."},
    {reasons, "VOW-2102", "past_deadline", "The transaction did not reach its end before its deadline.",
     "A service was slow or died, or the time-out is too short. Nobody may hold locks for ever.",
     "See which branch was slow in `vow tx show XID`; repeat the transaction, or give it a longer time-out."},
    {reasons, "VOW-2103", "vote_refused", "A branch said that it cannot commit.",
     "Its database refused to prepare: a constraint, a deadlock, a lost connection, or prepared transactions "
     "are "
     "switched off.",
     "The participant's log says what its database said. For PostgreSQL, max_prepared_transactions must not "
     "be 0."},
    {reasons, "VOW-2104", "vote_missing", "Commit named a branch that had not voted.",
     "The vote was lost or late, or the branch belongs to a call that failed.", "Repeat the transaction."},
    {reasons, "VOW-2105", "vote_not_named", "A branch had voted that commit did not name.",
     "A call did its work and its answer was lost, so the initiator does not know of it. Committing without "
     "it would "
     "commit half of the work.",
     "Repeat the transaction."},
    {reasons, "VOW-2106", "vote_differs", "A branch voted twice, differently or for another preparation.",
     "A request was repeated while its first delivery was still working.", "Repeat the transaction."},
    {reasons, "VOW-2107", "outcome_asked",
     "A prepared branch asked for the outcome before its vote had arrived.",
     "The participant restarted, or its vote was lost; asking settles the transaction so that nothing stays "
     "locked.",
     "Repeat the transaction."},
    {reasons, "VOW-2108", "earlier_term", "The leader lost its place before the transaction was decided.",
     "A node failed, was restarted or was cut off. Votes are kept in the leader's memory only; that makes "
     "them cheap.",
     "Repeat the transaction; the SDK's run() does so by itself. If it is frequent, see why leaders change: "
     "`vow cluster status`."},
    {reasons, "VOW-2109", "enlistment_differs", "A branch that several calls share was lost and made anew.",
     "Its process or its connection died in between, and with it a part of the work.",
     "Repeat the transaction."},
    {reasons, "VOW-2110", "another_preparation", "The transaction committed, but not with this preparation.",
     "A late duplicate of a request prepared the branch once more. The first preparation counts; the "
     "duplicate is "
     "undone.",
     "Nothing."},
    {reasons, "VOW-2111", "voted_after_commit", "A branch that nobody named came after commit was asked for.",
     "A late or stray request.", "Nothing; that branch alone is undone."},
    {reasons, "VOW-2112", "only_read", "No branch had anything to commit.", "All of them only read.",
     "Nothing."},
    {reasons, "VOW-2113", "only_bit_left",
     "The transaction committed, but with which preparations is not remembered here.",
     "Its decision was dropped after its deadline and grace, all branches having confirmed; and this node's "
     "history "
     "does not reach back so far. A branch that asks now was restored from a backup, or is a stray "
     "duplicate.",
     "Look for it with `vow tx show` at each node; compare the branch with what the other databases hold, "
     "and end it "
     "by hand."},

    {refusals, "VOW-2120", "from_the_future", "The transaction says that it begins later than now.",
     "The client's clock jumped, or its xid is not one that a session minted.",
     "Open a new session; see to the clocks of client and leader."},
    {refusals, "VOW-2121", "timeout_too_long", "The time-out is longer than transactions.timeout_max.",
     "Marks of rolled back transactions are kept until the deadline; the bound keeps memory flat.",
     "Ask for a shorter time-out, or raise transactions.timeout_max."},
    {refusals, "VOW-2122", "session_unknown", "No session of that number was opened in this term.",
     "The xid was made up, or minted by a client that confused its sessions.",
     "Open a session and begin again."},
    {refusals, "VOW-2123", "too_many_branches",
     "The transaction has more branches than transactions.branches_max.",
     "A decision is one record and its size is bounded.",
     "Do more work in one branch (a shared branch), or raise the limit."},
    {refusals, "VOW-2124", "not_enlisted", "The vote is for an enlistment that is not known.",
     "The branch was never enlisted, or by another instance.", "Repeat the transaction."},
    {refusals, "VOW-2125", "names_differ", "Commit was called twice with different preparations.",
     "The first call fixed the set; a second with another set is a mistake of the caller.",
     "Ask for the outcome instead of calling commit with another set."},

    {problems, "VOW-3001", "ask_leader", "Another node leads.", "Only the leader answers this.",
     "Ask the leader; `vow` does so by itself when the leader is known."},
    {problems, "VOW-3002", "not_ready", "Nobody leads yet, or the leader is still starting.",
     "An election is under way, or a majority of the nodes cannot be reached.",
     "Wait some seconds and try again. If it lasts, `vow cluster status` shows who is missing."},
    {problems, "VOW-3003", "overloaded", "A limit is reached.",
     "Too many open transactions, a participant that confirms nothing, or a slow disk. Nothing has happened.",
     "Try again later. `vow participants` shows a growing backlog; /metrics shows which limit it is."},
    {problems, "VOW-3004", "invalid", "The request is not one that can be carried out.",
     "The answer says what is wrong.", "Correct the request."},
    {problems, "VOW-3005", "no_session", "The session was never opened in this term, or has expired.",
     "The client was silent for longer than sessions.expires_after, or for a second after its connection "
     "closed, or the leader changed.",
     "Open another session; the SDK does so by itself."},
    {problems, "VOW-3006", "not_found", "There is no such transaction, branch or member.",
     "It never was, or it is finished and no longer remembered.",
     "Check the xid; `vow tx list` and `vow cluster status` show what there is."},
    {problems, "VOW-3007", "unknown", "It was proposed, and may or may not come to be.",
     "The leader lost its place before the record was known to be durable.",
     "Look at the transaction or the cluster again before you repeat it."},

    {commands, "VOW-4001", "no node answers", "None of the nodes that were asked can be reached.",
     "They are not running, or listen elsewhere: a node's HTTP address is 127.0.0.1:7480 unless http.listen "
     "says "
     "otherwise.",
     "Start one (`vow serve --dev`), or name others with --at or VOW_AT, several with commas between them."},
    {commands, "VOW-4002", "no reason given", "A change was asked for without saying why.",
     "What operators change by hand is recorded with who did it and why; months later that is what helps.",
     "Add --reason \"...\"."},
    {commands, "VOW-4003", "answer lost", "The request was sent and no answer came.",
     "The node or the connection failed in between. It may have been carried out.",
     "Look at the transaction or the cluster again before you repeat it."},
    {commands, "VOW-4004", "answer not understood",
     "A node answered something that this program cannot read.",
     "It is another program, or a version too far away from this one.",
     "Check the address; compare `vow version` on both sides."},
    {commands, "VOW-4005", "wrong arguments", "The command line cannot be read.",
     "A verb, a flag or an argument is missing, unknown or not allowed.",
     "`vow VERB --help` shows what there is, with an example."},
    {commands, "VOW-4006", "cell is not dead",
     "What a cell has prepared is not rolled back, since that cell answers.",
     "It may have decided to commit, and decides for ever what becomes of its transactions.",
     "Let a process serve the resource: it ends them. `vow participants` shows who does."},
    {commands, "VOW-4010", "orphan",
     "A branch is still prepared in a database, and its rows are locked, though its transaction is decided; "
     "or its cell is not the one that was asked.",
     "No process serves the resource, or none can end it: another role, a lost connection that the server "
     "has "
     "not given up. Or its coordinator is gone.",
     "Let a process serve the resource and see its log. What a cell has left that is gone for ever: `vow "
     "doctor "
     "--orphans --cell ID --reason TEXT`."},
    {commands, "VOW-4011", "half done",
     "One branch of a committed transaction is committed in its database, and another one is still prepared.",
     "As with an orphan. Until it is ended, the databases do not show the same.",
     "Let a process serve the resource and see its log; `vow tx show` says what failed there last."},
    {commands, "VOW-4012", "leaked lock",
     "Writers of a SQLite database are refused by guard triggers, though no branch is prepared.",
     "They look into the table vow_branch, which is gone: somebody dropped it, or restored a part of "
     "the file.",
     "`vow doctor --fix` makes the table. If no branch shall be prepared in this file again, drop the "
     "triggers named vow_guard_... instead."},
    {commands, "VOW-4013", "effects disagree",
     "A branch is on record in its database otherwise than its transaction was decided.",
     "Somebody ended it by hand, changed the table vow_branch, or restored the database or the coordinator.",
     "`vow tx show` says what was decided. Mend the database's rows to that; the record then stays as a "
     "trace."},
    {participants, "VOW-5001", "no coordinator",
     "A transaction could not begin: no coordinator that leads was found within its timeout.",
     "The cluster is down or has no majority, the addresses are wrong, or a network is between.",
     "`vow cluster status` says whether it runs; client_options::coordinators or VOW_COORDINATORS name its "
     "members. "
     "Nothing was done; the transaction can be run again."},
    {participants, "VOW-5002", "stopped", "A transaction did not begin since its stop token asked to stop.",
     "The program stops, or gave up waiting.", "Nothing: nothing was done."},
    {participants, "VOW-5003", "client of another process", "A client was used after fork(), in the child.",
     "The client's threads and connections belong to the process that made it.",
     "Make a client in the child."},
    {participants, "VOW-5004", "options that cannot be",
     "A client or resource was made with options that make no sense.", "The message names the option.",
     "Correct it."},
    {participants, "VOW-5005", "transaction over",
     "Work was to begin in a transaction that is being ended, or has.",
     "A tx was kept beyond the function given to run().",
     "Do all work in that function; let no tx and nothing that an enlist() returned outlive it."},
    {participants, "VOW-5006", "work after the deadline",
     "Work on a resource was to begin, or to be prepared, after the deadline.",
     "No branch starts after the deadline, so that whatever is left of a transaction can be cleaned away; "
     "and "
     "what is prepared then would hold its locks in vain, since no commit can come.",
     "Give the transaction more time (run_options::timeout), or do less in it. It is rolled back and can be "
     "run again."},
    {participants, "VOW-5007", "call without answer",
     "A transaction called another service and was to commit without its answer.",
     "What was prepared there is not known here, and would be left out.",
     "Tell call::answered() of every answer, and throw where a call failed. It is rolled back and can be run "
     "again."},
    {participants, "VOW-5008", "no context",
     "A request was to be served as part of a transaction, and does not say of which.",
     "The header vow-context is missing, was changed on its way, or is of another version.",
     "Send the headers of tx::call() with the request; let proxies pass them."},
    {participants, "VOW-5009", "answer without branches",
     "A service that was called answered without saying what it prepared.",
     "The header vow-branches is missing or changed, or the service did not use client::serve().",
     "Send the headers of the reply with the answer; let proxies pass them."},
    {participants, "VOW-5010", "action not known",
     "A branch that an action made waits for its end, but this process has no action of that name.",
     "The action is not added yet, is no longer part of the program, or has another name now.",
     "Add it when the process starts, under its old name. The end is tried again by itself."},
    {participants, "VOW-5012", "attempted already", "This branch of an action was attempted already.",
     "A request was repeated, while its first delivery was at work or after it.",
     "Wait for the answer to the first one, or run the transaction again: nothing was done twice."},
    {participants, "VOW-5013", "cancelled before its attempt",
     "A branch of an action was cancelled before it was done.",
     "Its transaction was rolled back while the request was on its way, or while its prepare ran.",
     "Nothing is left of it. The transaction can be run again."},
    {participants, "VOW-5014", "committed already", "This branch of an action is committed already.",
     "A request was repeated after its transaction had ended.",
     "Nothing is to be done: the first request did the work."},
    {participants, "VOW-5015", "late by the database's clock",
     "An action was to begin after its transaction's deadline, by the database's clock.",
     "The transaction took too long, or the clocks of the database and of the coordinator differ.",
     "Give it more time (run_options::timeout), and compare the clocks. It is rolled back and can be run "
     "again."},
    {participants, "VOW-5016", "nothing on record to commit",
     "A branch is to be committed, and the table vow_branch does not have it as prepared.",
     "The database was replaced or restored, or its rows were removed.",
     "See whether its work is in the database and mend it if not; then record what you found with `vow tx "
     "resolve`."},
    {participants, "VOW-5017", "committed, not to be rolled back",
     "A branch is to be rolled back that the table vow_branch has as committed.", "This should never happen.",
     "Keep the database as it is and report it."},
    {participants, "VOW-5018", "shared branch in use",
     "Another call of the same transaction is at work in the branch that they share.",
     "A transaction called the service twice at the same time, with run_options::share.",
     "Let a transaction make the calls that share a branch one after the other."},
    {participants, "VOW-5019", "attempt in doubt",
     "An action was attempted, and whether its local transaction is committed is not known.",
     "The connection to the database was lost in its COMMIT.",
     "Run the transaction again. What there may be of the attempt is cancelled: at once if the database "
     "answers, else by recovery once the transaction's deadline is past."},
    {participants, "VOW-5020", "service did not do it",
     "A service that was called within a transaction says that it did not do its part.",
     "The message has the service's own words. A status of 409, 429, 502, 503 or 504, or a service that says "
     "so, means that a new attempt may end better; other failures will come again.",
     "The transaction is rolled back, and run again if that may help. Otherwise mend the request or the "
     "service."},
    {participants, "VOW-5021", "service did not answer",
     "A service that was called within a transaction did not answer, however often it was asked.",
     "It is down, too slow, or out of reach; or the transaction's deadline came first.",
     "The transaction is rolled back, also what the service may have done for it, and can be run again. See "
     "whether the service runs; give the transaction or the session more time."},
    {participants, "VOW-5022", "answer not kept",
     "A request came again, and the answer to the first one is not kept.",
     "Answers of more than 64 KiB are not kept for repetitions.",
     "The transaction is rolled back and can be run again. Let services answer less within transactions."},
    {participants, "VOW-5023", "work may succeed later",
     "Work that was done for a caller failed in a way that may not happen again.",
     "The database ended it to resolve a deadlock, or a lock was not given in time.",
     "Nothing is left of it; the caller's transaction is rolled back and can be run again."},
    {participants, "VOW-5024", "served elsewhere",
     "A request came again, to another process of the service than the first time.",
     "The first one's answer was lost, and only the process that gave it can give it again.",
     "The transaction is rolled back, also the first one's work, and can be run again. If it happens often, "
     "let the "
     "requests of one transaction come to the same process."},
};

}  // namespace

std::span<const Explanation> explanations() {
  static const std::vector<Explanation> all = [] {
    std::vector<Explanation> joined(std::begin(entries), std::end(entries));
    for (const auto others : {database_explanations(), branch_explanations()})
      joined.insert(joined.end(), others.begin(), others.end());
    return joined;
  }();
  return all;
}

}  // namespace vow::cli
