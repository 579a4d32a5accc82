// When a connection closes, the coordinator is told which sessions polled over it.
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rpc/frames.h"
#include "tests/rpc/raw_socket.h"
#include "tests/rpc/served.h"

namespace vow::rpc {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Ne;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

TEST(ClosedConnection, CutsOffTheSessionsThatPolledOverIt) {
  Served served;
  std::vector<std::uint64_t> over;
  std::promise<std::pair<txn::SessionNumber, std::uint64_t>> cut_off;
  std::promise<void> has_both;
  served.coordinator.on_poll = [&](const dispatch::Poll& poll, const dispatch::PollDone&) {  // held for ever
    over.push_back(poll.over);
    if (over.size() == 2) has_both.set_value();
  };
  served.coordinator.on_cut_off = [&](txn::SessionNumber session, std::uint64_t which) {
    if (session == txn::SessionNumber(13)) cut_off.set_value({session, which});
  };
  served.start();
  wire::Poll poll;
  poll.session = 12;
  poll.commands_max = 10;
  poll.wait_ms = 20'000;
  served.client->poll(poll, 20s, [](const auto&) {});
  {
    Channel channel(served.reactor, ChannelOptions{.port = served.port});
    Client other(channel);
    poll.session = 13;
    other.poll(poll, 20s, [](const auto&) {});
    ASSERT_EQ(has_both.get_future().wait_for(5s), std::future_status::ready);
  }
  auto told = cut_off.get_future();
  ASSERT_EQ(told.wait_for(5s), std::future_status::ready);
  const auto [session, which] = told.get();
  EXPECT_EQ(session, txn::SessionNumber(13));
  EXPECT_THAT(over, UnorderedElementsAre(which, Ne(which)));
  EXPECT_THAT(over, Not(Contains(0u)));
}

TEST(ClosedConnection, CutsOffASessionAfterItsLastPoll) {
  Served served;
  std::vector<std::string> heard;
  std::promise<void> is_over;
  served.coordinator.on_poll = [&](const dispatch::Poll& poll, const dispatch::PollDone&) {
    heard.push_back("poll of " + std::to_string(poll.session.value()));
  };
  served.coordinator.on_cut_off = [&](txn::SessionNumber session, std::uint64_t) {
    heard.push_back("end of " + std::to_string(session.value()));
    is_over.set_value();
  };
  served.start();
  RawSocket::connect(served.port)
      .send(a_poll(1, 14) + framed("no message"));  // which closes it, in the same turn
  ASSERT_EQ(is_over.get_future().wait_for(5s), std::future_status::ready);
  EXPECT_THAT(heard, ElementsAre("poll of 14", "end of 14"));
}

}  // namespace
}  // namespace vow::rpc
