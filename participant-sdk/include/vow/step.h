// The steps that a process takes for a transaction: where tests can end it (testing.h).
#pragma once

#include <cstdint>
#include <string_view>

#include "vow/export.h"

namespace vow {

enum class step : std::uint8_t {
  enlist,       // a branch begins to work
  prepare,      // a branch is prepared in its database
  vote,         // the coordinator is told so
  commit,       // the coordinator is asked to commit
  decide,       // its answer arrives
  end,          // a prepared branch is committed or rolled back in its database
  acknowledge,  // the coordinator is told so
};
[[nodiscard]] VOW_EXPORT std::string_view name(step of);

}  // namespace vow
