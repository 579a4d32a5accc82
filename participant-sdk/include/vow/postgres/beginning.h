// How a branch begins: one round trip, which also tells whether the same branch is there already.
//
// A request that comes twice must not do its work twice, nor wait behind itself. Who works on a guarded
// branch holds an advisory lock named after it, and the prepared transaction inherits that lock. So, tried in
// this order: who gets the lock is the only one at work; who does not finds the prepared name, or another
// request that is still at it. A name is looked for in either case, since not every preparation was guarded.
// What the initiator does itself cannot come twice: it needs no guard.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "vow/branch.h"
#include "vow/postgres/failures.h"
#include "vow/postgres/pool.h"

namespace vow::postgres::beginning {

enum class guard : std::uint8_t { none, unless_there };
enum class result : std::uint8_t { begun, there_already, another_is_at_it };

// A setting that is gone when the work ends its transaction by itself.
inline constexpr std::string_view mark = "vow.branch";

// Preparations of one branch differ in what follows it.
inline std::string prefix_of(const preparation& as) { return "vow." + as.xid + '.' + as.branch + '.'; }

// FNV-1a. Fixed for ever: processes of all versions must choose the same. Two branches that collide are at
// worst told to come back later.
inline std::uint64_t lock_of(const preparation& as) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : prefix_of(as)) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

// A condition on pg_locks: the row is not the lock that guards `as`.
inline std::string is_other_lock(const preparation& as) {
  const std::uint64_t lock = lock_of(as);
  return "(classid::bigint, objid::bigint, objsubid) is distinct from (" + std::to_string(lock >> 32) +
         "::bigint, " + std::to_string(lock & 0xffffffff) + "::bigint, 1::smallint)";
}

inline std::string begin_sql(const options& how, std::chrono::milliseconds lock_timeout) {
  std::string sql = "begin";
  switch (how.isolation) {
    case isolation::as_the_server_has_it:
      break;
    case isolation::read_committed:
      sql += " isolation level read committed";
      break;
    case isolation::repeatable_read:
      sql += " isolation level repeatable read";
      break;
    case isolation::serializable:
      sql += " isolation level serializable";
      break;
  }
  // 0 would be no bound at all.
  const auto bound = lock_timeout.count() < 1 ? 1 : lock_timeout.count();
  return sql + "; set local lock_timeout = " + std::to_string(bound) + "; ";
}

inline std::string guard_sql(const preparation& as) {
  const std::string prefix = prefix_of(as);
  return "with guard as (select pg_try_advisory_xact_lock(" +
         std::to_string(static_cast<std::int64_t>(lock_of(as))) + ") as got) select set_config('" +
         std::string(mark) + "', '" + as.name() +
         "', true), guard.got, (select gid from pg_catalog.pg_prepared_xacts "
         "where guard.got is not null and database = current_database() and left(gid, " +
         std::to_string(prefix.size()) + ") = '" + prefix + "' order by prepared limit 1) from guard";
}

inline void undo(pool::lease& lease) {
  try {
    lease->run("rollback");
    lease.give_back();
  } catch (const std::exception&) {
    // It is closed instead.
  }
}

// A session inside its transaction. With guard::unless_there, `came_to` and `found` say what was found.
inline pool::lease begin(pool& from, const preparation& as, std::chrono::milliseconds lock_timeout,
                         guard guarded, result* came_to = nullptr,
                         std::optional<preparation>* found = nullptr) {
  const std::string first = begin_sql(from.how(), lock_timeout);
  for (;;) {
    pool::lease lease = from.take();
    try {
      if (guarded == guard::none) {
        lease->run(first + "set local " + std::string(mark) + " = '" + as.name() + "'");
        return lease;
      }
      const pqxx::result row = lease->run(first + guard_sql(as));
      preparation there;
      if (!row[0][2].is_null() && preparation::parse(row[0][2].as<std::string>(), there)) {
        *came_to = result::there_already;
        *found = std::move(there);
      } else {
        *came_to = row[0][1].as<bool>() ? result::begun : result::another_is_at_it;
      }
      return lease;
    } catch (const std::exception& why) {
      if (!lease.is_reused() || !lease->is_lost(why)) throw failures::not_begun(as, why);
      from.drop_idle();  // it had died while it was idle, and nothing was done on it
    }
  }
}

}  // namespace vow::postgres::beginning
