// The state of a cell in pieces, out to a snapshot and back in. docs/formats/state.md lists what is in them.
//
// Writing reads a frozen view, on another thread, while the machine goes on: taking the view costs the loop a
// pointer for each page of decisions, however many there are.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "coordinator/machine/machine.h"

namespace vow::machine {

class SnapshotWriter {
 public:
  explicit SnapshotWriter(Machine::Frozen frozen) : frozen_(std::move(frozen)) {}
  // The next piece; none at the end.
  [[nodiscard]] std::optional<std::string> next_piece();

 private:
  [[nodiscard]] std::string head() const;
  [[nodiscard]] std::string decisions();
  [[nodiscard]] std::string bits();

  enum class Next : std::uint8_t { head, decisions, bits, end };
  Machine::Frozen frozen_;
  Next next_ = Next::head;
  std::size_t slot_ = 0;
};

class SnapshotReader {
 public:
  explicit SnapshotReader(const txn::DecisionOptions& options)
      : machine_(std::make_unique<Machine>(options)) {}
  // False if the piece makes no sense.
  [[nodiscard]] bool take(std::string_view piece);
  // The whole, once all pieces were taken.
  [[nodiscard]] std::unique_ptr<Machine> finish();

 private:
  bool take_head(std::string_view piece);
  bool take_decisions(std::string_view piece);
  bool take_bits(std::string_view piece);

  std::unique_ptr<Machine> machine_;
  bool has_head_ = false;
};

}  // namespace vow::machine
