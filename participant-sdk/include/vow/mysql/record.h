// The table vow_branch in MariaDB or MySQL, and local transactions that write it together with a program's
// work.
//
// They run in READ COMMITTED, in which a row that is looked for and not there leaves no gap locked; two that
// have locked one gap, and then insert into it, wait for each other.
//
// Work may end its transaction without wanting to: by COMMIT, by a change of tables, by going on after a
// deadlock. Its savepoint is gone then, which tells; and autocommit is off, so that what it does after that
// is not committed either. What it did before its own COMMIT stays.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vow/mysql/names.h"
#include "vow/mysql/pool.h"
#include "vow/record.h"

namespace vow::mysql {

namespace detail {

// Its name with that of its database, since the work may have gone to another one.
[[nodiscard]] inline std::string table_in(const std::string& database) {
  std::string name = "`";
  for (const char c : database) name.append(c == '`' ? 2 : 1, c);
  return database.empty() ? "vow_branch" : name + "`.vow_branch";
}

[[nodiscard]] inline misuse ended_by_its_work(const preparation& as) {
  return misuse(
      {.code = "VOW-5271",
       .what = "the local transaction of branch " + as.branch +
               " was over before its end: the work ran COMMIT or ROLLBACK, changed tables, or went on after "
               "the server had rolled it back for a deadlock",
       .hint = "take such statements out of the work, and let errors of the others reach Vow; what it "
               "committed by itself stays committed, and must be looked at",
       .xid = as.xid});
}

// Whatever the error is: none says for certain that the server will not commit, or has not.
[[nodiscard]] inline error local_commit_in_doubt(MYSQL* on, const preparation& as) {
  return error({.code = "VOW-5270",
                .what = "COMMIT of the local transaction of branch " + as.branch + " failed (" +
                        std::to_string(::mysql_errno(on)) + ": " + ::mysql_error(on) +
                        "), and whether it is committed is not known",
                .hint = "nothing needs to be done: its record tells whether it is committed",
                .xid = as.xid,
                .retryable = true,
                .outcome = outcome::unknown});
}

[[nodiscard]] inline rolled_back committed_too_late(const preparation& as) {
  return rolled_back(
      {.code = "VOW-5272",
       .what = "branch " + as.branch +
               " could not be committed: by the server's clock, its transaction's deadline is past",
       .hint =
           "run the transaction again with a longer timeout; if it should not have been past, compare the "
           "clocks of the database and of the coordinator",
       .xid = as.xid,
       .retryable = true});
}

[[nodiscard]] inline outcome_unknown alone_in_doubt(const preparation& as, const std::string& words) {
  return outcome_unknown(
      {.code = "VOW-5273",
       .what = "XA COMMIT of branch " + as.branch +
               " failed, and whether it is committed could not be found out in time: " + words,
       .hint = "do not do it again; client::wait() tells what became of it, as soon as the database answers",
       .xid = as.xid,
       .retryable = false,
       .outcome = outcome::unknown});
}

[[nodiscard]] inline std::string in_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "X'";
  for (const char c : bytes) {
    text += digits[static_cast<unsigned char>(c) >> 4];
    text += digits[static_cast<unsigned char>(c) & 15];
  }
  return text + "'";
}

}  // namespace detail

class record_rows final : public record::rows {
 public:
  // `table`: with the name of its database, since the work may go to another one.
  record_rows(MYSQL* on, std::string table) : on_(on), table_(std::move(table)) {}

  // Whatever the session's time zone is.
  static constexpr const char* now = "(TIMESTAMPDIFF(MICROSECOND,'1970-01-01',UTC_TIMESTAMP(3)) DIV 1000)";

