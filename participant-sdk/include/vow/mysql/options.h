// How a resource connects, and what it may do.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "vow/mysql/api.h"

namespace vow::mysql {

// Returns a connection of its own that is open, never null; throws if it cannot. Called on several threads.
using connector = std::function<MYSQL*()>;

// For those who need no more than this; see connect_to().
struct parameters {
  std::string host = "127.0.0.1";
  std::uint16_t port = 3306;
  std::string socket;  // a path, instead of host and port
  std::string user;
  std::string password;
  std::string database;
  std::chrono::seconds connect_timeout{5};
  // How long any statement may take, XA COMMIT too. After that the connection is given up.
  std::chrono::seconds statement_timeout{60};
};

// All may be left as they are.
struct options {
  // Also those that prepared branches hold until they are ended.
  std::uint32_t connections_max = 32;
  // How long a branch waits for one of them.
  std::chrono::milliseconds connection_wait{2'000};
  // How long a statement waits for a row or a table that another transaction holds; never past the
  // transaction's deadline. The server counts in seconds: rounded up.
  std::chrono::milliseconds lock_wait{2'000};
  // How long to wait for the server to let go of a connection that was lost, before it is tried again later.
  std::chrono::milliseconds release_wait{2'000};
  // How long rows of vow_branch stay after their branch has ended and its deadline is past.
  std::chrono::milliseconds retention{3'600'000};
  // After so much silence the server drops a connection. It is how long rows may stay locked when a host of
  // this program loses its power or its network, so that nobody else can end what it had prepared.
  std::chrono::seconds silence_max{300};
  // Ask, before preparing, whether a branch has written or locked anything. One more round trip, which reads
  // information_schema.innodb_trx and needs the right PROCESS; without it each branch votes `prepared`.
  bool find_read_only = true;
  // Findings of check() by code, for example {"VOW-5132"}, that shall not keep the resource from starting.
  std::vector<std::string> accept;
};

}  // namespace vow::mysql
