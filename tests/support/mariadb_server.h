// A real MariaDB server of a test's own: its data in a temporary folder, on a unix socket there and on a free
// port of the loopback, with small buffers. It ends with its owner, and with the test program if that is
// killed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <mysql.h>
#include <sys/types.h>

#include "tests/support/temporary_directory.h"

namespace vow::testing {

class MariadbServer {
 public:
  struct Options {
    int innodb_flush_log_at_trx_commit = 1;
    std::vector<std::string> arguments;  // more of mariadbd's own
  };

  // Empty, or what is missing on this machine, with the name of the Debian package.
  [[nodiscard]] static std::string why_not_installed();

  // Makes the data and starts the server; throws std::runtime_error with the server's own words if it cannot.
  MariadbServer() : MariadbServer(Options()) {}
  explicit MariadbServer(Options options);
  ~MariadbServer();
  MariadbServer(const MariadbServer&) = delete;
  MariadbServer& operator=(const MariadbServer&) = delete;

  // Returns once it accepts connections, with the data as they were left.
  void start();
  // As an operator would.
  void stop();
  // As a loss of power of the process would; its data are what it had written.
  void kill();
  void restart() {
    kill();
    start();
  }
  // It answers nothing until it may go on.
  void freeze();
  void thaw();

  [[nodiscard]] bool is_running() const { return server_ != 0; }
  [[nodiscard]] pid_t process() const { return server_; }
  [[nodiscard]] const std::string& socket() const { return socket_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  // The administrator; the password is empty. Null: it does not answer.
  [[nodiscard]] MYSQL* connect(const std::string& database = {}) const;
  // A database that no other test has.
  [[nodiscard]] std::string new_database();

 private:
  void install();
  void wait_until_it_answers();
  void wait_for_end();
  [[nodiscard]] std::string data() const { return folder_.path() + "/data"; }
  [[nodiscard]] std::string log() const { return folder_.path() + "/log"; }

  const Options options_;
  const TemporaryDirectory folder_;
  const std::string socket_ = folder_.path() + "/socket";
  std::uint16_t port_ = 0;
  pid_t server_ = 0;
  int databases_ = 0;
};

}  // namespace vow::testing
