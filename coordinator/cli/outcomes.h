// Asks a cell what became of transactions, as a watcher: nothing is settled by it.
//
// Any member leads to the leader; whoever leads is asked, since of the transactions of its own term no other
// can tell.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/base/endpoint.h"
#include "coordinator/cli/complaint.h"

#include "vow/branch.h"

namespace vow::cli {

enum class Outcome : std::uint8_t {
  committed,
  rolled_back,
  open,       // not decided yet
  not_ours,   // of another cell, or of an incarnation that this one does not know
  not_known,  // nobody remembers, or nobody could say in time
};
[[nodiscard]] const char* name(Outcome outcome);

class CellAsked {
 public:
  // Finds the leader; throws CommandFailed if nobody says who leads within `patience`.
  explicit CellAsked(std::vector<Endpoint> at, std::chrono::milliseconds patience = std::chrono::seconds(5));

  // Its number, which xids bear.
  [[nodiscard]] std::uint32_t cell() const { return cell_; }
  // Of exactly these preparations, in this order. Throws CommandFailed if the leader is lost for longer than
  // the patience.
  [[nodiscard]] std::vector<Outcome> outcomes(const std::vector<preparation>& of);

 private:
  void find_leader(std::chrono::steady_clock::time_point until);
  // True if it leads; then `leader_` is set. Otherwise `hint` is who it says does.
  [[nodiscard]] bool try_leader(const Endpoint& at, std::string& hint);
  [[nodiscard]] std::vector<Outcome> ask(const std::vector<preparation>& some);
  [[nodiscard]] CommandFailed nobody_says() const;

  const std::vector<Endpoint> at_;
  const std::chrono::milliseconds patience_;
  Endpoint leader_;
  std::uint32_t cell_ = 0;
  std::string problem_;
};

}  // namespace vow::cli
