#include "tests/sim/runner.h"

#include <cerrno>
#include <cstring>
#include <map>
#include <string>

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coordinator/base/bytes.h"
#include "coordinator/base/check.h"

namespace vow::sim {
namespace {

using Clock = std::chrono::steady_clock;

std::string pack(const RunResult& result) {
  ByteWriter out;
  out.u64(result.seed);
  out.u8(result.failed ? 1 : 0);
  out.bytes(result.check);
  out.bytes(result.what);
  out.u64(result.trace_hash);
  out.bytes({reinterpret_cast<const char*>(&result.counters), sizeof result.counters});
  out.bytes({reinterpret_cast<const char*>(result.rare.data()), sizeof result.rare});
  return out.take();
}

bool unpack(std::string_view bytes, RunResult& result) {
  ByteReader in(bytes);
  result.seed = in.u64();
  result.failed = in.u8() != 0;
  result.check = in.bytes();
  result.what = in.bytes();
  result.trace_hash = in.u64();
  const std::string_view counters = in.bytes();
  const std::string_view rare = in.bytes();
  if (!in.at_end() || counters.size() != sizeof result.counters || rare.size() != sizeof result.rare)
    return false;
  std::memcpy(&result.counters, counters.data(), counters.size());
  std::memcpy(result.rare.data(), rare.data(), rare.size());
  return true;
}

[[noreturn]] void run_in_child(const Job& job, int out) {
  const std::string packed = pack(run_seed(job.seed, job.restrictions));
  for (std::size_t done = 0; done < packed.size();) {
    const ssize_t n = write(out, packed.data() + done, packed.size() - done);
    if (n < 0 && errno != EINTR) _exit(3);
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  _exit(0);
}

class Runner {
 public:
  Runner(const std::vector<Job>& jobs, const RunnerOptions& options) : jobs_(jobs), options_(options) {}
  ~Runner() {
    for (const auto& [pipe, child] : children_) {
      kill(child.pid, SIGKILL);
      waitpid(child.pid, nullptr, 0);
      close(pipe);
    }
  }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  void run(const std::function<bool(const RunResult&, const Restrictions&)>& ended) {
    while (true) {
      while (children_.size() < options_.processes && next_ < jobs_.size()) launch(jobs_[next_++]);
      if (children_.empty()) return;
      for (const int pipe : ready()) {
        Child& child = children_.at(pipe);
        const bool late = Clock::now() > child.deadline;
        if (!late && read_some(pipe, child)) continue;
        const RunResult result = conclude(pipe, child, late);
        const Restrictions restrictions = child.job->restrictions;
        children_.erase(pipe);
        if (!ended(result, restrictions)) return;
      }
    }
  }

 private:
  struct Child {
    pid_t pid;
    const Job* job;
    Clock::time_point deadline;
    std::string said;
  };

  void launch(const Job& job) {
    int ends[2];
    VOW_CHECK(pipe(ends) == 0, "no pipe: {}", std::strerror(errno));
    const pid_t pid = fork();
    VOW_CHECK(pid >= 0, "no process: {}", std::strerror(errno));
    if (pid == 0) {
      close(ends[0]);
      run_in_child(job, ends[1]);
    }
    close(ends[1]);
    children_[ends[0]] = {pid, &job, Clock::now() + options_.seed_limit, {}};
  }

  // Pipes that have something to say, have ended, or belong to children that take too long.
  std::vector<int> ready() {
    std::vector<pollfd> polled;
    for (const auto& [pipe, child] : children_) polled.push_back({pipe, POLLIN, 0});
    poll(polled.data(), polled.size(), 500);
    std::vector<int> pipes;
    for (const pollfd& each : polled) {
      if (each.revents != 0 || Clock::now() > children_.at(each.fd).deadline) pipes.push_back(each.fd);
    }
    return pipes;
  }

  // False at the end.
  static bool read_some(int pipe, Child& child) {
    char buffer[4096];
    const ssize_t n = read(pipe, buffer, sizeof buffer);
    if (n < 0) return errno == EINTR;
    child.said.append(buffer, static_cast<std::size_t>(n));
    return n > 0;
  }

  RunResult conclude(int pipe, const Child& child, bool late) const {
    if (late) kill(child.pid, SIGKILL);
    int status = 0;
    waitpid(child.pid, &status, 0);
    close(pipe);
    RunResult result;
    if (!late && unpack(child.said, result)) return result;
    result = {};
    result.seed = child.job->seed;
    result.failed = true;
    result.check = late ? "a seed's run ends" : "a seed's run does not crash the simulator";
    result.what = late
                      ? fmt::format("still running after {} s", options_.seed_limit.count())
                      : fmt::format("its process ended with {} {}", WIFSIGNALED(status) ? "signal" : "status",
                                    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return result;
  }

  const std::vector<Job>& jobs_;
  const RunnerOptions options_;
  std::size_t next_ = 0;
  std::map<int, Child> children_;  // by the pipe they speak through
};

}  // namespace

void run_jobs(const std::vector<Job>& jobs, const RunnerOptions& options,
              const std::function<bool(const RunResult&, const Restrictions&)>& ended) {
  Runner(jobs, options).run(ended);
}

}  // namespace vow::sim
