// The name of a transaction. It says who may decide it, and until when, so that nobody needs to be told.
//
//   cell         32 bits   the coordinator cluster, drawn when it is founded
//   incarnation  24 bits   drawn when the cell is founded, and again at each restore from a backup
//   term         28 bits   of the leader that opened the session; only that leader may decide the transaction
//   begin        42 bits   milliseconds since 1970, by that leader's clock
//   timeout      18 bits   seconds
//   session      28 bits   never used twice within a term
//   sequence     28 bits   within the session
//
// 200 bits, printed in this order as 40 characters of lower-case base32 (0-9a-v): text sorts as numbers do,
// hence by begin time within a cell and term.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "coordinator/base/ids.h"

namespace vow::txn {

using Incarnation = Number<struct IncarnationKind>;
// A session that a leader opened: its term and its number in that term, 28 bits each. So a process that still
// uses the session of an earlier leader is never taken for another one.
using SessionNumber = Number<struct SessionKind>;

struct Xid {
  std::uint32_t cell = 0;
  std::uint32_t incarnation = 0;
  std::uint32_t term = 0;
  std::uint32_t timeout_s = 0;
  std::uint64_t begin_ms = 0;
  std::uint32_t session = 0;
  std::uint32_t sequence = 0;

  static constexpr std::uint32_t incarnation_max = (1u << 24) - 1;
  static constexpr std::uint32_t term_max = (1u << 28) - 1;
  static constexpr std::uint64_t begin_ms_max = (1ull << 42) - 1;
  static constexpr std::uint32_t timeout_s_max = (1u << 18) - 1;
  static constexpr std::uint32_t session_max = (1u << 28) - 1;
  static constexpr std::uint32_t sequence_max = (1u << 28) - 1;
  static constexpr std::size_t text_size = 40;

  [[nodiscard]] Term decided_in() const { return Term(term); }
  [[nodiscard]] std::uint64_t deadline_ms() const { return begin_ms + timeout_s * std::uint64_t{1000}; }

  bool operator==(const Xid&) const = default;
  // By begin time within a cell and term, as the text sorts.
  std::strong_ordering operator<=>(const Xid& other) const;
};

inline constexpr std::uint64_t session_number_max = std::uint64_t{Xid::term_max} << 28 | Xid::session_max;
[[nodiscard]] constexpr SessionNumber session_number(Term term, std::uint32_t nth) {
  return SessionNumber(term.value() << 28 | nth);
}
[[nodiscard]] constexpr Term term_of(SessionNumber session) { return Term(session.value() >> 28); }
// What xids of the session say.
[[nodiscard]] constexpr std::uint32_t nth_of(SessionNumber session) {
  return static_cast<std::uint32_t>(session.value() & Xid::session_max);
}

[[nodiscard]] std::string to_string(const Xid& xid);
// None if `text` is not what to_string() would print.
[[nodiscard]] std::optional<Xid> parse_xid(std::string_view text);

}  // namespace vow::txn

template <>
struct std::hash<vow::txn::Xid> {
  // Not noexcept: hash tables of the standard library then keep each hash beside its key, rather than compute
  // it again for all they pass by.
  std::size_t operator()(const vow::txn::Xid& xid) const;
};
