#include "tests/sim/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vow::sim {

void Report::add(const RunResult& result) {
  ++seeds_;
  if (result.failed) failed_.push_back(result.seed);
  counters_.add(result.counters);
  sometimes_.add(result.rare);
}

std::string Report::json(const std::optional<PlantOutcome>& plant) const {
  std::string text = fmt::format(
      R"({{"seeds":{},"failed":[{}],"transactions":{},"committed":{},"aborted":{},"operations":{},"entries":{},)"
      R"("crashes":{},"partitions":{},"disk_faults":{},"snapshot_installs":{},"membership_changes":{},)"
      R"("virtual_seconds":{},"elections":{})",
      seeds_, fmt::join(failed_, ","), counters_.transactions, counters_.transactions_committed,
      counters_.transactions_rolled_back, counters_.operations, counters_.entries, counters_.crashes,
      counters_.partitions, counters_.disk_faults, counters_.snapshot_installs, counters_.membership_changes,
      counters_.virtual_us / second, counters_.elections);
  if (plant) {
    text += fmt::format(R"(,"plant":"{}","caught":{},"caught_by":"{}","seeds_tried":{})", plant->plant,
                        plant->caught, plant->caught_by, plant->seeds_tried);
  }
  return text + "}";
}

}  // namespace vow::sim
