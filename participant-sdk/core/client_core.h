// What a client is made of: the conversation with the coordinator, the resources of this process, the
// branches that it holds prepared, and the threads that end what others ask to be ended.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "participant-sdk/core/ended_branches.h"
#include "participant-sdk/core/link.h"
#include "participant-sdk/core/served_calls.h"
#include "participant-sdk/core/shared_branches.h"
#include "participant-sdk/core/tasks.h"

#include "vow/client.h"
#include "vow/resource.h"

namespace vow::sdk {

// A branch of this process that is prepared and has not ended. Whoever ends it holds `busy` meanwhile.
struct HeldBranch {
  std::string resource;
  preparation as;
  std::unique_ptr<vow::branch> work;
  bool busy = true;                       // guarded by the core's mutex
  std::optional<wire::Command> missed{};  // likewise: came while it was busy
  std::uint64_t enlistment = 0;           // of one that was shared
};

class client_core final : private Probed {
 public:
  explicit client_core(client_options options);
  ~client_core();
  client_core(const client_core&) = delete;
  client_core& operator=(const client_core&) = delete;

  [[nodiscard]] const client_options& options() const { return options_; }
  [[nodiscard]] Link& link() { return link_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  void log(log_level level, const std::string& message) const;
  [[nodiscard]] bool is_of_this_process() const;
  // Throws misuse if this is another process than the one that made it.
  void check_process() const;

  // --- for tests (probe.h)
  // What is thrown here ends the client, and is to reach whoever called it.
  void before(step at, const std::string& resource = {}) {
    if (probe_) reached(at, Edge::before, resource);
  }
  void after(step at, const std::string& resource = {}) {
    if (probe_) reached(at, Edge::after, resource);
  }
  [[nodiscard]] bool is_dead() const override { return dead_; }

  [[nodiscard]] std::uint64_t draw_nonce();
  [[nodiscard]] std::uint64_t draw(std::uint64_t below);

  // Ends early if it is stopped.
  void pause(std::chrono::milliseconds time, const std::stop_token& stop);

  [[nodiscard]] ServedCalls& served_calls() { return served_calls_; }
  [[nodiscard]] SharedBranches& shared() { return shared_; }
  [[nodiscard]] Tasks& tasks() { return tasks_; }
  // All of them at the same time (side_by_side.h); in tests that must go the same way each time, in turn.
  void side_by_side(std::vector<std::function<void()>> all);

  // --- resources
  void add(resource& one);
  // Waits until nothing is being asked of it. Branches of it that are held stay prepared, and are held no
  // more.
  void remove(resource& one);

  // --- held branches
  // Prepares it and holds it; nothing if it is read-only. If it throws, `work` is still the caller's.
  [[nodiscard]] std::shared_ptr<HeldBranch> prepare(const std::string& resource, const preparation& as,
                                                    std::unique_ptr<vow::branch>& work);
  // It may be ended by others now.
  void let_go(const std::shared_ptr<HeldBranch>& branch);
  // It has ended: tells the coordinator.
  void ended(const std::shared_ptr<HeldBranch>& branch, wire::Action::type action);

  // Work that was committed by itself, or not: the database has not said which.
  void is_in_doubt_alone(const preparation& as, const std::string& resource);
  [[nodiscard]] vow::outcome wait(const std::string& xid, Instant until, const std::stop_token& stop);

 private:
  struct Served {
    resource* one = nullptr;
    std::uint32_t in_use = 0;
  };
  struct Alone {
    preparation as;
    std::string resource;
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

  void time_jumped() override;
  [[nodiscard]] std::vector<std::string> held() const override;
  std::size_t recover_all() override;
  void reached(step at, Edge edge, const std::string& resource);
  void die();
  void report(wire::Report report, const std::string& resource);
  // As the databases of this process say, which are the only ones to know of work that was committed by
  // itself. Unknown: they do not, or not now; nothing: they do not know the transaction.
  [[nodiscard]] std::optional<vow::outcome> outcome_on_record(const std::string& xid);
  [[nodiscard]] vow::outcome settle(const Alone& one);
  // False: all of them are done, or are being done.
  bool take(std::vector<wire::Command> commands);
  void carry_out(const wire::Command& command);
  // Of a shared branch, which votes for it then.
  void prepare_shared(const wire::Command& command);
  [[nodiscard]] std::shared_ptr<HeldBranch> prepared_before(const wire::Command& command);
  void undo_shared(const std::string& xid, const std::string& branch);
  void drop_late_shared();
  void ask_about_shared();
  void drop_shared(const SharedBranches::Waiting& which, const char* why);
  // True if it is or was done; throws if it could not be.
  [[nodiscard]] bool end(const std::string& resource, const preparation& which, wire::Action::type action);
  [[nodiscard]] bool end(const wire::Command& command, const preparation& which);
  void report_done(const preparation& which, wire::Action::type action, const std::string& resource);
  void end_by_name(resource& on, const preparation& which, wire::Action::type action);
  void end_held(const std::shared_ptr<HeldBranch>& branch, wire::Action::type action);
  void work();
  void recover_again_and_again();
  [[nodiscard]] std::size_t recover(resource& one);
  void ask_about_held();
  void ask_and_end(resource& one, const std::shared_ptr<Line>& line, const std::vector<preparation>& left);
  [[nodiscard]] static std::vector<resource::found> all_prepared(resource& in);
  [[nodiscard]] std::vector<std::string> served() const;

  const client_options options_;
  const int process_;
  const std::shared_ptr<Probe> probe_;  // null in production
  const Clock clock_;
  std::atomic<bool> dead_{false};
  ServedCalls served_calls_;
  SharedBranches shared_;

  std::mutex random_mutex_;
  Random random_;  // guarded by it

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  bool stopping_ = false;
  bool is_line_new_ = false;  // and nobody has asked it about what is held
  std::map<std::string, Served> resources_;
  std::map<std::string, std::shared_ptr<HeldBranch>> held_;  // by name
  std::set<std::string> preparing_;                          // names
  EndedBranches ended_;
  std::deque<wire::Command> commands_;
  std::map<std::string, Alone> alone_in_doubt_;  // by xid

  Link link_;
  std::vector<std::thread> workers_;
  std::atomic<std::chrono::milliseconds> young_for_{{}};  // what the last look left, for its age
  std::thread recovery_;
  std::atomic<std::uint32_t> at_once_{0};  // in side_by_side()
  Tasks helpers_;
  Tasks tasks_;  // last: what it does uses all the rest
};

}  // namespace vow::sdk
