// What is prepared in one database, by its names: found, ended, listed. Nothing here knows who prepared it.
//
// A name that is not found (SQLSTATE 42704) says nothing by itself: it may be ended, lost in a failover, or
// never have been. Whoever knows more decides: xa_branch asks for its transaction's own status.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "vow/branch.h"
#include "vow/postgres/failures.h"
#include "vow/postgres/pool.h"

namespace vow::postgres {

// What the server says of a transaction by its number.
enum class standing : std::uint8_t { in_progress, committed, aborted, forgotten };

// Thread-safe. Outlives the branches on it.
class database {
 public:
  database(connect_function connect, options how) : pool_(std::move(connect), std::move(how)) {}

  [[nodiscard]] postgres::pool& pool() { return pool_; }
  [[nodiscard]] const options& how() const { return pool_.how(); }

  // The coordinator has said: committed. Returns once it is durable, also if it was before. A name that is
  // not found counts as finished only on the server that this process has known from the beginning.
  void commit_prepared(const preparation& which) {
    const ending how_it_went = end("commit prepared", which);
    if (how_it_went.was_found) return;
    const std::optional<identity> home = pool_.home();
    if (home.has_value() && *home != how_it_went.at)
      throw failures::other_server(which, home->text(), how_it_went.at.text());
  }
  void rollback_prepared(const preparation& which) { (void)end("rollback prepared", which); }

  struct ending {
    bool was_found = false;
    identity at;
  };
  // `how`: "commit prepared" or "rollback prepared". Tries again, on other connections, while the answer is
  // lost.
  [[nodiscard]] ending end(const std::string& how, const preparation& which) {
    const auto until = std::chrono::steady_clock::now() + pool_.how().doubt_timeout;
    for (;;) {
      std::string problem;
      try {
        pool::lease lease = pool_.take(until);
        if (const auto ended = try_to_end(lease, how, which, problem)) return *ended;
      } catch (const vow::error& why) {
        if (!why.retryable()) throw;
        problem = why.what();
      }
      if (std::chrono::steady_clock::now() >= until) throw failures::not_ended(which, how, problem);
      std::this_thread::sleep_for(retry_pause);
    }
  }

  struct found {
    preparation which;
    std::chrono::milliseconds age{0};
  };
  // The oldest first. Names of other programs are not ours to see; another database's are not ours to end.
  [[nodiscard]] std::vector<found> list_prepared() {
    return reading("listing what is prepared", [](session& in) {
      std::vector<found> all;
      for (const auto& row : in.run(R"(
          select gid, greatest(0, extract(epoch from clock_timestamp() - prepared) * 1000)::bigint
          from pg_catalog.pg_prepared_xacts
          where database = current_database() and left(gid, 4) = 'vow.' order by prepared)")) {
        found one;
        if (!preparation::parse(row[0].as<std::string>(), one.which)) continue;
        one.age = std::chrono::milliseconds(row[1].as<std::int64_t>());
        all.push_back(std::move(one));
      }
      return all;
    });
  }

  // Runs `task` while no other does so on this database, in any process; not at all if another does now.
  // False: it was not run. The connection is its own: with it, the right ends.
  bool alone(const std::function<void()>& task) {
    const std::unique_ptr<session> own = pool_.open_apart();
    try {
      const auto got = own->run("select pg_try_advisory_lock(" + std::to_string(recovery_lock) + ")");
      if (!got[0][0].as<bool>()) return false;
    } catch (const std::exception& why) {
      throw failures::not_readable("becoming the only one that recovers", why);
    }
    // The server takes its time to notice that a session is closed.
    struct at_end {
      session& own;
      ~at_end() {
        try {
          (void)own.run("select pg_advisory_unlock(" + std::to_string(recovery_lock) + ")");
        } catch (const std::exception&) {  // it ends with the session
        }
      }
    } const gives_up{*own};
    task();
    return true;
  }

  // What became of a transaction: of its number, of the process that served it, and of the name it was to be
  // prepared as.
  struct sighting {
    bool is_prepared = false;
    vow::postgres::standing standing = standing::forgotten;
    // Nobody is at it any more. After a crash its number may be unknown, or be another's.
    bool is_abandoned = false;
    identity at;
  };
  [[nodiscard]] sighting look(const preparation& which, std::int64_t number, const server_process& by) {
    return reading("looking for " + which.name(), [&](session& in) {
      // The name comes last: one that is over by then has shown its name before, or never will.
      const std::string n = std::to_string(number);
      const pqxx::result all =
          in.run("with seen as (select case when " + n +
                 " < txid_snapshot_xmax(txid_current_snapshot()) then "
                 "coalesce(txid_status(" +
                 n +
                 "), 'forgotten') else 'in progress' end as status, "
                 "exists (select from pg_catalog.pg_stat_activity where pid = " +
                 std::to_string(by.number) + " and (extract(epoch from backend_start)::text = '" + by.began +
                 "' or backend_start is null or '" + by.began +
                 "' = '')) as served) "
                 "select status, served, (select count(*) from pg_catalog.pg_prepared_xacts where gid = '" +
                 which.name() + "' and status is not null and served is not null) from seen");
      const std::string status = all[0][0].as<std::string>();
      return sighting{all[0][2].as<int>() > 0,
                      status == "in progress" ? standing::in_progress
                      : status == "committed" ? standing::committed
                      : status == "aborted"   ? standing::aborted
                                              : standing::forgotten,
                      !all[0][1].as<bool>(), in.identity()};
    });
  }
  // What `read` does may be repeated: an idle connection that turns out dead is replaced.
  template <class Read>
  auto reading(const std::string& doing, Read read) -> decltype(read(std::declval<session&>())) {
    for (;;) {
      pool::lease lease = pool_.take();
      try {
        auto result = read(*lease);
        lease.give_back();
        return result;
      } catch (const std::exception& why) {
        if (!lease.is_reused() || !lease->is_lost(why)) throw failures::not_readable(doing, why);
        pool_.drop_idle();
      }
    }
  }
  // Whether the table vow_branch is there.
  [[nodiscard]] bool keeps_records() const { return keeps_records_; }
  void keeps_records(bool does) { keeps_records_ = does; }
  // So that it is known from the beginning where this database is.
  void meet() { pool_.take().give_back(); }

  static constexpr std::chrono::milliseconds retry_pause{20};

 private:
  // Fixed for ever: processes of all versions must choose the same.
  static constexpr std::int64_t recovery_lock = 0x766f772e'72656376;  // "vow.recv"

  // Nothing: not known, to be tried again because of `problem`.
  [[nodiscard]] static std::optional<ending> try_to_end(pool::lease& lease, const std::string& how,
                                                        const preparation& which, std::string& problem) {
    const identity at = lease->identity();
    try {
      lease->run(how + " '" + which.name() + "'");
      lease.give_back();
      return ending{true, at};
    } catch (const std::exception& why) {
      if (lease->is_lost(why)) {
        problem = failures::words_of(why);
        return std::nullopt;
      }
      const std::string state = pqxx_shim::sqlstate_of(why);
      lease.give_back();
      if (state == "42704") return ending{false, at};
      if (state == "42501") throw failures::not_permitted(which, how, why);
      if (state == "0A000") throw failures::wrong_database(which, how, why);
      if (state != "55000" && !failures::is_passing(state))
        throw failures::not_ended(which, how, failures::words_of(why));
      problem = failures::words_of(why);  // 55000: another session is ending it now
      return std::nullopt;
    }
  }

  postgres::pool pool_;
  std::atomic<bool> keeps_records_{false};
};

}  // namespace vow::postgres
