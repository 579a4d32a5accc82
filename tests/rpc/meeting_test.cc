// First members that find one another over real sockets.
#include "coordinator/rpc/meeting.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/rpc/meet_call.h"
#include "coordinator/rpc/meet_wire.h"
#include "tests/rpc/peer_host.h"

namespace vow::rpc {
namespace {

using ::testing::HasSubstr;

// A node that has no cell yet, and what came of its meeting.
struct Newcomer {
  explicit Newcomer(NodeId id, std::uint16_t port = 0) : host({.id = id, .cell = CellId(), .port = port}) {}
  ~Newcomer() {
    stop = true;
    if (thread.joinable()) thread.join();
  }
  MeetingOptions options(const PeerList& initial) {
    return {
        .self = host.links->self(),
        .initial = initial,
        .process = host.links->self().value(),
        .ask_every_ms = 5,
        .answer_ms_max = 500,
        .progress_every_ms = 20,
        .log = [this](const std::string& line) { host.awaited.change([&] { host.lines.push_back(line); }); }};
  }
  void meet(const PeerList& initial) {
    thread = std::thread(
        [this, options = options(initial)] { took_place(hold_meeting(options, *host.service, stop)); });
  }
  void wait_to_be_added() {
    thread = std::thread(
        [this, options = options({})] { took_place(rpc::wait_to_be_added(options, *host.service, stop)); });
  }
  void took_place(MeetingResult what) {
    host.awaited.change([&] { result.emplace(std::move(what)); });
  }
  [[nodiscard]] bool wait() {
    return host.wait([&] { return result.has_value(); });
  }
  // The cell it begins, once it does.
  [[nodiscard]] FormedCell cell() {
    if (!wait() || !result->ok() || !result->value()) return {};
    return result->value()->cell;
  }

  PeerHost host;
  std::atomic<bool> stop = false;
  std::optional<MeetingResult> result;  // guarded by host.awaited
  std::thread thread;
};

class Meetings : public ::testing::Test {
 protected:
  // Three nodes, whose list names all of them.
  void SetUp() override {
    for (std::size_t i = 0; i < 3; ++i) {
      nodes_.push_back(std::make_unique<Newcomer>(NodeId(i + 1)));
      initial_.insert(nodes_[i]->host.address());
      members_.emplace(NodeId(i + 1), nodes_[i]->host.address());
    }
  }
  PeerHost& host(std::size_t i) { return nodes_[i]->host; }
  // As a node does once its cell is durable.
  void say_formed(std::size_t i) {
    host(i).service->set_meet_answer(formed_answer(host(i).links->self(), nodes_[i]->cell()));
  }

