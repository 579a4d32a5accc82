// A whole cell over sockets: real nodes, disks, links and meetings, with the plainest replicated state.
#include <algorithm>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "coordinator/node/boot.h"
#include "coordinator/node/disk_thread.h"
#include "coordinator/node/runner.h"
#include "coordinator/rpc/meeting.h"
#include "storage/file_snapshot_store.h"
#include "storage/posix_disk.h"
#include "storage/sqlite_log_store.h"
#include "tests/node/journal_machine.h"
#include "tests/rpc/peer_host.h"
#include "tests/support/temporary_directory.h"

namespace vow::rpc {
namespace {

using namespace std::chrono_literals;

// One process. Its disk and its address outlive it.
class Member {
 public:
  Member(NodeId id, std::uint16_t port, const std::string& directory)
      : id_(id), directory_(directory), host_({.id = id, .cell = CellId(), .port = port}) {
    disk_ = *storage::PosixDisk::open_directory(directory_);
    snapshots_ = *storage::FileSnapshotStore::open_on(*disk_);
  }
  ~Member() {
    host_.service->stop_delivery();
    runner_.stop();
  }

  // A new disk's beginning: the members meet, or wait for a member that calls.
  void begin(const PeerList& initial) {
    const MeetingOptions options{.self = id_,
                                 .initial = initial,
                                 .process = id_.value(),
                                 .ask_every_ms = 5,
                                 .log = [](const std::string&) {}};
    const std::atomic<bool> stop = false;
    const auto met = initial.empty() ? wait_to_be_added(options, *host_.service, stop)
                                     : hold_meeting(options, *host_.service, stop);
    ASSERT_TRUE(met.ok() && met->has_value());
    const BeginCell& beginning = **met;
    raft::Configuration configuration;
    if (beginning.with_first_members) {
      for (const auto& [node, address] : beginning.cell.members) configuration.voters.insert(node);
    }
    ASSERT_TRUE(storage::SqliteLogStore::create(place(), identity(beginning.cell)).ok());
    ASSERT_TRUE(node::bootstrap(*snapshots_, machine_, configuration).ok());
    cell = beginning.cell;
  }

  void run(const FormedCell& formed) {
    cell = formed;
    host_.links->set_cell(CellId(cell.identity.cell));
    log_ = *storage::SqliteLogStore::open(place(), identity(cell));
    auto restored = node::recover(*log_, *snapshots_, machine_);
    ASSERT_TRUE(restored.ok());
    lanes_ = std::make_unique<node::DiskThread>(
        *log_, *snapshots_, [this](node::DiskEvent event) { runner_.report(std::move(event)); });
    node::Options options{.raft = {.self = id_}};
    options.snapshot_entries = 20;
    options.log_keep_entries = 5;
    runner_.start(std::make_unique<node::Node>(options, *std::move(restored),
                                               node::Node::Ports{*host_.links, *lanes_, machine_},
                                               Random(id_.value())));
    host_.service->start_delivery(*host_.links, [this](std::vector<node::PeerMessage> messages) {
      return runner_.post([messages = std::move(messages)](node::Node& node) {
        for (const node::PeerMessage& message : messages) node.receive(message);
      });
    });
    know(cell);
  }
  // As after a change of the members.
  void know(const FormedCell& formed) {
    cell = formed;
    host_.links->set_peers(cell.members);
    host_.service->set_meet_answer(formed_answer(id_, cell));
  }

  // What `question` answers on the loop.
  template <class Answer>
  Answer ask(std::function<Answer(node::Node&)> question) {
    std::promise<Answer> answer;
    auto future = answer.get_future();
    EXPECT_TRUE(runner_.post([&](node::Node& node) { answer.set_value(question(node)); }));
    return future.get();
  }
  [[nodiscard]] std::vector<std::string> journal() {
    return ask<std::vector<std::string>>([this](node::Node&) { return machine_.journal(); });
  }
  [[nodiscard]] bool leads() {
    return ask<bool>([](node::Node& node) { return node.raft().status().ready; });
  }
  PeerHost& host() { return host_; }
  node::Runner& runner() { return runner_; }

  FormedCell cell;

 private:
  [[nodiscard]] storage::LogPlace place() const { return {*disk_, directory_ + "/", nullptr}; }
  [[nodiscard]] storage::Identity identity(const FormedCell& of) const {
    return {CellId(of.identity.cell), id_};
  }

  const NodeId id_;
  const std::string directory_;
  PeerHost host_;
  node::JournalMachine machine_;  // used on the loop
  std::unique_ptr<storage::PosixDisk> disk_;
  std::unique_ptr<storage::SqliteLogStore> log_;
  std::unique_ptr<storage::FileSnapshotStore> snapshots_;
  node::Runner runner_{{.tick = 20ms}};
  std::unique_ptr<node::DiskThread> lanes_;
};

class PeerCluster : public ::testing::Test {
 protected:
  void SetUp() override {
    PeerList initial;
    for (std::size_t i = 0; i < 3; ++i) {
      add_machine();
      initial.insert(member(i).host().address());
    }
    std::vector<std::thread> starting;
    for (std::size_t i = 0; i < 3; ++i)
      starting.emplace_back([this, i, &initial] { member(i).begin(initial); });
    for (std::thread& each : starting) each.join();
    for (std::size_t i = 0; i < 3; ++i) ASSERT_EQ(member(i).cell, member(0).cell);
    cell_ = member(0).cell;
    for (std::size_t i = 0; i < 3; ++i) member(i).run(cell_);
  }

