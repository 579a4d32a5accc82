// Branches whose vow is a row: attempted, confirmed and cancelled by functions of the program's.
//
//   call           row found           does
//   attempt        none                adds `prepared`, runs the function            in one transaction
//                  any                 refuses: this is a repetition, or comes after its cancel
//   prepare        none                adds `attempting`; runs the hook; makes it `prepared`
//                  cancelled meanwhile runs the rollback hook, refuses
//   commit         prepared            runs the function, makes it `committed`       in one transaction
//                  committed           nothing
//   rollback       none                adds `cancelled`, so that a late attempt is refused
//                  attempting,prepared runs the function, makes it `cancelled`       in one transaction
//                  cancelled           nothing
//
// A rollback first tries to add its mark: two of them would otherwise both look, find nothing, and wait for
// each other's locks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "vow/action.h"
#include "vow/branch.h"
#include "vow/record.h"

namespace vow::sdk {

struct known_action {
  // `handle` is that of the adapter; none for hooks.
  using function = std::function<void(void* handle, const branch_info&, std::string& bytes)>;
  std::string name;
  record::kind kind = record::kind::tcc;
  function attempt;  // or prepare
  function confirm;  // or commit
  function cancel;   // or rollback
};

// Those of one resource. Thread-safe.
class Actions {
 public:
  explicit Actions(record::book& in) : book_(in) {}

  // Throws misuse if it has no name, or another one has it.
  [[nodiscard]] std::shared_ptr<const known_action> add(known_action one);

  // Null: none of that name was added.
  [[nodiscard]] std::shared_ptr<const known_action> known(const std::string& name) const;
  // Attempts it, if it is tcc. The branch is as branch.h says; it may be destroyed without being ended.
  [[nodiscard]] std::unique_ptr<branch> begin(const std::shared_ptr<const known_action>& what,
                                              const preparation& as, std::string_view bytes);
  void prepare(const known_action& what, const preparation& as, std::string bytes);
  void commit(const preparation& as);
  void rollback(const preparation& as);

  [[nodiscard]] record::book& book() { return book_; }

 private:
  void attempt(const known_action& what, const preparation& as, std::string bytes);
  void undo_now_or_later(const preparation& as) noexcept;
  enum class End : std::uint8_t { confirm, cancel };
  void run(End end, void* handle, const record::row& found) const;

  record::book& book_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, std::shared_ptr<const known_action>> known_;
};

}  // namespace vow::sdk
