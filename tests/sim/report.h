// The sum of many runs, and how it is told.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/sim/simulation.h"

namespace vow::sim {

struct PlantOutcome {
  std::string plant;
  bool caught = false;
  std::string caught_by;
  std::uint64_t seeds_tried = 0;
};

class Report {
 public:
  void add(const RunResult& result);

  [[nodiscard]] std::uint64_t seeds() const { return seeds_; }
  [[nodiscard]] const std::vector<std::uint64_t>& failed() const { return failed_; }
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] const Sometimes& sometimes() const { return sometimes_; }

  // One object on one line.
  [[nodiscard]] std::string json(const std::optional<PlantOutcome>& plant = {}) const;

 private:
  std::uint64_t seeds_ = 0;
  std::vector<std::uint64_t> failed_;
  Counters counters_;
  Sometimes sometimes_;
};

}  // namespace vow::sim
