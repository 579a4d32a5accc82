// A connection, the server it leads to, and how a session becomes as new.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <pqxx/pqxx>

#include "vow/postgres/options.h"
#include "vow/postgres/pqxx_shim.h"

namespace vow::postgres {

// Which database it is. The timeline changes when a standby takes over, with or without all that was
// promised.
struct identity {
  std::string system;  // drawn by initdb
  std::string timeline;
  std::string database;

  bool operator==(const identity&) const = default;
  [[nodiscard]] std::string text() const {
    return "system " + system + ", timeline " + timeline + ", database " + database;
  }
};

// The one that serves a session. Numbers are used again; with the time when it began, it is unmistakable.
struct server_process {
  int number = 0;
  std::string began;  // empty if this role may not know; then the number alone must do
};

// Not thread-safe.
class session {
 public:
  session(std::unique_ptr<pqxx::connection> connection, const options& how)
      : connection_(std::move(connection)), may_plan_(!how.allow_transaction_pooler) {
    pqxx_shim::never_reconnect(*connection_);
    const std::string own = how.session_sql.empty() ? std::string() : how.session_sql + "; ";
    const pqxx::result row = pqxx_shim::run(*connection_, own + R"(
        select pg_backend_pid(), (select coalesce(extract(epoch from backend_start)::text, '')
                                  from pg_catalog.pg_stat_activity where pid = pg_backend_pid()),
               (select system_identifier from pg_control_system()),
               case when pg_is_in_recovery() then 'standby'
                    else left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) end,
               (select oid from pg_catalog.pg_database where datname = current_database()),
               set_config('synchronous_commit', case current_setting('synchronous_commit')
                          when 'remote_apply' then 'remote_apply' else 'on' end, false))");
    process_ = {row[0][0].as<int>(), row[0][1].as<std::string>()};
    identity_ = {row[0][2].as<std::string>(), row[0][3].as<std::string>(), row[0][4].as<std::string>()};
    // Never less durable than `on`, whatever the server and the user's settings come to say.
    settings_ = own + "set synchronous_commit = " + row[0][5].as<std::string>();
    if (may_plan_) run(std::string("prepare \"vow.inspect\" as ") + inspection);
  }

  [[nodiscard]] pqxx::connection& connection() { return *connection_; }
  [[nodiscard]] bool is_open() const { return connection_->is_open(); }
  [[nodiscard]] const server_process& process() const { return process_; }
  [[nodiscard]] const vow::postgres::identity& identity() const { return identity_; }
  pqxx::result run(const std::string& sql) { return pqxx_shim::run(*connection_, sql); }
  // In the transaction of the work, at its end: our mark (beginning.h), whether it is serializable, and its
  // number if it has one. Deferred constraints come first, since what they run may write, under the role and
  // the settings of the work.
  [[nodiscard]] pqxx::result inspect(pqxx::transaction_base& work) const {
    return work.exec(std::string("set constraints all immediate; ") +
                     (may_plan_ ? "execute \"vow.inspect\"" : inspection));
  }
  [[nodiscard]] bool is_lost(const std::exception& why) const {
    return pqxx_shim::is_lost(*connection_, why);
  }

  // Ends whatever transaction there is, and what the work has left in the session, except for its prepared
  // statements, which libpqxx counts on.
  void renew() {
    run("rollback; close all; unlisten *; select pg_advisory_unlock_all(); discard temp; "
        "discard sequences; " +
        as_new());
  }
  // What can be put back inside a transaction that is to be prepared. Its role too: who prepares owns it.
  [[nodiscard]] std::string as_new() const {
    return "set session authorization default; reset role; reset all; " + settings_;
  }
  // The other process of a fork() must not say good-bye on the first one's connection.
  void abandon() { (void)connection_.release(); }

 private:
  // Planned once for each session: every branch asks it. A pooler would not know of that.
  static constexpr const char* inspection =
      "select coalesce(pg_catalog.current_setting('vow.branch', true), ''), "
      "pg_catalog.current_setting('transaction_isolation') = 'serializable', "
      "pg_catalog.txid_current_if_assigned(), pg_catalog.pg_advisory_unlock_all()";

  std::unique_ptr<pqxx::connection> connection_;
  const bool may_plan_;
  std::string settings_;
  server_process process_;
  vow::postgres::identity identity_;
};

}  // namespace vow::postgres
