// Durations and sizes as people write them: `250ms`, `10s`, `2m`, `24h`; `512`, `64MB` (10^6), `1GiB` (2^30).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vow::cli {

// A whole number in decimal digits; none if it is anything else, or does not fit.
[[nodiscard]] std::optional<std::uint64_t> parse_count(std::string_view text);

// A number needs its unit, but for 0.
[[nodiscard]] std::optional<std::uint64_t> parse_duration_ms(std::string_view text);
[[nodiscard]] std::optional<std::uint64_t> parse_size_bytes(std::string_view text);

// In the largest unit that says it exactly; read back they give the same number.
[[nodiscard]] std::string format_duration(std::uint64_t ms);
[[nodiscard]] std::string format_size(std::uint64_t bytes);

// For people, rounded: `3.4s`, `2m 10s`.
[[nodiscard]] std::string about(std::uint64_t ms);

}  // namespace vow::cli
