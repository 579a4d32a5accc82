// The product's code for one leader and one transaction, fed with inputs one by one.
#pragma once

#include <optional>
#include <string>

#include "coordinator/txn/decisions.h"
#include "coordinator/txn/open_transactions.h"
#include "tests/explore/input.h"
#include "tests/explore/memory.h"

namespace vow::explore {

inline constexpr std::uint32_t cell = 7;
inline constexpr std::uint32_t incarnation = 3;

[[nodiscard]] txn::Xid xid_of_term(std::uint8_t term);
[[nodiscard]] txn::Preparation preparation_of(std::uint8_t preparation);

class RealLeader {
 public:
  RealLeader(const Scope& scope, std::uint8_t own_term);

  // `next` is left alone. Throws CheckFailed if a check of the product does not hold.
  Reaction feed(Input input);
  // The same for two runs that will answer alike for ever.
  [[nodiscard]] std::string key() const;
  [[nodiscard]] std::string words() const;
  [[nodiscard]] bool is_idle() const;
  [[nodiscard]] const txn::Decisions& decisions() const { return decisions_; }
  [[nodiscard]] const txn::Xid& xid() const { return xid_; }

 private:
  [[nodiscard]] txn::Answer answer(Input input);
  void pass(InputKind kind);
  void apply(Input input);
  void take_up();
  [[nodiscard]] txn::Vote vote_of(std::uint8_t preparation, txn::Ballot ballot) const;
  void take_output(Reaction& reaction);

  const Scope scope_;
  const std::uint8_t own_term_;
  const txn::Xid xid_;
  txn::Xid other_;
  std::uint64_t now_ms_;
  bool ticked_past_ = false;
  txn::Decisions decisions_;
  std::optional<txn::OpenTransactions> table_;
};

}  // namespace vow::explore
