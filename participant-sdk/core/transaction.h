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
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "participant-sdk/core/link.h"
#include "participant-sdk/core/paths.h"

#include "vow/branch.h"
#include "vow/client.h"
#include "vow/resource.h"

namespace vow::sdk {

class client_core;
struct HeldBranch;

class transaction {
 public:
  // Waits for a session. Throws unavailable, or misuse.
  transaction(client_core& core, std::string name, const run_options& options);
  // Working: its work is lost.
  ~transaction();
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  [[nodiscard]] const std::string& xid() const { return xid_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Instant deadline() const { return deadline_; }

  [[nodiscard]] branch& enlist(resource& on, const resource::make_branch& make);
  // Returns once it is committed and, as far as that can be waited for, done everywhere. Throws otherwise.
  void commit();
  // Whether what the work threw may not happen again.
  [[nodiscard]] bool is_transient(const std::exception& what) const;
  // Undoes what was done. Throws nothing: what cannot be undone now is undone when its connection or deadline
  // ends.
  void rollback() noexcept;

 private:
  enum class State : std::uint8_t { working, committing, ended };
  struct Enlisted {
    resource* on = nullptr;
    preparation as;
    std::unique_ptr<vow::branch> work;
    std::shared_ptr<HeldBranch> held;  // once it is prepared
  };

  [[nodiscard]] std::vector<Enlisted*> prepare();
  [[nodiscard]] std::optional<wire::Answer> decide(const std::vector<Enlisted*>& prepared);
  [[nodiscard]] bool undo_at_coordinator(wire::Answer& answer);
  void finish(const std::vector<Enlisted*>& prepared, bool committed);
  void leave_in_doubt(const std::vector<Enlisted*>& prepared);
  [[noreturn]] void fail(const wire::Answer& answer) const;

  client_core& core_;
  const std::string name_;
  const run_options options_;
  std::string xid_;
  Instant deadline_;
  State state_ = State::working;
  std::vector<Enlisted> branches_;
};

}  // namespace vow::sdk
