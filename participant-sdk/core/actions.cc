#include "participant-sdk/core/actions.h"

#include <optional>
#include <utility>

#include "participant-sdk/core/failures.h"

namespace vow::sdk {
namespace {

using record::row;
using record::state;

branch_info info_of(const preparation& as, const std::string& action) { return {as.xid, action, as.branch}; }

// Why an attempt may not begin: `found` is the row in its way, none if the deadline is past.
[[noreturn]] void refuse(const preparation& as, const std::optional<row>& found) {
  if (!found) throw too_late_for_database(as);
  if (found->state == state::cancelled) throw cancelled_before(as);
  if (found->state == state::committed) throw committed_before(as);
  throw attempted_before(as, found->which);
}

class ActionBranch final : public branch {
 public:
  ActionBranch(Actions& in, std::shared_ptr<const known_action> what, preparation as, std::string bytes)
      : in_(in), what_(std::move(what)), as_(std::move(as)), bytes_(std::move(bytes)) {}

  ballot prepare() override {
    if (what_->kind == record::kind::hooks) {
      was_prepared_ = true;  // or may have been
      in_.prepare(*what_, as_, bytes_);
    }
    return ballot::prepared;
  }
  void commit() override { in_.commit(as_); }
  void rollback() override {
    if (what_->kind == record::kind::tcc || was_prepared_) in_.rollback(as_);
  }

 private:
  Actions& in_;
  const std::shared_ptr<const known_action> what_;
  const preparation as_;
  const std::string bytes_;
  bool was_prepared_ = false;
};

}  // namespace

std::shared_ptr<const known_action> Actions::add(known_action one) {
  if (one.name.empty() || one.name.size() > 64)
    throw bad_options("an action's name has 1 to 64 characters", "choose a short one, such as \"reserve\"");
  if (!one.attempt || !one.confirm || !one.cancel)
    throw bad_options("an action lacks one of its functions: " + one.name,
                      "give all three; one that has nothing to do may be empty inside");
  const auto shared = std::make_shared<const known_action>(std::move(one));
  const std::lock_guard lock(mutex_);
  if (!known_.try_emplace(shared->name, shared).second)
    throw bad_options("this resource has an action '" + shared->name + "' already",
                      "give each action a name of its own, and add it once");
  return shared;
}

std::shared_ptr<const known_action> Actions::known(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto at = known_.find(name);
  return at == known_.end() ? nullptr : at->second;
}

void Actions::run(End end, void* handle, const row& found) const {
  const auto action = known(found.action);
  if (action == nullptr) throw action_unknown(found.which, found.action);
  std::string bytes = found.payload;
  (end == End::confirm ? action->confirm : action->cancel)(handle, info_of(found.which, found.action), bytes);
}

std::unique_ptr<branch> Actions::begin(const std::shared_ptr<const known_action>& what, const preparation& as,
                                       std::string_view bytes) {
  if (what->kind == record::kind::tcc) attempt(*what, as, std::string(bytes));
  return std::make_unique<ActionBranch>(*this, what, as, std::string(bytes));
}

void Actions::attempt(const known_action& what, const preparation& as, std::string bytes) {
  bool was_done = false;
  try {
    book_.transact(as, [&](void* handle, record::rows& table) {
      const row mine{as, what.kind, what.name, state::prepared, bytes};
      if (!table.add(mine)) refuse(as, table.find(as));
      what.attempt(handle, info_of(as, what.name), bytes);
      if (bytes != mine.payload) table.change(as, state::prepared, bytes);
      was_done = true;
    });
  } catch (const error& why) {
    if (!was_done || why.outcome() != outcome::unknown) throw;
    // Nobody will vote for it, so it is certain how it ends.
    undo_now_or_later(as);
    throw attempt_in_doubt(as, why);
  }
}

// If it cannot be done now, recovery does it once the deadline is past.
void Actions::undo_now_or_later(const preparation& as) noexcept {
  try {
    rollback(as);
  } catch (const std::exception&) {
  }
}

void Actions::prepare(const known_action& what, const preparation& as, std::string bytes) {
  book_.transact(as, [&](void*, record::rows& table) {
    if (!table.add({as, what.kind, what.name, state::attempting, bytes})) refuse(as, table.find(as));
  });
  what.attempt(nullptr, info_of(as, what.name), bytes);
  bool was_overtaken = false;
  book_.transact(as, [&](void*, record::rows& table) {
    const auto found = table.find(as);
    was_overtaken = !found || found->which != as || found->state != state::attempting;
    if (!found) return what.cancel(nullptr, info_of(as, what.name), bytes);  // the mark is gone by now
    if (found && found->which == as) {
      // Its rollback came while the hook ran, and cannot know what it did: it is to come again.
      table.change(as, was_overtaken ? state::attempting : state::prepared, bytes);
    }
  });
  if (was_overtaken) throw cancelled_before(as);
}

void Actions::commit(const preparation& as) {
  book_.transact(as, [&](void* handle, record::rows& table) {
    const auto found = table.find(as);
    const bool is_that = found && found->which == as;
    if (is_that && found->state == state::committed) return;
    if (!is_that || found->state != state::prepared) throw cannot_commit(as, found ? &*found : nullptr);
    run(End::confirm, handle, *found);
    table.change(as, state::committed, {});
  });
}

void Actions::rollback(const preparation& as) {
  book_.transact(as, [&](void* handle, record::rows& table) {
    if (table.add({as, record::kind::tcc, {}, state::cancelled, {}})) return;
    const auto found = table.find(as);
    // None: its deadline is past, so no attempt may begin any more. Another preparing of it: this one never
    // was.
    if (!found || found->which != as || found->state == state::cancelled) return;
    if (found->state == state::committed) throw cannot_roll_back(as);
    run(End::cancel, handle, *found);
    table.change(as, state::cancelled, {});
  });
}

}  // namespace vow::sdk
