// What the server or its client library says, in words of ours: one code for each thing a caller can do about
// it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "vow/error.h"
#include "vow/mysql/api.h"

namespace vow::mysql {

// Of the server and of the client library: each vendor's header names some of them, none names all.
namespace number {
inline constexpr unsigned too_many_connections = 1040;
inline constexpr unsigned no_such_table = 1146;
inline constexpr unsigned lock_wait_timeout = 1205;
inline constexpr unsigned deadlock = 1213;
inline constexpr unsigned access_denied = 1227;
inline constexpr unsigned no_such_savepoint = 1305;  // nor such a procedure
inline constexpr unsigned xa_unknown = 1397;         // XAER_NOTA
inline constexpr unsigned xa_wrong_state = 1399;     // XAER_RMFAIL
inline constexpr unsigned xa_rolled_back = 1402;     // XA_RBROLLBACK
inline constexpr unsigned xa_exists = 1440;          // XAER_DUPID
inline constexpr unsigned xa_timeout = 1613;         // XA_RBTIMEOUT
inline constexpr unsigned xa_deadlock = 1614;        // XA_RBDEADLOCK
inline constexpr unsigned out_of_sync = 2014;        // CR_COMMANDS_OUT_OF_SYNC
inline constexpr unsigned answer_unreadable = 2027;  // CR_MALFORMED_PACKET
}  // namespace number

// After these nothing is known of the statement, and the connection is of no use.
[[nodiscard]] inline bool is_lost(unsigned error) {
  switch (error) {
    case 1053:  // the server shuts down
    case 1152:  // the connection was aborted, ...
    case 1158:  // ... or broke while something was read or written
    case 1159:
    case 1160:
    case 1161:
    case 1184:
    case 1927:  // the connection was killed
    case 2000:  // something the client library cannot name
    case 2001:
    case 2002:  // nobody listens
    case 2003:
    case 2004:
    case 2005:
    case 2006:  // gone
    case 2012:
    case 2013:  // lost in the middle of a statement, or too slow
    case 2026:  // TLS
    case number::answer_unreadable:
    case 2055:
    case 4031:  // silent for too long
      return true;
    default:
      return false;
  }
}

namespace detail {

struct meaning {
  std::string_view code;
  std::string_view why;
  std::string_view hint;
  bool retryable;
};

inline meaning meaning_of(unsigned error) {
  if (is_lost(error)) {
    return {"VOW-5230", "the connection to the database was lost",
            "run the transaction again; if it happens often, look at the server's log and at the network",
            true};
  }
  switch (error) {
    case number::lock_wait_timeout:
    case number::xa_timeout:
      return {"VOW-5231", "another transaction holds the row for longer than this one may wait",
              "run the transaction again; if it happens often, shorten the transactions that meet there",
              true};
    case number::deadlock:
    case number::xa_deadlock:
      return {"VOW-5232",
              "the database chose this transaction to end a deadlock, and has rolled its work back",
              "run the transaction again; taking rows in the same order everywhere avoids it", true};
    case number::xa_rolled_back:
      return {"VOW-5233", "the database has rolled the branch back", "run the transaction again", true};
    case number::xa_wrong_state:
      return {"VOW-5240",
              "the statement would end the transaction, or begin another: changing tables, BEGIN, COMMIT, "
              "ROLLBACK, "
              "LOCK TABLES and their like cannot be part of a branch",
              "run it outside the transaction", false};
    case number::out_of_sync:
      return {"VOW-5241", "the rows of an earlier statement were not all fetched",
              "fetch or free each result before the next statement, and before the transaction ends", false};
    case number::too_many_connections:
    case 1203:  // of this user
    case 1226:
      return {"VOW-5234", "the server has no connection left",
              "raise max_connections of the server, or lower connections_max of this resource", true};
    case 1290:  // read_only, among others
    case 1792:
    case 1836:
      return {"VOW-5242", "the server does not take changes now",
              "see whether it is a replica or set to read_only, and connect to the primary", false};
    case 1021:
    case 1114:
      return {"VOW-5243", "the server has no room left", "make room on the server's disk", false};
    case number::access_denied:
    case 1044:
    case 1045:
    case 1142:
    case 1698:
      return {"VOW-5244", "the server does not allow it to this user",
              "see the user, its password and its rights (vow doctor)", false};
    default:
      return {"VOW-5249", "the database refused", "see what the database says", false};
  }
}

}  // namespace detail

// `doing` is what failed: "XA PREPARE on orders-db".
[[nodiscard]] inline error failure(unsigned number, std::string_view said, const std::string& doing,
                                   std::string xid = {}) {
  const detail::meaning means = detail::meaning_of(number);
  return error({.code = std::string(means.code),
                .what = doing + " failed: " + std::string(means.why) + " (" + std::to_string(number) + ": " +
                        std::string(said) + ")",
                .hint = std::string(means.hint),
                .xid = std::move(xid),
                .retryable = means.retryable});
}

[[nodiscard]] inline error failure(MYSQL* on, const std::string& doing, std::string xid = {}) {
  return failure(::mysql_errno(on), ::mysql_error(on), doing, std::move(xid));
}

}  // namespace vow::mysql
