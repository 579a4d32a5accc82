// What the SDK has to tell while it works. It writes nothing by itself.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "vow/export.h"

namespace vow {

// `warning`: it is tried again by itself. `error`: somebody should look.
enum class log_level : std::uint8_t { debug, info, warning, error };
[[nodiscard]] VOW_EXPORT std::string_view name(log_level level);

// Called on any thread, also on several at once. It may not throw, nor call the SDK.
using log_handler = std::function<void(log_level level, std::string_view message)>;

}  // namespace vow
