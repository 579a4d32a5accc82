// Strong types for the numbers that must never be mistaken for one another.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace vow {

// A 64-bit number of one kind. Two kinds neither convert nor compare.
template <class Kind>
class Number {
 public:
  constexpr Number() = default;
  constexpr explicit Number(std::uint64_t value) : value_(value) {}

  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
  [[nodiscard]] constexpr bool is_zero() const { return value_ == 0; }
  [[nodiscard]] constexpr Number next() const { return Number(value_ + 1); }
  // The number before this one; zero stays zero.
  [[nodiscard]] constexpr Number prev() const { return Number(value_ == 0 ? 0 : value_ - 1); }

  constexpr Number operator+(std::uint64_t n) const { return Number(value_ + n); }
  // How far `this` is beyond `other`; zero if it is not.
  constexpr std::uint64_t operator-(Number other) const {
    return value_ > other.value_ ? value_ - other.value_ : 0;
  }
  constexpr auto operator<=>(const Number&) const = default;

 private:
  std::uint64_t value_ = 0;
};

template <class Kind>
std::string to_string(Number<Kind> n) {
  return std::to_string(n.value());
}

// A Raft term. Term 0 has no leader and no entries.
using Term = Number<struct TermKind>;
// A position in the replicated log. The first entry has index 1; 0 is before every entry.
using Index = Number<struct IndexKind>;
// A node for as long as its disk lives: drawn when its store is created, never used again. 0 is nobody.
using NodeId = Number<struct NodeKind>;
// A coordinator cluster: one Raft group.
using CellId = Number<struct CellKind>;

}  // namespace vow

template <class Kind>
struct std::hash<vow::Number<Kind>> {
  std::size_t operator()(vow::Number<Kind> n) const noexcept { return std::hash<std::uint64_t>{}(n.value()); }
};
