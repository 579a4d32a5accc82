// What an adapter for a kind of database provides (postgres.h, mysql.h, sqlite.h do), and what it may rely
// on.
//
//              first statement            prepare()              commit(), rollback()
//   (nothing) ────────────────▶ working ─────────────▶ prepared ──────────────────────▶ (gone)
//                                  │  prepare() threw, or rollback()
//                                  └──────────────────────────────▶ (gone)
//
// What must hold:
//   - prepare() returns `prepared` once the work would survive the loss of this process and of the database's
//     power, under the preparation's name, and not before.
//   - Once prepared, nothing but commit() and rollback() ends it: no timeout, no lost connection, no
//     destructor.
//   - Whoever has the preparation's name can end it: another process too, as soon as this one is gone.
//   - commit() and rollback() return once the end is durable. Throwing says nothing of whether it is.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vow/error.h"
#include "vow/export.h"

namespace vow {

// Exactly one preparing of one branch.
struct VOW_EXPORT preparation {
  std::string xid;          // of the transaction: 40 characters
  std::string branch;       // 1 to 10 of [0-9a-z_-]; the same again when its request is repeated
  std::uint64_t nonce = 0;  // 40 bits, random: another one for each preparing

  // What it is called in databases: "vow.<xid>.<branch>.<nonce>", at most 64 ASCII characters.
  [[nodiscard]] std::string name() const;
  // False if `name` is not what name() would say of any preparation.
  [[nodiscard]] static bool parse(std::string_view name, preparation& into);
  // Its vow is a row of vow_branch (record.h), not a prepared transaction of the database's.
  [[nodiscard]] bool is_recorded() const { return branch.starts_with('-'); }

  bool operator==(const preparation&) const = default;
};

// The branch was prepared before, by an earlier request for it: its work must not be done again.
class VOW_EXPORT already_prepared : public error {
 public:
  already_prepared(facts about, preparation which) : error(std::move(about)), which_(std::move(which)) {}
  [[nodiscard]] const preparation& which() const noexcept { return which_; }

 private:
  preparation which_;
};

// What a branch says when it is asked to prepare. One that cannot throws instead.
enum class ballot : std::uint8_t {
  prepared,
  // There was nothing to prepare: neither written nor locked. The branch is over.
  read_only,
};

// One transaction's work on one resource, in this process. The transaction owns it; one thread uses it at a
// time.
class VOW_EXPORT branch {
 public:
  branch() = default;
  branch(const branch&) = delete;
  branch& operator=(const branch&) = delete;
  // Of a working branch: its work is lost. Of a prepared one: nothing happens to it. Does not wait for the
  // network.
  virtual ~branch() = default;

  // Throws if it cannot; then nothing of the work is left.
  [[nodiscard]] virtual ballot prepare() = 0;
  // Of a working branch that is all of its transaction: whether it can commit without a vow and without the
  // coordinator; and does so. Throws outcome_unknown if it is not certain what came of it; anything else if
  // nothing is left of the work.
  [[nodiscard]] virtual bool can_commit_alone() const { return false; }
  virtual void commit_alone() {}
  // Of a prepared branch. May be called again after it threw.
  virtual void commit() = 0;
  // Of any branch. Likewise.
  virtual void rollback() = 0;
  // Whether what was thrown by the work in it may not happen again in a new transaction: a deadlock, a lock
  // that was not given in time.
  [[nodiscard]] virtual bool is_transient(const std::exception&) const { return false; }
};

}  // namespace vow
