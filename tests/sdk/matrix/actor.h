// A process of the matrix (actor.cc), as its test holds it.
#pragma once

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vow::sdk {

class Actor {
 public:
  explicit Actor(std::vector<std::string> words) {
    int in[2];
    int out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) return;
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    to_ = in[1];
    from_ = out[0];
    ::fcntl(from_, F_SETFL, O_NONBLOCK);
  }
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;
  ~Actor() {
    kill();
    ::close(to_);
    ::close(from_);
  }

  [[nodiscard]] bool is_alive() const { return process_ > 0; }
  // Returns when it is gone.
  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }
  void go_on() const { (void)!::write(to_, "\n", 1); }
  // A whole line, if it has said one.
  [[nodiscard]] std::optional<std::string> heard() {
    char buffer[256];
    const ssize_t size = ::read(from_, buffer, sizeof(buffer));
    if (size > 0) text_.append(buffer, static_cast<std::size_t>(size));
    const std::size_t end = text_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    std::string line = text_.substr(0, end);
    text_.erase(0, end + 1);
    return line;
  }
  // To wait on.
  [[nodiscard]] int voice() const { return from_; }

 private:
  pid_t process_ = 0;
  int to_ = -1;
  int from_ = -1;
  std::string text_;
};

}  // namespace vow::sdk
