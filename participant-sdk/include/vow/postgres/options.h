// How a PostgreSQL database is used.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <pqxx/pqxx>

namespace vow::postgres {

// Opens a connection. Called on any thread, also on several at once.
using connect_function = std::function<std::unique_ptr<pqxx::connection>()>;

// Of a branch's transaction, in its database.
enum class isolation : std::uint8_t { as_the_server_has_it, read_committed, repeatable_read, serializable };

// All may be left as they are.
struct options {
  std::size_t connections_max = 32;
  // How long to wait for one of them to be free, or to be opened.
  std::chrono::milliseconds connection_timeout{5'000};
  // How long one statement waits for a lock. Deadlocks across databases end there.
  std::chrono::milliseconds lock_timeout{2'000};
  // How long to ask what became of a prepare, a commit or a rollback whose answer was lost.
  std::chrono::milliseconds doubt_timeout{5'000};
  // How long rows of vow_branch stay after their branch has ended and its deadline is past.
  std::chrono::milliseconds retention{3'600'000};
  vow::postgres::isolation isolation = vow::postgres::isolation::as_the_server_has_it;
  // Statements that make a session as the work expects it, such as "set search_path = shop". A session is
  // put back to this after each branch: what the connect function has set is gone by then.
  std::string session_sql{};
  // A server that may forget what it has promised (fsync = off) is used all the same. For tests.
  bool allow_forgetful_server = false;
  // A connection pooler that gives a session's statements to several of the server's is used all the same.
  bool allow_transaction_pooler = false;
};

}  // namespace vow::postgres
