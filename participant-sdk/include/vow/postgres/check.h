// Whether a PostgreSQL database can keep a vow, and how to mend it if not. For resources at their start, and
// for `vow doctor`. It reads only.
#pragma once

#include <string>
#include <vector>

#include "vow/doctor.h"
#include "vow/postgres/failures.h"
#include "vow/postgres/options.h"
#include "vow/postgres/pqxx_shim.h"
#include "vow/postgres/record.h"
#include "vow/record_check.h"

namespace vow::postgres {

namespace checks {

inline constexpr int version_min = 120'000;

// Settings that may be forbidden to some roles read as null.
inline constexpr const char* facts_sql = R"(
    select current_setting('server_version_num')::int as version,
           current_setting('max_prepared_transactions')::int as prepared_max,
           current_setting('max_connections')::int as connections_max,
           current_setting('superuser_reserved_connections')::int as reserved,
           current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
           (select reset_val from pg_catalog.pg_settings where name = 'synchronous_commit') as commits,
           current_setting('synchronous_standby_names') = '' as stands_alone,
           (select count(*) from pg_catalog.pg_stat_replication) as replicas,
           pg_is_in_recovery() as is_standby,
           current_setting('default_transaction_read_only')::bool as is_read_only,
           pg_backend_pid() as backend,
           has_table_privilege('pg_catalog.pg_prepared_xacts', 'select') as may_look,
           (select string_agg(name || ' = ' || setting || 'ms', ', ' order by name)
              from pg_catalog.pg_settings where setting <> '0' and name in
              ('idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout')) as impatience)";

inline std::string to_set(const std::string& name, int value) {
  return "run: alter system set " + name + " = " + std::to_string(value) + "; and restart the server";
}

inline void check_preparing(const pqxx::row& facts, std::vector<finding>& into) {
  const int prepared_max = facts["prepared_max"].as<int>();
  const int connections = facts["connections_max"].as<int>();
  if (prepared_max == 0) {
    into.push_back({severity::blocks, "VOW-5114",
                    "max_prepared_transactions is 0: the server prepares nothing",
                    to_set("max_prepared_transactions", connections)});
  } else if (prepared_max < connections) {
    into.push_back({severity::warns, "VOW-5114",
                    "max_prepared_transactions is " + std::to_string(prepared_max) +
                        ", less than max_connections (" + std::to_string(connections) +
                        "): when all are used, transactions are rolled back",
                    to_set("max_prepared_transactions", connections)});
  }
  if (!facts["may_look"].as<bool>())
    into.push_back({severity::blocks, "VOW-5115",
                    "this role may not read pg_prepared_xacts: what a crash leaves behind is not found",
                    "run: grant select on pg_catalog.pg_prepared_xacts to the role that connects"});
}

inline void check_memory(const pqxx::row& facts, const options& allowed, std::vector<finding>& into) {
  const auto weight = allowed.allow_forgetful_server ? severity::warns : severity::blocks;
  if (facts["fsync"].as<std::string>() == "off")
    into.push_back({weight, "VOW-5116", "fsync is off: a power failure takes back what was promised",
                    "run: alter system set fsync = on; select pg_reload_conf(); or, for tests, allow it with "
                    "options::allow_forgetful_server"});
  if (facts["full_page_writes"].as<std::string>() == "off")
    into.push_back(
        {weight, "VOW-5117",
         "full_page_writes is off: a power failure can tear pages, and what was promised with them",
         "run: alter system set full_page_writes = on; select pg_reload_conf(); or, for tests, allow it "
         "with options::allow_forgetful_server"});
  const std::string commits = facts["commits"].is_null() ? "" : facts["commits"].as<std::string>();
  if (commits != "on" && commits != "remote_apply")
    into.push_back(
        {severity::tells, "VOW-5118",
         "synchronous_commit is " + commits + " for other sessions; branches set it on for themselves",
         "nothing needs to be done"});
  if (facts["replicas"].as<int>() > 0 && facts["stands_alone"].as<bool>())
    into.push_back({severity::tells, "VOW-5126",
                    "its replicas follow asynchronously: a failover to one can lose what was promised",
                    "name those that may take over in synchronous_standby_names, or accept the risk"});
}

inline void check_server(const pqxx::row& facts, const options& with, std::vector<finding>& into) {
  const int version = facts["version"].as<int>();
  if (version < version_min)
    into.push_back(
        {severity::blocks, "VOW-5119",
         "the server's version is " + std::to_string(version / 10'000) + ", and 12 is the oldest known to do",
         "upgrade the server"});
  if (facts["is_standby"].as<bool>())
    into.push_back({severity::blocks, "VOW-5120", "the server is a standby: nothing can be written",
                    "connect to the primary: add target_session_attrs=read-write to the connection string"});
  else if (facts["is_read_only"].as<bool>())
    into.push_back({severity::blocks, "VOW-5120",
                    "default_transaction_read_only is on: branches could not write",
                    "set default_transaction_read_only = off for this role and database"});
  const int room = facts["connections_max"].as<int>() - facts["reserved"].as<int>();
  if (room < static_cast<int>(with.connections_max))
    into.push_back({severity::warns, "VOW-5124",
                    "the server takes " + std::to_string(room) + " connections, and one process may use " +
                        std::to_string(with.connections_max),
                    to_set("max_connections", static_cast<int>(2 * with.connections_max)) +
                        "; or lower options::connections_max"});
  if (!facts["impatience"].is_null())
    into.push_back({severity::tells, "VOW-5123",
                    "the server ends sessions that rest: " + facts["impatience"].as<std::string>(),
                    "let no branch rest for longer than that; one that is prepared is not touched by it"});
}

// Only who has prepared a transaction may end it, or a superuser.
inline void check_owners(pqxx::connection& on, std::vector<finding>& into) {
  const bool may_look =
      pqxx_shim::run(on, "select has_table_privilege('pg_catalog.pg_prepared_xacts', 'select')")[0][0]
          .as<bool>();
  if (!may_look) return;  // which is a finding of its own
  const pqxx::row others = pqxx_shim::run(on, R"(
      select count(*), min(owner) from pg_catalog.pg_prepared_xacts
       where database = current_database() and left(gid, 4) = 'vow.' and owner <> current_user
         and not (select rolsuper from pg_catalog.pg_roles where rolname = current_user))")[0];
  if (others[0].as<int>() == 0) return;
  const std::string owner = others[1].as<std::string>();
  into.push_back(
      {severity::warns, "VOW-5112",
       "branches that " + owner + " has prepared cannot be ended by the role that connects",
       "let all processes of this resource connect as the same role: " + owner + ", or a superuser"});
}

inline void check_records(pqxx::connection& on, std::vector<finding>& into) {
  record::table_facts seen;
  const pqxx::row rights = pqxx_shim::run(on, R"(
      select to_regclass('vow_branch') is not null,
             coalesce(has_schema_privilege(current_schema(), 'create'), false),
             coalesce(has_table_privilege(to_regclass('vow_branch'), 'select')
                  and has_table_privilege(to_regclass('vow_branch'), 'insert')
                  and has_table_privilege(to_regclass('vow_branch'), 'update')
                  and has_table_privilege(to_regclass('vow_branch'), 'delete'), false))")[0];
  seen.exists = rights[0].as<bool>();
  seen.may_be_made = rights[1].as<bool>();
  seen.may_be_used = rights[2].as<bool>();
  seen.statement = record_book::table_sql;
  for (const auto& row : pqxx_shim::run(on,
                                        "select attname from pg_catalog.pg_attribute where attrelid = "
                                        "to_regclass('vow_branch') and attnum > 0 and not attisdropped"))
    seen.columns.push_back(row[0].as<std::string>());
  for (finding& each : record::check_table(seen, "VOW-5122")) into.push_back(std::move(each));
}

inline void check_pooler(pqxx::connection& on, int backend, const options& allowed, pqxx::connection* beside,
                         std::vector<finding>& into) {
  // What the server said when the connection was made, as far as it was the server.
  const bool is_pooled = on.backendpid() != backend;
  const bool is_shared =
      beside != nullptr && pqxx_shim::run(*beside, "select pg_backend_pid()")[0][0].as<int>() == backend;
  if (is_shared)
    into.push_back({allowed.allow_transaction_pooler ? severity::warns : severity::blocks, "VOW-5121",
                    "a connection pooler gives one server session to several connections: settings and "
                    "locks of a session cannot be relied on",
                    "let the pooler pool sessions (PgBouncer: pool_mode = session), or connect to the "
                    "server itself"});
  else if (is_pooled)
    into.push_back({severity::warns, "VOW-5121", "there is a connection pooler before the server",
                    "see that it pools sessions, not transactions (PgBouncer: pool_mode = session)"});
}

}  // namespace checks

// What the server is set up as. `beside` is a second connection made the same way: with it, a pooler is found
// out that gives statements of one session to several of the server's.
[[nodiscard]] inline std::vector<finding> check(pqxx::connection& on, const options& allowed = {},
                                                pqxx::connection* beside = nullptr) {
  std::vector<finding> found;
  const pqxx::result result = pqxx_shim::run(on, checks::facts_sql);
  const pqxx::row facts = result[0];
  checks::check_preparing(facts, found);
  checks::check_memory(facts, allowed, found);
  checks::check_server(facts, allowed, found);
  checks::check_pooler(on, facts["backend"].as<int>(), allowed, beside, found);
  return found;
}

// Throws if something in it makes votes worthless.
inline void refuse_if_unfit(const std::vector<finding>& found) {
  std::string problems, remedies;
  for (const finding& each : found) {
    if (each.how != severity::blocks) continue;
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

// As above; and what of ours is in the database.
[[nodiscard]] inline std::vector<finding> examine(const connect_function& connect, const options& how = {}) {
  std::vector<finding> found = check(connect, how);
  try {
    const auto on = connect();
    if (!how.session_sql.empty()) pqxx_shim::run(*on, how.session_sql);
    checks::check_owners(*on, found);
    checks::check_records(*on, found);
  } catch (const std::exception& why) {
    throw failures::not_readable("examining it", why);
  }
  return found;
}

}  // namespace vow::postgres
