// What the adapter throws, and in which words.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "vow/branch.h"
#include "vow/error.h"
#include "vow/postgres/pqxx_shim.h"

namespace vow::postgres::failures {

// The server's own words, without the line end that it closes them with.
inline std::string words_of(const std::exception& why) {
  std::string text = why.what();
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

// Whether the same work may succeed in a new transaction.
inline bool is_passing(const std::string& sqlstate) {
  return sqlstate.starts_with("40") || sqlstate.starts_with("53") || sqlstate.starts_with("57") ||
         sqlstate.starts_with("08") || sqlstate.starts_with("58") || sqlstate == "55P03";
}

// --- 51xx: the database cannot be used as it is set up

inline misuse unfit(const std::string& problems, const std::string& remedies) {
  return misuse({.code = "VOW-5110",
                 .what = "the PostgreSQL database cannot keep a vow as it is set up: " + problems,
                 .hint = remedies,
                 .xid = {}});
}
inline misuse preparing_is_off(const preparation& as) {
  return misuse({.code = "VOW-5111",
                 .what = "preparing " + as.name() +
                         " failed: the server has max_prepared_transactions = 0, so it prepares nothing",
                 .hint = "set max_prepared_transactions in postgresql.conf, at least as large as "
                         "max_connections, and restart the server",
                 .xid = as.xid});
}
inline misuse not_permitted(const preparation& which, const std::string& verb, const std::exception& why) {
  return misuse({.code = "VOW-5112",
                 .what = verb + " " + which.name() + " is not permitted: " + words_of(why),
                 .hint = "only the role that prepared a transaction, or a superuser, may end it: let all "
                         "processes that share this resource connect as the same role",
                 .xid = which.xid});
}
inline misuse wrong_database(const preparation& which, const std::string& verb, const std::exception& why) {
  return misuse({.code = "VOW-5113",
                 .what = verb + " " + which.name() + " is not possible here: " + words_of(why),
                 .hint = "connect this resource to the database where the branch was prepared; two databases "
                         "must not share one resource name",
                 .xid = which.xid});
}

// --- 52xx: work that could not be done now

inline error no_connection_free(std::size_t connections_max) {
  return error({.code = "VOW-5210",
                .what = "no connection to PostgreSQL was free in time: all " +
                        std::to_string(connections_max) + " are at work",
                .hint = "raise options::connections_max, or run fewer transactions at a time",
                .xid = {},
                .retryable = true});
}
inline error not_connected(const std::exception& why) {
  return error({.code = "VOW-5211",
                .what = "connecting to PostgreSQL failed: " + words_of(why),
                .hint = "check that the server runs and that the connection string is right",
                .xid = {},
                .retryable = true});
}
inline error another_is_at_it(const preparation& as) {
  return error({.code = "VOW-5212",
                .what = "branch " + as.branch + " is being worked on by another request at this moment",
                .hint = "repeat the request when the other one is done; it is then answered from what that "
                        "one left",
                .xid = as.xid,
                .retryable = true});
}
inline already_prepared there_already(const preparation& found) {
  return already_prepared(
      {.code = "VOW-5213",
       .what = "branch " + found.branch + " is prepared already, as " + found.name(),
       .hint = "answer the request from what the first one left; the branch ends with its transaction",
       .xid = found.xid},
      found);
}

// The server refuses some work whole. Its reasons have one SQLSTATE in common; its words may be in any
// language, so all reasons are named when none can be recognized.
inline misuse cannot_be_prepared(const preparation& as, const std::exception& why) {
  struct trap {
    std::string_view sign, what;
  };
  static constexpr trap traps[] = {
      {"WITH HOLD", "it has opened a cursor WITH HOLD: close it before the end, or read it in full"},
      {"LISTEN", "it has used NOTIFY, LISTEN or UNLISTEN: notify after the commit, or write to an outbox"},
      {"temporary",
       "it has used a temporary table: use a plain or unlogged table, or a common table "
       "expression"},
      {"snapshot", "it has exported its snapshot: do so in a transaction of its own"},
      {"session-level", "it has locked one object for the session and for the transaction: take one of them"},
  };
  const std::string words = words_of(why);
  std::string hint =
      "work in a branch may not use temporary tables, NOTIFY, LISTEN, cursors WITH HOLD, nor export its "
      "snapshot";
  for (const trap& each : traps)
    if (words.find(each.sign) != std::string::npos) hint = each.what;
  return misuse({.code = "VOW-5214",
                 .what = "preparing " + as.name() + " failed, and its work is rolled back: " + words,
                 .hint = hint,
                 .xid = as.xid});
}
inline error no_room_to_prepare(const preparation& as, const std::exception& why) {
  return error({.code = "VOW-5215",
                .what = "preparing " + as.name() +
                        " failed, and its work is rolled back: the server's room for prepared transactions "
                        "is used up (" +
                        words_of(why) + ")",
                .hint = "raise max_prepared_transactions, at least to max_connections, and restart the "
                        "server; look with `select * from pg_prepared_xacts` for what was left behind",
                .xid = as.xid,
                .retryable = true});
}
inline error not_prepared(const preparation& as, const std::exception& why) {
  return error({.code = "VOW-5216",
                .what = "preparing " + as.name() + " failed, and its work is rolled back: " + words_of(why),
                .hint = "the cause is in the server's words; what failed is one of the statements of this "
                        "branch, or a deferred constraint",
                .xid = as.xid,
                .retryable = is_passing(pqxx_shim::sqlstate_of(why))});
}
inline misuse ended_by_its_work(const preparation& as) {
  return misuse({.code = "VOW-5217",
                 .what = "branch " + as.branch +
                         " has no transaction any more: its work ran COMMIT, "
                         "ROLLBACK or PREPARE TRANSACTION by itself",
                 .hint = "take those statements out of the work; what it committed by itself stays "
                         "committed, and must be looked at",
                 .xid = as.xid});
}
inline error connection_lost(const preparation& as, const std::string& words) {
  return error({.code = "VOW-5218",
                .what = "the connection to PostgreSQL was lost, or the statement cancelled, before " +
                        as.name() + " was prepared; its work is rolled back: " + words,
                .hint = "run the transaction again",
                .xid = as.xid,
                .retryable = true});
}
inline error preparing_in_doubt(const preparation& as, const std::string& words) {
  return error({.code = "VOW-5219",
                .what = "the connection to PostgreSQL was lost, or the statement cancelled, while " +
                        as.name() +
                        " was being prepared, and whether it is could not be found out in time: " + words,
                .hint = "it has not voted, so its transaction is rolled back; if it is prepared, or comes to "
                        "be, recovery rolls it back. Until then its locks may be held",
                .xid = as.xid,
                .retryable = true});
}
inline error not_begun(const preparation& as, const std::exception& why) {
  return error({.code = "VOW-5220",
                .what = "beginning branch " + as.branch + " in PostgreSQL failed: " + words_of(why),
                .hint = "nothing was done yet; the cause is in the server's words",
                .xid = as.xid,
                .retryable = is_passing(pqxx_shim::sqlstate_of(why))});
}
// Of phase two. Not retryable: the transaction has its outcome, and running it anew would do it twice.
inline error not_ended(const preparation& which, const std::string& verb, const std::string& words) {
  return error({.code = "VOW-5221",
                .what = verb + " " + which.name() + " failed, or its answer was lost: " + words,
                .hint = "nothing needs to be done: it is tried again until it is known to be done",
                .xid = which.xid,
                .outcome = outcome::unknown});
}
inline error ended_otherwise(const preparation& which, const std::string& verb, const std::string& as) {
  return error({.code = "VOW-5222",
                .what = verb + " " + which.name() + " is not possible: somebody else has " + as + " it",
                .hint = "find out who ended it by hand; this database now differs from the others of the "
                        "transaction, and must be mended",
                .xid = which.xid,
                .outcome = outcome::unknown});
}
inline error other_server(const preparation& which, const std::string& before, const std::string& now) {
  return error({.code = "VOW-5223",
                .what = "the transaction of " + which.name() +
                        " is committed, but nothing of that name is "
                        "prepared, and this is not the server it was prepared on (" +
                        before + " before, " + now + " now)",
                .hint = "after a failover or a restore a prepared branch may be lost: check whether its "
                        "work is in the database, then settle the branch with `vow tx resolve`",
                .xid = which.xid,
                .outcome = outcome::committed});
}
// Of a local transaction that is recorded. Nothing of it is left.
inline error not_done_now(const preparation& as, const std::exception& why) {
  if (dynamic_cast<const error*>(&why) != nullptr) return static_cast<const error&>(why);
  return error({.code = "VOW-5225",
                .what = "the local transaction of branch " + as.branch +
                        " in PostgreSQL was not done: " + words_of(why),
                .hint = "run the transaction again; ends of branches are tried again by themselves",
                .xid = as.xid,
                .retryable = true});
}
inline error local_commit_in_doubt(const preparation& as, const std::exception& why) {
  return error(
      {.code = "VOW-5226",
       .what = "the connection to PostgreSQL was lost in the COMMIT of the local transaction of branch " +
               as.branch + ": " + words_of(why),
       .hint = "nothing needs to be done: its record tells whether it is committed",
       .xid = as.xid,
       .retryable = true,
       .outcome = outcome::unknown});
}
// --- of work that is all of its transaction, and committed by itself
inline rolled_back committed_too_late(const preparation& as) {
  return rolled_back(
      {.code = "VOW-5227",
       .what = "branch " + as.branch +
               " could not be committed: by the database's clock, its transaction's deadline is "
               "past",
       .hint = "run the transaction again with a longer timeout; if it should not have been past, "
               "compare the clocks of the database and of the coordinator",
       .xid = as.xid,
       .retryable = true});
}
inline outcome_unknown alone_in_doubt(const preparation& as, const std::string& words) {
  return outcome_unknown(
      {.code = "VOW-5228",
       .what = "the connection to PostgreSQL was lost in the COMMIT of branch " + as.branch +
               ", and whether it is committed could not be found out in time: " + words,
       .hint = "do not do it again; client::wait() tells what became of it, as soon as the database answers",
       .xid = as.xid,
       .retryable = false,
       .outcome = outcome::unknown});
}
inline error not_readable(const std::string& doing, const std::exception& why) {
  return error({.code = "VOW-5224",
                .what = doing + " in PostgreSQL failed: " + words_of(why),
                .hint = "it is tried again by itself; the cause is in the server's words",
                .xid = {},
                .retryable = true});
}

}  // namespace vow::postgres::failures
