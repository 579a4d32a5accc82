// What must hold of a snapshot store whatever happens to it, asked at every step of installing a snapshot:
// the process dies there, or the disk fails there, and then perhaps the power goes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "storage/snapshot_store.h"

namespace vow::storage {

struct CrashScenario {
  bool has_older = true;  // a snapshot is installed already
  bool receives = false;  // the new one comes from a peer, or else from the local state machine
};

struct CrashReport {
  std::uint64_t runs = 0;
  std::uint64_t kept_older = 0;
  std::uint64_t found_newer = 0;
  std::uint64_t resumed = 0;  // went on with a partial file instead of beginning again
  // The first promise that was broken, and how to see it again.
  std::optional<std::string> violation;
};

// At every step that there is, with this many outcomes each: after it, latest() is the older snapshot or the
// newer one, whole; the newer one if it was acknowledged; it is still there after another power loss; no
// stray file is left; and the same can be done again, successfully.
[[nodiscard]] CrashReport crash_at_every_step(const CrashScenario& scenario, std::uint64_t outcomes);
// The same with each kind of error at every call that there is, instead of death.
[[nodiscard]] CrashReport fail_at_every_call(const CrashScenario& scenario, std::uint64_t outcomes);

}  // namespace vow::storage
