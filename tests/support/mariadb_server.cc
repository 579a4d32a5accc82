#include "tests/support/mariadb_server.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/free_ports.h"

namespace vow::testing {
namespace {

using Clock = std::chrono::steady_clock;

std::string find_program(const std::string& name) {
  for (const char* folder :
       {"/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/", "/usr/libexec/"}) {
    if (::access((folder + name).c_str(), X_OK) == 0) return folder + name;
  }
  return {};
}

// Whom the server runs as: it refuses to be root. Null: as whoever runs the test.
const passwd* unprivileged_user() {
  if (::geteuid() != 0) return nullptr;
  const passwd* user = ::getpwnam("mysql");
  return user != nullptr ? user : ::getpwnam("nobody");
}

// In the child: gives up all privileges, and asks to be killed with the parent, which a change of user would
// undo.
void become(const passwd* user, pid_t parent) {
  const bool has_become = user == nullptr || (::setgroups(0, nullptr) == 0 && ::setgid(user->pw_gid) == 0 &&
                                              ::setuid(user->pw_uid) == 0);
  if (!has_become || ::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) ::_exit(126);
}

pid_t spawn(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  const passwd* const user = unprivileged_user();
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (out == -1 || in == -1 || ::dup2(in, 0) == -1 || ::dup2(out, 1) == -1 || ::dup2(out, 2) == -1)
    ::_exit(126);
  become(user, parent);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

std::string content_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

std::string MariadbServer::why_not_installed() {
  for (const char* program : {"mariadbd", "mariadb-install-db"}) {
    if (find_program(program).empty()) {
      return std::string(program) + " was not found: install the Debian package mariadb-server";
    }
  }
  return {};
}

MariadbServer::MariadbServer(Options options) : options_(std::move(options)) {
  if (const std::string missing = why_not_installed(); !missing.empty()) throw std::runtime_error(missing);
  port_ = free_ports(1).front();
  install();
  start();
}

MariadbServer::~MariadbServer() {
  if (is_running()) kill();
}

void MariadbServer::install() {
  if (const passwd* const user = unprivileged_user()) {
    if (::chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("the folder of the server cannot be given to " + std::string(user->pw_name));
    }
  }
  // A server empties its folder of temporary tables as it starts: one of many servers needs one of its own.
  const pid_t installer = spawn({find_program("mariadb-install-db"), "--no-defaults", "--datadir=" + data(),
                                 "--tmpdir=" + folder_.path(), "--auth-root-authentication-method=normal",
                                 "--skip-test-db", "--skip-name-resolve"},
                                log());
  int status = 0;
  while (::waitpid(installer, &status, 0) == -1 && errno == EINTR) {
  }
  if (status != 0) throw std::runtime_error("mariadb-install-db failed:\n" + content_of(log()));
}

void MariadbServer::start() {
  std::vector<std::string> command = {
      find_program("mariadbd"),
      "--no-defaults",
      "--datadir=" + data(),
      "--tmpdir=" + folder_.path(),
      "--socket=" + socket_,
      "--pid-file=" + folder_.path() + "/pid",
      "--bind-address=127.0.0.1",
      "--port=" + std::to_string(port_),
      "--skip-name-resolve",
      "--performance-schema=OFF",
      "--innodb-buffer-pool-size=16M",
      "--innodb-log-file-size=8M",
      "--key-buffer-size=1M",
      "--innodb-flush-log-at-trx-commit=" + std::to_string(options_.innodb_flush_log_at_trx_commit),
  };
  command.insert(command.end(), options_.arguments.begin(), options_.arguments.end());
  server_ = spawn(command, log());
  wait_until_it_answers();
}

void MariadbServer::wait_until_it_answers() {
  const auto deadline = Clock::now() + std::chrono::seconds(60);
  for (;;) {
    if (MYSQL* const connection = connect()) return ::mysql_close(connection);
    int status = 0;
    const bool has_ended = ::waitpid(server_, &status, WNOHANG) == server_;
    if (has_ended || Clock::now() > deadline) {
      if (!has_ended) kill();
      server_ = 0;
      throw std::runtime_error("the MariaDB server does not start:\n" + content_of(log()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // nothing tells that it listens
  }
}

void MariadbServer::wait_for_end() {
  while (::waitpid(server_, nullptr, 0) == -1 && errno == EINTR) {
  }
  server_ = 0;
}

void MariadbServer::stop() {
  ::kill(server_, SIGTERM);
  wait_for_end();
}

void MariadbServer::kill() {
  if (server_ <= 0) return;  // it would be this process's own group
  ::kill(server_, SIGKILL);
  wait_for_end();
}

void MariadbServer::freeze() { ::kill(server_, SIGSTOP); }
void MariadbServer::thaw() { ::kill(server_, SIGCONT); }

MYSQL* MariadbServer::connect(const std::string& database) const {
  MYSQL* const handle = ::mysql_init(nullptr);
  if (::mysql_real_connect(handle, nullptr, "root", "", database.empty() ? nullptr : database.c_str(), 0,
                           socket_.c_str(), 0) != nullptr) {
    return handle;
  }
  ::mysql_close(handle);
  return nullptr;
}

std::string MariadbServer::new_database() {
  const std::string name = "test_" + std::to_string(++databases_);
  MYSQL* const connection = connect();
  const bool is_made =
      connection != nullptr && ::mysql_query(connection, ("CREATE DATABASE " + name).c_str()) == 0;
  if (connection != nullptr) ::mysql_close(connection);
  if (!is_made) throw std::runtime_error("the database " + name + " could not be made");
  return name;
}

}  // namespace vow::testing
