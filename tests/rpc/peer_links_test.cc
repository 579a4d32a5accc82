// Links between nodes on real sockets: who is answered, who is not, and what happens when peers come and go.
#include "coordinator/rpc/peer_links.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rpc/peer_host.h"
#include "tests/rpc/raw_listener.h"

namespace vow::rpc {
namespace {

using ::testing::HasSubstr;

const NodeId a(1);
const NodeId b(2);
const NodeId c(3);

// Fast enough for tests that wait for something to fail.
PeerLinkOptions impatient() {
  PeerLinkOptions options;
  options.backoff_ms_min = 5;
  options.backoff_ms_max = 20;
  options.silent_ms_max = 100;
  options.greet_starting_ms = 5;
  return options;
}

void connect(PeerHost& from, PeerHost& to) { from.links->set_peers({{to.links->self(), to.address()}}); }

TEST(PeerLinks, DeliverWhatIsSentInOrder) {
  PeerHost host_a({.id = a});
  PeerHost host_b({.id = b});
  host_b.listen();
  connect(host_a, host_b);
  ASSERT_TRUE(host_a.wait_connected(b));
  for (std::uint64_t i = 1; i <= 1000; ++i) host_a.links->send(heartbeat(a, b, i));
  ASSERT_TRUE(host_b.wait([&] { return host_b.received.size() == 1000; }));
  for (std::uint64_t i = 1; i <= 1000; ++i) EXPECT_EQ(heartbeat_number(host_b.received[i - 1]), i);
  EXPECT_EQ(host_a.figures(b).messages_dropped + host_a.figures(b).messages_lost, 0U);
  EXPECT_EQ(host_a.figures(b).messages_sent, 1000U);
  EXPECT_LT(host_a.figures(b).frames_sent, 1000U) << "messages share frames";
}

TEST(PeerLinks, FindPeersByName) {
  PeerHost host_a({.id = a});
  PeerHost host_b({.id = b});
  host_b.listen();
  host_a.links->set_peers({{b, "localhost:" + std::to_string(host_b.port)}});
  EXPECT_TRUE(host_a.wait_connected(b));
}

TEST(PeerLinks, SendNothingToThoseWhoAreNoPeers) {
  PeerHost host_a({.id = a});
  PeerHost host_b({.id = b});
  host_b.listen();
  host_a.links->send(heartbeat(a, b, 1));
  connect(host_a, host_b);
  ASSERT_TRUE(host_a.wait_connected(b));
  host_a.links->send(heartbeat(a, b, 2));
  ASSERT_TRUE(host_b.wait([&] { return !host_b.received.empty(); }));
  EXPECT_EQ(heartbeat_number(host_b.received.front()), 2U);
  host_a.links->set_peers({});
  EXPECT_TRUE(host_a.links->figures().empty());
}

TEST(PeerLinks, ComeBackWhenThePeerDoes) {
  PeerHost host_a({.id = a});
  host_a.listen();
  auto host_b = std::make_unique<PeerHost>(PeerHost::Options{.id = b});
  host_b->listen();
  const std::uint16_t port = host_b->port;
  connect(host_a, *host_b);
  ASSERT_TRUE(host_a.wait_connected(b));
  host_b.reset();
  ASSERT_TRUE(host_a.wait([&] { return !host_a.figures(b).connected; }));
  EXPECT_TRUE(host_a.wait_for_lines("no connection to node 2"));

  host_b = std::make_unique<PeerHost>(PeerHost::Options{.id = b, .port = port});
  host_b->listen();
  ASSERT_TRUE(host_a.wait_connected(b));
  host_a.links->send(heartbeat(a, b, 7));
  ASSERT_TRUE(host_b->wait([&] { return !host_b->received.empty(); }));
  EXPECT_EQ(heartbeat_number(host_b->received.back()), 7U);
  EXPECT_EQ(host_a.figures(b).connects, 2U);
}

TEST(PeerLinks, TryAtOnceWhenThePeerIsHeardFrom) {
  PeerLinkOptions patient;
  patient.backoff_ms_min = patient.backoff_ms_max = 600'000;
  PeerHost host_a({.id = a, .link = patient});
  host_a.listen();
  RawListener nobody;
  const std::uint16_t port = nobody.port();
  nobody.close();
  host_a.links->set_peers({{b, "127.0.0.1:" + std::to_string(port)}});
  ASSERT_TRUE(host_a.wait([&] { return !host_a.figures(b).last_problem.empty(); }));
  EXPECT_THAT(host_a.figures(b).last_problem, HasSubstr("refused"));

  PeerHost host_b({.id = b, .port = port});
  host_b.listen();
  connect(host_b, host_a);
  EXPECT_TRUE(host_a.wait_connected(b)) << "ten minutes are not over yet";
}

TEST(PeerLinks, KeepTheNewestSmallMessagesForAPeerThatIsAway) {
  RawListener nobody;
  const std::uint16_t port = nobody.port();
  nobody.close();
  PeerHost host_a({.id = a, .link = impatient()});
  host_a.links->set_peers({{b, "127.0.0.1:" + std::to_string(port)}});
  for (std::uint64_t i = 1; i <= 1000; ++i) host_a.links->send(heartbeat(a, b, i));
  EXPECT_EQ(host_a.figures(b).messages_queued, PeerQueueLimits().offline_messages_max);
  EXPECT_EQ(host_a.figures(b).messages_dropped, 1000 - PeerQueueLimits().offline_messages_max);
  PeerHost host_b({.id = b, .port = port});
  host_b.listen();
  ASSERT_TRUE(host_b.wait([&] { return host_b.received.size() == PeerQueueLimits().offline_messages_max; }));
  EXPECT_EQ(heartbeat_number(host_b.received.back()), 1000U);
}

TEST(PeerLinks, WaitForAPeerThatIsStarting) {
  PeerHost host_a({.id = a, .link = impatient()});
  PeerHost host_b({.id = b});
  connect(host_a, host_b);
  host_a.links->send(heartbeat(a, b, 1));
  ASSERT_TRUE(host_a.wait([&] { return host_a.figures(b).frames_sent >= 3; }));
  EXPECT_EQ(host_a.figures(b).last_problem, "it is starting, or has no cell yet");
  EXPECT_FALSE(host_a.figures(b).connected);
  host_b.listen();
  ASSERT_TRUE(host_b.wait([&] { return host_b.received.size() == 1; })) << "nothing was lost meanwhile";
}

TEST(PeerLinks, FollowAPeerToItsNewAddress) {
  PeerHost host_a({.id = a});
  PeerHost before({.id = b});
  before.listen();
  connect(host_a, before);
  ASSERT_TRUE(host_a.wait_connected(b));
  PeerHost after({.id = b});
  after.listen();
  connect(host_a, after);
  ASSERT_TRUE(host_a.wait([&] { return host_a.figures(b).connects == 2; }));
  host_a.links->send(heartbeat(a, b, 1));
  EXPECT_TRUE(after.wait([&] { return after.received.size() == 1; }));
  EXPECT_EQ(host_a.figures(b).address, after.address());
}

TEST(PeerLinks, AreRefusedByAMemberOfAnotherCell) {
  PeerHost host_a({.id = a, .cell = CellId(7), .link = impatient()});
  PeerHost host_b({.id = b, .cell = CellId(8)});
  host_b.listen();
  connect(host_a, host_b);
  host_a.links->send(heartbeat(a, b, 1));
  ASSERT_TRUE(host_b.wait([&] { return host_b.service->figures().refused >= 5; }));
  EXPECT_THAT(host_a.figures(b).last_problem, HasSubstr("it is a member of another cell"));
  EXPECT_FALSE(host_a.figures(b).connected);
  EXPECT_TRUE(host_b.received.empty());
  EXPECT_TRUE(host_b.wait_for_lines("is a member of cell 7, this node of cell 8")) << "one line, not five";
}

TEST(PeerLinks, AreRefusedByAnotherNodeThanTheyMean) {
  PeerHost host_a({.id = a, .link = impatient()});
  PeerHost host_c({.id = NodeId(0xc)});
  host_c.listen();
  host_a.links->set_peers({{b, host_c.address()}});
  host_a.links->send(heartbeat(a, b, 1));
  ASSERT_TRUE(host_c.wait([&] { return host_c.service->figures().refused >= 5; }));
  EXPECT_THAT(host_a.figures(b).last_problem, HasSubstr("that address leads to node 12"));
  EXPECT_TRUE(host_c.received.empty());
  EXPECT_TRUE(host_c.wait_for_lines("takes this node (12) for 2"));
}

TEST(PeerLinks, AreRefusedFromACopyOfTheOwnDisk) {
  PeerHost original({.id = a});
  original.listen();
  FrameWriter frame({CellId(7), a, a, "c:7401"});
  wire::peer::Delivered answer;
  original.service->deliver([&](const wire::peer::Delivered& said) { answer = said; }, frame.take());
  EXPECT_EQ(answer.verdict, wire::peer::Verdict::wrong_receiver);
  EXPECT_TRUE(original.wait_for_lines("has this node's id (1): its disk is a copy"));
}

TEST(PeerLinks, NoticeAPeerThatAcceptsAndNeverAnswers) {
  RawListener silent;
  PeerHost host_a({.id = a, .link = impatient()});
  host_a.links->set_peers({{b, "127.0.0.1:" + std::to_string(silent.port())}});
  ASSERT_TRUE(host_a.wait([&] { return !host_a.figures(b).last_problem.empty(); }));
  EXPECT_EQ(host_a.figures(b).last_problem, "it accepts connections but has answered nothing for 100 ms");
  EXPECT_FALSE(host_a.figures(b).connected);
  EXPECT_EQ(host_a.figures(b).connects, 0U);
}

TEST(PeerLinks, NoticeAPeerThatFallsSilent) {
  PeerHost host_a({.id = a, .link = impatient()});
  PeerHost host_b({.id = b});
  std::promise<void> go_on;
  host_b.listen([gate = go_on.get_future().share()](const std::vector<node::PeerMessage>&) {
    gate.wait();
    return true;
  });
  connect(host_a, host_b);
  ASSERT_TRUE(host_a.wait_connected(b));
  host_a.links->send(heartbeat(a, b, 1));
  EXPECT_TRUE(host_a.wait_for_lines("it has answered nothing for"));
  EXPECT_EQ(host_a.figures(b).messages_lost, 1U);
  go_on.set_value();
}

TEST(PeerLinks, NoticeThatSomethingElseListensThere) {
  RawListener web("HTTP/1.1 400 Bad Request\r\n\r\n");
  PeerHost host_a({.id = a, .link = impatient()});
  host_a.links->set_peers({{b, "127.0.0.1:" + std::to_string(web.port())}});
  ASSERT_TRUE(host_a.wait([&] { return !host_a.figures(b).last_problem.empty(); }));
  EXPECT_THAT(host_a.figures(b).last_problem, HasSubstr("no vow listens there"));
}

TEST(PeerLinks, ANodeThatWaitsToBeAddedLearnsCellAndAddressFromWhoCalls) {
  PeerHost host_a({.id = a, .cell = CellId(9)});
  host_a.listen();
  PeerHost joining({.id = b, .cell = CellId()});
  joining.listen();
  connect(host_a, joining);
  ASSERT_TRUE(host_a.wait_connected(b));
  EXPECT_EQ(joining.links->cell(), CellId(9));
  ASSERT_TRUE(
      joining.wait([&] { return joining.links->figures().contains(a) && joining.figures(a).connected; }));
  joining.links->send(heartbeat(b, a, 5));
  EXPECT_TRUE(host_a.wait([&] { return host_a.received.size() == 1; }));
}

TEST(PeerLinks, CountWhatThePeerHadNoRoomFor) {
  PeerHost host_a({.id = a});
  PeerHost host_b({.id = b});
  host_b.listen([](const std::vector<node::PeerMessage>&) { return false; });
  connect(host_a, host_b);
  ASSERT_TRUE(host_a.wait_connected(b));
  for (std::uint64_t i = 1; i <= 10; ++i) host_a.links->send(heartbeat(a, b, i));
  EXPECT_TRUE(host_a.wait([&] { return host_a.figures(b).messages_lost == 10; }));
  EXPECT_TRUE(host_a.figures(b).connected) << "it is busy, not gone";
}

TEST(PeerLinks, TakeOfADamagedFrameWhatCameBeforeTheDamage) {
  PeerHost host_b({.id = b});
  host_b.listen();
  FrameWriter writer({CellId(7), a, b, ""});
  writer.add(heartbeat(a, b, 1));
  const std::size_t damaged_from = writer.size();
  writer.add(heartbeat(a, b, 2));
  std::string frame = writer.take();
  frame[damaged_from + 10] = static_cast<char>(frame[damaged_from + 10] ^ 1);
  wire::peer::Delivered answer;
  host_b.service->deliver([&](const wire::peer::Delivered& said) { answer = said; }, frame);
  EXPECT_EQ(answer.verdict, wire::peer::Verdict::damaged);
  ASSERT_EQ(host_b.received.size(), 1U);
  EXPECT_EQ(heartbeat_number(host_b.received[0]), 1U);
}

TEST(PeerLinks, TakeNothingBeforeTheNodeIsThereButKeepTheInvitation) {
  PeerHost host_a({.id = a});
  PeerHost host_b({.id = b});
  EXPECT_FALSE(host_b.service->invitation());
  connect(host_a, host_b);
  ASSERT_TRUE(host_b.wait([&] { return host_b.service->invitation().has_value(); }));
  EXPECT_EQ(*host_b.service->invitation(), (FrameHeader{CellId(7), a, b, host_a.address()}));
}

// 40 pieces wait, so small that the kernel would take them all. While the peer is held up only a few leave,
// as long as the loop goes round; a heartbeat that comes then is the next to leave.
TEST(PeerLinks, SnapshotsDoNotKeepHeartbeatsWaiting) {
  PeerHost host_a({.id = a});
  PeerHost host_b({.id = b});
  std::promise<void> go_on;
  host_b.listen([&, gate = go_on.get_future().share()](std::vector<node::PeerMessage> messages) {
    gate.wait();
    host_b.awaited.change([&] {
      for (node::PeerMessage& message : messages) host_b.received.push_back(std::move(message));
    });
    return true;
  });
  PeerHost host_c({.id = c});
  host_c.listen();
  host_a.links->set_peers({{b, host_b.address()}, {c, host_c.address()}});
  ASSERT_TRUE(host_a.wait_connected(b) && host_a.wait_connected(c));
  constexpr std::size_t chunks = 40;
  const Payload piece(std::string(1000, 'x'));
  for (std::size_t i = 0; i < chunks; ++i)
    host_a.links->send(node::SnapshotChunk{a, b, Term(1), {}, i, piece});
  for (std::size_t i = 1; i <= 5; ++i) {
    host_a.links->send(heartbeat(a, c, i));
    ASSERT_TRUE(host_c.wait([&] { return host_c.received.size() == i; }));
  }
  EXPECT_EQ(host_a.figures(b).messages_sent, PeerLinkOptions().flight_chunks_max);
  host_a.links->send(heartbeat(a, b, 1));
  go_on.set_value();
  ASSERT_TRUE(host_b.wait([&] { return host_b.received.size() == chunks + 1; }));
  std::size_t place = 0;
  while (heartbeat_number(host_b.received[place]) != 1) ++place;
  EXPECT_LE(place, PeerLinkOptions().flight_chunks_max);
}

}  // namespace
}  // namespace vow::rpc