  std::vector<std::unique_ptr<Newcomer>> nodes_;
  PeerList initial_;
  std::map<NodeId, std::string> members_;
};

TEST_F(Meetings, FoundOneCell) {
  for (auto& node : nodes_) node->meet(initial_);
  const FormedCell expected{identity_of({NodeId(1), NodeId(2), NodeId(3)}), members_};
  for (auto& node : nodes_) {
    EXPECT_EQ(node->cell(), expected);
    EXPECT_TRUE(node->result->value()->with_first_members);
  }
}

TEST_F(Meetings, WaitForTheLastAndSaySo) {
  nodes_[0]->meet(initial_);
  nodes_[1]->meet(initial_);
  const std::string missing = host(2).address();
  EXPECT_TRUE(host(0).wait([&] {
    return !host(0).lines.empty() &&
           host(0).lines.back() == "founding a cell: waiting for " + missing + " to answer";
  }));
  EXPECT_FALSE(nodes_[1]->result.has_value());
  nodes_[2]->meet(initial_);
  EXPECT_NE(nodes_[0]->cell(), FormedCell());
  EXPECT_EQ(nodes_[0]->cell(), nodes_[1]->cell());
  EXPECT_EQ(nodes_[0]->cell(), nodes_[2]->cell());
}

TEST_F(Meetings, EndWhenTheyAreStopped) {
  nodes_[0]->meet(initial_);
  nodes_[0]->stop = true;
  ASSERT_TRUE(nodes_[0]->wait());
  ASSERT_TRUE(nodes_[0]->result->ok());
  EXPECT_FALSE(nodes_[0]->result->value().has_value());
}

TEST_F(Meetings, ALateMemberBeginsTheCellOfTheOthers) {
  for (auto& node : nodes_) node->meet(initial_);
  for (auto& node : nodes_) ASSERT_TRUE(node->wait());
  say_formed(0);
  // It crashed before its cell was durable.
  const std::uint16_t port = host(2).port;
  const FormedCell cell = nodes_[0]->cell();
  nodes_[2].reset();
  nodes_[2] = std::make_unique<Newcomer>(NodeId(3), port);
  nodes_[2]->meet(initial_);
  EXPECT_EQ(nodes_[2]->cell(), cell);
}

TEST_F(Meetings, AMemberThatLostItsDiskIsRefused) {
  for (auto& node : nodes_) node->meet(initial_);
  for (auto& node : nodes_) ASSERT_TRUE(node->wait());
  say_formed(0);
  const std::uint16_t port = host(2).port;
  nodes_[2].reset();
  nodes_[2] = std::make_unique<Newcomer>(NodeId(33), port);
  nodes_[2]->meet(initial_);
  ASSERT_TRUE(nodes_[2]->wait());
  ASSERT_FALSE(nodes_[2]->result->ok());
  EXPECT_THAT(nodes_[2]->result->error(), HasSubstr("this node's disk is new"));
}

TEST_F(Meetings, ANodeIsAddedToACellThatCallsOnIt) {
  nodes_[0]->meet({});
  const FormedCell cell = nodes_[0]->cell();
  EXPECT_EQ(cell.members.size(), 1U);
  say_formed(0);
  host(0).links->set_cell(CellId(cell.identity.cell));
  nodes_[1]->wait_to_be_added();
  EXPECT_TRUE(host(1).wait_for_lines("`vow cluster add 2 --peer HOST:PORT"));
  EXPECT_FALSE(nodes_[1]->result.has_value());

  FormedCell grown = cell;
  grown.members.emplace(NodeId(2), host(1).address());
  host(0).links->set_peers(grown.members);
  ASSERT_TRUE(host(1).wait([&] { return host(1).service->invitation().has_value(); }));
  const std::size_t lines = host(1).count_lines();
  ASSERT_TRUE(host(1).wait([&] { return host(1).lines.size() > lines + 3; }))
      << "called, but not yet a member";
  host(0).service->set_meet_answer(formed_answer(NodeId(1), grown));
  EXPECT_EQ(nodes_[1]->cell(), grown);
  EXPECT_FALSE(nodes_[1]->result->value()->with_first_members) << "it learns the members from the log";
}

TEST(MeetCall, HasNoAnswerWhereNobodyMeets) {
  PeerHost not_ready({.id = NodeId(1)});
  EXPECT_FALSE(ask_to_meet(not_ready.address(), 1000)) << "it has said nothing yet";
  EXPECT_FALSE(ask_to_meet("no-such-host.invalid:7401", 1000));
  EXPECT_FALSE(ask_to_meet("nonsense:port", 1000));
}

TEST(MeetWire, SaysAllThatIsMeant) {
  const MeetAnswer open{.node = NodeId(~0ull),
                        .process = ~0ull,
                        .initial = {"a:7401", "b:7401"},
                        .seen = {{"a:7401", NodeId(~0ull)}},
                        .formed = {}};
  EXPECT_EQ(from_wire(to_wire(open)), open);
  const MeetAnswer formed = formed_answer(NodeId(1), {{0xffffffff, 0xffffff}, {{NodeId(~0ull), "a:7401"}}});
  EXPECT_EQ(from_wire(to_wire(formed)), formed);
}

TEST(MeetWire, TakesNothingThatAVowWouldNotSay) {
  const MeetAnswer good{
      .node = NodeId(1), .process = 1, .initial = {"a:7401"}, .seen = {{"a:7401", NodeId(1)}}, .formed = {}};
  ASSERT_TRUE(from_wire(to_wire(good)));
  MeetAnswer bad = good;
  bad.node = NodeId();
  EXPECT_FALSE(from_wire(to_wire(bad)));
  bad = good;
  bad.initial = {"A:7401"};
  EXPECT_FALSE(from_wire(to_wire(bad))) << "not how a list is written";
  bad = good;
  bad.seen = {{"a:7401", NodeId()}};
  EXPECT_FALSE(from_wire(to_wire(bad)));
  bad = good;
  for (int i = 0; i < 20; ++i) bad.initial.insert("node" + std::to_string(i) + ":1");
  EXPECT_FALSE(from_wire(to_wire(bad))) << "too many members";
  bad = formed_answer(NodeId(1), {{0, 1}, {}});
  EXPECT_FALSE(from_wire(to_wire(bad))) << "no cell has that number";
}

}  // namespace
}  // namespace vow::rpc
