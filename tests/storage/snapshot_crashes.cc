#include "tests/storage/snapshot_crashes.h"

#include <fmt/format.h>

#include "storage/snapshot_names.h"
#include "tests/storage/snapshot_samples.h"
#include "tests/support/faulty_disk.h"

namespace vow::storage {
namespace {

using vow::testing::FaultyDisk;
using vow::testing::Trouble;

constexpr std::size_t piece_bytes = 700;

// One run: install the newer snapshot, be struck, look at what is left.
class Run {
 public:
  Run(const CrashScenario& scenario, std::uint64_t seed, CrashReport& report)
      : scenario_(scenario), seed_(seed), report_(report), disk_(Random(seed)) {
    store_ = open_store(disk_);
    if (scenario.has_older) older_ = must_install(*store_, sample(10));
  }

  FaultyDisk& disk() { return disk_; }

  void install_newer() { acknowledged_ = try_install(); }

  // Empty if every promise was kept.
  std::string broken_promise() {
    if (auto broken = come_back(); !broken.empty()) return broken;
    if (auto broken = check_latest(); !broken.empty()) return broken;
    if (auto broken = check_files(); !broken.empty()) return broken;
    const bool answered_newer = has_newer();
    ++(answered_newer ? report_.found_newer : report_.kept_older);
    // What was answered once must stay, also if the power goes only now; a withdrawn one may return.
    if (seed_ % 8 >= 4)
      if (auto broken = lose_power_later(); !broken.empty()) return broken;
    if (answered_newer && !has_newer()) return "after a power loss later what latest() had answered was gone";
    note_resumption();
    acknowledged_ = try_install();
    if (!acknowledged_) return "the same could not be done again";
    return lose_power_later();
  }

 private:
  bool try_install() {
    const auto done = scenario_.receives ? send(*store_, newer_, piece_bytes) : install(*store_, sample(20));
    return done.ok() && done->id == newer_.id;
  }

  // After kill -9 or a power loss.
  std::string come_back() {
    if (seed_ % 4 == 1) disk_.lose_power(FaultyDisk::PowerLoss::drop_all);
    if (seed_ % 4 >= 2) disk_.lose_power();
    if (seed_ % 4 == 0) disk_.crash_process();
    disk_.heal();
    return reopen();
  }

  std::string lose_power_later() {
    disk_.lose_power();
    auto broken = reopen();
    if (broken.empty()) broken = check_latest();
    return broken.empty() ? broken : "after a power loss later: " + broken;
  }

  std::string reopen() {
    store_.reset();
    auto opened = FileSnapshotStore::open_on(disk_);
    if (!opened.ok()) return "the store could not be opened: " + opened.error().what;
    store_ = std::move(opened).value();
    return {};
  }

  std::string check_latest() {
    const auto latest = store_->latest();
    if (!latest.ok()) return "latest() failed: " + latest.error().what;
    if (!latest->has_value()) {
      if (older_ || acknowledged_) return "the snapshot is gone";
      return {};
    }
    const SnapshotId id = (*latest)->id;
    const bool is_newer = id == newer_.id;
    if (!is_newer && !(older_ && id == older_->id)) return "an unknown snapshot";
    if (!is_newer && acknowledged_) return "the older snapshot after the newer one was acknowledged";
    const auto content = read_back(*store_, id);
    if (!content.ok()) return "it cannot be read: " + content.error().what;
    if (*content != sample(is_newer ? 20 : 10)) return "it has other content";
    return {};
  }

  bool has_newer() {
    const auto latest = must_have_latest(*store_);
    return latest && latest->id == newer_.id;
  }

  std::string check_files() {
    std::uint64_t partials = 0;
    std::uint64_t installed = 0;
    for (const std::string& name : disk_.names()) {
      const bool is_partial = snapshot_names::parse_partial(name).has_value();
      const bool is_installed = snapshot_names::parse_installed(name).has_value();
      if (!is_partial && !is_installed) return "a stray file: " + name;
      partials += is_partial ? 1 : 0;
      installed += is_installed ? 1 : 0;
    }
    if (installed > 1 || partials > 1) return "more than one file of a kind";
    return {};
  }

  void note_resumption() {
    if (!scenario_.receives) return;
    const auto received = store_->receive(newer_.id, newer_.id.size, "");
    if (received.ok() && !received->installed && received->offset > 0) ++report_.resumed;
  }

  CrashScenario scenario_;
  std::uint64_t seed_;
  CrashReport& report_;
  FaultyDisk disk_;
  std::unique_ptr<FileSnapshotStore> store_;
  std::optional<SnapshotMeta> older_;
  PeerFile newer_ = peer_file(sample(20));
  bool acknowledged_ = false;
};

// Strikes later and later, until the work is done before the blow.
template <class Plan, class Struck>
void strike_everywhere(const CrashScenario& scenario, std::uint64_t outcomes, CrashReport& report,
                       std::string_view what, Plan plan, Struck struck) {
  for (std::uint64_t spare = 0;; ++spare) {
    bool any = false;
    for (std::uint64_t seed = 0; seed < outcomes; ++seed) {
      Run run(scenario, seed, report);
      plan(run.disk(), spare);
      run.install_newer();
      any = any || struck(run.disk());
      ++report.runs;
      const std::string broken = run.broken_promise();
      if (broken.empty() || report.violation) continue;
      report.violation = fmt::format("{} after {} calls, outcome {}: {}", what, spare, seed, broken);
    }
    if (!any || report.violation) return;
  }
}

}  // namespace

CrashReport crash_at_every_step(const CrashScenario& scenario, std::uint64_t outcomes) {
  CrashReport report;
  strike_everywhere(
      scenario, outcomes, report, "death",
      [](FaultyDisk& disk, std::uint64_t spare) { disk.halt_after(spare); },
      [](const FaultyDisk& disk) { return disk.halted(); });
  return report;
}

CrashReport fail_at_every_call(const CrashScenario& scenario, std::uint64_t outcomes) {
  CrashReport report;
  for (std::size_t trouble = 0; trouble < vow::testing::trouble_count; ++trouble)
    strike_everywhere(
        scenario, outcomes, report, fmt::format("trouble {}", trouble),
        [&](FaultyDisk& disk, std::uint64_t spare) { disk.inject(static_cast<Trouble>(trouble), spare); },
        [](const FaultyDisk& disk) { return disk.counters().faults > 0; });
  return report;
}

}  // namespace vow::storage
