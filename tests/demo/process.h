// Another process, with a log of its own. It ends with its owner, and, if this program is killed, with the
// thread that started it: let that be one that lasts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace vow::demo {

class Process {
 public:
  struct Command {
    std::vector<std::string> words;  // the first is the program's path
    std::map<std::string, std::string> environment;
    std::string log;
  };
  explicit Process(Command command) : command_(std::move(command)) {}
  ~Process() { kill(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void start();
  // At once, as a crash would.
  void kill();
  // As an operator would; returns once it has ended.
  void stop();
  [[nodiscard]] bool is_running();
  [[nodiscard]] const std::string& log() const { return command_.log; }

 private:
  void wait_for_end();

  const Command command_;
  pid_t is_ = 0;  // 0: it does not run
};

struct Said {
  int exit = 0;
  std::string text;
};
// Runs it to its end; what it says on both outputs.
[[nodiscard]] Said run(const std::vector<std::string>& words);

}  // namespace vow::demo
