#include "tests/support/postgres_server.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pqxx/pqxx>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coordinator/base/check.h"

namespace vow::testing {
namespace {

constexpr std::chrono::seconds patience{60};
constexpr std::chrono::milliseconds between_looks{10};

template <class Condition>
bool comes_true(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(between_looks);
  }
  return true;
}

std::string newest_binaries() {
  std::string newest;
  int newest_version = 0;
  std::error_code absent;
  for (const auto& each : std::filesystem::directory_iterator("/usr/lib/postgresql", absent)) {
    const int version = std::atoi(each.path().filename().c_str());
    if (version <= newest_version || !std::filesystem::exists(each.path() / "bin/postgres")) continue;
    newest_version = version;
    newest = (each.path() / "bin").string();
  }
  VOW_CHECK(!newest.empty(), "there is no PostgreSQL server in {}: install the Debian package `{}`",
            "/usr/lib/postgresql", "postgresql");
  return newest;
}

// Another may take it before the server does; then start() fails, and says so.
std::uint16_t free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool done = ::bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                    ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  VOW_CHECK(done, "no free port on loopback: error {}", errno);
  ::close(probe);
  return ::ntohs(address.sin_port);
}

// PostgreSQL refuses to run as root.
const passwd* other_user() {
  if (::geteuid() != 0) return nullptr;
  const passwd* other = ::getpwnam("postgres");
  if (other == nullptr) other = ::getpwnam("nobody");
  VOW_CHECK(other != nullptr, "PostgreSQL does not run as root, and there is no user {}",
            "postgres or nobody");
  return other;
}

// In the kernel's own words: parent and state; {-1, 'X'} once it is gone.
struct ProcessStatus {
  ::pid_t parent = -1;
  char state = 'X';
};
ProcessStatus status_of(::pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  ProcessStatus status;
  if (name_end == std::string::npos) return status;
  std::istringstream(line.substr(name_end + 1)) >> status.state >> status.parent;
  return status;
}

std::vector<::pid_t> children_of(::pid_t process) {
  std::vector<::pid_t> children;
  for (const auto& each : std::filesystem::directory_iterator("/proc")) {
    const ::pid_t candidate = std::atoi(each.path().filename().c_str());
    if (candidate > 0 && status_of(candidate).parent == process) children.push_back(candidate);
  }
  return children;
}

bool is_gone(::pid_t process) {
  const char state = status_of(process).state;
  return state == 'X' || state == 'Z';
}

int wait_for(::pid_t process, int how = 0) {
  int status = 0;
  while (::waitpid(process, &status, how) == -1 && errno == EINTR) {
  }
  return status;
}

}  // namespace

PostgresServer::PostgresServer(const PostgresSettings& settings)
    : settings_(settings), binaries_(newest_binaries()), port_(free_port()) {
  // Children of a killed server are left to the nearest such ancestor.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  init_folder();
  start(settings);
}

PostgresServer::~PostgresServer() {
  if (is_running()) kill();
}

void PostgresServer::init_folder() {
  if (const passwd* owner = other_user(); owner != nullptr)
    VOW_CHECK(::chown(folder_.path().c_str(), owner->pw_uid, owner->pw_gid) == 0, "chown of {} failed",
              folder_.path());
  const int status = wait_for(run({binaries_ + "/initdb", "-D", data(), "-U", user, "--auth=trust",
                                   "--no-sync", "--locale=C", "--encoding=UTF8"}));
  VOW_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "initdb failed: {}", log());
}

::pid_t PostgresServer::run(const std::vector<std::string>& command) const {
  const passwd* as = other_user();
  std::vector<char*> arguments;
  for (const auto& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  const std::string log = log_path();
  const ::pid_t parent = ::getpid();
  const ::pid_t child = ::fork();
  VOW_CHECK(child != -1, "fork failed: error {}", errno);
  if (child != 0) return child;
  if (as != nullptr && (::setgid(as->pw_gid) != 0 || ::setuid(as->pw_uid) != 0)) ::_exit(126);
  // A test that dies takes its server with it. To be said after setuid(), which forgets it.
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (::getppid() != parent) ::_exit(126);
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int input = ::open("/dev/null", O_RDONLY);
  if (output == -1 || input == -1) ::_exit(126);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::setenv("LC_ALL", "C", 1);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

void PostgresServer::start(const PostgresSettings& settings) {
  VOW_CHECK(!is_running(), "the server runs already, as process {}", postmaster_);
  settings_ = settings;
  std::vector<std::string> command{binaries_ + "/postgres", "-D", data(),        "-p",
                                   std::to_string(port_),   "-k", folder_.path()};
  auto set = [&](const std::string& name, const std::string& value) {
    command.insert(command.end(), {"-c", name + "=" + value});
  };
  set("listen_addresses", "127.0.0.1");
  set("max_prepared_transactions", std::to_string(settings.prepared_max));
  set("fsync", settings.fsync ? "on" : "off");
  set("full_page_writes", settings.full_page_writes ? "on" : "off");
  for (const auto& [name, value] : settings.others) set(name, value);
  postmaster_ = run(command);
  int status = 0;
  const bool is_up = comes_true([&] {
    if (::waitpid(postmaster_, &status, WNOHANG) != 0) postmaster_ = -1;
    return !is_running() || accepts_connections();
  });
  VOW_CHECK(is_up && is_running(), "PostgreSQL did not start: {}", log());
}

bool PostgresServer::accepts_connections() const {
  try {
    const pqxx::connection probe(dsn());
    return probe.is_open();
  } catch (const pqxx::failure&) {
    return false;
  }
}

void PostgresServer::stop() {
  if (!is_running()) return;
  ::kill(postmaster_, SIGINT);
  wait_for(postmaster_);
  postmaster_ = -1;
}

void PostgresServer::kill() {
  if (!is_running()) return;
  // Stopped first, it starts no more children, and takes no child's end for a crash to recover from. Until it
  // is seen to have stopped, it may be starting one.
  ::kill(postmaster_, SIGSTOP);
  const int status = wait_for(postmaster_, WUNTRACED);
  VOW_CHECK(WIFSTOPPED(status), "the server that was to be killed had ended by itself: {}", log());
  const std::vector<::pid_t> children = children_of(postmaster_);
  for (const ::pid_t child : children) ::kill(child, SIGKILL);
  ::kill(postmaster_, SIGKILL);
  wait_for(postmaster_);
  postmaster_ = -1;
  for (const ::pid_t child : children) wait_for(child);  // left to this process, see the constructor
  // While one of them lives, the next server would refuse to start.
  VOW_CHECK(comes_true([&] { return std::all_of(children.begin(), children.end(), is_gone); }),
            "processes of a killed PostgreSQL server are still there: {}", children.size());
}

std::string PostgresServer::dsn(const std::string& database) const {
  return "host=127.0.0.1 port=" + std::to_string(port_) + " user=" + user + " dbname=" + database;
}

std::string PostgresServer::url(const std::string& database) const {
  return std::string("postgresql://") + user + "@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

std::string PostgresServer::socket_dsn(const std::string& database) const {
  return "host=" + folder_.path() + " port=" + std::to_string(port_) + " user=" + user +
         " dbname=" + database;
}

std::string PostgresServer::new_database() {
  std::string name = "test_" + std::to_string(++databases_);
  pqxx::connection connection(dsn());
  pqxx::nontransaction(connection).exec("create database " + name);
  return name;
}

std::string PostgresServer::log() const {
  std::ifstream file(log_path());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace vow::testing
