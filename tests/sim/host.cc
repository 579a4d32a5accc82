#include "tests/sim/host.h"

#include <algorithm>
#include <utility>

#include "coordinator/node/boot.h"
#include "storage/file_snapshot_store.h"
#include "tests/sim/violation.h"

namespace vow::sim {
namespace {

constexpr CellId cell{1};

}  // namespace

Host::Host(Surroundings around, NodeId id, Promised& promised, Random random)
    : around_(around),
      world_(around.world),
      id_(id),
      promised_(promised),
      random_(random),
      born_(world_.clock.now()),
      log_medium_(world_.options.sqlite ? sqlite_medium(random_.fork()) : memory_medium()),
      snapshot_disk_(std::make_unique<testing::FaultyDisk>(random_.fork())),
      clock_(world_, random_.below(1'000'000)) {}

void Host::format(const raft::Configuration& configuration, bool founds) {
  const auto formatted = log_medium_->format({cell, id_});
  VOW_CHECK(formatted.ok(), "a new log cannot be created: {}", formatted.error().what);
  auto snapshots = storage::FileSnapshotStore::open_on(*snapshot_disk_);
  VOW_CHECK(snapshots.ok(), "a new snapshot store cannot be opened: {}", snapshots.error().what);
  const auto beginning = around_.programs.make_beginning(founds);
  const auto begun = node::bootstrap(**snapshots, beginning->machine(), configuration);
  VOW_CHECK(begun.ok(), "a new disk cannot be given its beginning: {}", begun.error().what);
  const auto first = (*snapshots)->latest();
  VOW_CHECK(first.ok() && first->has_value(), "a new disk has no snapshot");
  beginning_ = (*first)->id.at;
}

Host::Start Host::start() {
  VOW_CHECK(state_ == State::down, "node {} is not down", id_.value());
  const Start result = boot();
  if (result != Start::done) {
    world_.trace.line("node {} does not start: {}", id_.value(),
                      result == Start::later ? "later" : "refused");
    end_process();
    log_medium_->crash(Crash::process);
    snapshot_disk_->crash_process();
    if (result == Start::later) world_.happened(Rare::start_failed);
    return result;
  }
  if (tainted_) world_.happened(Rare::damage_survived);
  state_ = State::running;
  held_.clear();
  turn_scheduled_ = false;
  log_refused_ = false;
  world_.trace.line("node {} started at {}, {}", id_.value(), raft::describe(node_->applied()),
                    describe(promised_.durable));
  around_.network.attach(id_, [this](const node::PeerMessage& message) {
    note_chunk(message);
    input([message](node::Node& node) { node.receive(message); });
  });
  around_.checker.started(view());
  schedule_tick();
  return result;
}

Host::Start Host::boot() {
  ++life_;
  auto log = log_medium_->open({cell, id_});
  if (!log) return consequence(log.error());
  auto found = image_of(**log);
  if (!found) return consequence(found.error());
  if (!keeps_promise(*found)) {
    throw Violation(
        "a log holds exactly what was acknowledged, and a batch that was cut off wholly or not at all",
        fmt::format("node {} found {}; it had promised {}, with {} writes in doubt", id_.value(),
                    describe(*found), describe(promised_.durable), promised_.doubtful.size()));
  }
  promised_ = {*std::move(found), {}};
  log_ = std::make_unique<ImagedLogStore>(world_, **log, promised_);

  auto snapshots = storage::FileSnapshotStore::open_on(*snapshot_disk_);
  if (!snapshots) return consequence(snapshots.error());
  snapshots_ = *std::move(snapshots);
  program_ = around_.programs.make(id_, random_.fork());
  machine_ = std::make_unique<ObservedMachine>(program_->machine(), observers());
  auto restored = node::recover(*log_, *snapshots_, *machine_);
  if (!restored) return consequence(restored.error());
  if (restored->snapshot.index < promised_snapshot_) {
    throw Violation("an installed snapshot stays",
                    fmt::format("node {} found a snapshot at {} after one at {} was installed", id_.value(),
                                restored->snapshot.index.value(), promised_snapshot_.value()));
  }
  disk_ = std::make_unique<SimDisk>(world_, random_.fork(), SimDisk::Stores{*log_, *snapshots_},
                                    [this](node::DiskEvent event) { disk_event(std::move(event)); });
  disk_->set_slowness(slowness_);
  node::Options options = world_.options.node;
  options.raft.self = id_;
  node_ = std::make_unique<node::Node>(options, *std::move(restored),
                                       node::Node::Ports{*this, *disk_, *machine_}, random_.fork());
  program_->attach(*node_);
  program_->wake(clock_.now());
  return Start::done;
}

ObservedMachine::Observers Host::observers() {
  const auto applying = [this](storage::LogPosition at, std::string_view command) {
    around_.checker.applying(view(), at);
    around_.programs.applying(at, command);
  };
  const auto applied_to = [this](storage::LogPosition at) {
    if (at.index.value() % around_.programs.compare_every() == 0)
      around_.checker.applied_to(id_, at, program_->digest());
  };
  return {applying, applied_to};
}

// The node first: whoever waits for an answer of it lives on.
void Host::end_process() {
  program_.reset();
  node_.reset();
  disk_.reset();
  machine_.reset();
  log_.reset();
  snapshots_.reset();
}

bool Host::keeps_promise(const LogImage& found) {
  if (found == promised_.durable) {
    if (!promised_.doubtful.empty()) world_.happened(Rare::doubtful_write_lost);
    return true;
  }
  if (promised_.doubtful.empty()) return false;
  LogImage after = promised_.durable;
  for (const storage::LogWrite& write : promised_.doubtful) after.carry_out(write);
  if (found != after) return false;
  world_.happened(Rare::doubtful_write_survived);
  return true;
}

// A bit may have flipped in the very number that says how to read the rest.
bool Host::is_explained_by_damage(const storage::Error& error) const {
  const bool refused = error.fault == storage::Fault::damaged || error.fault == storage::Fault::wrong_version;
  return tainted_ && refused;
}

// What an error at the start means, given what was done to the disk.
Host::Start Host::consequence(const storage::Error& error) {
  world_.trace.line("node {}: {}", id_.value(), error.what);
  if (is_explained_by_damage(error)) {
    world_.happened(Rare::damage_refused_at_start);
    return Start::refused;
  }
  const bool may_pass = error.fault == storage::Fault::failed || error.fault == storage::Fault::no_space;
  if (may_pass || reads_fail_) return Start::later;
  throw Violation("a disk that nobody damaged is not refused",
                  fmt::format("node {} does not start: {}", id_.value(), error.what));
}

void Host::crash(Crash how) {
  if (!is_alive()) return;
  world_.trace.line("node {} {}", id_.value(), how == Crash::process ? "crashes" : "loses power");
  world_.happened(how == Crash::process ? Rare::crash : Rare::power_loss);
  if (leads()) world_.happened(Rare::crash_of_leader);
  ++world_.counters.crashes;
  if (disk_->is_writing_log() && random_.chance(0.7)) {
    world_.happened(Rare::crash_during_log_write);
    log_medium_->cut_next_write(random_);
    disk_->rush_log();
  }
  if (disk_->is_at_snapshot() && random_.chance(0.7)) {
    world_.happened(Rare::crash_during_snapshot);
    snapshot_disk_->halt_after(random_.below(12));
    disk_->rush_snapshot();
  }
  around_.network.detach(id_);
  around_.checker.ended(id_);
  receiving_ = false;
  ++life_;
  disk_->die();
  if (how == Crash::process)
    snapshot_disk_->crash_process();
  else
    snapshot_disk_->lose_power();
  end_process();
  log_medium_->crash(how);
  held_.clear();
  state_ = State::down;
}

void Host::pause() {
  if (state_ != State::running) return;
  world_.trace.line("node {} is paused", id_.value());
  world_.happened(Rare::pause);
  if (leads()) world_.happened(Rare::pause_of_leader);
  state_ = State::paused;
}

void Host::resume() {
  if (state_ != State::paused) return;
  world_.trace.line("node {} goes on", id_.value());
  state_ = State::running;
  std::deque<std::function<void(node::Node&)>> held = std::exchange(held_, {});
  for (const auto& each : held) feed(each);
}

void Host::lose() {
  if (state_ == State::lost) return;
  crash(Crash::process);
  world_.trace.line("node {} has lost its disk", id_.value());
  state_ = State::lost;
}

void Host::send(node::PeerMessage message) { around_.network.send(message); }

void Host::set_slowness(std::uint64_t factor) {
  slowness_ = factor;
  if (disk_) disk_->set_slowness(factor);
}

void Host::set_reads_fail() {
  reads_fail_ = true;
  log_medium_->fail_reads();
  snapshot_disk_->set_rate(testing::Trouble::read_error, 0.3);
  snapshot_disk_->set_rate(testing::Trouble::short_read, 0.3);
}

void Host::heal() {
  reads_fail_ = false;
  clock_percent_ = 100;
  clock_.heal();
  set_slowness(1);
  log_medium_->heal();
  snapshot_disk_->heal();
}

bool Host::flip_bit() {
  if (state_ == State::lost) return false;
  const bool in_log = random_.chance(0.6);
  const bool flipped = (in_log && log_medium_->flip_bit(random_)) || flip_any_bit(*snapshot_disk_, random_);
  if (!flipped) return false;
  tainted_ = true;
  world_.happened(Rare::bit_flipped);
  world_.trace.line("a bit of node {}'s disk flips", id_.value());
  return true;
}

bool Host::leads() const { return node_ && node_->raft().leadership().role == raft::Role::leader; }

std::uint64_t Host::disk_faults() const {
  return log_medium_->faults() + snapshot_disk_->counters().faults + (tainted_ ? 1 : 0);
}

}  // namespace vow::sim
