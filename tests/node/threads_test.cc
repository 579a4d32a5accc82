// The node as it runs in the product: its loop, its disk's lanes and its stores, each on threads of their
// own.
#include <atomic>
#include <future>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "coordinator/node/boot.h"
#include "coordinator/node/disk_thread.h"
#include "coordinator/node/runner.h"
#include "storage/file_snapshot_store.h"
#include "storage/posix_disk.h"
#include "storage/sqlite_log_store.h"
#include "tests/node/journal_machine.h"
#include "tests/support/temporary_directory.h"

namespace vow::node {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 30s;

class Server;
using Servers = std::map<NodeId, std::unique_ptr<Server>>;

// Hands a message over to the other's loop. If that has too much to do, the message is lost.
class Post final : public Transport {
 public:
  explicit Post(Servers& servers) : servers_(servers) {}
  void send(PeerMessage message) override;

 private:
  Servers& servers_;
};

class Server {
 public:
  Server(NodeId id, const raft::Configuration& members, Servers& servers) : transport_(servers) {
    disk_ = *storage::PosixDisk::open_directory(directory_.path());
    const storage::LogPlace place{*disk_, directory_.path() + "/"};
    const storage::Identity identity{CellId(1), id};
    EXPECT_TRUE(storage::SqliteLogStore::create(place, identity).ok());
    log_ = *storage::SqliteLogStore::open(place, identity);
    snapshots_ = *storage::FileSnapshotStore::open_on(*disk_);
    EXPECT_TRUE(bootstrap(*snapshots_, machine_, members).ok());
    auto restored = recover(*log_, *snapshots_, machine_);
    lanes_ = std::make_unique<DiskThread>(*log_, *snapshots_,
                                          [this](DiskEvent e) { runner_.report(std::move(e)); });
    Options options{.raft = {.self = id, .election_ticks = 30}};  // a busy machine deposes nobody
    options.snapshot_entries = 20;
    options.log_keep_entries = 5;
    node_ = std::make_unique<Node>(options, *std::move(restored), Node::Ports{transport_, *lanes_, machine_},
                                   Random(id.value()));
  }
  ~Server() { stop(); }

  void start() { runner_.start(std::move(node_)); }
  void stop() { runner_.stop(); }
  Runner& runner() { return runner_; }

  // What `question` answers on the loop.
  template <class Answer>
  Answer ask(std::function<Answer(Node&)> question) {
    std::promise<Answer> answer;
    auto future = answer.get_future();
    EXPECT_TRUE(runner_.post([&](Node& node) { answer.set_value(question(node)); }));
    return future.get();
  }
  std::vector<std::string> journal() {
    return ask<std::vector<std::string>>([this](Node&) { return machine_.journal(); });
  }

 private:
  vow::testing::TemporaryDirectory directory_;
  JournalMachine machine_;  // used on the loop
  Post transport_;
  std::unique_ptr<storage::PosixDisk> disk_;
  std::unique_ptr<storage::SqliteLogStore> log_;
  std::unique_ptr<storage::FileSnapshotStore> snapshots_;
  Runner runner_{{}};
  std::unique_ptr<DiskThread> lanes_;
  std::unique_ptr<Node> node_;
};

void Post::send(PeerMessage message) {
  (void)servers_.at(receiver(message))->runner().post([message](Node& node) { node.receive(message); });
}

class Threads : public ::testing::Test {
 protected:
  void SetUp() override {
    const raft::Configuration members{.voters = {NodeId(1), NodeId(2), NodeId(3)}};
    for (const NodeId id : members.voters)
      servers_.emplace(id, std::make_unique<Server>(id, members, servers_));
    for (auto& [id, server] : servers_) server->start();
  }
  void TearDown() override {
    for (auto& [id, server] : servers_) server->stop();
  }

  // Tries until somebody takes the command.
  CommandResult submit(const std::string& command) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
      for (auto& [id, server] : servers_) {
        auto result = std::make_shared<std::promise<CommandResult>>();
        auto future = result->get_future();
        if (!server->runner().post([&command, result](Node& node) {
              node.submit(Payload(command), [result](const CommandResult& r) { result->set_value(r); });
            })) {
          continue;
        }
        const CommandResult answer = future.get();
        if (answer.outcome == Outcome::done) return answer;
        EXPECT_EQ(answer.outcome, Outcome::refused) << "nothing went wrong here that could leave it open";
      }
    }
    ADD_FAILURE() << "nobody took the command";
    return {};
  }

  Server& leader() {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
      for (auto& [id, server] : servers_) {
        if (server->ask<bool>([](Node& node) { return node.raft().status().ready; })) return *server;
      }
    }
    throw std::runtime_error("nobody leads");
  }

  Servers servers_;
};

TEST_F(Threads, CommandsAreCommittedAndReachEveryNode) {
  std::vector<std::string> expected;
  for (int i = 0; i < 100; ++i) {
    expected.push_back("command " + std::to_string(i));
    EXPECT_EQ(submit(expected.back()).answer, std::to_string(i + 1));
  }
  for (auto& [id, server] : servers_) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (server->journal() != expected && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    EXPECT_EQ(server->journal(), expected) << "at node " << id.value();
    EXPECT_GT(server->ask<Index>([](Node& node) { return node.snapshot().index; }), Index(0));
  }
}

TEST_F(Threads, ConcurrentCommandsShareEntries) {
  (void)submit("first");
  const NodeId leader =
      servers_.at(NodeId(1))->ask<NodeId>([](Node& n) { return n.raft().leadership().leader; });
  Server& server = *servers_.at(leader);
  std::atomic<int> done = 0;
  std::promise<void> all_done;
  constexpr int commands = 1000;
  ASSERT_TRUE(server.runner().post([&](Node& node) {
    for (int i = 0; i < commands; ++i) {
      node.submit(Payload("x"), [&](const CommandResult& result) {
        EXPECT_EQ(result.outcome, Outcome::done);
        if (++done == commands) all_done.set_value();
      });
    }
  }));
  ASSERT_EQ(all_done.get_future().wait_for(patience), std::future_status::ready);
  EXPECT_LT(server.ask<Index>([](Node& node) { return node.applied().index; }), Index(50));
  EXPECT_EQ(server.journal().size(), commands + 1U);
}

TEST_F(Threads, AStoppedRunnerTakesNothingMore) {
  Server& server = *servers_.at(NodeId(1));
  server.stop();
  EXPECT_FALSE(server.runner().post([](Node&) { FAIL() << "it must not run"; }));
}

}  // namespace
}  // namespace vow::node
