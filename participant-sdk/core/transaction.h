// A transaction in the process that began it.
//
//            enlist                 commit()                      the answer
//   working ───────▶ working ──────────────────▶ committing ──────────────────▶ ended
//      │                 prepares, votes, asks       │
//      │ rollback(), a branch cannot prepare         │ no answer in time
//      └───────────────▶ ended                       └──────────▶ in doubt: its branches stay prepared, and
//      are ended by
//                                                                 what the coordinator says or recovery finds
//
// What holds:
//   - A prepared branch is rolled back only when the coordinator says that its transaction is.
//   - Each branch that was prepared is known to the core by its name until it has ended (client_core.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "participant-sdk/core/context.h"
#include "participant-sdk/core/link.h"
#include "participant-sdk/core/paths.h"
#include "participant-sdk/core/shared_branches.h"

#include "vow/branch.h"
#include "vow/call.h"
#include "vow/client.h"
#include "vow/resource.h"

namespace vow::sdk {

class client_core;
struct HeldBranch;

class transaction {
 public:
  // A new one. Waits for a session. Throws unavailable, or misuse.
  transaction(client_core& core, std::string name, const run_options& options);
  // The part of another one that is done here. Likewise.
  transaction(client_core& core, std::string name, const run_options& options, const Context& of);
  // Working: its work is lost.
  ~transaction();
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  [[nodiscard]] const std::string& xid() const { return xid_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  // By the machine's monotonic clock.
  [[nodiscard]] Instant deadline() const;
  [[nodiscard]] bool has_begun_here() const { return path_ == root_path; }

  [[nodiscard]] branch& enlist(resource& on, const resource::make_branch& make);
  // One more, which is recorded rather than prepared.
  void enlist_recorded(resource& on, const resource::make_branch& make);
  // The next call to another service: its number and its context.
  [[nodiscard]] std::pair<std::uint32_t, std::string> next_call();
  void answered(std::uint32_t nth_call, const headers& with);

  // Of a part: prepares its branches and votes for them. Returns those and what the services prepared that it
  // called.
  [[nodiscard]] std::vector<preparation> vote();
  // Returns once it is committed and, as far as that can be waited for, done everywhere. Throws otherwise.
  void commit();
  // False: it was asked to stop.
  [[nodiscard]] bool pause(std::chrono::milliseconds time) const;
  // Whether what the work threw may not happen again.
  [[nodiscard]] bool is_transient(const std::exception& what) const;
  // Undoes what was done. What cannot be undone now is undone when its connection or deadline ends: that
  // throws nothing.
  void rollback();

 private:
  enum class State : std::uint8_t { working, committing, ended };
  struct Enlisted {
    resource* on = nullptr;
    preparation as;
    std::unique_ptr<vow::branch> work{};
    std::shared_ptr<HeldBranch> held{};      // once it is prepared
    std::unique_ptr<SharedBranch> shared{};  // in the place of `work`
    [[nodiscard]] vow::branch* at_work() const { return shared ? shared->work.get() : work.get(); }
  };

  // A request to another service.
  struct Call {
    Path path = root_path;
    bool answered = false;
    std::vector<preparation> branches;  // of the answer
  };

  [[nodiscard]] branch& enlist_shared(resource& on, const resource::make_branch& make);
  void check_may_enlist(const resource& on) const;
  // Of shared branches: the coordinator is to ask for their votes.
  [[nodiscard]] std::vector<preparation> leave_to_others();
  branch& enlist_as(resource& on, std::string name, const resource::make_branch& make);
  [[noreturn]] void fail_without_line() const;
  [[nodiscard]] std::vector<preparation> called() const;
  void check_calls();
  void commit_alone();
  void for_each(const std::function<void(Enlisted&)>& task);
  [[nodiscard]] std::vector<Enlisted*> prepare();
  [[nodiscard]] std::optional<wire::Answer> decide(const std::vector<Enlisted*>& prepared);
  void wait_for_others(const wire::Commit& decided);
  [[nodiscard]] wire::Commit commit_of(const std::vector<Enlisted*>& prepared) const;
  [[nodiscard]] wire::Vote vote_of(const Enlisted& one, const Line& on) const;
  // Whether it is certain now that it can never commit.
  [[nodiscard]] bool undo_at_coordinator();
  void end(Enlisted& one, bool committed);
  void finish(bool committed);
  void leave_in_doubt(const std::vector<Enlisted*>& prepared);
  [[noreturn]] void fail(const wire::Answer& answer) const;

  client_core& core_;
  const std::string name_;
  const run_options options_;
  std::string xid_;
  Instant deadline_;
  State state_ = State::working;
  Path path_ = root_path;
  std::vector<Enlisted> branches_;
  std::uint32_t recorded_ = 0;  // begun, whatever became of them
  std::vector<Call> calls_;
};

}  // namespace vow::sdk
