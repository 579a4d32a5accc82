// Links under load: a million small messages between three nodes, while a snapshot of 64 MB travels and one
// of them is killed and started again.
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "coordinator/base/limits.h"
#include "coordinator/base/random.h"
#include "tests/rpc/peer_host.h"
#include "tests/rpc/peer_messages.h"

namespace vow::rpc {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t ms_since(Clock::time_point begin) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count());
}

// A node that counts the heartbeats that come, and sends them no faster than they arrive.
class LoadedHost {
 public:
  LoadedHost(NodeId id, std::uint16_t port) : host({.id = id, .port = port}) {
    host.listen([this](std::vector<node::PeerMessage> messages) {
      host.awaited.change([&] {
        for (const node::PeerMessage& message : messages) take(message);
      });
      return true;
    });
  }

  // Until stop() the receiver of pieces gives for each one an acknowledgement, as a node does.
  void take(const node::PeerMessage& message) {
    const NodeId from = node::sender(message);
    if (const auto* chunk = std::get_if<node::SnapshotChunk>(&message)) {
      if (chunk->offset != snapshot.size()) return;
      snapshot.append(chunk->bytes.view());
      host.links->send(node::SnapshotAck{chunk->to, from, chunk->term, chunk->id, snapshot.size(), false});
    } else if (const auto* ack = std::get_if<node::SnapshotAck>(&message)) {
      acknowledged = ack->offset;
    } else {
      const std::uint64_t number = heartbeat_number(message);
      if (number <= last_heard[from]) ++out_of_order;
      last_heard[from] = number;
      ++heard;
    }
  }

  PeerHost host;
  // Guarded by host.awaited.
  std::map<NodeId, std::uint64_t> last_heard;
  std::uint64_t heard = 0;
  std::uint64_t out_of_order = 0;
  std::string snapshot;
  std::uint64_t acknowledged = 0;
};

class PeerLoad : public ::testing::Test {
 protected:
  static constexpr std::size_t nodes = 3;
  static NodeId id(std::size_t i) { return NodeId(i + 1); }

  void SetUp() override {
    for (std::size_t i = 0; i < nodes; ++i) start(i, 0);
    meet();
  }
  void start(std::size_t i, std::uint16_t port) { hosts_[i] = std::make_unique<LoadedHost>(id(i), port); }
  void meet() {
    std::map<NodeId, std::string> all;
    for (std::size_t i = 0; i < nodes; ++i) all.emplace(id(i), host(i).address());
    for (std::size_t i = 0; i < nodes; ++i) host(i).links->set_peers(all);
    for (std::size_t i = 0; i < nodes; ++i) {
      for (std::size_t j = 0; j < nodes; ++j) {
        ASSERT_TRUE(i == j || host(i).wait_connected(id(j)));
      }
    }
  }
  PeerHost& host(std::size_t i) { return hosts_[i]->host; }

  // `count` heartbeats from one to another, as many at a time as its queue holds.
  void send(std::size_t from, std::size_t to, std::uint64_t count) {
    constexpr std::uint64_t ahead_max = 8'000;
    for (std::uint64_t sent = 0; sent < count;) {
      std::uint64_t heard = 0;
      ASSERT_TRUE(host(to).wait([&] {
        heard = hosts_[to]->last_heard[id(from)];
        return sent < heard + ahead_max;
      }));
      for (; sent < count && sent < heard + ahead_max; ++sent)
        host(from).links->send(heartbeat(id(from), id(to), sent + 1));
    }
  }
  // All of `bytes` in pieces, each after the one before is acknowledged.
  void send_snapshot(std::size_t from, std::size_t to, const std::string& bytes) {
    for (std::size_t offset = 0; offset < bytes.size(); offset += limits::snapshot_chunk_bytes) {
      host(from).links->send(
          node::SnapshotChunk{id(from),
                              id(to),
                              Term(1),
                              {},
                              offset,
                              Payload(bytes.substr(offset, limits::snapshot_chunk_bytes))});
      const std::size_t end = std::min(bytes.size(), offset + limits::snapshot_chunk_bytes);
      ASSERT_TRUE(host(from).wait([&] { return hosts_[from]->acknowledged == end; }));
    }
  }

  std::array<std::unique_ptr<LoadedHost>, nodes> hosts_;
};

TEST_F(PeerLoad, AMillionMessagesAndASnapshotArriveWholeAndInOrder) {
  constexpr std::uint64_t each_way = 1'000'000 / (nodes * (nodes - 1)) + 1;
  Random random(1);
  std::string snapshot;
  while (snapshot.size() < 64u << 20) snapshot += random_bytes(random, 1u << 20);

  const auto begin = Clock::now();
  std::uint64_t snapshot_ms = 0;
  std::vector<std::thread> senders;
  for (std::size_t from = 0; from < nodes; ++from) {
    for (std::size_t to = 0; to < nodes; ++to) {
      if (from != to) senders.emplace_back([this, from, to] { send(from, to, each_way); });
    }
  }
  senders.emplace_back([&] {
    send_snapshot(0, 1, snapshot);
    snapshot_ms = ms_since(begin);
  });
  for (std::thread& sender : senders) sender.join();
  for (std::size_t to = 0; to < nodes; ++to)
    ASSERT_TRUE(host(to).wait([&] { return hosts_[to]->heard == each_way * (nodes - 1); }));
  RecordProperty("messages_ms", static_cast<int>(ms_since(begin)));
  RecordProperty("snapshot_ms", static_cast<int>(snapshot_ms));

  EXPECT_TRUE(hosts_[1]->snapshot == snapshot);
  for (std::size_t from = 0; from < nodes; ++from) {
    EXPECT_EQ(hosts_[from]->out_of_order, 0U);
    for (const auto& [to, figures] : host(from).links->figures()) {
      EXPECT_EQ(figures.messages_dropped + figures.messages_lost, 0U);
      EXPECT_EQ(figures.connects, 1U);
      EXPECT_LT(figures.frames_sent, each_way / 4) << "messages share frames when there are many";
    }
  }
}

TEST_F(PeerLoad, AKilledNodeIsSpokenToAgainAndNobodyElseNotices) {
  const std::uint16_t port = host(2).port;
  constexpr std::uint64_t count = 50'000;
  std::thread unaffected([this] { send(0, 1, count); });
  for (int round = 0; round < 5; ++round) {
    hosts_[2].reset();
    ASSERT_TRUE(host(0).wait([&] { return !host(0).figures(id(2)).connected; }));
    for (std::uint64_t i = 1; i <= 1000; ++i) host(0).links->send(heartbeat(id(0), id(2), i));
    start(2, port);
    meet();
    host(0).links->send(heartbeat(id(0), id(2), 1'000'000));
    ASSERT_TRUE(host(2).wait([&] { return hosts_[2]->last_heard[id(0)] == 1'000'000; }));
  }
  unaffected.join();
  ASSERT_TRUE(host(1).wait([&] { return hosts_[1]->last_heard[id(0)] == count; }));
  EXPECT_EQ(hosts_[1]->heard, count);
  EXPECT_EQ(host(0).figures(id(1)).connects, 1U);
  EXPECT_GE(host(0).figures(id(2)).connects, 6U);
}

}  // namespace
}  // namespace vow::rpc
