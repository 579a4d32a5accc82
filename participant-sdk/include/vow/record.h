// What an adapter provides for branches whose vow is a row rather than a prepared transaction: the table
// vow_branch, in the database where the work is done.
//
//                    the attempt                    confirm
//   (no row) ──▶ attempting ──▶ prepared ──────────────────────▶ committed ──┐
//      │              │             │                                        │ past retention
//      │              └─────────────┴──▶ cancel ──▶ cancelled ───────────────┴──▶ (no row)
//      └─ cancelled before the attempt began ──────▶ cancelled
//
//   xid, branch   which branch: at most one row for each, so that of two attempts one finds the other's row
//   nonce         which preparing of it
//   kind, action  how it is ended, and by whose functions. Kind `alone`: work that is all of its transaction,
//                 and was committed by itself. The row is the only one who knows
//   state         as above
//   payload       what its functions are given; gone once it has ended
//   created_at    when the row came into its state: milliseconds since 1970, by the database's clock
//   deadline      of its transaction, as the xid says: likewise
//
// What must hold:
//   - A row changes in the same local transaction as the work that it speaks of. (Effects outside of the
//     database come between two of them: attempting, then prepared.)
//   - Whoever changes a row has it locked until that local transaction ends.
//   - `cancelled` and `committed` are final, and stay for as long as a late attempt or a repeated end may
//     come.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vow/branch.h"
#include "vow/export.h"
#include "vow/outcome.h"

namespace vow::record {

// How a row is ended, and where it is; see above.
enum class kind : std::uint8_t { tcc, hooks, alone };
enum class state : std::uint8_t { attempting, prepared, committed, cancelled };
[[nodiscard]] VOW_EXPORT std::string_view name(kind of);
[[nodiscard]] VOW_EXPORT std::string_view name(state of);
[[nodiscard]] VOW_EXPORT std::optional<state> state_of(std::string_view name);

// One branch's.
struct row {
  preparation which;
  record::kind kind = kind::tcc;
  std::string action;
  record::state state = state::prepared;
  std::string payload;
  bool although_late = false;  // add() it also after the deadline
};

// When the transaction of that name ends at the latest: milliseconds since 1970.
[[nodiscard]] VOW_EXPORT std::int64_t deadline_ms_of(std::string_view xid);

// The table, as one local transaction sees it.
class VOW_EXPORT rows {
 public:
  rows() = default;
  rows(const rows&) = delete;
  rows& operator=(const rows&) = delete;
  virtual ~rows() = default;

  // Nothing happens, and it is false, if there is a row of that branch, or if the deadline of its transaction
  // is past by the database's clock (unless although_late). Waits, for as long as a lock is waited for, for
  // another transaction that adds one.
  [[nodiscard]] virtual bool add(const row& one) = 0;
  // Locks it.
  [[nodiscard]] virtual std::optional<row> find(const preparation& which) = 0;
  // Of one that was found or added in this transaction.
  virtual void change(const preparation& which, state to, std::string_view payload) = 0;
};

// The table, from outside of any transaction.
class VOW_EXPORT book {
 public:
  book() = default;
  book(const book&) = delete;
  book& operator=(const book&) = delete;
  virtual ~book() = default;

  // Makes the table if it is not there.
  virtual void make() = 0;
  // Whether it is known to be there though the program has no actions: rows of work that was committed by
  // itself are to be cleaned away then.
  [[nodiscard]] virtual bool is_there() { return false; }
  // Runs `work` in one local transaction and commits that. What `work` throws is thrown on, after all is
  // rolled back. `handle` is what the adapter gives to its users' functions.
  using transaction = std::function<void(void* handle, rows& table)>;
  virtual void transact(const preparation& as, const transaction& work) = 0;

  // Those that are attempting or prepared.
  struct found {
    preparation which;
    std::chrono::milliseconds age{0};
  };
  [[nodiscard]] virtual std::vector<found> list_open() = 0;
  // Whether a branch of that transaction is on record as committed.
  [[nodiscard]] virtual bool says_committed(const std::string& /*xid*/) { return false; }
  // Removes rows that ended so long ago that nobody asks for them any more.
  virtual void clean() = 0;
};

// What became of work that was to be committed by itself: if its row is not there, it never will be after
// this.
[[nodiscard]] VOW_EXPORT outcome settle_alone(book& in, const preparation& as);
// Likewise, asked again and again: unknown if the database has not answered by `until`.
[[nodiscard]] VOW_EXPORT outcome settle_alone(book& in, const preparation& as,
                                              std::chrono::steady_clock::time_point until);

}  // namespace vow::record
