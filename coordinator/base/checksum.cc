#include "coordinator/base/checksum.h"

#include <xxhash.h>

namespace vow {

std::uint64_t checksum(std::string_view data, std::uint64_t seed) {
  return XXH3_64bits_withSeed(data.data(), data.size(), seed);
}

}  // namespace vow
