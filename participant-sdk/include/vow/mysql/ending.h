// Ends a prepared branch by its name, from a connection that has nothing to do with it: after its process,
// its connection or its server is gone; on a server that detaches at prepare, always.
//
//   XA COMMIT says     the name is listed in XA RECOVER    so
//   done               -                                   it is committed, now
//   unknown (NOTA)     yes                                 a living session holds it: later, or there
//   unknown (NOTA)     no                                  it was ended before, if this is the server that
//   prepared it rolled back (1402) -                                   it had written nothing: MariaDB keeps
//   the name, but not the
//                                                          locks, of a branch that only locked and whose
//                                                          session ended
//   lost               -                                   not known: later. All of this can be repeated
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include "vow/branch.h"
#include "vow/error.h"
#include "vow/mysql/names.h"
#include "vow/mysql/pool.h"

namespace vow::mysql {

enum class ending : std::uint8_t { commit, rollback };

namespace detail {

[[nodiscard]] inline std::string verb(ending how) {
  return how == ending::commit ? "XA COMMIT" : "XA ROLLBACK";
}

[[nodiscard]] inline error held_by_another(const preparation& which, ending how, const std::string& holder) {
  return error(
      {.code = "VOW-5236",
       .what = verb(how) + " of " + which.name() + " is not possible now: " +
               (holder.empty() ? std::string("a session of the server that Vow does not know")
                               : "session " + holder + " of the server") +
               " holds the branch, and nobody else can end it until that session closes",
       .hint = "it is tried again by itself. If the program that prepared it is gone, the server closes its "
               "session in a while; KILL closes it at once, and loses nothing",
       .xid = which.xid,
       .retryable = true,
       .outcome = outcome::unknown});
}

// One of a lost connection says nothing of whether it is done.
[[nodiscard]] inline error not_ended(MYSQL* on, const preparation& which, ending how) {
  const error why = failure(on, verb(how) + " of " + which.name(), which.xid);
  return error({.code = why.code(),
                .what = verb(how) + " of " + which.name() + " failed (" + std::to_string(::mysql_errno(on)) +
                        ": " + ::mysql_error(on) + "); the branch may still be prepared",
                .hint = "it is tried again by itself; " + why.hint(),
                .xid = which.xid,
                .retryable = true,
                .outcome = outcome::unknown});
}

[[nodiscard]] inline bool is_listed(MYSQL* on, const preparation& which) {
  const std::vector<preparation> all = prepared_in(on);
  return std::find(all.begin(), all.end(), which) != all.end();
}

}  // namespace detail

// Waits at most options.release_wait for a session that still has it. `prepared_on`: the identity of the
// server where it was prepared; empty: not known, then of the one that this pool saw first.
inline void end_by_name(pool& at, const preparation& which, ending how, const std::string& prepared_on = {}) {
  const std::string name = xa_name(which);
  const connection on = at.fresh();
  // With the lock, no session of ours works on it, prepares it or ends it at the same time.
  if (!take_lock(on.get(), lock_name(which), at.settings().release_wait)) {
    throw detail::held_by_another(which, how, lock_holder(on.get(), lock_name(which)));
  }
  const unsigned error_number = try_run(on.get(), detail::verb(how) + " " + name);
  if (error_number == 0 || error_number == number::xa_rolled_back) return;
  if (error_number != number::xa_unknown) throw detail::not_ended(on.get(), which, how);
  if (detail::is_listed(on.get(), which)) throw detail::held_by_another(which, how, {});
  if (how == ending::rollback) return;
  const bool is_there =
      prepared_on.empty() ? at.is_same_server(on.server().identity) : prepared_on == on.server().identity;
  if (!is_there) {
    throw error(
        {.code = "VOW-5237",
         .what = "XA COMMIT of " + which.name() +
                 " found nothing, and another server answers than the one where it was prepared: it may be "
                 "lost. There: " +
                 (prepared_on.empty() ? std::string("not known") : prepared_on) +
                 "; here: " + on.server().identity,
         .hint = "see whether a replica was promoted that never had it, or whether the address leads "
                 "elsewhere; if the work is there all the same, start this program again",
         .xid = which.xid,
         .outcome = outcome::unknown});
  }
}

}  // namespace vow::mysql
