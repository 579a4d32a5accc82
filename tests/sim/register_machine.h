// The replicated state of the simulation: a few registers, what was done to them counted and chained into the
// hash, so that a command applied twice, left out or in another order shows.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "coordinator/node/state_machine.h"
#include "tests/sim/history.h"

namespace vow::sim {

// One try of one operation at one node. Each has a number of its own, so that the log can be searched for it.
struct Command {
  std::uint64_t attempt = 0;
  Operation operation;
  std::uint32_t padding = 0;  // bytes that only make entries large
};
[[nodiscard]] std::string encode(const Command& command);
[[nodiscard]] std::optional<Command> decode_command(std::string_view bytes);

// What a command answers: whether it was a swap that swapped, and the value it found.
struct Answer {
  bool swapped = false;
  Value found = 0;
};
[[nodiscard]] std::string encode(const Answer& answer);
[[nodiscard]] std::optional<Answer> decode_answer(std::string_view bytes);

struct Registers {
  std::map<Key, Value> values;
  std::uint64_t applied = 0;  // commands
  std::uint64_t chain = 0;    // checksum over all of them, with their positions
  std::uint64_t ballast = 0;  // bytes that only make snapshots large

  [[nodiscard]] std::uint64_t hash() const;
};

class RegisterMachine final : public node::StateMachine {
 public:
  explicit RegisterMachine(std::uint64_t ballast) { registers_.ballast = ballast; }

  std::string apply(storage::LogPosition at, std::string_view command) override;
  [[nodiscard]] std::unique_ptr<Frozen> freeze() override;
  [[nodiscard]] std::unique_ptr<Loader> begin_load() override;
  void adopt(std::unique_ptr<Loader> loaded) override;

  [[nodiscard]] Value get(Key key) const;
  [[nodiscard]] std::uint64_t hash() const { return registers_.hash(); }

 private:
  Registers registers_;
};

}  // namespace vow::sim