  // A new machine with an empty disk, and a process that does not take part yet.
  void add_machine() {
    directories_.push_back(std::make_unique<vow::testing::TemporaryDirectory>());
    members_.push_back(std::make_unique<Member>(id(members_.size()), 0, directories_.back()->path()));
    ports_.push_back(members_.back()->host().port);
  }
  static NodeId id(std::size_t i) { return NodeId(100 + i); }
  Member& member(std::size_t i) { return *members_.at(i); }
  void stop(std::size_t i) { members_.at(i).reset(); }
  void restart(std::size_t i) {
    members_.at(i) = std::make_unique<Member>(id(i), ports_.at(i), directories_.at(i)->path());
    member(i).run(cell_);
  }

  [[nodiscard]] std::size_t leader() {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
      for (std::size_t i = 0; i < members_.size(); ++i) {
        if (members_[i] && member(i).leads()) return i;
      }
      std::this_thread::yield();
    }
    throw std::runtime_error("nobody leads");
  }
  // Tries until a leader has done it. (One that loses leadership meanwhile may have done it too.)
  void until_done(const std::function<void(node::Node&, node::CommandDone)>& request) {
    while (true) {
      auto result = std::make_shared<std::promise<node::CommandResult>>();
      auto future = result->get_future();
      ASSERT_TRUE(member(leader()).runner().post([&request, result](node::Node& node) {
        request(node, [result](const node::CommandResult& each) { result->set_value(each); });
      }));
      ASSERT_EQ(future.wait_for(patience), std::future_status::ready);
      if (future.get().outcome == node::Outcome::done) return;
    }
  }
  // A command each; a command that was tried twice may be there twice.
  void submit(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string command = "command " + std::to_string(++submitted_);
      until_done(
          [&](node::Node& node, node::CommandDone done) { node.submit(Payload(command), std::move(done)); });
    }
  }
  // All that was done is everywhere, in the same order.
  void expect_agreement() {
    std::vector<std::string> expected = member(leader()).journal();
    std::vector<std::string> once = expected;
    once.erase(std::unique(once.begin(), once.end()), once.end());
    ASSERT_EQ(once.size(), submitted_);
    for (std::size_t i = 0; i < members_.size(); ++i) {
      ASSERT_TRUE(member(i).host().wait([&] { return member(i).journal() == expected; }))
          << "at member " << i;
    }
  }

  std::vector<std::unique_ptr<vow::testing::TemporaryDirectory>> directories_;
  std::vector<std::uint16_t> ports_;
  std::vector<std::unique_ptr<Member>> members_;
  FormedCell cell_;
  std::size_t submitted_ = 0;
};

TEST_F(PeerCluster, FoundsACellElectsALeaderAndReplicates) {
  EXPECT_EQ(cell_.identity, identity_of({id(0), id(1), id(2)}));
  submit(100);
  expect_agreement();
}

TEST_F(PeerCluster, GoesOnWithoutItsLeaderAndTakesItBack) {
  submit(5);
  const std::size_t first = leader();
  stop(first);
  submit(5);
  EXPECT_NE(leader(), first);
  restart(first);
  submit(5);
  expect_agreement();
}

TEST_F(PeerCluster, KeepsEverythingWhenAllAreRestarted) {
  submit(30);
  for (std::size_t i = 0; i < 3; ++i) stop(i);
  for (std::size_t i = 0; i < 3; ++i) restart(i);
  submit(1);
  expect_agreement();
}

TEST_F(PeerCluster, BringsUpAMemberThatMissedTooMuchByASnapshot) {
  submit(5);
  const std::size_t away = (leader() + 1) % 3;
  const auto had = member(away).ask<Index>([](node::Node& node) { return node.raft().log().last().index; });
  stop(away);
  submit(100);
  const auto kept =
      member(leader()).ask<Index>([](node::Node& node) { return node.raft().log().base().index; });
  ASSERT_GT(kept, had) << "nobody has the entries any more that it lacks";
  restart(away);
  expect_agreement();
}

TEST_F(PeerCluster, TakesANodeInThatWaitsToBeAdded) {
  submit(100);
  add_machine();
  std::thread joining([this] { member(3).begin({}); });
  cell_.members.emplace(id(3), member(3).host().address());
  for (std::size_t i = 0; i < 3; ++i) member(i).know(cell_);
  raft::Membership wanted{.voters = {id(0), id(1), id(2)}, .learners = {id(3)}};
  until_done(
      [&](node::Node& node, node::CommandDone done) { node.change_membership(wanted, std::move(done)); });
  joining.join();
  EXPECT_EQ(member(3).cell, cell_);
  member(3).run(member(3).cell);
  submit(10);
  expect_agreement();
}

}  // namespace
}  // namespace vow::rpc
