// The loop: one thread that owns a node, feeds it and lets it take turns.
//
// Whatever others want of the node they post. Requests are bounded: when too many wait, post() says so at
// once. What the disk and the clock have to say is never refused; there is only so much of it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "coordinator/node/node.h"

namespace vow::node {

class Runner {
 public:
  using Task = std::function<void(Node&)>;
  struct Options {
    std::chrono::milliseconds tick{100};
    std::size_t requests_max = 65'536;
  };
  // What is done with the node, by those who put more on it than it does by itself.
  struct Work {
    // Before it is fed.
    std::function<void(Node&)> wake = [](Node&) {};
    std::function<void(Node&)> tick = [](Node& node) { node.tick(); };
    // When it is fed. True: there is more to do, even if nothing happens.
    std::function<bool(Node&)> turn = [](Node& node) {
      node.turn();
      return false;
    };
  };

  explicit Runner(const Options& options) : Runner(options, Work{}) {}
  Runner(const Options& options, Work work) : options_(options), work_(std::move(work)) {}
  // Stops, if stop() was not called.
  ~Runner() { stop(); }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // Begins to run the node, which may use the runner as the disk's reporter from before this moment.
  void start(std::unique_ptr<Node> node);
  // Ends the loop and gives the node up; tasks that still wait are dropped.
  void stop();

  // Runs `task` on the loop, soon. False if too much waits already, or the loop has ended; then it never
  // runs.
  [[nodiscard]] bool post(Task task);
  // Never refused.
  void report(DiskEvent event);

  // Why the node stopped by itself; none if it did not.
  [[nodiscard]] std::optional<storage::Error> stopped() const;

 private:
  void run();

  const Options options_;
  const Work work_;
  std::unique_ptr<Node> node_;  // used by the loop alone

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::vector<Task> tasks_;
  std::vector<DiskEvent> events_;
  bool closing_ = false;
  std::optional<storage::Error> stopped_;

  std::thread loop_;
};

}  // namespace vow::node
