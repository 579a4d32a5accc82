// A seeded source of random numbers (xoshiro256**): the same seed gives the same numbers on every machine.
// Whoever needs randomness is handed one of these; nothing reads a random device by itself.
#pragma once

#include <array>
#include <cstdint>

#include "coordinator/base/check.h"

namespace vow {

class Random {
 public:
  explicit Random(std::uint64_t seed);

  std::uint64_t next();
  // Uniform in [0, bound).
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [low, high], both included.
  std::uint64_t between(std::uint64_t low, std::uint64_t high);
  // True with this probability.
  bool chance(double probability);
  // A source of its own, whose numbers do not depend on how many are drawn here later.
  Random fork() { return Random(next()); }

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace vow
