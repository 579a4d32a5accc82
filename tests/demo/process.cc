#include "tests/demo/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vow::demo {
namespace {

[[noreturn]] void become(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execv(arguments.front(), arguments.data());
  std::fprintf(stderr, "%s: %s\n", arguments.front(), std::strerror(errno));
  ::_exit(127);
}

void write_to(int file) {
  ::dup2(file, 1);
  ::dup2(file, 2);
}

}  // namespace

void Process::start() {
  kill();
  const pid_t owner = ::getpid();
  const pid_t made = ::fork();
  if (made < 0) throw std::runtime_error("no process can be made");
  if (made > 0) {
    is_ = made;
    return;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != owner) ::_exit(1);
  ::setpgid(0, 0);  // Ctrl-C is for the demo, which then ends this one
  write_to(::open(command_.log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644));
  for (const auto& [name, value] : command_.environment) ::setenv(name.c_str(), value.c_str(), 1);
  become(command_.words);
}

void Process::kill() {
  if (is_ == 0) return;
  ::kill(is_, SIGKILL);
  wait_for_end();
}

void Process::stop() {
  if (is_ == 0) return;
  ::kill(is_, SIGTERM);
  wait_for_end();
}

void Process::wait_for_end() {
  while (::waitpid(is_, nullptr, 0) == -1 && errno == EINTR) {
  }
  is_ = 0;
}

bool Process::is_running() {
  if (is_ != 0 && ::waitpid(is_, nullptr, WNOHANG) == is_) is_ = 0;
  return is_ != 0;
}

Said run(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe can be made");
  const pid_t made = ::fork();
  if (made < 0) throw std::runtime_error("no process can be made");
  if (made == 0) {
    write_to(ends[1]);
    become(words);
  }
  ::close(ends[1]);
  Said said;
  std::array<char, 4096> part{};
  for (ssize_t size = 0; (size = ::read(ends[0], part.data(), part.size())) > 0;)
    said.text.append(part.data(), static_cast<std::size_t>(size));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(made, &status, 0);
  said.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return said;
}

}  // namespace vow::demo
