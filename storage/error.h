// What storage can answer instead of success: one kind for each way the caller can react.
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/base/result.h"

namespace vow::storage {

enum class Fault : std::uint8_t {
  no_space,        // nothing was changed: step down, and try the same again when there is room
  failed,          // a write, read or sync failed; what is on the disk is uncertain: stop, do not retry
  damaged,         // what is on the disk is not what was written: refuse to start, repair from peers
  wrong_identity,  // the store belongs to another node or cell: refuse to start
  wrong_version,   // written by a Vow that this one does not understand: refuse to start
  absent,          // there is no store, or no such snapshot
};

struct Error {
  Fault fault = Fault::failed;
  std::string what;  // what failed, where, why, and what to do
};

template <class T>
using Result = vow::Result<T, Error>;

[[nodiscard]] inline Failure<Error> failure(Fault fault, std::string what) {
  return {Error{fault, std::move(what)}};
}

}  // namespace vow::storage
