// How large a world is explored. Each scope is explored to its end.
#pragma once

#include <cstdint>
#include <span>

namespace vow::explore {

// The transaction's branches are `a` and `b`; each may be prepared more than once, with a nonce each time.
inline constexpr std::uint8_t preparations = 4;  // a:1 a:2 b:1 b:2
inline constexpr std::uint8_t terms = 3;

struct Scope {
  const char* name;
  const char* words;
  std::uint8_t term = 1;       // of the transaction
  std::uint8_t last_term = 3;  // leaders of terms up to this one may come to be
  std::uint8_t nonces_a = 1;   // how often `a` may be prepared
  std::uint8_t nonces_b = 1;
  bool ballots = false;  // branches may also have only read, or refuse
  bool shared = false;  // `b` is enlisted, and votes when commit asks; its second nonce is another instance's
  bool late_enlistments = false;  // they may still arrive when the branch is prepared
  bool capped = false;            // one mark fits, and another transaction may take the place
  bool forgetting = false;        // decisions are dropped to bits, and bits to nothing
};

// As large as two minutes on two cores allow, the longest first.
[[nodiscard]] std::span<const Scope> full_scopes();
// Some seconds together.
[[nodiscard]] std::span<const Scope> quick_scopes();

}  // namespace vow::explore
