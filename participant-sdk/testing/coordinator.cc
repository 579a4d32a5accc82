#include "participant-sdk/testing/coordinator.h"

#include <future>
#include <random>
#include <stdexcept>
#include <utility>

#include "coordinator/base/check.h"
#include "coordinator/dispatch/coordinator_loop.h"
#include "coordinator/node/boot.h"
#include "coordinator/node/disk_thread.h"
#include "coordinator/rpc/handler.h"
#include "coordinator/rpc/server.h"
#include "storage/file_snapshot_store.h"
#include "storage/memory_disk.h"
#include "storage/memory_log_store.h"

namespace vow::testing {
namespace {

using namespace std::chrono_literals;

constexpr NodeId self{1};
constexpr std::size_t io_threads = 1;
// Small, so that it leads soon and deadlines are judged often.
constexpr auto tick = 5ms;

std::uint64_t draw() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

template <class T>
T or_throw(storage::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().what);
  return *std::move(result);
}

// There is nobody else in the cell.
struct Nowhere final : node::Transport {
  void send(node::PeerMessage) override {}
};

dispatch::CoordinatorOptions coordinator_options() {
  dispatch::CoordinatorOptions options;
  options.leadership.finish_after_ms = 0;  // so that what is finished is soon on record
  return options;
}

node::Options node_options() {
  node::Options options;
  options.raft.self = self;
  options.raft.election_ticks = 1;
  return options;
}

}  // namespace

// What outlives a process.
struct Coordinator::Durable {
  // Of a cell of its own, so that nothing of another cluster's is taken for this one's.
  const std::uint32_t cell = static_cast<std::uint32_t>(draw() | 1);
  storage::MemoryLogStore log{storage::Identity{CellId(cell), self}};
  storage::MemoryDisk disk;

  Durable() {
    const auto snapshots = or_throw(storage::FileSnapshotStore::open_on(disk));
    dispatch::Replica first;
    first.found({cell, 1}, {});
    const auto begun = node::bootstrap(*snapshots, first, {.voters = {self}});
    VOW_CHECK(begun.ok(), "a disk in memory refused a snapshot: {}", begun.error().what);
  }
};

// A process. In the order of its making; it ends in the opposite order, but for what is ended by hand.
struct Coordinator::Running {
  Running(Durable& durable, const VirtualClock& clock, std::uint16_t at_port)
      : snapshots(or_throw(storage::FileSnapshotStore::open_on(durable.disk))),
        restored(or_throw(node::recover(durable.log, *snapshots, replica))),
        coordinator(coordinator_options(), replica, Random(draw())),
        loop({.tick = tick}, coordinator, [&clock] { return clock.moment(); }),
        disk(durable.log, *snapshots, [this](node::DiskEvent event) { loop.report(std::move(event)); }),
        server({.port = at_port, .io_threads = io_threads},
               std::make_shared<rpc::Handler>(rpc::HandlerOptions{}, loop, io_threads)) {
    const auto listening = server.start();
    if (!listening) throw std::runtime_error(listening.error());
    address = fmt::format("127.0.0.1:{}", *listening);
    port = *listening;
    coordinator.set_own_addresses({.peer = {}, .client = address, .http = {}});
  }
  ~Running() {
    server.stop();
    loop.stop();
  }

  // Returns once it leads.
  void run() {
    const auto leads = std::make_shared<std::promise<void>>();
    loop.at_turn_end([this, leads, told = false]() mutable {
      if (!told && coordinator.is_leading()) leads->set_value();
      told = told || coordinator.is_leading();
    });
    loop.start(std::make_unique<node::Node>(node_options(), std::move(restored),
                                            node::Node::Ports{nowhere, disk, replica}, Random(draw())));
    leads->get_future().get();
  }

  Nowhere nowhere;
  dispatch::Replica replica;
  std::unique_ptr<storage::FileSnapshotStore> snapshots;
  raft::Restored restored;
  dispatch::NodeCoordinator coordinator;
  dispatch::CoordinatorLoop loop;
  node::DiskThread disk;
  rpc::Server server;
  std::uint16_t port = 0;
  std::string address;
};

Coordinator::Coordinator(const VirtualClock& clock) : clock_(clock), durable_(std::make_unique<Durable>()) {
  start();
}

Coordinator::~Coordinator() = default;

void Coordinator::start() {
  if (running_) return;
  running_ = std::make_unique<Running>(*durable_, clock_, port_);
  port_ = running_->port;
  address_ = running_->address;
  running_->run();
}

void Coordinator::stop() { running_.reset(); }

void Coordinator::on_loop(const std::function<void(dispatch::NodeCoordinator&)>& task) {
  const auto done = std::make_shared<std::promise<void>>();
  const bool posted = running_->loop.post([this, done, &task](dispatch::Coordinator&) {
    task(running_->coordinator);
    done->set_value();
  });
  VOW_CHECK(posted, "the coordinator at {} takes nothing", address_);
  done->get_future().get();
}

}  // namespace vow::testing
