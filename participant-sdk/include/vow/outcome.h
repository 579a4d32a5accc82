// What can be said of a transaction.
#pragma once

#include <cstdint>
#include <string_view>

#include "vow/export.h"

namespace vow {

enum class outcome : std::uint8_t {
  // It is committed everywhere, or will be: nothing can change that any more.
  committed,
  // It is rolled back everywhere, or will be: likewise.
  rolled_back,
  // Not known here, not yet. client::wait() finds out.
  unknown,
};
[[nodiscard]] VOW_EXPORT std::string_view name(outcome of);

// How a branch keeps its vow.
enum class mode : std::uint8_t {
  xa,  // by the database's own prepared transaction
};

}  // namespace vow
