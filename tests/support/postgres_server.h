// A PostgreSQL server of a test's own: in a temporary folder, on loopback, gone at the end.
//
// Start-up takes a second, so the tests of one program share one server, each with a database of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/support/temporary_directory.h"

namespace vow::testing {

struct PostgresSettings {
  std::uint32_t prepared_max = 64;  // max_prepared_transactions
  bool fsync = true;
  bool full_page_writes = true;
  std::map<std::string, std::string> others{};
};

// Not thread-safe. Fails a check, with words on what to do, if the server cannot be run.
class PostgresServer {
 public:
  explicit PostgresServer(const PostgresSettings& settings = {});
  // Nothing of it is left running.
  ~PostgresServer();

  // Waits until it accepts connections.
  void start(const PostgresSettings& settings);
  void start() { start(settings_); }
  // In order, and at once: sessions are closed, what is not committed is rolled back.
  void stop();
  // All of its processes end where they are.
  void kill();
  void restart(const PostgresSettings& settings) {
    stop();
    start(settings);
  }

  [[nodiscard]] bool is_running() const { return postmaster_ != -1; }
  [[nodiscard]] ::pid_t process() const { return postmaster_; }
  // A connection string, over TCP or the unix socket.
  [[nodiscard]] std::string dsn(const std::string& database = "postgres") const;
  [[nodiscard]] std::string socket_dsn(const std::string& database = "postgres") const;
  [[nodiscard]] std::string url(const std::string& database) const;
  // An empty database with a name of its own.
  [[nodiscard]] std::string new_database();
  [[nodiscard]] std::string log() const;

  static constexpr const char* user = "vow";

 private:
  void init_folder();
  [[nodiscard]] bool accepts_connections() const;
  [[nodiscard]] std::string data() const { return folder_.path() + "/data"; }
  [[nodiscard]] std::string log_path() const { return folder_.path() + "/log"; }
  // As a user that PostgreSQL agrees to run as.
  [[nodiscard]] ::pid_t run(const std::vector<std::string>& command) const;

  TemporaryDirectory folder_;
  PostgresSettings settings_;
  std::string binaries_;
  std::uint16_t port_ = 0;
  ::pid_t postmaster_ = -1;
  std::uint32_t databases_ = 0;
};

}  // namespace vow::testing
