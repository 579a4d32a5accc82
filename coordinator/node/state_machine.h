// The port behind which the replicated state lives. Every replica applies the same commands in the same order
// and must come to the same state and answers: no clock, randomness or iteration order may leak in.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/entry.h"

namespace vow::node {

class StateMachine {
 public:
  // The state at one moment, which stays as it is while the machine goes on. Used on another thread.
  class Frozen {
   public:
    virtual ~Frozen() = default;
    // The next piece of the snapshot; none at the end.
    [[nodiscard]] virtual std::optional<std::string> next_chunk() = 0;
  };

  // A state being rebuilt from the pieces of a snapshot. Used on another thread.
  class Loader {
   public:
    virtual ~Loader() = default;
    // False if the piece makes no sense: the snapshot was written by something else.
    [[nodiscard]] virtual bool take(std::string_view chunk) = 0;
  };

  virtual ~StateMachine() = default;

  // Carries out one command and gives the answer for whoever proposed it.
  virtual std::string apply(storage::LogPosition at, std::string_view command) = 0;
  // All effects of the log up to here are in the state: told after each entry, also those without a command,
  // and after a snapshot is loaded.
  virtual void applied_to(storage::LogPosition /*at*/) {}
  [[nodiscard]] virtual std::unique_ptr<Frozen> freeze() = 0;
  [[nodiscard]] virtual std::unique_ptr<Loader> begin_load() = 0;
  // Becomes what `loaded`, made by begin_load() and fed with a whole snapshot, has rebuilt.
  virtual void adopt(std::unique_ptr<Loader> loaded) = 0;
};

}  // namespace vow::node
