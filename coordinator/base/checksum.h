// The one checksum of every format on disk: XXH3, 64 bits, little-endian input.
#pragma once

#include <cstdint>
#include <string_view>

namespace vow {

// `seed` chains: checksum(b, checksum(a)) vouches for b and for what came before it.
[[nodiscard]] std::uint64_t checksum(std::string_view data, std::uint64_t seed = 0);

}  // namespace vow