  // The update locks a row that is in the way as find() does: an INSERT with IGNORE would share it, and of
  // two that share it neither could change it. LAST_INSERT_ID tells of that row; the count of affected rows
  // does not, on connections that count what they found.
  [[nodiscard]] bool add(const record::row& one) override {
    const std::string deadline = std::to_string(record::deadline_ms_of(one.which.xid));
    (void)ask(one.which, "adding it to",
              "INSERT INTO " + table_ +
                  " (xid,branch,nonce,kind,action,state,payload,created_at,deadline) SELECT '" +
                  one.which.xid + "','" + one.which.branch + "'," + std::to_string(one.which.nonce) + ",'" +
                  std::string(record::name(one.kind)) + "',_utf8mb4 " + detail::in_hex(one.action) + ",'" +
                  std::string(record::name(one.state)) + "'," + detail::in_hex(one.payload) + "," + now +
                  "," + deadline + " FROM DUAL WHERE " +
                  (one.although_late ? "TRUE" : now + ("<" + deadline)) +
                  " ON DUPLICATE KEY UPDATE state=IF(LAST_INSERT_ID(1)," + table_ + ".state,NULL)");
    return ::mysql_affected_rows(on_) > 0 && ::mysql_insert_id(on_) == 0;
  }

  [[nodiscard]] std::optional<record::row> find(const preparation& which) override {
    const mysql::rows found = ask(
        which, "finding it in",
        "SELECT nonce,kind,CAST(action AS BINARY),state,payload FROM " + table_ + is(which) + " FOR UPDATE");
    if (found.empty()) return std::nullopt;
    const auto& cells = found[0];
    return record::row{{which.xid, which.branch, std::strtoull(cells[0].c_str(), nullptr, 10)},
                       cells[1] == "tcc" ? record::kind::tcc : record::kind::hooks,
                       cells[2],
                       record::state_of(cells[3]).value_or(record::state::cancelled),
                       cells[4]};
  }

  void change(const preparation& which, record::state to, std::string_view payload) override {
    const bool has_ended = to == record::state::committed || to == record::state::cancelled;
    (void)ask(which, "changing it in",
              "UPDATE " + table_ + " SET state='" + std::string(record::name(to)) + "',payload=" +
                  (has_ended ? "NULL" : detail::in_hex(payload)) + ",created_at=" + now + is(which));
  }

 private:
  [[nodiscard]] mysql::rows ask(const preparation& which, const std::string& doing, const std::string& sql) {
    (void)xa_name(which);  // throws before a name that is not sound gets into a statement
    mysql::rows result;
    if (try_run(on_, sql, &result) != 0)
      throw failure(on_, doing + " the table vow_branch, " + which.name() + ",", which.xid);
    return result;
  }
  [[nodiscard]] static std::string is(const preparation& which) {
    return " WHERE xid='" + which.xid + "' AND branch='" + which.branch + "'";
  }

  MYSQL* const on_;
  const std::string table_;
};

// Thread-safe. The table is in the database that connections are opened in.
class record_book final : public record::book {
 public:
  explicit record_book(std::shared_ptr<pool> in) : pool_(std::move(in)) {}

  void make() override {
    lease on = pool_->take();
    // Asked first, since a user that may use the table need not be one that may make it.
    if (engine(on.get()).empty()) run(on.get(), table_sql);
    if (const std::string is = engine(on.get()); is != "InnoDB") {
      throw misuse({.code = "VOW-5144",
                    .what = "the table vow_branch is kept by the engine " + is + ", which rolls nothing back",
                    .hint = "ALTER TABLE vow_branch ENGINE = InnoDB",
                    .xid = {}});
    }
    on.give_back();
    pool_->keeps_records(true);
  }

  [[nodiscard]] bool is_there() override { return pool_->keeps_records(); }
  // Whether the table is there, which makes the work of those who need no coordinator cheaper.
  void look_for_table() {
    lease on = pool_->take();
    pool_->keeps_records(engine(on.get()) == "InnoDB");
    on.give_back();
  }

  void transact(const preparation& as, const transaction& work) override {
    lease on = begin();
    try {
      record_rows table(on.get(), detail::table_in(on.home()));
      work(on.get(), table);
      commit(on.get(), as);
    } catch (const error&) {
      on.give_back();  // which rolls it back
      throw;
    } catch (const std::exception& why) {
      // What may pass is told as what may be tried again; all else is the program's own.
      const unsigned said = ::mysql_errno(on.get());
      const std::string words = ::mysql_error(on.get());
      on.give_back();
      if (!detail::meaning_of(said).retryable) throw;
      throw failure(said, words, "the local transaction of " + as.name() + " (" + why.what() + ")", as.xid);
    } catch (...) {
      on.give_back();
      throw;
    }
    on.give_back();
  }

