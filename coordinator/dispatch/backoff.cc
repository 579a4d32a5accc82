#include "coordinator/dispatch/backoff.h"

#include <algorithm>

namespace vow::dispatch {

std::uint64_t backoff_ms(const BackoffOptions& options, std::uint32_t failures, Random& random) {
  VOW_CHECK(failures > 0, "nothing has failed");
  std::uint64_t longest_ms = std::max<std::uint64_t>(options.first_ms, 1);
  for (std::uint32_t n = 1; n < failures && longest_ms < options.cap_ms; ++n) longest_ms *= 2;
  longest_ms = std::clamp<std::uint64_t>(longest_ms, 1, std::max<std::uint64_t>(options.cap_ms, 1));
  return random.between((longest_ms + 1) / 2, longest_ms);
}

}  // namespace vow::dispatch
