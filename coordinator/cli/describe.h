// A transaction in words: what became of it, what it waits for and why, and what could be done.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "coordinator/cli/json.h"

namespace vow::cli {

// Nothing about it will change any more, but for branches that have yet to confirm.
[[nodiscard]] bool is_decided(std::string_view state);
// Nothing is left to be waited for.
[[nodiscard]] bool is_over(const Json& transaction);

// `transaction` is what GET /v1/transactions/{xid} answers; `now_ms` the time since 1970.
[[nodiscard]] std::string describe(const Json& transaction, std::uint64_t now_ms, bool colour);

}  // namespace vow::cli
