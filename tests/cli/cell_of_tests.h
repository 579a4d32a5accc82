// A cell of one node in this process, whose transactions a test decides by hand.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "coordinator/base/endpoint.h"
#include "coordinator/rpc/blocking_channel.h"
#include "coordinator/rpc/client.h"
#include "coordinator/txn/xid.h"
#include "tests/support/cell_in_process.h"
#include "tests/support/temporary_directory.h"

#include "vow/branch.h"

namespace vow::cli {

class CellOfTests {
 public:
  [[nodiscard]] std::string address() const { return cell_.addresses().at(0); }
  [[nodiscard]] std::uint32_t number() { return txn::parse_xid(begin())->cell; }

  [[nodiscard]] std::string begin(std::int32_t timeout_s = 60) {
    const auto xid = client_.begin(timeout_s, call_max);
    EXPECT_TRUE(xid.ok());
    return *xid;
  }
  // Of a new transaction.
  [[nodiscard]] preparation preparing(const std::string& branch = "a") { return {begin(), branch, ++nonce_}; }
  [[nodiscard]] preparation beside(const preparation& other, const std::string& branch) {
    return {other.xid, branch, ++nonce_};
  }

  // Nobody serves the resource, so nobody is told.
  void commit(const std::vector<preparation>& all) {
    wire::Commit commit;
    commit.xid = all.at(0).xid;
    for (const preparation& each : all) {
      wire::Vote vote;
      vote.xid = each.xid;
      vote.preparation.branch = each.branch;
      vote.preparation.nonce = static_cast<std::int64_t>(each.nonce);
      vote.resource = "nobodys";
      EXPECT_EQ(client_.vote(vote, call_max)->verdict, wire::Verdict::taken);
      commit.named.push_back(vote.preparation);
    }
    EXPECT_EQ(client_.commit(commit, call_max)->verdict, wire::Verdict::committed);
  }
  void roll_back(const preparation& one) {
    wire::Rollback rollback;
    rollback.xid = one.xid;
    EXPECT_EQ(client_.rollback(rollback, call_max)->verdict, wire::Verdict::rolled_back);
  }
  // As another cell would have begun it, so long ago.
  [[nodiscard]] static preparation of_cell(std::uint32_t cell, std::uint64_t begun_ago_ms = 600'000) {
    static std::uint32_t sequence = 0;
    txn::Xid xid;
    xid.cell = cell;
    xid.incarnation = xid.term = xid.session = 1;
    xid.timeout_s = 60;
    xid.sequence = ++sequence;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    xid.begin_ms =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()) -
        begun_ago_ms;
    return {to_string(xid), "a", sequence + std::uint64_t{5'000}};
  }

 private:
  [[nodiscard]] rpc::BlockingChannelOptions there() {
    rpc::BlockingChannelOptions options;
    options.port = cell_.leader_port();
    return options;
  }

  static constexpr rpc::CallTimeout call_max{10'000};
  const vow::testing::TemporaryDirectory directory_{vow::testing::TemporaryDirectory::In::memory};
  vow::testing::CellInProcess cell_{1, directory_.path()};
  rpc::BlockingChannel channel_{there()};
  rpc::Client client_{channel_};
  std::uint64_t nonce_ = 100;
};

// One for all tests of the program.
inline CellOfTests& shared_cell() {
  static CellOfTests cell;
  return cell;
}

}  // namespace vow::cli