  [[nodiscard]] std::vector<found> list_open() override {
    lease on = pool_->take();
    std::vector<found> all;
    for (const auto& row :
         run(on.get(), std::string("SELECT xid,branch,nonce,GREATEST(0,") + record_rows::now +
                           "-created_at) FROM vow_branch WHERE state IN ('attempting','prepared') "
                           "ORDER BY created_at LIMIT 1000")) {
      all.push_back({{row[0], row[1], std::strtoull(row[2].c_str(), nullptr, 10)},
                     std::chrono::milliseconds(std::strtoll(row[3].c_str(), nullptr, 10))});
    }
    on.give_back();
    return all;
  }

  [[nodiscard]] bool says_committed(const std::string& xid) override {
    lease on = pool_->take();
    rows answer;
    const unsigned error_number = try_run(
        on.get(),
        "SELECT 1 FROM vow_branch WHERE xid=_ascii " + detail::in_hex(xid) + " AND state='committed' LIMIT 1",
        &answer);
    if (error_number != 0 && error_number != number::no_such_table)
      throw failure(on.get(), "looking for " + xid + " in the table vow_branch", xid);
    on.give_back();
    return !answer.empty();
  }

  // Looked for without locks and then removed by key: whoever goes along the index of states meets those that
  // change their state, and each may wait for the other.
  void clean() override {
    lease on = pool_->take();
    run(on.get(), read_committed);
    const std::string last =
        record_rows::now + std::string("-") + std::to_string(pool_->settings().retention.count());
    for (int nth = 0; nth < batches_max; ++nth) {
      const rows old = run(on.get(),
                           "SELECT xid,branch FROM vow_branch WHERE state IN ('committed','cancelled') AND "
                           "created_at<" +
                               last + " AND deadline<" + last + " LIMIT " + std::to_string(batch));
      if (!old.empty()) run(on.get(), removal_of(old));
      if (old.size() < batch) break;
    }
    on.give_back();
  }

  static constexpr std::string_view table_sql =
      "CREATE TABLE IF NOT EXISTS vow_branch ("
      "xid CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
      "branch VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
      "nonce BIGINT UNSIGNED NOT NULL,"
      "kind VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
      "action VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,"
      "state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
      "payload LONGBLOB,created_at BIGINT NOT NULL,deadline BIGINT NOT NULL,"
      "PRIMARY KEY (xid,branch),KEY vow_branch_state (state,created_at)) ENGINE=InnoDB";

 private:
  static constexpr std::size_t batch = 500;
  static constexpr int batches_max = 20;
  static constexpr const char* read_committed = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

  // CONCAT keeps the server from the index.
  [[nodiscard]] static std::string removal_of(const rows& old) {
    std::string keys;
    for (const auto& row : old) {
      keys += keys.empty() ? "" : " OR ";
      keys += "(xid=_ascii " + detail::in_hex(row[0]) + " AND branch=_ascii " + detail::in_hex(row[1]) + ")";
    }
    return "DELETE FROM vow_branch WHERE CONCAT(state) IN ('committed','cancelled') AND (" + keys + ")";
  }

  // Empty: there is no such table, or this user may not see it.
  [[nodiscard]] static std::string engine(MYSQL* on) {
    const rows found = run(on,
                           "SELECT engine FROM information_schema.tables WHERE table_schema=DATABASE() AND "
                           "table_name='vow_branch'");
    return found.empty() ? std::string() : found[0][0];
  }

  [[nodiscard]] lease begin() {
    lease on = pool_->take();
    for (const char* each : {read_committed, "SET SESSION autocommit=0", "SAVEPOINT vow_work"})
      run(on.get(), each);
    return on;
  }

  static void commit(MYSQL* on, const preparation& as) {
    const unsigned error_number = try_run(on, "RELEASE SAVEPOINT vow_work");
    if (error_number == number::no_such_savepoint) throw detail::ended_by_its_work(as);
    if (error_number != 0) throw failure(on, "the end of the local transaction of " + as.name(), as.xid);
    if (try_run(on, "COMMIT") != 0) throw detail::local_commit_in_doubt(on, as);
  }

  const std::shared_ptr<pool> pool_;
};

}  // namespace vow::mysql
