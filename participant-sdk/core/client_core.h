// What a client is made of: the conversation with the coordinator, the resources of this process, the
// branches that it holds prepared, and the threads that end what others ask to be ended.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "participant-sdk/core/link.h"
#include "participant-sdk/core/served_calls.h"

#include "vow/client.h"
#include "vow/resource.h"

namespace vow::sdk {

// A branch of this process that is prepared and has not ended. Whoever ends it holds `busy` meanwhile.
struct HeldBranch {
  std::string resource;
  preparation as;
  std::unique_ptr<vow::branch> work;
  bool busy = true;  // guarded by the core's mutex
};

class client_core {
 public:
  explicit client_core(client_options options);
  ~client_core();
  client_core(const client_core&) = delete;
  client_core& operator=(const client_core&) = delete;

  [[nodiscard]] const client_options& options() const { return options_; }
  [[nodiscard]] Link& link() { return link_; }
  void log(log_level level, const std::string& message) const;
  [[nodiscard]] bool is_of_this_process() const;
  // Throws misuse if this is another process than the one that made it.
  void check_process() const;
  [[nodiscard]] std::uint64_t draw_nonce();
  [[nodiscard]] std::uint64_t draw(std::uint64_t below);

  // Ends early if it is stopped.
  void pause(std::chrono::milliseconds time, const std::stop_token& stop);

  [[nodiscard]] ServedCalls& served_calls() { return served_calls_; }

  // --- resources
  void add(resource& one);
  // Waits until nothing is being asked of it. Branches of it that are held stay prepared, and are held no
  // more.
  void remove(resource& one);

  // --- held branches
  [[nodiscard]] std::shared_ptr<HeldBranch> hold(std::string resource, const preparation& as,
                                                 std::unique_ptr<vow::branch> work);
  // It may be ended by others now.
  void let_go(const std::shared_ptr<HeldBranch>& branch);
  // It has ended: tells the coordinator.
  void ended(const std::shared_ptr<HeldBranch>& branch, wire::Action::type action);

  [[nodiscard]] vow::outcome wait(const std::string& xid, Instant until, const std::stop_token& stop);

 private:
  struct Served {
    resource* one = nullptr;
    std::uint32_t in_use = 0;
  };
  // While one of these is there, the resource is not removed.
  class Use {
   public:
    Use(client_core& core, const std::string& name);
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    // Null: it is not served here.
    [[nodiscard]] resource* one() const { return served_ == nullptr ? nullptr : served_->one; }

   private:
    client_core& core_;
    Served* served_ = nullptr;
  };

  void take(std::vector<wire::Command> commands);
  void carry_out(const wire::Command& command);
  // True if it is or was done; throws if it could not be.
  [[nodiscard]] bool end(const std::string& resource, const preparation& which, wire::Action::type action);
  [[nodiscard]] bool end_held(const std::shared_ptr<HeldBranch>& branch, wire::Action::type action);
  void work();
  void recover_again_and_again();
  void recover(resource& one);
  [[nodiscard]] std::vector<std::string> served() const;

  const client_options options_;
  const int process_;
  ServedCalls served_calls_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  Random random_;
  bool stopping_ = false;
  std::map<std::string, Served> resources_;
  std::map<std::string, std::shared_ptr<HeldBranch>> held_;  // by name
  std::deque<wire::Command> commands_;

  Link link_;
  std::vector<std::thread> workers_;
  std::thread recovery_;
};

}  // namespace vow::sdk
