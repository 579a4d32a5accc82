// A named database or service of this process, whose branches the coordinator may ask to end.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "vow/action.h"
#include "vow/branch.h"
#include "vow/doctor.h"
#include "vow/export.h"
#include "vow/record.h"

namespace vow {

class client;
class tx;
namespace sdk {
class Actions;
class client_core;
}  // namespace sdk

// Adapters derive from it. Thread-safe. It must end before its client does, and after all transactions that
// use it.
class VOW_EXPORT resource {
 public:
  resource(const resource&) = delete;
  resource& operator=(const resource&) = delete;
  virtual ~resource();

  // The same in all processes that serve it.
  [[nodiscard]] const std::string& name() const { return name_; }
  using make_branch = std::function<std::unique_ptr<branch>(const preparation& as)>;

  // An action with effects outside of the database, which only keeps its record. To be added before the work
  // begins. Throws misuse if the database keeps no records.
  [[nodiscard]] action hooks(std::string name, hook prepare, hook commit, hook rollback);

 protected:
  // At most 64 characters. Nothing is asked of it before start() nor after stop().
  resource(client& of, std::string name);
  // At the end of the derived constructor; and at the beginning of the derived destructor, which waits there
  // until nothing is being asked.
  void start();
  void stop();

  // The branch of this resource in `of`; made by `make` if there is none yet.
  [[nodiscard]] branch& enlist(tx& of, const make_branch& make);

  // As hooks(), of a function for each step that is given the adapter's handle.
  using raw_step = std::function<void(void* handle, const branch_info&, std::string& bytes)>;
  [[nodiscard]] action tcc_of(std::string name, raw_step attempt, raw_step confirm, raw_step cancel);

  // --- what is asked of it, from any thread, several at once

  // Ends what is prepared under that name, if no branch of this process does: the transaction is committed.
  // Returns once it is durable, also if it was before. Throws if it cannot be done now, or if it is not
  // certain.
  virtual void commit_prepared(const preparation& which) = 0;
  // Likewise; the transaction is rolled back. It is no error if nothing is found.
  virtual void rollback_prepared(const preparation& which) = 0;

  // What is prepared in the database under names of ours, whoever prepared it, and for how long it has been.
  struct found {
    preparation which;
    std::chrono::milliseconds age{0};
  };
  virtual std::vector<found> list_prepared() = 0;
  // Runs `task` while no other instance, of any process, does so on the same database; not at all if another
  // does now.
  virtual void alone(const std::function<void()>& task) = 0;
  // Where its actions are recorded; null: nowhere, so it has none.
  virtual record::book* records() { return nullptr; }
  // What is to be said of the database: doctor().
  virtual std::vector<finding> examine() { return {}; }

 private:
  friend class action;
  friend class sdk::client_core;
  friend std::vector<finding> doctor(resource& of);
  [[nodiscard]] sdk::Actions& actions();
  [[nodiscard]] action add(record::kind kind, std::string name, raw_step attempt, raw_step confirm,
                           raw_step cancel);

  std::shared_ptr<sdk::client_core> core_;
  const std::string name_;
  std::once_flag first_action_;
  std::shared_ptr<sdk::Actions> actions_;
  std::atomic<bool> has_actions_{false};
};

}  // namespace vow
