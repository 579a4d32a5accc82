// Whether a PostgreSQL database can keep a vow, and how to mend it if not. For resources at their start, and
// for `vow doctor`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vow/postgres/failures.h"
#include "vow/postgres/options.h"
#include "vow/postgres/pqxx_shim.h"

namespace vow::postgres {

struct finding {
  enum class weight : std::uint8_t {
    note,     // worth knowing
    warning,  // it works, but less well than it could
    refusal,  // a vote would be worth nothing, or no branch could work
  };
  weight how_bad = weight::note;
  std::string subject;  // "fsync": stable, for programs
  std::string what;
  std::string remedy;
};

namespace checks {

inline constexpr int version_min = 120'000;

// Settings that may be forbidden to some roles read as null.
inline constexpr const char* facts_sql = R"(
    select current_setting('server_version_num')::int, current_setting('max_prepared_transactions')::int,
           current_setting('max_connections')::int, current_setting('fsync'),
           current_setting('full_page_writes'),
           (select reset_val from pg_catalog.pg_settings where name = 'synchronous_commit'),
           pg_is_in_recovery(), current_setting('default_transaction_read_only')::bool, pg_backend_pid(),
           has_table_privilege('pg_catalog.pg_prepared_xacts', 'select'))";

inline void check_preparing(const pqxx::row& facts, std::vector<finding>& into) {
  const int prepared_max = facts[1].as<int>();
  const int connections = facts[2].as<int>();
  if (prepared_max == 0) {
    into.push_back({finding::weight::refusal, "max_prepared_transactions",
                    "max_prepared_transactions is 0: the server prepares nothing",
                    "set max_prepared_transactions = " + std::to_string(connections) +
                        " in postgresql.conf, and restart the server"});
  } else if (prepared_max < connections) {
    into.push_back({finding::weight::warning, "max_prepared_transactions",
                    "max_prepared_transactions is " + std::to_string(prepared_max) +
                        ", less than max_connections (" + std::to_string(connections) +
                        "): when all are used, transactions are rolled back",
                    "set max_prepared_transactions = " + std::to_string(connections) +
                        " in postgresql.conf, and restart the server"});
  }
  if (!facts[9].as<bool>())
    into.push_back({finding::weight::refusal, "pg_prepared_xacts",
                    "this role may not read pg_prepared_xacts: what a crash leaves behind is not found",
                    "run: grant select on pg_catalog.pg_prepared_xacts to the role that connects"});
}

inline void check_memory(const pqxx::row& facts, const options& allowed, std::vector<finding>& into) {
  const auto weight = allowed.allow_forgetful_server ? finding::weight::warning : finding::weight::refusal;
  if (facts[3].as<std::string>() == "off")
    into.push_back({weight, "fsync", "fsync is off: a power failure takes back what was promised",
                    "set fsync = on, or allow it with options::allow_forgetful_server (for tests)"});
  if (facts[4].as<std::string>() == "off")
    into.push_back(
        {weight, "full_page_writes",
         "full_page_writes is off: a power failure can tear pages, and what was promised with them",
         "set full_page_writes = on, or allow it with options::allow_forgetful_server"});
  const std::string commits = facts[5].is_null() ? "" : facts[5].as<std::string>();
  if (commits != "on" && commits != "remote_apply")
    into.push_back(
        {finding::weight::note, "synchronous_commit",
         "synchronous_commit is " + commits + " for other sessions; branches set it on for themselves",
         "nothing needs to be done"});
}

inline void check_server(const pqxx::row& facts, std::vector<finding>& into) {
  const int version = facts[0].as<int>();
  if (version < version_min)
    into.push_back(
        {finding::weight::refusal, "version",
         "the server's version is " + std::to_string(version / 10'000) + ", and 12 is the oldest known to do",
         "upgrade the server"});
  if (facts[6].as<bool>())
    into.push_back({finding::weight::refusal, "standby", "the server is a standby: nothing can be written",
                    "connect to the primary: add target_session_attrs=read-write to the connection string"});
  else if (facts[7].as<bool>())
    into.push_back({finding::weight::refusal, "read_only",
                    "default_transaction_read_only is on: branches could not write",
                    "set default_transaction_read_only = off for this role and database"});
}

}  // namespace checks

// `beside` is a second connection made the same way: with it, a pooler is found out that gives statements of
// one session to several of the server's.
[[nodiscard]] inline std::vector<finding> check(pqxx::connection& on, const options& allowed = {},
                                                pqxx::connection* beside = nullptr) {
  std::vector<finding> found;
  const pqxx::result result = pqxx_shim::run(on, checks::facts_sql);
  const pqxx::row facts = result[0];
  checks::check_preparing(facts, found);
  checks::check_memory(facts, allowed, found);
  checks::check_server(facts, found);
  const int backend = facts[8].as<int>();
  // What the server said when the connection was made, as far as it was the server.
  const bool is_pooled = on.backendpid() != backend;
  const bool is_shared =
      beside != nullptr && pqxx_shim::run(*beside, "select pg_backend_pid()")[0][0].as<int>() == backend;
  if (is_shared)
    found.push_back({allowed.allow_transaction_pooler ? finding::weight::warning : finding::weight::refusal,
                     "pooler",
                     "a connection pooler gives one server session to several connections: settings and "
                     "locks of a session cannot be relied on",
                     "let the pooler pool sessions (PgBouncer: pool_mode = session), or connect to the "
                     "server itself"});
  else if (is_pooled)
    found.push_back({finding::weight::warning, "pooler", "there is a connection pooler before the server",
                     "see that it pools sessions, not transactions"});
  return found;
}

// Throws if something in it makes votes worthless.
inline void refuse_if_unfit(const std::vector<finding>& found) {
  std::string problems, remedies;
  for (const finding& each : found) {
    if (each.how_bad != finding::weight::refusal) continue;
    problems += (problems.empty() ? "" : "; ") + each.what;
    remedies += (remedies.empty() ? "" : "; ") + each.remedy;
  }
  if (!problems.empty()) throw failures::unfit(problems, remedies);
}

// Opens the connections for it, and closes them.
[[nodiscard]] inline std::vector<finding> check(const connect_function& connect,
                                                const options& allowed = {}) {
  try {
    const auto one = connect();
    const auto beside = connect();
    return check(*one, allowed, beside.get());
  } catch (const vow::error&) {
    throw;
  } catch (const std::exception& why) {
    throw failures::not_connected(why);
  }
}

}  // namespace vow::postgres
