// Whether a server is set up so that votes are worth something: for `vow doctor`, and before a resource
// starts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vow/doctor.h"
#include "vow/error.h"
#include "vow/mysql/check_records.h"
#include "vow/mysql/options.h"
#include "vow/mysql/statement.h"

namespace vow::mysql {

struct server_version {
  bool is_mariadb = false;
  int number = 0;  // 101119 is 10.11.19

  // Of what VERSION() says.
  [[nodiscard]] static server_version parse(const std::string& text) {
    server_version version;
    version.is_mariadb = text.find("MariaDB") != std::string::npos;
    const char* at = text.c_str();
    for (const int weight : {10000, 100, 1}) {
      char* end = nullptr;
      version.number += static_cast<int>(std::strtol(at, &end, 10)) * weight;
      if (*end != '.') break;
      at = end + 1;
    }
    return version;
  }
  // Older ones roll a prepared branch back when its connection closes.
  [[nodiscard]] bool keeps_prepared() const { return number >= (is_mariadb ? 100500 : 50707); }
};

namespace detail {

using settings = std::map<std::string, std::string>;

inline bool is_on(const settings& all, const std::string& name) {
  const auto found = all.find(name);
  return found != all.end() && (found->second == "ON" || found->second == "1");
}
inline std::string value_of(const settings& all, const std::string& name) {
  const auto found = all.find(name);
  return found == all.end() ? std::string() : found->second;
}

inline settings settings_of(MYSQL* on) {
  settings all;
  for (auto& row :
       run(on,
           "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_flush_log_at_trx_commit', 'log_bin', "
           "'sync_binlog', 'default_storage_engine', 'read_only', 'super_read_only', 'wsrep_on', "
           "'group_replication_group_name', 'innodb_doublewrite', 'innodb_flush_method', "
           "'max_connections')")) {
    all[row.at(0)] = row.at(1);
  }
  return all;
}

// Whether others may have what is prepared, or may not.
inline void judge_server(const settings& all, const std::string& version, std::vector<finding>& found) {
  if (!server_version::parse(version).keeps_prepared()) {
    found.push_back(
        {severity::blocks, "VOW-5130",
         "the server, version " + version + ", forgets prepared transactions when their connection closes",
         "upgrade to MariaDB 10.5 or MySQL 5.7.7, or later"});
  }
  if (is_on(all, "wsrep_on")) {
    found.push_back({severity::blocks, "VOW-5131",
                     "the server is a node of a Galera cluster (wsrep_on), which does not replicate prepared "
                     "transactions",
                     "use a server outside of the cluster, with ordinary replication"});
  }
  if (!value_of(all, "group_replication_group_name").empty()) {
    found.push_back(
        {severity::warns, "VOW-5142",
         "the server is a member of a replication group: whether one that takes over has all "
         "that is prepared was never tried with Vow",
         "use a server outside of the group; or a single primary, and end what is prepared before "
         "it is changed"});
  }
  if (is_on(all, "read_only") || is_on(all, "super_read_only")) {
    found.push_back({severity::blocks, "VOW-5133", "the server is read_only: probably a replica",
                     "connect to the primary, or SET GLOBAL read_only = 0"});
  }
}

// What a loss of power may take.
inline void judge_memory(const settings& all, std::vector<finding>& found) {
  const std::string flush = value_of(all, "innodb_flush_log_at_trx_commit");
  if (flush != "1") {
    found.push_back(
        {severity::blocks, "VOW-5132",
         "innodb_flush_log_at_trx_commit is " + flush + ": what is prepared may be lost with the power",
         "SET GLOBAL innodb_flush_log_at_trx_commit = 1, and the same in the server's configuration"});
  }
  const std::string method = value_of(all, "innodb_flush_method");
  if (value_of(all, "innodb_doublewrite") == "OFF" || method == "nosync" || method == "O_DIRECT_NO_FSYNC") {
    found.push_back({severity::warns, "VOW-5143",
                     "innodb_doublewrite is " + value_of(all, "innodb_doublewrite") +
                         " and innodb_flush_method " + method +
                         ": a loss of power can tear pages, and what is prepared with them",
                     "set innodb_doublewrite = ON and innodb_flush_method = O_DIRECT in the server's "
                     "configuration, and restart it"});
  }
  if (is_on(all, "log_bin") && value_of(all, "sync_binlog") != "1") {
    found.push_back({severity::warns, "VOW-5134",
                     "sync_binlog is " + value_of(all, "sync_binlog") +
                         ": after a loss of power, replicas may differ from what was prepared and committed",
                     "SET GLOBAL sync_binlog = 1, and the same in the server's configuration"});
  }
}

// Each branch holds its connection until it is ended.
inline void judge_room(const settings& all, std::uint32_t wanted, std::vector<finding>& found) {
  const std::string text = value_of(all, "max_connections");
  const unsigned long room = std::strtoul(text.c_str(), nullptr, 10);
  if (text.empty() || room > wanted) return;
  found.push_back({severity::warns, "VOW-5141",
                   "the server takes " + text + " connections, and one process may hold " +
                       std::to_string(wanted) + ", each until its branch is ended",
                   "SET GLOBAL max_connections = " + std::to_string(4 * wanted) +
                       ", and the same in the server's configuration; or lower options::connections_max"});
}

// What the settings alone tell.
inline std::vector<finding> judge(const settings& all, const std::string& version, const options& with = {}) {
  std::vector<finding> found;
  judge_server(all, version, found);
  judge_memory(all, found);
  judge_room(all, with.connections_max, found);
  if (const std::string engine = value_of(all, "default_storage_engine"); engine != "InnoDB") {
    found.push_back(
        {severity::warns, "VOW-5135",
         "tables are made with the engine " + engine + " unless they name another: it cannot be rolled back",
         "SET GLOBAL default_storage_engine = InnoDB, and the same in the server's configuration"});
  }
  return found;
}

inline void check_tables(MYSQL* on, std::vector<finding>& found) {
  const rows others =
      run(on,
          "SELECT table_name, engine FROM information_schema.tables WHERE table_schema = DATABASE() "
          "AND table_type = 'BASE TABLE' AND engine <> 'InnoDB' ORDER BY table_name LIMIT 6");
  if (others.empty()) return;
  std::string names;
  for (const auto& row : others) names += (names.empty() ? "" : ", ") + row.at(0) + " (" + row.at(1) + ")";
  found.push_back({severity::warns, "VOW-5136",
                   "changes of these tables cannot be rolled back nor prepared: " + names,
                   "ALTER TABLE ... ENGINE = InnoDB, or keep them out of transactions"});
}

// A proxy greets with a session number of its own; the server behind it knows another. MySQL greets with 32
// bits.
inline void check_proxy(MYSQL* on, std::vector<finding>& found) {
  const std::string behind = run(on, "SELECT CONNECTION_ID() & 0xffffffff").at(0).at(0);
  const std::string greeted = std::to_string(::mysql_thread_id(on) & 0xffffffff);
  if (behind == greeted) return;
  found.push_back(
      {severity::blocks, "VOW-5137",
       "a proxy (such as MaxScale or ProxySQL) stands before the server: it may send the statements of one "
       "branch to several servers or sessions",
       "connect to the server itself, or to a listener that gives each connection one session of the "
       "primary, and accept VOW-5137"});
}

inline void check_rights(MYSQL* on, std::vector<finding>& found) {
  if (try_run(on, "XA RECOVER") != 0) {
    found.push_back(
        {severity::blocks, "VOW-5138",
         std::string("this user may not list what is prepared (XA RECOVER: ") + ::mysql_error(on) + ")",
         "on MySQL 8: GRANT XA_RECOVER_ADMIN ON *.* TO the user"});
  }
  if (try_run(on, "SELECT COUNT(*) FROM information_schema.innodb_trx") != 0) {
    found.push_back(
        {severity::warns, "VOW-5139",
         std::string("branches that changed nothing cannot be told, and are prepared like others (") +
             ::mysql_error(on) + ")",
         "GRANT PROCESS ON *.* TO the user, or set find_read_only to false, which spares a round trip"});
  }
}

}  // namespace detail

// On a connection in the database that the branches use, with their user. Throws if the server does not
// answer.
[[nodiscard]] inline std::vector<finding> check(MYSQL* on, const options& with = {}) {
  std::vector<finding> found =
      detail::judge(detail::settings_of(on), run(on, "SELECT VERSION()").at(0).at(0), with);
  detail::check_proxy(on, found);
  detail::check_rights(on, found);
  detail::check_tables(on, found);
  return found;
}

// As above; and what of ours is in the database.
[[nodiscard]] inline std::vector<finding> examine(MYSQL* on, const options& with = {}) {
  std::vector<finding> found = check(on, with);
  for (finding& each : check_records(on)) found.push_back(std::move(each));
  return found;
}

// Throws for the first finding that makes the server unusable and is not accepted.
inline void refuse_unusable(const std::vector<finding>& found, const options& with,
                            const std::string& resource) {
  for (const finding& each : found) {
    const bool is_accepted =
        std::find(with.accept.begin(), with.accept.end(), each.code) != with.accept.end();
    if (each.how != severity::blocks || is_accepted) continue;
    throw misuse({.code = each.code,
                  .what = "the database of \"" + resource + "\" cannot be used as it is: " + each.what,
                  .hint = each.remedy + "; or take the risk expressly, with this code in options.accept",
                  .xid = {}});
  }
}

}  // namespace vow::mysql
