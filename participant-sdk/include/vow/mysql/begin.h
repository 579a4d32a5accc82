// The beginning of a branch, which may be the second one of the same branch: a request that is repeated,
// while the first one is at work or after it has prepared, must not do the work again, nor wait behind rows
// that the first one holds.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "vow/branch.h"
#include "vow/mysql/xa_branch.h"

namespace vow::mysql {

enum class beginning : std::uint8_t {
  begun,
  there_already,     // it is prepared, under another nonce perhaps
  another_is_at_it,  // a session works on it, or ends it, now
};

enum class guard : std::uint8_t { none, unless_there };

struct start {
  beginning is = beginning::another_is_at_it;
  std::unique_ptr<xa_branch> branch;  // begun
  preparation found;                  // there already
};

namespace detail {

[[nodiscard]] inline std::optional<preparation> prepared_of(MYSQL* on, const preparation& like) {
  for (const preparation& found : prepared_in(on)) {
    if (found.xid == like.xid && found.branch == like.branch) return found;
  }
  return std::nullopt;
}

}  // namespace detail

// The session keeps the lock of the branch until it is over or the session ends. It is asked for first: a
// branch that is not listed while nobody has the lock is not prepared, and will not be. `guarded`: none if
// there can be no repetition; then it is not looked for.
[[nodiscard]] inline start begin(const std::shared_ptr<pool>& at, const preparation& as,
                                 pool::instant deadline = pool::instant::max(),
                                 guard guarded = guard::unless_there) {
  (void)xa_name(as);  // throws before a name that is not sound gets into a statement
  bool is_alone = false;
  lease on = at->take_with_lock(lock_name(as), deadline, is_alone);
  if (guarded == guard::unless_there) {
    if (const auto found = detail::prepared_of(on.get(), as)) {
      on.give_back();
      return {.is = beginning::there_already, .branch = nullptr, .found = *found};
    }
  }
  if (!is_alone) {
    on.give_back();
    return {.is = beginning::another_is_at_it, .branch = nullptr, .found = {}};
  }
  return {.is = beginning::begun, .branch = std::make_unique<xa_branch>(at, std::move(on), as), .found = {}};
}

}  // namespace vow::mysql
