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
      : connection_(std::move(connection)), settings_(settings(how)) {
    pqxx_shim::never_reconnect(*connection_);
    const pqxx::result row = pqxx_shim::run(*connection_, settings_ + R"(
      ; select pg_backend_pid(), (select coalesce(extract(epoch from backend_start)::text, '')
                                 from pg_catalog.pg_stat_activity where pid = pg_backend_pid()),
               (select system_identifier from pg_control_system()),
               case when pg_is_in_recovery() then 'standby'
                    else left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) end,
               (select oid from pg_catalog.pg_database where datname = current_database()))");
    process_ = {row[0][0].as<int>(), row[0][1].as<std::string>()};
    identity_ = {row[0][2].as<std::string>(), row[0][3].as<std::string>(), row[0][4].as<std::string>()};
  }

  [[nodiscard]] pqxx::connection& connection() { return *connection_; }
  [[nodiscard]] bool is_open() const { return connection_->is_open(); }
  [[nodiscard]] const server_process& process() const { return process_; }
  [[nodiscard]] const vow::postgres::identity& identity() const { return identity_; }
  pqxx::result run(const std::string& sql) { return pqxx_shim::run(*connection_, sql); }
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
  // Never less durable than `on`, whatever the server and the user's settings say.
  [[nodiscard]] static std::string settings(const options& how) {
    return (how.session_sql.empty() ? std::string() : how.session_sql + "; ") +
           "select set_config('synchronous_commit', case current_setting('synchronous_commit') "
           "when 'remote_apply' then 'remote_apply' else 'on' end, false)";
  }

  std::unique_ptr<pqxx::connection> connection_;
  std::string settings_;
  server_process process_;
  vow::postgres::identity identity_;
};

}  // namespace vow::postgres
